"""Normalisation, tokenisation and scripts of IndicTrans2's languages: the same text as indic-nlp-library gives.

Only these tests need the library. Invisible characters are escapes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from indicnlp.normalize.indic_normalize import IndicNormalizerFactory
from indicnlp.tokenize.indic_detokenize import trivial_detokenize
from indicnlp.tokenize.indic_tokenize import trivial_tokenize
from indicnlp.transliterate.unicode_transliterate import UnicodeIndicTransliterator

from harness.models.indictrans2 import languages, normalisation, scripts, tokenisation
from tests.paths import DATA
from tests.texts import random_strings

GOLDEN = DATA / "indictrans2"

# The library's code for each language of IndicTrans2 (IndicTransToolkit 1.1.1, `_flores_codes`).
CODES = {
    "hin_Deva": "hi", "asm_Beng": "as", "awa_Deva": "hi", "ben_Beng": "bn", "bho_Deva": "hi", "brx_Deva": "hi",
    "doi_Deva": "hi", "eng_Latn": "en", "gom_Deva": "kK", "gon_Deva": "hi", "guj_Gujr": "gu", "hne_Deva": "hi",
    "kan_Knda": "kn", "kas_Arab": "ur", "kas_Deva": "hi", "kha_Latn": "en", "lus_Latn": "en", "mag_Deva": "hi",
    "mai_Deva": "hi", "mal_Mlym": "ml", "mar_Deva": "mr", "mni_Beng": "bn", "mni_Mtei": "hi", "npi_Deva": "ne",
    "ory_Orya": "or", "pan_Guru": "pa", "san_Deva": "hi", "sat_Olck": "or", "snd_Arab": "ur", "snd_Deva": "hi",
    "tam_Taml": "ta", "tel_Telu": "te", "unr_Deva": "hi", "urd_Arab": "ur",
}  # fmt: skip
SCRIPTS = {code: languages.script_of_rules(language) for language, code in CODES.items()}
BRAHMI = [code for code, script in SCRIPTS.items() if script in scripts.BLOCKS]

# Offsets in a block that the rules name: nukta, virama, vowels, vowel signs in two parts, letters with a nukta.
OFFSETS = (
    *(0x3C, 0x4D, 0x3E, 0x3F, 0x40, 0x41, 0x42, 0x46, 0x47, 0x48, 0x4A, 0x4B, 0x4C, 0x55, 0x56, 0x57, 0x58, 0x5C),
    *(0x05, 0x0F, 0x12, 0x13, 0x15, 0x23, 0x28, 0x30, 0x32, 0x33, 0x35, 0x64, 0x65, 0x72, 0x73, 0x77, 0x7A, 0x7C),
)  # fmt: skip
SIGNS = [
    *("|", "||", "|:", " | "),
    *"'|''|\"|`|´|‘|‚|’|„|“|”|–|—|…|:|: |।|॥|\u0970| |  |\t|\n".split("|"),
    *"\u200b|\u200c|\u200d|\ufeff|\ufffe|\u2060|\u00ad|\u00a0|\ufdd2|\u06d4|،|؟|\u066b".split("|"),
    *"@RA|@RA |@LA| @LA|@|1 , 2|10:30|12 / 3 / 2024|5 . |(|( |)| )|[ |] | {|}|< | >|# |$ |%| %|&|*|+|,| , ".split("|"),
    *"- | - |/| / |\\| \\ |.| . |;| ;|? |! |^|_|~".split("|"),
]
LATIN = [chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100))]
OTHER_PUNCTUATION = [chr(code) for code in (*range(0x1C70, 0x1C80), *range(0xAAE0, 0xAB00), *range(0xABE0, 0xAC00))]


def golden() -> Iterator[str]:
    for line in (GOLDEN / "processor_cases.jsonl").read_text("utf-8").splitlines():
        yield from json.loads(line).values()
    for path in GOLDEN.glob("*/expected.json"):
        for example in json.loads(path.read_text("utf-8"))["examples"]:
            yield from (value for value in example.values() if isinstance(value, str))


GOLDEN = sorted(set(golden()))


def texts(code: str) -> list[str]:
    """The golden texts, and random ones: the script's block and its neighbours, Latin, digits, punctuation, joiners."""
    first = scripts.BLOCKS.get(SCRIPTS[code], 0x600)
    own = [chr(code) for code in range(first, first + 0x80)]
    near = [chr(code) for code in range(first - 0x80, first + 0x100)]
    rules = [chr(first + offset) for offset in OFFSETS]
    digits = [*"0123456789", *(chr(first + offset) for offset in range(0x66, 0x70))]
    pools = [own, near, rules, rules, digits, SIGNS, SIGNS, [" "], LATIN, OTHER_PUNCTUATION]
    return [*GOLDEN, *random_strings(code, pools)]


