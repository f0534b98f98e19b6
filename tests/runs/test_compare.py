"""Systems of several runs in one table per task and dataset, whatever other datasets their runs have."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import InputError
from harness.runs import store
from harness.runs.compare import ComparedRuns, compare
from harness.runs.store import Run
from harness.scoring import Resampling
from harness.scoring.questions import Questions
from tests.conftest import Cli
from tests.paths import REFERENCES

JAPAN, NEWS = "india-japan", "{format: collection, path: generated-news}"
COPY, LATIN = "{name: copy, family: copy-source}", "{name: latin, family: transliterate}"

MakeRun = Callable[..., Run]


@pytest.fixture
def make(tmp_path: Path, run_cli: Cli) -> MakeRun:
    """Return a function that runs a config on the first segments of copies of our two datasets."""
    for name in ("india-japan", "generated-news"):
        shutil.copytree(REFERENCES / name, tmp_path / name)

    def make(name: str, datasets: str, systems: str, tasks: str = "[translate]") -> Run:
        config = tmp_path / f"{name}.yaml"
        settings = "statistics: {resamples: 100}\nbounds: []\nlimit: 5"
        config.write_text(f"datasets: {datasets}\ntasks: {tasks}\nsystems: [{systems}]\n{settings}\n", encoding="utf-8")
        answer = run_cli("run", config, "--results", tmp_path / "results")
        assert answer.code == 0, answer.err
        return store.Run(tmp_path / "results" / answer.err.strip().rpartition("/")[2])

    return make


def compared(*runs: Run, **options: Any) -> ComparedRuns:
    return compare({run.name: run for run in runs}, Resampling(resamples=100), Questions(), **options)


def rows(compared: ComparedRuns) -> dict[str, list[str]]:
    return {scores.label: [row.name for row in scores.systems] for scores in compared.scores}


class TestTables:
    def test_runs_with_one_dataset_share_a_table_that_does_not_name_it(self, make: MakeRun) -> None:
        assert rows(compared(make("one", f"[{JAPAN}]", COPY), make("two", f"[{JAPAN}]", LATIN))) == {
            "translate": ["copy", "latin"]
        }

    @pytest.mark.parametrize("first", ["one", "both"])
    def test_a_run_with_one_dataset_joins_the_table_of_a_run_with_two(self, make: MakeRun, first: str) -> None:
        runs = [make("one", f"[{JAPAN}]", COPY), make("both", f"[{JAPAN}, {NEWS}]", LATIN)]
        found = compared(*(runs if first == "one" else runs[::-1]))
        assert {label: sorted(names) for label, names in rows(found).items()} == {
            "translate@india-japan": ["copy", "latin"],
            "translate@generated-news": ["latin"],
        }
        (japan,) = (scores for scores in found.scores if scores.dataset == "india-japan")
        assert [sorted((pair.a, pair.b)) for pair in japan.comparisons if pair.metric == japan.primary] == [
            ["copy", "latin"]
        ]

    def test_two_runs_with_one_dataset_each_join_a_run_with_both(self, make: MakeRun) -> None:
        runs = [make("a", f"[{JAPAN}]", COPY), make("b", f"[{NEWS}]", COPY), make("c", f"[{JAPAN}, {NEWS}]", LATIN)]
        assert rows(compared(*runs)) == {
            "translate@india-japan": ["copy", "latin"],
            "translate@generated-news": ["copy", "latin"],
        }

    def test_without_a_manifest_the_content_tells_the_dataset(self, make: MakeRun) -> None:
        one, both = make("one", f"[{JAPAN}]", COPY), make("both", f"[{NEWS}, {JAPAN}]", LATIN)
        (one.path / "manifest.json").unlink()
        assert rows(compared(one, both))["translate@india-japan"] == ["copy", "latin"]

    def test_a_task_that_one_run_has_alone_names_its_dataset_too(self, make: MakeRun) -> None:
        one = make("one", f"[{JAPAN}]", "{name: lead, family: lead}", "[summarise]")
        both = make("both", f"[{JAPAN}, {NEWS}]", LATIN)
        assert "summarise@india-japan" in rows(compared(one, both))


class TestDataThatDiffer:
    @pytest.fixture
    def runs(self, make: MakeRun, tmp_path: Path) -> list[Run]:
        """Return a run with one dataset, and a run with two after a reference of that dataset was changed."""
        one = make("one", f"[{JAPAN}]", COPY)
        file = tmp_path / "india-japan" / "translations.jsonl"
        first, *others = file.read_text(encoding="utf-8").splitlines()
        row = json.loads(first)
        changed = json.dumps(row | {"text": f"{row['text']} Indeed."}, ensure_ascii=False)
        file.write_text("\n".join([changed, *others]) + "\n", encoding="utf-8")
        return [one, make("both", f"[{JAPAN}, {NEWS}]", LATIN)]

    def test_the_dataset_is_named(self, runs: list[Run]) -> None:
        with pytest.raises(InputError, match=r"^translate@india-japan: .+ their dataset \(digest\) differ"):
            compared(*runs)

    def test_mixed_shows_them_side_by_side_and_tests_no_pair_across(self, runs: list[Run]) -> None:
        (japan,) = (scores for scores in compared(*runs, mixed=True).scores if scores.dataset == "india-japan")
        assert [row.name for row in japan.systems] == ["copy", "latin"]
        assert japan.mixed
        assert japan.comparisons == ()


class TestPublished:
    def test_figures_stand_beside_the_table_of_their_test_set(self, make: MakeRun, tmp_path: Path) -> None:
        figure = {
            "system": "theirs", "test_set": "generated-news", "task": "translate", "metric": "chrf++", "value": 50.0,
            "segments": 5, "source": "a page", "certainty": "from memory", "retrieved": "2026",
        }  # fmt: skip
        folder = tmp_path / "published"
        folder.mkdir()
        (folder / "a.json").write_text(json.dumps({"schema": 1, "figures": [figure]}), encoding="utf-8")
        runs = [make("one", f"[{NEWS}]", COPY), make("both", f"[{JAPAN}, {NEWS}]", LATIN)]
        shown = {scores.dataset: scores.published for scores in compared(*runs, published_in=folder).scores}
        assert [each.system for each in shown["generated-news"]] == ["theirs"]
        assert shown["india-japan"] == ()


def test_differences_between_the_runs_are_listed(make: MakeRun) -> None:
    runs = [make("one", f"[{JAPAN}]", COPY), make("two", f"[{JAPAN}]", LATIN)]
    found = compared(*runs)
    assert found.runs == tuple(run.name for run in runs)
    assert [each.key for each in found.differences] == ["config.digest"]


def test_damaged_scores_are_named_with_the_way_out(make: MakeRun) -> None:
    runs = [make("one", f"[{JAPAN}]", COPY), make("both", f"[{JAPAN}, {NEWS}]", LATIN)]
    file = runs[0].path / "scores.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    del content["tasks"][0]["statistics"]["ids"]
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=r"its scores\.json is damaged"):
        compared(*runs)
