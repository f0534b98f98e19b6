"""Turn statistics into a table's numbers: scores, intervals, paired tests, rank clusters and slices; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

from harness.core.errors import InputError
from harness.core.records import Comparison, Interval, Score, SystemScores, TaskScores
from harness.core.registry import unknown
from harness.metrics import Metric
from harness.scoring import (
    FloatArray,
    Resampling,
    SystemStatistics,
    TestSet,
    footing,
    significance,
    slices,
    uniform,
    used_metrics,
)
from harness.scoring.footing import Footing


def assess(
    test_set: TestSet,
    rows: Sequence[SystemStatistics],
    settings: Resampling,
    *,
    notes: tuple[str, ...] = (),
    baseline: str | None = None,
) -> TaskScores:
    """Return the scores, intervals, paired tests and slices of a table's rows, all on one footing (`footing.py`).

    Articles are resampled if there are several, else the segments of the one article. With one unit there is no
    interval, and with fewer than six no p-value, because no test could be significant. All pairs of systems are
    compared, or with a `baseline` every other system with that one. Holm's correction is over the pairs of each metric.
    """
    main = footing.of(test_set, rows)
    sampling = _Sampling.of(main.test_set, settings)
    scored = [row for row in main.rows if row.error is None]
    systems = [row for row in scored if row.role == "system"]
    scores: dict[str, dict[str, Score]] = {row.name: {} for row in scored}
    comparisons: list[Comparison] = []
    for metric in used_metrics(test_set):
        samples = sampling.draw(scored, metric)
        compared = _compare(systems, metric, samples, sampling, baseline)
        comparisons += compared
        of_metric = {row.name: _score(row, metric, samples.get(row.name), sampling, main) for row in scored}
        ranks = {} if baseline is not None else _clusters([row.name for row in systems], of_metric, compared)
        against_all = main.against_all_references(metric)
        for name, score in of_metric.items():
            scores[name][metric.name] = replace(score, cluster=ranks.get(name), all_references=against_all.get(name))
    return TaskScores(
        task=test_set.task,
        primary=test_set.primary,
        segments=len(main.test_set.ids),
        articles=len(set(main.test_set.articles)),
        references=tuple(test_set.references),
        target=test_set.target,
        systems=tuple(
            SystemScores(row.name, row.role, scores.get(row.name, {}), row.error, row.notes, row.diagnostics, row.run)
            for row in rows
        ),
        comparisons=tuple(comparisons),
        notes=notes,
        slices=slices.slices(main.test_set, scored),
        baseline=baseline,
        reference_counts=_uneven(test_set.reference_counts),
        leaves_one_out=main.leaves_one_out,
    )


def _uneven(counts: Sequence[int]) -> dict[int, int]:
    """Return how many segments have how many references; nothing if all have the same number."""
    return {} if uniform(counts) is not None else dict(sorted(Counter(counts).items()))


def check_baseline(baseline: str | None, names: Sequence[str]) -> None:
    """Raise InputError unless the baseline is one of the systems."""
    if baseline is not None and baseline not in names:
        raise InputError(unknown("--baseline", baseline, list(dict.fromkeys(names))))


@dataclass(frozen=True, slots=True)
class _Resampled:
    """The scores of a row on resamples."""

    scores: FloatArray  # [resamples]
    units: int  # how many units were resampled


@dataclass(frozen=True, slots=True)
class _Sampling:
    """What is resampled in a test set, and how."""

    unit: Literal["segment", "article"]
    groups: tuple[str, ...]  # of each segment: the unit that it belongs to
    settings: Resampling

    @classmethod
    def of(cls, test_set: TestSet, settings: Resampling) -> _Sampling:
        several = len(set(test_set.articles)) > 1
        groups = test_set.articles if several else tuple(map(str, range(len(test_set.ids))))
        return cls("article" if several else "segment", groups, settings)

    @property
    def units(self) -> int:
        return len(set(self.groups))

    @property
    def level(self) -> float:
        return significance.level(self.settings.confidence)

    def grouped(self, row: SystemStatistics, metric: Metric) -> FloatArray:
        """Return a row's statistics summed over each unit, [views, units, d]."""
        return significance.by_group(row.statistics[metric.name], self.groups)

    def draw(self, rows: Sequence[SystemStatistics], metric: Metric) -> dict[str, _Resampled]:
        """Return each row's scores on resamples, by name; none if there is one unit only.

        All rows are resampled together, so that differences between them are paired.
        """
        if self.units < 2 or not rows:
            return {}
        scores = significance.bootstrap(
            [self.grouped(row, metric) for row in rows],
            metric.score,
            resamples=self.settings.resamples,
            seed=self.settings.seed,
        )
        return {row.name: _Resampled(of, self.units) for row, of in zip(rows, scores, strict=True)}

    def p_values(self, systems: Sequence[SystemStatistics], metric: Metric) -> dict[tuple[str, str], float]:
        """Return the p-value of every pair of systems by their names, in either order; none with too few units."""
        if self.units < significance.MIN_UNITS:
            return {}
        values = significance.sign_flips(
            [self.grouped(row, metric) for row in systems],
            metric.score,
            resamples=self.settings.resamples,
            seed=self.settings.seed,
        )
        names = combinations([row.name for row in systems], 2)
        return {pair: value for (a, b), value in zip(names, values, strict=True) for pair in ((a, b), (b, a))}

    def detectable(self, differences: FloatArray, pairs: int) -> float | None:
        """Return `significance.detectable` at the strictest level of Holm's correction; None if nothing can be shown.

        Systems that differ on no resample give no estimate either.
        """
        if pairs * significance.smallest_p(self.units, self.settings.resamples) >= self.level:
            return None
        return significance.detectable(differences, units=self.units, level=self.level / pairs) or None

    def interval(self, resampled: _Resampled) -> Interval:
        low, high = significance.interval(resampled.scores, self.settings.confidence)
        return Interval(
            low=low,
            high=high,
            confidence=self.settings.confidence,
            method="percentile bootstrap",
            resamples=self.settings.resamples,
            seed=self.settings.seed,
            units=resampled.units,
            unit=self.unit,
        )


