"""Put all rows of a table on one footing: the same segments, and the same number of references; pure.

The reference row scores each reference against the others, so it has one reference fewer than a system could have. In a
table with that row, every row is therefore scored with one reference left out in turn (`leave_one_out.py`), on the
segments that have at least two. In every other table, rows are scored against all references, as published scores are.

These are a table's main scores. Intervals, paired tests, ranks and slices belong to them. The gate does not use this
module: it always compares scores against all references.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.core.scores import AllReferences
from harness.metrics import Metric
from harness.scoring import FloatArray, SystemStatistics, TestSet, leave_one_out, significance


@dataclass(frozen=True, slots=True)
class Footing:
    """The main statistics of a table, and what they were selected from."""

    leaves_one_out: bool
    test_set: TestSet  # the segments that are scored
    rows: tuple[SystemStatistics, ...]  # `statistics` are the main ones, over the segments of `test_set`
    reference_counts: tuple[int, ...]  # how many references each of these segments is scored against at a time
    whole_test_set: TestSet
    given_rows: tuple[SystemStatistics, ...]

    def against_all_references(self, metric: Metric) -> dict[str, AllReferences]:
        """Return the scores against all references, by row; none if the main scores are just these.

        The reference row has none, because each of its texts is one of the references.
        """
        if not self.leaves_one_out:
            return {}
        signature, segments = self.whole_test_set.signature(metric), len(self.whole_test_set.ids)
        return {
            row.name: AllReferences(significance.value(row.statistics[metric.name], metric.score), signature, segments)
            for row in self.given_rows
            if row.error is None and row.role != "reference"
        }


def of(test_set: TestSet, rows: Sequence[SystemStatistics]) -> Footing:
    """Return the footing of a table with these rows."""
    counts = test_set.reference_counts
    if not any(row.role == "reference" for row in rows):
        return Footing(False, test_set, tuple(rows), counts, test_set, tuple(rows))
    units = leave_one_out.units(test_set)
    main = tuple(replace(row, statistics=_some(row.leave_one_out, units, len(counts))) for row in rows)
    fewer = tuple(counts[unit] - 1 for unit in units)
    return Footing(True, test_set.take(units), main, fewer, test_set, tuple(rows))


def _some(statistics: Mapping[str, FloatArray], units: Sequence[int], count: int) -> Mapping[str, FloatArray]:
    """Return the statistics of some of the units."""
    if len(units) == count:
        return statistics
    return {name: array[:, list(units)] for name, array in statistics.items()}
