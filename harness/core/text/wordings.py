"""Find a wording in a sentence, in any accepted spelling and inflection; pure.

A wording is a phrase as an annotator writes it. Its words are folded (`folding`) and may be inflected (`inflection`).
Two words may be written as one, with a hyphen, or apart. A number matches every way to write its value
(`quantities`): "14वें", "चौदहवें" and "14th" are equal. Two marks have a meaning of their own:

- ` ... ` stands for any words of the sentence, or none; what follows it stands after what precedes it;
- `=35000000` stands for a number, percentage or time of day with this value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

import regex

from harness.core.text import folding, inflection, quantities
from harness.core.text.folding import Word
from harness.core.text.quantities import Kind

Span = tuple[int, int]  # of words: the first, and the one after the last
Keys = Callable[[str], frozenset[str]]
Readings = frozenset[tuple[Kind, Fraction]]

_GAP = regex.compile(r"\s*(?:\.\.\.|…)\s*")
_VALUE = regex.compile(r"(?<!\S)=(\S*)")
_VALUE_FORM = regex.compile(r"[0-9]+(?:\.[0-9]+)?")
# Kinds whose value a number that is written `=` may have. A month is no number.
_OF_VALUES: tuple[Kind, ...] = ("number", "percent", "time")
# Endings that make a number an ordinal, in the word after its digits: 14वें, 14th.
_ORDINAL = frozenset("वां वीं वें वा वी वे ठा ठी ठे th st nd rd".split())


@dataclass(frozen=True, slots=True)
class _Edge:
    """One way to read some words that stand together: as themselves, or as a quantity."""

    end: int  # the word after the last
    keys: frozenset[str] = frozenset()
    readings: Readings = frozenset()

    def agrees(self, other: _Edge) -> bool:
        return not (self.keys.isdisjoint(other.keys) and self.readings.isdisjoint(other.readings))


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in a row, with all the ways to read them."""

    words: tuple[Word, ...]
    edges: tuple[tuple[_Edge, ...], ...]  # by the first word
    vocabulary: frozenset[object] = field(repr=False)  # all keys and readings
    opening: frozenset[object] = field(repr=False)  # those of the edges from the first word

    def occurrences(self, other: Phrase) -> Iterator[Span]:
        """Yield each place of the other phrase in this one."""
        if self.vocabulary.isdisjoint(other.opening):
            return
        for start in range(len(self.edges)):
            yield from ((start, end) for end in self._ends(other, start))

    def _ends(self, other: Phrase, start: int) -> list[int]:
        """Return the word after each occurrence of the other phrase that starts at a word of this one."""
        states, ends = {(0, start)}, set()
        while states:
            position, place = states.pop()
            if position == len(other.edges):
                ends.add(place)
            elif place < len(self.edges):
                for wanted in other.edges[position]:
                    states |= {(wanted.end, edge.end) for edge in self.edges[place] if edge.agrees(wanted)}
        return sorted(ends)


@lru_cache(maxsize=1 << 16)
def read(sentence: str, keys: Keys = inflection.keys) -> Phrase:
    """Return a sentence ready for searching. Normalise it first: see `folding.plain`.

    Args:
        sentence: one sentence, or any other stretch of text in which a wording must occur as a whole.
        keys: `inflection.keys`, or `inflection.noun_keys` for names.
    """
    return _phrase(sentence, keys, is_certain=False)


def _phrase(content: str, keys: Keys, *, is_certain: bool) -> Phrase:
    """Return a text as a phrase. With `is_certain`, words such as "one" and "first" are not read as numbers."""
    values = {match.start(): match for match in _VALUE.finditer(content)}
    without = _VALUE.sub(r" \1", content)
    words = folding.words(without)
    edges: list[list[_Edge]] = [[] for _ in words]
    for index, word in enumerate(words):
        if (match := values.get(word.start - 1)) is not None:
            value = Fraction(match[1])
            edges[index].append(_Edge(index + 1, readings=frozenset((kind, value) for kind in _OF_VALUES)))
            continue
        edges[index].append(_Edge(index + 1, keys(word.text)))
        if index + 1 < len(words) and _may_join(word, words[index + 1]):
            edges[index].append(_Edge(index + 2, keys(word.text + words[index + 1].text)))
    for quantity in quantities.find(without):
        inside = [
            index for index, word in enumerate(words) if quantity.start <= word.start and word.end <= quantity.end
        ]
        if not inside or (is_certain and not quantity.is_certain) or words[inside[0]].start - 1 in values:
            continue
        end = inside[-1] + 1
        edges[inside[0]].append(_Edge(end, readings=quantity.readings))
        if end < len(words) and words[end].text in _ORDINAL and words[end].start == words[end - 1].end:
            edges[inside[0]].append(_Edge(end + 1, readings=quantity.readings))
    by_word = [frozenset(each for edge in of_word for each in (*edge.keys, *edge.readings)) for of_word in edges]
    return Phrase(words, tuple(map(tuple, edges)), frozenset().union(*by_word), by_word[0] if by_word else frozenset())


def _may_join(word: Word, following: Word) -> bool:
    """Whether two words may be one: each has two letters at least, and at most one sign stands between them."""
    pair = (word.text, following.text)
    return following.start - word.end <= 1 and all(len(each) > 1 and not each[0].isdigit() for each in pair)


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording that can be searched for: its parts, between which there are gaps."""

    parts: tuple[Phrase, ...]

    def occurrences(self, phrase: Phrase) -> list[tuple[Span, ...]]:
        """Return each occurrence as the spans of its parts; of a part after a gap, the first that fits."""
        first, *others = self.parts
        found: list[tuple[Span, ...]] = [(span,) for span in phrase.occurrences(first)]
        for part in others:
            spans = list(phrase.occurrences(part)) if found else []
            found = [(*given, span) for given in found for span in spans if span[0] >= given[-1][1]]
        return found


@lru_cache(maxsize=1 << 16)
def parse(wording: str, keys: Keys = inflection.keys) -> Wording:
    """Return a wording ready for searching.

    Raises:
        ValueError: a part of it has no word, or `=` is not followed by a number; the message says which.
    """
    parts = _GAP.split(folding.plain(wording))
    for part in parts:
        for match in _VALUE.finditer(part):
            if not _VALUE_FORM.fullmatch(match[1]):
                raise ValueError(f"expected a number after = in {wording!r}, such as =35000000 or =2.5")
        if not folding.words(part):
            where = f"beside the gap in {wording!r}" if len(parts) > 1 else f"in {wording!r}"
            raise ValueError(f"expected words {where}, found none")
    return Wording(tuple(_phrase(part, keys, is_certain=True) for part in parts))


def occurs(wording: str, content: str) -> bool:
    """Return whether a wording occurs in a text, taken as one sentence."""
    return bool(parse(wording).occurrences(read(folding.plain(content))))
