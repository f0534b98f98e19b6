"""How numbers read, with a table of edge cases for each kind."""

import pytest

from harness.reporting import numbers

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0.0"), (-0.0, "0.0"), (None, "–"), (NAN, "–"), (1e-9, "<0.1"), (0.0499, "<0.1"), (0.05, "0.1"),
        (-0.04, "0.0"), (-3.14, "-3.1"), (9.96, "10.0"), (35.44, "35.4"), (99.94, "99.9"), (99.96, "100.0"),
        (100, "100.0"), (100.00000000000004, "100.0"),
    ],
)  # fmt: skip
def test_a_score_has_one_decimal_and_reads_as_0_only_when_it_is(value, text):
    assert numbers.score(value, 1) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0.0"), (-0.0, "0.0"), (0.049, "0.0"), (-0.049, "0.0"), (0.06, "+0.1"), (-0.06, "-0.1"), (4.9, "+4.9"),
        (-39.75, "-39.8"), (100, "+100.0"), (None, "–"), (NAN, "–"),
    ],
)  # fmt: skip
def test_a_difference_has_a_sign_unless_it_rounds_away(value, text):
    assert numbers.delta(value, 1) == text


@pytest.mark.parametrize(
    ("value", "score", "delta", "fine"),
    [
        (0.8512, "0.851", "+0.851", "0.8512"), (0.0004, "<0.001", "0.000", "0.0004"),
        (-0.0004, "0.000", "0.000", "-0.0004"), (0.0, "0.000", "0.000", "0.0000"),
        (-0.0031, "-0.003", "-0.003", "-0.0031"), (0.00001, "<0.001", "0.000", "<0.0001"),
        (None, "–", "–", "–"),
    ],
)  # fmt: skip
def test_a_score_on_another_scale_has_more_decimals(value, score, delta, fine):
    assert (numbers.score(value, 3), numbers.delta(value, 3), numbers.fine(value, 4)) == (score, delta, fine)


def test_an_interval_on_another_scale_has_more_decimals():
    assert numbers.interval(-0.0004, 0.8512, 3) == "[0.000, 0.851]"
    assert numbers.interval_near_zero(0.00002, 0.8512, 3) == "[0.00002, 0.85120]"


@pytest.mark.parametrize(
    ("value", "parameters", "size"),
    [
        (0, "0", "0 B"), (7, "7", "7 B"), (999, "999", "999 B"), (1000, "1.0K", "1.0 kB"), (9_949, "9.9K", "9.9 kB"),
        (9_950, "10K", "10 kB"), (999_499, "999K", "999 kB"), (999_500, "1.0M", "1.0 MB"),
        (1_298_816, "1.3M", "1.3 MB"), (582_401_280, "582M", "582 MB"), (2_329_638_768, "2.3B", "2.3 GB"),
        (3 * 10**15, "3,000T", "3,000 TB"),
    ],
)  # fmt: skip
def test_a_number_of_parameters_or_bytes_has_two_or_three_digits(value, parameters, size):
    assert (numbers.parameters(value), numbers.size(value)) == (parameters, size)


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0, 0, "[0.0, 0.0]"), (-0.0, 0.04, "[0.0, 0.0]"), (-0.04, 0.04, "[0.0, 0.0]"), (-10.0, -0.01, "[-10.0, 0.0]"),
        (-0.96, 2.4, "[-1.0, 2.4]"), (34.61, 100, "[34.6, 100.0]"),
    ],
)  # fmt: skip
def test_an_interval_has_no_negative_zero(low, high, text):
    assert numbers.interval(low, high, 1) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "<0.001"), (0.00099, "<0.001"), (0.001, "0.001"), (0.03125, "0.031"), (0.5, "0.500"), (1, "1.000"),
        (None, "–"), (NAN, "–"),
    ],
)  # fmt: skip
def test_a_p_value_never_reads_as_0(value, text):
    assert numbers.p_value(value) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0 refs"), (1, "1 ref"), (2, "2 refs"), (2507, "2,507 refs")])
def test_a_count_agrees_with_its_noun(value, text):
    assert numbers.count(value, "ref") == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 0, "–"), (0, 9, "0%"), (9, 9, "100%"), (1, 3, "33.3%"), (1, 100_000, "<0.1%"), (1, 2000, "0.1%"),
        (99_999, 100_000, "99.9%"),
    ],
)  # fmt: skip
def test_a_share_reads_as_none_or_all_only_when_it_is(part, whole, text):
    assert numbers.share(part, whole) == text


@pytest.mark.parametrize(("value", "text"), [(0.05, "0.05"), (0.0158, "0.016"), (0.05 / 105, "0.00048")])
def test_a_level_has_two_significant_digits(value, text):
    assert numbers.level(value) == text


@pytest.mark.parametrize(("value", "text"), [(7, "7"), (99, "99"), (101, "110"), (1234, "1,300"), (20_000, "20,000")])
def test_an_estimated_count_has_two_digits_and_is_rounded_up(value, text):
    assert numbers.about(value) == text


@pytest.mark.parametrize(("value", "text"), [(1.0, "1"), (0.5, "0.5"), (12.25, "12.25")])
def test_a_number_of_the_user_reads_as_it_was_given(value, text):
    assert numbers.given(value) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.02, 7.58, "[0.02, 7.58]"),
        (-7.58, -0.04, "[-7.58, -0.04]"),
        (0.0004, 1.0, "[0.0004, 1.0000]"),
        (-2.5, 4.1, "[-2.5, 4.1]"),
        (0.0, 1.0, "[0.0, 1.0]"),
        (-0.0, 1.0, "[0.0, 1.0]"),
        (0.0, 0.0, "[0.0, 0.0]"),
    ],
)
def test_a_limit_that_is_not_zero_does_not_read_as_zero_in_a_claim(low, high, text):
    assert numbers.interval_near_zero(low, high, 1) == text
