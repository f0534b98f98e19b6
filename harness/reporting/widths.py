"""How many columns of a terminal a text takes, and texts made to fit.

Terminals give a spacing mark of Devanagari, such as ि, a column of its own, as wcwidth of the C library does (tried in
tmux 3.3a). rich 15 gives it none, so its tables of Hindi names are not aligned. These functions count as terminals do.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_ELLIPSIS = "…"
# Between the two names of a pair.
_MINUS = " − "
# Joined signs (Mn, Me) and invisible ones (Cf) take no column.
_NO_COLUMN = frozenset({"Mn", "Me", "Cf"})


def width(text: str) -> int:
    """Return the number of columns that a text takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(character: str) -> int:
    if unicodedata.category(character) in _NO_COLUMN:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def padded(text: str, columns: int, *, right: bool) -> str:
    """Return a text filled with spaces up to a width; `right`: it stands on the right."""
    spaces = " " * (columns - width(text))
    return spaces + text if right else text + spaces


def shortened(text: str, columns: int) -> str:
    """Return a text of at most so many columns: its beginning and its end, in which names of variants differ.

    Both names of a pair are shortened.
    """
    if width(text) <= columns:
        return text
    if text.count(_MINUS) == 1:
        one, other = text.split(_MINUS)
        room = columns - len(_MINUS)
        first = min(width(one), max(room // 2, room - width(other)))
        return f"{shortened(one, first)}{_MINUS}{shortened(other, room - first)}"
    room = max(columns - 1, 2)
    start = _first(text, (room + 1) // 2)
    return start + _ELLIPSIS + _last(text, room - width(start))


def _first(text: str, columns: int) -> str:
    taken = 0
    for index, character in enumerate(text):
        taken += _width(character)
        if taken > columns:
            return text[:index]
    return text


def _last(text: str, columns: int) -> str:
    end, taken = len(text), 0
    for index in range(len(text) - 1, -1, -1):
        taken += _width(text[index])
        if taken > columns:
            break
        if _width(text[index]):  # never begin with a mark that belongs to the character before it
            end = index
    return text[end:]


def wrapped(text: str, columns: int) -> Iterator[str]:
    """Yield the lines of a text of at most so many columns, broken at spaces; a longer word has a line of its own."""
    line = ""
    for word in text.split(" "):
        if line and width(line) + 1 + width(word) > columns:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line
