"""n-gram statistics are those of sacreBLEU, integer by integer, for any texts."""

import sys
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
from sacrebleu.tokenizers.tokenizer_intl import TokenizerV14International

from harness import metrics
from harness.core.records import ENGLISH, HINDI
from harness.core.text import pieces
from harness.core.text.pieces import Units
from harness.metrics import Examples, _ngrams

# BLEU's tokenizer depends on the language, so Hindi is `intl` here and English `13a`.
CASES = [
    pytest.param("bleu-raw", ENGLISH, id="bleu-13a"),
    pytest.param("bleu-raw", HINDI, id="bleu-intl"),
    pytest.param("chrf-raw", ENGLISH, id="chrf"),
    pytest.param("chrf++-raw", HINDI, id="chrf++"),
]


def sacrebleu_of(name, language):
    if name.startswith("bleu"):
        return BLEU(tokenize="intl" if language == HINDI else "13a", force=True)
    return CHRF(word_order=2 if name.startswith("chrf++") else 0)


def assert_equal(name, language, hypotheses, *streams):
    found = metrics.get(name, language).statistics(Examples(hypotheses, streams))
    # The function that computes all scores of sacreBLEU.
    expected = sacrebleu_of(name, language)._extract_corpus_statistics(hypotheses, list(streams))
    np.testing.assert_array_equal(found, np.asarray(expected, dtype=float))
    return found


# --- any texts ------------------------------------------------------------------------------------------------------

# Cases in which tokenizers look at neighbours or across words: signs at the ends of words, lines and texts, next to
# digits and to each other; strings that 13a replaces or removes; white space of every kind; Hindi marks, digits and
# dandas; astral and lone surrogate characters; the separator of `SacrebleuTokenizer`.
PIECES = [
    *". , - . , - ' \" ( ) / & : % … – — “ । ॥ $ + € ™".split(),
    *"a b ab Ab é U.S. 5 12 3,500 1.5 ५ २००६ ² Ⅷ कि कि की में क् ज\u093c \u093e \u0301 \u200d".split(),
    *"&quot; &amp; &lt; &gt; &amp;lt; &am p; <skipped> <ski pped> <sk<skipped>ipped>".split(),
    *"🙂 👩\u200d🚀 𝒳 \U00020000 \ud800".split(),
    "-\n",
    "\x00",
    *[" "] * 12,
    *["\n", "\t", "\r\n", "\x0b", "\x1c", "\x1f", "\x85", "\xa0", "\u2003", "\u2028", "\u2029", "\u3000"],
]
MADE = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
# Few units, so that many match and many repeat.
REPEATING = st.lists(st.sampled_from(["a", "b", "a.", "b-", "।", "5"]), max_size=12).map(" ".join)
ANY = st.text(alphabet=st.characters(), max_size=12)
TEXTS = MADE | REPEATING | ANY
many = settings(max_examples=150, derandomize=True, deadline=None, database=None)


@st.composite
def corpora(draw):
    """Draw streams of equal length: the hypotheses and one to three references, some of them alike."""
    segments, streams = draw(st.integers(1, 6)), draw(st.integers(2, 4))
    pool = draw(st.lists(TEXTS, min_size=1, max_size=4))
    return [[draw(st.sampled_from(pool) | TEXTS) for _ in range(segments)] for _ in range(streams)]


@pytest.mark.parametrize(("name", "language"), CASES)
@many
@given(corpus=corpora())
@example(corpus=[["5.", ".5 a"], [" 5.", " .5 a"]])
@example(corpus=[["a-\nb c"], ["ab c"], ["a- b c"]])
@example(corpus=[["", "a"], ["", ""], ["a b", "b"]])
def test_statistics_are_sacrebleus(name, language, corpus):
    assert_equal(name, language, *corpus)


def tokens_of(tokenizer, texts, **options):
    """Return the tokens that `SacrebleuTokenizer` finds in each text, as strings."""
    words = _ngrams.SacrebleuTokenizer(tokenizer, **options)
    units = words.units(texts)[0]
    names = {number: token for token, number in words._tokens.items()}
    ends = np.cumsum([0, *units.lengths])
    return [[names[number] for number in units.ids[a:b].tolist()] for a, b in pairwise(ends)]


