"""Read JSON that other programs wrote: a wrong value is an error only if it is used.

Logs contain NaN, numbers of thousands of digits, doubled keys and halves of surrogate pairs. A strict
reader cannot read such a file. A reader that accepts everything would use NaN as a text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Unusable:
    """A value of a JSON text that cannot be used: NaN, a number of 5,000 digits, or the value of a doubled key."""

    reason: str


def parse_json(text: str) -> Any:
    """Return a JSON text's value, with `Unusable` for each value that cannot be used.

    Half of a surrogate pair stays in its string; `is_unicode` finds it.

    Raises:
        ValueError, RecursionError: the text is not JSON.
    """
    return json.loads(
        text,
        parse_constant=lambda name: Unusable(f"{name}, which is not JSON"),
        parse_int=_int_or_unusable,
        object_pairs_hook=_mark_doubled_keys,
    )


def json_fault(error: ValueError | RecursionError) -> str:
    """Return why a line or a text is not JSON: in the words of Python's json if it names the column, else in ours."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}, col {error.colno}"
    if isinstance(error, RecursionError):
        return "lists or objects are nested too deeply"
    if isinstance(error, UnicodeEncodeError):
        return "half of a surrogate pair"
    return "a number has too many digits" if str(error).startswith("Exceeds the limit") else str(error)


def is_unicode(text: str) -> bool:
    """Return whether a string can be written as UTF-8: half of a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _int_or_unusable(digits: str) -> int | Unusable:
    try:
        return int(digits)
    except ValueError:  # Python refuses to convert more than 4,300 digits
        return Unusable(f"a number of {len(digits):,} digits")


def _mark_doubled_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for key, value in pairs:
        content[key] = Unusable("a key that stands twice") if key in content else value
    return content
