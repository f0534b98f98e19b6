"""Find the places at which the text of an article may be cut into the pieces of its segments; pure."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import regex

from harness.core.text import LINE_ENDS, sentences

IntArray = npt.NDArray[np.int64]

# A cut at the end of a sentence or a line, after a sign that ends a clause, or between other words.
CutKind = Literal["sentence", "clause", "word"]
_KINDS: tuple[CutKind, ...] = ("sentence", "clause", "word")
SENTENCE, CLAUSE, WORD = range(3)

# Without another cut there is one after so many words.
_WORDS = 4

_WORD = regex.compile(r"\S+")
_CLAUSE_END = regex.compile(r"[,;:،]['\")\]”’]*$|^[-–—]+$")
_LINE_END = regex.compile(f"[{LINE_ENDS}]")


@dataclass(frozen=True, slots=True)
class Cuts:
    """The words of a text and the cuts between them. A position is a number of characters without white space."""

    starts: tuple[int, ...]  # of each word: offset in the text
    ends: tuple[int, ...]  # of each word: offset after its last character
    words: IntArray  # position before each word, and at the end: [words + 1]
    kinds: IntArray  # of the cut before each word, and at the end: SENTENCE, CLAUSE or WORD

    @property
    def length(self) -> int:
        """Characters of the text without white space."""
        return int(self.words[-1])

    def coarse(self) -> IntArray:
        """Return the words before which a cut is tried first: all ends of sentences and clauses, and some others."""
        chosen = [0]
        for index in range(1, len(self.kinds)):
            is_end = index == len(self.starts)
            if self.kinds[index] != WORD or is_end or index - chosen[-1] >= _WORDS:
                chosen.append(index)
        return np.array(chosen, dtype=np.int64)


def of(text: str) -> Cuts:
    """Return the cuts of a text."""
    spans = [match.span() for match in _WORD.finditer(text)]
    starts, ends = tuple(start for start, _ in spans), tuple(end for _, end in spans)
    kinds = np.full(len(spans) + 1, WORD, dtype=np.int64)
    kinds[0] = kinds[-1] = SENTENCE
    for index, (start, end) in enumerate(spans[:-1], start=1):
        if _LINE_END.search(text, end, starts[index]):
            kinds[index] = SENTENCE
        elif _CLAUSE_END.search(text[start:end]):
            kinds[index] = CLAUSE
    for _, end in sentences.split(text):
        # A sentence may end inside a word, as in "end.Next"; cut after that word.
        kinds[bisect_left(ends, end) + 1 if end else 0] = SENTENCE
    words = np.concatenate([[0], np.cumsum([end - start for start, end in spans], dtype=np.int64)])
    return Cuts(starts, ends, words.astype(np.int64), kinds)
