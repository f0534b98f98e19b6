"""Numbered outputs: "1. text", "2. text", ... in the order of the sources.

A text may begin with a number of its own, so outputs count only if at least three, and at least half of all, begin
with their own place in the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.scoring.diagnostics import Column, Diagnostic, Remark, count_changed

_LEAST, _LEAST_SHARE = 3, 0.5
_NUMBER = re.compile(r"^\s*[\[(#]?(?P<number>\d{1,7})(?:[\]).:]+\s+|[\]).:]*\t\s*)")


def _clean(texts: Sequence[str]) -> list[str]:
    matches = [_NUMBER.match(content) for content in texts]
    for first in (0, 1):
        places = {
            index: match.end()
            for index, match in enumerate(matches)
            if match is not None and int(match["number"]) == index + first
        }
        if len(places) >= max(_LEAST, _LEAST_SHARE * len(texts)):
            return [content[places.get(index, 0) :] for index, content in enumerate(texts)]
    return list(texts)


DIAGNOSTIC = Diagnostic(
    place=84,
    label="numbered outputs",
    unit="percent",
    count=count_changed(_clean),
    column=Column("numbered", "outputs that begin with their own number", always=False),
    remark=Remark("{part} of {whole} outputs begin with their own number"),
    clean=_clean,
)
