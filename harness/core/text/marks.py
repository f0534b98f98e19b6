"""Marks that a system is asked to keep, by which its output for an article is divided exactly into segments; pure.

With `ids`, each segment is a line that begins with its number, from 1: "[7] The minister said ...". With `lines`, each
segment is a line. Marks are believed only if the output has all of them, once and in order; else they say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import regex

from harness.core.text import LINE_ENDS, is_blank

Marks = Literal["none", "lines", "ids"]

# The beginning of a line: a number of Latin or Devanagari digits in square brackets, perhaps in bold.
_ID = regex.compile(rf"(?:\A|(?<=[{LINE_ENDS}]))[^\S{LINE_ENDS}]*\**\[(\d{{1,5}})\]\**:?")
_LINE = regex.compile(f"[^{LINE_ENDS}]+")

Span = tuple[int, int]  # offsets in characters: the first, and that after the last


def marked(segments: Sequence[str], marks: Marks) -> str:
    """Return the segments of an article as a system is given them, one on each line.

    White space inside a segment, line ends too, becomes single spaces.
    """
    lines = [" ".join(segment.split()) for segment in segments]
    if marks == "ids":
        lines = [f"[{number}] {line}" for number, line in enumerate(lines, start=1)]
    return "\n".join(lines)


def spans(output: str, segments: int, marks: Marks) -> tuple[Span, ...] | None:
    """Return where the piece of each segment is in an output, without its mark; None if the marks were not kept.

    Text before the first number belongs to no segment, so that numbers were not kept if there is some.
    """
    if marks == "ids":
        return _by_ids(output, segments)
    if marks == "lines":
        lines = [match.span() for match in _LINE.finditer(output) if not is_blank(match[0])]
        return tuple(lines) if len(lines) == segments else None
    return None


def unmarked(output: str, segments: int, marks: Marks) -> tuple[str, ...] | None:
    """Return the piece of each segment, on one line and without its mark; None if the marks were not kept."""
    places = spans(output, segments, marks)
    return None if places is None else tuple(" ".join(output[start:end].split()) for start, end in places)


def between(output: str) -> tuple[Span, ...]:
    """Return the parts of an output between its numbers, from its beginning to its end."""
    numbers = [match.span() for match in _ID.finditer(output)]
    begins, ends = [0, *(end for _, end in numbers)], [*(start for start, _ in numbers), len(output)]
    return tuple(zip(begins, ends, strict=True))


def blanked(output: str, marks: Marks) -> str:
    """Return an output with spaces in the place of its numbers, so that offsets stay the same."""
    return _ID.sub(lambda match: " " * len(match[0]), output) if marks == "ids" else output


def _by_ids(output: str, segments: int) -> tuple[Span, ...] | None:
    matches = [*_ID.finditer(output)]
    if [int(match[1]) for match in matches] != [*range(1, segments + 1)]:
        return None
    if matches and not is_blank(output[: matches[0].start()]):
        return None
    ends = [*(match.start() for match in matches[1:]), len(output)]
    return tuple((match.end(), end) for match, end in zip(matches, ends, strict=True))