def assert_same(code: str, ours: Callable[[str], str], library: Callable[[str], str]) -> None:
    different = [(text, ours(text), library(text)) for text in texts(code) if ours(text) != library(text)]
    assert not different, f"{len(different)} texts differ: {different[:3]!a}"


class TestLikeTheLibrary:
    def test_every_language_has_a_code(self) -> None:
        assert set(CODES) == set(languages.LANGUAGES)
        assert len(BRAHMI) == 13
        assert {SCRIPTS[code] for code in BRAHMI} == set(scripts.BLOCKS)

    def test_there_are_many_golden_texts(self) -> None:
        assert len(GOLDEN) > 400

    @pytest.mark.parametrize("code", BRAHMI)
    def test_normalise(self, code: str) -> None:
        library = IndicNormalizerFactory().get_normalizer(code)
        assert_same(code, lambda text: normalisation.normalise(text, SCRIPTS[code]), library.normalize)

    @pytest.mark.parametrize("code", SCRIPTS)
    def test_tokenise(self, code: str) -> None:
        urdu = SCRIPTS[code] == "Arab"
        assert_same(
            code,
            lambda text: tokenisation.tokenise(text, urdu=urdu),
            lambda text: " ".join(trivial_tokenize(text, code)),
        )

    @pytest.mark.parametrize("code", SCRIPTS)
    def test_detokenise(self, code: str) -> None:
        assert_same(code, tokenisation.detokenise, lambda text: trivial_detokenize(text, code))

    @pytest.mark.parametrize("code", BRAHMI)
    def test_to_devanagari(self, code: str) -> None:
        assert_same(
            code,
            lambda text: scripts.to_devanagari(text, SCRIPTS[code]),
            lambda text: UnicodeIndicTransliterator.transliterate(text, code, "hi"),
        )

    @pytest.mark.parametrize("code", BRAHMI)
    def test_from_devanagari(self, code: str) -> None:
        library = UnicodeIndicTransliterator.transliterate
        for text in (*texts(code), *texts("hi")):
            devanagari = library(text, code, "hi")
            assert scripts.from_devanagari(devanagari, SCRIPTS[code]) == library(devanagari, "hi", code), ascii(text)

    @pytest.mark.parametrize("code", BRAHMI)
    def test_every_character_of_the_block_and_every_two(self, code: str) -> None:
        library, script = IndicNormalizerFactory().get_normalizer(code), SCRIPTS[code]
        block = [chr(scripts.BLOCKS[script] + offset) for offset in range(scripts.BLOCK_SIZE)]
        for one in block:
            line = " ".join(f"{one}{two}" for two in [*block, ":", "|", "'"])
            assert normalisation.normalise(line, script) == library.normalize(line), hex(ord(one))
            assert tokenisation.tokenise(line) == " ".join(trivial_tokenize(line, code))
            found = UnicodeIndicTransliterator.transliterate(one, code, "hi")
            assert scripts.to_devanagari(one, script) == found
            assert scripts.from_devanagari(found, script) == UnicodeIndicTransliterator.transliterate(found, "hi", code)

    # Kannada has a vowel sign of three parts, which random strings rarely contain.
    @pytest.mark.parametrize("code", BRAHMI)
    def test_normalise_every_three_characters_of_the_rules(self, code: str) -> None:
        library, script = IndicNormalizerFactory().get_normalizer(code), SCRIPTS[code]
        letters = [*(chr(scripts.BLOCKS[script] + offset) for offset in OFFSETS), *"\u200d:'"]
        for one in letters:
            line = " ".join(f"{one}{two}{three}" for two in letters for three in letters)
            assert normalisation.normalise(line, script) == library.normalize(line), hex(ord(one))


