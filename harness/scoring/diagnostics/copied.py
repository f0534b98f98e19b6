"""Copying: the share of the outputs' runs of four words that occur in their own source.

A single output is marked if at least half of its runs are copied, or if it has the source's words and no others.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.scores import Count
from harness.scoring.diagnostics import Column, Diagnostic, Outputs, runs_of_words

_MARKED_FROM = 0.5


def _shares(outputs: Outputs) -> Iterator[tuple[int, int, bool]]:
    """Yield for each output its copied runs, all its runs, and whether its words are those of the source."""
    for words, of_source in outputs.words_with_source:
        runs, in_source = runs_of_words(words), set(runs_of_words(of_source))
        yield sum(run in in_source for run in runs), len(runs), bool(words) and words == of_source


def _count(outputs: Outputs) -> Count | None:
    if not outputs.sources:
        return None
    copied = runs = 0
    for of_output, all_runs, _ in _shares(outputs):
        copied += of_output
        runs += all_runs
    return Count(copied, runs)


def _marks(outputs: Outputs) -> list[bool] | None:
    if not outputs.sources:
        return None
    return [is_all or copied >= max(_MARKED_FROM * runs, 1) for copied, runs, is_all in _shares(outputs)]


DIAGNOSTIC = Diagnostic(
    place=55,
    label="4-grams copied from the source",
    unit="percent",
    count=_count,
    column=Column("copied", "share of runs of four words that occur in the source"),
    marks=_marks,
)
