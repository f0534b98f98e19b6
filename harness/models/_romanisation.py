"""Write Devanagari in Latin letters, by four schemes; pure.

A consonant is followed by its vowel sign, by nothing if it has a virama, and else by `a`. All else is in tables: those
of ISO 15919:2001, IAST, ITRANS 5.3 and Optitrans (sanskrit-coders.github.io). If a scheme leaves a choice, the letters
are those of indic-transliteration 2.3.82, whose output tests/models/test_romanisation.py compares. Only letters of the
block Devanagari (U+0900-097F) are known: Vedic accents beyond it stay as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Literal

Scheme = Literal["iso", "iast", "itrans", "optitrans"]

# The Devanagari letters of a scheme's three rows below, in the form NFD. `–`: the scheme has no letter for it.
_NUKTA, _VIRAMA = "\u093c", "\u094d"
_CONSONANTS = (
    *"क ख ग घ ङ च छ ज झ ञ ट ठ ड ढ ण त थ द ध न प फ ब भ म य र ल व श ष स ह ळ क्ष ज्ञ".split(),
    *(f"{letter}{_NUKTA}" for letter in "कखगजडढफयरळन"),
)
_VOWELS = "आइईउऊऋॠऌॡऎएऐऒओऔऍऑ"
_SIGNS = "\u093e\u093f\u0940\u0941\u0942\u0943\u0944\u0962\u0963\u0946\u0947\u0948\u094a\u094b\u094c\u0945\u0949"
_OTHERS = "अंःँॐऽ\u0951\u0952"

# iast and itrans have no letters for ऍ and ऑ (vowels of English loans), ऎ and ऒ: use those of ए and ओ.
_ROWS: dict[str, tuple[str, str, str]] = {
    "iso": (
        "k kh g gh ṅ c ch j jh ñ ṭ ṭh ḍ ḍh ṇ t th d dh n p ph b bh m y r l v ś ṣ s h ḷ kṣ jñ "
        "q k\u035fh ġ z ṛ ṛh f ẏ ṟ ḻ ṉ",
        "ā i ī u ū r\u0325 r\u0325\u0304 l\u0325 l\u0325\u0304 e ē ai o ō au ê ô",
        "a ṁ ḥ m\u0310 ōṁ ' \u032d \u0331",
    ),
    "iast": (
        "k kh g gh ṅ c ch j jh ñ ṭ ṭh ḍ ḍh ṇ t th d dh n p ph b bh m y r l v ś ṣ s h ḻ kṣ jñ "
        "q k\u035fh ġ z r\u0324 r\u0324h f ẏ ṟ l\u0324 ṉ",
        "ā i ī u ū ṛ ṝ ḷ ḹ e e ai o o au e o",
        "a ṃ ḥ ~ oṃ ' \u032d \u0331",
    ),
    "itrans": (
        "k kh g gh ~N ch Ch j jh ~n T Th D Dh N t th d dh n p ph b bh m y r l v sh Sh s h L kSh j~n "
        "q K G z .D .Dh f Y R zh –",
        "A i I u U RRi RRI LLi LLI e e ai o o au e o",
        r"a M H .N OM .a \' \_",
    ),
    "optitrans": (
        "k kh g gh ~N ch Ch j jh ~n T Th D Dh N t th d dh n p ph b bh m y r l v sh Sh s h L x jn "
        "q .kh .g z .D .Dh f Y .Rh .L –",
        "A i I u U R RR LLi LLI E e ai O o au ea oa",
        r"a M H .N OM .a \' \_",
    ),
}

# The dandas, the abbreviation sign and the joiners become plain text in every scheme; ॲ is ऍ as Marathi writes it.
_PLAIN = str.maketrans({"।": ".", "॥": ".", "॰": ".", "\u200c": None, "\u200d": None, "ॲ": "ऍ"})
# An accent is written before the sign of the nasal or the aspirate.
_ACCENTED = re.compile("([ंःँ])([\u0951\u0952])")
# Optitrans writes n for a nasal before a consonant of its own place.
_NASAL = re.compile("~(?:n(?=[cCjJ])|N(?=[kKgGx]))")


def romanise(text: str, scheme: Scheme) -> str:
    """Return text with its Devanagari in Latin letters; other characters stay, in the form NFD."""
    text = unicodedata.normalize("NFD", text).translate(_PLAIN)
    syllable, write, others = _rules(scheme)
    text = syllable.sub(write, _ACCENTED.sub(r"\2\1", text)).translate(others)
    if scheme == "optitrans":
        text = _NASAL.sub("n", text)
    return text.replace(_NUKTA, "")  # of a letter whose form with a nukta has no romanisation


@cache
def _rules(scheme: Scheme) -> tuple[re.Pattern[str], Callable[[re.Match[str]], str], dict[int, str]]:
    """Return a pattern for a consonant with its vowel, its replacement, and those of all other characters."""
    consonants, vowels, others = (row.split() for row in _ROWS[scheme])
    letters = {letter: latin for letter, latin in zip(_CONSONANTS, consonants, strict=True) if latin != "–"}
    signs = dict(zip(_SIGNS, vowels, strict=True)) | {_VIRAMA: ""}
    longest_first = "|".join(sorted(letters, key=len, reverse=True))
    digits = {chr(ord("०") + value): str(value) for value in range(10)}
    rest = signs | dict(zip(_VOWELS, vowels, strict=True)) | dict(zip(_OTHERS, others, strict=True)) | digits
    return (
        re.compile(f"({longest_first})([{''.join(signs)}]?)"),
        lambda match: letters[match[1]] + signs.get(match[2], "a"),
        {ord(character): latin for character, latin in rest.items()},
    )
