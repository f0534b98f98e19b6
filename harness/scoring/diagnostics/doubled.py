"""Doubled outputs: another source has the same output. Empty outputs do not count."""

from __future__ import annotations

from collections import Counter

from harness.core.scores import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs


def _marks(outputs: Outputs) -> list[bool]:
    texts = [[content.strip() for content in of_source] for of_source in outputs.by_source]
    sources = Counter(content for of_source in texts for content in set(of_source))
    return [bool(content) and sources[content] > 1 for of_source in texts for content in of_source]


def _count(outputs: Outputs) -> Count:
    return Count(sum(_marks(outputs)), len(outputs.texts))


DIAGNOSTIC = Diagnostic(
    place=65,
    label="outputs that another source has too",
    unit="count",
    count=_count,
    column=Column("doubled", "outputs that another source has too", always=False),
    marks=_marks,
)
