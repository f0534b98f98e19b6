"""Outputs with <extra_id_0>, <extra_id_1>, ...: pre-trained mT5 marks gaps so, and fine-tuned models never write it."""

from __future__ import annotations

from harness.core.records import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs, Remark

_MARK = "<extra_id_"


def _count(outputs: Outputs) -> Count:
    return Count(sum(_MARK in content for content in outputs.texts), len(outputs.texts))


DIAGNOSTIC = Diagnostic(
    place=80,
    label="outputs with gap marks",
    unit="percent",
    count=_count,
    column=Column("gaps", f"outputs with {_MARK}...>", always=False),
    remark=Remark(
        f"{{part}} of {{whole}} outputs contain {_MARK}...>, with which pre-trained mT5 marks gaps: "
        "this checkpoint seems not to be fine-tuned for the task"
    ),
)
