"""Segments that an output for a whole article puts into one sentence with the next segment.

The whole is the outputs of the table.
"""

from __future__ import annotations

from harness.core.scores import Count
from harness.scoring.diagnostics import Diagnostic, Outputs, Threshold

PROVIDES = ("merged_segments",)


def _count(outputs: Outputs) -> Count | None:
    division = outputs.division
    return None if division is None else Count(division.merged, division.units)


DIAGNOSTIC = Diagnostic(
    place=93,
    label="segments in one sentence with the next one",
    unit="percent",
    count=_count,
    threshold=Threshold(
        None, "share of segments that outputs for whole articles put into one sentence with the next one"
    ),
)
