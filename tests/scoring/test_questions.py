"""Questions beyond scores: which pairs, units and slices they are answered for."""

from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest

from harness.core.errors import InputError
from harness.core.records import HINDI
from harness.scoring import Resampling, SystemStatistics, TestSet, analysis
from harness.scoring.questions import Questions, answered
from harness.scoring.sample_size import curve

SETTINGS = Resampling(resamples=400)


def a_test_set(segments=60, articles=()):
    return TestSet(
        task="summarise", target=HINDI, primary="rougeL", metrics=("rouge1", "rougeL"),
        ids=tuple(f"s{number}" for number in range(segments)), articles=tuple(articles),
        references={"close": ("x",) * segments}, lengths=tuple(5 if n % 2 else 30 for n in range(segments)),
    )  # fmt: skip


def rows(segments=60, samples=1, **gains):
    """Return systems that are better by so many points, and a reference row and a failed system."""
    generator = np.random.default_rng(0)
    hardness = generator.normal(50, 10, segments)
    systems = []
    for name, gain in gains.items():
        points = hardness + gain + generator.normal(0, 4, (samples, segments))
        statistics = {metric: np.stack([points, np.ones_like(points)], axis=-1) for metric in ("rouge1", "rougeL")}
        systems.append(SystemStatistics(name, "system", statistics, {}))
    return [
        replace(systems[0], name="oracle", role="oracle"), *systems,
        SystemStatistics("broken", "system", {}, {}, "no memory"),
    ]  # fmt: skip


def ask(of_rows, of_test_set=None, baseline=None, **questions):
    of_test_set = of_test_set or a_test_set()
    scores = analysis.assess(of_test_set, of_rows, SETTINGS, baseline=baseline)
    return answered(scores, of_test_set, of_rows, SETTINGS, Questions(**questions)).answers


THREE = {"b": 0.0, "a": 4.0, "c": -9.0}


def test_nothing_is_answered_that_is_not_asked():
    answers = ask(rows(**THREE))
    assert (answers.no_worse, answers.sample_sizes, answers.variance, answers.contrasts) == ((), (), None, ())


def test_each_system_is_claimed_no_worse_than_the_baseline_or_not():
    claims = ask(rows(**THREE), baseline="b", no_worse=1.0).no_worse
    assert [(claim.system, claim.baseline, claim.shown) for claim in claims] == [("a", "b", True), ("c", "b", False)]
    assert claims[0].upper < 0 < 8 < claims[1].upper
    assert {(claim.changed, claim.units, claim.unit) for claim in claims} == {(60, 60, "segment")}


def test_the_plan_of_the_best_system_and_the_next_comes_first():
    plans = ask(rows(**THREE), difference=2.0).sample_sizes
    assert [(plan.a, plan.b) for plan in plans] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert all(plan.delta > 0 for plan in plans)
    assert plans[0].level == pytest.approx(0.05 / 3)


def test_with_a_baseline_plans_are_for_the_pairs_with_it():
    plans = ask(rows(**THREE), baseline="b", difference=2.0).sample_sizes
    assert [(plan.a, plan.b) for plan in plans] == [("a", "b"), ("b", "c")]
    assert plans[0].level == pytest.approx(0.05 / 2)


def test_plans_can_be_for_the_observed_difference_of_each_pair():
    plans = ask(rows(**THREE), observed=True).sample_sizes
    assert [plan.difference for plan in plans] == [plan.delta for plan in plans]
    given = [ask(rows(**THREE), difference=plan.delta).sample_sizes[place].needed for place, plan in enumerate(plans)]
    assert [plan.needed for plan in plans] == given


def test_a_difference_that_is_given_comes_before_the_observed_one():
    plans = ask(rows(**THREE), difference=2.0, observed=True).sample_sizes
    assert {plan.difference for plan in plans} == {2.0}


