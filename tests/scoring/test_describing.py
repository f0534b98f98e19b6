"""What is said of outputs without a reference."""

import pytest

from harness.core.records import ENGLISH, HINDI
from harness.scoring.diagnostics import describe

SOURCE = ["one two three four five six", "seven eight nine ten"]


def test_lengths_are_in_words_and_against_the_source():
    found = describe(["one two three", "four five"], ENGLISH, SOURCE)
    assert (found.outputs, found.words, found.length_ratio) == (2, 2.5, 0.5)
    assert describe(["one two three"], ENGLISH).length_ratio is None


def test_the_script_is_counted_in_letters_and_in_outputs():
    found = describe(["abcd", "वह", "12 ...", ""], ENGLISH)
    assert found.wrong_script == 1
    # Of the letters a, b, c, d and व, ह (no marks in it), four are Latin.
    assert found.script == pytest.approx(100 * 4 / 6)
    assert describe(["वह घर गया।"], HINDI).script == pytest.approx(100)


@pytest.mark.parametrize("outputs", [[""], ["12.5 %", " "]])
def test_without_a_letter_there_is_no_share(outputs):
    found = describe(outputs, HINDI)
    assert (found.script, found.repetition, found.wrong_script) == (None, None, 0)


@pytest.mark.parametrize(
    ("outputs", "copied"),
    [
        pytest.param(["one two three four", "seven eight nine ten"], 100, id="all"),
        # Two runs in each output; of these four, two stand in the source.
        pytest.param(["zero one two three four", "seven eight nine ten eleven"], 50, id="half"),
        pytest.param(["four three two one", "a b c d"], 0, id="words-in-another-order"),
        pytest.param(["seven eight nine ten", "one two three four"], 0, id="of-another-segment"),
        pytest.param(["one two three", ""], None, id="too-short-to-tell"),
    ],
)
def test_copying_is_the_share_of_runs_of_four_words(outputs, copied):
    assert describe(outputs, ENGLISH, SOURCE).copied == copied


def test_without_sources_nothing_is_said_of_copying():
    assert describe(["one two three four"], ENGLISH).copied is None


def test_repetition_is_the_mean_over_outputs_that_have_a_run():
    found = describe(["a b c d a b c d", "one two three four", "short"], ENGLISH)
    assert found.repetition == pytest.approx(100 * (1 / 5 + 0) / 2)


def test_outputs_that_other_segments_have_too_and_empty_ones_are_counted():
    found = describe(["yes", "no", " yes ", "", " ", "no", "maybe"], ENGLISH)
    assert (found.doubled, found.empty) == (4, 2)
