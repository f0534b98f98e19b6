"""Empty outputs: white space only."""

from __future__ import annotations

from harness.core.records import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs, Remark, Threshold


def _count(outputs: Outputs) -> Count:
    return Count(sum(not content.strip() for content in outputs.texts), len(outputs.texts))


DIAGNOSTIC = Diagnostic(
    place=10,
    label="empty outputs",
    unit="count",
    count=_count,
    column=Column("empty", "outputs without text", always=False),
    remark=Remark("{part} of {whole} outputs are empty"),
    threshold=Threshold(0, "outputs that are empty"),
)
