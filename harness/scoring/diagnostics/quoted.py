"""Quoted outputs: the whole output is between quotation marks, as chat models write an answer.

A headline may be a quotation, so the remark waits until half of the outputs are.
"""

from __future__ import annotations

import re

from harness.scoring.diagnostics import Column, Diagnostic, Remark, cleaned_by, count_changed

_QUOTED = re.compile(
    r"""^\s*(?:"(?P<a>[^"]+)"|“(?P<b>[^“”]+)”|«(?P<c>[^«»]+)»|„(?P<d>[^„“”]+)[“”]|`(?P<e>[^`]+)`)\s*$"""
)


def _clean(text: str) -> str:
    match = _QUOTED.match(text)
    return text if match is None else next(content for content in match.groups() if content is not None).strip()


_cleaned = cleaned_by(_clean, ('"', "“", "«", "„", "`"))

DIAGNOSTIC = Diagnostic(
    place=85,
    label="outputs in quotation marks",
    unit="percent",
    count=count_changed(_cleaned),
    column=Column("quoted", "outputs that are between quotation marks", always=False),
    remark=Remark("{part} of {whole} outputs are between quotation marks", from_percent=50),
    clean=_cleaned,
)
