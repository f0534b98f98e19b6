"""Translations that negate while their source does not, or do not while it does: "agreed" for सहमत नहीं हुए.

A translation counts if its source has a negation and it has none, or the reverse (`harness.core.text.negation`). The
whole is the outputs that could fail: those whose source or text surely negates. A loss is not seen if the text has
another negation or a word of denial ("only", "against"). Summaries omit statements, so nothing is counted for them.

Known for Hindi and English. Tried on newstest2014 hi-en: of 430 reference translations that could fail 13 count, and
about half of these do differ from their source. If a reference loses all its negations, 80% count; if "not" is added to
one without a negation, 87% (`python -m tests.ledger`).
"""

from __future__ import annotations

from harness.core.records import ENGLISH, HINDI
from harness.core.text import negation
from harness.scoring.diagnostics import AgainstSource, Column, Diagnostic, Outputs, Remark, Span, Threshold, spans


def _differences(source: str, content: str, outputs: Outputs) -> tuple[Span, ...]:
    return spans(*negation.compare(source, content)) if content.strip() else ()


def _could_fail(source: str, content: str, outputs: Outputs) -> bool:
    return negation.negates(source) or negation.negates(content)


def _applies(outputs: Outputs) -> bool:
    return outputs.kind == "translation" and outputs.target in (ENGLISH, HINDI)


_RULE = AgainstSource(_differences, _could_fail, _applies)
DIAGNOSTIC = Diagnostic(
    place=63,
    label="outputs with a negation that their source lacks, or without its negation",
    unit="percent",
    count=_RULE.count,
    marks=_RULE.marks,
    spans=_RULE.spans,
    column=Column(
        "other negation",
        "outputs that negate while their source does not, or the reverse, of those that could",
        fraction=True, always=False,
    ),
    remark=Remark(
        "{part} of {whole} outputs negate while their source does not, or do not while it does", from_percent=8
    ),
    threshold=Threshold(None, "share of outputs that negate while their source does not, or the reverse"),
)  # fmt: skip
