"""Hindi text: its normal form, its words and its scripts.

The golden files in `data/hindi-rouge/` were written by an independent program; everything else here is a table of
cases that a reader of Hindi can check by eye. Invisible characters are written as escapes.
"""

import json
import re
import subprocess
import sys
import unicodedata
from typing import Any

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from harness.core.text import (
    LINE_ENDS,
    ascii_digits,
    fold,
    is_blank,
    normalise,
    script_share,
    scripts,
    word_count,
    words,
)
from tests.paths import DATA
from tests.texts import MADE_TEXT, NUKTA, TEXT, ZWJ, ZWNJ, bounded

GOLDEN = DATA / "hindi-rouge"
HINDI, ENGLISH = "hin_Deva", "eng_Latn"


def golden(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (GOLDEN / name).read_text(encoding="utf-8").splitlines()]


def decomposed(word: str) -> str:
    return unicodedata.normalize("NFD", word)


# --- normalise: every language ------------------------------------------------------------------------------------

EVERY_LANGUAGE = {
    "nfc": ("cafe\u0301", "café"),
    "nfc over a removed character": ("cafe\u2060\u0301", "café"),
    "byte order mark": ("\ufeffa", "a"),
    "soft hyphen": ("co\u00adoperate", "cooperate"),
    "word joiner": ("a\u2060b", "ab"),
    "joiners": (f"a{ZWJ}b{ZWNJ}c", "abc"),
    "bidi marks": ("\u200ea\u200f\u202ab\u202c\u2066c\u2069", "abc"),
    "control characters": ("a\x00\x07b\x7f", "ab"),
    "zero width space is a space": ("a\u200bb", "a b"),
    "no-break, thin, ideographic space": ("a\u00a0b\u2009c\u3000d", "a b c d"),
    "runs of spaces and tabs": ("  a \t  b ", "a b"),
    "one newline is kept": ("a\nb", "a\nb"),
    "runs of newlines": ("\n a \r\n\n \u2028 b\n", "a\nb"),
    "curly quotes": ("“a” ‘b’ don’t", "\"a\" 'b' don't"),
    "low and angle quotes": ("„a‟ ‚b‛ «c» ‹d›", "\"a\" 'b' \"c\" 'd'"),
    "primes and full-width quotes": ("5′ 3″ ＂a＂ ＇b＇", "5' 3\" \"a\" 'b'"),
    "backtick and acute": ("`a´", "'a'"),
    "double quote typed as two": ("``a''", '"a"'),
    "dashes and ellipsis stay": ("a – b — c … d-e", "a – b — c … d-e"),
    "compatibility characters stay": ("½ ﬁ ²", "½ ﬁ ²"),
    "replacement character stays": ("a\ufffd", "a\ufffd"),
    "lone surrogate": ("a\ud800 \udfffb", "a\ud800 \udfffb"),
    "empty": ("", ""),
    "nothing visible": (" \u200b\ufeff\n", ""),
}


@pytest.mark.parametrize("language", [HINDI, ENGLISH])
@pytest.mark.parametrize(("text", "expected"), EVERY_LANGUAGE.values(), ids=EVERY_LANGUAGE)
def test_normalise_in_every_language(text: str, expected: str, language: str) -> None:
    assert normalise(text, language) == expected


DEVANAGARI = {
    "composed nukta": ("बा\u095bार ब\u095d\u093e", f"बाज{NUKTA}ार बढ{NUKTA}ा"),
    "nukta that NFC composes": ("\u0929\u0931\u0934", f"न{NUKTA}र{NUKTA}ळ{NUKTA}"),
    "decomposed nukta stays": (f"न{NUKTA}", f"न{NUKTA}"),
    "joiners in a conjunct": (f"क्{ZWJ}या शक्{ZWNJ}ति", "क्या शक्ति"),
    "digits": ("२००६ १.५", "2006 1.5"),
    "pipe before a space": ("वह गया| फिर", "वह गया। फिर"),
    "pipe at the end": ("वह गया|", "वह गया।"),
    "pipe before a newline": ("वह है|\nफिर", "वह है।\nफिर"),
    "pipe inside a word": ("क|ख A|B", "क|ख A|B"),
    "pipe that stands alone": ("समाचार | खेल", "समाचार | खेल"),
    "pipe after a number": ("2006| फिर", "2006| फिर"),
    "two pipes": ("गया|| फिर", "गया|| फिर"),
    "visarga inside a word": ("दु:ख नि:शुल्क अंत:करण मन:स्थिति", "दुःख निःशुल्क अंतःकरण मनःस्थिति"),
    "visarga at the end": ("अत: प्राय: पुन: क्रमश: छ: लोग", "अतः प्रायः पुनः क्रमशः छः लोग"),
    "visarga before a comma": ("संभवत:, अंतत:।", "संभवतः, अंततः।"),
    "visarga after a hyphen": ("सुख-दु:ख", "सुख-दुःख"),
    "colon after a verb": ("मोदी ने कहा: हम", "मोदी ने कहा: हम"),
    "colon without a space": ("उसने कहा:हम नाम:राम", "उसने कहा:हम नाम:राम"),
    "colon after a place": ("चंडीगढ़: प्रकाश", f"चंडीगढ{NUKTA}: प्रकाश"),
    "colon after words that only look alike": ("अंत: मन: शांति: भारत:", "अंत: मन: शांति: भारत:"),
    "listed ending of a longer word": ("मतलबअत: सूचीपुन:", "मतलबअत: सूचीपुन:"),
    "time of day": ("१०:३० 10:30 छ:30", "10:30 10:30 छ:30"),
    "danda and its spacing stay": ("वह गया । हाँ॥", "वह गया । हाँ॥"),
    "chandrabindu and nasals stay": ("हाँ हिन्दी जन्म", "हाँ हिन्दी जन्म"),
    "case stays": ("X पर BJP", "X पर BJP"),
}


