"""Length of the outputs in words; mean."""

from __future__ import annotations

from harness.core import text
from harness.core.scores import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs


def _count(outputs: Outputs) -> Count:
    return Count(sum(map(text.word_count, outputs.texts)), len(outputs.texts))


DIAGNOSTIC = Diagnostic(
    place=1,
    label="words per output",
    unit="mean",
    count=_count,
    column=Column("words", "mean per output"),
)
