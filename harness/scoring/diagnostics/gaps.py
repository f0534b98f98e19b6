"""Outputs with <extra_id_0>, <extra_id_1>, ...: pre-trained mT5 marks gaps so, and fine-tuned models never write it."""

from __future__ import annotations

import re

from harness.scoring.diagnostics import Column, Diagnostic, Remark, cleaned_by, count_changed

_MARK = "<extra_id_"
_MARKS = re.compile(rf"\s*{_MARK}\d*>?")


def _clean(text: str) -> str:
    return _MARKS.sub("", text).strip() if _MARK in text else text


_cleaned = cleaned_by(_clean, (_MARK,))

DIAGNOSTIC = Diagnostic(
    place=80,
    label="outputs with gap marks",
    unit="percent",
    count=count_changed(_cleaned),
    column=Column("gaps", f"outputs with {_MARK}...>", always=False),
    remark=Remark(
        f"{{part}} of {{whole}} outputs contain {_MARK}...>, with which pre-trained mT5 marks gaps: "
        "this checkpoint seems not to be fine-tuned for the task"
    ),
    clean=_cleaned,
)
