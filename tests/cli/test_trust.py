"""`harness trust` in every format, and what it says of each task and direction."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from harness.metrics import _network
from harness.scoring import compute
from tests.conftest import Cli
from tests.metrics import neural
from tests.paths import GOLDEN
from tests.scoring.meta_evaluation.rows import jsonl, rows, without

TO_HINDI = ("--task", "translate", "--target", "hi", "--resamples", "200")


@pytest.fixture
def rated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file of human scores in the current folder."""
    monkeypatch.chdir(tmp_path)
    jsonl(tmp_path / "rated.jsonl", rows(60))
    return "rated.jsonl"


def test_the_table_is_as_it_was_reviewed(run_cli: Cli, rated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A golden file at 80 columns, read by a person when it changes."""
    monkeypatch.setenv("COLUMNS", "80")
    answer = run_cli("trust", rated, *TO_HINDI)
    assert (answer.code, answer.err) == (0, "")
    assert max(len(line) for line in answer.out.splitlines() if not line.startswith("nrefs:")) <= 80
    assert answer.out == (GOLDEN / "trust.txt").read_text(encoding="utf-8")


def test_json_has_every_statistic_of_every_metric(run_cli: Cli, rated: str) -> None:
    (found,) = json.loads(run_cli("trust", rated, *TO_HINDI, "-m", "chrf++,ter", "--format", "json").out)["evaluations"]
    assert (found["task"], found["target"], found["outputs"], found["segments"]) == ("translate", "hin_Deva", 240, 60)
    assert (found["unit"], found["units"], found["systems"]) == ("document", 15, ["best", "good", "fair", "poor"])
    assert found["resampling"] == {"resamples": 200, "seed": 0, "confidence": 0.95, "interval": "t"}
    by_name = {each["metric"]: each for each in found["metrics"]}
    assert (by_name["ter"]["turned"], by_name["chrf++"]["turned"]) == (True, False)
    for each in found["metrics"]:
        assert len(each["agreements"]) == 6
        assert all(0 < value["value"] <= 1 for value in each["agreements"].values())
        assert each["signature"].startswith("nrefs:1|")
    assert {each["statistic"] for each in found["differences"]} == set(found["metrics"][0]["agreements"])


def test_csv_has_the_values_of_json(run_cli: Cli, rated: str) -> None:
    (found,) = json.loads(run_cli("trust", rated, *TO_HINDI, "--format", "json").out)["evaluations"]
    lines = list(csv.DictReader(io.StringIO(run_cli("trust", rated, *TO_HINDI, "--format", "csv").out)))
    assert [
        (line["metric"], line["statistic"], float(line["value"])) for line in lines if line["row"] == "agreement"
    ] == [
        (each["metric"], name, value["value"])
        for each in found["metrics"]
        for name, value in each["agreements"].items()
    ]
    differences = [line for line in lines if line["row"] == "difference"]
    assert [(line["metric"], line["against"], float(line["p_adjusted"])) for line in differences] == [
        (each["a"], each["b"], each["p_adjusted"]) for each in found["differences"]
    ]


def test_each_task_and_direction_has_tables_of_its_own(run_cli: Cli, tmp_path: Path) -> None:
    made = [row | {"task": task, "target": "hi"} for task in ("MT", "summarization") for row in rows(8, 3)]
    out = run_cli("trust", str(jsonl(tmp_path / "h.jsonl", made)), "--resamples", "100", "--format", "markdown").out
    headings = [line for line in out.splitlines() if line.startswith("### ")]
    assert headings == [
        f"### {task} →hin\\_Deva, {part}"
        for task in ("translate", "summarise")
        for part in ("segment level", "system level", "pairs of metrics")
    ]
    assert "| rougeLsum |" in out
    assert out.count("| bleu |") == 2


def test_latex_and_output_are_as_in_other_commands(run_cli: Cli, rated: str) -> None:
    run_cli("trust", rated, *TO_HINDI, "--output", "trust.tex")
    assert r"\begin{tabular}" in Path("trust.tex").read_text(encoding="utf-8")
    run_cli("trust", rated, *TO_HINDI, "--output", "trust.md")
    assert "### translate" in Path("trust.md").read_text(encoding="utf-8")


def test_too_little_data_still_gives_numbers(run_cli: Cli, tmp_path: Path) -> None:
    made = without(rows(2, 2), "system", "document")
    answer = run_cli("trust", str(jsonl(tmp_path / "h.jsonl", made)), *TO_HINDI)
    assert answer.code == 0
    assert "No system level: no column has the names of systems (--column system=NAME)." in answer.out
    assert "N = 2 segments is few" not in answer.out
    assert "2 segments is few: no interval and no test." in answer.out


def test_too_few_resamples_for_any_verdict_are_said(run_cli: Cli, rated: str) -> None:
    few = ("--task", "translate", "--target", "hi", "--resamples", "100")
    said = "100 resamples are too few for any test of so many pairs; give --resamples."
    assert said in run_cli("trust", rated, *few).out
    assert said not in run_cli("trust", rated, *few, "--metric", "chrf,bleu").out


def test_an_unknown_metric_is_answered_with_the_nearest(run_cli: Cli, rated: str) -> None:
    answer = run_cli("trust", rated, *TO_HINDI, "--metric", "bluu")
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert "unknown metric 'bluu'; did you mean 'bleu'?" in answer.err


class TestNetworks:
    """With a tiny COMET."""

    NAME = "comet:checkpoint=my-comet,encoder=encoder,pickle=checkpoints/model.ckpt"

    @pytest.fixture(autouse=True)
    def checkpoint(self, rated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_network, "_memory", _network._Memory())
        monkeypatch.setattr(compute, "_rows_in_memory", {})
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        neural.assemble(tmp_path / "all")
        shutil.copytree(tmp_path / "all" / "comet-da", "my-comet")
        shutil.copytree(tmp_path / "all" / "encoders" / "tiny-xlmr", "encoder")
        jsonl(Path("few.jsonl"), rows(8, 3))

    def test_a_network_is_a_metric_like_others_and_reads_every_output_once(self, run_cli: Cli) -> None:
        asked = ("trust", "few.jsonl", *TO_HINDI, "-m", self.NAME, "-m", "chrf", "--format", "json")
        answer = run_cli(*asked)
        assert answer.code == 0
        (found,) = json.loads(answer.out)["evaluations"]
        comet = next(each for each in found["metrics"] if each["metric"] == "comet")
        assert "|comet|" in comet["signature"]
        assert all(-1 <= value["value"] <= 1 for value in comet["agreements"].values())
        assert "translate →hin_Deva: comet: " in answer.err and " segments, in " in answer.err
        again = run_cli(*asked)
        assert (again.out, again.err) == (answer.out, "")  # from the cache

    def test_outputs_that_the_network_does_not_read_to_their_end_are_counted(self, run_cli: Cli) -> None:
        made = rows(8, 3)
        made[0]["output"] = " ".join(["नदी"] * 3000)
        jsonl(Path("long.jsonl"), made)
        (found,) = json.loads(run_cli("trust", "long.jsonl", *TO_HINDI, "-m", self.NAME, "--format", "json").out)[
            "evaluations"
        ]
        (note,) = (note for note in found["notes"] if "scored in part" in note)
        assert note.endswith("longer, with its texts, than comet reads, and scored in part")
        assert int(note.partition(" of ")[0]) >= 1

    def test_a_missing_checkpoint_leaves_out_its_metric_only(self, run_cli: Cli) -> None:
        answer = run_cli("trust", "few.jsonl", *TO_HINDI, "-m", "comet,chrf", "--format", "json")
        assert answer.code == 3
        (found,) = json.loads(answer.out)["evaluations"]
        assert [each["metric"] for each in found["metrics"]] == ["chrf"]
        assert "Unbabel/wmt22-comet-da" in found["failed"]["comet"]
        assert "No comet: " in run_cli("trust", "few.jsonl", *TO_HINDI, "-m", "comet,chrf").out

    def test_without_any_other_metric_the_reason_is_the_answer(self, run_cli: Cli) -> None:
        answer = run_cli("trust", "few.jsonl", *TO_HINDI, "-m", "comet")
        assert answer.code == 3
        assert answer.out == ""
        assert "Unbabel/wmt22-comet-da" in answer.err and answer.err.count("\n") == 1

    def test_a_network_that_reads_sources_needs_them(self, run_cli: Cli) -> None:
        jsonl(Path("none.jsonl"), without(rows(8, 3), "source"))
        answer = run_cli("trust", "none.jsonl", *TO_HINDI, "-m", self.NAME)
        assert answer.code == 2
        assert "metric comet reads the sources too; expected a source in every row" in answer.err
