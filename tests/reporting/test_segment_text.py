"""Segments as lines for a terminal: differences, wrapping, and texts that would act on the terminal."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.segments import Span, TaskView
from harness.reporting.segment_choice import SegmentChoice, choose
from harness.reporting.segment_text import render, to_json
from harness.reporting.widths import width
from tests.reporting.segments import output, segment, task
from tests.texts import TEXT, bounded

_STYLE = re.compile("\x1b\\[[0-9;]*m")


def shown(view: TaskView, *, columns: int = 80, styled: bool = False) -> list[str]:
    return [*render(choose([view], SegmentChoice()), columns=columns, styled=styled)]


def text_of(output_text: str, reference: str = "They met in Tokyo today.", *, styled: bool = False) -> str:
    """Return how an output is shown against a reference, in one line."""
    view = task(segment("a#s1", [output("nllb", output_text, 50)], {"close": reference}))
    lines = shown(view, columns=500, styled=styled)
    index = next(number for number, line in enumerate(lines) if "nllb  " in _STYLE.sub("", line))
    return lines[index + 1].strip()


class TestOneSegment:
    def test_it_has_source_references_outputs_scores_and_flags(self) -> None:
        view = task(
            segment(
                "a#s1",
                [
                    output("nllb", "They met in Tokyo.", 61.04, bleu=40.0),
                    output("mbart", "वे मिले।", 0.0, "wrong_script", "copied", bleu=0.0),
                    output("lost", " ", 0.0, "empty", bleu=0.0),
                ],
                {"close": "They met in Tokyo today.", "free": "In Tokyo they had a meeting.", "none": None},
            ),
            notes=("nllb: 1 of 2 outputs is lost",),
        )
        assert shown(view) == [
            "translate: the worst of 1 segment, by the mean chrf++ of 3 systems",
            "",
            "a#s1  body, article a, 2 words",
            "source",
            "  वे मिले।",
            "reference close",
            "  They met in Tokyo today.",
            "reference free",
            "  In Tokyo they had a meeting.",
            "nllb  chrf++ 61.0, bleu 40.0  against close",
            "  They met in Tokyo [-today-].",
            "mbart  chrf++ 0.0, bleu 0.0  [wrong-script, copied]  few words in common with a",
            "reference",
            "  वे मिले।",
            "lost  chrf++ 0.0, bleu 0.0  [empty]",
            "  (empty)",
            "",
            "Note: nllb: 1 of 2 outputs is lost.",
            "",
            "[-words-] only in the reference",
        ]

    def test_without_the_dataset_outputs_are_shown_alone(self) -> None:
        lines = shown(task(segment("a#s1", [output("nllb", "They met.", 50)], {"close": None}, source=None)))
        assert lines[2:] == ["a#s1  body, article a, 2 words", "nllb  chrf++ 50.0", "  They met."]

    def test_without_a_difference_there_is_no_legend(self) -> None:
        lines = shown(task(segment("a#s1", [output("nllb", " ", 0, "empty"), output("mbart", "They met.", 100)])))
        assert lines[-4:] == ["nllb  chrf++ 0.0  [empty]", "  (empty)", "mbart  chrf++ 100.0", "  They met."]

    def test_no_segment_is_said_in_a_line(self) -> None:
        view = task(segment("a#s1", [output("nllb", "They met.", 50)]))
        assert [*render(choose([view], SegmentChoice(flags=("cut",))))] == ["translate: no segment with such a flag"]


class TestDifferences:
    @pytest.mark.parametrize(
        ("output_text", "expected"),
        [
            ("They met in Tokyo today.", "They met in Tokyo today."),
            ("They met in Tokyo.", "They met in Tokyo [-today-]."),
            ("They met in Tokyo today again.", "They met in Tokyo today {+again+}."),
            ("They spoke in Tokyo today.", "They [-met-] {+spoke+} in Tokyo today."),
            ("They met in Tokyo today!", "They met in Tokyo today[-.-]{+!+}"),
            ("Today: in Tokyo they met", "[-They met-] {+Today:+} in Tokyo [-today.-] {+they met+}"),
            ("Met they of", "Met they of"),
            ("They met\nin  Tokyo today.", "They met"),
        ],
    )
    def test_without_colours_they_stand_between_marks(self, output_text: str, expected: str) -> None:
        assert text_of(output_text) == expected

    def test_moved_words_have_marks_of_their_own(self) -> None:
        assert text_of("on Friday they all met here", "they all met here on Friday") == (
            "{~on Friday~} they all met here [~on Friday~]"
        )

    def test_in_colours_they_are_told_apart_by_a_line_too(self) -> None:
        assert text_of("They spoke in Tokyo today.", styled=True) == (
            "They \x1b[9;31mmet\x1b[0m \x1b[4;32mspoke\x1b[0m in Tokyo today."
        )


class TestLayout:
    LONG = "विदेश सचिव विक्रम मिस्री ने सोमवार को नई दिल्ली में जापान के उप विदेश मंत्री ताकेहिरो फुनाकोशी से वार्ता की। " * 3

    @pytest.mark.parametrize("columns", [40, 80, 120])
    @pytest.mark.parametrize("styled", [True, False])
    def test_no_line_is_longer_than_the_terminal_and_no_mark_leaves_its_letter(
        self, columns: int, styled: bool
    ) -> None:
        texts = [self.LONG, "क\u093cि" * 500, "x" * 1000, "a\u0301\u0323" * 300]
        outputs = [output(f"s{number}", content, 1.0, "cut") for number, content in enumerate(texts)]
        view = task(segment("a#s1", outputs, {"close": self.LONG.replace("जापान", "चीन")}, source=self.LONG))
        for line in shown(view, columns=columns, styled=styled):
            plain = _STYLE.sub("", line)
            assert width(plain) <= columns
            assert not plain.strip() or unicodedata.category(plain.strip()[0])[0] != "M"
            assert line.count("\x1b[0m") * 2 == len(_STYLE.findall(line))

    @given(TEXT, TEXT, st.sampled_from([True, False]))
    @bounded
    def test_nothing_is_lost_and_nothing_acts(self, content: str, reference: str, styled: bool) -> None:
        view = task(segment("a#s1", [output("nllb", content, 1.0)], {"close": reference}, source=content))
        for line in shown(view, columns=60, styled=styled):
            plain = _STYLE.sub("", line) if styled else line
            assert not {unicodedata.category(each) for each in plain} & {"Cc", "Cs", "Co", "Zl", "Zp"}

    def test_text_of_a_model_cannot_act_on_the_terminal(self) -> None:
        bad = "\x1b[2J\x1b]0;owned\x07 They met \u202e in\r\n Tokyo today."
        view = task(segment("a\x1b[31m#s1", [output("nl\x1blb", bad, 1.0)], {"clo\u202ese": bad}, source=bad))
        lines = shown(view)
        assert "\x1b" not in "".join(lines) and "\u202e" not in "".join(lines)
        assert "  <U+001B>[2J<U+001B>]0;owned<U+0007> They met <U+202E> in<U+000D>" in lines


def test_a_flag_names_the_words_that_it_is_about() -> None:
    places = {
        "quantities": (Span("source", "दस", 0, 2), Span("output", "11", 5, 7)),
        "omission": (Span("source", "वे मिले। " * 20, 0, 180),),  # too much to repeat
    }
    marked = replace(output("nllb", "They met.", 50, "quantities", "omission", "cut"), places=places)
    view = task(segment("a#s1", [marked]))
    lines = render(choose([view], SegmentChoice()), columns=200)
    assert any("[quantities (source दस; output 11), omission, cut]" in line for line in lines)
    (found,) = to_json(choose([view], SegmentChoice()))
    written = found["segments"][0]["outputs"][0]["places"]["quantities"][0]
    assert written == {"side": "source", "text": "दस", "start": 0, "end": 2}


def test_json_has_every_field() -> None:
    view = task(segment("a#s1", [output("nllb", "They\x1b met.", 50, "cut")]))
    (found,) = to_json(choose([view], SegmentChoice()))
    assert {key: value for key, value in found.items() if key != "segments"} == {
        "task": "translate", "dataset": "news", "language": "hin_Deva", "target": "eng_Latn", "metrics": ["chrf++"],
        "primary": "chrf++", "systems": ["nllb"], "order": "the worst of 1 segment, by chrf++ of nllb", "notes": [],
    }  # fmt: skip
    assert found["segments"] == [{
        "id": "a#s1", "article": "a", "kind": "body", "words": 2, "source": "वे मिले।",
        "references": {"close": "They met."},
        "outputs": [{
            "system": "nllb", "text": "They\x1b met.", "scores": {"chrf++": 50}, "flags": ["cut"],
            "places": {}, "output_tokens": None, "seconds": None,
        }],
    }]  # fmt: skip
