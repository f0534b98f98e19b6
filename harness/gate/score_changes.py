"""Compare the scores of a system before and now: values, tests and bounds; statistics in, numbers out.

Which of the changes fail the gate is decided in `harness.gate.rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np

from harness import metrics
from harness.config.schema import Limits
from harness.core.errors import InputError
from harness.gate.snapshot import SystemSnapshot, TaskSnapshot
from harness.scoring import FloatArray, Resampling, significance
from harness.scoring.no_worse import NoWorse, no_worse
from harness.scoring.significance import ScoreFunction


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreChange:
    """One metric of one system, before and now."""

    task: str
    system: str
    metric: str
    higher_is_better: bool
    limits: Limits
    before: float
    now: float
    units: int
    unit_kind: Literal["segment", "article"]
    changed: int  # number of units whose statistics changed
    error: Callable[[], float]  # returns the standard error of `now - before`, which few findings need
    p: tuple[float, float] | None = None  # one-sided: of a drop, of a gain; None with too few units or without a test
    bound: NoWorse | None = None  # by the rule `no_worse` only

    @property
    def worse(self) -> float:
        """By how many points it is worse; negative if it is better."""
        return (self.before - self.now) * (1 if self.higher_is_better else -1)

    @property
    def key(self) -> tuple[str, str, str]:
        """The task, the system and the metric."""
        return self.task, self.system, self.metric


def compare(
    task: TaskSnapshot,
    old: SystemSnapshot,
    new: SystemSnapshot,
    name: str,
    limits: Limits,
    settings: Resampling,
    flips: int,
) -> ScoreChange:
    """Return one metric of one system, before and now; `flips` is the number of random swaps of the test.

    Raises:
        InputError: the statistics do not have one shape.
    """
    metric = metrics.get(name, task.target)
    unit_kind: Literal["segment", "article"] = "article" if len(set(task.articles)) > 1 else "segment"
    groups = task.articles if unit_kind == "article" else task.ids
    _refuse_other_shape(task, old, new, name)
    old_units, new_units = (significance.by_group(system.statistics[name], groups) for system in (old, new))
    units, changed = old_units.shape[1], _changed_units(old_units, new_units)
    before, now = (significance.value(statistics, metric.score) for statistics in (old_units, new_units))
    p = bound = None
    if limits.rule == "no_worse":
        bound = no_worse(
            old_units, new_units, metric.score,
            higher_is_better=metric.higher_is_better, margin=limits.tolerance, confidence=settings.confidence,
            resamples=settings.resamples, seed=settings.seed,
        )  # fmt: skip
    elif limits.rule != "tolerance" and units >= significance.MIN_UNITS:
        gain = (now - before) * (1 if metric.higher_is_better else -1)
        p = _p_values(old_units, new_units, metric.score, gain, changed, flips, settings.seed)
    return ScoreChange(
        task=task.task,
        system=old.name,
        metric=name,
        higher_is_better=metric.higher_is_better,
        limits=limits,
        before=before,
        now=now,
        units=units,
        unit_kind=unit_kind,
        changed=changed,
        error=lambda: standard_error(old_units, new_units, metric.score),
        p=p,
        bound=bound,
    )


def _refuse_other_shape(task: TaskSnapshot, old: SystemSnapshot, new: SystemSnapshot, name: str) -> None:
    """Raise InputError if the statistics before and now have other numbers of segments or of counts."""
    before, now = old.statistics[name].shape, new.statistics[name].shape
    if before[1:] != now[1:]:
        raise InputError(
            f"{old.name} has {name} statistics of shape {now}, the baseline has {before}; bless a run of this harness",
            where=task.task,
        )


def _changed_units(old: FloatArray, new: FloatArray) -> int:
    """Return in how many units statistics of [samples, units, d] differ; in all, if the numbers of samples differ."""
    if len(old) != len(new):
        return int(old.shape[1])
    return int((old != new).any(axis=(0, 2)).sum())


def _p_values(
    old: FloatArray, new: FloatArray, score: ScoreFunction, gain: float, changed: int, flips: int, seed: int
) -> tuple[float, float]:
    """Return the one-sided p-values of a drop and of a gain."""
    two_sided = 1.0
    if changed:
        two_sided = significance.sign_flip(new, old, score, resamples=flips, seed=seed)
    # Swapping an unchanged unit changes nothing, so only 2**changed patterns of swaps differ.
    lowest = 0.5**changed
    worse, better = (max(lowest, significance.one_sided(two_sided, sign * gain)) for sign in (1, -1))
    return worse, better


def standard_error(old: FloatArray, new: FloatArray, score: ScoreFunction) -> float:
    """Return the jackknife's standard error of the difference of two scores, from [views, units, d] each.

    It is sqrt((n - 1) / n * sum((d_i - mean)**2)), where d_i is the difference without unit i (Efron and Stein 1981).
    """
    without = [score(each.sum(axis=1, keepdims=True) - each).mean(axis=0) for each in (old, new)]
    differences = without[1] - without[0]
    units = len(differences)
    return sqrt((units - 1) / units * float(((differences - np.mean(differences)) ** 2).sum()))


@dataclass(frozen=True, slots=True)
class AdjustedTests:
    """The p-values of all scores that are tested, adjusted for testing them together."""

    level: float  # below which an adjusted p-value shows a change
    tested: tuple[ScoreChange, ...]  # those that could reach the level; only these count in the adjustment
    adjusted: dict[tuple[str, str, str], tuple[float, float]]  # of a drop and a gain, by task, system and metric

    @classmethod
    def of(cls, scores: Sequence[ScoreChange], level: float) -> AdjustedTests:
        """Adjust the p-values of those scores that have one."""
        adjusted = {score.key: score.p for score in scores if score.p is not None}
        tested = tuple(score for score in scores if score.p is not None and 0.5**score.changed < level)
        keys = [score.key for score in tested]
        worse, better = (significance.holm([adjusted[key][side] for key in keys]) for side in (0, 1))
        adjusted |= dict(zip(keys, zip(worse, better, strict=True), strict=True))
        return cls(level, tested, adjusted)
