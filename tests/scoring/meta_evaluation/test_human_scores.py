"""Files of human scores: the layouts that are read as they are, and what is made of their rows."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import InputError
from harness.scoring.meta_evaluation.human_scores import HumanScores, Settings, read
from tests.scoring.meta_evaluation.rows import jsonl, rows, without

TO_HINDI = Settings(task="translate", target="hi")

# IndicMT-Eval's columns, with sentences of our own.
INDICMT_CSV = (
    "ID (ignore_column),Source,Reference,Translation,Error1_Type,Error1_Severity,Computed_scores,Human_scores,"
    "Full_scores,model\n"
    '0.01,"The river, rose.",नदी बढ़ी।,नदी बढ़ गई।,Style_Awkward,Low,24,23,24,bing_api\n'
    '0.02,"The river, rose.",नदी बढ़ी।,दरिया उठा।,Accuracy_Mistranslation,High,18,17,19,mT5\n'
    "0.03,Schools open today.,आज विद्यालय खुले।,आज स्कूल खुले।,Default,Default,25,25,25,bing_api\n"
    "0.04,Schools open today.,आज विद्यालय खुले।,विद्यालय खुला,Fluency_Grammar,Medium,21,20,22,mT5\n"
)


def of(path: Path, settings: Settings = TO_HINDI) -> HumanScores:
    (found,) = read([path], settings)
    return found


def write(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def test_indicmt_evals_csv_is_read_as_it_is(tmp_path: Path) -> None:
    """Its id is one of rows, so the source names the segment; `Full_scores` is the MQM score."""
    found = of(write(tmp_path / "Hindi.csv", INDICMT_CSV))
    assert (found.task, found.target, found.score_column) == ("translate", "hin_Deva", "Full_scores")
    assert [(each.segment, each.system, each.score) for each in found.outputs] == [
        ("The river, rose.", "bing_api", 24.0),
        ("The river, rose.", "mT5", 19.0),
        ("Schools open today.", "bing_api", 25.0),
        ("Schools open today.", "mT5", 22.0),
    ]
    assert found.outputs[1].references == ("नदी बढ़ी।",)
    assert found.outputs[1].text == "दरिया उठा।"
    assert found.notes == (
        "a segment is known by its Source: no column has the id of the segment",
        "human score: Full_scores; --column score=NAME chooses another (Computed_scores, Human_scores)",
    )


def test_a_cell_can_have_line_breaks_and_quotes(tmp_path: Path) -> None:
    content = INDICMT_CSV.replace("दरिया उठा।", '"दरिया ""उठा।""\n\nफिर।"').replace("\n0.", "\r\n0.")
    found = of(write(tmp_path / "Hindi.csv", content))
    assert (len(found.outputs), found.outputs[1].text) == (4, 'दरिया "उठा।"\n\nफिर।')


def test_another_score_can_be_chosen(tmp_path: Path) -> None:
    settings = Settings({"score": "human_SCORES"}, "translate", "hin_Deva")
    found = of(write(tmp_path / "Hindi.csv", INDICMT_CSV), settings)
    assert (found.score_column, [each.score for each in found.outputs]) == ("Human_scores", [23.0, 17.0, 25.0, 20.0])


def test_indicmt_evals_jsonl_is_read_as_it_is(tmp_path: Path) -> None:
    """It names no system, and its scores are texts."""
    shared = {"src": "The river rose.", "ref": "नदी बढ़ी।", "da_norm_score": "0.5", "completion": [], "prompt": "x"}
    made = [{**shared, "translation": text, "mqm_norm_score": score} for text, score in (("क", "0.48"), ("ख", "1"))]
    found = of(jsonl(tmp_path / "Hin_test.jsonl", made))
    assert found.score_column == "mqm_norm_score"
    assert [(each.segment, each.system, each.text, each.score) for each in found.outputs] == [
        ("The river rose.", "", "क", 0.48),
        ("The river rose.", "", "ख", 1.0),
    ]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".json", ".jsonl.gz"])
def test_every_form_gives_the_same_rows(tmp_path: Path, suffix: str) -> None:
    made = rows(3, 2)
    path = tmp_path / f"h{suffix}"
    if suffix in (".csv", ".tsv"):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(made[0]), delimiter="," if suffix == ".csv" else "\t")
            writer.writeheader()
            writer.writerows(made)
    else:
        text = jsonl(tmp_path / "plain", made).read_text(encoding="utf-8")
        content = f"[{','.join(text.splitlines())}]" if suffix == ".json" else text
        path.write_bytes(gzip.compress(content.encode()) if suffix.endswith(".gz") else content.encode())
    assert of(path).outputs == of(jsonl(tmp_path / "again.jsonl", made)).outputs
    assert len(of(path).outputs) == 6


def test_a_column_of_tasks_and_languages_makes_groups(tmp_path: Path) -> None:
    made = rows(1, 3)
    columns: list[dict[str, Any]] = [
        {"task": "MT", "source_language": "en", "target": "Hindi"},
        {"task": "summarization", "target": "hi"},
        {"task": "translate", "source_language": "tam_Taml", "target": "eng_Latn"},
    ]
    path = jsonl(tmp_path / "h.jsonl", [row | more for row, more in zip(made, columns, strict=True)])
    found = read([path], Settings())
    assert [(each.task, each.source_language, each.target) for each in found] == [
        ("translate", "eng_Latn", "hin_Deva"),
        ("summarise", "", "hin_Deva"),
        ("translate", "tam_Taml", "eng_Latn"),
    ]
    assert found[0].label == "translate eng_Latn→hin_Deva"


def test_the_task_of_a_row_comes_before_that_of_the_command(tmp_path: Path) -> None:
    made = [row | {"task": "summarise" if index else ""} for index, row in enumerate(rows(1, 2))]
    assert [each.task for each in read([jsonl(tmp_path / "h.jsonl", made)], TO_HINDI)] == ["translate", "summarise"]


def test_several_files_are_one_table(tmp_path: Path) -> None:
    paths = [jsonl(tmp_path / f"{seed}.jsonl", rows(2, 2)[seed::2]) for seed in range(2)]
    (found,) = read(paths, TO_HINDI)
    assert len(found.outputs) == 4


def test_several_scores_of_one_output_are_averaged(tmp_path: Path) -> None:
    made = rows(2, 2)
    found = of(jsonl(tmp_path / "h.jsonl", [*made, made[0] | {"score": made[0]["score"] - 3}]))
    assert [each.score for each in found.outputs] == [made[0]["score"] - 1.5, *(row["score"] for row in made[1:])]
    assert "1 outputs have several human scores; their mean is used" in found.notes


def test_without_systems_every_row_is_an_output(tmp_path: Path) -> None:
    """Two systems can have the same output, so equal outputs are not taken for one with two scores."""
    made = without(rows(2, 2), "system")
    found = of(jsonl(tmp_path / "h.jsonl", [*made, made[0] | {"score": made[0]["score"] - 3}]))
    assert [each.score for each in found.outputs] == [*(row["score"] for row in made), made[0]["score"] - 3]


def test_rows_without_a_score_are_left_out_and_counted(tmp_path: Path) -> None:
    made = rows(2, 2)
    found = of(jsonl(tmp_path / "h.jsonl", [made[0] | {"score": None}, made[1] | {"score": " "}, *made[2:]]))
    assert len(found.outputs) == 2
    assert "rows without a human score are left out: 2" in found.notes


def test_penalties_are_turned(tmp_path: Path) -> None:
    made = rows(2, 2)
    found = of(jsonl(tmp_path / "h.jsonl", made), Settings(task="translate", target="hi", lower_is_better=True))
    assert [each.score for each in found.outputs] == [-row["score"] for row in made]
    assert "lower human scores are better, so they were negated" in found.notes


@pytest.mark.parametrize(
    ("columns", "given"),
    [
        ({"reference": ["एक", "दो"]}, {}),
        ({"reference1": "एक", "reference_2": "दो"}, {}),
        ({"ref-1": "एक", "ref-2": "दो", "ref-3": " "}, {}),
        ({"one": "एक", "two": "दो"}, {"reference": "one,two"}),
    ],
)
def test_a_row_can_have_several_references(tmp_path: Path, columns: dict[str, Any], given: dict[str, str]) -> None:
    made = [row | columns for row in without(rows(1, 2), "reference")]
    found = of(jsonl(tmp_path / "h.jsonl", made), Settings(given, "translate", "hi"))
    assert {each.references for each in found.outputs} == {("एक", "दो")}


def test_a_source_that_occurs_twice_is_two_segments_if_a_system_has_two_outputs_for_it(tmp_path: Path) -> None:
    made = [row | {"source": "same"} for row in without(rows(2, 2), "segment")]
    assert [each.segment for each in of(jsonl(tmp_path / "h.jsonl", made)).outputs] == [
        "same",
        "same",
        "same (2)",
        "same (2)",
    ]


def test_without_ids_and_sources_the_references_name_the_segment(tmp_path: Path) -> None:
    made = [row | {"references": [row["reference"]]} for row in rows(3, 2)]
    found = of(jsonl(tmp_path / "h.jsonl", without(made, "segment", "source", "reference")))
    assert len({each.segment for each in found.outputs}) == 3
    assert found.notes == ("a segment is known by its references: no column has the id of the segment",)


def test_ids_that_repeat_are_those_of_segments(tmp_path: Path) -> None:
    made = without([row | {"id": row["segment"]} for row in rows(2, 2)], "segment")
    found = of(jsonl(tmp_path / "h.jsonl", made))
    assert [each.segment for each in found.outputs] == ["s0", "s0", "s1", "s1"]
    assert found.notes == ()


def test_ids_that_number_rows_are_not_those_of_segments(tmp_path: Path) -> None:
    made = [row | {"id": number} for number, row in enumerate(without(rows(2, 2), "segment"))]
    found = of(jsonl(tmp_path / "h.jsonl", made))
    assert len({each.segment for each in found.outputs}) == 2
    assert found.notes == ("a segment is known by its source: id numbers the rows",)


def test_an_unknown_column_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown column 'Sorce'; did you mean 'source'"):
        of(jsonl(tmp_path / "h.jsonl", rows(1, 2)), Settings({"source": "Sorce"}, "translate", "hi"))
