"""Say what it costs if outputs and references end Hindi sentences in different marks; pure.

Hindi sentences end in a danda. Many references end in a full stop, or in a pipe typed for a danda, and a system that
writes dandas loses points for every one of them. Normalisation leaves these marks alone: a full stop is part of how a
text was written, and another normal form would make all earlier results incomparable. So the scores stay as they are,
and a note says what the marks cost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from harness.core.text import sentences

# Outputs or references, one text per unit; None where a version of the references has a gap.
Texts = Sequence[str | None]
# The scores by metric of outputs against versions of references.
Score = Callable[[Sequence[str], Sequence[Texts]], Mapping[str, float]]

DANDA = "\u0964"
_MARKS = {
    "a full stop": re.compile(r"(?<=[^\s.])\s?\.(?=[\"'”’»)\]]*\Z)"),
    "a pipe": re.compile(r"\s?\|{1,2}(?=[\"'”’»)\]]*\Z)"),
}
_LEAST_DIFFERENCE = 0.01  # between the shares of outputs and of references that have a mark
_LEAST_COST = 0.05  # points: less is not shown


def unify(content: str) -> str:
    """Return a Hindi text in which each sentence that ends in a full stop or a pipe ends in a danda."""
    parts = []
    position = 0
    for start, end in sentences.split(content):
        sentence = content[start:end]
        for pattern in _MARKS.values():
            sentence = pattern.sub(DANDA, sentence)
        parts += [content[position:start], sentence]
        position = end
    return "".join([*parts, content[position:]])


def remark(outputs: Sequence[str], references: Sequence[Texts], target: str, score: Score) -> str | None:
    """Return what differing marks cost a system; None if they do not differ, or if it is less than 0.05 points.

    Args:
        outputs: one text per unit.
        references: by version, one text per unit.
        target: language of both; only Devanagari has dandas.
        score: is called twice, and only if the marks differ.
    """
    if not target.endswith("_Deva"):
        return None
    written = [text for stream in references for text in stream if text is not None]
    counts = {mark: (_count(pattern, outputs), _count(pattern, written)) for mark, pattern in _MARKS.items()}
    different = {
        mark: (ours, theirs)
        for mark, (ours, theirs) in counts.items()
        if abs(ours / len(outputs) - theirs / len(written)) > _LEAST_DIFFERENCE
    }
    if not different:
        return None
    given = score(outputs, references)
    unified = score(
        [unify(text) for text in outputs], [[text and unify(text) for text in stream] for stream in references]
    )
    costs = {name: abs(unified[name] - value) for name, value in given.items()}
    shown = ", ".join(f"{cost:.1f} {name}" for name, cost in costs.items() if cost >= _LEAST_COST)
    if not shown:
        return None
    marks_used = "; ".join(
        f"{ours} of {len(outputs)} outputs and {theirs} of {len(written)} references end in {mark}"
        for mark, (ours, theirs) in different.items()
    )
    return f"{marks_used}, where Hindi has a danda: this costs {shown}; write {DANDA} in both"


def marks(outputs: Sequence[str], target: str) -> str | None:
    """Return with which marks outputs end, if 1% or more do not end in a danda but in another mark; else None.

    Without references nobody knows what this costs, but references are rarely as mixed as such outputs.
    """
    if not target.endswith("_Deva"):
        return None
    counts = {mark: _count(pattern, outputs) for mark, pattern in _MARKS.items()}
    if sum(counts.values()) <= _LEAST_DIFFERENCE * len(outputs):
        return None
    counts["a danda"] = sum(content.rstrip(" \"'”’»)]").endswith(DANDA) for content in outputs)
    first, *others = [f"{count} of {len(outputs)} outputs end in {mark}" for mark, count in counts.items() if count]
    rest = "".join(f", {each.replace(f' of {len(outputs)} outputs end', '')}" for each in others)
    return f"{first}{rest}: against references with other marks this costs points; write {DANDA} at the end of each"


def _count(pattern: re.Pattern[str], texts: Sequence[str]) -> int:
    """Return how many texts end in a mark."""
    return sum(pattern.search(content.rstrip()) is not None for content in texts)
