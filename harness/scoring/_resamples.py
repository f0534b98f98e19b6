"""Draw the resamples of a table's rows, and compute intervals and tests from them; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from harness.core.scores import Interval, Testing
from harness.metrics import Metric
from harness.scoring import FloatArray, Resampling, SystemStatistics, TestSet, intervals, significance


@dataclass(frozen=True, slots=True)
class Sampling:
    """The units of a test set that are resampled, and the settings of resampling."""

    unit: Literal["segment", "article"]
    groups: tuple[str, ...]  # the unit that each segment belongs to
    settings: Resampling

    @classmethod
    def of(cls, test_set: TestSet, settings: Resampling) -> Sampling:
        """Return the sampling of articles if there are several, else of segments."""
        several = len(set(test_set.articles)) > 1
        groups = test_set.articles if several else _each(test_set)
        return cls("article" if several else "segment", groups, settings)

    def for_tests(self, test_set: TestSet) -> Sampling:
        """Return the sampling for tests: of segments if there are two to five articles, else this one."""
        if self.unit == "segment" or self.units >= significance.MIN_UNITS:
            return self
        return replace(self, unit="segment", groups=_each(test_set))

    @property
    def units(self) -> int:
        """How many units there are."""
        return len(set(self.groups))

    @property
    def level(self) -> float:
        """The level of tests."""
        return significance.level(self.settings.confidence)

    def flips(self, pairs: int) -> int:
        """Return how many random swaps each test uses if this number of pairs is tested."""
        return self.settings.flips or significance.default_flips(pairs, self.level)

    def testing(self, pairs: int) -> Testing:
        """Return how this number of pairs is tested, and what the tests could show at best."""
        units, flips = self.units, self.flips(pairs)
        lowest = min(1.0, pairs * significance.smallest_p(units, flips))
        return Testing(
            unit=self.unit,
            units=units,
            pairs=pairs,
            level=self.level,
            flips=None if significance.is_exact(units) else flips,
            seed=self.settings.seed,
            lowest_p=None if units < significance.MIN_UNITS else lowest,
            enough_units=significance.enough_units(pairs, self.level),
            enough_flips=significance.default_flips(pairs, self.level),
        )

    def draw(self, rows: Sequence[SystemStatistics], metrics: Sequence[Metric]) -> dict[str, Resamples]:
        """Return the scores of rows on resamples, by metric; of no row if there is only one unit.

        All rows are resampled together, so that differences between them are paired.
        """
        if self.units < 2 or not rows:
            return {metric.name: Resamples(self, {}) for metric in metrics}
        drawn = significance.bootstraps(
            self._on_metrics(rows, metrics), resamples=self.settings.resamples, seed=self.settings.seed
        )
        return {
            metric.name: Resamples(self, {row.name: of_row for row, of_row in zip(rows, scores, strict=True)})
            for metric, scores in zip(metrics, drawn, strict=True)
        }

    def test(
        self, systems: Sequence[SystemStatistics], pairs: Sequence[tuple[int, int]], metrics: Sequence[Metric]
    ) -> dict[str, list[significance.PValue]]:
        """Return the test of each pair, given as indices of its systems, by metric; none with too few units."""
        if self.units < significance.MIN_UNITS or not pairs:
            return {metric.name: [] for metric in metrics}
        tests = significance.sign_flips_of_metrics(
            self._on_metrics(systems, metrics), resamples=self.flips(len(pairs)), seed=self.settings.seed, pairs=pairs
        )
        return {metric.name: of_metric for metric, of_metric in zip(metrics, tests, strict=True)}

    def of_score(self, value: float, samples: FloatArray, metric: Metric) -> Interval | None:
        """Return the interval of a score; None with too few units.

        A share of 0 or 100 has no spread on resamples, and could still be another one with other units: its interval is
        that of the binomial distribution.
        """
        interval = self.interval(value, samples, metric.scale)
        if interval is None or not metric.is_share or interval.method != intervals.METHOD:
            return interval
        interval = replace(interval, method=f"{intervals.METHOD}, at 0 and 100 exact binomial")
        if value not in metric.scale:
            return interval
        width = 100 * intervals.width_at_an_end(self.units, self.settings.confidence)
        return replace(interval, low=max(0.0, value - width), high=min(100.0, value + width))

    def interval(self, value: float, samples: FloatArray, scale: tuple[float, float]) -> Interval | None:
        """Return the interval of a score or a difference; None with too few units.

        Args:
            value: the score or the difference.
            samples: the same on resamples, [resamples].
            scale: the lowest and the highest possible value.
        """
        units = self.units
        if self.settings.interval == "percentile":
            return self._interval(
                intervals.percentile(samples, self.settings.confidence), "percentile bootstrap", units
            )
        if units < intervals.MIN_UNITS:
            return None
        limits = intervals.student(value, samples, units=units, confidence=self.settings.confidence, scale=scale)
        return self._interval(limits, intervals.METHOD, units)

    def simultaneous(self, deltas: FloatArray, samples: FloatArray, width: float) -> list[Interval] | None:
        """Return intervals of all differences at once; None with too few units, or for percentile intervals.

        Args:
            deltas: the difference of each pair, [pairs].
            samples: the same on resamples, [pairs, resamples].
            width: the largest possible difference.
        """
        units = self.units
        if self.settings.interval == "percentile" or units < intervals.MIN_UNITS:
            return None
        limits = intervals.simultaneous(deltas, samples, units=units, confidence=self.settings.confidence, width=width)
        method = intervals.METHOD if len(deltas) == 1 else f"{intervals.METHOD}, maximum over {len(deltas)} pairs"
        return [self._interval(of_pair, method, units) for of_pair in limits]

    def _on_metrics(self, rows: Sequence[SystemStatistics], metrics: Sequence[Metric]) -> list[significance.OnMetric]:
        """Return for each metric the rows' statistics summed over each unit, [views, units, d], and its score."""
        return [
            ([significance.by_group(row.statistics[metric.name], self.groups) for row in rows], metric.score)
            for metric in metrics
        ]

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


@dataclass(frozen=True, slots=True)
class Resamples:
    """The scores of rows on the same resamples."""

    sampling: Sampling
    scores: Mapping[str, FloatArray]  # by row, [resamples]; empty if there is only one unit

    def differences(self, a: str, b: str) -> FloatArray:
        """Return the scores of `a` minus those of `b`, [resamples]."""
        return self.scores[a] - self.scores[b]


def _each(test_set: TestSet) -> tuple[str, ...]:
    """Return a group of its own for each segment."""
    return tuple(map(str, range(len(test_set.ids))))
