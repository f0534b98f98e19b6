"""Parts of a text that another language left: Devanagari or romanised Hindi in English, English in Hindi.

Romanised Hindi is told from borrowed words by Hindi's function words: "sarkar ne kaha" is Hindi, "mobile phone network"
(मोबाइल फोन नेटवर्क) is English. A run of function words and of words in lower case that sound as one of the source is
Hindi if it has two different function words, or three words and one function word.
"""

from __future__ import annotations

from dataclasses import dataclass

import regex

from harness.core.text import names

__all__ = ["ForeignWords", "in_english", "in_hindi"]


@dataclass(frozen=True, slots=True)
class ForeignWords:
    """Words of a text, in a row, that are in another language."""

    text: str  # as written: text[start:end]
    start: int  # offset in characters
    end: int  # offset after the last character


_DEVANAGARI = regex.compile(r"[ऀ-ॣॱ-ॿ](?:[ऀ-ॿ\u200c\u200d\s,.-]*[ऀ-ॣॱ-ॿ])?")
_LATIN = regex.compile(r"\p{Latin}{2,}(?:[\s,'’-]+\p{Latin}{2,})+")
_SMALL = regex.compile(r"(?<![\p{L}@#./])\p{Ll}+(?![\p{L}@/])")
# Hindi function words in Latin letters that are no English words. "me", "to", "par", "is", "us" and "main" are.
_FUNCTION_WORDS = frozenset(
    """
    hai hain ka ki ke ko mein mem se ne aur aura yeh yah yaha woh vah vaha bhi nahin nahi nahim tha thi kiya gaya
    gaye gayi liye lie apne apni jo ek eka karne karna hua hui hue rahe raha rahi diya diye kaha ya kya kyon tak baad
    wala wale hota hoti hote unhone unhonne iske uske unke kuch koi sabhi lekin jab phir saath dwara hoga hogi honge
    """.split()
)
_LEAST_RUN = 3
_LEAST_FUNCTION_WORDS = 2


def in_english(content: str, source: str = "") -> tuple[ForeignWords, ...]:
    """Return the parts of an English text that are in Devanagari, or Hindi in Latin letters.

    Args:
        content: the text.
        source: what it translates. Names and numbers of it may stay.
    """
    parts: list[ForeignWords] = []
    if not content.isascii():
        parts += (ForeignWords(match[0], *match.span()) for match in _DEVANAGARI.finditer(content))
    if not _FUNCTION_WORDS.isdisjoint(content.split()):
        parts += _romanised(content, source)
    return tuple(sorted(parts, key=lambda part: part.start))


def _romanised(content: str, source: str) -> list[ForeignWords]:
    """Return the runs of words in lower case that are Hindi."""
    words = list(_SMALL.finditer(content))
    of_source = frozenset(consonants for consonants, _ in names.sounds_of_words(source) if consonants)
    parts: list[ForeignWords] = []
    run: list[regex.Match[str]] = []
    for word in [*words, None]:
        follows = bool(run) and word is not None and not content[run[-1].end() : word.start()].strip(" ,-")
        is_hindi = word is not None and (word[0] in _FUNCTION_WORDS or _sounds_as(word[0], of_source))
        if run and not (follows and is_hindi):
            parts += _part(content, run)
            run = []
        if word is not None and is_hindi:
            run.append(word)
    return parts


def _sounds_as(word: str, of_source: frozenset[str]) -> bool:
    """Whether a word has the consonants of a word of the source."""
    return any(consonants in of_source for consonants, _ in names.sounds(word))


def _part(content: str, run: list[regex.Match[str]]) -> list[ForeignWords]:
    function_words = [word[0] for word in run if word[0] in _FUNCTION_WORDS]
    is_hindi = len(run) >= _LEAST_RUN and bool(function_words)
    if not is_hindi and len(set(function_words)) < _LEAST_FUNCTION_WORDS:
        return []
    start, end = run[0].start(), run[-1].end()
    return [ForeignWords(content[start:end], start, end)]


def in_hindi(content: str, source: str = "") -> tuple[ForeignWords, ...]:
    """Return the runs of two or more words in Latin letters of a Hindi text, unless the source has them too."""
    if not any("a" <= letter <= "z" for letter in content.lower()):
        return ()
    known = source.lower()
    return tuple(
        ForeignWords(match[0], *match.span())
        for match in _LATIN.finditer(content)
        if not all(word in known for word in regex.findall(r"\p{Latin}+", match[0].lower()))
    )
