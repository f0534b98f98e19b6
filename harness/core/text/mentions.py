"""Find the names, dates and numbers of a list in a text, in any accepted form, folded spelling or number value; pure.

Words are compared as `wordings` does, but inflected as nouns only. A number may be written in any way that has its
value. A name inside a longer name does not count: "Global Partnership" in "Special Strategic and Global Partnership".
One form may belong to several entries: "Indo-Japan" mentions India and Japan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.core.text import folding, inflection, wordings


@dataclass(frozen=True, slots=True)
class Entry:
    """What is looked for."""

    forms: tuple[str, ...]  # accepted wordings, in any language
    value: float | None = None  # of a number or an amount of money


def find(content: str, entries: Mapping[str, Entry], *, nested: bool = False) -> set[str]:
    """Return the keys of the entries that a text mentions; with `nested`, also those inside longer ones."""
    phrase = wordings.read(folding.plain(content), inflection.noun_keys)
    by_form: dict[str, list[str]] = {}
    for key, entry in entries.items():
        for form in (*entry.forms, *_value_forms(entry)):
            by_form.setdefault(form, []).append(key)
    places: dict[wordings.Place, set[str]] = {}
    for form, keys in by_form.items():
        for place in wordings.parse(form, inflection.noun_keys).occurrences(phrase):
            places.setdefault(place, set()).update(keys)
    if nested:
        return {key for keys in places.values() for key in keys}
    taken: set[int] = set()
    mentioned: set[str] = set()
    for place in sorted(places, key=_length, reverse=True):
        words = wordings.words_of(place)
        if taken.isdisjoint(words):
            taken |= words
            mentioned |= places[place]
    return mentioned


def _value_forms(entry: Entry) -> tuple[str, ...]:
    return () if entry.value is None else (f"={entry.value}",)


def _length(place: wordings.Place) -> int:
    return sum(end - start for start, end in place)
