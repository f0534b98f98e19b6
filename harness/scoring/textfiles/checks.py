"""Check files of texts for mistakes: their language, copies, empty texts, and their order; pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations

from harness.core import text
from harness.core.errors import InputError
from harness.core.text import is_blank
from harness.scoring.textfiles.read import Texts

# A file in the wrong language has almost no letters in the right script, despite names and loans.
_MIN_SCRIPT_SHARE = 0.3
_SCRIPT_SAMPLE = 300  # lines from which a file's script is judged
# Lines from which it is judged whether two files are in one order; with fewer than the least, chance could decide.
_ORDER_SAMPLE, _LEAST_ORDER_SAMPLE = 300, 20
# Words that an output shares with its own reference, divided by those that it shares with another segment's reference.
# It is 7 for the weakest system of WMT14 hi-en, and 1 if the documents are in another order.
_MIN_ORDER_RATIO = 1.25


def check_script(what: str, given: Texts, target: str) -> None:
    """Raise InputError if almost no letter is in the script of `target`; `what` is the word for the texts."""
    texts = given.present()
    sample = "\n".join(texts[:: max(1, len(texts) // _SCRIPT_SAMPLE)])
    share = text.script_share(sample, target.rpartition("_")[2])
    if share < _MIN_SCRIPT_SHARE and any(character.isalpha() for character in sample):
        raise InputError(
            f"{given}: expected {what} in {target}, but only {share:.0%} of the letters are in that script; "
            "is this the source, or another task's file?"
        )


def refuse_same_text(streams: Mapping[str, Texts], outputs: Mapping[str, Texts], origin: Texts | None) -> None:
    """Raise InputError for copies.

    A reference among the hypotheses would win, and a reference given twice is not a second one. The source is neither
    an output nor a reference, also if all are in one language.
    """
    for what, given in (("hypothesis", outputs), ("reference", streams)):
        for copy in given.values():
            if origin is not None and copy.same_texts(origin):
                raise InputError(
                    f"{copy}: the {what} is the source {origin}, line for line; "
                    f"give what a {'system produced' if what == 'hypothesis' else 'person wrote'}"
                )
    for reference in streams.values():
        for output in outputs.values():
            if output.same_texts(reference):
                raise InputError(
                    f"{output}: the hypothesis is the reference {reference}, line for line; give what a system produced"
                )
    for one, other in combinations(streams.values(), 2):
        if one.same_texts(other):
            raise InputError(f"{other}: the reference is {one}, line for line; give each text once")


def oddities(streams: Mapping[str, Texts], outputs: Mapping[str, Texts], origin: Texts | None) -> list[str]:
    """Return notes on the files for a reader of the table. Empty outputs are counted elsewhere, by `score_systems`."""
    every = [*streams.values(), *([origin] if origin else []), *outputs.values()]
    notes = [*dict.fromkeys(note for given in every for note in given.notes)]
    for what, given in (*(("references", s) for s in streams.values()), *((("sources", origin),) if origin else ())):
        empty = [index for index, content in enumerate(given.texts) if content is not None and is_blank(content)]
        if empty:
            notes.append(
                f"Warning: {given}: {len(empty)} of {len(given.texts)} {what} are empty, first {given.where(empty[0])}"
            )
        gaps = [index for index, content in enumerate(given.texts) if content is None]
        if gaps:
            notes.append(
                f"{given}: no reference for {len(gaps)} of {len(given.texts)} segments, first {given.where(gaps[0])}"
            )
    for stream in streams.values():
        shuffled = [name for name, output in outputs.items() if _out_of_order(output, stream)]
        if shuffled:
            notes.append(
                f"Warning: {stream} fits {', '.join(shuffled)} no better line by line than shifted: "
                "are the files in the same order of segments?"
            )
    for (name, one), (other_name, other) in combinations(outputs.items(), 2):
        if one.same_texts(other):
            notes.append(f"Warning: {name} and {other_name} are the same, line for line: {one}, {other}")
    return notes


def _out_of_order(outputs: Texts, references: Texts) -> bool:
    """Whether outputs share no more words with their own references than with those of other segments."""
    pairs = [
        (output, reference)
        for output, reference in zip(outputs.texts, references.texts, strict=True)
        if output is not None and reference is not None
    ]
    step = max(1, len(pairs) // _ORDER_SAMPLE)
    sample = [(set(text.words(output)), set(text.words(reference))) for output, reference in pairs[::step]]
    if len(sample) < _LEAST_ORDER_SAMPLE:
        return False
    half = len(sample) // 2
    own = math.fsum(_overlap(a, b) for a, b in sample)
    other = math.fsum(_overlap(sample[index][0], sample[index - half][1]) for index in range(len(sample)))
    return own < _MIN_ORDER_RATIO * other


def _overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(1, len(one | other))
