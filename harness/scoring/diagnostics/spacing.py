"""Signs apart from their words, as in "He came .": tokenised text that was not put together again.

A sign counts if a space stands before it: punctuation, a closing bracket, or 's. Metrics put spaces around signs
themselves, so scores hardly show it.
"""

from __future__ import annotations

import re

from harness.core.records import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs, Remark, Threshold

_APART = re.compile(r"\S [.,;:?!)\]%।॥](?:\s|$)|\S 's\b")


def _count(outputs: Outputs) -> Count:
    return Count(sum(bool(_APART.search(content)) for content in outputs.texts), len(outputs.texts))


DIAGNOSTIC = Diagnostic(
    place=70,
    label="signs apart from words",
    unit="percent",
    count=_count,
    column=Column("apart", "outputs with a space before a sign", always=False),
    remark=Remark(
        "{part} of {whole} outputs have a space before a sign (He came .): are they still tokenised?", from_percent=10
    ),
    threshold=Threshold(1.0, "share of outputs with signs apart from their words"),
)