@pytest.mark.parametrize(("text", "expected"), DEVANAGARI.values(), ids=DEVANAGARI)
def test_normalise_devanagari(text: str, expected: str) -> None:
    assert normalise(text, HINDI) == expected
    assert normalise(text, "mar_Deva") == expected


@pytest.mark.parametrize("text", ["२००६", "अत:", "गया|"])
def test_devanagari_rules_do_not_change_english_text(text: str) -> None:
    assert normalise(text, ENGLISH) == text


@pytest.mark.parametrize("language", ["hi", "hin", "hin-Deva", "hindi", "", "hin_deva", "hin_Deva\n"])
def test_a_language_that_is_not_a_flores_code_is_refused(language: str) -> None:
    with pytest.raises(ValueError, match="FLORES code"):
        normalise("अत:", language)


def test_nfc_alone_leaves_two_spellings_of_one_letter() -> None:
    """TRAPS: NFC decomposes U+0958-U+095F but keeps U+0929, U+0931 and U+0934 composed."""
    assert unicodedata.normalize("NFC", "\u095b") == f"ज{NUKTA}"
    assert unicodedata.normalize("NFC", f"न{NUKTA}") == "\u0929"
    assert normalise("\u0929", HINDI) == normalise(f"न{NUKTA}", HINDI) == f"न{NUKTA}"


@bounded
@given(TEXT, st.sampled_from([HINDI, ENGLISH]))
def test_normalise_is_idempotent(text: str, language: str) -> None:
    once = normalise(text, language)
    assert normalise(once, language) == once


@bounded
@given(TEXT, st.sampled_from([HINDI, ENGLISH]))
def test_normalise_leaves_plain_spaces_and_nothing_invisible(text: str, language: str) -> None:
    result = normalise(text, language)
    assert not regex.search(r"[\u200b-\u200f\u2060\ufeff\u00ad]|[^\S\n ]|  |\n\n|^\s|\s$", result)


@bounded
@given(TEXT)
def test_normalise_treats_equivalent_encodings_alike(text: str) -> None:
    assert normalise(unicodedata.normalize("NFD", text), HINDI) == normalise(text, HINDI)


# --- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", golden("tokenizer_cases.jsonl"), ids=lambda case: f"{case['id']}: {case['why']}")
def test_words_are_those_of_the_golden_file(case: dict[str, Any]) -> None:
    strict = [decomposed(word) for word in case["tok"]]
    assert words(case["in"]) == strict
    # If the file has no lenient tokens, they are the folded strict ones: folding adds, removes and re-cuts no word.
    lenient = [decomposed(word) for word in case["fold"]] if "fold" in case else [fold(word) for word in strict]
    assert words(case["in"], fold=True) == lenient


WORDS = {
    "empty": ("", []),
    "commas that group nothing": ("1,2,3 2006,2014", ["1", "2", "3", "2006", "2014"]),
    "grouping and a decimal": ("१,२३,४५६.७५", ["123456.75"]),
    "clause comma after a number": ("3,500, 4", ["3500", "4"]),
    "date": ("15.08.1947 और 15/08/1947", ["15.08.1947", "और", "15", "08", "1947"]),
    "full stop after a number": ("2006. वह", ["2006", "वह"]),
    "visarga before ZWJ": (f"दु{ZWJ}:ख", ["दुःख"]),
    "bidi marks around a word": ("\u202bहिंदी\u202c", ["हिंदी"]),
    "underscore": ("a_b", ["a", "b"]),
    "emoji with variation selector": ("वाह ❤\ufe0f", ["वाह"]),
    "capitals": ("BJP की", ["bjp", "की"]),
    "other scripts": ("नाम তমল Ümit東", ["नाम", "তমল", "ümit東"]),
    "superscript": ("km²", ["km", "²"]),
}


