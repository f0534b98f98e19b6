"""Names that have no counterpart in the source, and names with a title that a translation lacks.

The names of an English output are its capitalised words, without those that are translated ("Minister"), those that any
output writes in lower case, and those at the beginning of a sentence; the source must have a word of the same sound
(`harness.core.text.names`). Hindi has no capitals, so a Hindi name is known after a title (मंत्री, डॉ., श्री), or if
other outputs render the word as a name. A translation must have the names of its source, and a Hindi summary must not
have others than its article.

What is not seen: similar names (Mishra for Misri), names in capitals or of one or two letters, names in headlines, and
most of those that are left out if only one source or two have them. Names that are translated ("Circular Quay") or have
another sound in Hindi (यूसुफ for Joseph) are false alarms.

Known for Hindi sources, and outputs in English and Hindi. Tried on newstest2014 hi-en: of 1,248 reference translations
with a name 105 count; of those that we read, about half do differ from their source. If a name is replaced by another
one, 91% count; if it is left out, 33% (`python -m tests.ledger`).
"""

from __future__ import annotations

from harness.core.records import ENGLISH, HINDI
from harness.core.text import names
from harness.scoring.diagnostics import AgainstSource, Column, Diagnostic, Outputs, Remark, Span, Threshold, spans


def _differences(source: str, content: str, outputs: Outputs) -> tuple[Span, ...]:
    missing: tuple[names.Name, ...] = ()
    if outputs.kind == "translation" and content.strip():
        missing = names.missing(source, content, outputs.hindi_names if outputs.target == ENGLISH else ())
    unsupported = names.unsupported(source, content)
    return spans(missing, [each for each in unsupported if each.text.lower() not in outputs.pieces])


def _could_fail(source: str, content: str, outputs: Outputs) -> bool:
    if names.find(content) or names.titled(content):
        return True
    return outputs.kind == "translation" and bool(names.titled(source))


_RULE = AgainstSource(_differences, _could_fail, lambda outputs: outputs.target in (ENGLISH, HINDI))
DIAGNOSTIC = Diagnostic(
    place=66,
    label="outputs with a name that has no counterpart in the source, or without a name of the source",
    unit="percent",
    count=_RULE.count,
    marks=_RULE.marks,
    spans=_RULE.spans,
    column=Column(
        "other names",
        "outputs with a name that has no counterpart in the source, or the reverse, of those with names",
        fraction=True, always=False,
    ),
    remark=Remark(
        "{part} of {whole} outputs with names have a name without a counterpart in their source, or lack one",
        from_percent=15,
    ),
    threshold=Threshold(None, "share of outputs with names that are not the source's"),
)  # fmt: skip
