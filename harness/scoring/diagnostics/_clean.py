"""Remove residue, such as a preamble or special tokens, from outputs, and count the outputs that contain some."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from itertools import accumulate

from harness.core.scores import Count
from harness.scoring.diagnostics._outputs import Outputs

# Return the outputs of one sample, in the order of their sources, without a fault. An output without it stays as it is.
Clean = Callable[[Sequence[str]], list[str]]


def with_residue(outputs: Outputs, references: Sequence[Sequence[str | None]], clean: Clean) -> list[bool]:
    """Return which outputs `clean` changes, unless it changes a reference of their source too; empty if none."""
    changed = [_changed(texts, clean) for texts in outputs.samples]
    if not any(map(any, changed)):
        return []
    excused = [False] * len(outputs.by_source)
    for stream in references:
        for index, is_changed in enumerate(_changed([content or "" for content in stream], clean)):
            excused[index] |= is_changed
    return [
        is_changed and not is_excused
        for of_source, is_excused in zip(zip(*changed, strict=True), excused, strict=True)
        for is_changed in of_source
    ]


def count_changed(clean: Clean) -> Callable[[Outputs], Count]:
    """Return the rule that counts the outputs which `clean` changes."""

    def count(outputs: Outputs) -> Count:
        return Count(sum(sum(_changed(texts, clean)) for texts in outputs.samples), len(outputs.texts))

    return count


def _changed(texts: Sequence[str], clean: Clean) -> list[bool]:
    return [before != after for before, after in zip(texts, clean(texts), strict=True)]


def cleaned_by(clean: Callable[[str], str], marks: Collection[str]) -> Clean:
    """Return the function that cleans each output by itself.

    Args:
        clean: changes an output only if one of `marks` is in it.
        marks: strings in lower case. Looking for them costs far less than a regular expression over every output.
    """

    def cleaned(texts: Sequence[str]) -> list[str]:
        result = list(texts)
        for index in containing(marks, texts):
            result[index] = clean(texts[index])
        return result

    return cleaned


def containing(marks: Collection[str], texts: Sequence[str]) -> list[int]:
    """Return the index of each text that contains one of these strings, upper and lower case alike."""
    everything, ends = _together(tuple(texts))
    indices = set()
    for mark in marks:
        place = everything.find(mark)
        while place >= 0:
            index = bisect_right(ends, place)
            indices.add(index)
            place = everything.find(mark, ends[index])
    return sorted(indices)


@lru_cache(maxsize=2)
def _together(texts: tuple[str, ...]) -> tuple[str, list[int]]:
    """Return all texts in one string, in lower case, and where each ends. Kept, because each diagnostic needs it.

    A line end, which is in no mark, is between texts. One search in this string costs less than one in each text.
    """
    lowered = [content.lower() for content in texts]
    return "\n".join(lowered), [*accumulate(len(content) + 1 for content in lowered)]