@pytest.mark.parametrize(("text", "expected"), WORDS.values(), ids=WORDS)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@bounded
@given(TEXT, st.booleans())
def test_words_are_never_empty_and_contain_only_letters_marks_and_numbers(text: str, lenient: bool) -> None:
    for word in words(text, fold=lenient):
        assert regex.fullmatch(r"[\p{L}\p{M}]+|\p{N}+([.:]\p{N}+)*", word)


@bounded
@given(MADE_TEXT)
def test_normalised_text_has_the_words_of_the_text(text: str) -> None:
    assert words(normalise(text, HINDI)) == words(text)


@bounded
@given(MADE_TEXT)
def test_a_foreign_letter_changes_no_other_word(text: str) -> None:
    # Text of ASCII and Devanagari uses a faster pattern; one Greek word forces the general one.
    assert words(text + " αβγ") == [*words(text), "αβγ"]


def test_no_sign_that_the_fast_pattern_skips_is_a_word() -> None:
    for code in (
        *range(0x80),
        *range(0xA0, 0x100),
        *range(0x900, 0x980),
        *range(0x2000, 0x2070),
        *range(0x20A0, 0x20D0),
    ):
        character = chr(code)
        counts = regex.match(r"[\p{L}\p{M}\p{N}]", character) and code != 0xAD
        assert bool(words(f" {character} ")) == bool(counts), hex(code)


FOLDS = {
    "chandrabindu": ("चाँद", "चांद"),
    "homorganic nasals": ("अङ्क पञ्च पण्डित हिन्दी सम्बन्ध", "अंक पंच पंडित हिंदी संबंध"),
    "nasal before a nasal or y": ("जन्म अन्य अन्न सम्मान", "जन्म अन्य अन्न सम्मान"),
    "nasal of another class": ("इन्कार", "इन्कार"),
    "nukta of borrowed sounds": ("ज़रा फ़िल्म \u0958लम", "जरा फिल्म कलम"),
    "nukta of ड़ and ढ़": ("बड़ा पढ़", f"बड{NUKTA}ा पढ{NUKTA}"),
    "candra o": ("डॉक्टर ऑफिस", "डाक्टर आफिस"),
    "endings": ("गये नयी जायेगा जायेंगे चाहिये आयीं हुयी", "गए नई जाएगा जाएंगे चाहिए आईं हुई"),
    "these": ("ये", "ये"),
    "after a virama": ("मध्ये क्यों", "मध्ये क्यों"),
    "inside a word": ("येन हियेरा", "येन हियेरा"),
    "in running text": ("वे गये। ये नयी हैं", "वे गए। ये नई हैं"),
    "Latin": ("cafe", "cafe"),
}


@pytest.mark.parametrize(("word", "expected"), FOLDS.values(), ids=FOLDS)
def test_fold(word: str, expected: str) -> None:
    assert fold(word) == expected


@bounded
@given(TEXT)
def test_fold_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


# --- ROUGE on these words -----------------------------------------------------------------------------------------


class HindiWords:
    """The tokenizer that rouge-score asks for."""

    def __init__(self, lenient: bool) -> None:
        self.lenient = lenient

    def tokenize(self, text: str) -> list[str]:
        return words(text, fold=self.lenient)


def split_for_rouge(text: str) -> str:
    return "\n".join(part for part in regex.split(r"[।॥?!\n]", text) if part.strip())


@pytest.mark.parametrize("tier", ["strict", "lenient"])
@pytest.mark.parametrize("pair", golden("pairs.jsonl"), ids=lambda pair: f"pair {pair['id']}")
def test_rouge_reproduces_the_golden_scores(pair: dict[str, Any], tier: str) -> None:
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL", "rougeLsum"], tokenizer=HindiWords(tier == "lenient"))
    scores = scorer.score(split_for_rouge(pair["reference"]), split_for_rouge(pair["hypothesis"]))
    measured = {name: 100 * score.fmeasure for name, score in scores.items()}
    assert measured == pytest.approx(pair["expected"][tier], abs=1e-4)


def test_rouge_scores_own_tokenizer_is_not_fit_for_hindi() -> None:
    """TRAPS: with the default tokenizer identical texts score 0, and a shared 2006 scores 100."""
    default, ours = RougeScorer(["rouge1"]), RougeScorer(["rouge1"], tokenizer=HindiWords(False))
    same, one, other = "भारत और जापान", "भारत 2006 में", "कोई 2006 नहीं"
    assert default.score(same, same)["rouge1"].fmeasure == 0
    assert default.score(one, other)["rouge1"].fmeasure == 1
    assert ours.score(same, same)["rouge1"].fmeasure == 1
    assert ours.score(one, other)["rouge1"].fmeasure == pytest.approx(1 / 3)


