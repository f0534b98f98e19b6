"""Align an output with a reference word by word, and find the words that only moved; pure.

A word is compared in the form that metrics compare (`text.normalise`), so that two encodings of one letter are equal.
Upper and lower case differ, and so do two inflected forms. A sign is a word of its own. White space belongs to the word
before it and is not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import regex
from rapidfuzz.distance import Indel

from harness.core import text
from harness.core.records import HINDI

Kind = Literal["equal", "insert", "delete", "change", "move"]

# A word as `text.words` reads it, or a sign, with its joined marks; then the white space after it. Every character of a
# text is in one match.
_TOKEN = regex.compile(
    r"(?:[\p{L}\p{M}\u200c\u200d]+|\p{N}+(?:[.,:]\p{N}+)*\p{M}*+|\S\p{M}*+(?:\u200d\S\p{M}*+)*+)\s*+|\s++"
)
_WORD = regex.compile(r"[\p{L}\p{N}]")

# Two texts of 20,000 words take 0.2 s. Of longer ones, only the equal words at both ends are found.
_MOST_PAIRS = 20_000 * 20_000
# A run of words counts as moved from this length. A shorter one, such as "of", occurs in many places by chance.
_LEAST_MOVED = 2
# Places that are tried for a pair of words that begins a moved run: more of them are repetition, not movement.
_MOST_PLACES = 8
# Comparisons of words in the search for moved runs; more are needed only if one word fills thousands of places.
_MOST_STEPS = 500_000


@dataclass(frozen=True, slots=True)
class Edit:
    """A run of words that the two texts share, or in which they differ.

    All `reference` fields of a result joined are the reference, and all `output` fields joined are the output.

        equal    both have the words; the texts may differ in white space and encoding
        insert   the output has them, the reference does not
        delete   the reference has them, the output does not
        change   each has other words here
        move     both have these words, at different places: one edit has them in `reference`, another in `output`
    """

    kind: Kind
    reference: str
    output: str


class _Token(NamedTuple):
    key: int  # equal for words that count as equal
    text: str  # with the white space after it
    is_word: bool  # and no sign


class _Block(NamedTuple):
    """Tokens reference[low:high] that stand for output[start:end]; both are equal, or they differ."""

    is_equal: bool
    low: int
    high: int
    start: int
    end: int


def differences(reference: str, output: str, *, language: str) -> tuple[Edit, ...]:
    """Return the edits that lead from a reference to an output, in reading order.

    Args:
        reference: any text.
        output: any text.
        language: FLORES code of both.

    Raises:
        ValueError: `language` is no such code.
    """
    theirs, ours = _tokens([reference, output], language)
    is_short = len(theirs) * len(ours) <= _MOST_PAIRS
    blocks = _blocks(theirs, ours) if is_short else _coarse(theirs, ours)
    moved_from, moved_to = _moves(theirs, ours, blocks) if is_short else ({}, {})
    edits: list[Edit] = []
    for block in blocks:
        if block.is_equal:
            edits.append(Edit("equal", _joined(theirs[block.low : block.high]), _joined(ours[block.start : block.end])))
        else:
            edits += _differing(
                _parts(theirs, block.low, block.high, moved_from), _parts(ours, block.start, block.end, moved_to)
            )
    return tuple(edits)


def nearest(references: Sequence[str | None], output: str, *, language: str = HINDI) -> int:
    """Return the index of the reference that needs the fewest edits of words; the first of equally near ones.

    The rules for Hindi, the default, leave words of other scripts as those of their own language do.

    Raises:
        ValueError: no reference has a text, or `language` is no FLORES code.
    """
    present = [(index, content) for index, content in enumerate(references) if content is not None]
    if not present:
        raise ValueError("expected a reference with a text, found none")
    if len(present) == 1:
        return present[0][0]
    ours, *others = _tokens([output, *(content for _, content in present)], language)
    return min(zip((index for index, _ in present), others, strict=True), key=lambda item: _distance(item[1], ours))[0]


def _distance(one: Sequence[_Token], other: Sequence[_Token]) -> int:
    if len(one) * len(other) > _MOST_PAIRS:
        return abs(len(one) - len(other))
    return Indel.distance([token.key for token in one], [token.key for token in other])


def _tokens(texts: Sequence[str], language: str) -> list[list[_Token]]:
    """Return the words of each text; equal words have one key in all of them."""
    numbers: dict[str, int] = {}
    known: dict[str, _Token] = {}
    lists = []
    for content in texts:
        pieces = _TOKEN.findall(content)
        for piece in pieces:
            if piece not in known:
                normalised, is_word = _read(piece, language)
                known[piece] = _Token(numbers.setdefault(normalised, len(numbers)), piece, is_word)
        lists.append([known[piece] for piece in pieces])
    text.normalise("", language)  # refuses a wrong code even if all texts are empty
    return lists


@lru_cache(maxsize=1 << 17)  # the words of a test set recur: this halves the time for a page of thousands of segments
def _read(piece: str, language: str) -> tuple[str, bool]:
    """Return the form of a token that is compared, and whether it is a word and no sign."""
    return text.normalise(piece, language), _WORD.search(piece) is not None


def _blocks(theirs: Sequence[_Token], ours: Sequence[_Token]) -> list[_Block]:
    """Return the alignment with the most equal words; neighbouring differences are one block."""
    blocks: list[_Block] = []
    for code in Indel.opcodes([token.key for token in theirs], [token.key for token in ours]):
        block = _Block(code.tag == "equal", code.src_start, code.src_end, code.dest_start, code.dest_end)
        if blocks and not blocks[-1].is_equal and not block.is_equal:
            block = blocks.pop()._replace(high=block.high, end=block.end)
        blocks.append(block)
    return blocks


def _coarse(theirs: Sequence[_Token], ours: Sequence[_Token]) -> list[_Block]:
    """Return three blocks: the equal words at the start, a difference, and the equal words at the end."""
    most = min(len(theirs), len(ours))
    first = next((index for index in range(most) if theirs[index].key != ours[index].key), most)
    most -= first
    last = next((index for index in range(most) if theirs[-1 - index].key != ours[-1 - index].key), most)
    low, high = len(theirs) - last, len(ours) - last
    blocks = [
        _Block(True, 0, first, 0, first),
        _Block(False, first, low, first, high),
        _Block(True, low, len(theirs), high, len(ours)),
    ]
    return [block for block in blocks if block.low < block.high or block.start < block.end]


def _moves(
    theirs: Sequence[_Token], ours: Sequence[_Token], blocks: Sequence[_Block]
) -> tuple[dict[int, int], dict[int, int]]:
    """Return the runs of words that only one text has at a place, and that the other has elsewhere.

    The runs of the reference and those of the output: the index of the first token, and that after the last. Longer
    runs are taken first, and a word is in one run only.
    """
    candidates = sorted(_candidates(theirs, ours, blocks), key=lambda run: (-run[2], run[0], run[1]))
    taken_from: set[int] = set()
    taken_to: set[int] = set()
    moved_from, moved_to = {}, {}
    for low, start, length in candidates:
        places, own_places = range(low, low + length), range(start, start + length)
        if taken_from.isdisjoint(places) and taken_to.isdisjoint(own_places):
            taken_from.update(places)
            taken_to.update(own_places)
            moved_from[low], moved_to[start] = low + length, start + length
    return moved_from, moved_to


def _candidates(
    theirs: Sequence[_Token], ours: Sequence[_Token], blocks: Sequence[_Block]
) -> Iterator[tuple[int, int, int]]:
    """Yield the longest equal runs of deleted and inserted tokens: index in the reference, in the output, length."""
    inserted: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for block in blocks:
        for place in range(block.start, 0 if block.is_equal else block.end - 1):
            places = inserted.setdefault((ours[place].key, ours[place + 1].key), [])
            if len(places) < _MOST_PLACES:
                places.append((place, block.end))
    steps = 0
    for block in blocks:
        reached: dict[int, int] = {}  # by the distance between the two places: the end of the last run
        for place in range(block.low, 0 if block.is_equal else block.high - 1):
            for start, end in inserted.get((theirs[place].key, theirs[place + 1].key), ()):
                if reached.get(start - place, 0) > place:
                    continue  # in the middle of a run that was yielded
                length = 2
                while (
                    place + length < block.high
                    and start + length < end
                    and theirs[place + length].key == ours[start + length].key
                ):
                    length += 1
                reached[start - place] = place + length
                steps += length
                if steps > _MOST_STEPS:
                    return
                if sum(token.is_word for token in theirs[place : place + length]) >= _LEAST_MOVED:
                    yield place, start, length


def _parts(tokens: Sequence[_Token], low: int, high: int, moved: dict[int, int]) -> list[tuple[bool, str]]:
    """Return the texts of a part of the tokens, cut where moved runs begin and end: whether it moved, and the text."""
    parts: list[tuple[bool, str]] = []
    plain = place = low
    while place < high:
        if place not in moved:
            place += 1
            continue
        if plain < place:
            parts.append((False, _joined(tokens[plain:place])))
        parts.append((True, _joined(tokens[place : moved[place]])))
        plain = place = moved[place]
    if plain < high:
        parts.append((False, _joined(tokens[plain:high])))
    return parts


def _differing(theirs: list[tuple[bool, str]], ours: list[tuple[bool, str]]) -> Iterator[Edit]:
    """Yield the edits of a block in which the texts differ; words that stand for each other are one change."""
    while theirs or ours:
        if theirs and theirs[0][0]:
            yield Edit("move", theirs.pop(0)[1], "")
        elif ours and ours[0][0]:
            yield Edit("move", "", ours.pop(0)[1])
        elif theirs and ours:
            yield Edit("change", theirs.pop(0)[1], ours.pop(0)[1])
        elif theirs:
            yield Edit("delete", theirs.pop(0)[1], "")
        else:
            yield Edit("insert", "", ours.pop(0)[1])


def _joined(tokens: Sequence[_Token]) -> str:
    return "".join(token.text for token in tokens)