def equal_rows(*, swapped=0):
    """Return two systems with one score, which differ on 2 * `swapped` segments."""
    of_rows = rows(a=0.0, b=0.0)
    for row, start in ((of_rows[1], 0), (of_rows[2], swapped)):
        row.statistics["rougeL"][..., 0] = 50.0
        row.statistics["rougeL"][:, start : start + swapped, 0] = 60.0
    return of_rows


def test_systems_with_equal_scores_have_a_plan_without_a_number():
    (plan,) = ask(equal_rows(swapped=1), observed=True).sample_sizes
    assert (plan.delta, plan.difference, plan.needed, plan.low, plan.high) == (0, 0, None, None, None)


@pytest.mark.parametrize(
    ("of_rows", "segments", "difference", "reason"),
    [
        (rows(a=0.0), 60, 2.0, "it needs two systems with scores, found 1"),
        (rows(1, a=0.0, b=1.0), 1, 2.0, "it needs at least two segments, found 1"),
        (
            equal_rows(), 60, 2.0,
            "a and b differ in rougeL on no segment, so no number can be planned",
        ),
        (
            equal_rows(swapped=1), 60, None,
            "a and b have the same rougeL; give the difference to show: --difference POINTS",
        ),
    ],
    ids=["one system", "one segment", "equal on every segment", "no difference"],
)  # fmt: skip
def test_without_a_curve_the_condition_that_is_not_met_is_named(of_rows, segments, difference, reason):
    assert curve(a_test_set(segments), of_rows, SETTINGS, "rougeL", difference) == reason


def test_systems_with_equal_scores_have_a_curve_for_a_difference_that_is_given():
    found = curve(a_test_set(), equal_rows(swapped=1), SETTINGS, "rougeL", 2.0)
    assert found.plan.difference == 2.0 and found.points


def test_looks_have_a_stricter_level_and_need_more():
    one, five = (ask(rows(**THREE), difference=2.0, looks=looks).sample_sizes[0] for looks in (None, 5))
    assert (one.looks, five.looks) == (1, 5)
    assert five.level < one.level
    assert five.needed > one.needed


@pytest.mark.parametrize(
    ("articles", "unit", "units"), [(0, "segment", 60), (1, "segment", 60), (5, "segment", 60), (6, "article", 6)]
)
def test_articles_are_the_units_if_there_are_enough_for_a_test(articles, unit, units):
    known = [f"a{number % articles}" for number in range(60)] if articles else []
    plan = ask(rows(**THREE), a_test_set(articles=known), difference=2.0).sample_sizes[0]
    assert (plan.unit, plan.units, plan.segments) == (unit, units, 60)


@pytest.mark.parametrize(
    ("articles", "bought"),
    [
        (0, ["100 more segments like these"]),
        (1, ["100 more segments of the same article"]),
        (60, ["100 more segments, each a new article"]),
        (10, ["100 more segments in 1 new article", "100 more segments in 10 new articles",
              "100 more segments in 100 new articles"]),
    ],
)  # fmt: skip
def test_what_to_buy_depends_on_what_is_known_of_articles(articles, bought):
    known = [f"a{number % articles}" for number in range(60)] if articles else []
    variance = ask(rows(**THREE), a_test_set(articles=known), difference=2.0).variance
    assert [purchase.what for purchase in variance.purchases] == bought
    assert all(purchase.error < variance.error for purchase in variance.purchases[-1:])


def test_samples_can_be_bought_if_systems_have_several():
    variance = ask(rows(samples=3, **THREE), difference=2.0).variance
    assert variance.samples == pytest.approx(2 * 4**2, rel=0.3)
    assert variance.purchases[-1].what == "twice as many samples of each system"


