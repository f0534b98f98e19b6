"""Segments that stand before the preceding one in an output for a whole article.

The whole is the outputs of the table.
"""

from __future__ import annotations

from harness.core.scores import Count
from harness.scoring.diagnostics import Diagnostic, Outputs, Threshold

PROVIDES = ("swapped_segments",)


def _count(outputs: Outputs) -> Count | None:
    division = outputs.division
    return None if division is None else Count(division.swapped, division.units)


DIAGNOSTIC = Diagnostic(
    place=95,
    label="segments that stand before the one that precedes them",
    unit="percent",
    count=_count,
    threshold=Threshold(None, "share of segments that stand before the preceding one in outputs for whole articles"),
)
