"""Byte order marks (U+FEFF) inside outputs: files that were joined, each of which began with one."""

from __future__ import annotations

from harness.scoring.diagnostics import Column, Diagnostic, Remark, cleaned_by, count_changed

# With underscores, as in JSON and CSV.
PROVIDES = ("byte_order_mark",)

_MARK = "\ufeff"


def _clean(text: str) -> str:
    return text.replace(_MARK, "")


_cleaned = cleaned_by(_clean, (_MARK,))

DIAGNOSTIC = Diagnostic(
    place=87,
    label="outputs with a byte order mark",
    unit="percent",
    count=count_changed(_cleaned),
    column=Column("BOM", "outputs with a byte order mark (U+FEFF)", always=False),
    remark=Remark("{part} of {whole} outputs contain a byte order mark (U+FEFF), which no editor shows"),
    clean=_cleaned,
)
