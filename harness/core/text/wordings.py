"""Find a wording in a sentence, in any accepted spelling and inflection; pure.

A wording is a phrase as an annotator writes it. Its words are folded (`folding`) and may be inflected (`inflection`).
Two words may be written as one, with a hyphen, or apart. A number matches the same value (`quantities`) in digits, or
in words of the same script: 14वें and चौदहवें, 14th and fourteenth. Two marks have a meaning of their own:

- ` ... ` stands for any words of the sentence, or none; what follows it stands after what precedes it;
- `=35000000` stands for a number, percentage or time of day with this value; signs are not compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Literal

import regex

from harness.core.text import DEVANAGARI, folding, inflection, quantities
from harness.core.text.folding import Word
from harness.core.text.quantities import Kind, Quantity

Span = tuple[int, int]  # of words: the first, and the one after the last
Place = tuple[Span, ...]  # an occurrence of a wording: the spans of its parts
Keys = Callable[[str], frozenset[str]]
Script = Literal["Deva", "Latn"]
# Kind, value and script of the word that expresses it, as "number 5/2 Latn"; digits belong to both scripts.
Readings = frozenset[str]

_GAP = regex.compile(r"\s*(?:\.\.\.|…)\s*")
_VALUE = regex.compile(r"(?<!\S)=(\S*)")
_VALUE_FORM = regex.compile(r"-?[0-9]+(?:\.[0-9]+)?")
# Kinds whose value a number that is written `=` may have. A month is no number.
_OF_VALUES: tuple[Kind, ...] = ("number", "percent", "time")
_SCRIPTS: tuple[Script, ...] = ("Deva", "Latn")
_DEVANAGARI_LETTER = regex.compile(f"[{DEVANAGARI}]")
# Endings that make a number an ordinal, in the word after its digits: 14वें, 14th.
_ORDINAL = frozenset("वां वीं वें वा वी वे ठा ठी ठे th st nd rd".split())
# Written as one with the word before, they would look like endings of a verb: धोरापुर ने, करने.
_PARTICLES = frozenset("ने को का के की से में पर तक ही भी तो".split())


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
    starts: Mapping[str, Sequence[int]] = field(repr=False)  # of a sentence, by key or reading: where it begins
    opening: frozenset[str] = field(repr=False)  # the keys and readings of the first word

    def occurrences(self, other: Phrase) -> Iterator[Span]:
        """Yield each place of the other phrase in this one."""
        if self.starts.keys().isdisjoint(other.opening):
            return
        for start in sorted({start for each in other.opening for start in self.starts.get(each, ())}):
            yield from ((start, end) for end in self._ends(other, start))

    def clauses(self, sentence: str, boundary: regex.Pattern[str]) -> list[int]:
        """Return the number of the clause of each word; a clause begins wherever the pattern matches the sentence."""
        starts = [match.start() for match in boundary.finditer(sentence)]
        return [sum(start <= word.start for start in starts) for word in self.words]

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
    # By the place of the first digit, which the text keeps without the marks.
    values = {match.end() - len(match[1].lstrip("-")): match[1] for match in _VALUE.finditer(content)}
    without = _VALUE.sub(lambda match: f" {match[1].replace('-', ' ')}", content)
    words, amounts = _read(without)
    edges: list[list[_Edge]] = [[] for _ in words]
    for index, word in enumerate(words):
        if word.start in values:
            value = abs(Fraction(values[word.start]))
            readings = (f"{kind} {value} {script}" for kind in _OF_VALUES for script in _SCRIPTS)
            edges[index].append(_Edge(index + 1, readings=frozenset(readings)))
            continue
        edges[index].append(_Edge(index + 1, keys(word.text)))
        if index + 1 < len(words) and _may_join(word, words[index + 1]):
            edges[index].append(_Edge(index + 2, keys(word.text + words[index + 1].text)))
    for quantity in amounts:
        start, end = quantity.start, quantity.end
        inside = [index for index, word in enumerate(words) if start <= word.start and word.end <= end]
        if inside and (quantity.is_certain or not is_certain) and words[inside[0]].start not in values:
            for after in _ends(quantity, words, inside[-1] + 1):
                edges[inside[0]].append(_Edge(after, readings=_readings(quantity)))
    starts: dict[str, tuple[int, ...]] = {}  # tuples cost less than lists here: the garbage collector skips them
    for index, of_word in enumerate(edges if not is_certain else ()):  # nothing is searched in a wording
        for each in {each for edge in of_word for each in (*edge.keys, *edge.readings)}:
            starts[each] = (*starts.get(each, ()), index)
    opening = frozenset(each for edge in edges[0] for each in (*edge.keys, *edge.readings)) if edges else frozenset()
    return Phrase(words, tuple(map(tuple, edges)), starts, opening)


@lru_cache(maxsize=1 << 14)
def _read(content: str) -> tuple[tuple[Word, ...], tuple[Quantity, ...]]:
    """Return the words and the quantities of a text. A sentence is read with the keys of words and of names."""
    return folding.words(content), tuple(quantities.find(content))


def _readings(quantity: Quantity) -> Readings:
    if _DEVANAGARI_LETTER.search(quantity.text):
        scripts: tuple[Script, ...] = ("Deva",)
    else:
        scripts = ("Latn",) if regex.search(r"\p{L}", quantity.text) else _SCRIPTS
    return frozenset(f"{kind} {value} {script}" for kind, value in quantity.readings for script in scripts)


def _ends(quantity: Quantity, words: Sequence[Word], after: int) -> Iterator[int]:
    """Yield each place at which a quantity can end: with or without its "percent", or its ending of an ordinal."""
    yield after
    if any(kind == "percent" for kind, _ in quantity.readings):
        yield after - 1
    if after < len(words) and words[after].text in _ORDINAL and words[after].start == words[after - 1].end:
        yield after + 1


def _may_join(word: Word, following: Word) -> bool:
    """Whether two words may be one: each has two letters at least and is no particle; one sign stands between them."""
    pair = (word.text, following.text)
    is_close = following.start - word.end <= 1 and _PARTICLES.isdisjoint(pair)
    return is_close and all(len(each) > 1 and not each[0].isdigit() for each in pair)


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording that can be searched for: its parts, between which there are gaps."""

    parts: tuple[Phrase, ...]

    def occurrences(self, phrase: Phrase) -> list[Place]:
        """Return each occurrence as the spans of its parts; of a part after a gap, the first that fits."""
        if phrase.starts.keys().isdisjoint(self.parts[0].opening):
            return []
        first, *others = self.parts
        found: list[Place] = [(span,) for span in phrase.occurrences(first)]
        for part in others:
            spans = list(phrase.occurrences(part)) if found else []
            found = [(*given, span) for given in found for span in spans if span[0] >= given[-1][1]]
        return found


def words_of(place: Place) -> set[int]:
    """Return the words of an occurrence, each by its number in the sentence."""
    return {index for start, end in place for index in range(start, end)}


@lru_cache(maxsize=1 << 15)
def opening(group: tuple[str, ...]) -> frozenset[str]:
    """Return the keys and readings with which the wordings of a group begin."""
    return frozenset(key for wording in group for key in parse(wording).parts[0].opening)


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
