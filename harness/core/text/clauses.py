"""Cut a sentence that is too long for a model, at the end of a clause if possible; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import regex

from harness.core.text import sentences

# Conjunctions and relative pronouns with which a clause begins, in Hindi and in English.
CLAUSE_WORDS = """
    और तथा एवं या लेकिन परंतु परन्तु किंतु किन्तु मगर बल्कि क्योंकि चूंकि जबकि ताकि इसलिए कि जो जिसे जिसने जिसमें जिससे जिसका
    जिसकी जिसके जिन्हें जिन्होंने जिनमें जिनके
    but because although though while whereas if when which who whom whose that after before
""".split()
# From the best place to the worst: after a sign that ends a clause, after a comma, before a word that begins a clause,
# at any space. Signs count only before a space, so that no number or address is cut. A run of spaces is tried once, at
# its beginning and as a whole: trying each of its spaces would take quadratic time.
_WORDS = "|".join([*CLAUSE_WORDS, *"अथवा जहाँ जहां जब and or nor yet so since where".split()])
_TIERS = (
    regex.compile(r"(?<=[;:][\"')\]”’]*)\s++|(?<!\s)\s++(?=[-–—]\s)"),
    regex.compile(r"(?<=[,،][\"')\]”’]*)\s++"),
    regex.compile(rf"(?<!\s)\s++(?=(?:{_WORDS})\s)"),
    regex.compile(r"\s+"),
)
# A cut this near to an end leaves less than a clause. Try the next kind of place instead.
_LEAST = 0.2


def split(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Return the text in parts that fit: in its sentences if it has several, else cut where a clause ends.

    Joined by spaces, the parts have the words of the text in its order. A part without a space in it may not fit.

    Args:
        text: any.
        fits: whether a part is short enough.
    """
    if fits(text):
        return [text]
    spans = sentences.split(text)
    if len(spans) > 1:
        return [part for start, end in spans for part in split(text[start:end], fits)]
    place = _place(text)
    if place is None:
        return [text]
    return [part for side in (text[: place[0]], text[place[1] :]) for part in split(side, fits)]


def _place(text: str) -> tuple[int, int] | None:
    """Return the span of white space to cut at, or None if the text has none inside."""
    for number, tier in enumerate(_TIERS, start=1):
        least = _LEAST * len(text) if number < len(_TIERS) else 1
        inside = [span for span in _spans(tier, text) if least <= span[0] and span[1] <= len(text) - least]
        if inside:
            return min(inside, key=lambda span: abs(span[0] + span[1] - len(text)))
    return None


def _spans(tier: regex.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    yield from (match.span() for match in tier.finditer(text))