@settings(max_examples=600, derandomize=True, deadline=None, database=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=5))
@example(texts=["2006.", "2006. x", ".5", " .5", "x .5", "a ."])
@example(texts=["..", ". .", "1-", "1- 2", "- -\n", "-<skipped>\n", "<ski<skipped>pped>", "&amp;quot;"])
def test_words_one_by_one_are_the_tokens_of_the_whole_text(texts):
    thirteen, international = Tokenizer13a(), TokenizerV14International()
    joining = ("-\n", "<skipped>")
    assert tokens_of(thirteen, texts, joining=joining) == [thirteen(text.rstrip()).split() for text in texts]
    assert tokens_of(international, texts, edges=True) == [international(text.rstrip()).split() for text in texts]


def test_the_ends_of_a_text_change_the_tokens_of_intl_and_not_those_of_13a():
    # Otherwise `edges` would be needless, or 13a would need it.
    texts = ["2006. x", "2006."]
    intl, thirteen = TokenizerV14International(), Tokenizer13a()
    assert [intl(text).split()[:2] for text in texts] == [["2006", "."], ["2006."]]
    assert [thirteen(text).split()[:2] for text in texts] == [["2006", "."], ["2006", "."]]


def test_the_assumptions_of_words_are_true_for_every_character():
    characters = [chr(code) for code in range(sys.maxunicode + 1)]
    neighbours = regex.compile(r"[\p{P}\p{S}\p{N}]")
    cut = regex.compile(r"[\p{P}\p{S}]")
    assert [c for c in characters if (c.isspace() or c == "\x00") and neighbours.match(c)] == []
    assert [c for c in characters if c.isalnum() and cut.match(c)] == []


# --- sizes ----------------------------------------------------------------------------------------------------------


def random_texts(count, alphabet, seed, length=40):
    generator = np.random.default_rng(seed)
    return ["".join(generator.choice(alphabet, size=generator.integers(0, length))) for _ in range(count)]


@pytest.mark.parametrize(("name", "language"), CASES)
@pytest.mark.parametrize("streams", [1, 3])
def test_portions_change_nothing(monkeypatch, name, language, streams):
    corpus = [random_texts(60, list("abcक ि. 5"), seed) for seed in range(streams + 1)]
    whole = assert_equal(name, language, *corpus)
    monkeypatch.setattr(_ngrams, "_UNITS", 200)
    monkeypatch.setattr(_ngrams, "_SEGMENTS", 25)
    np.testing.assert_array_equal(assert_equal(name, language, *corpus), whole)


def test_portions_are_all_segments_in_order_and_bounded(monkeypatch):
    monkeypatch.setattr(_ngrams, "_UNITS", 10)
    lengths = np.array([0, 3, 30, 0, 2, 4, 0])
    sides = [Units(np.zeros(lengths.sum(), dtype=int), lengths)] * 2
    parts = [*_ngrams._portions(sides)]
    assert [index for start, stop in parts for index in range(start, stop)] == list(range(len(lengths)))
    assert all(stop - start == 1 or 2 * lengths[start:stop].sum() <= 10 for start, stop in parts)
    assert len(parts) == 4  # a segment counts one more than its units: 1 + 7, 61, 1 + 5, 9 + 1


