"""The items of a challenge set: rows, conditions on outputs, and the rules that items and pairs must keep.

`challenge.py` describes the format and makes a dataset of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import Field, ValidationInfo, field_validator

from harness.core import checks, rankings, registry, validation
from harness.core.findings import Findings, Place
from harness.core.records import Check, Condition
from harness.datasets import _files

_ESCAPE = re.compile(r"\\.")


class ItemRow(_files.Row):
    """A line of `items.jsonl`."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")  # "ergative-1"
    phenomenon: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    group: Literal["grammar", "numbers-and-time", "lexicon", "names-and-writing", "discourse"]
    pair: str | None = None  # the name of the minimal pair; the other item of it has the same one
    source: str = Field(min_length=1)
    correct: list[str] = Field(min_length=1)
    wrong: list[str] = Field(min_length=1)
    error: str = Field(min_length=1)  # what a wrong sentence got wrong, in words
    must: list[Any] = Field(min_length=1)  # conditions, or lists of conditions
    must_not: list[Any] = Field(default=[])  # conditions
    domain: Literal["news", "speech", "chat", "official"] | None = None
    author: str | None = None
    checked_by: list[str] = Field(default=[])
    variants: list[str] = Field(default=[])  # the same source in other spellings or digits; the verdict must not change

    @field_validator("must", "must_not")
    @classmethod
    def _conditions(cls, entries: list[Any], info: ValidationInfo) -> list[Any]:
        for entry in entries:
            alternatives = entry if isinstance(entry, list) and info.field_name == "must" else [entry]
            if not alternatives:
                raise ValueError("expected conditions in the list, found none")
            for condition in alternatives:
                if _condition(condition).kind == "other_value" and info.field_name == "must":
                    raise ValueError("other_value is for must_not; write value")
        return entries

    def check(self) -> Check:
        """Return the conditions as a record."""
        must = [entry if isinstance(entry, list) else [entry] for entry in self.must]
        return Check(tuple(tuple(map(_condition, entry)) for entry in must), tuple(map(_condition, self.must_not)))

    @property
    def unit(self) -> str:
        """The name of what is counted: the pair, or the item itself if it has none."""
        return self.pair or self.id


Item = tuple[Place, ItemRow]


def read(files: Sequence[Path], errors: Findings) -> list[Item]:
    """Return the items of some files, each with its place; add a finding for each mistake in them.

    The files are one challenge set: ids, pairs, phenomena and groups must agree between them.
    """
    items = [item for file in files for item in _files.rows(file, ItemRow, errors)]
    first: dict[str, Place] = {}
    for place, item in items:
        if first.setdefault(item.id, place) != place:
            errors.add(place, f"{item.id} stands at {first[item.id]} already", cause="stands twice")
        for message in _faults(item):
            errors.add(place, f"{item.id}: {message}")
    _check_groups(items, errors)
    # If a line could not be read, its pair looks incomplete.
    if not any(errors.concern(file) for file in files):
        _check_pairs(items, errors)
    return items


def contrasts(item: ItemRow) -> tuple[str, ...]:
    """Return the sentences of an item that are compared with another one, correct ones first."""
    compared = list(rankings.comparable(item.correct, item.wrong))
    return tuple(dict.fromkeys([right for right, _ in compared] + [wrong for _, wrong in compared]))


def _condition(entry: Any) -> Condition:
    """Return a condition of a row.

    Raises:
        ValueError: it is none; the message says why.
    """
    if isinstance(entry, str):
        return Condition("pattern", (_pattern(entry),))
    if not isinstance(entry, dict) or len(entry) != 1:
        raise ValueError(
            f"expected a regular expression or one of {', '.join(_VALUES)}, found {validation.shown(entry)}"
        )
    ((kind, content),) = entry.items()
    if kind not in _VALUES:
        raise ValueError(registry.unknown("condition", kind, list(_VALUES)))
    readable, example = _VALUES[kind]
    if not readable(content):
        raise ValueError(f"{kind}: expected {example}, found {validation.shown(content)}")
    return Condition(cast("Any", kind), tuple(map(str, content if isinstance(content, list) else [content])))


def _pattern(expression: str) -> str:
    try:
        checks.compiled(expression)
    except re.error as error:
        raise ValueError(f"{expression!r} is no regular expression: {error}") from None
    if any(map(str.isupper, _ESCAPE.sub("", expression))):
        raise ValueError(f"{expression!r} has capital letters, and is searched in the output in lower case")
    return expression


def _is_number(content: Any) -> bool:
    return isinstance(content, int | float) and not isinstance(content, bool)


def _are_numbers(content: Any) -> bool:
    return isinstance(content, list) and bool(content) and all(map(_is_number, content))


def _can_be_read(read: Callable[[str], object], content: Any) -> bool:
    try:
        read(content)
    except (TypeError, ValueError, AttributeError):
        return False
    return True


# The conditions on values: whether a value can be read, and what is expected.
_VALUES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "value": (_is_number, "a number such as 35000000 or 2.5"),
    "percent": (_is_number, "a number such as 25"),
    "time": (partial(_can_be_read, checks.hour), 'a time such as "12:30"'),
    "date": (partial(_can_be_read, date.fromisoformat), 'a date such as "2025-04-05"'),
    "other_value": (_are_numbers, "a list of numbers such as [37]"),
}


def _faults(item: ItemRow) -> Iterator[str]:
    """Yield what is wrong with an item by itself."""
    check = item.check()
    for sentences, expected in ((item.correct, "pass"), (item.wrong, "fail")):
        for sentence in sentences:
            verdict = checks.verdict(check, sentence)
            if verdict != expected:
                kind = "correct" if expected == "pass" else "wrong"
                yield f"expected {expected} for its {kind} sentence {sentence!r}, found {verdict}; mend the patterns"
    repeated = [text for text, count in Counter([*item.correct, *item.wrong]).items() if count > 1]
    if repeated:
        yield f"the sentence {repeated[0]!r} stands twice; keep one"


def _check_groups(items: Sequence[Item], errors: Findings) -> None:
    """Add a finding for each phenomenon that is in two groups."""
    groups: dict[str, str] = {}
    for place, item in items:
        group = groups.setdefault(item.phenomenon, item.group)
        if group != item.group:
            errors.add(place, f"{item.id}: expected group {group}, as in the other items of {item.phenomenon}")


def _check_pairs(items: Sequence[Item], errors: Findings) -> None:
    """Add a finding for each pair that has not two items, or whose items one translation could pass."""
    pairs: dict[str, list[Item]] = {}
    for place, item in items:
        if item.pair is not None:
            pairs.setdefault(item.pair, []).append((place, item))
    ids = {item.id: item for _, item in items}
    for name, of_pair in pairs.items():
        place, first = of_pair[0]
        if name in ids and ids[name].pair != name:
            errors.add(place, f"pair {name} has the name of an item; choose another")
        if len(of_pair) != 2:
            found = ", ".join(item.id for _, item in of_pair)
            errors.add(place, f"pair {name}: expected two items, found {found}")
            continue
        other_place, other = of_pair[1]
        if first.phenomenon != other.phenomenon:
            errors.add(other_place, f"pair {name}: expected phenomenon {first.phenomenon}, found {other.phenomenon}")
        for (_, one), (where, mate) in ((of_pair[0], of_pair[1]), (of_pair[1], of_pair[0])):
            for sentence in one.correct:
                if checks.verdict(mate.check(), sentence) == "pass":
                    message = f"{mate.id}: {sentence!r} passes, but it is the translation of {one.id}, the other item"
                    errors.add(where, f"{message} of its pair; mend the patterns")