def test_words_are_not_shattered_at_marks() -> None:
    """TRAPS: re's \\w matches no matra; regex's \\w matches joiners too."""
    assert len(re.findall(r"\w+", "हिंदी")) > 1
    assert regex.findall(r"\w+", f"क्{ZWJ}या") == [f"क्{ZWJ}या"]
    assert words(f"हिंदी क्{ZWJ}या") == ["हिंदी", "क्या"]


# --- digits, counts, scripts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [("०१२३४५६७८९", "0123456789"), ("14वें २००६", "14वें 2006"), ("৩ ٣", "৩ ٣"), ("", "")],
)
def test_ascii_digits(text: str, expected: str) -> None:
    assert ascii_digits(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("भारत और जापान।", 3),
        ("आदान-प्रदान हुआ", 2),
        ("वह गया । - – \"'", 2),
        ("2006 में 14वें", 3),
        ("ा", 0),
        ("a\u00a0b\nc", 3),
        ("---- ।", 0),
    ],
)
def test_word_count(text: str, expected: int) -> None:
    assert word_count(text) == expected


SHARES = [
    ("", "Deva", 1.0),
    ("2006 ।?!", "Deva", 1.0),
    ("₹500, 10:30, 50%", "Latn", 1.0),
    ("東京とカナ", "Jpan", 1.0),
    ("서울", "Kore", 1.0),
    ("東京ab", "Hans", 0.5),
    ("हिंदी में 2006।", "Deva", 1.0),
    ("hindi", "Deva", 0.0),
    ("hindi", "Latn", 1.0),
    ("कखab", "Deva", 0.5),
    ("कखab", "Latn", 0.5),
    ("cafe\u0301", "Latn", 1.0),
    ("क\u0951", "Deva", 1.0),
    ("東京ab", "Latn", 0.5),
    ("東京ab", "Hani", 0.5),
]


@pytest.mark.parametrize(("text", "script", "expected"), SHARES)
def test_script_share(text: str, script: str, expected: float) -> None:
    assert script_share(text, script) == expected


@pytest.mark.parametrize("script", ["", "deva", "Xxxx", "Devanagari", "Deva}"])
def test_a_script_that_is_not_a_code_is_refused(script: str) -> None:
    with pytest.raises(ValueError, match="ISO 15924"):
        script_share("क", script)


@bounded
@given(TEXT)
def test_shares_are_between_0_and_1_and_sum_to_at_most_1(text: str) -> None:
    devanagari, latin = script_share(text, "Deva"), script_share(text, "Latn")
    assert 0 <= devanagari <= 1
    assert 0 <= latin <= 1
    assert devanagari + latin <= 1 + 1e-9 or devanagari == latin == 1  # without letters


def test_a_text_has_a_share_of_each_of_its_scripts_largest_first() -> None:
    assert scripts("कखग ab") == {"Deva": 0.6, "Latn": 0.4}
    assert scripts("2024 ₹500") == {}


BLANK = ["", " ", "\n\t", "\u200b", "\u200d\u200c", "\ufeff", "\x00\x07\x1b", "\u00ad\u2060", "\u3000\u00a0", "\ufe0f", "\u3164", "\u2800", "\u2028\u0085"]  # fmt: skip # noqa: E501
NOT_BLANK = ["a", ".", "।", "\u200bक\u200b", "\u093c", "\ufffd", "\ud800", "\u0301", "0"]


@pytest.mark.parametrize("text", BLANK, ids=ascii)
def test_a_text_without_a_visible_character_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", NOT_BLANK, ids=ascii)
def test_a_text_with_a_visible_character_is_not_blank(text: str) -> None:
    assert not is_blank(text)


@bounded
@given(TEXT)
def test_a_text_whose_normal_form_is_empty_is_blank(text: str) -> None:
    if not normalise(text, HINDI):
        assert is_blank(text)


@bounded
@given(TEXT)
def test_line_ends_are_those_of_splitlines(text: str) -> None:
    assert [line for line in re.split(f"[{LINE_ENDS}]", text) if line] == [line for line in text.splitlines() if line]


def test_the_module_needs_nothing_but_regex() -> None:
    code = (
        "import sys; import regex; before = set(sys.modules); import harness.core.text; "
        "print(sorted(name for name in set(sys.modules) - before if not name.startswith('harness')"
        " and name.partition('.')[0] not in sys.stdlib_module_names))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
