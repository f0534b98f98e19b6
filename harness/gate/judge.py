"""Is a run worse than its baseline? A baseline and a snapshot in, a verdict out; pure.

A score regresses when it falls and the config's rule for its metric says that the fall counts:

    tolerance   by more points than `tolerance`. It asks nothing of chance: noise fails it when it is large enough, and
                a small real drop passes.
    test        when a paired test shows that it fell, and by more than `ignore_below`. The test is the sign-flip
                permutation test on per-segment statistics, one-sided. It says that the drop is real for texts like
                these, however small; a large drop on few segments passes as long as it may be chance.
    either      when one of the two does (the default): a large drop fails without proof, a small one with it.

The test takes articles for its units when there are several, else segments. With fewer than six units it can show
nothing, so the tolerance decides alone, whatever the rule, and the finding says so.

Many scores are tested at once, so p-values are adjusted by Holm's method over all systems, tasks and metrics: the
chance that the tests fail a run in which nothing really fell is at most 1 - confidence. A score of which so few units
changed that no arrangement of them reaches that level (Tarone 1990) can fail no run and is left out of the count; the
scores of a system that did not change at all are such, so they take no power from those of one that did.

Output checks (empty outputs, sources cut off, ...) are in `harness.gate.output_checks`. All tests are one-sided; an
improvement by the same measure is reported too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from harness import metrics
from harness.config.schema import Thresholds
from harness.core import registry
from harness.core.errors import InputError
from harness.gate import Finding, Reason, Verdict, baseline, output_checks
from harness.gate.baseline import Baseline
from harness.gate.snapshot import Snapshot, SystemSnapshot, TaskSnapshot
from harness.scoring import Resampling, significance


def judge(
    before: Baseline, now: Snapshot, thresholds: Thresholds, settings: Resampling, *, same_system: bool = False
) -> Verdict:
    """Return what is worse in `now` than in `before`, what is better, and what else changed.

    Systems are matched by name; one that only `now` has is listed and not gated.

    Raises:
        InputError: the two differ in what makes a comparison mean nothing, or, with `same_system`, in what a system is
            or was run with; or the thresholds name a metric that neither has. The message names all of it.
    """
    _refuse(before, now, thresholds)
    changes = baseline.changes(before, now)
    if same_system and changes:
        listed = "; ".join(f"{change.key} was {change.before} and is {change.now}" for change in changes)
        raise InputError(
            f"not the same systems as in the baseline: {listed}; undo that, or leave out --same-system",
            where=f"run {now.run}",
        )
    scores = {
        (task.task, old.name): [_compare(task, old, new, metric, settings) for metric in task.signatures]
        for task, old, new in baseline.matched(before, now)
        if new.error is None
    }
    everything = [score for of_system in scores.values() for score in of_system]
    level = significance.level(settings.confidence)
    together = _TestedTogether.of(
        [score for score in everything if thresholds.of(score.metric)[0] != "tolerance"], level
    )
    findings: list[Finding] = []
    for task in before.tasks:
        for old in task.systems:
            findings += [_score_finding(score, thresholds, together) for score in scores.get((task.task, old.name), ())]
            other = now.task(task.task)
            findings += output_checks.findings(task, old, other.system(old.name) if other else None, thresholds)
    return Verdict(
        run=now.run,
        baseline=before.run,
        blessing=before.blessed,
        findings=(*findings, *_new(before, now)),
        changes=changes,
        notes=tuple(_notes(together, settings)),
    )


def _refuse(before: Snapshot, now: Snapshot, thresholds: Thresholds) -> None:
    differences = baseline.differences(before, now)
    if differences:
        raise InputError(
            f"run {now.run} cannot be compared with the baseline of {before.run}: {'; '.join(differences)}; "
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
    changed: int  # units whose statistics are not what they were
    p: tuple[float, float] | None  # one-sided: that it got worse, that it got better; None with too few units

    @property
    def worse(self) -> float:
        """By how many points it is worse; negative when it is better."""
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
    was, is_ = (
        significance.by_group(system.statistics[name], task.articles if several else task.ids) for system in (old, new)
    )
    units = was.shape[1]
    # Systems with different numbers of samples have no units that could be called the same.
    changed = int((was != is_).any(axis=(0, 2)).sum()) if len(was) == len(is_) else units
    before, now = (significance.value(statistics, metric.score) for statistics in (was, is_))
    p = None
    if units >= significance.MIN_UNITS:
        two_sided = 1.0
        if changed:
            two_sided = significance.sign_flip(is_, was, metric.score, resamples=settings.resamples, seed=settings.seed)
        gain = (now - before) * (1 if metric.higher_is_better else -1)
        # Units that are the same on both sides make no pattern of swaps a different one.
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
class _TestedTogether:
    """The scores that are tested together, with what is left of their p-values."""

    level: float
    size: int  # of the scores that could be shown to have changed
    adjusted: dict[tuple[str, str, str], tuple[float, float]]  # by task, system and metric: worse, better
    tested: tuple[_Score, ...]

    @classmethod
    def of(cls, scores: Sequence[_Score], level: float) -> _TestedTogether:
        tested = [(score, score.p) for score in scores if score.p is not None]
        able = [score for score, _ in tested if 0.5**score.changed < level]
        adjusted = {(score.task, score.system, score.metric): p for score, p in tested}
        keys = [(score.task, score.system, score.metric) for score in able]
        worse, better = (significance.holm([adjusted[key][side] for key in keys]) for side in (0, 1))
        adjusted |= dict(zip(keys, zip(worse, better, strict=True), strict=True))
        return cls(level, len(able), adjusted, tuple(able))


def _score_finding(score: _Score, thresholds: Thresholds, together: _TestedTogether) -> Finding:
    rule, tolerance, ignore_below = thresholds.of(score.metric)
    adjusted = together.adjusted.get((score.task, score.system, score.metric))
    by_tolerance = rule != "test" or adjusted is None

    def reasons(points: float, p: float | None) -> tuple[Reason, ...]:
        found: list[Reason] = []
        if by_tolerance and points > tolerance + output_checks.EQUAL:
            found.append("tolerance")
        if p is not None and p < together.level and points > ignore_below:
            found.append("test")
        return tuple(found)

    worse, better = adjusted or (None, None)
    fell, rose = reasons(score.worse, worse), reasons(-score.worse, better)
    remark = ""
    if rule != "tolerance" and adjusted is None:
        plural = "" if score.units == 1 else "s"
        remark = f"n = {score.units} {score.unit}{plural}: too few for a test, so the tolerance decides alone"
    return Finding(
        task=score.task,
        system=score.system,
        kind="metric",
        name=score.metric,
        status="regressed" if fell else "improved" if rose else "ok",
        unit="points",
        before=score.before,
        now=score.now,
        delta=score.now - score.before,
        allowed=tolerance if by_tolerance else None,
        higher_is_better=score.higher_is_better,
        # Of the direction that the status tells; of a drop, where it tells none.
        p=score.p[bool(rose and not fell)] if score.p and adjusted else None,
        p_adjusted=better if rose and not fell else worse,
        reasons=fell or rose,
        remark=remark,
    )


def _notes(together: _TestedTogether, settings: Resampling) -> Iterator[str]:
    weak: dict[str, int] = {}
    for score in together.tested:
        if together.size * significance.smallest_p(score.units, settings.resamples) / 2 >= together.level:
            weak[score.task] = score.units
    for task, units in weak.items():
        remedy = "a tolerance must guard it" if significance.is_exact(units) else "raise statistics.resamples"
        yield (
            f"{task}: {together.size} scores are tested together, too many for n = {units} and {settings.resamples:,} "
            f"resamples to show that one of them alone fell: {remedy}."
        )


# --- what the baseline does not have ----------------------------------------------------------------------------------


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