def test_contrasts_are_over_the_slices_that_are_shown():
    of_rows = rows(**THREE)
    short = np.arange(60) % 2 == 1
    of_rows[1].statistics["rougeL"][:, short, 0] += 12  # b gains on short sources
    contrasts = ask(of_rows, facets=("length",)).contrasts
    assert len(contrasts) == 2 * 3
    shown = {(contrast.value, *sorted((contrast.a, contrast.b))) for contrast in contrasts if contrast.significant}
    assert shown == {(value, *pair) for value in ("1-10 words", "21-40 words") for pair in (("a", "b"), ("b", "c"))}
    assert [contrast.p for contrast in contrasts] == sorted(contrast.p for contrast in contrasts)


def test_slices_by_article_are_tested_over_segments():
    known = [f"a{number // 10}" for number in range(60)]
    contrasts = ask(rows(**THREE), a_test_set(articles=known), facets=("article",)).contrasts
    assert {contrast.value for contrast in contrasts} == set(known)


def test_one_segment_or_one_system_gives_no_plan():
    alone = ask(rows(a=1.0), difference=2.0, facets=("length",))
    assert (alone.sample_sizes, alone.variance, alone.contrasts) == ((), None, ())
    plan = ask(rows(1, **THREE), a_test_set(1), difference=2.0, baseline="a", no_worse=1.0)
    assert (plan.sample_sizes[0].needed, plan.variance) == (None, None)
    assert (plan.no_worse[0].upper, plan.no_worse[0].shown) == (None, False)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"no_worse": -1.0}, "--no-worse: expected a margin in points from 0, found -1.0"),
        ({"no_worse": nan}, "--no-worse: expected a margin in points from 0, found nan"),
        ({"difference": 0.0}, "--difference: expected a difference in points above 0, found 0.0"),
        ({"difference": inf}, "--difference: expected a difference in points above 0, found inf"),
        ({"difference": 1.0, "looks": 21}, "--looks: expected a number from 1 to 20, found 21"),
        ({"difference": 1.0, "looks": 0}, "--looks: expected a number from 1 to 20, found 0"),
        ({"looks": 5}, "--looks: expected --difference POINTS too, the difference that the looks should show"),
    ],
)
def test_a_wrong_question_is_one_line(values, message):
    with pytest.raises(InputError) as error:
        Questions(**values)
    assert str(error.value) == message


def test_no_worse_needs_a_baseline():
    with pytest.raises(InputError, match="--no-worse: expected --baseline NAME too"):
        Questions(no_worse=1.0).check(None)
    Questions(no_worse=1.0).check("a")


def more_data(of_rows, of_test_set=None, **options):
    return analysis.assess(of_test_set or a_test_set(), of_rows, SETTINGS, **options).more_data


class TestMoreData:
    """How many units would show the difference of the two best systems, in every table."""

    def test_it_is_the_plan_for_the_observed_difference_if_the_test_does_not_show_it(self):
        of_rows = rows(b=0.0, a=0.2, c=-9.0)
        plan = more_data(of_rows)
        assert plan == ask(of_rows, observed=True).sample_sizes[0]
        assert {plan.a, plan.b} == {"a", "b"} and plan.needed > plan.units == 60

    def test_a_difference_that_is_shown_needs_no_more(self):
        assert more_data(rows(b=0.0, a=9.0, c=-9.0)) is None

    @pytest.mark.parametrize(
        ("of_rows", "of_test_set", "options"),
        [
            (rows(a=0.0), None, {}),
            (rows(segments=1, a=0.0, b=1.0), a_test_set(segments=1), {}),
            (rows(b=0.0, a=0.2, c=-9.0), None, {"baseline": "c"}),
        ],
        ids=["one system", "one segment", "the two best are not compared"],
    )
    def test_without_two_best_systems_and_a_variance_it_is_unknown(self, of_rows, of_test_set, options):
        assert more_data(of_rows, of_test_set, **options) is None

    def test_articles_are_counted_if_there_are_enough_for_a_test(self):
        articles = [f"d{number // 5}" for number in range(60)]
        plan = more_data(rows(b=0.0, a=0.2), a_test_set(articles=articles))
        assert (plan.unit, plan.units, plan.segments) == ("article", 12, 60)
