"""Unknown tokens: read as <unk>, because the model's vocabulary lacks them."""

from __future__ import annotations

from harness.core.scores import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs, Threshold


def _count(outputs: Outputs) -> Count | None:
    unknown = sum(generation.unknown_tokens or 0 for generation in outputs.read)
    read = sum(generation.input_tokens or 0 for generation in outputs.read)
    return Count(unknown, read) if outputs.read else None


DIAGNOSTIC = Diagnostic(
    place=40,
    label="unknown tokens",
    unit="percent",
    count=_count,
    column=Column("unknown", "tokens outside the model's vocabulary", always=False, beside_scores=True),
    threshold=Threshold(0.1, "share of tokens outside the vocabulary"),
    marks=lambda outputs: [bool(generation.unknown_tokens) for generation in outputs.each],
)
