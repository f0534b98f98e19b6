"""Empty outputs: nothing that a reader can see."""

from __future__ import annotations

from harness.core.scores import Count
from harness.core.text import is_blank
from harness.scoring.diagnostics import Column, Diagnostic, Outputs, Remark, Threshold


def _marks(outputs: Outputs) -> list[bool]:
    return list(map(is_blank, outputs.texts))


def _count(outputs: Outputs) -> Count:
    return Count(sum(_marks(outputs)), len(outputs.texts))


DIAGNOSTIC = Diagnostic(
    place=10,
    label="empty outputs",
    unit="count",
    count=_count,
    column=Column("empty", "outputs without text", always=False),
    remark=Remark("{part} of {whole} outputs are empty"),
    threshold=Threshold(0, "outputs that are empty"),
    marks=_marks,
)
