"""A config with several datasets: a table for each task and dataset, and an overview of systems by datasets."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import FileError
from harness.runs import store
from tests.conftest import Cli
from tests.paths import REFERENCES

NEWS = "{format: collection, path: generated-news}"
SYSTEMS = "[{name: copy, family: copy-source}, {name: latin, family: transliterate}]"
SUFFIXES = ("txt", "md", "csv", "tex", "json", "segments.jsonl")

Run = Callable[..., Path]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "results"


@pytest.fixture
def config(tmp_path: Path) -> Callable[..., Path]:
    """Write a config of copies of the two datasets of this project, next to the copies."""
    for name in ("india-japan", "generated-news"):
        shutil.copytree(REFERENCES / name, tmp_path / name)

    def write(datasets: str = f"[india-japan, {NEWS}]", tasks: str = "[translate]", systems: str = SYSTEMS) -> Path:
        path = tmp_path / "two.yaml"
        settings = "statistics: {resamples: 100}"
        path.write_text(f"datasets: {datasets}\ntasks: {tasks}\nsystems: {systems}\n{settings}\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def run(run_cli: Cli, config: Callable[..., Path], results: Path) -> Run:
    """Run a config and return the run's folder."""

    def call(*arguments: object, **keys: str) -> Path:
        answer = run_cli("run", config(**keys), "--results", results, *arguments)
        assert answer.code == 0, answer.err
        return results / answer.err.strip().rpartition("/")[2]

    return call


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


class TestTables:
    def test_each_task_and_dataset_has_files_of_its_own_and_outputs_stay_together(self, run: Run) -> None:
        folder = run()
        labels = ("translate@india-japan", "translate@generated-news")
        assert {path.name for path in (folder / "tables").iterdir()} == {
            *(f"{label}.{suffix}" for label in labels for suffix in SUFFIXES),
            *(f"overview.{suffix}" for suffix in ("txt", "md", "tex", "json")),
        }
        assert [path.name for path in (folder / "outputs").iterdir()] == ["translate"]

    def test_a_table_is_that_of_a_config_with_this_dataset_alone(self, run: Run) -> None:
        both = {table["dataset"]: table for table in read(run() / "scores.json")["tasks"]}
        for name, written in (("india-japan", "[india-japan]"), ("generated-news", f"[{NEWS}]")):
            (alone,) = read(run(datasets=written) / "scores.json")["tasks"]
            assert "dataset" not in alone
            for key in ("segments", "references", "comparisons", "intervals", "tests", "slices"):
                assert both[name][key] == alone[key], key
            for ours, theirs in zip(both[name]["systems"], alone["systems"], strict=True):
                assert (ours["name"], ours["metrics"]) == (theirs["name"], theirs["metrics"])
            assert both[name]["statistics"]["dataset"] == alone["statistics"]["dataset"]

    def test_titles_and_notes_name_the_dataset(self, run_cli: Cli, config: Callable[..., Path], results: Path) -> None:
        out = run_cli("run", config(), "--results", results).out
        assert "translate: india-japan: latin leads on chrf++" in out
        assert "translate: generated-news: latin leads on chrf++" in out
        assert "translate: generated-news: differences in chrf++" in out
        assert "generated-news: no reference row: no segment has two references" in out

    def test_one_dataset_has_the_names_of_before_and_no_overview(
        self, run_cli: Cli, config: Callable[..., Path], results: Path
    ) -> None:
        answer = run_cli("run", config(datasets="[india-japan]"), "--results", results, "--format", "json")
        printed = json.loads(answer.out)
        assert list(printed) == ["version", "runs", "tasks", "differences"]
        (table,) = printed["tasks"]
        assert (table["task"], "dataset" in table) == ("translate", False)
        (folder,) = results.glob("*/")
        assert {path.name for path in (folder / "tables").iterdir()} == {f"translate.{suffix}" for suffix in SUFFIXES}

    def test_a_task_has_no_table_of_a_dataset_without_references_for_it(self, run: Run) -> None:
        systems = "[{name: lead, family: lead}]"
        tables = read(run(tasks="[gist]", systems=systems) / "scores.json")["tasks"]
        assert [table["dataset"] for table in tables] == ["india-japan"]

    def test_outputs_of_configs_with_one_dataset_are_reused(
        self, run: Run, run_cli: Cli, config: Callable[..., Path], results: Path
    ) -> None:
        run(datasets="[india-japan]")
        run(datasets=f"[{NEWS}]")
        answer = run_cli("run", config(), "--results", results)
        assert answer.err.count("265/265, all stored") == 2, answer.err

    def test_a_limit_is_for_each_dataset(self, run: Run) -> None:
        tables = read(run("--limit", 7) / "scores.json")["tasks"]
        assert [(table["dataset"], table["segments"]) for table in tables] == [
            ("india-japan", 7), ("generated-news", 7),
        ]  # fmt: skip

    def test_the_table_of_all_datasets_that_an_earlier_version_wrote_is_removed(self, run: Run) -> None:
        folder = run()
        (folder / "tables" / "translate.json").write_text("{}", encoding="utf-8")
        run()
        assert not (folder / "tables" / "translate.json").exists()
        assert (folder / "tables" / "translate@india-japan.json").exists()

    def test_the_list_of_runs_names_each_dataset(self, run: Run, run_cli: Cli, results: Path) -> None:
        run()
        out = run_cli("list", "runs", "--results", results).out
        assert "translate: india-japan (chrf++): latin" in out
        assert "translate: generated-news (chrf++): latin" in out
        assert "damaged" not in out