def _score(
    row: SystemStatistics, metric: Metric, resampled: _Resampled | None, sampling: _Sampling, main: Footing
) -> Score:
    return Score(
        value=significance.value(row.statistics[metric.name], metric.score),
        signature=metric.signature(uniform(main.reference_counts)),
        segments=len(main.reference_counts),
        interval=None if resampled is None else sampling.interval(resampled),
        all_references=None,
        higher_is_better=metric.higher_is_better,
    )


def _compare(
    systems: Sequence[SystemStatistics],
    metric: Metric,
    samples: Mapping[str, _Resampled],
    sampling: _Sampling,
    baseline: str | None,
) -> list[Comparison]:
    """Return every pair of systems, or each with the baseline, with Holm's correction over these pairs."""
    pairs = _pairs(systems, baseline)
    p_values = sampling.p_values(systems, metric)
    values = [p_values[a.name, b.name] for a, b in pairs] if p_values else []
    tests = dict(enumerate(zip(values, significance.holm(values), strict=True)))
    segment_scores = {row.name: slices.segment_scores(row, metric) for row in systems}
    comparisons = []
    for number, (a, b) in enumerate(pairs):
        p, p_adjusted = tests.get(number, (None, None))
        better, equal, worse = significance.outcomes(segment_scores[a.name], segment_scores[b.name])
        if not metric.higher_is_better:
            better, worse = worse, better
        comparison = Comparison(
            metric=metric.name,
            a=a.name,
            b=b.name,
            delta=_value(a, metric) - _value(b, metric),
            interval=None,
            p=p,
            p_adjusted=p_adjusted,
            significant=False,
            wins=better,
            ties=equal,
            losses=worse,
        )
        if a.name in samples:
            differences = samples[a.name].scores - samples[b.name].scores
            comparison = _with_resamples(comparison, differences, sampling, len(pairs))
        comparisons.append(comparison)
    return comparisons


def _pairs(
    systems: Sequence[SystemStatistics], baseline: str | None
) -> list[tuple[SystemStatistics, SystemStatistics]]:
    """Return all pairs of systems; with a baseline, each other system with it, the baseline second."""
    if baseline is None:
        return [*combinations(systems, 2)]
    return [(row, base) for base in systems if base.name == baseline for row in systems if row is not base]


def _with_resamples(comparison: Comparison, differences: FloatArray, sampling: _Sampling, pairs: int) -> Comparison:
    """Return a comparison with what resampled differences add: the interval, and with a p-value the verdict."""
    interval = sampling.interval(_Resampled(differences, sampling.units))
    comparison = replace(comparison, interval=interval)
    if comparison.p_adjusted is None:
        return comparison
    return replace(
        comparison,
        significant=comparison.p_adjusted < sampling.level and not interval.low <= 0 <= interval.high,
        p_bootstrap=significance.paired_bootstrap(differences, comparison.delta),
        detectable=sampling.detectable(differences, pairs),
    )


def _value(row: SystemStatistics, metric: Metric) -> float:
    return significance.value(row.statistics[metric.name], metric.score)


def _clusters(names: Sequence[str], scores: Mapping[str, Score], comparisons: Sequence[Comparison]) -> dict[str, int]:
    """Return the rank cluster of each system on one metric; none if a pair has no p-value."""
    if not comparisons or any(comparison.p is None for comparison in comparisons):
        return {}
    sign = 1 if scores[names[0]].higher_is_better else -1
    order = sorted(names, key=lambda name: -sign * scores[name].value)
    place = {name: index for index, name in enumerate(order)}
    different = {tuple(sorted((place[c.a], place[c.b]))) for c in comparisons if c.significant}
    ranks = significance.clusters(len(order), {(first, second) for first, second in different})
    return dict(zip(order, ranks, strict=True))
