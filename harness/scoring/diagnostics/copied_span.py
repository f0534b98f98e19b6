"""The longest piece that a summary copies from its article: its share of the summary's words.

A piece is a run of four or more words that stand in the article in the same order without a gap; shorter runs count 0.
A lead has one piece, 100%; a summary of three copied sentences has a third or more. A single output is marked from 60%
on, if the piece has ten words or more. `copied` says how much is copied in all.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from harness.core import text
from harness.core.scores import Count
from harness.scoring.diagnostics import RUN, Column, Diagnostic, Outputs, Span, Threshold, runs_of_words

# With an underscore, as in a config.
PROVIDES = ("copied_span",)

_MARKED_FROM = 0.6
_LEAST_MARKED = 10
_WORD = regex.compile(r"\S+")


def _pieces(outputs: Outputs) -> Iterator[tuple[int, int, int]]:
    """Yield for each output where its longest copied piece starts, in words, the piece's words, and all its words."""
    for words, of_source in outputs.words_with_source:
        places: dict[tuple[int, ...], list[int]] = {}
        for place, run in enumerate(runs_of_words(of_source)):
            places.setdefault(run, []).append(place)
        best = (0, 0)
        ends: dict[int, int] = {}  # of the runs that match here: place in the source, and runs in a row
        for index, run in enumerate(runs_of_words(words)):
            ends = {place: ends.get(place - 1, 0) + 1 for place in places.get(run, ())}
            longest = max(ends.values(), default=0)
            if longest and longest + RUN - 1 > best[1]:
                best = (index - longest + 1, longest + RUN - 1)
        yield *best, len(words)


def _applies(outputs: Outputs) -> bool:
    return bool(outputs.sources) and outputs.kind == "summarisation"


def _count(outputs: Outputs) -> Count | None:
    if not _applies(outputs):
        return None
    lengths = [(piece, words) for _, piece, words in _pieces(outputs)]
    return Count(sum(piece for piece, _ in lengths), sum(words for _, words in lengths))


def _is_marked(piece: int, words: int) -> bool:
    return piece >= max(_LEAST_MARKED, _MARKED_FROM * words)


def _marks(outputs: Outputs) -> list[bool] | None:
    return [_is_marked(piece, words) for _, piece, words in _pieces(outputs)] if _applies(outputs) else None


def _spans(outputs: Outputs) -> list[tuple[Span, ...]] | None:
    if not _applies(outputs):
        return None
    pieces = zip(outputs.texts, _pieces(outputs), strict=True)
    return [
        _span(content, first, piece) if _is_marked(piece, words) else () for content, (first, piece, words) in pieces
    ]


def _span(content: str, first: int, piece: int) -> tuple[Span, ...]:
    """Return the place of a piece in characters."""
    places = [match.span() for match in _WORD.finditer(content) for _ in text.words(match[0])]
    start, end = places[first][0], places[first + piece - 1][1]
    return (Span("output", content[start:end], start, end),)


DIAGNOSTIC = Diagnostic(
    place=56,
    label="words in the longest piece copied from the article",
    unit="percent",
    count=_count,
    marks=_marks,
    spans=_spans,
    column=Column(
        "longest copy", "share of a summary's words in the longest piece copied from its article", always=False
    ),
    threshold=Threshold(None, "share of the words that are in the longest piece copied from the article"),
)
