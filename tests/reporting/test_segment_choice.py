"""Which segments are chosen, in which order, and what is said to a wrong question."""

from __future__ import annotations

from typing import Any

import pytest

from harness.core.errors import InputError
from harness.reporting.segment_choice import SegmentChoice, choose
from tests.reporting.segments import output, segment, task

VIEW = task(
    segment("a#s1", [output("nllb", "They met", 80, ter=20), output("mbart", "They", 20, "stopped", ter=90)]),
    segment("a#s2", [output("nllb", "", 0, "empty", ter=100), output("mbart", "They met.", 90, ter=0)]),
    segment("a#s3", [output("nllb", "They met.", 70, ter=10), output("mbart", "They", 65, "special_tokens", ter=15)]),
    segment("b#s1", [output("nllb", "They met.", 30, ter=40), output("mbart", "They met.", 30, ter=40)]),
)
SUMMARIES = task(segment("a", [output("lead", "वे मिले।", 50)]), task="summarise", dataset="in22", is_one_of_several=True)


def chosen(**wanted: Any) -> list[str]:
    (choice,) = choose([VIEW], SegmentChoice(**wanted))
    return [each.id for each in choice.segments]


class TestOrder:
    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            ({}, ["b#s1", "a#s2", "a#s1", "a#s3"]),
            ({"worst": 2}, ["b#s1", "a#s2"]),
            ({"best": 2}, ["a#s3", "a#s1"]),
            ({"worst": 1, "systems": ("nllb",)}, ["a#s2"]),
            ({"worst": 2, "metric": "ter"}, ["a#s1", "a#s2"]),
            ({"best": 1, "metric": "ter"}, ["a#s3"]),
            ({"differ": ("nllb", "mbart")}, ["a#s2", "a#s1", "a#s3", "b#s1"]),
            ({"differ": ("mbart", "nllb"), "limit": 1}, ["a#s2"]),
            ({"flags": ("empty",)}, ["a#s2"]),
            ({"flags": ("special-tokens", "stopped")}, ["a#s1", "a#s3"]),
            ({"flags": ("special_tokens",), "systems": ("nllb",)}, []),
            ({"flags": ("residue",)}, ["a#s3"]),
            ({"flags": ("stopped", "residue"), "best": 1}, ["a#s3"]),
            ({"ids": ("b#s1", "a#s1")}, ["b#s1", "a#s1"]),
        ],
        ids=str,
    )
    def test_of_segments(self, wanted: dict[str, Any], expected: list[str]) -> None:
        assert chosen(**wanted) == expected

    def test_ten_are_shown_unless_a_number_is_given(self) -> None:
        view = task(*(segment(f"a#s{number:02}", [output("nllb", "x", number)]) for number in range(12)))
        assert [each.id for each in choose([view], SegmentChoice())[0].segments] == [f"a#s{n:02}" for n in range(10)]

    def test_a_segment_without_the_systems_output_is_not_ranked(self) -> None:
        view = task(
            segment("a#s1", [output("nllb", "x", 1)]), segment("a#s2", [output("nllb", "x", 5), output("m", "x", 4)])
        )
        assert [each.id for each in choose([view], SegmentChoice(systems=("m",)))[0].segments] == ["a#s2"]
        assert [each.id for each in choose([view], SegmentChoice(differ=("m", "nllb")))[0].segments] == ["a#s2"]

    @pytest.mark.parametrize(
        ("wanted", "order"),
        [
            ({}, "the 4 worst of 4 segments, by the mean chrf++ of 2 systems"),
            ({"best": 1, "systems": ("nllb",)}, "the best of 4 segments, by chrf++ of nllb"),
            ({"differ": ("nllb", "mbart")}, "the 4 most different of 4 segments, by chrf++, nllb against mbart"),
            ({"flags": ("empty",)}, "the worst of 1 flagged segment, by the mean chrf++ of 2 systems"),
            ({"flags": ("cut",)}, "no segment with such a flag"),
            ({"ids": ("a#s2", "b#s1")}, "2 of 4 segments"),
        ],
        ids=str,
    )
    def test_the_choice_says_what_it_is(self, wanted: dict[str, Any], order: str) -> None:
        assert choose([VIEW], SegmentChoice(**wanted))[0].order == order


def test_systems_are_shown_beside_the_two_that_differ() -> None:
    view = task(segment("a#s1", [output("a", "x", 1), output("b", "x", 5), output("c", "x", 4)]))
    (choice,) = choose([view], SegmentChoice(differ=("c", "a"), systems=("b",)))
    assert choice.systems == ("c", "a", "b")
    assert choice.order == "the most different of 1 segment, by chrf++, c against a"


class TestTasks:
    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            ({}, ["translate", "summarise@in22"]),
            ({"tasks": ("summarise",)}, ["summarise@in22"]),
            ({"tasks": ("summarise@in22", "translate")}, ["translate", "summarise@in22"]),
            ({"systems": ("lead",)}, ["summarise@in22"]),
            ({"metric": "ter"}, ["translate"]),
            ({"ids": ("a#s1",)}, ["translate"]),
            ({"ids": ("a", "a#s1")}, ["translate", "summarise@in22"]),
        ],
        ids=str,
    )
    def test_only_those_that_have_what_is_asked_for_are_shown(
        self, wanted: dict[str, Any], expected: list[str]
    ) -> None:
        assert [choice.view.label for choice in choose([VIEW, SUMMARIES], SegmentChoice(**wanted))] == expected


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"ids": ("a#s11",)}, "unknown segment 'a#s11'; did you mean 'a#s1'? (--format json shows the ids of all)"),
        ({"ids": ("zzzzz",)}, "unknown segment 'zzzzz'; the first is 'a#s1' (--format json shows the ids of all)"),
        ({"systems": ("nlb",)}, "unknown system of this run 'nlb'; did you mean 'nllb'? (known: lead, mbart, nllb)"),
        ({"differ": ("nllb", "lead")}, "no task of this run has nllb and lead together; name them one at a time"),
        ({"differ": ("nllb", "nllb")}, "--differ needs two systems, found 'nllb' twice"),
        ({"metric": "bleu"}, "unknown metric of this run 'bleu' (known: chrf++, ter)"),
        ({"tasks": ("gist",)}, "unknown task of this run 'gist' (known: summarise@in22, translate)"),
        ({"worst": 1, "best": 2}, "--worst and --best choose different segments; give one of them"),
        (
            {"worst": 1, "limit": 2},
            "--limit is for --differ and --flag; --worst says itself how many segments it shows",
        ),
        (
            {"ids": ("a",), "flags": ("cut",)},
            "--id names the segments to show, so --flag has nothing to choose; give one of them",
        ),
    ],
    ids=str,
)
def test_a_wrong_question_is_one_line(wanted: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        choose([VIEW, SUMMARIES], SegmentChoice(**wanted))
    assert str(caught.value) == message


def test_an_unknown_flag_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"unknown flag 'wrong-scrip'; did you mean 'wrong-script'\?"):
        choose([VIEW], SegmentChoice(flags=("wrong-scrip",)))
