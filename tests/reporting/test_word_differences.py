"""Word differences: exact texts, equal words, changes, moves, and bounded time."""

import random
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.records import ENGLISH, HINDI
from harness.reporting import word_differences
from harness.reporting.word_differences import differences, nearest
from tests.texts import TEXT, bounded

_PIECES = ["the ", "talks ", "of ", "two ", "leaders", ". ", "भारत ", "\n"]
SHUFFLED = st.lists(st.sampled_from(_PIECES), max_size=25).map("".join)


def marked(reference: str, output: str, language: str = ENGLISH) -> str:
    """Return the edits in one line: [-deleted-] {+inserted+} [-a-]{+b+} <moved away> >moved here<."""
    signs = {"equal": "{1}", "insert": "{{+{1}+}}", "delete": "[-{0}-]", "change": "[-{0}-]{{+{1}+}}"}
    shown = []
    for edit in differences(reference, output, language=language):
        form = signs.get(edit.kind) or ("<{0}>" if edit.reference else ">{1}<")
        shown.append(form.format(edit.reference.strip(), edit.output.strip()))
    return " ".join(shown)


class TestTexts:
    @given(TEXT | SHUFFLED, TEXT | SHUFFLED, st.sampled_from([HINDI, ENGLISH]))
    @bounded
    def test_the_fields_joined_are_the_two_texts(self, reference, output, language):
        edits = differences(reference, output, language=language)
        assert "".join(edit.reference for edit in edits) == reference
        assert "".join(edit.output for edit in edits) == output

    @given(SHUFFLED, SHUFFLED)
    @bounded
    def test_each_kind_has_the_sides_that_it_says(self, reference, output):
        edits = differences(reference, output, language=ENGLISH)
        for edit in edits:
            assert edit.reference or edit.output
            assert edit.kind not in ("equal", "change") or (edit.reference and edit.output)
            assert edit.kind != "insert" or not edit.reference
            assert edit.kind != "delete" or not edit.output
        moves = [edit for edit in edits if edit.kind == "move"]
        away, here = (sorted(filter(None, ("".join(side.split()) for side in sides))) for sides in (
            [edit.reference for edit in moves], [edit.output for edit in moves],
        ))  # fmt: skip
        assert away == here

    @given(TEXT, st.sampled_from([HINDI, ENGLISH]))
    @bounded
    def test_a_text_equals_itself(self, content, language):
        assert {edit.kind for edit in differences(content, content, language=language)} <= {"equal"}

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ("भारत और जापान।", ["भारत ", "और ", "जापान", "।"]),
            ("क्षत्रिय ज़रूरी हिंदी", ["क्षत्रिय ", "ज़रूरी ", "हिंदी"]),
            ("₹3,50,000 at 10:30, he said", ["₹", "3,50,000 ", "at ", "10:30", ", ", "he ", "said"]),
            ("क्‍या १०:३०", ["क्‍या ", "१०:३०"]),
            ("  a\u0301b  ", ["  ", "a\u0301b  "]),
            ("👨\u200d👩\u200d👧!", ["👨\u200d👩\u200d👧", "!"]),
        ],
    )
    def test_words_keep_their_marks_and_the_space_after_them(self, content, words):
        (edit,) = differences(content, content, language=HINDI)
        assert edit.output == content
        assert [token.text for token in word_differences._tokens([content], HINDI)[0]] == words

    def test_a_wrong_language_is_refused_even_without_words(self):
        with pytest.raises(ValueError, match="not a FLORES code"):
            differences("", "", language="hi")


