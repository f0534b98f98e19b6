"""Score against all references of a unit but one, and average over which one is left out; pure.

The reference row scores each reference against the others, so it has one reference fewer than the systems. In a table
with that row, every row is scored in this way (`footing.py`). References can differ in number from unit to unit, so:

- Only units with at least two references take part. The others have none left to compare with. Their rows of
  statistics are 0, which adds nothing to a sum; `units` tells which units take part.
- There are as many views as the largest number of references of a unit. View v leaves out the v-th reference that a
  unit has. A unit with fewer references starts again from its first (v modulo their number), so that every view
  contains every unit that takes part. Views then have the same units, and their average has one meaning.
- The reference row and the systems use the same units and the same references in each view. The row scores the
  reference that is left out against the others; a system is scored against the same others.

If every unit has all references, this is the usual definition: view v leaves out version v.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.metrics import Examples, Metric
from harness.scoring import FloatArray, TestSet, compute


@dataclass(frozen=True, slots=True)
class View:
    """One choice of the reference that is left out of each unit that takes part."""

    units: tuple[int, ...]  # index of each unit that takes part, in order
    left_out: tuple[str, ...]  # the reference that is left out of each of these units
    others: tuple[tuple[str | None, ...], ...]  # streams of the references that remain, over these units

    def examples(self, test_set: TestSet, metric: Metric, outputs: Sequence[str]) -> Examples:
        """Return what a metric reads to score outputs, one for each unit that takes part, against the others."""
        everything = test_set.examples(metric, [""] * len(test_set.ids)).take(self.units)
        return replace(everything, hypotheses=outputs, references=self.others)

    def statistics(self, test_set: TestSet, metric: Metric, outputs: Sequence[str]) -> FloatArray:
        """Return the statistics of outputs, one for each unit that takes part, against the others: [all units, d]."""
        rows = compute.statistics(metric, self.examples(test_set, metric, outputs))
        spread = np.zeros((len(test_set.ids), rows.shape[1]))
        spread[list(self.units)] = rows
        return spread

    def taking_part(self, outputs: Sequence[str]) -> list[str]:
        """Return the outputs of the units that take part, from one output for each unit."""
        return [outputs[unit] for unit in self.units]


def units(test_set: TestSet) -> tuple[int, ...]:
    """Return the index of each unit that has at least two references."""
    return tuple(index for index, count in enumerate(test_set.reference_counts) if count >= 2)


def views(test_set: TestSet) -> list[View]:
    """Return the views, as many as the largest number of references of a unit; none if no unit has two."""
    taking_part = units(test_set)
    streams = list(test_set.references.values())
    texts = [[stream[unit] for stream in streams if stream[unit] is not None] for unit in taking_part]
    result = []
    for number in range(max(map(len, texts), default=0)):
        left_out, others = [], []
        for of_unit in texts:
            index = number % len(of_unit)
            left_out.append(str(of_unit[index]))
            others.append([*of_unit[:index], *of_unit[index + 1 :]])
        width = max(map(len, others))
        padded = [[*of_unit, *[None] * (width - len(of_unit))] for of_unit in others]
        result.append(View(taking_part, tuple(left_out), tuple(zip(*padded, strict=True))))
    return result


def statistics(
    test_set: TestSet, used: Sequence[Metric], pairs: Sequence[tuple[View, Sequence[str]]]
) -> dict[str, FloatArray]:
    """Return the statistics by metric, [pairs, n, d], for views and outputs of their units; none without pairs."""
    return {
        metric.name: np.stack([view.statistics(test_set, metric, outputs) for view, outputs in pairs])
        for metric in (used if pairs else ())
    }