def table(rows: dict[str, tuple[str, ...]]) -> Any:
    return pytest.mark.parametrize("row", rows.values(), ids=rows)


# Script, text, result. These need no library.
NORMALISED = {
    "composed nukta": ("Deva", "\u0958\u0929", "\u0915\u093c\u0928\u093c"),
    "candra a of Marathi": ("Deva", "\u0972", "\u090f"),
    "joiners go": ("Deva", "क\u200dख\u200c\ufeff\u2060\u00ad\ufffe", "कख"),
    "spaces": ("Deva", "क\u200bख\u00a0ग", "क ख ग"),
    "quotes": ("Deva", "„“” ‘‚’´ '' ‘’", '""" "" " "'),
    "dashes and dots": ("Deva", "क–ख—ग…", "क-ख - ग..."),
    "a colon after a letter": ("Deva", "क: क:: १: a: 1: :", "कः कः: १ः a: 1: :"),
    "a colon after a removed joiner": ("Deva", "क\u200d:", "कः"),
    "another script's letter before a colon": ("Beng", "क:ক:", "क:কঃ"),
    "a pipe": ("Deva", "क| |:", "क। ।ः"),
    "a pipe stays in Gujarati": ("Gujr", "ક|", "ક|"),
    "a pipe stays in Odia, its unassigned likeness not": ("Orya", "କ|\u0b7c", "କ|।"),
    "dandas of the block": ("Taml", "\u0be4\u0be5", "।॥"),
    "Bengali's currency sign": ("Beng", "\u09f7", "।"),
    "Bengali's signs in two parts": ("Beng", "\u09c7\u09be \u09c7\u09d7 \u09dc", "\u09cb \u09cc \u09a1\u09bc"),
    "a joiner between two parts": ("Beng", "\u09c7\u200d\u09be", "\u09cb"),
    "Gurmukhi's bearers": ("Guru", "\u0a72\u0a3f \u0a05\u0a3e \u0a72 \u0a33", "\u0a07 \u0a06 \u0a72 \u0a32\u0a3c"),
    "a joiner after a bearer": ("Guru", "\u0a72\u200d\u0a3f", "\u0a72\u0a3f"),
    "Odia's ai in an unassigned code point": ("Orya", "\u0b47\u0b56 \u0b48", "\u0b58 \u0b48"),
    "Odia's va": ("Orya", "\u0b35 \u0b71 \u0b05\u0b3e", "\u0b2c \u0b71 \u0b06"),
    "Tamil's au": ("Taml", "\u0b92\u0bd7 \u0bc6\u0bd7", "\u0b94 \u0bcc"),
    "Kannada's sign in three parts": ("Knda", "\u0cc6\u0cc2\u0cd5", "\u0ccb"),
    "Telugu": ("Telu", "\u0c46\u0c56|", "\u0c48|"),
    "old chillu": ("Mlym", "\u0d28\u0d4d\u200d \u0d28\u0d4d", "\u0d7b \u0d28\u0d4d"),
    "Malayalam's length mark": ("Mlym", "\u0d57 \u0d46\u0d57", "\u0d4c \u0d4c"),
}
TOKENISED = {
    "punctuation": ("वह (कल) आया।", "वह ( कल ) आया ।"),
    "numbers": ("कुल 1,25,000 और 10:30; 1.5", "कुल 1,25,000 और 10:30 ; 1.5"),
    "a list of numbers is one": ("सन् 2019, 2020, 2021", "सन् 2019,2020,2021"),
    "numbers at the beginning": ("1,25,000 और 1,25", "1 , 25 , 000 और 1,25"),
    "numbers apart": ("क 1 , 2", "क 1,2"),
    "a backslash is no punctuation": ("a\\b a/b", "a\\b a / b"),
    "tabs are spaces, line breaks are not": ("क\tख\nग", "क ख\nग"),
    "a space of another kind": ("क\u00a0ख", "क\u00a0ख"),
    "Meetei Mayek and Ol Chiki": ("ꯃ꯫ᱟ᱾", "ꯃ ꯫ ᱟ ᱾"),
    "nothing": ("  ", ""),
}
URDU_TOKENISED = {
    "punctuation": ("آیا، گیا۔ 1,25,000", "آیا ، گیا ۔ 1 , 25 , 000"),
    "the danda and the question mark stay": ("ہے। کیا؟", "ہے। کیا؟"),
}
DETOKENISED = {
    "brackets": ("वह ( कल ) आया ।", "वह (कल) आया।"),
    "numbers": ("कुल 1 , 25 , 000 रु .", "कुल 1,25,000 रु."),
    "numbers at the beginning": ("1 : 30 बजे 1 : 30", "1: 30 बजे 1:30"),
    "dashes and slashes": ("क - ख / ग \\ घ - - ङ", "क-ख/ग\\घ-- ङ"),
    "double quotes": ('" क " ख " ग', '"क" ख "ग'),
    "quotes of three kinds": ("' क ' ` ख ` \" ग \"", "'क' `ख` \"ग\""),
    "an apostrophe opens": ("isn ' t ' x", "isn 't' x"),
    "one space goes": ("(  क  )", "( क )"),
    "signs that open": ("# क $ 5 @ x < y >", "#क $5 @x <y>"),
    "the library's own marks": ("@RAM है @LA , @RA क ' ख '", "'M है', 'क 'ख'"),
}


