"""Signs apart from their words, as in "He came .": tokenised text that was not put together again.

A sign counts if a space stands before it: punctuation, a closing bracket, or 's. BLEU puts spaces around most signs
itself, but not before 's, and ROUGE drops signs, so scores may hardly show it.
"""

from __future__ import annotations

import re

import numpy as np

from harness.core.scores import Count
from harness.core.text.pieces import PieceTokenizer
from harness.scoring.diagnostics import Column, Diagnostic, Outputs, Remark, Threshold, cleaned_by

_APART = re.compile(r"\S [.,;:?!)\]%।॥](?:\s|$)|\S 's\b")
_SIGNS = (*".,;:?!)]%।॥", "'s")
# Each match contains one of these.
_MARKS = tuple(f" {sign}" for sign in _SIGNS)
# The pieces between white space that begin with a sign. Most texts have none, and need no other look.
_BEGINNING_WITH_SIGN = PieceTokenizer(
    lambda pieces: [("sign",) if piece.startswith(_SIGNS) else () for piece in pieces]
)
_BEFORE = re.compile(r"(?<=\S) (?=[.,;:?!)\]%।॥](?:\s|$)|'s\b)")
_AFTER = re.compile(r"(?<=[(\[]) (?=\S)")


def _clean(text: str) -> str:
    return _AFTER.sub("", _BEFORE.sub("", text)) if _APART.search(text) else text


def _count(outputs: Outputs) -> Count:
    (beginning_with_sign,) = _BEGINNING_WITH_SIGN.units(outputs.texts)
    candidates = np.flatnonzero(beginning_with_sign.lengths).tolist()
    return Count(sum(bool(_APART.search(outputs.texts[index])) for index in candidates), len(outputs.texts))


DIAGNOSTIC = Diagnostic(
    place=70,
    label="signs apart from words",
    unit="percent",
    count=_count,
    column=Column("apart", "outputs with a space before a sign", always=False),
    remark=Remark(
        "{part} of {whole} outputs have a space before a sign (He came .): are they still tokenised?", from_percent=10
    ),
    threshold=Threshold(1.0, "share of outputs with signs apart from their words"),
    clean=cleaned_by(_clean, _MARKS),
)
