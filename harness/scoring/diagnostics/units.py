"""Numbers that have another unit than in the source: "$5 crore" for 5 करोड़ रुपये, "40 miles" for 40 किमी.

An output counts if a number of it, or of its source, has another unit on each place where the other text has that
number (`harness.core.text.units`). The whole is the outputs that could fail: those whose source or text has a number
with a unit. A unit that is left out, and a converted value, are not seen here.

Known for Hindi and English. Tried on newstest2014 hi-en: none of 278 reference translations with a unit counts. If one
number gets another unit, 93% count (`python -m tests.ledger`); others have a number whose source has no unit.
"""

from __future__ import annotations

from harness.core.text import units
from harness.scoring.diagnostics import AgainstSource, Column, Diagnostic, Outputs, Remark, Span, Threshold, spans


def _differences(source: str, content: str, outputs: Outputs) -> tuple[Span, ...]:
    of_source, of_output = units.compare(source, content)
    return spans(of_source if outputs.kind == "translation" else (), of_output)


def _could_fail(source: str, content: str, outputs: Outputs) -> bool:
    return bool(units.find(content) or (outputs.kind == "translation" and units.find(source)))


_RULE = AgainstSource(_differences, _could_fail)
DIAGNOSTIC = Diagnostic(
    place=64,
    label="outputs in which a number has another unit than in the source",
    unit="percent",
    count=_RULE.count,
    marks=_RULE.marks,
    spans=_RULE.spans,
    column=Column(
        "other units",
        "outputs in which a number has another currency or unit than in the source, of those with units",
        fraction=True, always=False,
    ),
    remark=Remark("{part} of {whole} outputs with units give a number another unit than their source", from_percent=2),
    threshold=Threshold(None, "share of outputs in which a number has another unit than in the source"),
)  # fmt: skip
