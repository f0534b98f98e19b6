"""The inputs of IndicTrans2 and its outputs as text: the text half of the port.

Three sources give the expected texts: the golden files (`data/indictrans2/*/expected.json`), `processor_cases.jsonl`,
for which the official toolkit prepared sentences written for this file, and `departures.jsonl`, sentences that the
toolkit treats in another way than the rules "corrected". For these rules a table has the port's text, and a comment the
toolkit's. Invisible characters are escapes.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, get_args

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import ModelError
from harness.models.indictrans2 import arabic, languages, placeholders
from harness.models.indictrans2.languages import LANGUAGES
from harness.models.indictrans2.processor import Prepared, TextRules, postprocess, preprocess
from tests.paths import DATA, ROOT
from tests.texts import TEXT, bounded

GOLDEN = DATA / "indictrans2"
HINDI, ENGLISH, BENGALI, URDU = "hin_Deva", "eng_Latn", "ben_Beng", "urd_Arab"
NBSP = "\u00a0"


def golden() -> list[Any]:
    return [
        pytest.param(example, id=f"{folder}-{number}")
        for folder in ("1b-like", "dist200m-like")
        for number, example in enumerate(json.loads((GOLDEN / folder / "expected.json").read_text("utf-8"))["examples"])
    ]


def cases(name: str = "processor_cases") -> list[dict[str, str]]:
    return [json.loads(line) for line in (GOLDEN / f"{name}.jsonl").read_text("utf-8").splitlines()]


RULES = pytest.mark.parametrize("rules", get_args(TextRules))


def body(text: str, source: str = HINDI, target: str = ENGLISH, rules: TextRules = "corrected") -> str:
    return preprocess(text, source, target, rules).body


def table(rows: dict[str, tuple[str, ...]]) -> Any:
    return pytest.mark.parametrize("row", rows.values(), ids=rows)


class TestLikeTheOfficialToolkit:
    def test_both_golden_files_have_all_examples(self) -> None:
        assert len(golden()) == 62

    @RULES
    @pytest.mark.parametrize("example", golden())
    def test_the_golden_inputs(self, example: dict[str, Any], rules: TextRules) -> None:
        prepared = preprocess(example["raw"], HINDI, ENGLISH, rules)
        assert f"{HINDI} {ENGLISH} {prepared.body}" == example["preprocessed"]

    @RULES
    @pytest.mark.parametrize("example", golden())
    def test_the_golden_outputs(self, example: dict[str, Any], rules: TextRules) -> None:
        values = preprocess(example["raw"], HINDI, ENGLISH, rules).values
        assert postprocess(example["beam5_decoded"], ENGLISH, values, rules) == example["beam5_postprocessed"]

    @RULES
    @pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case['source']}-{case['target']}")
    def test_sentences_of_many_languages(self, case: dict[str, str], rules: TextRules) -> None:
        assert texts(case, rules) == (case["preprocessed"], case["postprocessed"])

    @pytest.mark.parametrize("case", cases("departures"), ids=lambda case: case["deviation"])
    def test_with_the_rules_of_the_authors_also_sentences_that_a_deviation_touches(self, case: dict[str, str]) -> None:
        assert texts(case, "authors") == (case["preprocessed"], case["postprocessed"])
        assert texts(case, "corrected") != (case["preprocessed"], case["postprocessed"])

    def test_every_deviation_of_text_has_a_sentence(self) -> None:
        assert {case["deviation"] for case in cases("departures")} == set(DEVIATIONS) - {"unknown-language", "quotes"}

    def test_the_sentences_are_in_enough_languages(self) -> None:
        from_language = [case["source"] for case in cases()]
        for language in (
            "ben_Beng tam_Taml tel_Telu guj_Gujr pan_Guru ory_Orya mal_Mlym kan_Knda asm_Beng mar_Deva urd_Arab "
            "sat_Olck mni_Mtei snd_Arab snd_Deva"
        ).split():
            assert from_language.count(language) >= 2, language
        assert from_language.count(HINDI) >= 40


def texts(case: dict[str, str], rules: TextRules) -> tuple[str, str]:
    """Return a recorded sentence as the toolkit prepares it, codes included, and its output as plain text."""
    source, target = case["source"], case["target"]
    prepared = preprocess(case["text"], source, target, rules)
    return f"{source} {target} {prepared.body}", postprocess(case["output"], target, prepared.values, rules)


# --- deviations from the toolkit, by the numbers of README.md in harness/models/indictrans2 ---------------------------

README = (ROOT / "harness/models/indictrans2/README.md").read_text("utf-8")
DEVIATIONS = re.findall(r"^\| \d+ \| (\S+) \|", README, re.MULTILINE)  # names, in the order of their numbers

# Text, body, values of the placeholders.
ADDRESSES = {
    # Toolkit: `< ID1 > . भेजा`, and `एस.एम.एस` comes back in Devanagari.
    "dotted abbreviation": ("एस.एम.एस. भेजा", "एस . एम . एस . भेजा", {}),
    # Toolkit: `वह आया < ID1 > सच है`.
    "no space after a full stop": ("वह आया है.यह सच है", "वह आया है . यह सच है", {}),
    # Toolkit: `है.example.com` as a whole.
    "a word before it": ("यह है.example.com", "यह है . example . com", {}),
    # These two are as in the toolkit.
    "ASCII": ("साइट example.com देखें", "साइट < ID1 > देखें", {1: "example.com"}),
    "www": ("www.भारत.in देखें", "< ID1 > देखें", {1: "www.भारत.in"}),
}
PIPES = {
    # Toolkit: `है < ID1 > ठीक है`, with `|यह` behind it.
    "for a danda": ("वह घर पर है|यह ठीक है", "वह घर पर है । यह ठीक है", {}),
    # Toolkit: `देखें < ID1 >`, with `ABC|न्यूज़` behind it.
    "Latin before it": ("देखें ABC|न्यूज़", "देखें ABC । न्यूज़", {}),
    # As in the toolkit.
    "Latin after it": ("चैनल ABC|News पर", "चैनल < ID1 > पर", {1: "ABC|News"}),
}
URLS = {
    # Toolkit: `http://example.in` alone, and `: 8080 / ~ a / b + c , d /` in the text.
    "port, tilde, plus, comma": (
        "देखें http://example.in:8080/~a/b+c,d/ पर",
        "देखें < ID1 > पर",
        {1: "http://example.in:8080/~a/b+c,d/"},
    ),
    # Toolkit: without the slash at its end.
    "slash at its end": ("देखें https://example.in/a/ पर", "देखें < ID1 > पर", {1: "https://example.in/a/"}),
    # Toolkit: `( < ID1 > ( b ) )`.
    "a bracket of its own": (
        "(https://example.in/a_(b)) देखें",
        "( < ID1 > ) देखें",
        {1: "https://example.in/a_(b)"},
    ),
    # Toolkit: two placeholders, and `=` between them.
    "an e-mail address in it": (
        "https://example.in/?to=a@b.in देखें",
        "< ID1 > देखें",
        {1: "https://example.in/?to=a@b.in"},
    ),
    "and one beside it": (
        "c@d.in https://example.in/?to=a@b.in",
        "< ID1 > < ID2 >",
        {1: "c@d.in", 2: "https://example.in/?to=a@b.in"},
    ),
    # What follows it in its sentence is not part of it, as in the toolkit.
    "punctuation after it": ("देखें ftp://example.in/f.zip, चलो", "देखें < ID1 > , चलो", {1: "ftp://example.in/f.zip"}),
    "a colon or semicolon of the sentence": (
        "साइट https://example.in : यहाँ देखें https://example.org ; फिर",
        "साइट < ID1 > : यहाँ देखें < ID2 > ; फिर",
        {1: "https://example.in", 2: "https://example.org"},
    ),
    "quotes and a danda": ("“https://example.in/x”।", '" < ID1 > " ।', {1: "https://example.in/x"}),
}
PLACES = {
    # Toolkit: in some runs `< ID1 > और 1 < ID1 >`.
    "numbers": ("250% और 1250% बढ़ा", "< ID1 > और < ID2 > बढ़ा", {1: "250%", 2: "1250%"}),
    # Toolkit: in some runs `< ID1 > और < ID1 > esh`.
    "handles": ("@ram और @ramesh आए", "< ID1 > और < ID2 > आए", {1: "@ram", 2: "@ramesh"}),
    # Toolkit: `< ID1 > और l < ID1 >`, or as here.
    "e-mail addresses": ("ram@x.in और lram@x.in", "< ID1 > और < ID2 >", {1: "ram@x.in", 2: "lram@x.in"}),
}
NUMBERS = {
    # Toolkit: in any order.
    "in the order of the text": ("@c @b @a", "< ID1 > < ID2 > < ID3 >", {1: "@c", 2: "@b", 3: "@a"}),
    # As in the toolkit: e-mail addresses, then URLs, then numbers, then handles.
    "kind by kind": (
        "#d 1/2/2024 https://example.in a@b.in",
        "< ID4 > < ID3 > < ID2 > < ID1 >",
        {1: "a@b.in", 2: "https://example.in", 3: "1/2/2024", 4: "#d"},
    ),
    "the same thing twice": ("@a और @b, फिर @a", "< ID1 > और < ID2 > , फिर < ID1 >", {1: "@a", 2: "@b"}),
    # Toolkit: `< ID1 > और < ID1 >`, and @ram twice in the output.
    "a placeholder in the text": ("<ID1> और @ram", "< ID1 > और < ID2 >", {2: "@ram"}),
    "several of them": (
        "<ID1> <id2> [ID3] आईडी 4 @ram",
        "< ID1 > < id2 > [ ID3 ] आईडी 4 < ID5 >",
        {5: "@ram"},
    ),
    # Toolkit: `< ID1 >`; it also treats `आईडी 1` in an output as this placeholder.
    "a number after ID": ("ID 1 और @ram", "ID 1 और < ID2 >", {2: "@ram"}),
    "ID in the words": ("COVID 1 और said 1 @ram", "COVID 1 और said 1 < ID1 >", {1: "@ram"}),
}


class TestDeviations:
    def test_the_readme_has_all_of_them(self) -> None:
        assert len(DEVIATIONS) == 11
        tested = {int(number) for name in dir(self) for number in re.findall(r"^test_(\d+)_", name)}
        assert tested == set(range(1, 11))  # test_tokenizer.py has the eleventh

    @table(ADDRESSES)
    def test_1_an_address_without_a_scheme_is_in_ascii_or_begins_with_www(self, row: tuple[str, ...]) -> None:
        self.check(row)

    @table(PIPES)
    def test_2_a_pipe_before_a_hindi_word_is_a_danda(self, row: tuple[str, ...]) -> None:
        self.check(row)

    @table(URLS)
    def test_3_a_url_with_a_scheme_is_whole(self, row: tuple[str, ...]) -> None:
        self.check(row)

    @table(PLACES)
    def test_4_a_match_is_replaced_at_its_own_place(self, row: tuple[str, ...]) -> None:
        self.check(row)

    @table(NUMBERS)
    def test_5_numbers_follow_the_text_and_skip_those_that_it_uses(self, row: tuple[str, ...]) -> None:
        self.check(row)

    def test_6_the_text_of_a_placeholder_is_put_back_unchanged(self) -> None:
        prepared = preprocess("https://example.in/?a=1&amp;b=2 देखें", HINDI, ENGLISH)
        # Toolkit: ends the URL at the semicolon, and a `&amp;` inside of one becomes `&`.
        assert postprocess("See < ID1 > .", ENGLISH, prepared.values) == "See https://example.in/?a=1&amp;b=2."
        hashtag = preprocess("#खेल देखें", HINDI, BENGALI)
        # Toolkit: `#খেল`.
        assert postprocess("< ID1 > देखुन", BENGALI, hashtag.values) == "#खेल দেখুন"

    # Toolkit: Telugu's zero, and Tamil's and Malayalam's digits, become Devanagari's; the Arabic-Indic 1 to 9 stay.
    @pytest.mark.parametrize(
        ("source", "zero"),
        [
            (HINDI, 0x966),
            (URDU, 0x660),
            (URDU, 0x6F0),
            (BENGALI, 0x9E6),
            ("asm_Beng", 0x9E6),
            ("pan_Guru", 0xA66),
            ("guj_Gujr", 0xAE6),
            ("ory_Orya", 0xB66),
            ("tam_Taml", 0xBE6),
            ("tel_Telu", 0xC66),
            ("kan_Knda", 0xCE6),
            ("mal_Mlym", 0xD66),
            ("sat_Olck", 0x1C50),
            ("mni_Mtei", 0xABF0),
            (ENGLISH, 0x966),
        ],
        ids=lambda value: value if isinstance(value, str) else hex(value),
    )
    def test_7_digits_of_every_script_are_ascii(self, source: str, zero: int) -> None:
        assert body(" ".join(chr(zero + value) for value in range(10)), source) == "0 1 2 3 4 5 6 7 8 9"

    @pytest.mark.parametrize(
        ("text", "source", "expected"),
        [
            ("नाम।: राम", HINDI, "नाम । : राम"),  # toolkit: `नाम । ः राम`
            ("नाम॥: राम", HINDI, "नाम ॥ : राम"),
            ("सं॰: राम", HINDI, "सं॰ : राम"),  # toolkit: `सं॰ः राम`
            ("आज 3:45 बजे", HINDI, "आज 3:45 बजे"),  # indic-nlp-library-itt 0.1.1: `\1ः45`
            ("5: राम", HINDI, "5 : राम"),
        ],
    )
    def test_8_a_colon_stays_one_after_a_danda_or_a_digit(self, text: str, source: str, expected: str) -> None:
        assert body(text, source) == expected

    @RULES
    def test_lone_surrogates_are_never_read(self, rules: TextRules) -> None:
        assert body("क\ud800ख \udfff", rules=rules) == "क\ufffdख \ufffd"
        assert postprocess("a \ud800 b", ENGLISH, {}, rules) == "a \ufffd b"

    def test_9_surrogates_and_noncharacters_become_the_replacement_character(self) -> None:
        # Toolkit: leaves them; a surrogate then stops sentencepiece.
        assert body("क\ud800ख \udfff \ufdd0\ufdd1\ufdd2 ग") == "क\ufffdख \ufffd \ufffd\ufffd\ufffd ग"
        assert postprocess("a \ud800 \ufdd0 b", ENGLISH, {}) == "a \ufffd \ufffd b"

    @RULES
    def test_10_an_unknown_language_is_refused(self, rules: TextRules) -> None:
        # Toolkit: Hindi's rules.
        for source, target in (("hin_Dewa", ENGLISH), (HINDI, "eng_Latin")):
            with pytest.raises(ModelError, match="unknown IndicTrans2 language"):
                preprocess("नमस्ते", source, target, rules)
        with pytest.raises(ModelError, match="unknown IndicTrans2 language"):
            postprocess("hello", "eng_Latin", {}, rules)

    def check(self, row: tuple[Any, ...]) -> None:
        text, expected, values = row
        prepared = preprocess(text, HINDI, ENGLISH)
        assert prepared.body == expected
        assert prepared.values == values


# As in the toolkit, although a reader of Hindi would write it differently.
KEPT = {
    "colon after a word": ("उसने कहा: चलो", HINDI, "उसने कहाः चलो"),
    "colon inside a word": ("राम:श्याम a:b क:5", HINDI, "रामःश्याम a : b कः5"),
    "spaces around a colon": ("दिल्ली : भारत", HINDI, "दिल्लीःभारत"),
    "space before a colon": ("समय :10 बजे", HINDI, "समयः10 बजे"),
    "colon after a bracket": ("कहा (हाँ) : चलो", HINDI, "कहा ( हाँ ) : चलो"),
    "colon in Bengali": ("উত্তর: হ্যাঁ", BENGALI, "उत्तरः ह्याँ"),
    "colon in Tamil": ("பதில்: ஆம்", "tam_Taml", "पतिल्ः आम्"),
    "colon in Santali": ("ᱟ: ᱵ", "sat_Olck", "ᱟ : ᱵ"),
    "numbers at the beginning": ("3:45 या 3:45", HINDI, "3 : 45 या 3:45"),
    "slash after a bracket": ("[x]/[y] और <a>/<b>", HINDI, "[ x ] [ y ] और < a > < b >"),
    "slash after an e-mail address": ("a@b.in/x", HINDI, "< ID1 > x"),
}


class TestKeptBehaviour:
    @table(KEPT)
    def test_text(self, row: tuple[str, ...]) -> None:
        text, source, expected = row
        assert body(text, source) == expected

    def test_the_detokenizers_own_marks_become_quotes(self) -> None:
        assert postprocess("@RAM @LAL @RA m", HINDI, {}) == "'M'L 'm"
        assert postprocess("@RAM < ID1 >", ENGLISH, {1: "@RAM"}) == "@RAM @RAM"
        assert postprocess("< ID1 >", HINDI, {1: "@RAM"}) == "@RAM"

    def test_a_no_break_space_between_digits_becomes_a_full_stop(self) -> None:
        prepared = preprocess(f"5{NBSP}000 लोग", HINDI, ENGLISH)
        assert (prepared.body, prepared.values) == ("< ID1 > लोग", {1: "5.000"})
        assert body(f"5{NBSP}0 लोग") == "5 . 0 लोग"


PREPARED = {
    "nothing": ("", HINDI, ""),
    "white space": (" \t\n ", ENGLISH, ""),
    "spaces and line breaks": ("  क \t ख\r\nग  ", HINDI, "क ख ग"),
    "quotes": ("`अ´ ‚आ’ „इ“ «ई»", HINDI, "' अ ' ' आ ' \" इ \" \" ई \""),
    "dashes": ("अ–आ — इ-ई", HINDI, "अ - आ - इ - ई"),
    "brackets": ("( अ ) [ आ ] {इ}", HINDI, "( अ ) [ आ ] { इ }"),
    "punctuation after a bracket": ("कुछ) , और) .", HINDI, "कुछ ) , और ) ."),
    "comma after a quotation": ('उसने "हाँ", कहा', HINDI, 'उसने " हाँ , " कहा'),
    "no-break spaces": (
        f"25{NBSP}% वाह{NBSP}! 20{NBSP}ºC, nº{NBSP}5",
        HINDI,
        "25 % वाह ! 20 ºC , nº 5",
    ),
    "percent": ("भाव ५ % बढ़ा", HINDI, "भाव 5 % बढ़ा"),
    "dots": ("एक... दो… तीन", HINDI, "एक . . . दो . . . तीन"),
    "joiners": ("क\u200dख क\u200cख", HINDI, "कख कख"),
    "composed nukta": ("\u0958\u095c \u0929\u0931", HINDI, "क\u093cड\u093c न\u093cर\u093c"),
    "pipes": ("गया|| फिर | है|", HINDI, "गया । । फिर । है ।"),
    "short numbers are no placeholders": ("समय 7:30 बजे, 2:1 और 15%", HINDI, "समय 7:30 बजे , 2:1 और 15 %"),
    "English": ('Don\'t (really) say "no"!', ENGLISH, 'Don \'t ( really ) say " no " !'),
    "English keeps its entities": ("R&D <up>", ENGLISH, "R & D < up >"),
}


class TestPreprocess:
    @table(PREPARED)
    def test_text(self, row: tuple[str, ...]) -> None:
        text, source, expected = row
        assert body(text, source) == expected

    def test_an_empty_text_stays_empty(self) -> None:
        assert preprocess("", HINDI, ENGLISH) == Prepared("")

    def test_a_run_of_many_digits_is_not_a_placeholder(self) -> None:
        text = "1" * 39 + " और 1-2-3456"
        assert preprocess(text, HINDI, ENGLISH) == Prepared("1" * 39 + " और < ID1 >", {1: "1-2-3456"})


URDU_TEXT = {
    "byte order mark, Arabic letters": ("\ufeffعلي كا گهر", "علی کا گہر"),
    "vowel signs": ("ك\u0650ت\u064eاب معنی\u0670", "کتاب معنی"),
    "round te": ("مدرسة ہے", "مدرسۃ ہے"),
    "tatweel": ("ک\u0640\u0640تاب", "کتاب"),
    "presentation forms": ("\ufedb\ufe98\ufe8e\ufe8f \ufefb", "کتاب لا"),
    "forms with another letter": ("\ufef3 \ufeeb", "ے ھ"),
    "forms that stay": ("\ufe94 \ufdf2", "\ufe94 \ufdf2"),
    "apart": ("ا\u0653 ا\u0654 ے\u0654", "\u0622 \u0623 \u06d3"),
    "quotes and dots": ("''چلو''…", '" چلو "...'),
    "numbers": ("سال2024میں", "سال 2024 میں"),
    "Latin": ("لفظABCلفظ", "لفظ ABC لفظ"),
    "signs": ("آیا،اور گیا۔پھر", "آیا ، اور گیا ۔ پھر"),
    "hamza after a number stays": ("شء5 5ء", "شء 5 5ء"),
    "Devanagari": ("हिन्दी में", "हिन्दी में"),
}


class TestArabic:
    @table(URDU_TEXT)
    def test_normalise(self, row: tuple[str, ...]) -> None:
        text, expected = row
        assert arabic.normalise(text) == expected

    @pytest.mark.parametrize("language", ["urd_Arab", "kas_Arab", "snd_Arab"])
    def test_it_is_applied_to_every_language_in_the_script(self, language: str) -> None:
        assert body("كتاب،", language) == "کتاب ،"

    @bounded
    @given(TEXT)
    def test_white_space_is_single(self, text: str) -> None:
        assert not regex.search(r"\s\s|^\s|\s$", arabic.normalise(text))


class TestLanguages:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_language_is_read_and_written(self, language: str) -> None:
        other = HINDI if language == ENGLISH else ENGLISH
        prepared = preprocess("10/12/2024 @ram", language, other)
        assert prepared.body == "< ID1 > < ID2 >"
        assert postprocess("< ID2 > < ID1 >", language, preprocess("10/12/2024 @ram", other, language).values) == (
            "@ram 10/12/2024"
        )

    def test_hindi_is_the_first_of_34(self) -> None:
        assert next(iter(LANGUAGES)) == HINDI
        assert len(LANGUAGES) == 34

    @pytest.mark.parametrize(
        ("wrong", "right"),
        [("hin_Dev", "hin_Deva"), ("eng_Latin", "eng_Latn"), ("HIN_DEVA", "hin_Deva"), ("urd_Aran", "urd_Arab")],
    )
    def test_the_nearest_code_is_named(self, wrong: str, right: str) -> None:
        with pytest.raises(ModelError) as error:
            languages.script_of_rules(wrong)
        assert f"unknown IndicTrans2 language {wrong!r}; did you mean {right!r}?" in str(error.value)
        assert "\n" not in str(error.value)

    @pytest.mark.parametrize(
        ("language", "converted"),
        [
            ("ben_Beng", True),
            ("mni_Beng", True),
            ("hin_Deva", True),
            ("mni_Mtei", False),
            ("sat_Olck", False),
            ("urd_Arab", False),
            ("eng_Latn", False),
            ("kha_Latn", False),
        ],
    )
    def test_which_scripts_become_devanagari(self, language: str, converted: bool) -> None:
        assert languages.is_converted(language) is converted

    def test_two_scripts_without_rules_of_their_own_use_those_of_another(self) -> None:
        foreign = {each: script for each in LANGUAGES if (script := languages.script_of_rules(each)) != each[-4:]}
        assert foreign == {"mni_Mtei": "Deva", "sat_Olck": "Orya"}


# --- placeholders in outputs ----------------------------------------------------------------------------------------

SPELLINGS = """
    <ID1>|< ID1 >|[ID1]|[ ID1 ]|[ID 1]|<ID1]|< ID1]|<ID1 ]|<ID 1>|<id1>|< id1 >|[id1]|[ id 1 ]
    <आईडी1>|< आईडी1 >|< आईडी 1 >|[आईडी1]|[ आईडी 1 ]|<आईडी 1]|आईडी 1|आईडी1|आयडी 1|<आयडी1>|आइडि 1|<आइडि1>|ऐटि 1|<ऐटि1>
    ऐडि1|    आई . डी . 1|आई . डी .1|आई. डी. 1|<आई. डी.1>|< आय . डी . 1 >|आय. डी. 1|[ आइ. डी. 1 ]|आइ . डी .  1
    آی ڈی 1|<آی ڈی 1>|[آی ڈی 1]|آئی ڈی 1|<آئی ڈی 1>|< آئی ڈی  1 >|<ꯑꯥꯏꯗꯤ1>|ꯑꯥꯏꯗꯤ 1|ᱟᱭᱰᱤ ᱾ 1|<ᱟᱭᱰᱤ1>|ᱟᱭᱰᱤ 1
