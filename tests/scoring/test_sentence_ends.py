"""Outputs that end in a danda against references that end in something else: a note says what this costs."""

import pytest

from harness.core.records import ENGLISH, HINDI
from harness.scoring import TestSet, sentence_ends, systems
from harness.scoring.sentence_ends import unify

LINES = [
    "भारत ने जापान के साथ बातचीत की है",
    "मंत्री ने किसानों से मुलाकात की है",
    "नई दिल्ली में आज बारिश हुई है",
    "टीम ने मैच जीता है",
    "सरकार ने नई योजना शुरू की है",
    "छात्रों ने परीक्षा दी है",
]
DANDA = [f"{line}।" for line in LINES]

UNIFIED = {
    "full stop": ("वह गया.", "वह गया।"),
    "pipe": ("वह गया|", "वह गया।"),
    "pipe after a space": ("वह गया है |", "वह गया है।"),
    "full stop after a space": ("वह गया .", "वह गया।"),
    "several sentences": ("वह गया है | वह आया. वह है।", "वह गया है। वह आया। वह है।"),
    "closing quote": ("उसने कहा, 'हाँ.'", "उसने कहा, 'हाँ।'"),
    "abbreviation inside": ("डॉ. राव आए.", "डॉ. राव आए।"),
    "number inside": ("3.5 लाख.", "3.5 लाख।"),
    "ellipsis": ("वह गया...", "वह गया..."),
    "table": ("भारत | पाक", "भारत | पाक"),
    "danda": ("वह गया।", "वह गया।"),
    "question": ("वह गया?", "वह गया?"),
    "space": (" वह गया. ", " वह गया। "),
    "empty": ("", ""),
}


@pytest.mark.parametrize(("text", "expected"), UNIFIED.values(), ids=UNIFIED)
def test_ends_of_sentences_become_dandas(text, expected):
    assert unify(text) == expected
    assert unify(expected) == expected


def notes(outputs: list[str], references: list[str], language: str = HINDI) -> tuple[str, ...]:
    test_set = TestSet(
        task="x",
        target=language,
        primary="bleu",
        metrics=("bleu", "chrf++", "rougeL"),
        ids=tuple(map(str, range(len(outputs)))),
        articles=(),
        references={"a": tuple(references)},
    )
    (row,) = systems.score_systems(test_set, {"s": [outputs]}, notes={})
    return row.notes


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (" |", "0 of 6 outputs and 6 of 6 references end in a pipe, where Hindi has a danda: this costs "),
        (".", "0 of 6 outputs and 6 of 6 references end in a full stop, where Hindi has a danda: this costs "),
        ("\u200b |", "0 of 6 outputs and 6 of 6 references end in a pipe"),
    ],
)
def test_a_note_says_what_other_marks_cost(end, expected):
    references = [f"{line}{end}" for line in LINES]
    (note,) = notes(DANDA, references)
    assert note.startswith(expected)
    assert " bleu, " in note
    assert " chrf++; write । in both" in note
    assert "rougeL" not in note  # compares words only
    assert notes(references, DANDA)[0].startswith("6 of 6 outputs and 0 of 6 references end in ")


@pytest.mark.parametrize(
    ("outputs", "references", "language"),
    [
        pytest.param(DANDA, DANDA, HINDI, id="same"),
        pytest.param([f"{line}." for line in LINES], [f"{line}." for line in LINES], HINDI, id="full stops in both"),
        pytest.param(["He left।"] * 6, ["He left."] * 6, ENGLISH, id="English"),
    ],
)
def test_nothing_is_said_of_marks_that_do_not_differ(outputs, references, language):
    assert notes(outputs, references, language) == ()


def test_a_pipe_that_normalisation_makes_a_danda_costs_nothing_and_is_not_named():
    def score(hypotheses, references):
        return {"chrf++": 100.0}

    assert sentence_ends.remark(DANDA, [[f"{line}|" for line in LINES]], HINDI, score) is None


def test_references_may_have_gaps():
    def score(hypotheses, references):
        assert references[0][1] is None
        return {"bleu": 50.0 if references[0][0].endswith(".") else 100.0}

    remark = sentence_ends.remark(DANDA[:2], [[f"{LINES[0]}.", None]], HINDI, score)
    assert remark == (
        "0 of 2 outputs and 1 of 1 references end in a full stop, where Hindi has a danda: "
        "this costs 50.0 bleu; write । in both"
    )


@pytest.mark.parametrize(
    ("outputs", "language", "expected"),
    [
        (DANDA, HINDI, None),
        (LINES, HINDI, None),  # headlines
        (["He left."] * 6, ENGLISH, None),
        ([f"{line}." for line in LINES], HINDI, "6 of 6 outputs end in a full stop: against"),
        ([*DANDA[:4], f"{LINES[4]}.", f"{LINES[5]} |"], HINDI,
         "1 of 6 outputs end in a full stop, 1 in a pipe, 4 in a danda: against references with other marks"),
        ([*DANDA * 50, "यह डॉ."], HINDI, None),
    ],
)  # fmt: skip
def test_without_references_a_note_says_with_which_marks_outputs_end(outputs, language, expected):
    note = sentence_ends.marks(outputs, language)
    assert note is None if expected is None else note.startswith(expected)


def test_score_without_references_prints_that_note(run_cli, tmp_path):
    (tmp_path / "x.hi").write_text(
        "\n".join([*DANDA[:3], *(f"{line}." for line in LINES[3:])]) + "\n", encoding="utf-8"
    )
    answer = run_cli("score", "--task", "summarise", "--hypothesis", tmp_path / "x.hi")
    assert answer.code == 0
    assert "x: 3 of 6 outputs end in a full stop, 3 in a danda: " in " ".join(answer.out.split())
