"""Lines of a decoder's log: fairseq's "H-0<tab>-0.3<tab>text" and Marian's "0 ||| text ||| F0= -1.2 ||| -1.2"."""

from __future__ import annotations

import re

from harness.scoring.diagnostics import Column, Diagnostic, Remark, cleaned_by, count_changed

# With underscores, as in JSON and CSV.
PROVIDES = ("log_prefixes",)

_NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
_FAIRSEQ = re.compile(rf"^\s*[HDTSP]-\d+\t\s*(?:{_NUMBER}\t\s*)?")
_MARIAN = re.compile(r"^\s*\d+ \|\|\| (?P<text>.*?)(?: \|\|\| .*)?$", re.DOTALL)


def _clean(text: str) -> str:
    if match := _MARIAN.match(text):
        return match["text"]
    return _FAIRSEQ.sub("", text, count=1)


_cleaned = cleaned_by(_clean, ("\t", "|||"))

DIAGNOSTIC = Diagnostic(
    place=83,
    label="outputs that are lines of a log",
    unit="percent",
    count=count_changed(_cleaned),
    column=Column("log", "outputs that begin as a line of a decoder's log (H-0)", always=False),
    remark=Remark(
        "{part} of {whole} outputs are lines of a decoder's log (H-0 -0.3 ...): sort them and cut out the text"
    ),
    clean=_cleaned,
)
