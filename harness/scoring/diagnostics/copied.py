"""Copying: the share of the outputs' runs of four words that occur in their own source."""

from __future__ import annotations

from harness.core.scores import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs, runs_of_words


def _count(outputs: Outputs) -> Count | None:
    if not outputs.sources:
        return None
    runs = copied = 0
    for words, source in outputs.words_with_source:
        in_source = set(runs_of_words(source))
        of_output = runs_of_words(words)
        runs += len(of_output)
        copied += sum(run in in_source for run in of_output)
    return Count(copied, runs)


DIAGNOSTIC = Diagnostic(
    place=55,
    label="4-grams copied from the source",
    unit="percent",
    count=_count,
    column=Column("copied", "share of runs of four words that occur in the source"),
)
