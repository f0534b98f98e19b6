"""Cut a text into words, numbers in digits and percent signs, with their places."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import regex

from harness.core import text
from harness.core.text.quantities import _lexicon

_FRACTIONS = "¼½¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_TOKEN = regex.compile(
    r"(?P<date>(?<![\d/.-])\d{1,2}([/.-])\d{1,2}\2(?:\d{4}|\d{2})(?![\d/.-]*\d))"
    r"|(?P<clock>(?<![\d:.])\d{1,2}[:.][0-5]\d(?=\s*(?:[ap]\.?m\b|बजे|बजकर|o'clock)))"
    r"|(?P<clock>(?<![\d:.])\d{1,2}:[0-5]\d(?![:\d]))"
    rf"|(?P<digits>(?:\d+ ?)?[{_FRACTIONS}]|(?<![\d.,/])\d{{1,3}} (?:1/[234]|[23]/[34])(?![\d/]))"
    r"|(?P<digits>\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?(?![\d,]*\d)|\d+(?:\.\d+)?)"
    r"|(?P<word>[\p{L}\p{M}\u200c\u200d]+(?:'s)?)"
    r"|(?P<sign>%)"
)
# Idioms, HTML entities such as &#39; and marks such as <extra_id_0>.
_IDIOMS = "|".join(map(regex.escape, _lexicon.IDIOMS))
_NOT_COUNTED = regex.compile(rf"&#\d+;|<\s?[^<>\s]+\s?>|\b(?:{_IDIOMS})\b", regex.IGNORECASE)
# What may stand between two words of one number.
_GAP = regex.compile(r"\s+|\s?-\s?")


class Token(NamedTuple):
    """A word, folded and in lower case, or digits as written."""

    kind: str  # date, clock, digits, word or sign
    text: str
    start: int
    end: int


class Tokens(Sequence[Token]):
    """The tokens of a text whose digits are ASCII."""

    def __init__(self, plain: str) -> None:
        self.plain = plain
        hidden = [match.span() for match in _NOT_COUNTED.finditer(plain)]
        self._tokens = [
            Token(str(match.lastgroup), _folded(match[0]) if match.lastgroup == "word" else match[0], *match.span())
            for match in _TOKEN.finditer(plain)
            if not (hidden and any(start <= match.start() < end for start, end in hidden))
        ]

    def next_number(self, index: int) -> int:
        """Return the place of the first token from `index` on that is no word or can begin a quantity; else the end."""
        for place in range(index, len(self._tokens)):
            token = self._tokens[place]
            if token.kind != "word" or _lexicon.can_begin(token.text):
                return place
        return len(self._tokens)

    def __getitem__(self, index: int) -> Token:  # type: ignore[override]
        return self._tokens[index]

    def __len__(self) -> int:
        return len(self._tokens)

    def gap(self, index: int) -> str:
        """Return what stands between a token and the one before it."""
        return self.plain[self._tokens[index - 1].end : self._tokens[index].start]

    def joins(self, index: int) -> bool:
        """Return whether only white space or a hyphen separates a token from the one before it."""
        return _GAP.fullmatch(self.gap(index)) is not None

    def touches(self, index: int) -> bool:
        """Return whether nothing separates a token from the one before it."""
        return 0 < index < len(self) and not self.gap(index)

    def word(self, index: int) -> str:
        """Return the token's text if it touches or joins the one before it, else ""."""
        if index >= len(self) or (index and not (self.joins(index) or self.touches(index))):
            return ""
        return self._tokens[index].text


@lru_cache(maxsize=1 << 17)
def can_contain(piece: str) -> bool:
    """Return whether a quantity can begin in a piece between white space. A text without such a piece has none."""
    return any(
        token.kind != "word" or (_lexicon.can_begin(token.text) and token.text not in _lexicon.ARTICLES)
        for token in Tokens(piece)
    )


@lru_cache(maxsize=50_000)
def _folded(word: str) -> str:
    return text.fold(word.lower().removesuffix("'s").replace("\u200c", "").replace("\u200d", ""))
