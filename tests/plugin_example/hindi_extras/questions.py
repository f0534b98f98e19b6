"""Questions: outputs that end in a question mark."""

from __future__ import annotations

from harness.core.scores import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs


def _count(outputs: Outputs) -> Count:
    return Count(sum(text.rstrip().endswith("?") for text in outputs.texts), len(outputs.texts))


DIAGNOSTIC = Diagnostic(
    place=200,
    label="outputs that end in a question mark",
    unit="percent",
    count=_count,
    column=Column("questions", "share of outputs that end in a question mark"),
)
