"""When a run is worse than its baseline: scores by tolerance and by test, what is no score, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness import metrics
from harness.config.schema import CheckThresholds, MetricThresholds, Thresholds
from harness.core.errors import InputError
from harness.core.records import HINDI
from harness.core.scores import Count, Diagnostics
from harness.gate import Finding, Verdict, judge, rules, score_changes
from harness.scoring import Resampling, diagnostics
from tests.snapshots import HEALTHY, baseline, run, system, task, unhealthy

SETTINGS = Resampling(flips=1000)
DEFAULT = Thresholds()


def draw(n: int, *, seed: int = 0, mean: float = 50.0, spread: float = 10.0) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).normal(mean, spread, size=n)


def judge_values(before: Any, now: Any, thresholds: Thresholds = DEFAULT, settings: Resampling = SETTINGS) -> Finding:
    """Return the finding about one system's one metric, from its segments' scores."""
    old, new = (task(system("x", {"rougeL": values})) for values in (before, now))
    return found(judge.judge(baseline(old), run(new), thresholds, settings), "rougeL")


def found(verdict: Verdict, name: str, of: str = "x") -> Finding:
    (finding,) = [finding for finding in verdict.findings if (finding.system, finding.name) == (of, name)]
    return finding


# --- scores: which rule calls which drop ------------------------------------------------------------------------------

MANY, FEW = draw(400), draw(8)
ONE_SEGMENT_LOST = FEW - np.array([40, 0, 0, 0, 0, 0, 0, 0])  # -5 on average, and half of all swaps do as much
SMALL_BUT_REAL = MANY - draw(400, seed=1, mean=0.3, spread=1.5)
NOISE = MANY + draw(400, seed=2, mean=0.0, spread=3.0)
FIVE = np.full(5, 50.0)


@pytest.mark.parametrize(
    ("before", "now", "tolerance", "test", "either"),
    [
        pytest.param(MANY, MANY, "", "", "", id="identical"),
        pytest.param(MANY, NOISE, "", "", "", id="noise"),
        pytest.param(FEW, ONE_SEGMENT_LOST, "tolerance", "", "tolerance", id="a large drop that may be chance"),
        pytest.param(MANY, SMALL_BUT_REAL, "", "test", "test", id="a small real drop on many segments"),
        pytest.param(MANY, MANY - 2, "tolerance", "test", "tolerance test", id="a large real drop"),
        pytest.param(MANY, MANY - 1, "", "test", "test", id="a drop of just the tolerance"),
        pytest.param(FIVE, FIVE - 0.9, "", "", "", id="n = 5, within the tolerance"),
        pytest.param(FIVE, FIVE - 1.1, "tolerance", "tolerance", "tolerance", id="n = 5, past the tolerance"),
        pytest.param([50], [49.5], "", "", "", id="n = 1, within the tolerance"),
        pytest.param([50], [40], "tolerance", "tolerance", "tolerance", id="n = 1, past the tolerance"),
    ],
)  # fmt: skip
def test_each_rule_calls_the_drops_that_it_says(before: Any, now: Any, tolerance: str, test: str, either: str) -> None:
    for rule, expected in (("tolerance", tolerance), ("test", test), ("either", either)):
        finding = judge_values(before, now, Thresholds(rule=rule))
        assert (rule, " ".join(finding.reasons)) == (rule, expected)
        assert finding.status == ("regressed" if expected else "ok")


SOME = draw(60)
# A mean drop of about 2 with a standard error of about 1 and of about 2.5.
TWO_SURE, TWO_UNSURE = (
    SOME - 2 - (each - each.mean()) for each in (draw(60, seed=4, spread=8), draw(60, seed=5, spread=19))
)


@pytest.mark.parametrize(
    ("before", "now", "status", "reasons"),
    [
        pytest.param(MANY, MANY, "ok", (), id="identical"),
        pytest.param(MANY, SMALL_BUT_REAL, "regressed", ("test",), id="a small real drop on many segments"),
        pytest.param(MANY, MANY - 2, "regressed", ("likely", "test"), id="a large real drop"),
        pytest.param(SOME, TWO_SURE, "regressed", ("likely", "test"), id="a drop of 2 standard errors"),
        pytest.param(SOME, TWO_UNSURE, "unclear", ("chance",), id="a drop of less than 1 standard error"),
        pytest.param(FEW, ONE_SEGMENT_LOST, "unclear", ("chance",), id="one segment lost"),
        pytest.param(FEW, FEW + (FEW - ONE_SEGMENT_LOST), "ok", (), id="one segment gained"),
        pytest.param(SOME, 2 * SOME - TWO_SURE, "improved", ("likely", "test"), id="a gain of 2 standard errors"),
        pytest.param(FIVE, FIVE - 1.1, "regressed", ("tolerance",), id="n = 5, past the tolerance"),
        pytest.param([50], [49.5], "ok", (), id="n = 1, within the tolerance"),
    ],
)  # fmt: skip
def test_by_default_a_drop_fails_if_it_is_shown_or_likely_and_else_is_unclear(
    before: Any, now: Any, status: str, reasons: tuple[str, ...]
) -> None:
    finding = judge_values(before, now)
    assert (finding.status, finding.reasons) == (status, reasons)
    assert finding.failed == (status == "regressed")


def test_a_likely_drop_needs_no_correction_for_other_scores() -> None:
    old = {f"s{number}": draw(60, seed=number) for number in range(9)}
    new = {
        name: values + draw(60, seed=50 + number, mean=0.0, spread=1.0)
        for number, (name, values) in enumerate(old.items())
    }
    verdict = judge.judge(baseline(several(old | {"x": SOME})), run(several(new | {"x": TWO_SURE})), DEFAULT, SETTINGS)
    finding = found(verdict, "rougeL")
    assert finding.p is not None and finding.p_adjusted is not None
    assert finding.p < 0.1 < finding.p_adjusted
    assert (finding.status, finding.reasons) == ("regressed", ("likely",))


def test_a_higher_confidence_of_the_gate_makes_both_levels_stricter() -> None:
    p = judge_values(SOME, TWO_SURE).p
    assert p is not None and 0.02 < p < 0.05
    finding = judge_values(SOME, TWO_SURE, Thresholds(confidence=0.99))
    assert (finding.p, finding.status, finding.reasons) == (p, "unclear", ("chance",))
    # Without one, that of `statistics` counts.
    strict = replace(SETTINGS, confidence=0.99)
    assert judge_values(SOME, TWO_SURE, settings=strict).status == "unclear"
    assert judge_values(SOME, TWO_SURE, Thresholds(confidence=0.95), strict).status == "regressed"


def test_an_unclear_drop_says_how_many_segments_would_decide() -> None:
    finding = judge_values(SOME, TWO_UNSURE)
    assert (finding.units, finding.unit_kind, finding.changed) == (60, "segment", 60)
    # If the same drop is measured on so many segments, p is about at its level.
    assert finding.decides_at is not None and 120 < finding.decides_at < 180
    fewer, more = (judge_values(np.tile(SOME, times), np.tile(TWO_UNSURE, times)) for times in (2, 3))
    assert [each.delta for each in (fewer, more)] == [pytest.approx(finding.delta)] * 2
    assert (fewer.status, more.status) == ("unclear", "regressed")
    assert judge_values(MANY, MANY).decides_at is None


@pytest.mark.parametrize(
    ("units", "drop", "error", "changed", "level", "expected"),
    [
        pytest.param(60, 2.0, 2.0, 60, 0.1, 99, id="n * z(.9)**2 = 60 * 1.642"),
        pytest.param(60, 2.0, 4.0, 60, 0.1, 395, id="twice the error: four times n"),
        pytest.param(60, 4.0, 4.0, 60, 0.1, 99, id="twice the drop: a quarter"),
        pytest.param(60, 2.0, 2.0, 60, 0.02, 254, id="a lower level"),
        pytest.param(8, 5.0, 5.0, 1, 0.1, 32, id="four units must change, and one of eight does"),
        pytest.param(60, 2.0, 2.0, 3, 0.02, 254, id="six must change for 0.02: 120 are too few for the error"),
        pytest.param(60, 2.0, 0.1, 60, 0.1, 61, id="never fewer than there are"),
        pytest.param(60, 0.001, 4.0, 60, 0.1, None, id="more than a million"),
    ],
)
def test_the_number_of_units_that_would_decide(
    units: int, drop: float, error: float, changed: int, level: float, expected: int | None
) -> None:
    assert rules.deciding_units(units, drop, error, changed, level) == expected


def test_the_jackknife_of_a_mean_is_the_standard_error_of_the_mean_difference() -> None:
    old, new = (system("x", {"rougeL": values}).statistics["rougeL"] for values in (SOME, TWO_UNSURE))
    score = metrics.get("rougeL", HINDI).score
    expected = 100 * np.std(score(new[0]) - score(old[0]), ddof=1) / np.sqrt(60) / 100
    assert score_changes.standard_error(old, new, score) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("rule", "before", "now", "expected"),
    [
        ("either", MANY, MANY + 0.2, "test"),
        ("either", FEW, FEW + (FEW - ONE_SEGMENT_LOST), "tolerance"),
        ("tolerance", MANY, MANY + 2, "tolerance"),
        ("test", MANY, MANY + 2, "test"),
        ("either", [50], [52], "tolerance"),
    ],
)
def test_what_got_better_by_the_same_rule_is_pointed_out(rule: Any, before: Any, now: Any, expected: str) -> None:
    finding = judge_values(before, now, Thresholds(rule=rule))
    assert (finding.status, finding.reasons) == ("improved", (expected,))
    assert not finding.failed


def test_an_identical_run_has_no_change_and_p_1() -> None:
    finding = judge_values(MANY, MANY)
    assert (finding.delta, finding.p, finding.p_adjusted, finding.remark) == (0, 1, 1, "")


@pytest.mark.parametrize(
    ("n", "remark"),
    [
        (1, "n = 1 segment: too few for a test, so the tolerance decides alone"),
        (5, "n = 5 segments: too few for a test, so the tolerance decides alone"),
        (6, ""),
    ],
)
def test_with_too_few_segments_there_is_no_test_and_that_is_said(n: int, remark: str) -> None:
    finding = judge_values([50] * n, [49] * n, Thresholds(rule="test"))
    assert finding.remark == remark
    assert (finding.p is None) == bool(remark) == (finding.allowed is not None)


def test_six_segments_that_all_fell_are_a_real_drop() -> None:
    finding = judge_values([50] * 6, [49.9] * 6)
    assert (finding.p, finding.reasons) == (1 / 2**6, ("test",))


def test_a_real_drop_that_is_too_small_to_matter_can_be_let_be() -> None:
    fell = -judge_values(MANY, SMALL_BUT_REAL).delta  # type: ignore[operator]
    assert 0.1 < fell < 0.3
    assert judge_values(MANY, SMALL_BUT_REAL, Thresholds(ignore_below=fell + 0.01)).status == "ok"
    assert judge_values(MANY, SMALL_BUT_REAL, Thresholds(ignore_below=fell - 0.01)).status == "regressed"
    # It says nothing about the tolerance.
    assert judge_values([50], [48.5], Thresholds(ignore_below=9)).status == "regressed"


def test_a_metric_can_have_thresholds_of_its_own() -> None:
    old = task(system("x", {"rouge1": [50.0], "rougeL": [50.0]}))
    new = task(system("x", {"rouge1": [47.0], "rougeL": [47.0]}))
    thresholds = Thresholds(tolerance=2, metrics={"rouge1": MetricThresholds(tolerance=4)})
    verdict = judge.judge(baseline(old), run(new), thresholds, SETTINGS)
    assert [found(verdict, name).status for name in ("rouge1", "rougeL")] == ["ok", "regressed"]
    assert [found(verdict, name).allowed for name in ("rouge1", "rougeL")] == [4, 2]


def test_a_metric_of_the_thresholds_that_no_task_has_is_refused() -> None:
    of = task(system("x", {"rougeL": [50.0]}))
    thresholds = Thresholds(metrics={"rogueL": MetricThresholds(tolerance=4)})
    with pytest.raises(InputError, match=r"unknown metric of the run 'rogueL'; did you mean 'rougeL'\?"):
        judge.judge(baseline(of), run(of), thresholds, SETTINGS)


def test_a_metric_of_which_less_is_better_regresses_when_it_rises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(metrics.get("rougeL", HINDI)), "higher_is_better", False)
    assert judge_values(MANY, MANY + 2).status == "regressed"
    assert judge_values(MANY, SMALL_BUT_REAL).status == "improved"


def test_articles_are_the_units_where_there_are_several() -> None:
    def of(values: Any, articles: int) -> Any:
        return task(system("x", {"rougeL": values}), articles=tuple(f"a{i % articles}" for i in range(400)))

    for articles, remark in ((5, "n = 5 articles: too few"), (10, "")):
        verdict = judge.judge(baseline(of(MANY, articles)), run(of(MANY - 0.5, articles)), DEFAULT, SETTINGS)
        finding = found(verdict, "rougeL")
        assert finding.remark.startswith(remark)
        assert finding.p == (None if remark else 1 / 2**10)


def test_a_system_with_another_number_of_samples_is_tested_against_the_mean_of_them() -> None:
    one = system("x", {"rougeL": MANY})
    three = system("x", {})
    three = replace(three, statistics={"rougeL": np.concatenate([one.statistics["rougeL"]] * 3)})
    verdict = judge.judge(baseline(task(one)), run(task(one, systems=(three,))), DEFAULT, SETTINGS)
    assert found(verdict, "rougeL").delta == 0
    assert found(verdict, "rougeL").status == "ok"


def test_statistics_of_another_shape_are_refused() -> None:
    one = system("x", {"rougeL": MANY})
    wider = replace(one, statistics={"rougeL": np.ones((1, 400, 3))})
    with pytest.raises(InputError, match=r"statistics of shape \(1, 400, 3\), the baseline has \(1, 400, 2\)"):
        judge.judge(baseline(task(one)), run(task(one, systems=(wider,))), DEFAULT, SETTINGS)


# --- no worse ---------------------------------------------------------------------------------------------------------

NO_WORSE = Thresholds(rule="no_worse")
CHANGED_18 = MANY + np.where(np.arange(400) < 18, 0.01, 0.0)


@pytest.mark.parametrize(
    ("before", "now", "status", "reasons"),
    [
        pytest.param(MANY, MANY, "ok", (), id="nothing changed, so nothing is to show"),
        pytest.param([50], [50], "ok", (), id="n = 1, and nothing changed"),
        pytest.param(MANY, NOISE, "ok", (), id="noise far below the margin"),
        pytest.param(MANY, SMALL_BUT_REAL, "ok", (), id="a small real drop within the margin"),
        pytest.param(MANY, MANY + 5, "ok", (), id="a gain"),
        pytest.param(MANY, MANY - 2, "not_shown", ("margin",), id="a drop beyond the margin"),
        pytest.param(SOME, 2 * SOME - TWO_UNSURE - 1.5, "not_shown", ("margin",), id="a gain with too much noise"),
        pytest.param(MANY, CHANGED_18, "not_shown", ("few",), id="a gain, but of 18 segments"),
        pytest.param(FEW, ONE_SEGMENT_LOST, "not_shown", ("margin", "few"), id="both"),
        pytest.param([50], [49.5], "not_shown", ("margin", "few"), id="n = 1"),
    ],
)  # fmt: skip
def test_no_worse_fails_unless_it_is_shown(before: Any, now: Any, status: str, reasons: tuple[str, ...]) -> None:
    finding = judge_values(before, now, NO_WORSE)
    assert (finding.status, finding.reasons) == (status, reasons)
    assert finding.failed == (status == "not_shown")
    assert (finding.p, finding.p_adjusted, finding.allowed) == (None, None, 1.0)


def test_no_worse_says_how_many_changed_and_how_large_the_drop_may_be() -> None:
    finding = judge_values(MANY, SMALL_BUT_REAL, NO_WORSE)
    assert (finding.units, finding.changed) == (400, 400)
    assert finding.upper is not None and finding.delta is not None
    assert -finding.delta < finding.upper < 0.6
    strict = judge_values(MANY, SMALL_BUT_REAL, Thresholds(rule="no_worse", confidence=0.999))
    assert strict.upper is not None and strict.upper > finding.upper
    assert judge_values([50], [49.5], NO_WORSE).upper is None  # there is no bound of one segment


def test_the_margin_of_no_worse_is_the_metrics_tolerance_and_other_metrics_keep_their_rule() -> None:
    names = ("rouge1", "rougeL")
    old, new = (task(system("x", dict.fromkeys(names, values))) for values in (MANY, SMALL_BUT_REAL))
    own = {"rouge1": MetricThresholds(rule="no_worse", tolerance=0.1)}
    verdict = judge.judge(baseline(old), run(new), Thresholds(metrics=own), SETTINGS)
    assert [found(verdict, name).status for name in names] == ["not_shown", "regressed"]
    assert found(verdict, "rougeL").p_adjusted == found(verdict, "rougeL").p  # corrected for no score but itself


# --- many scores at once ----------------------------------------------------------------------------------------------


def several(values: dict[str, Any]) -> Any:
    return task(*(system(name, {"rougeL": each}) for name, each in values.items()))


def test_the_false_positive_rate_of_the_whole_gate_is_what_the_confidence_says() -> None:
    """Five systems in which nothing really changed; without Holm about a fifth of such runs would fail."""
    settings = Resampling(flips=200)
    thresholds = Thresholds(rule="test")
    runs, failed, alone = 300, 0, 0
    for number in range(runs):
        generator = np.random.default_rng(number)
        old = {f"s{index}": generator.normal(50, 10, 30) for index in range(5)}
        new = {name: values + generator.normal(0, 5, 30) for name, values in old.items()}
        verdict = judge.judge(baseline(several(old)), run(several(new)), thresholds, settings)
        failed += not verdict.passed
        alone += any(finding.p is not None and finding.p < 0.05 for finding in verdict.findings)
    assert 0.01 < failed / runs < 0.09
    assert alone / runs > 0.15


def test_each_system_has_the_adjusted_p_value_of_its_own_score() -> None:
    old, new = {"x": MANY, "y": MANY}, {"x": SMALL_BUT_REAL, "y": NOISE}
    verdict = judge.judge(baseline(several(old)), run(several(new)), Thresholds(rule="test"), SETTINGS)
    dropped, unchanged = (found(verdict, "rougeL", of).p_adjusted for of in old)
    assert dropped is not None and unchanged is not None
    assert dropped < 0.05 < unchanged


def test_systems_that_did_not_change_take_no_power_from_the_one_that_did() -> None:
    moved = draw(30, seed=3, mean=0.5, spread=1.2)
    p = judge_values(draw(30), draw(30) - moved).p
    assert p is not None and 0.005 < p < 0.05  # so it would not survive a correction for ten
    old = {f"s{index}": draw(30, seed=index) for index in range(9)} | {"x": draw(30)}
    same = judge.judge(baseline(several(old)), run(several(old | {"x": draw(30) - moved})), DEFAULT, SETTINGS)
    assert (found(same, "rougeL").p_adjusted, found(same, "rougeL").status) == (p, "regressed")
    others = {name: values + draw(30, seed=90, mean=0.0, spread=1.0) for name, values in old.items()}
    all_moved = judge.judge(baseline(several(old)), run(several(others | {"x": draw(30) - moved})), DEFAULT, SETTINGS)
    assert (found(all_moved, "rougeL").p_adjusted, found(all_moved, "rougeL").status) == (pytest.approx(10 * p), "ok")


@pytest.mark.parametrize(("changed", "p", "status"), [(4, 1 / 16, "ok"), (5, 1 / 32, "regressed")])
@pytest.mark.parametrize("seed", range(5))
def test_few_changed_segments_show_nothing_whatever_the_random_swaps_say(
    changed: int, p: float, status: str, seed: int
) -> None:
    """Swapping equal segments makes no new pattern, so p is at least 1 / 2**changed; random swaps only estimate it."""
    now = MANY - np.array([2.0] * changed + [0.0] * (400 - changed))
    finding = judge_values(MANY, now, settings=Resampling(flips=20_000, seed=seed))
    assert finding.p == pytest.approx(p, abs=0.005) and finding.p >= p
    assert finding.status == status


def test_scores_that_only_a_tolerance_guards_are_not_tested() -> None:
    finding = judge_values(MANY, MANY - 0.5, Thresholds(rule="tolerance"))
    assert (finding.p, finding.p_adjusted, finding.remark) == (None, None, "")


@pytest.mark.parametrize(
    ("n", "remedy"), [(7, "a tolerance must guard it"), (30, "raise statistics.flips")], ids=["exact", "sampled"]
)
def test_a_note_says_when_no_test_can_show_a_drop_any_more(n: int, remedy: str) -> None:
    settings = Resampling(flips=100)
    old = {f"s{index}": draw(n, seed=index) for index in range(12)}
    new = {name: values - 0.01 for name, values in old.items()}
    verdict = judge.judge(baseline(several(old)), run(several(new)), DEFAULT, settings)
    assert verdict.notes == (
        f"gist: 12 scores are tested together, too many for n = {n} and 100 random flips to show that one of them "
        f"alone fell: {remedy}.",
    )
    assert judge.judge(baseline(several(old)), run(several(old)), DEFAULT, settings).notes == ()


# --- output checks ----------------------------------------------------------------------------------------------------


def judge_outputs(before: Diagnostics, now: Diagnostics, thresholds: Thresholds = DEFAULT) -> Verdict:
    old, new = (task(system("x", {"rougeL": [50.0]}, diagnostics=each)) for each in (before, now))
    return judge.judge(baseline(old), run(new), thresholds, SETTINGS)


@pytest.mark.parametrize(
    ("name", "fine", "bad", "value", "allowed"),
    [
        ("empty", Count(0, 100), Count(1, 100), 1, 0),
        ("cut", Count(10, 1000), Count(11, 1000), 1.1, 1.0),
        ("stopped", Count(10, 1000), Count(11, 1000), 1.1, 1.0),
        ("stopped", Count(2, 100), Count(3, 100), 3.0, 2.0),
        ("stopped", Count(2, 19), Count(3, 19), 300 / 19, 200 / 19),
        ("unknown", Count(10, 10_000), Count(11, 10_000), 0.11, 0.1),
        ("unknown", Count(2, 400), Count(3, 400), 0.75, 0.5),
        ("repetition", Count(10.0, 1000), Count(10.1, 1000), 1.01, 1.0),
        ("wrong_script", Count(2, 60), Count(3, 60), 5.0, 200 / 60),
        ("spacing", Count(2, 100), Count(3, 100), 3.0, 2.0),
    ],
)
def test_each_check_fails_past_its_slack_and_only_when_it_is_worse(
    name: str, fine: Count, bad: Count, value: float, allowed: float
) -> None:
    healthy, worse = (unhealthy(**{name: count}) for count in (Count(0, bad.whole), bad))
    assert found(judge_outputs(healthy, unhealthy(**{name: fine})), name).status == "ok"
    verdict = judge_outputs(healthy, worse)
    finding = found(verdict, name)
    assert (finding.before, finding.now, finding.allowed) == (0, pytest.approx(value), pytest.approx(allowed))
    assert (finding.status, finding.reasons) == ("regressed", ("slack",))
    assert [each.name for each in verdict.findings if each.failed] == [name]
    assert found(judge_outputs(worse, healthy), name).status == "improved"
    assert found(judge_outputs(worse, worse), name).status == "ok"


def test_the_slack_is_the_configs_and_null_switches_a_check_off() -> None:
    bad = unhealthy(empty=Count(3, 100), stopped=Count(50, 100))
    thresholds = Thresholds(checks=CheckThresholds(empty=3, stopped=None))
    verdict = judge_outputs(HEALTHY, bad, thresholds)
    assert verdict.passed
    assert found(verdict, "stopped").status == "skipped"
    assert found(verdict, "stopped").remark == "switched off in the config"


def test_the_outputs_that_may_always_be_worse_are_the_configs() -> None:
    bad = unhealthy(stopped=Count(2, 100), empty=Count(1, 100))
    strict = judge_outputs(HEALTHY, bad, Thresholds(slack_outputs=0))
    assert [(each.name, each.allowed) for each in strict.findings if each.failed] == [("empty", 0), ("stopped", 1.0)]
    # `empty` counts outputs, so its own key says how many.
    lenient = judge_outputs(HEALTHY, bad, Thresholds(slack_outputs=5))
    assert [(each.name, each.allowed) for each in lenient.findings if each.failed] == [("empty", 0)]


def test_a_check_with_nothing_to_count_is_left_out_and_one_that_only_one_side_has_is_not_gated() -> None:
    wordless = unhealthy(cut=None, unknown=None)
    assert "cut" not in {finding.name for finding in judge_outputs(wordless, wordless).findings}
    finding = found(judge_outputs(HEALTHY, wordless), "cut")
    assert (finding.status, finding.remark) == ("skipped", "not checked, because the run cannot count it")


def test_speed_is_gated_against_a_ratio_and_only_when_that_is_asked_for() -> None:
    slow = unhealthy(speed=Count(1000, 12.5))  # 80 tokens per second; the baseline has 100
    assert "speed" not in {finding.name for finding in judge_outputs(HEALTHY, slow).findings}
    for ratio, status in ((0.8, "ok"), (0.81, "regressed")):
        finding = found(judge_outputs(HEALTHY, slow, Thresholds(speed=ratio)), "speed")
        assert (finding.before, finding.now, finding.status) == (100, 80, status)
        assert finding.allowed == pytest.approx(100 * (1 - ratio))
    untimed = unhealthy(speed=Count(0, 0.0))
    assert found(judge_outputs(untimed, untimed, Thresholds(speed=0.8)), "speed").status == "skipped"


def test_the_keys_of_the_config_are_the_diagnostics_with_a_threshold() -> None:
    assert list(CheckThresholds.model_fields) == [n for n, each in diagnostics.every().items() if each.threshold]
    assert Thresholds().checks.model_dump() == {
        "empty": 0, "cut": 1.0, "stopped": 1.0, "unknown": 0.1, "repetition": 1.0,
        "copied_span": None, "novelty": None, "wrong_script": 1.0, "quantities": None, "negation": None, "units": None,
        "names": None, "omission": None, "addition": None, "untranslated": None, "spacing": 1.0,
        "added_sentences": None, "merged_segments": None, "omitted_segments": None, "split_segments": None,
        "swapped_segments": None,
    }  # fmt: skip


# --- systems that are not on both sides -------------------------------------------------------------------------------


def test_a_system_of_the_baseline_that_the_run_does_not_have_fails() -> None:
    old = several({"x": [50.0, 51.0], "y": [40.0, 41.0]})
    verdict = judge.judge(baseline(old), run(several({"x": [50.0, 51.0]})), DEFAULT, SETTINGS)
    finding = found(verdict, "missing", of="y")
    assert (finding.status, finding.now, finding.reasons) == ("missing", 2, ("absent",))
    assert not verdict.passed


def test_a_system_that_failed_fails_with_its_error_and_the_segments_that_it_lacks() -> None:
    old = task(system("x", {"rougeL": [50.0, 51.0]}))
    broken = system("x", {}, error="out of memory", missing=("a#s1",))
    verdict = judge.judge(baseline(old), run(replace(old, systems=(broken,))), DEFAULT, SETTINGS)
    (finding,) = verdict.findings
    assert (finding.name, finding.status, finding.now) == ("missing", "missing", 1)
    assert (finding.reasons, finding.remark) == (("failed",), "out of memory")


def test_what_only_the_run_has_is_listed_and_not_gated() -> None:
    old = several({"x": [50.0]})
    new = task(system("x", {"rougeL": [50.0], "rouge1": [60.0]}), system("y", {"rougeL": [1.0], "rouge1": [2.0]}))
    other = task(system("x", {"rougeL": [9.0]}), label="headline")
    verdict = judge.judge(baseline(old), run(new, other), DEFAULT, SETTINGS)
    assert verdict.passed
    new_ones = [(f.task, f.system, f.name, f.now) for f in verdict.findings if f.status == "new"]
    assert new_ones == [
        ("gist", "x", "rouge1", 60),
        ("gist", "y", "rougeL", 1),
        ("gist", "y", "rouge1", 2),
        ("headline", "x", "rougeL", 9),
    ]


def test_a_new_system_that_failed_is_listed_with_its_error() -> None:
    old = several({"x": [50.0]})
    broken = system("y", {}, error="no such checkpoint", missing=("a#s0",))
    verdict = judge.judge(baseline(old), run(replace(old, systems=(*old.systems, broken))), DEFAULT, SETTINGS)
    assert (found(verdict, "missing", of="y").status, verdict.passed) == ("new", True)


# --- what makes a comparison mean nothing -----------------------------------------------------------------------------

OLD = task(system("x", {"rougeL": [50.0, 51.0]}))


@pytest.mark.parametrize(
    ("now", "message"),
    [
        pytest.param(
            run(OLD, dataset=replace(run().dataset, digest="d2")), "the dataset was a d1 and is a d2", id="dataset"
        ),
        pytest.param(run(replace(OLD, task="headline")), "task gist is not in the run", id="task"),
        pytest.param(
            run(several({"x": [50.0]})), r"the segments of gist were 2 and are 1 \(a#s1 is gone\)", id="segments gone"
        ),
        pytest.param(
            run(replace(OLD, ids=("a#s0", "a#s9"))),
            r"the segments of gist were 2 and are 2 \(a#s1 is gone, a#s9 is new\)",
            id="another segment",
        ),
        pytest.param(
            run(replace(OLD, ids=("a#s1", "a#s0"))),
            r"the segments of gist were 2 and are 2 \(their order changed\)",
            id="another order",
        ),
        pytest.param(
            run(replace(OLD, articles=("a", "b"))), "the segments of gist belong to other articles", id="articles"
        ),
        pytest.param(
            run(replace(OLD, references=("close", "news"))),
            "the references in gist was close and is close, news",
            id="references",
        ),
        pytest.param(
            run(replace(OLD, target="eng_Latn")), "output language in gist was hin_Deva and is eng_Latn", id="target"
        ),
        pytest.param(
            run(replace(OLD, signatures={"rougeL": "nrefs:1|v:2"})),
            "the signature of rougeL in gist was nrefs:1.*norm:hin.1 and is nrefs:1|v:2",
            id="signature",
        ),
        pytest.param(
            run(task(system("x", {"rouge1": [1.0, 2.0]}))),
            "the signature of rougeL in gist was .* and is missing",
            id="metric",
        ),
    ],
)
def test_what_must_be_equal_is_refused_by_name_when_it_differs(now: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        judge.judge(baseline(OLD), now, DEFAULT, SETTINGS)
    assert str(error.value).startswith("run now-2 cannot be compared with the baseline of old-1: ")
    assert str(error.value).endswith("gate a run of the config that was blessed, or bless this one")
    assert "\n" not in str(error.value)


def test_everything_that_differs_is_named_at_once() -> None:
    now = run(replace(OLD, ids=("a#s0", "a#s9"), references=("news",)), dataset=replace(run().dataset, digest="d2"))
    with pytest.raises(InputError, match=r"the dataset was .*; the segments of .*; the references in "):
        judge.judge(baseline(OLD), now, DEFAULT, SETTINGS)


def test_scores_of_another_version_of_a_metric_are_refused_even_when_both_sides_agree() -> None:
    old = replace(OLD, signatures={"rougeL": "of an older harness"})
    with pytest.raises(InputError, match="scored with rougeL of an older harness, this harness has nrefs:1"):
        judge.judge(baseline(old), run(old), DEFAULT, SETTINGS)


# --- what a user may have changed on purpose --------------------------------------------------------------------------


def judge_changed(same_system: bool) -> Verdict:
    identity = {"checkpoint": {"id": "org/m", "revision": "r1"}, "decoding": {"num_beams": 4}, "engine": "t 5.1"}
    other = {"checkpoint": {"id": "org/m", "revision": "r2"}, "decoding": {"num_beams": 5}, "engine": "t 5.1"}
    values = {"rougeL": [50.0]}
    old = [task(system(n, values, identity=identity, versions={"torch": "2.1"})) for n in "x"]
    new = [task(system(n, values, identity=other, versions={"torch": "2.2", "numpy": "2.0"})) for n in "x"]
    versions = {"python": "3.12.1", "torch": "2.2"}
    return judge.judge(baseline(*old), run(*new, versions=versions), DEFAULT, SETTINGS, same_system=same_system)


def test_it_is_listed_beside_the_verdict() -> None:
    verdict = judge_changed(same_system=False)
    assert verdict.passed
    assert [(change.key, change.before, change.now, change.where) for change in verdict.changes] == [
        ("torch", "none", "2.2", ("scoring",)),
        ("checkpoint.revision", "r1", "r2", ("gist: x",)),
        ("decoding.num_beams", "4", "5", ("gist: x",)),
        ("torch", "2.1", "2.2", ("gist: x",)),
        ("numpy", "none", "2.0", ("gist: x",)),
    ]


def test_with_same_system_it_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"checkpoint\.revision was r1 and is r2; decoding\.num_beams was 4 and is 5"):
        judge_changed(same_system=True)


def test_with_same_system_the_same_systems_pass() -> None:
    assert judge.judge(baseline(OLD), run(OLD), DEFAULT, SETTINGS, same_system=True).passed


def test_a_failed_system_has_not_changed_its_identity() -> None:
    broken = system("x", {}, identity={}, versions={}, error="no such checkpoint", missing=OLD.ids)
    verdict = judge.judge(baseline(OLD), run(replace(OLD, systems=(broken,))), DEFAULT, SETTINGS)
    assert verdict.changes == ()