"""
LEFT_ALONE = "<ID2> [ID11] <ID> ID1 id 1 (ID1) {ID1} <ID-1> <ID1 <IDX1> आईडी 2 आईडी 12 आईडी ID1> <ID1234567> < ID 1.5 >"


class TestRestore:
    @pytest.mark.parametrize("spelling", [each.strip() for each in regex.split(r"[|\n]", SPELLINGS) if each.strip()])
    def test_every_spelling_that_the_toolkit_knows(self, spelling: str) -> None:
        assert placeholders.restore(spelling, {1: "@ram"}) == "@ram"
        assert placeholders.restore(f"और {spelling} आए", {1: "@ram"}) == "और @ram आए"

    def test_text_that_is_not_a_placeholder_or_has_an_unknown_number_stays(self) -> None:
        assert placeholders.restore(LEFT_ALONE, {1: "@ram"}) == LEFT_ALONE
        assert postprocess("no such <ID7> or [ ID9 ]", ENGLISH, {1: "@ram"}) == "no such <ID7> or [ID9]"

    def test_an_output_without_hidden_texts_is_unchanged(self) -> None:
        assert placeholders.restore("<ID1>", {}) == "<ID1>"

    def test_a_value_that_looks_like_a_placeholder_is_not_replaced_again(self) -> None:
        assert placeholders.restore("<ID1> <ID2>", {1: "<ID2>", 2: "b"}) == "<ID2> b"
        assert postprocess("< ID1 > < ID2 >", ENGLISH, {1: "आईडी2", 2: "b"}) == "आईडी2 b"

    def test_a_value_is_inserted_literally(self) -> None:
        assert placeholders.restore("<ID1>", {1: r"\1\g<0>"}) == r"\1\g<0>"
        assert postprocess("<ID1>", ENGLISH, {1: r"https://example.in/\1"}) == r"https://example.in/\1"

    def test_a_repeated_and_a_dropped_placeholder(self) -> None:
        assert postprocess("< ID2 > < ID2 >", ENGLISH, {1: "@a", 2: "@b"}) == "@b @b"

    @pytest.mark.parametrize("target", [ENGLISH, HINDI, BENGALI, URDU, "tam_Taml", "sat_Olck"])
    def test_numbers_of_two_digits_are_not_confused(self, target: str) -> None:
        handles = [f"@name{number}" for number in range(1, 21)]
        prepared = preprocess(" ".join(handles), HINDI, target)
        assert list(prepared.values.values()) == handles
        backwards = " ".join(f"< ID{number} >" for number in range(20, 0, -1))
        assert postprocess(backwards, target, prepared.values) == " ".join(reversed(handles))

    @pytest.mark.parametrize(
        ("output", "target", "expected"),
        [
            ("", HINDI, ""),
            ('He said , " no . "', ENGLISH, 'He said, "no."'),
            ("It isn 't Rs 5 ( yet ) .", ENGLISH, "It isn't Rs 5 (yet)."),
            ("a &amp; b &lt; c", ENGLISH, "a & b < c"),
            ("यह ( वह ) है , न ?", HINDI, "यह (वह) है, न?"),
            ("कٮ۪تھ ؟ ہاں ، چھا ۔", "kas_Arab", "कؠتھ؟ ہاں، چھا۔"),
            ("आमि", BENGALI, "আমি"),
            ("ଯ\u0b3cାହା", "ory_Orya", "\u0b5fାହା"),
        ],
    )
    def test_plain_text(self, output: str, target: str, expected: str) -> None:
        assert postprocess(output, target, {}) == expected


class TestNothingIsKeptBetweenCalls:
    FIRST, SECOND = "@ram ने 10/12/2024 को लिखा", "@sita और https://example.in"

    def test_two_sentences_interleaved(self) -> None:
        first = preprocess(self.FIRST, HINDI, ENGLISH)
        second = preprocess(self.SECOND, HINDI, ENGLISH)
        assert postprocess("< ID1 > < ID2 >", ENGLISH, second.values) == "https://example.in @sita"
        assert postprocess("< ID1 > < ID2 >", ENGLISH, first.values) == "10/12/2024 @ram"
        assert postprocess("< ID1 > < ID2 >", ENGLISH, second.values) == "https://example.in @sita"

    def test_the_order_of_sentences_does_not_matter(self) -> None:
        texts = [self.FIRST, self.SECOND, "3:45", "x"]
        forwards = [preprocess(text, source, ENGLISH) for text in texts for source in (HINDI, URDU, BENGALI)]
        backwards = [preprocess(text, source, ENGLISH) for text in reversed(texts) for source in (BENGALI, URDU, HINDI)]
        assert forwards == backwards[::-1]

    def test_a_sentence_may_be_prepared_and_never_translated(self) -> None:
        preprocess(self.FIRST, HINDI, ENGLISH)
        assert postprocess("< ID1 >", ENGLISH, preprocess("@x", HINDI, ENGLISH).values) == "@x"


# --- any text -------------------------------------------------------------------------------------------------------

SOURCES = (HINDI, ENGLISH, BENGALI, "tam_Taml", "mal_Mlym", "ory_Orya", "mar_Deva", URDU, "sat_Olck", "mni_Mtei")
URL = st.sampled_from(
    "https://example.in http://example.in:8080/~a/b+c,d/ ftp://x.org/f_1.tar.gz https://a.in/x?y=1&z=2#top "
    "https://a.in/@user https://a.in/?to=a@b.in https://a.in/a_(b) https://xn--i1b.in/%E0%A4%95 https://a.in/2024/01/02/"
    .split()
)  # fmt: skip
EMAIL = st.sampled_from("a@b.in first.last+tag@mail.example.com x_1%y@sub-domain.org 9@9.co".split())
HANDLE = st.sampled_from("@ram @Ram_2 #Diwali #दिवाली @a #1 @राम #ID1 abc#d".split())
DIGIT_ZEROS = (0x30, 0x660, 0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0x1C50, 0xABF0)
DIGITS = st.builds(
    lambda zero, values: "".join(chr(zero + value) for value in values),
    st.sampled_from(DIGIT_ZEROS),
    st.lists(st.integers(0, 9), min_size=1, max_size=8),
)
NUMBER = st.sampled_from(
    "10/12/2024 1-2-3 12.5% 5 % ~6-7% 10:30:45 1,25,000 3.14.15.92 007 ९९.९ 1'2'3 + ₹5,000 १२/३/२०२४".split()
)  # fmt: skip
LITERAL = st.sampled_from(
    "<ID1>|< ID2 >|[ID1]|<id3>|<ID1|ID1>|ID 1|I.D. 1|आईडी 1|<आईडी1>|आइडि 2|আইডি 1|ஐடி 1|آئی ڈی 1|आई . डी . 1|ᱟᱭᱰᱤ ᱾ 1|"
    "ꯑꯥꯏꯗꯤ 1|< ID 2 >|<ID12>|<ID\t1>|<ID1  ]".split("|")
)  # fmt: skip
WORD = st.sampled_from(
    "वह कहा: है।यह है|यह ক খ। தமிழ் മലയാളം ଓଡ଼ିଆ اردو۔ ᱚᱞ ꯃꯤ the Dr. isn't (a) “क” ‘ख’ — … a.b.c &amp; \" ' : ; % . , - / > "
    "]/".split()
)  # fmt: skip


def pieces(*strategies: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.one_of(*strategies), max_size=12)


MIXED = pieces(URL, EMAIL, HANDLE, DIGITS, NUMBER, LITERAL, WORD, TEXT).flatmap(
    lambda parts: st.sampled_from(["", " ", f"{NBSP}"]).map(lambda gap: gap.join(parts))
)
ANYTHING = TEXT | MIXED


def decimals(text: str) -> str:
    return "".join(str(unicodedata.decimal(character)) for character in text if character.isdecimal())


def expanded(prepared: Prepared) -> str:
    return placeholders.restore(prepared.body, prepared.values)


class TestAnyText:
    @bounded
    @given(ANYTHING, st.sampled_from(SOURCES))
    def test_no_digit_is_lost(self, text: str, source: str) -> None:
        prepared = preprocess(text, source, ENGLISH if source != ENGLISH else HINDI)
        assert decimals(expanded(prepared)) == decimals(text)

    @bounded
    @given(ANYTHING, st.sampled_from(SOURCES), st.sampled_from(SOURCES))
    def test_a_model_that_copies_its_input_loses_no_digit(self, text: str, source: str, target: str) -> None:
        prepared = preprocess(text, source, target)
        assert decimals(postprocess(prepared.body, target, prepared.values)) == decimals(text)

    @bounded
    @given(pieces(URL, EMAIL, HANDLE, DIGITS, LITERAL, WORD), st.sampled_from(SOURCES), st.sampled_from(SOURCES))
    def test_addresses_and_handles_are_whole(self, parts: list[str], source: str, target: str) -> None:
        prepared = preprocess(" ".join(parts), source, target)
        output = postprocess(prepared.body, target, prepared.values)
        for part in parts:
            if regex.match(r"\w+://|\S+@\S+\.\w|[@#]\w", part):
                assert part in prepared.values.values()
                assert output.count(part) >= parts.count(part)

    @bounded
    @given(ANYTHING, st.sampled_from(SOURCES))
    def test_the_model_reads_single_spaces_and_no_surrogates(self, text: str, source: str) -> None:
        prepared = preprocess(text, source, ENGLISH)
        assert not regex.search(r"[ \n\r\t]{2,}|^\s|\s$|[\ud800-\udfff\ufdd0-\ufdd2]", prepared.body)
        prepared.body.encode()

    @bounded
    @given(ANYTHING, st.sampled_from(SOURCES))
    def test_any_output_becomes_text(self, output: str, target: str) -> None:
        made = postprocess(output, target, {1: "@ram", 2: "https://example.in/&amp;"})
        assert not regex.search("[\ud800-\udfff\ufdd0-\ufdd2]", made)


class TestLongRunsOfOneThing:
    """Each of these once took time that grew with the square of its length or faster, in the port or in the toolkit."""

    @pytest.mark.parametrize(
        "unit",
        ["a", "1", "-", ".", "@", "#", "|", "_", "%", " ", "'", "(", ")", "<", "[", "क", "।", "्", ":", "~", "/"],
    )
    @RULES
    def test_one_character(self, unit: str, rules: TextRules) -> None:
        self.both_ways(unit * 10_000, rules)

    @pytest.mark.parametrize(
        "unit",
        [
            "a.",
            "1.",
            "1-",
            "1,",
            "a@",
            "@a",
            "1%",
            "1 ",
            "a-",
            "-.",
            "a|",
            "<ID1>",
            "<ID",
            "((",
            "()",
            "क.",
            "क:",
            "&a;",
        ],
    )
    @RULES
    def test_two_characters(self, unit: str, rules: TextRules) -> None:
        self.both_ways(unit * 5_000, rules)

    @pytest.mark.parametrize(
        "text",
        [
            "a." + "-" * 20_000,
            "a@" + "b" * 20_000,
            "a" * 20_000 + "@",
            "https://" + ")" * 20_000,
            "https://a" + "(" * 10_000 + ")" * 10_000,
            "https://a " * 2_000,
            "https://" * 2_500,
            "www." * 5_000,
            "~" + "1" * 20_000 + "%",
            "1" * 30 + "-" + "1" * 30 + " " + "1" * 31,
            ("1" * 30 + " ") * 300,
            "आईडी " * 4_000,
            "[" * 5_000 + "ID1" + "]" * 5_000,
            "\u00a0" * 20_000 + "%",
            " " * 20_000 + ")",
            "\t" * 20_000 + "a)",
            "https://a :" * 2_000,
            "\t" * 20_000 + ":",
        ],
        ids=range(18),
    )
    @RULES
    def test_shapes(self, text: str, rules: TextRules) -> None:
        self.both_ways(text, rules)

    def both_ways(self, text: str, rules: TextRules) -> None:
        for source, target in ((HINDI, ENGLISH), (ENGLISH, HINDI)):
            prepared = preprocess(text, source, target, rules)
            postprocess(prepared.body, target, prepared.values, rules)
