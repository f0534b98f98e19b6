"""Published figures: the committed files, what is wrong with others, and the tables that show them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness import reporting, tasks
from harness.core import registry
from harness.core.errors import FileError, InputError, ProblemsError
from harness.core.scores import TaskScores
from harness.reporting.json import to_json
from harness.reporting.table import systems_table
from harness.scoring import published
from harness.scoring.published import Figure
from tests.conftest import Cli
from tests.paths import ROOT
from tests.reporting.scores import MIXED, ORDINARY

COMMITTED = ROOT / "results" / "published"
TABLE = replace(ORDINARY, leaves_one_out=False)
ENTRY = {
    "system": "nllb", "test_set": "news", "task": "translate", "metric": "bleu", "value": 30.9, "segments": 16,
    "source": "a leaderboard", "certainty": "read at the source", "retrieved": "2026-11",
}  # fmt: skip


def write(folder: Path, *entries: dict[str, Any], **changes: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    content = {"schema": 1, "figures": list(entries) or [ENTRY | changes]}
    (folder / "one.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def beside(**changes: Any) -> TaskScores:
    return published.beside(TABLE, "news", [Figure.model_validate(ENTRY | changes)])


class TestCommittedFiles:
    def test_every_entry_names_a_task_a_metric_and_its_source(self) -> None:
        figures = published.read(COMMITTED)
        assert len(figures) == 37 + 6 + 3
        assert {figure.task for figure in figures} <= set(registry.names("tasks"))
        for figure in figures:
            assert tasks.get(figure.task).kind == ("summarisation" if "rouge" in figure.metric else "translation")
            assert 0 <= figure.value <= 100
            assert figure.signature or figure.known
            assert "/" not in figure.source

    def test_no_entry_is_from_memory(self) -> None:
        assert {figure.certainty for figure in published.read(COMMITTED)} == {"read at the source"}

    def test_no_figure_stands_twice(self) -> None:
        keys = [(f.system, f.test_set, f.task, f.metric) for f in published.read(COMMITTED)]
        assert len(set(keys)) == len(keys)

    def test_the_figures_that_people_know_are_there(self) -> None:
        values = {(f.system, f.test_set, f.metric): f.value for f in published.read(COMMITTED)}
        assert values["nllb-200-distilled-600M", "newstest2014-hi-en", "bleu"] == 30.9
        assert values["mT5_multilingual_XLSum", "xlsum-hindi", "rougeL-xlsum-stem"] == 32.01


class TestReading:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"metric": "blue"}, "unknown metric 'blue'; did you mean 'bleu'?"),
            ({"value": "30"}, "value: expected a number"),
            ({"certainty": "sure"}, "certainty: expected"),
            ({"sorce": "x"}, "unknown key 'sorce'"),
            ({"segments": 0}, "segments: "),
        ],
    )
    def test_a_wrong_entry_is_named_by_its_file_and_number(
        self, tmp_path: Path, changes: dict[str, Any], message: str
    ) -> None:
        write(tmp_path, ENTRY, ENTRY | changes)
        with pytest.raises(ProblemsError) as error:
            published.read(tmp_path)
        (problem,) = error.value.problems
        assert problem.where == f"{tmp_path / 'one.json'} figure 2"
        assert message in problem.message

    @pytest.mark.parametrize("content", ["[]", '{"figures": []}', '{"schema": 1, "figures": [1]}', "{"])
    def test_a_file_of_something_else_is_refused(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "one.json").write_text(content, encoding="utf-8")
        with pytest.raises(FileError, match=r"one\.json: expected"):
            published.read(tmp_path)

    def test_an_empty_folder_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(FileError, match=r"expected files with published figures \(\*.json\), found none"):
            published.read(tmp_path)

    def test_without_a_folder_of_its_own_a_results_folder_has_the_committed_figures(self, tmp_path: Path) -> None:
        assert published.folder(tmp_path) == COMMITTED
        assert published.folder(write(tmp_path / "published").parent) == tmp_path / "published"


class TestOfOneSystem:
    FIGURES = tuple(
        Figure.model_validate(ENTRY | changes)
        for changes in ({}, {"metric": "chrf++"}, {"system": "mt5"}, {"test_set": "other"})
    )

    def test_it_has_every_metric_and_nothing_of_another_system_or_test_set(self) -> None:
        assert published.of(self.FIGURES, "nllb", "news") == self.FIGURES[:2]

    @pytest.mark.parametrize(
        ("system", "test_set", "message"),
        [
            ("nlb", "news", "unknown published system on news 'nlb'; did you mean 'nllb'"),
            ("mt5", "other", "unknown published system on other 'mt5'"),
            ("nllb", "newz", "unknown test set of published figures 'newz'; did you mean 'news'"),
        ],
    )
    def test_one_without_figures_is_refused_with_those_that_have_some(
        self, system: str, test_set: str, message: str
    ) -> None:
        with pytest.raises(InputError) as error:
            published.of(self.FIGURES, system, test_set)
        assert error.value.message.startswith(message)


class TestBesideATable:
    def test_a_figure_on_the_same_test_set_task_and_segments_is_shown(self) -> None:
        (figure,) = beside().published
        assert (figure.system, figure.metric, figure.value) == ("nllb", "bleu", 30.9)
        assert figure.about == "a leaderboard; read at the source; 2026-11; no signature"

    def test_scores_comparisons_and_ranks_are_unchanged(self) -> None:
        assert replace(beside(), published=()) == TABLE

    @pytest.mark.parametrize(
        ("changes", "note"),
        [
            ({"test_set": "other"}, "no published figures are known for translate on news"),
            ({"task": "summarise"}, "no published figures are known for translate on news"),
            ({"segments": 2507}, "published figures are not shown: they are over 2,507 segments, this table over 16"),
            ({"metric": "rougeL"}, "no published figures: those known have rougeL"),
        ],
    )
    def test_otherwise_a_note_says_why_there_is_none(self, changes: dict[str, Any], note: str) -> None:
        assert (beside(**changes).published, beside(**changes).notes[-1]) == ((), note)

    def test_a_table_that_leaves_one_reference_out_has_none_and_says_why(self) -> None:
        table = published.beside(replace(TABLE, leaves_one_out=True), "news", [Figure.model_validate(ENTRY)])
        assert table.published == ()
        assert "they are against all references, this table leaves one out in turn" in table.notes[-1]

    def test_a_mixed_table_has_none(self) -> None:
        assert published.beside(MIXED, "news", [Figure.model_validate(ENTRY)]).published == ()


class TestFormats:
    def test_a_row_stands_above_the_systems_without_rank_interval_or_bold(self) -> None:
        table = systems_table(beside(value=99.0))
        row = table.rows[table.rule_after - 1]
        assert [cell.text for cell in row] == ["nllb §", "–", "–", "99.0", "–"]
        assert not any(cell.bold for cell in row)
        assert "§ nllb: a leaderboard; read at the source; 2026-11; no signature." in table.notes

    @pytest.mark.parametrize(
        ("form", "name"), [("table", "nllb §"), ("markdown", "| nllb § |"), ("latex", r"nllb \S{}")]
    )
    def test_it_is_in_every_format_of_tables(self, form: str, name: str) -> None:
        text = reporting.get(form).render([systems_table(beside())])
        assert name in text
        assert "never ranked or tested" in " ".join(text.split())

    def test_csv_has_a_line_of_its_own_kind(self) -> None:
        text = reporting.get("csv").render([systems_table(beside())])
        (row,) = [row for row in csv.DictReader(io.StringIO(text)) if row["row"] == "published"]
        assert (row["system"], row["metric"], row["value"], row["rank_best"], row["p"]) == (
            "nllb",
            "bleu",
            "30.9",
            "",
            "",
        )
        assert "no signature" in row["notes"]

    def test_json_has_it_outside_the_systems(self) -> None:
        written = to_json(beside())
        assert "nllb" not in {system["name"] for system in written["systems"]}
        assert written["published"] == [{
            "system": "nllb", "metric": "bleu", "value": 30.9, "segments": 16, "signature": None,
            "about": "a leaderboard; read at the source; 2026-11; no signature",
        }]  # fmt: skip


class TestCommands:
    SYSTEMS = "[{name: copy, family: copy-source}, {name: latin, family: transliterate}]"

    def test_compare_shows_them_if_it_is_asked_to(
        self, run_cli: Cli, write_config: Callable[..., Path], tmp_path: Path
    ) -> None:
        results = tmp_path / "results"
        write(results / "published", test_set="india-japan", segments=19)
        run_cli("run", write_config(systems=self.SYSTEMS), "--results", results, "--set", "bounds=[]")
        (run,) = [path for path in results.iterdir() if (path / "config.yaml").exists()]
        assert "nllb §" not in run_cli("compare", run, "--results", results).out
        assert "nllb §" in run_cli("compare", run, "--results", results, "--published").out

    def test_a_config_can_ask_for_them_and_its_run_keeps_its_name(
        self, run_cli: Cli, write_config: Callable[..., Path], tmp_path: Path
    ) -> None:
        results = tmp_path / "results"
        write(results / "published", test_set="india-japan", segments=19)
        command = ("run", write_config(systems=self.SYSTEMS), "--results", results, "--set", "bounds=[]")
        assert "nllb §" not in run_cli(*command).out
        answer = run_cli(*command, "--set", "published=true", "--format", "json")
        tables = {table["task"]: table for table in json.loads(answer.out)["tasks"]}
        assert [figure["system"] for figure in tables["translate"]["published"]] == ["nllb"]
        (run,) = [path for path in results.iterdir() if (path / "config.yaml").exists()]
        assert "nllb §" in (run / "tables" / "translate.txt").read_text(encoding="utf-8")
        assert "published: true" in (run / "config.yaml").read_text(encoding="utf-8")
