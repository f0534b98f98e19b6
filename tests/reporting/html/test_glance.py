"""The sentences on what the data can tell."""

from dataclasses import replace

import pytest

from harness.core.scores import Answers, SampleSizePlan, SystemScores
from harness.reporting.html import glance
from tests.reporting.html.records import scores
from tests.reporting.scores import how_tested, interval, pair, score


def plan(a, b, needed):
    return SampleSizePlan(a, b, 1.0, 1.0, 16, "segment", 16, needed, needed and needed // 2, needed and needed * 2,
                          0.95, 0.05, 1, 0.8)  # fmt: skip


def three(best, middle, *, shown):
    """Return scores of three systems; `shown` are the pairs that the test shows."""
    values = {"best": best, "middle": middle, "last": 20.0}
    pairs = [("best", "middle"), ("best", "last"), ("middle", "last")]
    return replace(
        scores(),
        systems=tuple(SystemScores(name, "system", {"chrf++": score(value, 2)}) for name, value in values.items()),
        comparisons=tuple(
            pair("chrf++", a, b, values[a] - values[b], interval(values[a] - values[b] - 1, values[a] - values[b] + 1),
                 0.01, 0.01, (a, b) in shown)
            for a, b in pairs
        ),
        answers=Answers(sample_sizes=(plan("best", "middle", 263), plan("middle", "last", 61))),
    )  # fmt: skip


CASES = {
    "two systems that are shown to differ": (
        scores(),
        ("near leads far by 10.0 chrf++; the paired test, corrected for all pairs, shows it (p = 0.010).",)
    ),
    "two systems that are not": (
        scores(shown=False), ("near scores highest, but 16 segments cannot tell it apart from far (10.0 chrf++ ahead "
                              "of far).",)
    ),
    "too few units for any test": (
        replace(scores(shown=False), testing=how_tested(1, units=4, lowest=None, enough=6)),
        ("near scores highest (10.0 chrf++ ahead of far), but with 4 segments no difference can be shown; at least "
         "6 segments are needed before the test can show any difference.",),
    ),
    "too few units for any test, and an estimate of how many would do": (
        replace(three(60.0, 59.0, shown=[]), testing=how_tested(3, units=4, lowest=None, enough=8)),
        ("best scores highest (1.0 chrf++ [0.0, 2.0] ahead of middle), but with 4 segments no difference can be shown; "
         "at least 8 segments are needed before the test can show any difference, and about 270 to show this one, if "
         "it is real.",),
    ),
    "too few flips for so many pairs": (
        replace(scores(shown=False), testing=how_tested(1, units=16, lowest=0.1)),
        ("near scores highest (10.0 chrf++ ahead of far), but with 16 segments and 1 pair no difference can be shown; "
         "at least 1,000 flips are needed before the test can show any difference.",),
    ),
    "too few units for any test against a baseline": (
        replace(scores(shown=False), baseline="far", testing=how_tested(1, units=4, lowest=None, enough=6)),
        ("Against far: with 4 segments no difference can be shown; at least 6 segments are needed before the test can "
         "show any difference.",),
    ),
    "the best of three leads both": (
        three(60.0, 50.0, shown=[("best", "middle"), ("best", "last"), ("middle", "last")]),
        ("best leads every other system; the next, middle, is 10.0 chrf++ [9.0, 11.0] behind; the paired test, "
         "corrected for all pairs, shows each of these leads (p = 0.010 or lower).",),
    ),
    "the others cannot be told apart": (
        three(60.0, 21.0, shown=[("best", "middle"), ("best", "last")]),
        ("best leads every other system; the next, middle, is 39.0 chrf++ [38.0, 40.0] behind; the paired test, "
         "corrected for all pairs, shows each of these leads (p = 0.010 or lower).",
         "16 segments cannot tell middle and last apart; with about 61 they could, if this difference is real."),
    ),
    "the best cannot be told from the next": (
        three(60.0, 59.5, shown=[("best", "last"), ("middle", "last")]),
        ("best scores highest, but 16 segments cannot tell it apart from middle (0.5 chrf++ [-0.5, 1.5] ahead of "
         "middle); with about 270 they could, if this difference is real.",
         "best leads last by 40.0 chrf++ [39.0, 41.0]; the paired test, corrected for all pairs, shows it "
         "(p = 0.010)."),
    ),
    "all have one score": (three(20.0, 20.0, shown=[]), ("All systems have the same chrf++.",)),
    "one system": (
        replace(scores(), systems=scores().systems[:1], comparisons=()), ("far is the only system with a score.",)
    ),
}  # fmt: skip


@pytest.mark.parametrize(("table", "sentences"), CASES.values(), ids=CASES)
def test_the_sentences_say_who_leads_and_what_more_data_would_change(table, sentences):
    assert glance.sentences(table) == sentences


def test_a_sentence_begins_with_a_capital_but_a_name_stays():
    assert glance.sentences(replace(scores(), mixed="the rows differ"))[0].startswith("No verdict: ")


def test_a_metric_of_which_less_is_better_leads_by_positive_points():
    lower = replace(
        scores(),
        systems=(
            SystemScores("near", "system", {"chrf++": score(40.0, 2, lower=True)}),
            SystemScores("far", "system", {"chrf++": score(60.0, 2, lower=True)}),
        ),
        comparisons=(pair("chrf++", "far", "near", 20.0, interval(15, 25), 0.01, 0.01, True),),
    )
    assert glance.sentences(lower) == (
        "near leads far by 20.0 chrf++ [15.0, 25.0]; the paired test, corrected for all pairs, shows it (p = 0.010).",
    )


@pytest.mark.parametrize(("p", "told"), [(0.0004, "p < 0.001"), (0.0123, "p = 0.012")])
def test_a_lead_that_is_shown_has_a_p_value_and_limits_that_do_not_read_as_zero(p, told):
    close = replace(
        scores(), comparisons=(pair("chrf++", "near", "far", 3.8, interval(0.021, 7.58), p / 2, p, True),)
    )  # fmt: skip
    [sentence] = glance.sentences(close)
    assert "by 3.8 chrf++ [0.02, 7.58]; the paired test" in sentence
    assert sentence.endswith(f"shows it ({told}).")


def test_several_leads_have_the_highest_of_their_p_values():
    table = three(60.0, 21.0, shown=[("best", "middle"), ("best", "last")])
    first, *others = table.comparisons
    assert (
        "(p = 0.040 or lower)"
        in glance.sentences(replace(table, comparisons=(*others, replace(first, p_adjusted=0.04))))[0]
    )
