"""TextRank sentence extraction (Mihalcea and Tarau, 2004, "TextRank: Bringing Order into Texts", section 4).

Sentences are the nodes of a graph; the weight of an edge is the number of word types that two sentences share, divided
by log|a| + log|b|; PageRank with damping 0.85 ranks them, and the n best are given in reading order. Words are those of
Hindi scoring (`harness.core.text.words`). None is left out: the paper's part-of-speech filter has no counterpart here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from pydantic import Field

from harness.core import text
from harness.core.records import Source
from harness.models import Family, Model, PerSource, SystemOptions

_DAMPING = 0.85
_TOLERANCE = 1e-10


class Options(SystemOptions):
    """How many sentences are taken."""

    sentences: int = Field(default=1, ge=1, description="number of sentences")


def load(options: Options) -> Model:
    """Return the model."""

    def extract(source: Source) -> str:
        ranks = rank([text.words(sentence) for sentence in source.sentences])
        # The earlier sentence wins a tie: round the ranks to the solver's precision and sort them in a stable way.
        order = np.argsort(-np.round(ranks, 8), kind="stable")
        return " ".join(source.sentences[index] for index in sorted(order[: options.sentences]))

    return PerSource(extract, {"family": "textrank", "recipe": 1, "sentences": options.sentences})


def rank(sentences: Sequence[Sequence[str]]) -> npt.NDArray[np.float64]:
    """Return the PageRank of each tokenised sentence; the ranks are positive and sum to 1."""
    count = len(sentences)
    if not count:
        return np.zeros(0)
    weights = np.zeros((count, count))
    for i in range(count):
        for j in range(i):
            lengths = np.log(max(1, len(sentences[i]))) + np.log(max(1, len(sentences[j])))
            if lengths > 0:
                weights[i, j] = weights[j, i] = len(set(sentences[i]) & set(sentences[j])) / lengths
    totals = weights.sum(axis=0)
    # A sentence that shares no word with another links to all equally, like a page without links in PageRank.
    transition = np.where(totals > 0, weights / np.where(totals > 0, totals, 1.0), 1.0 / count)
    ranks = np.full(count, 1.0 / count)
    while True:
        updated = (1 - _DAMPING) / count + _DAMPING * transition @ ranks
        if np.abs(updated - ranks).sum() < _TOLERANCE:
            return np.asarray(updated / updated.sum())
        ranks = updated


FAMILY = Family(options=Options, load=load, kinds=("summarisation",), languages="same")
