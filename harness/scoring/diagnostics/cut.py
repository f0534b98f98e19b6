"""Cut sources: longer than the model's limit, so that their end was not read."""

from __future__ import annotations

from harness.core.scores import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs, Threshold


def _count(outputs: Outputs) -> Count | None:
    cut = sum(generation.truncated for generation in outputs.read)
    return Count(cut, len(outputs.read)) if outputs.read else None


DIAGNOSTIC = Diagnostic(
    place=20,
    label="sources cut off",
    unit="percent",
    count=_count,
    column=Column("cut", "sources longer than the model's limit", fraction=True, always=False, beside_scores=True),
    threshold=Threshold(1.0, "share of sources not read to the end"),
    marks=lambda outputs: [generation.truncated for generation in outputs.each],
)
