"""Devanagari in Latin letters: the same text as indic-transliteration gives.

Only these tests need the library.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from indic_transliteration import sanscript

from harness.models._romanisation import Scheme, romanise
from tests.paths import REFERENCES
from tests.texts import random_strings

SCHEMES: tuple[Scheme, ...] = get_args(Scheme)

BLOCK = [chr(code) for code in range(0x900, 0x980)]
CONSONANTS = [chr(code) for code in range(0x915, 0x93A)]
SIGNS = [*map(chr, range(0x93E, 0x94E)), *"\u093c\u093c\u094d\u094d\u0901\u0902\u0903\u0951\u0952"]
OTHERS = [
    *" .,'\"~aAnNcCjJkKgGxMH{}_\\|-0123456789é\u200c\u200d\u0301\u0331\u032d\n",
    *("क्ष ज्ञ ~n ~N ङ् ञ् न\u093c ढ\u093c ॐ \u0945 \u0972 । ॥ \u0970").split(),
]


def library(text: str, scheme: str) -> str:
    """Return the library's output for a text; make plain the characters that it lacks or writes as signs."""
    plain = unicodedata.normalize("NFD", text).translate(
        str.maketrans({"।": ".", "॥": ".", "॰": ".", "\u200c": None, "\u200d": None, "ॲ": "ऍ"})
    )
    if scheme in ("iast", "itrans"):
        plain = plain.translate(str.maketrans("ऑऍऎऒ\u0949\u0945\u0946\u094a", "ओएएओ\u094b\u0947\u0947\u094b"))
    return str(sanscript.transliterate(plain, sanscript.DEVANAGARI, scheme)).replace("\u093c", "")


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


def references() -> list[str]:
    lines = (line for path in sorted(REFERENCES.rglob("*.jsonl")) for line in path.read_text("utf-8").split("\n"))
    return [text for line in lines if line for text in strings(json.loads(line)) if not text.isascii()]


class TestLikeTheLibrary:
    def test_the_references_have_hindi(self) -> None:
        assert sum(any(letter in BLOCK for letter in text) for text in references()) > 300

    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_all_references(self, scheme: Scheme) -> None:
        for text in references():
            assert romanise(text, scheme) == library(text, scheme)

    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_random_strings(self, scheme: Scheme) -> None:
        for text in random_strings(scheme, [BLOCK, CONSONANTS, CONSONANTS, SIGNS, SIGNS, OTHERS]):
            assert romanise(text, scheme) == library(text, scheme), ascii(text)

    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_every_character_and_every_two(self, scheme: Scheme) -> None:
        for one in BLOCK:
            line = " ".join(f"{one}{two}" for two in [*BLOCK, ""])
            assert romanise(line, scheme) == library(line, scheme), hex(ord(one))

    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_every_two_consonants_and_a_nasal(self, scheme: Scheme) -> None:
        for one in CONSONANTS:
            line = " ".join(f"{one}\u094d{two} {one}{two}\u094d" for two in CONSONANTS)
            assert romanise(line, scheme) == library(line, scheme), one


# Text; in the order of SCHEMES, its romanisations. These need no library.
ROMANISED = {
    "words": ("भारत में हिन्दी", "bhārata mēṁ hindī|bhārata meṃ hindī|bhArata meM hindI|bhArata meM hindI"),
    "nukta": ("ज\u093cरा \u095c\u095d", "zarā ṛaṛha|zarā r\u0324ar\u0324ha|zarA .Da.Dha|zarA .Da.Dha"),
    "a nukta that no scheme knows": ("प\u093cा", "paā|paā|paA|paA"),
    "na with a nukta": ("न\u093cा न\u093c", "ṉā ṉa|ṉā ṉa|naA na|naA na"),
    "loans": ("ऑफ\u093cिस बॅट", "ôfisa bêṭa|ofisa beṭa|ofisa beTa|oafisa beaTa"),
    "conjuncts": ("क्षमा ज्ञान", "kṣamā jñāna|kṣamā jñāna|kShamA j~nAna|xamA jnAna"),
    "nasals": ("अङ्क मञ्च वाङ्मय", "aṅka mañca vāṅmaya|aṅka mañca vāṅmaya|a~Nka ma~ncha vA~Nmaya|anka mancha vA~Nmaya"),
    "virama at the end": ("सन्", "san|san|san|san"),
    "digits and marks": ("१४:३० है॥ पं॰", "14:30 hai. paṁ.|14:30 hai. paṃ.|14:30 hai. paM.|14:30 hai. paM."),
    "signs": ("चाँद दुःख ॐ ऽ", "cām\u0310da duḥkha ōṁ '|cā~da duḥkha oṃ '|chA.Nda duHkha OM .a|chA.Nda duHkha OM .a"),
    "an accent moves": ("कं\u0951", "ka\u032dṁ|ka\u032dṃ|ka\\'M|ka\\'M"),
    "a sign alone": ("\u093f \u094d", "i |i |i |i "),
    "joiners": ("क्\u200dष", "kṣa|kṣa|kSha|xa"),
    "all else stays": ("X ~n ক é", "|".join(["X ~n ক e\u0301"] * 4)),
    "nothing": ("", "|||"),
}


@pytest.mark.parametrize("row", ROMANISED.values(), ids=ROMANISED)
def test_romanise(row: tuple[str, str]) -> None:
    text, expected = row
    assert [romanise(text, scheme) for scheme in SCHEMES] == expected.split("|")
