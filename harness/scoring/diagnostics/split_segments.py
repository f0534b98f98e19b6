"""Sentences of an output for a whole article beyond those of the references of the same segments; without additions.

The whole is the outputs of the table.
"""

from __future__ import annotations

from harness.core.scores import Count
from harness.scoring.diagnostics import Diagnostic, Outputs, Threshold

PROVIDES = ("split_segments",)


def _count(outputs: Outputs) -> Count | None:
    division = outputs.division
    return None if division is None else Count(division.split, division.units)


DIAGNOSTIC = Diagnostic(
    place=94,
    label="sentences more than the references have",
    unit="percent",
    count=_count,
    threshold=Threshold(
        None, "sentences of outputs for whole articles beyond those of the references, per 100 segments"
    ),
)
