"""Diagnostics that compare an output with its source: their counts, marks and places."""

from __future__ import annotations

import pytest

from harness.core.records import ENGLISH, HINDI
from harness.core.scores import Count
from harness.scoring import diagnostics
from harness.scoring.diagnostics import Outputs
from harness.tasks import TaskKind

SOURCE = "मंत्री रमेश गुप्ता ने सोमवार को 5 करोड़ रुपये की योजना शुरू नहीं की।"
RIGHT = "On Monday Minister Ramesh Gupta did not launch the plan of Rs 5 crore."


def _outputs(sources: list[str], texts: list[str], target: str = ENGLISH, kind: TaskKind = "translation") -> Outputs:
    return Outputs((), target, sources, only_texts=[texts], kind=kind)


def _count(name: str, outputs: Outputs) -> Count | None:
    return diagnostics.measure(outputs).counts.get(name)


# A diagnostic, an output that it marks, and the places in the source and in the output.
FAULTS = [
    ("quantities", RIGHT.replace("5", "7"), ["5 करोड़"], ["7 crore"]),
    ("quantities", RIGHT.replace("Monday", "Friday"), ["सोमवार"], ["Friday"]),
    ("units", RIGHT.replace("Rs ", "$"), ["5 करोड़ रुपये"], ["$5 crore"]),
    ("negation", RIGHT.replace("did not launch", "launched"), ["नहीं"], []),
    ("names", RIGHT.replace("Ramesh Gupta", "Anil Deshmukh"), ["रमेश गुप्ता"], ["Anil", "Deshmukh"]),
    ("untranslated", RIGHT.replace("the plan", "the योजना"), [], ["योजना"]),
    ("omission", "On Monday the Minister.", [SOURCE], []),
    ("addition", f"{RIGHT} {RIGHT}", [], [f"{RIGHT} {RIGHT}"]),
]


@pytest.mark.parametrize(("name", "output", "in_source", "in_output"), FAULTS, ids=lambda value: str(value)[:40])
def test_a_fault_is_counted_marked_and_found_at_its_place(
    name: str, output: str, in_source: list[str], in_output: list[str]
) -> None:
    outputs = _outputs([SOURCE, SOURCE], [RIGHT, output])
    assert _count(name, outputs) == Count(1, 2)
    assert [name in of_output for of_output in diagnostics.flags(outputs)] == [False, True]
    right, wrong = diagnostics.evidence(outputs)
    assert name not in right
    assert [span.text for span in wrong[name] if span.side == "source"] == in_source
    assert [span.text for span in wrong[name] if span.side == "output"] == in_output
    for span in wrong[name]:
        assert span.text == (SOURCE if span.side == "source" else output)[span.start : span.end]


def test_a_right_translation_has_no_fault() -> None:
    assert diagnostics.evidence(_outputs([SOURCE], [RIGHT])) == [{}]


@pytest.mark.parametrize("name", ["negation", "units", "names", "omission", "addition", "untranslated", "novelty"])
def test_without_sources_nothing_is_counted(name: str) -> None:
    assert _count(name, _outputs([], ["He did not come"])) is None


@pytest.mark.parametrize("name", ["negation", "omission", "addition"])
def test_a_summary_may_be_short_and_omit_a_negation(name: str) -> None:
    assert _count(name, _outputs([SOURCE], ["मंत्री आए।"], HINDI, "summarisation")) is None


@pytest.mark.parametrize("name", ["copied_span", "novelty"])
def test_copying_from_the_article_is_measured_of_summaries_only(name: str) -> None:
    assert _count(name, _outputs(["a b c d"], ["a b c d"])) is None


def test_a_summary_may_omit_a_unit_of_its_article() -> None:
    outputs = _outputs(["तीन दिन चले, छह रुपये मिले, छह दिन बचे"], ["छह दिन बचे"], HINDI, "summarisation")
    assert _count("units", outputs) == Count(0, 1)


ARTICLE = "मंत्री रमेश गुप्ता ने कहा। बैठक सोमवार को दिल्ली में हुई और उसमें 20 देशों के लोग आए। वे लौट गए।"


def test_a_summary_must_not_have_names_and_numbers_that_its_article_lacks() -> None:
    summaries = ["मंत्री रमेश गुप्ता ने कहा।", "मंत्री सुरेश यादव ने कहा।", "बैठक में 30 देशों के लोग आए।"]
    outputs = _outputs([ARTICLE] * 3, summaries, HINDI, "summarisation")
    assert [{*of_output} & {"names", "quantities"} for of_output in diagnostics.evidence(outputs)] == [
        set(), {"names"}, {"quantities"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("summary", "copied"),
    [
        pytest.param("बैठक सोमवार को दिल्ली में हुई", (6, 6), id="one piece"),
        pytest.param("बैठक सोमवार को दिल्ली में हुई और मंत्री रमेश गुप्ता ने कहा", (7, 12), id="the longer of two"),
        pytest.param("दिल्ली में सोमवार को बैठक", (0, 5), id="in another order"),
        pytest.param("सोमवार को दिल्ली", (0, 3), id="shorter than four words"),
        pytest.param("", (0, 0), id="empty"),
    ],
)
def test_the_longest_copied_piece_is_a_run_of_words_of_the_article(summary: str, copied: tuple[int, int]) -> None:
    assert _count("copied_span", _outputs([ARTICLE], [summary], HINDI, "summarisation")) == Count(*copied)


def test_a_long_copied_piece_is_marked_at_its_place() -> None:
    piece = "बैठक सोमवार को दिल्ली में हुई और उसमें 20 देशों के लोग आए"
    (faults,) = diagnostics.evidence(_outputs([ARTICLE], [f"कल, {piece}।"], HINDI, "summarisation"))
    assert [span.text.strip("।") for span in faults["copied_span"]] == [piece]


def test_novelty_is_the_share_of_pairs_of_words_that_the_article_lacks() -> None:
    outputs = _outputs([ARTICLE] * 2, ["बैठक सोमवार को हुई", "वे लौट गए"], HINDI, "summarisation")
    assert _count("novelty", outputs) == Count(1, 5)


def test_the_usual_length_is_that_of_the_systems_own_outputs() -> None:
    """A system whose outputs are all brief omits nothing that its others do not."""
    brief = "On Monday Gupta did not launch it."
    assert _count("omission", _outputs([SOURCE] * 30, [brief] * 30)) == Count(0, 30)
    assert _count("omission", _outputs([SOURCE] * 30, [RIGHT] * 29 + [brief])) == Count(1, 30)
