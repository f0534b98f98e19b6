"""Placeholders that were not put back: <ID1>, with which IndicTrans2 hides numbers and addresses, and the like."""

from __future__ import annotations

import re

from harness.scoring.diagnostics import Column, Diagnostic, Remark, cleaned_by, count_changed

_PLACEHOLDER = re.compile(r"\s?<\s*(?:ID|NUM|NUMBER|URL|EMAIL|NAME|ENT|PER|LOC|ORG)[\s_-]*\d*\s*>", re.IGNORECASE)


def _clean(text: str) -> str:
    cleaned = _PLACEHOLDER.sub("", text)
    return text if cleaned == text else cleaned.strip()


_cleaned = cleaned_by(_clean, ("<",))

DIAGNOSTIC = Diagnostic(
    place=82,
    label="outputs with placeholders",
    unit="percent",
    count=count_changed(_cleaned),
    column=Column("placeholders", "outputs with <ID1> or another placeholder", always=False),
    remark=Remark("{part} of {whole} outputs contain a placeholder such as <ID1>: put back what it stands for"),
    clean=_cleaned,
)
