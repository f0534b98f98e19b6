"""Turn statistics into a table's numbers: scores, intervals, paired tests, ranks and slices; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np

from harness.core.errors import InputError
from harness.core.registry import unknown
from harness.core.scores import Comparison, Interval, Rank, Score, Sweep, SystemScores, TaskScores, Testing
from harness.metrics import Metric
from harness.scoring import (
    FloatArray,
    Resampling,
    SystemStatistics,
    TestSet,
    footing,
    intervals,
    ranks,
    significance,
    slices,
    sweeps,
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

    Articles are resampled if there are several, else the segments of the one article. Tests and intervals of
    differences are over the same units, except with two to five articles. No test of so few articles can show anything,
    so tests are then over segments, and conditional on these articles as for one article.

    With fewer than three units there is no interval, and with fewer than six no p-value, because no test could be
    significant. All pairs of systems are compared, or with a `baseline` every other system with that one. Corrections
    are over the pairs of each metric.
    """
    main = footing.of(test_set, rows)
    over = _Sampling.of(main.test_set, settings)
    tested = over.for_tests(main.test_set)
    scored = [row for row in main.rows if row.error is None]
    systems = [row for row in scored if row.role == "system"]
    pairs = _pairs(systems, baseline)
    scores: dict[str, dict[str, Score]] = {row.name: {} for row in scored}
    comparisons: list[Comparison] = []
    swept: tuple[Sweep, ...] = ()
    for metric in used_metrics(test_set):
        samples = over.draw(scored, metric)
        of_articles = None
        of_tests = samples
        if tested is not over:
            of_articles, of_tests = _Drawn(over, samples), tested.draw(systems, metric)
        compared = _compare(systems, pairs, metric, _Drawn(tested, of_tests), of_articles)
        comparisons += compared
        of_metric = {row.name: _score(row, metric, samples.get(row.name), over, main) for row in scored}
        ranked = {} if baseline is not None else _ranks([row.name for row in systems], metric, compared, tested)
        against_all = main.against_all_references(metric)
        for name, score in of_metric.items():
            scores[name][metric.name] = replace(score, rank=ranked.get(name), all_references=against_all.get(name))
        if metric.name == test_set.primary:
            swept = sweeps.of(
                [(row.name, row.run) for row in systems],
                {name: score.value for name, score in of_metric.items()},
                {name: drawn.scores for name, drawn in samples.items()},
                units=over.units,
                higher_is_better=metric.higher_is_better,
            )
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
        testing=tested.testing(len(pairs)) if pairs else None,
        leaves_one_out=main.leaves_one_out,
        dataset=test_set.dataset,
        sweeps=swept,
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
        """Return the sampling of articles if there are several, else of segments."""
        several = len(set(test_set.articles)) > 1
        groups = test_set.articles if several else _each(test_set)
        return cls("article" if several else "segment", groups, settings)

    def for_tests(self, test_set: TestSet) -> _Sampling:
        """Return the sampling for tests: of segments if there are two to five articles, else this one."""
        if self.unit == "segment" or self.units >= significance.MIN_UNITS:
            return self
        return replace(self, unit="segment", groups=_each(test_set))

    @property
    def units(self) -> int:
        return len(set(self.groups))

    @property
    def level(self) -> float:
        return significance.level(self.settings.confidence)

    def flips(self, pairs: int) -> int:
        """Return how many random swaps a test of one of so many pairs uses."""
        return self.settings.flips or significance.default_flips(pairs, self.level)

    def testing(self, pairs: int) -> Testing:
        """Return how so many pairs are tested, and what the tests could show at best."""
        flips = self.flips(pairs)
        lowest = min(1.0, pairs * significance.smallest_p(self.units, flips))
        return Testing(
            unit=self.unit,
            units=self.units,
            pairs=pairs,
            level=self.level,
            flips=None if significance.is_exact(self.units) else flips,
            seed=self.settings.seed,
            lowest_p=None if self.units < significance.MIN_UNITS else lowest,
            enough_units=significance.enough_units(pairs, self.level),
            enough_flips=significance.default_flips(pairs, self.level),
        )

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

    def test(
        self, systems: Sequence[SystemStatistics], pairs: Sequence[tuple[int, int]], metric: Metric
    ) -> list[significance.PValue]:
        """Return the test of each pair of systems by their places; none with too few units."""
        if self.units < significance.MIN_UNITS:
            return []
        return significance.sign_flips(
            [self.grouped(row, metric) for row in systems],
            metric.score,
            resamples=self.flips(len(pairs)),
            seed=self.settings.seed,
            pairs=pairs,
        )

    def interval(self, value: float, resampled: _Resampled, scale: tuple[float, float]) -> Interval | None:
        """Return the interval of a score or a difference; None with too few units."""
        if self.settings.interval == "percentile":
            limits = intervals.percentile(resampled.scores, self.settings.confidence)
            return self._interval(limits, "percentile bootstrap", resampled.units)
        if resampled.units < intervals.MIN_UNITS:
            return None
        limits = intervals.student(
            value, resampled.scores, units=resampled.units, confidence=self.settings.confidence, scale=scale
        )
        return self._interval(limits, intervals.METHOD, resampled.units)

    def simultaneous(self, deltas: FloatArray, samples: FloatArray, width: float) -> list[Interval] | None:
        """Return intervals of all differences at once; None with too few units, or for percentile intervals."""
        if self.settings.interval == "percentile" or self.units < intervals.MIN_UNITS:
            return None
        limits = intervals.simultaneous(
            deltas, samples, units=self.units, confidence=self.settings.confidence, width=width
        )
        method = intervals.METHOD if len(deltas) == 1 else f"{intervals.METHOD}, maximum over {len(deltas)} pairs"
        return [self._interval(of_pair, method, self.units) for of_pair in limits]

    def _interval(self, limits: tuple[float, float], method: str, units: int) -> Interval:
        return Interval(
            low=limits[0],
            high=limits[1],
            confidence=self.settings.confidence,
            method=method,
            resamples=self.settings.resamples,
            seed=self.settings.seed,
            units=units,
            unit=self.unit,
        )


