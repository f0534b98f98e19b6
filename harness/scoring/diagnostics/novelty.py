"""The share of a summary's pairs of neighbouring words that its article does not have.

An extract has few: those where two sentences meet. A summary in own words has many, and so has one that invents. Words
are compared as ROUGE compares them.
"""

from __future__ import annotations

from itertools import pairwise

from harness.core.scores import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs, Threshold


def _count(outputs: Outputs) -> Count | None:
    if not outputs.sources or outputs.kind != "summarisation":
        return None
    new = pairs = 0
    for words, of_source in outputs.words_with_source:
        known = set(pairwise(of_source))
        of_output = list(pairwise(words))
        new += sum(pair not in known for pair in of_output)
        pairs += len(of_output)
    return Count(new, pairs)


DIAGNOSTIC = Diagnostic(
    place=57,
    label="pairs of words that the article does not have",
    unit="percent",
    count=_count,
    column=Column("new pairs", "share of a summary's pairs of words that its article does not have", always=False),
    threshold=Threshold(None, "share of the pairs of words that the article does not have"),
)