@pytest.mark.parametrize(("name", "language"), CASES)
@pytest.mark.parametrize(
    ("segments", "alphabet", "length"),
    [
        pytest.param(900, 300, 30, id="over-256-characters"),
        pytest.param(30, 2000, 300, id="halves-of-a-portion"),
        pytest.param(2, 3000, 6000, id="over-1023-characters-in-one-segment"),
    ],
)
def test_many_different_characters(name, language, segments, alphabet, length):
    # From U+4E00, all of them letters; every third is a space, so that there are words too.
    signs = [chr(0x4E00 + number) if number % 3 else " " for number in range(alphabet)]
    hypotheses, first = (random_texts(segments, signs, seed, length) for seed in (0, 1))
    second = [h[: len(h) // 2] + r[len(r) // 2 :] for h, r in zip(hypotheses, first, strict=True)]
    found = assert_equal(name, language, hypotheses, first, second)
    assert found[:, 2].sum() > 0


def test_more_different_words_in_one_segment_than_a_key_has_room_for():
    words = [f"w{number}" for number in range(1 << 15)]
    found = assert_equal("bleu-raw", ENGLISH, [" ".join(words[:20_000])], [" ".join(words)])
    assert found[0].tolist() == [20_000, 1 << 15, 20_000, 19_999, 19_998, 19_997, 20_000, 19_999, 19_998, 19_997]


@pytest.mark.parametrize("limit", ["_MAX_PIECES", "_MAX_CHARACTERS", "_MAX_UNITS"])
@pytest.mark.parametrize(("name", "language"), [("bleu-raw", HINDI), ("chrf++-raw", ENGLISH)])
def test_forgetting_pieces_and_streams_changes_nothing(monkeypatch, limit, name, language):
    monkeypatch.setattr(pieces, limit, 3)
    metric, reference = metrics.get(name, language), random_texts(20, list("abक . "), 0)
    for seed in range(1, 4):
        hypotheses = random_texts(20, list("abक . "), seed)
        expected = sacrebleu_of(name, language)._extract_corpus_statistics(hypotheses, [reference])
        np.testing.assert_array_equal(metric.statistics(Examples(hypotheses, [reference])), expected)


def test_a_reference_is_tokenised_once_for_all_systems():
    calls = Counter()

    def tokenize(text):
        calls.update(text.split())
        return text

    words = _ngrams.SacrebleuTokenizer(tokenize)
    for hypothesis in ("a-b c-d", "c-d e-f"):
        words.units([hypothesis], ["r-s t-u", "r-s v-w"])
    assert {word: calls[word] for word in calls if "-" in word} == dict.fromkeys(
        ["a-b", "c-d", "e-f", "r-s", "t-u", "v-w"], 1
    )


# --- rules of sacreBLEU that are easily missed ------------------------------------------------------------------------


def test_bleu_takes_the_shorter_of_two_reference_lengths_that_are_equally_close():
    found = assert_equal("bleu", ENGLISH, ["a b c d"], ["a b c d e"], ["a b c"])
    assert found[0, :2].tolist() == [4, 3]


def test_bleu_counts_a_match_as_often_as_the_reference_that_has_it_most_often():
    found = assert_equal("bleu", ENGLISH, ["a a a a b"], ["a b c"], ["a a c c"])
    assert found[0, 2:4].tolist() == [3, 2]  # a twice and b once; `a a` once and `a b` once


def test_chrf_takes_the_first_of_references_that_score_alike():
    found = assert_equal("chrf", ENGLISH, ["zz"], ["abc"], ["ab"])
    assert found[0, :3].tolist() == [2, 3, 0]


def test_chrf_skips_an_order_if_the_reference_is_too_short_for_it():
    found = assert_equal("chrf", ENGLISH, ["abcdef"], ["ab"])
    assert found[0].tolist() == [6, 2, 2, 5, 1, 1] + [0, 0, 0] * 4


@pytest.mark.parametrize(("name", "language"), CASES)
@pytest.mark.parametrize("references", [[""], ["", "a b c d"], ["a b c d", ""], ["", ""]])
@pytest.mark.parametrize("hypothesis", ["", "a", "a b c d"])
def test_an_empty_reference_is_a_reference(name, language, references, hypothesis):
    # sacreBLEU leaves out only None: see test_gaps.py.
    assert_equal(name, language, [hypothesis], *([reference] for reference in references))


# --- a test set -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("name", "language"), CASES)
def test_wmt14_is_sacrebleus(name, language, wmt14):
    assert_equal(name, language, wmt14("opusmt"), wmt14("reference"), wmt14("nllb"), wmt14("argos"))
