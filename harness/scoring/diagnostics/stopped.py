"""Stopped outputs: the model reached the length limit before it ended the text."""

from __future__ import annotations

from harness.core.scores import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs, Remark, Threshold


def _count(outputs: Outputs) -> Count | None:
    stopped = sum(generation.finish == "length" for generation in outputs.each)
    return None if outputs.only_texts else Count(stopped, len(outputs.each))


DIAGNOSTIC = Diagnostic(
    place=30,
    label="stopped at the length limit",
    unit="percent",
    count=_count,
    column=Column("stopped", "outputs stopped at the length limit", always=False),
    remark=Remark("{part} of {whole} outputs stopped at the length limit"),
    threshold=Threshold(1.0, "share of outputs stopped at the length limit"),
    marks=lambda outputs: [generation.finish == "length" for generation in outputs.each],
)
