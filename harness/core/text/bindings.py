"""Do the numbers and persons of a statement belong to the rest of it, or to something else in the sentence? Pure.

"The ride has 20 seats, but 27 people were on it" has all words of "27 seats". A number or a person of a statement is
*bound* if no other of its kind stands nearer to another part of the statement: it is nearer if fewer clauses lie
between, or if as many do and it stands in the middle, or if it is the owner ("Megha's salary"). Clauses are those of
conjunctions and relative pronouns; commas do not count.

- Two that stand together share what is said of them ("Misri and Funakoshi"), unless "of" or में stands between.
- A whole is no rival of its part: "61 of its 148 warehouses", १४८ गोदामों में से ६१. The part is one of the whole.
- The old value of a change ("from 410 crore to 615 crore", ४१० करोड़ से बढ़कर) is bound only if the statement has its
  "from", or the new value too.

A part that occurs in other words too ("the captain" for her name) is not judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import regex

from harness.core.text import inflection, wordings
from harness.core.text.wordings import Phrase, Place, Span, words_of

Names = tuple[tuple[str, tuple[str, ...]], ...]  # the kind and the forms of each person, number, ...

_BOUNDARY = regex.compile(
    r"[;:](?=\s)|\s[-–—]\s|[–—]|(?<![\p{L}\p{M}])(?:और|तथा|लेकिन|परंतु|परन्तु|किंतु|किन्तु|मगर|बल्कि|क्योंकि|जबकि|कि|जो|जि[सन][\p{L}\p{M}]*|"
    r"but|because|while|whereas|although|though|which|who|whom|whose|that|when|after|before|and)(?![\p{L}\p{M}])",
    regex.IGNORECASE,
)


_COORDINATED = 2  # most words between
_SEPARATING = frozenset("of which but में".split())
_WHOLE = 5  # most words between a part and the whole: "61 of its 148", १४८ गोदामों में से ६१
_CHANGE = 4  # most words between the old value and what follows it: "from Rs 410 crore to Rs 615 crore"
_CHANGED = frozenset("बढ़कर घटकर बढकर बढ़ाकर घटाकर बढाकर गिरकर चढ़कर चढकर उछलकर".split())
_FIGURES = ("number", "money")
_GENITIVE = frozenset("का के की".split())


@dataclass(frozen=True, slots=True)
class _Mention:
    """A number or a person in a sentence."""

    kind: str
    identity: object
    start: int  # word
    end: int
    words: range  # with what the number counts: "two goats"


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
    own = {index for group in places for place in group for index in words_of(place)}
    clauses = phrase.clauses(sentence, _BOUNDARY)
    texts = [word.text for word in phrase.words]
    return all(_is_bound(number, places, mentions, own, clauses, texts) for number in range(len(places)))


def _is_bound(
    number: int,
    places: Sequence[Sequence[Place]],
    mentions: Sequence[_Mention],
    own: set[int],
    clauses: Sequence[int],
    texts: Sequence[str],
) -> bool:
    anchors = []
    for place in places[number]:
        words = words_of(place)
        anchor = next((each for each in mentions if not words.isdisjoint(range(each.start, each.end))), None)
        if anchor is None:
            return True
        anchors.append(anchor)
    others = [[min(words_of(place)) for place in group] for index, group in enumerate(places) if index != number]
    for anchor in anchors:
        if _is_old(anchor, mentions, own, texts):
            continue
        rivals = [
            each
            for each in mentions
            if each.kind == anchor.kind
            and each.identity != anchor.identity
            and not _is_coordinated(each, anchor, own, texts)
            and not _is_whole(each, anchor, texts)
            and own.isdisjoint(each.words)
        ]
        free = [
            any(not any(_is_nearer(rival, anchor, word, clauses, texts) for rival in rivals) for word in group)
            for group in others
        ]
        if all(free):
            return True
    return False


def _is_coordinated(one: _Mention, other: _Mention, own: set[int], texts: Sequence[str]) -> bool:
    """Whether two mentions share what is said of them: "Misri and Funakoshi", not "Batra's salary, Megha"."""
    between = range(min(one.end, other.end), max(one.start, other.start))
    shared = own if one.kind == "person" else frozenset[int]()
    return len(between) <= _COORDINATED and all(
        index not in shared and texts[index] not in _SEPARATING for index in between
    )


def _is_whole(rival: _Mention, anchor: _Mention, texts: Sequence[str]) -> bool:
    """Whether the anchor is a part of the rival: "61 of its 148 warehouses", १४८ गोदामों में से ६१."""
    if rival.start >= anchor.end:
        return rival.start - anchor.end <= _COORDINATED and "of" in texts[anchor.end : rival.start]
    between = texts[rival.end : anchor.start]
    return len(between) <= _WHOLE and any(pair == ("में", "से") for pair in pairwise(between))


def _is_old(mention: _Mention, mentions: Sequence[_Mention], own: set[int], texts: Sequence[str]) -> bool:
    """Whether a number is the old value of a change of which the statement has neither "from" nor the new value."""
    before = range(max(0, mention.start - 2), mention.start + 1)
    new = [
        each
        for each in mentions
        if each.kind == mention.kind
        and 0 <= each.start - mention.end <= _CHANGE
        and own.isdisjoint(range(each.start, each.end))
    ]
    if any("to" in texts[mention.end : each.start + 1] for each in new):
        return any(texts[index] == "from" and index not in own for index in before)
    return any(
        texts[index] == "से" and texts[index + 1] in _CHANGED and index not in own
        for each in new
        for index in range(mention.end, each.start - 1)
    )


def _is_nearer(rival: _Mention, anchor: _Mention, other: int, clauses: Sequence[int], texts: Sequence[str]) -> bool:
    """Whether a rival is nearer to another word than the anchor is."""
    if rival.kind == "person" and _possesses(rival, other, texts) and not _possesses(anchor, other, texts):
        return True
    of_rival, of_anchor = (abs(clauses[each.start] - clauses[other]) for each in (rival, anchor))
    between = min(anchor.start, other) < rival.start < max(anchor.start, other)
    return of_rival < of_anchor or (of_rival == of_anchor and between)


def _possesses(mention: _Mention, other: int, texts: Sequence[str]) -> bool:
    """Whether a word stands directly after the genitive of a name: "Megha's salary", मेघा का वेतन."""
    if other == mention.end:
        return texts[mention.end - 1].endswith(("'s", "s'"))
    return other == mention.end + 1 and texts[mention.end] in _GENITIVE


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
            kind = names[identity][0]
            span = _figure(phrase, start, end) if kind in _FIGURES else (start, end)
            yield _Mention(kind, identity, *span, range(start, end))


def _figure(phrase: Phrase, start: int, end: int) -> Span:
    """Return the words of a mention that have a value: "two" of "two goats"."""
    spans = [
        (index, edge.end)
        for index in range(start, end)
        for edge in phrase.edges[index]
        if edge.readings and edge.end <= end
    ]
    return max(spans, key=lambda span: span[1] - span[0], default=(start, end))
