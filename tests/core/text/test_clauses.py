"""A sentence that is too long for a model is cut at the end of a clause, and never inside a word.

In the tables the limit is a number of words; for a model it is a number of tokens.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from harness.core.text import clauses, sentences
from tests.paths import DATASET
from tests.texts import PIECES, TEXT, bounded

ARTICLE = DATASET / "article.hin_Deva.txt"


def words(most: int) -> Callable[[str], bool]:
    return lambda part: len(part.split()) <= most


def characters(most: int) -> Callable[[str], bool]:
    return lambda part: len(part) <= most


def never(part: str) -> bool:
    return False


def without_spaces(text: str) -> str:
    return "".join(text.split())


# The limit of a part in words, and the parts.
HINDI = {
    "it fits": (7, ["वह घर गया, और मैं रुक गया।"]),
    "semicolon": (6, ["सरकार ने नई योजना घोषित की;", "विपक्ष ने उसका विरोध किया"]),
    "colon": (5, ["गाँव में सबने लिखा:", "हमें सड़क चाहिए"]),
    "dash": (5, ["दिल्ली — जो राजधानी है", "— बहुत बड़ी है"]),
    "hyphen between spaces": (4, ["पुल टूट गया", "- रास्ता बंद है"]),
    "comma": (5, ["बारिश देर तक होती रही,", "नदी का पानी बढ़ गया"]),
    "comma in a quotation": (5, ['उसने "ठीक है,"', "कहकर फ़ोन रख दिया था"]),
    "comma in curly quotes": (5, ["उसने “ठीक है,”", "कहकर फ़ोन रख दिया था"]),
    "the comma nearest to the middle": (
        8,
        ["गेहूँ, चावल,", "दाल और तेल महँगे हो गए हैं,", "इसलिए लोग चिंतित हैं"],
    ),
    "a semicolon before a comma": (6, ["वह आया, रुका;", "फिर थककर, बिना बोले, चला गया"]),
    "और": (7, ["मंत्री ने कहा कि सड़क बनेगी", "और पुल भी बनेगा"]),
    "जिसमें": (5, ["यह वही गाँव है", "जिसमें मेरे दादा रहते थे"]),
    "क्योंकि": (5, ["मैं घर पर रहा", "क्योंकि सड़क बंद थी"]),
    "no such place": (3, ["एक दो तीन", "चार पाँच छह"]),
    "a comma too near to the beginning": (8, ["हाँ, एक दो तीन चार", "पाँच छह सात आठ नौ दस"]),
    "a word too near to the beginning": (4, ["और एक दो", "तीन चार पाँच"]),
    "a word that only begins like one": (4, ["राम कितना औरत", "यादव परिवार यात्रा"]),
    "commas and colons in numbers": (5, ["कीमत 3,500 रुपये तय हुई,", "10:30 बजे तक बिकी"]),
    "an address": (1, ["https://example.in/a,b;c:d", "पर", "देखें"]),
    "sentences": (3, ["वह आया।", "वह बैठा।", "वह गया।"]),
    "sentences in a bracket": (3, ["(वह आया।", "वह बैठा।)"]),
    "sentences before commas": (5, ["हाँ, वह कल आया।", "फिर, वह चला गया।"]),
    "one word each": (1, ["वह", "घर", "गया।"]),
}
ENGLISH = {
    "it fits": (8, ["He came home, and I left."]),
    "semicolon": (6, ["The rain stopped at last;", "the children went out to play"]),
    "comma": (6, ["The minister said that the road,", "which is new, will open soon"]),
    "because": (6, ["He stayed at home", "because the road was closed today"]),
    "that": (5, ["She told all of us", "that school had begun early"]),
    "a word that only begins like one": (3, ["Sandy thatch", "Andrew Orson"]),
    "number": (4, ["Prices of 3,500 rupees", "and 10:30 trains"]),
    "quotation": (6, ['"It is late," he said,', '"so we must go now"']),
    "abbreviations": (4, ["Dr. Rao left", "when Mr. Das came"]),
    "sentences": (3, ["He came.", "She left."]),
}


@pytest.mark.parametrize(("most", "parts"), [*HINDI.values(), *ENGLISH.values()], ids=[*HINDI, *ENGLISH])
def test_parts_are_those_of_the_table(most: int, parts: list[str]) -> None:
    assert clauses.split(" ".join(parts), words(most)) == parts


def test_white_space_between_parts_is_removed() -> None:
    assert clauses.split("एक दो,\t \u00a0तीन चार", words(2)) == ["एक दो,", "तीन चार"]


@pytest.mark.parametrize("text", ["", " ", "\n", "क", "क्षत्रिय।", " क", "क ", "https://example.in/a?b=1,2"])
def test_a_text_without_a_place_to_cut_stays_whole(text: str) -> None:
    assert clauses.split(text, never) == [text]


@pytest.mark.parametrize("most", [1, 2, 5, 12, 30])
def test_the_sentences_of_an_article(most: int) -> None:
    text = ARTICLE.read_text(encoding="utf-8")
    for start, end in sentences.split(text):
        sentence = text[start:end]
        parts = clauses.split(sentence, words(most))
        assert " ".join(parts).split() == sentence.split()
        assert all(len(part.split()) <= most for part in parts)
        assert len(parts) > 1 or len(sentence.split()) <= most


KEPT_WHOLE = st.sampled_from(
    "https://example.in/a,b;c:d?e=1.2 http://example.com/#x, www.example.in a.b@mail.example.in, @VikramMisri 3,500 "
    "10:30 १०:३० 1,25,000.50 15/08/2024; 3.5 एस.एम.एस. U.S. 2:1 ₹5,000, 14वें भारत-जापान 7.8%".split()
)  # fmt: skip
PLAIN = st.sampled_from("वह गया और कि, जो; कहा: — - है, the and that, which; said: “क,” (ख) दो तीन".split())
SPACES = st.sampled_from([" ", "  ", "\u00a0", "\t"])


class TestAnyText:
    @bounded
    @given(TEXT, st.integers(0, 30))
    def test_every_part_fits_or_has_no_place_to_cut(self, text: str, most: int) -> None:
        for part in clauses.split(text, characters(most)):
            assert len(part) <= most or not regex.search(r"\S\s+\S", part)

    @bounded
    @given(TEXT, st.integers(0, 30))
    def test_only_white_space_is_lost(self, text: str, most: int) -> None:
        assert without_spaces(" ".join(clauses.split(text, characters(most)))) == without_spaces(text)

    @bounded
    @given(TEXT.filter(str.strip), st.integers(0, 30))
    def test_no_part_is_empty(self, text: str, most: int) -> None:
        assert all(part.strip() for part in clauses.split(text, characters(most)))

    @bounded
    @given(TEXT)
    def test_a_text_that_fits_is_unchanged(self, text: str) -> None:
        assert clauses.split(text, characters(len(text))) == [text]

    @bounded
    @given(st.lists(KEPT_WHOLE | PLAIN, min_size=1, max_size=20), SPACES, st.integers(1, 6))
    def test_words_numbers_and_addresses_are_whole_and_in_their_order(
        self, parts: list[str], space: str, most: int
    ) -> None:
        text = space.join(parts)
        made = clauses.split(text, words(most))
        assert [word for part in made for word in part.split()] == text.split()
        assert all(len(part.split()) <= most for part in made)

    @bounded
    @given(st.lists(st.sampled_from(PIECES), max_size=20).map(" ".join))
    def test_an_inconsistent_answer_of_fits_does_not_loop_forever(self, text: str) -> None:
        assert without_spaces("".join(clauses.split(text, never))) == without_spaces(text)
        assert clauses.split(text, lambda part: len(part) % 2 == 1)


@pytest.mark.parametrize(
    "text",
    [
        " " * 20_000 + "क",  # this one took minutes
        "क" + " \t" * 10_000 + "ख",
        "क" * 20_000,
        "क " * 5_000,
        "। " * 5_000,
        ", " * 5_000,
        "- " * 5_000,
        ";" + '"' * 20_000 + " क",
        ', "' * 5_000,
        "(क " * 5_000,
        "और " * 5_000,
    ],
    ids=range(11),
)
def test_long_runs_of_one_character_are_split_in_time(text: str) -> None:
    assert without_spaces("".join(clauses.split(text, never))) == without_spaces(text)