class TestOverview:
    def test_it_has_systems_by_datasets_after_all_tables(
        self, run_cli: Cli, config: Callable[..., Path], results: Path
    ) -> None:
        out = run_cli("run", config(), "--results", results, "--format", "markdown").out
        table = out.partition("### translate: overview\n\n")[2].splitlines()
        assert table[0] == "2 datasets, primary metric chrf++; systems in the order of india-japan"
        assert table[2] == "| system | india-japan | generated-news |"
        assert [row.split(" | ")[0] for row in table[4:6]] == ["| latin", "| copy"]
        assert table[4].count("**") == 4
        assert "no mean over the datasets" in out
        assert out.rindex("### ") == out.index("### translate: overview")

    def test_json_has_value_and_who_leads_by_dataset(self, run: Run) -> None:
        folder = run()
        (overview,) = read(folder / "tables" / "overview.json")["overviews"]
        assert overview["task"] == "translate"
        assert [each["dataset"] for each in overview["datasets"]] == ["india-japan", "generated-news"]
        scores = {system["name"]: system["scores"] for system in overview["systems"]}
        for table in read(folder / "scores.json")["tasks"]:
            for system in table["systems"]:
                if system["role"] == "system":
                    assert scores[system["name"]][table["dataset"]] == {
                        "value": system["metrics"]["chrf++"]["value"],
                        "best": system["name"] == "latin",
                        "ties_with_best": False,
                    }

    def test_csv_has_a_line_per_score_and_names_the_test_set(self, run: Run, run_cli: Cli, results: Path) -> None:
        out = run_cli("compare", run(), "--results", results, "--format", "csv").out
        assert {line.split(",")[2] for line in out.splitlines()[1:]} == {
            "translate@india-japan", "translate@generated-news",
        }  # fmt: skip

    def test_there_is_one_for_each_task(self, run: Run) -> None:
        systems = f"{SYSTEMS[:-1]}, {{name: lead, family: lead}}]"
        folder = run(tasks="[translate, summarise]", systems=systems)
        overviews = read(folder / "tables" / "overview.json")["overviews"]
        assert [each["task"] for each in overviews] == ["translate", "summarise"]
        latex = (folder / "tables" / "overview.tex").read_text(encoding="utf-8")
        assert latex.count(r"\begin{table}") == 2

    def test_compare_has_it_too_with_differences_from_a_baseline(self, run: Run, run_cli: Cli, results: Path) -> None:
        folder = run()
        out = run_cli("compare", folder, "--results", results, "--baseline", "copy").out
        overview = out.partition("translate: overview\n")[2].splitlines()
        assert overview[3].startswith("latin ")
        assert overview[3].count(" shown)") == 2
        assert overview[4].startswith("copy (baseline) ")


