"""Statistics in, a table's numbers out: scores, intervals, paired tests, rank clusters and slices; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np
import numpy.typing as npt

from harness.core.records import Comparison, Interval, Score, SystemScores, TaskScores
from harness.metrics import Metric
from harness.scoring import Resampling, SystemStatistics, TestSet, significance, slices, used_metrics

FloatArray = npt.NDArray[np.float64]


def assess(
    test_set: TestSet,
    rows: Sequence[SystemStatistics],
    settings: Resampling,
    *,
    notes: tuple[str, ...] = (),
    baseline: str | None = None,
) -> TaskScores:
    """Return the scores, intervals, paired tests and slices of a table's rows.

    Articles are resampled when there are several, else the segments of the one article. With one unit there is no
    interval, and with fewer than six no p-value: the data cannot carry them. All pairs of systems are compared, or with
    a `baseline` every other system with that one; Holm's correction is over the pairs of each metric.
    """
    sampling = _Sampling.of(test_set, settings)
    scored = [row for row in rows if row.error is None]
    systems = [row for row in scored if row.role == "system"]
    scores: dict[str, dict[str, Score]] = {row.name: {} for row in scored}
    comparisons: list[Comparison] = []
    for metric in used_metrics(test_set):
        samples = sampling.draw(scored, metric)
        compared = _compare(systems, metric, samples, sampling, baseline)
        comparisons += compared
        found = {row.name: _score(row, metric, samples, sampling, test_set) for row in scored}
        ranks = {} if baseline is not None else _clusters([row.name for row in systems], found, compared)
        for name, score in found.items():
            scores[name][metric.name] = replace(score, cluster=ranks.get(name))
    return TaskScores(
        task=test_set.task,
        primary=test_set.primary,
        segments=len(test_set.ids),
        articles=len(set(test_set.articles)),
        references=tuple(test_set.references),
        target=test_set.target,
        systems=tuple(
            SystemScores(row.name, row.role, scores.get(row.name, {}), row.error, row.notes, row.diagnostics)
            for row in rows
        ),
        comparisons=tuple(comparisons),
        notes=notes,
        slices=slices.slices(test_set, scored),
        baseline=baseline,
    )


@dataclass(frozen=True, slots=True)
class _Sampling:
    """What is resampled in a test_set, and how."""

    unit: Literal["segment", "article"]
    units: int
    groups: tuple[str, ...]  # of each segment: the unit that it belongs to
    settings: Resampling

    @classmethod
    def of(cls, test_set: TestSet, settings: Resampling) -> _Sampling:
        articles = len(set(test_set.articles))
        if articles > 1:
            return cls("article", articles, test_set.articles, settings)
        return cls("segment", len(test_set.ids), tuple(map(str, range(len(test_set.ids)))), settings)

    def grouped(self, row: SystemStatistics, metric: Metric) -> FloatArray:
        """Return a row's statistics summed over each unit, [views, units, d]."""
        return significance.by_group(row.statistics[metric.name], self.groups)

    def draw(self, rows: Sequence[SystemStatistics], metric: Metric) -> dict[str, FloatArray]:
        """Return the resampled scores of each row, [resamples]; nothing where one unit is all there is."""
        if self.units < 2 or not rows:
            return {}
        statistics = [self.grouped(row, metric) for row in rows]
        drawn = significance.bootstrap(
            statistics, metric.score, resamples=self.settings.resamples, seed=self.settings.seed
        )
        return dict(zip([row.name for row in rows], drawn, strict=True))

    @property
    def level(self) -> float:
        return significance.level(self.settings.confidence)

    def detectable(self, differences: FloatArray, pairs: int) -> float | None:
        """Return what `significance.detectable` says at the strictest level of Holm's correction; None for never."""
        if pairs * significance.smallest_p(self.units, self.settings.resamples) >= self.level:
            return None
        size = significance.detectable(differences, units=self.units, level=self.level / pairs)
        return size or None  # systems that differ nowhere say nothing of those that do

    def interval(self, samples: FloatArray) -> Interval:
        low, high = significance.interval(samples, self.settings.confidence)
        return Interval(
            low=low,
            high=high,
            confidence=self.settings.confidence,
            method="percentile bootstrap",
            resamples=self.settings.resamples,
            seed=self.settings.seed,
            units=self.units,
            unit=self.unit,
        )


