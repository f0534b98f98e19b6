"""Translations that seem to say more than their source: too long, or longer and with a sentence or a number more.

The mirror of `omission`, by the same rules: an output counts from 1.6 times the usual length on; or from 1.25 times, if
it has more sentences than its source, or a number that the source lacks. The whole is the outputs of 40 characters or
more. An added phrase is not seen.

Tried on newstest2014 hi-en: of 2,405 reference translations 13 count. With another sentence behind them, 92% do
(`python -m tests.ledger`).
"""

from __future__ import annotations

from harness.core.text import quantities
from harness.scoring.diagnostics import AgainstSource, Column, Diagnostic, Outputs, Remark, Span, Threshold, _lengths


def _is_long(source: str, content: str, ratio: float) -> bool:
    if not _lengths.is_short(content, source, 1 / ratio, has_sign=True):
        return False
    has_sign = bool(quantities.compare(source, content)[1])
    return _lengths.is_short(content, source, 1 / ratio, has_sign=has_sign)


def _spans(source: str, content: str, outputs: Outputs) -> tuple[Span, ...]:
    return (Span("output", content, 0, len(content)),) if _is_long(source, content, outputs.usual_length) else ()


def _can_be_judged(source: str, content: str, outputs: Outputs) -> bool:
    return _lengths.can_be_judged(content, source, outputs)


_RULE = AgainstSource(_spans, _can_be_judged, lambda outputs: outputs.kind == "translation")
DIAGNOSTIC = Diagnostic(
    place=68,
    label="outputs that seem to say more than their source",
    unit="percent",
    count=_RULE.count,
    marks=_RULE.marks,
    spans=_RULE.spans,
    column=Column(
        "added", "outputs much longer than usual, or longer and with a sentence or number that the source lacks",
        fraction=True, always=False,
    ),
    remark=Remark(
        "{part} of {whole} outputs seem to say more than their source: they are much longer than the others",
        from_percent=5,
    ),
    threshold=Threshold(None, "share of outputs that seem to say more than their source"),
)  # fmt: skip