class TestGate:
    @pytest.fixture
    def mine(self, tmp_path: Path) -> Callable[[float], str]:
        """Return a system that replays the first reference of each segment, on generated news a part of it only."""

        def write(part: float) -> str:
            texts: dict[str, str] = {}
            for name in ("india-japan", "generated-news"):
                for line in (REFERENCES / name / "translations.jsonl").read_text(encoding="utf-8").splitlines():
                    row = json.loads(line)
                    of_news = name == "generated-news"
                    texts.setdefault(row["id"], row["text"][: int(len(row["text"]) * part)] if of_news else row["text"])
            rows = [json.dumps({"id": name, "text": text}) for name, text in texts.items()]
            (tmp_path / "mine.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
            return "[{name: mine, family: replay, path: mine.jsonl}]"

        return write

    def test_each_dataset_is_judged_on_its_own_with_its_worst_segments(
        self, run: Run, run_cli: Cli, results: Path, tmp_path: Path, mine: Callable[[float], str]
    ) -> None:
        file = tmp_path / "baseline.json"
        first = run(systems=mine(1.0))
        assert run_cli("bless", first, "--output", file, "--reason", "it is good", "--by", "Asha").code == 0
        assert [task["task"] for task in read(file)["tasks"]] == ["translate@india-japan", "translate@generated-news"]
        assert run_cli("gate", first, "--baseline", file).code == 0
        worse = run(systems=mine(0.5))
        answer = run_cli("gate", worse, "--baseline", file, "--format", "json")
        assert answer.code == 1
        verdict = json.loads(answer.out)
        assert {each["task"] for each in verdict["findings"] if each["status"] == "regressed"} == {
            "translate@generated-news"
        }
        segments = [segment for each in verdict["evidence"] for segment in each["segments"]]
        assert segments
        assert all(segment["id"].startswith("generated-news/") for segment in segments)
        assert all(segment["baseline"] and segment["now"] for segment in segments)

    def test_a_config_with_one_dataset_more_is_not_comparable(
        self, run: Run, run_cli: Cli, tmp_path: Path, results: Path
    ) -> None:
        file = tmp_path / "baseline.json"
        bless = ("--output", file, "--reason", "it is good", "--by", "Asha")
        assert run_cli("bless", run(datasets="[india-japan]"), *bless).code == 0
        answer = run_cli("gate", run(), "--baseline", file)
        assert answer.code == 2
        assert "the dataset was india-japan" in answer.err


def test_an_old_table_that_cannot_be_removed_is_named_with_the_next_step(tmp_path: Path) -> None:
    (tmp_path / "tables" / "translate.md").mkdir(parents=True)  # a folder cannot be unlinked
    with pytest.raises(FileError, match=r"translate\.md: could not remove this old table \(.+\); delete it and run"):
        store.Run(tmp_path).remove_tables(["translate"])


class TestSystemThatFailsOnOneDataset:
    """Its outputs for the other dataset are complete, so that it has a score there."""

    @pytest.fixture
    def half(self, tmp_path: Path) -> str:
        """Return systems: one that replays outputs, which it lacks for one segment of generated news, and a copy."""
        rows = {}
        for name in ("india-japan", "generated-news"):
            for line in (REFERENCES / name / "translations.jsonl").read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                rows.setdefault(row["id"], json.dumps({"id": row["id"], "text": row["text"]}))
        rows.pop("generated-news/01#s02")
        (tmp_path / "half.jsonl").write_text("\n".join(rows.values()) + "\n", encoding="utf-8")
        return "[{name: half, family: replay, path: half.jsonl}, {name: copy, family: copy-source}]"

    def test_it_is_scored_where_all_its_outputs_are_there(
        self, run_cli: Cli, config: Callable[..., Path], results: Path, half: str
    ) -> None:
        answer = run_cli("run", config(systems=half), "--results", results, "--format", "json")
        assert answer.code == 3
        printed = json.loads(answer.out)
        rows = {(table["dataset"], row["name"]): row for table in printed["tasks"] for row in table["systems"]}
        assert rows["india-japan", "half"]["metrics"]["chrf++"]["segments"] == 19
        assert "error" not in rows["india-japan", "half"]
        assert "generated-news/01#s02" in rows["generated-news", "half"]["error"]
        assert not rows["generated-news", "half"].get("metrics")
        (overview,) = printed["overviews"]
        (scores,) = (row["scores"] for row in overview["systems"] if row["name"] == "half")
        assert scores["india-japan"]["value"] == rows["india-japan", "half"]["metrics"]["chrf++"]["value"]
        assert scores["generated-news"] is None

    def test_the_overview_says_that_it_failed(
        self, run_cli: Cli, config: Callable[..., Path], results: Path, half: str
    ) -> None:
        out = run_cli("run", config(systems=half), "--results", results).out
        below = out.partition("translate: overview")[2].splitlines()
        (row,) = (line for line in below if line.startswith("half ") and " − " not in line)
        assert row.split()[-1] == "failed"

    def test_once_the_outputs_are_complete_both_tables_have_its_score(
        self, run_cli: Cli, config: Callable[..., Path], results: Path, half: str, tmp_path: Path
    ) -> None:
        path = config(systems=half)
        assert run_cli("run", path, "--results", results).code == 3
        with (tmp_path / "half.jsonl").open("a", encoding="utf-8") as file:
            file.write('{"id": "generated-news/01#s02", "text": "A late output."}\n')
        answer = run_cli("run", path, "--results", results, "--format", "json")
        assert answer.code == 0, answer.err
        assert [len(table["systems"][0]["metrics"]) > 0 for table in json.loads(answer.out)["tasks"]] == [True, True]
