"""The metrics of annotations: what counts, what an explanation says, and segments without annotations."""

import numpy as np
import pytest

from harness import metrics
from harness.core.errors import InputError
from harness.core.records import ENGLISH, HINDI, Entity, Fact
from harness.metrics import Examples

WON = Fact(
    "a#f1", "vital", "Verma won the final", (), {ENGLISH: (("Verma",), ("won", "win")), HINDI: (("वर्मा",), ("जीता",))}
)
SCORE = Fact("a#f2", "supporting", "It ended 31-28", (), {ENGLISH: (("31-28",),)})
HURT = Fact("a#f3", "supporting", "No one was hurt", (), {ENGLISH: (("hurt",),)}, negated=True)
VERMA = Entity("a#e1", "person", (), {ENGLISH: ("Suman Verma", "Verma"), HINDI: ("सुमन वर्मा", "वर्मा")})
PRIZE = Entity("a#e2", "money", (), {ENGLISH: ("Rs 35 lakh",), HINDI: ("35 लाख रुपये",)}, 3500000)
DELHI = Entity("a#e3", "place", (), {ENGLISH: ("New Delhi",), HINDI: ("नई दिल्ली",)})
EVERYTHING = (WON, SCORE, HURT, VERMA, PRIZE, DELHI)


def examples(*outputs: str, annotations: tuple[object, ...] = EVERYTHING) -> Examples:
    return Examples(outputs, [outputs], annotations=[annotations for _ in outputs])


def score(name: str, *outputs: str, language: str = ENGLISH) -> float:
    metric = metrics.get(name, language)
    return float(metric.score(metric.statistics(examples(*outputs)).sum(axis=0)))


@pytest.mark.parametrize(
    ("output", "all_facts", "vital", "supporting"),
    [
        ("Verma won 31-28. No one was hurt.", 100, 100, 100),
        ("Verma won.", 50, 100, 0),
        ("It ended 31-28.", 25, 0, 50),
        ("Verma did not win, 31-28.", 25, 0, 50),
        ("Verma won. Two players were hurt.", 50, 100, 0),
        ("", 0, 0, 0),
    ],
)
def test_facts_are_a_weighted_recall(output, all_facts, vital, supporting):
    found = [score(name, output) for name in ("facts", "facts-vital", "facts-supporting")]
    assert found == pytest.approx([all_facts, vital, supporting])


def test_the_weight_of_vital_facts_is_an_option():
    assert score("facts:vital=1", "Verma won.") == pytest.approx(100 / 3)
    assert score("facts:vital=4", "Verma won.") == pytest.approx(400 / 6)
    with pytest.raises(InputError, match="expected vital above 0"):
        metrics.get("facts:vital=0", ENGLISH)


def test_statistics_count_reversed_facts_apart():
    rows = metrics.get("facts", ENGLISH).statistics(examples("Verma did not win. Two were hurt."))
    assert rows.tolist() == [[1, 0, 1, 2, 0, 1]]


def test_an_explanation_names_each_fact_with_its_verdict():
    (verdicts,) = metrics.get("facts", ENGLISH).explain(examples("Verma did not win. It ended 31-28."))
    assert [(each.annotation.id, each.verdict) for each in verdicts] == [
        ("a#f1", "reversed"), ("a#f2", "stated"), ("a#f3", "missing"),
    ]  # fmt: skip


def test_facts_without_wordings_in_the_language_are_not_expected():
    assert score("facts", "वर्मा ने फाइनल जीता।", language=HINDI) == 100


@pytest.mark.parametrize(
    ("language", "output", "mentioned"),
    [
        (ENGLISH, "Suman Verma got Rs 35 lakh in New Delhi.", {"a#e1", "a#e2", "a#e3"}),
        (ENGLISH, "Verma's prize was 3.5 million rupees.", {"a#e1", "a#e2"}),
        (ENGLISH, "सुमन वर्मा, नई दिल्ली", set()),
        (HINDI, "सुमन वर्मा को नयी दिल्ली में ३५ लाख मिले।", {"a#e1", "a#e2", "a#e3"}),
        (HINDI, "Verma को New Delhi में पैंतीस लाख मिले।", {"a#e1", "a#e2", "a#e3"}),
        (HINDI, "शर्मा को 36 लाख मिले।", set()),
    ],
)
def test_entities_are_mentioned_in_any_accepted_form_and_any_way_to_write_a_value(language, output, mentioned):
    metric = metrics.get("entities", language)
    (verdicts,) = metric.explain(examples(output))
    assert {each.annotation.id for each in verdicts if each.verdict == "mentioned"} == mentioned
    assert score("entities", output, language=language) == pytest.approx(100 * len(mentioned) / 3)


@pytest.mark.parametrize(("kind", "recall"), [("person", 100), ("place", 50), ("money", 0)])
def test_recall_of_one_type(kind, recall):
    assert score(f"entities:type={kind}", "Verma in New Delhi", "Verma") == recall


@pytest.mark.parametrize("name", ["facts", "facts-vital", "entities", "entities:type=place"])
def test_a_segment_without_annotations_has_no_score_and_changes_no_sum(name):
    metric = metrics.get(name, ENGLISH)
    output = "Verma won in New Delhi."
    rows = metric.statistics(Examples([output] * 2, [[output] * 2], annotations=[EVERYTHING, ()]))
    scores = metric.segment_scores(rows)
    assert scores[0] == pytest.approx(float(metric.score(rows.sum(axis=0)))) and np.isnan(scores[1])
    assert metric.applies(rows).tolist() == [True, False]


def test_the_same_sentence_is_judged_for_the_annotations_of_its_own_segment():
    metric = metrics.get("facts", ENGLISH)
    first, second = (WON,), (SCORE,)
    for _ in range(2):
        rows = metric.statistics(Examples(["Verma won."] * 2, [["x"] * 2], annotations=[first, second]))
        assert rows[:, [1, 4]].tolist() == [[1, 0], [0, 0]]
