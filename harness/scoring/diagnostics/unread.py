"""Unread tokens: those of cut sources beyond the model's limit."""

from __future__ import annotations

from harness.core.scores import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs


def _count(outputs: Outputs) -> Count | None:
    unread = sum(generation.cut_tokens or 0 for generation in outputs.read)
    read = sum(generation.input_tokens or 0 for generation in outputs.read)
    return Count(unread, read + unread) if outputs.read else None


DIAGNOSTIC = Diagnostic(
    place=25,
    label="tokens not read",
    unit="percent",
    count=_count,
    column=Column("unread", "share of the sources' tokens not read", always=False, beside_scores=True),
)
