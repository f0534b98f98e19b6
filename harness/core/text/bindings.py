"""Do the numbers and persons of a statement belong to the rest of it, or to something else in the sentence? Pure.

"The ride has 20 seats, but 27 people were on it" has all words of "27 seats". A number or a person of a statement is
*bound* if no other of its kind stands nearer to another part of the statement: it is nearer if fewer clauses lie
between, or if as many do and it stands in the middle. Clauses are those of conjunctions and relative pronouns; commas
do not count. Two that stand together ("from 410 to 615") share what is said of them. A part that occurs in other words
too ("the captain" for her name) is not judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import regex

from harness.core.text import inflection, wordings
from harness.core.text.wordings import Phrase, Span

Names = tuple[tuple[str, tuple[str, ...]], ...]  # the kind and the forms of each person, number, ...
Place = tuple[Span, ...]  # an occurrence of a wording: the spans of its parts

_BOUNDARY = regex.compile(
    r"[;:](?=\s)|\s[-–—]\s|[–—]|(?<![\p{L}\p{M}])(?:और|तथा|लेकिन|परंतु|परन्तु|किंतु|किन्तु|मगर|बल्कि|क्योंकि|जबकि|कि|जो|जिस\p{L}*|"
    r"but|because|while|whereas|although|though|which|who|whom|whose|that|when|after|before|and)(?![\p{L}\p{M}])",
    regex.IGNORECASE,
)


_COORDINATED = 2  # most words between


@dataclass(frozen=True, slots=True)
class _Mention:
    """A number or a person in a sentence."""

    kind: str
    identity: object
    start: int  # word
    end: int


def names(entries: Iterable[tuple[str, Sequence[str]]]) -> Names:
    """Return what can rival each other, from pairs of a kind and forms; those with a form in common are one."""
    joined: list[tuple[str, set[str]]] = []
    for kind, forms in entries:
        same = [each for each in joined if each[0] == kind and any(_is_part(a, b) for a in each[1] for b in forms)]
        joined = [each for each in joined if each not in same]
        joined.append((kind, set(forms).union(*(each[1] for each in same))))
    return tuple((kind, tuple(sorted(forms))) for kind, forms in joined)


def _is_part(a: str, b: str) -> bool:
    return f" {a} " in f" {b} " or f" {b} " in f" {a} "


def holds(sentence: str, phrase: Phrase, places: Sequence[Sequence[Place]], names: Names) -> bool:
    """Return whether every number and person of a statement is bound.

    Args:
        sentence: the sentence, normalised.
        phrase: the same, read.
        places: the occurrences of each group of the statement.
        names: forms of each person.
    """
    if len(places) < 2:
        return True
    mentions = list(_mentions(sentence, names))
    if len({(each.kind, each.identity) for each in mentions}) < 2:
        return True
    own = {index for group in places for place in group for index in _words(place)}
    ends = [match.start() for match in _BOUNDARY.finditer(sentence)]
    clauses = [sum(end <= word.start for end in ends) for word in phrase.words]
    return all(_is_bound(number, places, mentions, own, clauses) for number in range(len(places)))


def _is_bound(
    number: int, places: Sequence[Sequence[Place]], mentions: Sequence[_Mention], own: set[int], clauses: Sequence[int]
) -> bool:
    anchors = []
    for place in places[number]:
        words = _words(place)
        anchor = next((each for each in mentions if not words.isdisjoint(range(each.start, each.end))), None)
        if anchor is None:
            return True
        anchors.append(anchor)
    others = [[min(_words(place)) for place in group] for index, group in enumerate(places) if index != number]
    for anchor in anchors:
        rivals = [
            each
            for each in mentions
            if each.kind == anchor.kind
            and each.identity != anchor.identity
            and not _is_coordinated(each, anchor)
            and own.isdisjoint(range(each.start, each.end))
        ]
        free = [
            any(not any(_is_nearer(rival, anchor, word, clauses) for rival in rivals) for word in group)
            for group in others
        ]
        if all(free):
            return True
    return False


def _is_coordinated(one: _Mention, other: _Mention) -> bool:
    """Whether two mentions share what is said of them: "from 410 crore to 615 crore", "Misri and Funakoshi"."""
    return max(one.start, other.start) - min(one.end, other.end) <= _COORDINATED


def _is_nearer(rival: _Mention, anchor: _Mention, other: int, clauses: Sequence[int]) -> bool:
    """Whether a rival is nearer to another word than the anchor is."""
    of_rival, of_anchor = (abs(clauses[each.start] - clauses[other]) for each in (rival, anchor))
    between = min(anchor.start, other) < rival.start < max(anchor.start, other)
    return of_rival < of_anchor or (of_rival == of_anchor and between)


def _mentions(sentence: str, names: Names) -> Iterator[_Mention]:
    phrase = wordings.read(sentence, inflection.noun_keys)
    found = [
        (*place[0], identity)
        for identity, (_, forms) in enumerate(names)
        for form in forms
        for place in wordings.parse(form, inflection.noun_keys).occurrences(phrase)
    ]
    taken: set[int] = set()
    for start, end, identity in sorted(found, key=lambda item: item[0] - item[1]):
        if taken.isdisjoint(range(start, end)):
            taken.update(range(start, end))
            yield _Mention(names[identity][0], identity, start, end)


def _words(place: Place) -> set[int]:
    return {index for start, end in place for index in range(start, end)}
