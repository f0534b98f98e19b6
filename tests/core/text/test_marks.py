"""Marks of segments in the text of an article: how they are asked for, and when they are believed."""

import pytest

from harness.core.text import marks

SEGMENTS = ["The minister\nspoke.", "He left."]


class TestMarked:
    @pytest.mark.parametrize(
        ("kind", "text"),
        [
            ("ids", "[1] The minister spoke.\n[2] He left."),
            ("lines", "The minister spoke.\nHe left."),
            ("none", "The minister spoke.\nHe left."),
        ],
    )
    def test_each_segment_is_one_line(self, kind, text):
        assert marks.marked(SEGMENTS, kind) == text

    @pytest.mark.parametrize("kind", ["ids", "lines"])
    def test_what_was_marked_is_read_back(self, kind):
        text = marks.marked(SEGMENTS, kind)
        assert marks.unmarked(text, 2, kind) == ("The minister spoke.", "He left.")


class TestUnmarked:
    @pytest.mark.parametrize(
        ("output", "pieces"),
        [
            ("[1] a\n[2] b", ("a", "b")),
            ("[1] a\n\n[2] b\n", ("a", "b")),
            ("[1] a\nmore of a\n[2] b", ("a more of a", "b")),
            ("  [1]a\n**[2]** b", ("a", "b")),
            ("[1]: a\n[2]: b", ("a", "b")),
            ("[१] क\n[२] ख", ("क", "ख")),
            ("[1]\n[2] b", ("", "b")),
            ("[1] a [2] of them\n[2] b", ("a [2] of them", "b")),  # a footnote is no mark
        ],
    )
    def test_numbers_that_are_all_there_once_and_in_order_are_believed(self, output, pieces):
        assert marks.unmarked(output, 2, "ids") == pieces

    @pytest.mark.parametrize(
        "output",
        [
            "",
            "a\nb",
            "[1] a",
            "[2] b\n[1] a",
            "[1] a\n[2] b\n[3] c",
            "[1] a\n[1] a\n[2] b",
            "[1] a [2] b",
            "Here is the translation:\n[1] a\n[2] b",
            "[0] a\n[1] b",
        ],
    )
    def test_other_numbers_are_not(self, output):
        assert marks.unmarked(output, 2, "ids") is None

    @pytest.mark.parametrize(
        ("output", "pieces"),
        [("a\nb", ("a", "b")), ("a\n\n \nb\n", ("a", "b")), ("a\u2028b", ("a", "b")), ("a b", None), ("a\nb\nc", None)],
    )
    def test_lines_are_believed_if_there_are_as_many_as_segments(self, output, pieces):
        assert marks.unmarked(output, 2, "lines") == pieces

    def test_without_marks_nothing_is_believed(self):
        assert marks.unmarked("a\nb", 2, "none") is None

    @pytest.mark.parametrize(
        ("output", "parts"),
        [("[1] a\n[2] b", ["", " a\n", " b"]), ("a", ["a"]), ("", [""]), ("x\n[9] y", ["x\n", " y"])],
    )
    def test_the_text_between_numbers_is_all_but_them(self, output, parts):
        assert [output[start:end] for start, end in marks.between(output)] == parts

    def test_blanked_numbers_leave_offsets_as_they_are(self):
        assert marks.blanked("[1] a [2]\n[12] b", "ids") == "    a [2]\n     b"
        assert marks.blanked("[1] a", "lines") == "[1] a"
