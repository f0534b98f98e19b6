"""Rank the systems of a table on one metric, pair them, and say over which units their differences are estimated; pure.

The units are articles if there are enough of them for a test, else segments, which then speak only for their articles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from harness.metrics import Metric
from harness.scoring import FloatArray, Resampling, SystemStatistics, TestSet, influence, metric_of, significance


@dataclass(frozen=True, slots=True)
class RankedSystems:
    """The systems of a table on one metric, best first."""

    metric: Metric
    systems: tuple[SystemStatistics, ...]
    pairs: tuple[tuple[int, int], ...]  # places of the better and the worse system; the leading pair is the first
    baseline: str | None
    unit: Literal["segment", "article"]
    groups: tuple[str, ...]  # the unit of each segment
    articles: tuple[str, ...]  # of each segment; empty if unknown
    settings: Resampling

    @classmethod
    def of(
        cls,
        test_set: TestSet,
        rows: Sequence[SystemStatistics],
        settings: Resampling,
        metric: str,
        baseline: str | None,
    ) -> RankedSystems:
        """Rank the systems that have scores; with a baseline, pair it with each of the others only."""
        measured = metric_of(test_set, metric)
        sign = -1 if measured.higher_is_better else 1
        systems = sorted(
            (row for row in rows if row.role == "system" and row.error is None),
            key=lambda row: sign * significance.value(row.statistics[metric], measured.score),
        )
        pairs = [
            pair for pair in combinations(range(len(systems)), 2)
            if baseline is None or baseline in [systems[place].name for place in pair]
        ]  # fmt: skip
        several = len(set(test_set.articles)) >= significance.MIN_UNITS
        groups = test_set.articles if several else tuple(map(str, range(len(test_set.ids))))
        unit: Literal["segment", "article"] = "article" if several else "segment"
        return cls(measured, tuple(systems), tuple(pairs), baseline, unit, groups, test_set.articles, settings)

    @property
    def units(self) -> int:
        """The number of units."""
        return len(set(self.groups))

    def grouped(self, place: int) -> FloatArray:
        """Return the statistics [views, units, d] of a system, summed over each unit."""
        return significance.by_group(self.of_segments(place), self.groups)

    def of_segments(self, place: int) -> FloatArray:
        """Return the statistics [views, segments, d] of a system."""
        return self.systems[place].statistics[self.metric.name]

    def names(self, pair: tuple[int, int]) -> tuple[str, str]:
        """Return the names of the better and the worse system."""
        return self.systems[pair[0]].name, self.systems[pair[1]].name

    def delta(self, pair: tuple[int, int]) -> float:
        """Return the score of the better system minus that of the worse."""
        first, second = (significance.value(self.of_segments(place), self.metric.score) for place in pair)
        return first - second

    @property
    def level(self) -> float:
        """The strictest level of the correction for all pairs, which `detectable` has too."""
        return significance.level(self.settings.confidence) / len(self.pairs)

    def influences(self, pair: tuple[int, int]) -> FloatArray:
        """Return the influence [units] of each unit on the difference of a pair."""
        return influence.of_difference(self.grouped(pair[0]), self.grouped(pair[1]), self.metric.score)
