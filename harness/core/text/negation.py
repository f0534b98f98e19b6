"""Negations in a Hindi or English text: नहीं, न, मत, "not", "n't", "no", "never", "without", "refused to".

`find(text)` returns every negation with its place. "Not only", "no doubt", "No. 5" and कोई न कोई are none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import regex

__all__ = ["Negation", "find"]


@dataclass(frozen=True, slots=True)
class Negation:
    """One negation of a text."""

    text: str  # as written: text[start:end] of the text that was searched
    start: int  # offset in characters
    end: int  # offset after the last character
    is_certain: bool = True  # False: it need not negate anything


_OTHER = (
    r"(?P<same>\p{L}[\p{L}\p{M}]*)\s(?:न|ना)\s(?P=same)|(?:न|ना) (?:केवल|सिर्फ|मात्र)|ही नहीं(?=\s*(?:,|बल्कि))|"
    r"नहीं तो|न जाने|not (?:only|just|merely)|no (?:doubt|less than|fewer than)|no\.? (?=\d)|nos?\.(?=\d)|no-\w+"
)
_CERTAIN = (
    r"नहीं|नही|न|ना|बिना|बगैर|इनकार|इंकार|not|\w+n't|cannot|never|no one|nobody|nothing|no|none|neither|nor|without|"
    r"refus(?:es|ed|ing|al)|den(?:y|ies|ied|ying)|fail(?:s|ed|ing|ure)? to|unable"
)
_NEGATIONS = regex.compile(
    rf"(?<![\p{{L}}\p{{M}}\p{{N}}])(?:(?P<other>{_OTHER})|(?P<certain>{_CERTAIN}))(?![\p{{L}}\p{{M}}])",
    regex.IGNORECASE,
)


@lru_cache(maxsize=1 << 17)
def find(content: str) -> tuple[Negation, ...]:
    """Return the negations of a text in their order. They do not overlap."""
    return tuple(
        Negation(match[0], *match.span()) for match in _NEGATIONS.finditer(content) if match.lastgroup == "certain"
    )
