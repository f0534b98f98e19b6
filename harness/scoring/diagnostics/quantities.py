"""Numbers, percentages, times and dates that differ from the source's: "10 million" for दस लाख, Thursday for शुक्रवार.

Values are compared, not wordings (`harness.core.text.quantities`). A translation counts if it lacks a quantity of its
source or has another one; a summary may omit any, so it counts only if it has one that its source lacks. The whole is
the outputs that could fail: those whose source or text has a quantity.

Tried on newstest2014 hi-en: of 754 reference translations with a quantity, or whose source has one, 31 count. Read one
by one, 26 of them do differ from their source (the data has faults, such as 18 million for 18 करोड़), and 5 (0.7%) are
false alarms, of which 3 come from misspelt sources. Of 753 outputs of Google Translate 14 count.
"""

from __future__ import annotations

from harness.core.text import quantities
from harness.scoring.diagnostics import AgainstSource, Column, Diagnostic, Outputs, Remark, Span, Threshold, spans


def _differences(source: str, content: str, outputs: Outputs) -> tuple[Span, ...]:
    missing, unsupported = quantities.compare(source, content)
    return spans(missing if outputs.kind == "translation" else (), unsupported)


def _could_fail(source: str, content: str, outputs: Outputs) -> bool:
    """Whether the output, or for a translation its source, has a quantity."""
    texts = (content, source) if outputs.kind == "translation" else (content,)
    return any(each.is_certain for text in texts for each in quantities.find(text))


_RULE = AgainstSource(_differences, _could_fail)
DIAGNOSTIC = Diagnostic(
    place=62,
    label="outputs with numbers or dates that are not the source's",
    unit="percent",
    count=_RULE.count,
    marks=_RULE.marks,
    spans=_RULE.spans,
    column=Column(
        "other numbers",
        "outputs whose numbers, percentages, times or dates are not the source's, of those that have some",
        fraction=True, always=False, beside_scores=True,
    ),
    remark=Remark(
        "{part} of {whole} outputs with numbers or dates have other ones than their source, or lack some",
        from_percent=1,
    ),
    threshold=Threshold(None, "share of outputs whose numbers or dates are not the source's"),
)  # fmt: skip
