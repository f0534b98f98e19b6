"""Length of the outputs against their sources: words of all outputs for each word of all sources."""

from __future__ import annotations

from harness.core import text
from harness.core.scores import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs


def _count(outputs: Outputs) -> Count | None:
    if not outputs.sources:
        return None
    return Count(sum(map(text.word_count, outputs.texts)), sum(map(text.word_count, outputs.source_of_each)))


DIAGNOSTIC = Diagnostic(
    place=2,
    label="output words per source word",
    unit="ratio",
    count=_count,
    column=Column("/ source", "words of the outputs per word of the sources"),
)
