"""Pieces: each is tokenised once, and the tokens are those of the whole text."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core import text
from harness.core.text import pieces
from harness.core.text.pieces import Latest, PieceNumbers, PieceTokenizer, Streams, Units

many = settings(max_examples=300, derandomize=True, deadline=None, database=None)


@pytest.fixture(autouse=True)
def vocabulary(monkeypatch):
    """Begin each test with an empty vocabulary."""
    monkeypatch.setattr(pieces, "_latest", PieceNumbers())


def named(words, texts):
    """Return the tokens of each text, as strings."""
    (units,) = words.units(texts)
    names = [*words._tokens]
    return [[names[number] for number in numbers] for numbers in units.by_text()]


# Signs that the rules of text.words read, and white space of every kind.
NASTY = st.text(st.sampled_from("12,.:।॥?!\n अतःकनम्\u0901\u093cयेीABaΣİ'\u200d\u200b\t\x1c\x85\xa0\u2028"), max_size=16)


@many
@given(texts=st.lists(NASTY | st.text(max_size=12), max_size=5))
@pytest.mark.parametrize("fold", [False, True])
def test_the_words_of_the_pieces_are_those_of_the_text(fold, texts):
    words = PieceTokenizer(lambda new: [text.words(piece, fold=fold) for piece in new])
    assert named(words, texts) == [text.words(content, fold=fold) for content in texts]


def test_a_piece_is_tokenised_once_whatever_text_and_stream_it_is_in():
    calls = Counter()

    def tokenise(new):
        calls.update(new)
        return [[*piece] for piece in new]

    words = PieceTokenizer(tokenise)
    assert named(words, ["ab c", "", "c ab c"]) == [["a", "b", "c"], [], ["c", "a", "b", "c"]]
    assert named(words, ["c d"]) == [["c", "d"]]
    assert calls == {"ab": 1, "c": 1, "d": 1}


def test_the_first_tokens_have_the_first_numbers():
    words = PieceTokenizer(lambda new: [[piece] for piece in new], first=("x", "y"))
    assert [units.ids.tolist() for units in words.units(["b y"], ["x b"])] == [[2, 1], [0, 2]]


def test_two_tokenizers_share_the_pieces_and_not_the_tokens():
    lower, letters = (
        PieceTokenizer(lambda new: [[piece.lower()] for piece in new]),
        PieceTokenizer(lambda new: map(list, new)),
    )
    assert named(lower, ["AB a"]) == [["ab", "a"]]
    assert named(letters, ["a AB", "C"]) == [["a", "A", "B"], ["C"]]
    assert named(lower, ["C AB"]) == [["c", "ab"]]
    assert pieces._latest.pieces == ["AB", "a", "C"]


@pytest.mark.parametrize("limit", ["_MAX_PIECES", "_MAX_CHARACTERS"])
def test_a_vocabulary_that_has_grown_too_large_is_begun_anew(monkeypatch, limit):
    monkeypatch.setattr(pieces, limit, 3)
    words = PieceTokenizer(lambda new: [[piece] for piece in new])
    for texts in (["a b", "c d"], ["d e f g"], ["a a"]):
        assert named(words, texts) == [content.split() for content in texts]
    assert pieces._latest.pieces == ["a"]


def test_the_latest_streams_are_remembered_up_to_a_number_of_units(monkeypatch):
    monkeypatch.setattr(pieces, "_MAX_UNITS", 5)
    read = []

    def lengths(texts):
        read.append(texts)
        return Units(np.zeros(sum(map(len, texts)), dtype=np.int64), np.array([*map(len, texts)]))

    streams = Streams(lengths)
    for texts in (["ab"], ["cd"], ["ab"], ["e"], ["fg"], ["cd"], ["ab"], ["too long"], ["too long"]):
        assert streams.of(texts).lengths.tolist() == [*map(len, texts)]
    # "cd" was used less recently than "ab" when "fg" came, and "ab" less recently than "e" when "cd" came.
    assert read == [("ab",), ("cd",), ("e",), ("fg",), ("cd",), ("ab",), ("too long",), ("too long",)]


def test_values_are_kept_by_key():
    calls = []
    latest = Latest(lambda key: calls.append(key) or key * 2, lambda key, _: key, lambda: 10)
    assert [latest.of(key) for key in (1, 2, 1, 3, 2)] == [2, 4, 2, 6, 4]
    assert calls == [1, 2, 3]
    assert [latest.of(key) for key in (6, 2, 3)] == [12, 4, 6]  # 6 sets 1 and 3 aside
    assert calls == [1, 2, 3, 6, 3]


def test_parts_of_units_are_those_of_the_texts():
    units = Units(np.arange(6), np.array([2, 0, 3, 1]))
    assert [*units.by_text()] == [[0, 1], [], [2, 3, 4], [5]]
    assert [*units.part(1, 3).by_text()] == [[], [2, 3, 4]]
    assert [*units.part(2, 2).by_text()] == []
