"""Segments that the output for a whole article omits: no part of it belongs to them (`harness.scoring.resegmentation`).

Their outputs are empty, so they count as empty outputs too. The whole is the outputs of the table.
"""

from __future__ import annotations

from harness.core.scores import Count
from harness.scoring.diagnostics import Diagnostic, Outputs, Threshold

PROVIDES = ("omitted_segments",)


def _count(outputs: Outputs) -> Count | None:
    division = outputs.division
    return None if division is None else Count(division.omitted, division.units)


DIAGNOSTIC = Diagnostic(
    place=91,
    label="segments without text in an output for a whole article",
    unit="percent",
    count=_count,
    threshold=Threshold(None, "share of segments that outputs for whole articles omit"),
)
