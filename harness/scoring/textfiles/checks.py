"""What can be wrong with files of texts: their language, copies, gaps, and their order; pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from harness.core import text
from harness.core.errors import InputError

# A file in the wrong language has next to nothing in the right script; names and loans never come near this.
_MIN_SCRIPT_SHARE = 0.3
# So many lines of a file tell its script.
_SCRIPT_SAMPLE = 300
# So many lines tell whether two files are in one order; with fewer than the least, chance could.
_ORDER_SAMPLE, _LEAST_ORDER_SAMPLE = 300, 20
# Words that an output shares with its own reference, against those it shares with another's: 7 times as many for the
# poorest of the systems of WMT14 hi-en, as many when the documents are in another order.
_MIN_ORDER_RATIO = 1.25


@dataclass(frozen=True, slots=True)
class Texts:
    """One file, or one version of a file of references."""

    path: Path
    ids: tuple[str, ...] | None
    texts: tuple[str, ...]
    articles: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    version: str = ""  # of a file that holds several

    def __str__(self) -> str:
        return f"{self.path} (version {self.version})" if self.version else str(self.path)


def check_script(what: str, given: Texts, target: str) -> None:
    """Raise InputError where next to no letter is in the script of `target`; `what` is the word for the texts."""
    sample = "\n".join(given.texts[:: max(1, len(given.texts) // _SCRIPT_SAMPLE)])
    share = text.script_share(sample, target.rpartition("_")[2])
    if share < _MIN_SCRIPT_SHARE and any(character.isalpha() for character in sample):
        raise InputError(
            f"{given}: expected {what} in {target}, but only {share:.0%} of the letters are in that script; "
            "is this the source, or another task's file?"
        )


def refuse_same_text(streams: Mapping[str, Texts], outputs: Mapping[str, Texts], origin: Texts | None) -> None:
    """Raise InputError for copies: a reference among the hypotheses would win, one given twice is no second one.

    The source is neither an output nor a reference, also where all are in one language.
    """
    for what, given in (("hypothesis", outputs), ("reference", streams)):
        for copy in given.values():
            if origin is not None and copy.texts == origin.texts:
                raise InputError(
                    f"{copy}: the {what} is the source {origin}, line for line; "
                    f"give what a {'system produced' if what == 'hypothesis' else 'person wrote'}"
                )
    for reference in streams.values():
        for output in outputs.values():
            if output.texts == reference.texts:
                raise InputError(
                    f"{output}: the hypothesis is the reference {reference}, line for line; give what a system produced"
                )
    for one, other in combinations(streams.values(), 2):
        if one.texts == other.texts:
            raise InputError(f"{other}: the reference is {one}, line for line; give each text once")


def oddities(streams: Mapping[str, Texts], outputs: Mapping[str, Texts], origin: Texts | None) -> list[str]:
    """Return what a reader of the table should know of the files; empty outputs are counted where they are scored."""
    notes = []
    for what, given in (*(("references", s) for s in streams.values()), *((("sources", origin),) if origin else ())):
        empty = [index for index, content in enumerate(given.texts) if not content.strip()]
        if empty:
            where = given.ids[empty[0]] if given.ids else f"line {empty[0] + 1}"
            notes.append(f"Warning: {given}: {len(empty)} of {len(given.texts)} {what} are empty, first {where}")
    for stream in streams.values():
        shuffled = [name for name, output in outputs.items() if _out_of_order(output.texts, stream.texts)]
        if shuffled:
            notes.append(
                f"Warning: {stream} fits {', '.join(shuffled)} no better line by line than shifted: "
                "are the files in the same order of segments?"
            )
    for (name, one), (other_name, other) in combinations(outputs.items(), 2):
        if one.texts == other.texts:
            notes.append(f"Warning: {name} and {other_name} are the same, line for line: {one}, {other}")
    return notes


def _out_of_order(outputs: Sequence[str], references: Sequence[str]) -> bool:
    """Whether outputs share no more words with their own references than with those of other segments."""
    step = max(1, len(outputs) // _ORDER_SAMPLE)
    sample = [
        (set(text.words(a)), set(text.words(b))) for a, b in zip(outputs[::step], references[::step], strict=True)
    ]
    if len(sample) < _LEAST_ORDER_SAMPLE:
        return False
    half = len(sample) // 2
    own = math.fsum(_overlap(a, b) for a, b in sample)
    other = math.fsum(_overlap(sample[index][0], sample[index - half][1]) for index in range(len(sample)))
    return own < _MIN_ORDER_RATIO * other


def _overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(1, len(one | other))
