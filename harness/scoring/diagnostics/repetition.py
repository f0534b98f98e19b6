"""Repetition: the share of an output's runs of four words that it contained before; mean over outputs.

Outputs of fewer than four words do not count. "a b c d a b c d" has five runs, and the last one repeats the first: 0.2.
A single output is marked from a tenth on: fluent long texts repeat a name or a phrase now and then.
"""

from __future__ import annotations

import math

from harness.core.scores import Count
from harness.scoring.diagnostics import RUN, Column, Diagnostic, Outputs, Remark, Threshold, runs_of_words

_MARKED_FROM = 0.1


def _count(outputs: Outputs) -> Count:
    shares = [share for words in outputs.words if (share := _share(words)) is not None]
    return Count(math.fsum(shares), len(shares))


def _share(words: list[int]) -> float | None:
    # If a run repeats an earlier one, each of its four words repeats an earlier word. Few outputs get past this.
    if len(words) >= RUN and len(words) - len(set(words)) < RUN:
        return 0.0
    runs = runs_of_words(words)
    return 1 - len(set(runs)) / len(runs) if runs else None


DIAGNOSTIC = Diagnostic(
    place=50,
    label="repeated 4-grams",
    unit="percent",
    count=_count,
    column=Column("repeated", "share of runs of four words that the output contained before"),
    remark=Remark("outputs repeat themselves: {percent} of their runs of four words occurred before", from_percent=5),
    threshold=Threshold(1.0, "share of repeated 4-grams, mean of outputs"),
    marks=lambda outputs: [(_share(words) or 0.0) >= _MARKED_FROM for words in outputs.words],
)
