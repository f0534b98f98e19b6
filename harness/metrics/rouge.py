"""ROUGE-1, -2 and -L F-measures (Lin 2004), as rouge-score computes them but with words that Hindi has.

rouge-score's own tokenizer drops all Devanagari, so Hindi is cut by `harness.text.words`; every other language by
rouge-score's tokenizer, without stemming. A segment's score is that of its best reference, and *one* reference is best
for all types together (highest sum of ROUGE-1, -2 and -L; rouge-score chooses for each type on its own, which scores a
text against two references at once). A system's score is the mean over segments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.metadata import version
from typing import Any

import numpy as np
from rapidfuzz.distance import LCSseq

from harness import text
from harness.metrics import FloatArray, Metric

PROVIDES = ("rouge1", "rouge2", "rougeL")

_TYPES = {"rouge1": 0, "rouge2": 1, "rougeL": 2}


class Rouge(Metric):
    """Statistics: the segment's F-measure on 0-100, and 1."""

    citation = "Lin (2004), ROUGE: A Package for Automatic Evaluation of Summaries, https://aclanthology.org/W04-1013"

    def __init__(self, name: str, language: str) -> None:
        super().__init__(name, language)
        self.normalises = True

    def score(self, statistics: FloatArray) -> FloatArray:
        """Return the mean over segments."""
        return np.asarray(statistics[..., 0] / np.maximum(statistics[..., 1], 1.0))

    def has_tokens(self, hypothesis: str) -> bool:
        """Whether the text holds a word of the output language (a Hindi text has none for English ROUGE)."""
        return bool(_tokens(self._normalise(hypothesis), self.language))

    def _statistics(self, hypotheses: list[str], references: list[list[str]]) -> FloatArray:
        column = _TYPES[self.name]
        by_segment = zip(*references, strict=True)
        values = [
            _best(hypothesis, streams, self.language)[column]
            for hypothesis, streams in zip(hypotheses, by_segment, strict=True)
        ]
        return np.column_stack([np.asarray(values), np.ones(len(values))])

    def _signature(self, references: int) -> str:
        tokenizer = "hindi-words.1" if self.language.endswith("_Deva") else f"rouge-score-{version('rouge-score')}"
        return f"nrefs:{references}|best:joint|tok:{tokenizer}|stem:no|case:lc|f:1|agg:mean"


@lru_cache(maxsize=50_000)
def _best(hypothesis: str, references: tuple[str, ...], language: str) -> tuple[float, float, float]:
    """Return ROUGE-1, -2 and -L (0-100) against the reference that is best for the three together."""
    words = _tokens(hypothesis, language)
    scored = [f_measures(words, _tokens(reference, language)) for reference in references]
    return max(scored, key=sum)


def f_measures(hypothesis: Sequence[str], reference: Sequence[str]) -> tuple[float, float, float]:
    """Return the F-measures (0-100) of ROUGE-1, -2 and -L for two lists of words; 0 when either is empty."""
    overlaps = []
    for order in (1, 2):
        found, wanted = (
            Counter(zip(*(words[i:] for i in range(order)), strict=False)) for words in (hypothesis, reference)
        )
        overlaps.append(_f_measure((found & wanted).total(), found.total(), wanted.total()))
    longest = LCSseq.similarity(hypothesis, reference) if hypothesis and reference else 0
    return overlaps[0], overlaps[1], _f_measure(longest, len(hypothesis), len(reference))


def _f_measure(matches: int, hypothesis: int, reference: int) -> float:
    """Return 100 * 2PR / (P + R), which is 200 * matches / (both lengths)."""
    return 200.0 * matches / (hypothesis + reference) if matches else 0.0


@lru_cache(maxsize=50_000)
def _tokens(content: str, language: str) -> tuple[str, ...]:
    if language.endswith("_Deva"):
        return tuple(text.words(content))
    return tuple(_latin_tokenizer().tokenize(content))


@cache
def _latin_tokenizer() -> Any:
    from rouge_score.tokenizers import DefaultTokenizer

    return DefaultTokenizer(use_stemmer=False)


METRICS = dict.fromkeys(_TYPES, Rouge)