def _score(
    row: SystemStatistics, metric: Metric, samples: Mapping[str, FloatArray], sampling: _Sampling, test_set: TestSet
) -> Score:
    fewer = row.leave_one_out.get(metric.name)
    return Score(
        value=significance.value(row.statistics[metric.name], metric.score),
        signature=metric.signature(len(test_set.references) - (row.role == "reference")),
        segments=len(test_set.ids),
        interval=sampling.interval(samples[row.name]) if samples else None,
        leave_one_out=None if fewer is None else significance.value(fewer, metric.score),
        higher_is_better=metric.higher_is_better,
    )


def _compare(
    systems: Sequence[SystemStatistics],
    metric: Metric,
    samples: Mapping[str, FloatArray],
    sampling: _Sampling,
    baseline: str | None,
) -> list[Comparison]:
    """Return every pair of systems, or each with the baseline, with Holm's correction over these pairs."""
    settings = sampling.settings
    p_values: dict[tuple[str, str], float] = {}
    if sampling.units >= significance.MIN_UNITS:
        flips = significance.sign_flips(
            [sampling.grouped(row, metric) for row in systems],
            metric.score,
            resamples=settings.resamples,
            seed=settings.seed,
        )
        p_values = dict(zip(combinations([row.name for row in systems], 2), flips, strict=True))
    pairs = [
        pair if baseline is None or pair[1].name == baseline else pair[::-1]
        for pair in combinations(systems, 2)
        if baseline is None or baseline in (pair[0].name, pair[1].name)
    ]
    found = [p_values.get((a.name, b.name), p_values.get((b.name, a.name))) for a, b in pairs]
    adjusted: list[float | None] = [None] * len(pairs)
    if p_values:
        adjusted = [*significance.holm([p for p in found if p is not None])]
    by_segment = {row.name: slices.segment_scores(row, metric) for row in systems}
    comparisons = []
    for (a, b), p, p_adjusted in zip(pairs, found, adjusted, strict=True):
        delta = significance.value(a.statistics[metric.name], metric.score) - significance.value(
            b.statistics[metric.name], metric.score
        )
        drawn = samples[a.name] - samples[b.name] if samples else None
        interval = None if drawn is None else sampling.interval(drawn)
        wins, ties, losses = significance.outcomes(by_segment[a.name], by_segment[b.name])
        comparison = Comparison(
            metric=metric.name,
            a=a.name,
            b=b.name,
            delta=delta,
            interval=interval,
            p=p,
            p_adjusted=p_adjusted,
            significant=False,
            wins=wins if metric.higher_is_better else losses,
            ties=ties,
            losses=losses if metric.higher_is_better else wins,
        )
        if drawn is not None and interval is not None and p_adjusted is not None:
            comparison = replace(
                comparison,
                significant=p_adjusted < sampling.level and not interval.low <= 0 <= interval.high,
                p_bootstrap=significance.paired_bootstrap(drawn, delta),
                detectable=sampling.detectable(drawn, len(pairs)),
            )
        comparisons.append(comparison)
    return comparisons


def _clusters(names: Sequence[str], scores: Mapping[str, Score], comparisons: Sequence[Comparison]) -> dict[str, int]:
    """Return the rank cluster of each system on one metric; none where the data carry no claim."""
    if not comparisons or any(comparison.p is None for comparison in comparisons):
        return {}
    sign = 1 if scores[names[0]].higher_is_better else -1
    order = sorted(names, key=lambda name: -sign * scores[name].value)
    place = {name: index for index, name in enumerate(order)}
    different = {tuple(sorted((place[c.a], place[c.b]))) for c in comparisons if c.significant}
    ranks = significance.clusters(len(order), {(first, second) for first, second in different})
    return dict(zip(order, ranks, strict=True))