class TestEdgeCases:
    @table(NORMALISED)
    def test_normalise(self, row: tuple[str, ...]) -> None:
        script, text, expected = row
        assert normalisation.normalise(text, script) == expected

    @table(TOKENISED)
    def test_tokenise(self, row: tuple[str, ...]) -> None:
        text, expected = row
        assert tokenisation.tokenise(text) == expected

    @table(URDU_TOKENISED)
    def test_tokenise_urdu(self, row: tuple[str, ...]) -> None:
        text, expected = row
        assert tokenisation.tokenise(text, urdu=True) == expected

    @table(DETOKENISED)
    def test_detokenise(self, row: tuple[str, ...]) -> None:
        text, expected = row
        assert tokenisation.detokenise(text) == expected

    def test_letters_beyond_the_common_ones_stay(self) -> None:
        assert scripts.to_devanagari("ৰ ক ।", "Beng") == "ৰ क ।"
        assert scripts.to_devanagari("ൺ ക", "Mlym") == "ൺ क"
        assert scripts.from_devanagari("ॲ क ।", "Gujr") == "ॲ ક ।"

    def test_tamil_has_one_letter_for_several(self) -> None:
        assert scripts.from_devanagari("कखगघङ चछजझ टठडढण तथदधन पफबभम शषस", "Taml") == "ககககங சசஜச டடடடண ததததந பபபபம ஷஷஸ"

    @pytest.mark.parametrize("script", ["Deva", "Arab", "Latn"])
    def test_other_scripts_are_not_converted(self, script: str) -> None:
        assert scripts.from_devanagari("क ka ک", script) == scripts.to_devanagari("क ka ک", script) == "क ka ک"

    def test_long_numbers_take_no_time(self) -> None:
        assert tokenisation.tokenise("1" * 1_000_000) == "1" * 1_000_000
