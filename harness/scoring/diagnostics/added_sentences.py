"""Sentences of an output for a whole article that belong to no segment (`harness.scoring.resegmentation`).

They are scored with the piece before them. The whole is the outputs of the table.
"""

from __future__ import annotations

from harness.core.scores import Count
from harness.scoring.diagnostics import Diagnostic, Outputs, Threshold

PROVIDES = ("added_sentences",)


def _count(outputs: Outputs) -> Count | None:
    division = outputs.division
    return None if division is None else Count(division.added, division.units)


DIAGNOSTIC = Diagnostic(
    place=92,
    label="sentences in outputs for whole articles that belong to no segment",
    unit="percent",
    count=_count,
    threshold=Threshold(None, "sentences of outputs for whole articles that belong to no segment, per 100 segments"),
)
