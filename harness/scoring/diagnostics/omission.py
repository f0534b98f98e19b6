"""Translations that seem to lack a part of their source: too short, or shorter and with a sentence or a number less.

The length of an output, in characters for each one of its source, is compared with the median of the system's outputs.
An output counts below 0.62 of it; or below 0.8, if it has fewer sentences than its source, or lacks a number or a name
that follows a title. The whole is the outputs of sources of 40 characters or more.

A dropped phrase is not seen: no dictionary aligns the words. A system that always drops as much has a low median, and
its outputs look usual. Look at the column "/ source" too.

Tried on newstest2014 hi-en: of 2,404 reference translations 14 count. If about half of the words are cut off, 82%
count; without a clause between commas, 39% (`python -m tests.ledger`).
"""

from __future__ import annotations

from harness.core.text import names, quantities
from harness.scoring.diagnostics import AgainstSource, Column, Diagnostic, Outputs, Remark, Span, Threshold, _lengths


def _is_short(source: str, content: str, ratio: float) -> bool:
    if not _lengths.is_short(source, content, ratio, has_sign=True):
        return False
    has_sign = bool(quantities.compare(source, content)[0] or names.missing(source, content))
    return _lengths.is_short(source, content, ratio, has_sign=has_sign)


def _spans(source: str, content: str, outputs: Outputs) -> tuple[Span, ...]:
    return (Span("source", source, 0, len(source)),) if _is_short(source, content, outputs.usual_length) else ()


_RULE = AgainstSource(_spans, _lengths.can_be_judged, lambda outputs: outputs.kind == "translation")
DIAGNOSTIC = Diagnostic(
    place=67,
    label="outputs that seem to lack a part of their source",
    unit="percent",
    count=_RULE.count,
    marks=_RULE.marks,
    spans=_RULE.spans,
    column=Column(
        "omitted", "outputs much shorter than usual, or shorter and without a sentence or number of the source",
        fraction=True, always=False,
    ),
    remark=Remark(
        "{part} of {whole} outputs seem to lack a part of their source: they are much shorter than the others",
        from_percent=5,
    ),
    threshold=Threshold(None, "share of outputs that seem to lack a part of their source"),
)  # fmt: skip
