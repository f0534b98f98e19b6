"""Show invisible and misleading characters of a text as visible ones; pure.

A model may write anything: controls that turn the direction of a line, characters of no width, a combining mark without
a letter. In a page they would change what other text looks like, or hide. `static/text.js` has the same rules.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

# One match per character, or per stray mark. Joiners after a virama or in an emoji are ordinary, and marks on letters.
_HIDDEN = regex.compile(
    r"(?P<code>(?<![\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\ufe0f\p{So}])[\u200c\u200d]|(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\u034f\u115f\u1160"
    r"\u2800\u3164\uffa0\ufe00-\ufe0e]|(?<=\p{M}{4})\p{M})|(?P<mark>(?<![\p{L}\p{M}\p{N}\p{P}\p{S}\u200c\u200d])\p{M})"
)


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the parts of a text in order: what to print, and whether it stands for a hidden character.

    A hidden character is printed as its code, such as U+202E, and a combining mark without a letter on a dotted circle.
    """
    end = 0
    for match in _HIDDEN.finditer(text):
        if match.start() > end:
            yield text[end : match.start()], False
        end = match.end()
        yield (f"U+{ord(match[0]):04X}" if match["code"] else f"\u25cc{match[0]}"), True
    if end < len(text):
        yield text[end:], False


def plain(text: str) -> str:
    """Return a text with every hidden character as its code in angle brackets."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"\u27e8{piece}\u27e9" if hidden else piece for piece, hidden in pieces(text))