def _each(test_set: TestSet) -> tuple[str, ...]:
    """Return a group of its own for each segment."""
    return tuple(map(str, range(len(test_set.ids))))


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Resamples of systems, and what was resampled."""

    sampling: _Sampling
    samples: Mapping[str, _Resampled]  # by system

    def differences(self, a: str, b: str) -> _Resampled | None:
        """Return the resampled differences of a pair; None with one unit."""
        if a not in self.samples:
            return None
        return _Resampled(self.samples[a].scores - self.samples[b].scores, self.sampling.units)


def _score(
    row: SystemStatistics, metric: Metric, resampled: _Resampled | None, sampling: _Sampling, main: Footing
) -> Score:
    value = significance.value(row.statistics[metric.name], metric.score)
    return Score(
        value=value,
        signature=metric.signature(uniform(main.reference_counts)),
        segments=len(main.reference_counts),
        interval=None if resampled is None else sampling.interval(value, resampled, metric.scale),
        all_references=None,
        higher_is_better=metric.higher_is_better,
    )


def _compare(
    systems: Sequence[SystemStatistics],
    pairs: Sequence[tuple[int, int]],
    metric: Metric,
    drawn: _Drawn,
    over_articles: _Drawn | None,
) -> list[Comparison]:
    """Return the comparison of each pair of systems by their places, corrected for the number of these pairs.

    `over_articles` has the resamples of articles if `drawn` has those of the segments of several articles.
    """
    if not pairs:
        return []
    sampling = drawn.sampling
    tests = sampling.test(systems, pairs, metric)
    p_adjusted = significance.holm([test.p for test in tests])
    values = [significance.value(row.statistics[metric.name], metric.score) for row in systems]
    deltas = np.array([values[a] - values[b] for a, b in pairs])
    segment_scores = [slices.segment_scores(row, metric) for row in systems]
    names = [(systems[a].name, systems[b].name) for a, b in pairs]
    resampled = [drawn.differences(*of_pair) for of_pair in names]
    width = metric.scale[1] - metric.scale[0]
    together = sampling.simultaneous(deltas, np.array([each.scores for each in resampled if each]), width)
    comparisons = []
    for number, (a, b) in enumerate(pairs):
        better, equal, worse = significance.outcomes(segment_scores[a], segment_scores[b])
        if not metric.higher_is_better:
            better, worse = worse, better
        delta, differences = float(deltas[number]), resampled[number]
        single = None if differences is None else sampling.interval(delta, differences, (-width, width))
        of_articles = over_articles.differences(*names[number]) if over_articles else None
        comparison = Comparison(
            metric=metric.name,
            a=names[number][0],
            b=names[number][1],
            delta=delta,
            interval=together[number] if together else single,
            p=None,
            p_adjusted=None,
            significant=False,
            wins=better,
            ties=equal,
            losses=worse,
            interval_single=single,
            interval_articles=over_articles.sampling.interval(delta, of_articles, (-width, width))
            if over_articles and of_articles
            else None,
        )
        if tests and differences is not None:
            comparison = _with_test(comparison, tests[number], p_adjusted[number], differences, sampling, len(pairs))
        comparisons.append(comparison)
    return comparisons


def _pairs(systems: Sequence[SystemStatistics], baseline: str | None) -> list[tuple[int, int]]:
    """Return the places of all pairs of systems; with a baseline, each other system with it, the baseline second."""
    places = range(len(systems))
    if baseline is None:
        return [*combinations(places, 2)]
    return [(place, base) for base in places if systems[base].name == baseline for place in places if place != base]


def _with_test(
    comparison: Comparison,
    tested: significance.PValue,
    p_adjusted: float,
    differences: _Resampled,
    sampling: _Sampling,
    pairs: int,
) -> Comparison:
    """Return a comparison with its p-values, the verdict, and what the test could have detected.

    The test can detect nothing if no outcome could show a difference, or if the systems differ on no resample.
    """
    interval = comparison.interval
    detectable = None
    if sampling.testing(pairs).can_show:
        detectable = intervals.detectable(differences.scores, units=sampling.units, level=sampling.level / pairs)
    return replace(
        comparison,
        p=tested.p,
        p_adjusted=p_adjusted,
        significant=p_adjusted < sampling.level and interval is not None and not interval.low <= 0 <= interval.high,
        p_bootstrap=significance.paired_bootstrap(differences.scores, comparison.delta),
        detectable=detectable or None,
        flips=tested.flips,
    )


def _ranks(
    names: Sequence[str], metric: Metric, comparisons: Sequence[Comparison], sampling: _Sampling
) -> dict[str, Rank]:
    """Return the ranks that each system may have on one metric; none if no difference can be shown."""
    if not comparisons or not sampling.testing(len(comparisons)).can_show:
        return {}
    better = set()
    for pair in comparisons:
        if pair.significant:
            first_leads = (pair.delta > 0) == metric.higher_is_better
            better.add((pair.a, pair.b) if first_leads else (pair.b, pair.a))
    return ranks.intervals(names, better)
