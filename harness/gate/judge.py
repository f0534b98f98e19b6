"""Judge a run: is it worse than its baseline? A baseline and a snapshot in, a verdict out; pure.

A score regresses if it drops and the rule for its metric in the config counts the drop:

    tolerance   The drop is larger than `tolerance` points. Chance plays no part in this rule: large noise fails, and a
                small real drop passes.
    test        A paired test shows the drop, and the drop is larger than `ignore_below` points. The test is the
                one-sided sign-flip permutation test on per-segment statistics. It finds a drop that is real for texts
                like these, however small; a large drop on few segments passes if it may be chance.
    either      One of the two rules counts the drop (the default).

The units of the test are articles if there are several, else segments. With fewer than six units the test can show
nothing. Then the tolerance alone decides, whatever the rule, and the finding says so.

Many scores are tested at once, so p-values are adjusted by Holm's method over all systems, tasks and metrics: the tests
fail a run in which nothing dropped with a probability of at most 1 - confidence. A score is left out of the adjustment
if so few of its units changed that it could never reach that level (Tarone 1990). So an unchanged system takes no power
from the tests of a changed one.

All tests are one-sided. An improvement by the same rule is reported too. Output checks (empty outputs, truncated
sources, ...) are in `harness.gate.output_checks`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from harness import metrics
from harness.config.schema import Thresholds
from harness.core import registry
from harness.core.errors import InputError
from harness.gate import Finding, Reason, Verdict, changes, output_checks
from harness.gate.baseline import Baseline
from harness.gate.snapshot import Snapshot, SystemSnapshot, TaskSnapshot
from harness.scoring import Resampling, significance


def judge(
    before: Baseline, now: Snapshot, thresholds: Thresholds, settings: Resampling, *, same_system: bool = False
) -> Verdict:
    """Return what is worse in `now` than in `before`, what is better, and which settings and versions changed.

    Systems are matched by name. A system that only `now` has is listed and not gated.

    Raises:
        InputError: the two runs are not comparable (other data, references or signatures); or, with `same_system`, the
            settings or versions of a system differ; or the thresholds name a metric that neither run has. The message
            names all differences.
    """
    _refuse_incomparable(before, now, thresholds)
    changed = changes.changes(before, now)
    if same_system and changed:
        listed = "; ".join(f"{change.key} was {change.before} and is {change.now}" for change in changed)
        raise InputError(
            f"not the same systems as in the baseline: {listed}; undo that, or leave out --same-system",
            where=f"run {now.run}",
        )
    scores = {
        (task.task, old.name): [_compare(task, old, new, metric, settings) for metric in task.signatures]
        for task, old, new in changes.matched(before, now)
        if new.error is None
    }
    to_test = [
        score for of_system in scores.values() for score in of_system if thresholds.of(score.metric)[0] != "tolerance"
    ]
    tests = _AdjustedTests.of(to_test, significance.level(settings.confidence))
    findings: list[Finding] = []
    for task in before.tasks:
        for old in task.systems:
            findings += [_score_finding(score, thresholds, tests) for score in scores.get((task.task, old.name), ())]
            other = now.task(task.task)
            findings += output_checks.findings(task, old, other.system(old.name) if other else None, thresholds)
    return Verdict(
        run=now.run,
        baseline=before.run,
        blessing=before.blessed,
        findings=(*findings, *_new(before, now)),
        changes=changed,
        notes=tuple(_notes(tests, settings)),
    )


def _refuse_incomparable(before: Snapshot, now: Snapshot, thresholds: Thresholds) -> None:
    obstacles = changes.obstacles(before, now)
    if obstacles:
        raise InputError(
            f"run {now.run} cannot be compared with the baseline of {before.run}: {'; '.join(obstacles)}; "
            "gate a run of the config that was blessed, or bless this one"
        )
    known = {metric for snapshot in (before, now) for task in snapshot.tasks for metric in task.signatures}
    for metric in thresholds.metrics:
        if metric not in known:
            raise InputError(registry.unknown("metric of the run", metric, known), where="gate.metrics")
    for task in now.tasks:
        for metric, signature in task.signatures.items():
            here = metrics.get(metric, task.target).signature(metrics.references_in(signature))
            if here != signature:
                raise InputError(
                    f"run {now.run} was scored with {metric} {signature}, this harness has {here}; "
                    "run it again (stored outputs are reused)",
                    where=task.task,
                )


# --- scores -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Score:
    """One metric of one system, before and now."""

    task: str
    system: str
    metric: str
    higher_is_better: bool
    before: float
    now: float
    units: int
    unit: Literal["segment", "article"]
    changed: int  # number of units whose statistics changed
    p: tuple[float, float] | None  # one-sided: of a drop, of a gain; None with too few units

    @property
    def worse(self) -> float:
        """By how many points it is worse; negative if it is better."""
        return (self.before - self.now) * (1 if self.higher_is_better else -1)


def _compare(task: TaskSnapshot, old: SystemSnapshot, new: SystemSnapshot, name: str, settings: Resampling) -> _Score:
    metric = metrics.get(name, task.target)
    several = len(set(task.articles)) > 1
    if old.statistics[name].shape[1:] != new.statistics[name].shape[1:]:
        raise InputError(
            f"{old.name} has {name} statistics of shape {new.statistics[name].shape}, the baseline has "
            f"{old.statistics[name].shape}; bless a run of this harness",
            where=task.task,
        )
    old_units, new_units = (
        significance.by_group(system.statistics[name], task.articles if several else task.ids) for system in (old, new)
    )
    units = old_units.shape[1]
    # With different numbers of samples no unit counts as unchanged.
    changed = int((old_units != new_units).any(axis=(0, 2)).sum()) if len(old_units) == len(new_units) else units
    before, now = (significance.value(statistics, metric.score) for statistics in (old_units, new_units))
    p = None
    if units >= significance.MIN_UNITS:
        two_sided = 1.0
        if changed:
            two_sided = significance.sign_flip(
                new_units, old_units, metric.score, resamples=settings.resamples, seed=settings.seed
            )
        gain = (now - before) * (1 if metric.higher_is_better else -1)
        # Swapping an unchanged unit changes nothing, so only 2**changed patterns of swaps differ.
        lowest = 0.5**changed
        worse, better = (max(lowest, significance.one_sided(two_sided, sign * gain)) for sign in (1, -1))
        p = worse, better
    return _Score(
        task=task.task,
        system=old.name,
        metric=name,
        higher_is_better=metric.higher_is_better,
        before=before,
        now=now,
        units=units,
        unit="article" if several else "segment",
        changed=changed,
        p=p,
    )


@dataclass(frozen=True, slots=True)
class _AdjustedTests:
    """The p-values of all scores that are tested, adjusted for testing them together."""

    level: float  # below which an adjusted p-value shows a change
    tested: tuple[_Score, ...]  # those that could reach the level; only these count in the adjustment
    adjusted: dict[tuple[str, str, str], tuple[float, float]]  # of a drop and a gain, by task, system and metric

    @classmethod
    def of(cls, scores: Sequence[_Score], level: float) -> _AdjustedTests:
        adjusted = {(score.task, score.system, score.metric): score.p for score in scores if score.p is not None}
        tested = tuple(score for score in scores if score.p is not None and 0.5**score.changed < level)
        keys = [(score.task, score.system, score.metric) for score in tested]
        worse, better = (significance.holm([adjusted[key][side] for key in keys]) for side in (0, 1))
        adjusted |= dict(zip(keys, zip(worse, better, strict=True), strict=True))
        return cls(level, tested, adjusted)


def _score_finding(score: _Score, thresholds: Thresholds, tests: _AdjustedTests) -> Finding:
    rule, tolerance, ignore_below = thresholds.of(score.metric)
    adjusted = tests.adjusted.get((score.task, score.system, score.metric))
    by_tolerance = rule != "test" or adjusted is None

    def reasons(points: float, p: float | None) -> tuple[Reason, ...]:
        by_rule: list[Reason] = []
        if by_tolerance and points > tolerance + output_checks.EQUAL:
            by_rule.append("tolerance")
        if p is not None and p < tests.level and points > ignore_below:
            by_rule.append("test")
        return tuple(by_rule)

    p_drop, p_gain = adjusted or (None, None)
    drop, gain = reasons(score.worse, p_drop), reasons(-score.worse, p_gain)
    improved = bool(gain and not drop)
    remark = ""
    if rule != "tolerance" and adjusted is None:
        plural = "" if score.units == 1 else "s"
        remark = f"n = {score.units} {score.unit}{plural}: too few for a test, so the tolerance decides alone"
    return Finding(
        task=score.task,
        system=score.system,
        kind="metric",
        name=score.metric,
        status="regressed" if drop else "improved" if gain else "ok",
        unit="points",
        before=score.before,
        now=score.now,
        delta=score.now - score.before,
        allowed=tolerance if by_tolerance else None,
        higher_is_better=score.higher_is_better,
        # The p-value of the direction that the status reports; without a change, of a drop.
        p=score.p[improved] if score.p and adjusted else None,
        p_adjusted=p_gain if improved else p_drop,
        reasons=drop or gain,
        remark=remark,
    )


def _notes(tests: _AdjustedTests, settings: Resampling) -> Iterator[str]:
    """Yield a note on each task with too few units for so many tests."""
    weak: dict[str, int] = {}
    for score in tests.tested:
        if len(tests.tested) * significance.smallest_p(score.units, settings.resamples) / 2 >= tests.level:
            weak[score.task] = score.units
    for task, units in weak.items():
        remedy = "a tolerance must guard it" if significance.is_exact(units) else "raise statistics.resamples"
        yield (
            f"{task}: {len(tests.tested)} scores are tested together, too many for n = {units} and "
            f"{settings.resamples:,} resamples to show that one of them alone fell: {remedy}."
        )


# --- systems and metrics that only the run has ------------------------------------------------------------------------


def _new(before: Snapshot, now: Snapshot) -> Iterator[Finding]:
    for task in now.tasks:
        known = before.task(task.task)
        for system in task.systems:
            is_known = known is not None and known.system(system.name) is not None
            if system.error is not None and not is_known:
                yield output_checks.missing(task.task, system.name, len(system.missing), "new", (), system.error)
            for name, statistics in system.statistics.items():
                if is_known and known is not None and name in known.signatures:
                    continue
                metric = metrics.get(name, task.target)
                yield Finding(
                    task=task.task,
                    system=system.name,
                    kind="metric",
                    name=name,
                    status="new",
                    unit="points",
                    before=None,
                    now=significance.value(statistics, metric.score),
                    delta=None,
                    allowed=None,
                    higher_is_better=metric.higher_is_better,
                )
