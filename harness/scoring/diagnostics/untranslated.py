"""Outputs with a part that is not translated: Devanagari or romanised Hindi in English, English in Hindi.

The parts are those of `harness.core.text.untranslated`. Outputs that are mostly in another script or language do not
count: see `wrong_script` and `wrong_language`. The whole is all other outputs that are not empty. A single Hindi word
in Latin letters is not seen, because it can be a name or a borrowed word.

Known for outputs in English and Hindi. Tried on newstest2014 hi-en: of 2,507 reference translations 1 counts. If one to
four words of the source are put into a reference in Devanagari, 99% count; four to eight in Latin letters, 84%
(`python -m tests.ledger`).
"""

from __future__ import annotations

from harness.core import text
from harness.core.records import ENGLISH, HINDI
from harness.core.text import untranslated
from harness.scoring.diagnostics import AgainstSource, Column, Diagnostic, Outputs, Remark, Span, Threshold, spans

_FINDERS = {ENGLISH: untranslated.in_english, HINDI: untranslated.in_hindi}
_LEAST_SHARE = 0.5  # of the letters in the script of the output language, as in `wrong_script`


def _parts(source: str, content: str, outputs: Outputs) -> tuple[Span, ...]:
    parts = _FINDERS[outputs.target](content, source)
    return spans((), parts) if parts and _could_fail(source, content, outputs) else ()


def _could_fail(source: str, content: str, outputs: Outputs) -> bool:
    inside, total = text.script_counts(content, outputs.target.rpartition("_")[2])
    return total > 0 and inside / total >= _LEAST_SHARE


_RULE = AgainstSource(_parts, _could_fail, lambda outputs: outputs.target in _FINDERS)
DIAGNOSTIC = Diagnostic(
    place=69,
    label="outputs with a part that is not translated",
    unit="percent",
    count=_RULE.count,
    marks=_RULE.marks,
    spans=_RULE.spans,
    column=Column(
        "untranslated", "outputs with words in the source's script, or Hindi in Latin letters, amid the rest",
        fraction=True, always=False,
    ),
    remark=Remark("{part} of {whole} outputs have a part that is not translated", from_percent=1),
    threshold=Threshold(None, "share of outputs with a part that is not translated"),
)  # fmt: skip