class TestEdits:
    @pytest.mark.parametrize(
        ("reference", "output", "expected"),
        [
            ("", "", ""),
            ("", "They met.", "{+They met.+}"),
            ("They met.", "", "[-They met.-]"),
            ("They met in Tokyo.", "They met in Tokyo today.", "They met in Tokyo {+today+} ."),
            ("They met in Tokyo.", "They met.", "They met [-in Tokyo-] ."),
            ("They met in Tokyo.", "They spoke in Tokyo.", "They [-met-]{+spoke+} in Tokyo."),
            ("He  said\nso", "He said so", "He said so"),
            ("The Minister", "the Minister", "[-The-]{+the+} Minister"),
            (
                "In Tokyo on Friday, the ministers met.",
                "The ministers met in Tokyo.",
                "[-In Tokyo on Friday, the-]{+The+} ministers met {+in Tokyo+} .",
            ),
            ("on Friday they met again", "they met again on Friday", "<on Friday> they met again >on Friday<"),
            ("Tokyo they met", "they met Tokyo", "[-Tokyo-] they met {+Tokyo+}"),  # a word alone does not move
            (", . they met again", "they met again , .", "[-, .-] they met again {+, .+}"),  # nor do signs
        ],
    )
    def test_english(self, reference, output, expected):
        assert marked(reference, output) == expected

    @pytest.mark.parametrize(
        ("reference", "output", "expected"),
        [
            # One letter, two encodings: the output's own are kept.
            ("ज\u093cरूरी बात", "\u095bरूरी बात", "\u095bरूरी बात"),
            ("किताब पढ़ी", "किताबें पढ़ी", "[-किताब-]{+किताबें+} पढ़ी"),
            ("वे मिले कल टोक्यो में", "कल टोक्यो में वे मिले", "<वे मिले> कल टोक्यो में >वे मिले<"),
            ("२००६ में", "2006 में", "2006 में"),
        ],
    )
    def test_hindi(self, reference, output, expected):
        assert marked(reference, output, HINDI) == expected

    def test_a_word_is_in_one_moved_run_only(self):
        edits = differences("a b c d e k l m n", "k l m n a b c d d e", language=ENGLISH)
        moved = [edit.reference or edit.output for edit in edits if edit.kind == "move"]
        assert sorted(moved) == sorted(set(moved) | {each for each in moved if moved.count(each) == 2})


class TestNearest:
    @pytest.mark.parametrize(
        ("references", "index"),
        [
            (["They met in Tokyo."], 0),
            ([None, "anything"], 1),
            (["The talks were held.", "They met in Tokyo."], 1),
            (["They met in Osaka.", None, "They met in Kyoto."], 0),
            (["", "They met in Tokyo today."], 1),
        ],
    )
    def test_the_reference_with_the_fewest_edits_is_nearest(self, references, index):
        assert nearest(references, "They met in Tokyo.") == index

    @pytest.mark.parametrize("references", [[], [None]])
    def test_without_a_reference_there_is_none(self, references):
        with pytest.raises(ValueError, match="expected a reference with a text"):
            nearest(references, "They met.")


def numbers(seed: int, count: int, vocabulary: int) -> str:
    chance = random.Random(seed)
    return " ".join(f"w{chance.randrange(vocabulary)}" for _ in range(count))


class TestTime:
    @pytest.mark.parametrize(
        ("reference", "output"),
        [
            (numbers(0, 10_000, 3000), numbers(1, 10_000, 3000)),
            (numbers(0, 10_000, 5), numbers(1, 10_000, 5)),
            ("x " * 5000 + "k " * 5000, "k " * 5000 + "x " * 5000),
            ("x " * 4000 + "k l " * 2500, "k l " * 2500 + "x y " * 2000),
            ("क" * 10_000, "क\u093c" * 10_000),
            ("a " * 10_000, "b " * 10_000),
            ("\u0301" * 10_000, "! " * 10_000),
        ],
        ids=["any words", "few words", "swapped", "swapped and mixed", "one word", "nothing shared", "marks"],
    )
    def test_ten_thousand_words_take_less_than_a_second(self, reference, output):
        started = process_time()
        differences(reference, output, language=ENGLISH)
        assert process_time() - started < 1

    def test_very_long_texts_are_compared_at_their_ends_only(self):
        middle = numbers(0, 30_000, 3000)
        kinds = [edit.kind for edit in differences(f"a b {middle} y z", f"a b {middle[::-1]} y z", language=ENGLISH)]
        assert kinds == ["equal", "change", "equal"]
