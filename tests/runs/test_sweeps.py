"""A sweep through a whole run: one load of the weights, and names with brackets in files, comparisons and the gate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.engines import transformers
from tests.conftest import Cli
from tests.paths import REFERENCES, TESTS

MODELS = TESTS / "models"
MEMBERS = [
    "mt5[num_beams=1]",
    "mt5[num_beams=2, length_penalty=0.6]",
    "mt5[num_beams=2, length_penalty=1.0]",
    "mt5[num_beams=3, length_penalty=0.6]",
    "mt5[num_beams=3, length_penalty=1.0]",
]


def config(folder: Path, systems: str, *, task: str = "summarise", limit: int = 3) -> Path:
    path = folder / "config.yaml"
    path.write_text(
        f"name: swept\ndatasets: [{{path: {REFERENCES / 'generated-news'}, format: collection}}]\ntasks: [{task}]\n"
        f"limit: {limit}\nstatistics: {{resamples: 100}}\nsystems:\n{systems}\n",
        encoding="utf-8",
    )
    return path


def mt5(sweep: str, **keys: Any) -> str:
    more = "".join(f"{key}: {json.dumps(value)}, " for key, value in keys.items())
    return f"  - {{name: mt5, family: mt5, checkpoint: {MODELS / 'tiny-mt5'}, {more}sweep: {{{sweep}}}}}"


BEAMS = mt5("decoding.num_beams: [1, 2, 3], decoding.length_penalty: [0.6, 1.0]", decoding={"max_length": 12})


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the folders of the weights that the engine loads from now on."""
    loaded: list[Path] = []
    load = transformers.load

    def counted(weights: Any, settings: Any) -> Any:
        loaded.append(weights.folder)
        return load(weights, settings)

    monkeypatch.setattr(transformers, "load", counted)
    return loaded


class TestLoads:
    def test_the_members_of_a_sweep_share_one_load(self, run_cli: Cli, tmp_path: Path, loads: list[Path]) -> None:
        sweep = mt5("decoding.num_beams: [2, 3], decoding.length_penalty: [0.6, 1.0]", decoding={"max_length": 12})
        answer = run_cli("run", config(tmp_path, sweep), "--results", tmp_path / "r")
        assert (answer.code, len(loads)) == (0, 1), answer.err

    def test_a_member_whose_outputs_are_stored_passes_the_weights_on(
        self, run_cli: Cli, tmp_path: Path, loads: list[Path]
    ) -> None:
        path = config(tmp_path, mt5("decoding.num_beams: [1, 2, 3]", decoding={"max_length": 12}))
        run_cli("run", path, "--results", tmp_path / "r", "--system", "mt5[num_beams=2]")
        run_cli("run", path, "--results", tmp_path / "r")
        assert len(loads) == 2  # one for each command

    def test_another_dtype_needs_a_load_of_its_own(self, run_cli: Cli, tmp_path: Path, loads: list[Path]) -> None:
        sweep = mt5("dtype: [float32, bfloat16]", decoding={"num_beams": 1, "max_length": 6})
        answer = run_cli("run", config(tmp_path, sweep, limit=1), "--results", tmp_path / "r")
        assert (answer.code, len(loads)) == (0, 2), answer.err

    def test_the_outputs_are_those_of_systems_that_load_their_own_weights(self, run_cli: Cli, tmp_path: Path) -> None:
        run_cli("run", config(tmp_path, BEAMS), "--results", tmp_path / "together")
        for name in MEMBERS:
            run_cli("run", config(tmp_path, BEAMS), "--results", tmp_path / "alone", "--system", name)
        texts = [
            {path.name: [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
             for path in (tmp_path / results).glob("*/outputs/*/*.jsonl")}
            for results in ("together", "alone")
        ]  # fmt: skip
        assert texts[0] == texts[1] and sorted(texts[0]) == sorted(f"{name}.jsonl" for name in MEMBERS)


class TestNames:
    """Names with brackets, spaces and dots, wherever a command takes or writes a name."""

    @pytest.fixture
    def results(self, run_cli: Cli, tmp_path: Path) -> Path:
        sweep = "  - {name: lead, family: lead, sweep: {sentences: [1, 2]}}\n  - {name: random, family: random}"
        answer = run_cli("run", config(tmp_path, sweep, limit=20), "--results", tmp_path / "r")
        assert answer.code == 0, answer.err
        return tmp_path / "r"

    def test_files_of_outputs_have_the_names(self, results: Path) -> None:
        names = sorted(path.stem for path in results.glob("*/outputs/summarise/*.jsonl"))
        assert names == ["lead[sentences=1]", "lead[sentences=2]", "random"]

    def test_the_run_s_own_config_finds_its_outputs(self, run_cli: Cli, results: Path) -> None:
        (stored,) = results.glob("*/config.yaml")
        answer = run_cli("run", stored, "--results", results, "--format", "json")
        assert json.loads(answer.out)["runs"] == [stored.parent.name]

    def test_the_best_member_on_the_primary_metric_is_named_and_said_to_be_overrated(
        self, run_cli: Cli, results: Path, tmp_path: Path
    ) -> None:
        arguments = ("run", tmp_path / "config.yaml", "--results", results)
        (task,) = json.loads(run_cli(*arguments, "--format", "json").out)["tasks"]
        (sweep,) = task["sweeps"]
        values = {system["name"]: system["metrics"]["rougeL"]["value"] for system in task["systems"]}
        members = ["lead[sentences=1]", "lead[sentences=2]"]
        assert (sweep["system"], sweep["members"]) == ("lead", members)
        assert sweep["best"] == max(members, key=values.__getitem__)
        assert 0 <= sweep["optimism"] <= sweep["optimism_if_equal"] and sweep["optimism_if_equal"] > 0
        assert f"{sweep['best']} ¶" in run_cli(*arguments).out

    def test_a_lost_store_is_filled_from_the_files(self, run_cli: Cli, results: Path, tmp_path: Path) -> None:
        for path in results.glob("store.sqlite*"):
            path.unlink()
        assert run_cli("run", tmp_path / "config.yaml", "--results", results).code == 0

    def test_compare_and_its_baseline(self, run_cli: Cli, results: Path) -> None:
        answer = run_cli(
            "compare", "swept", "--results", results, "--baseline", "lead[sentences=1]", "--format", "json"
        )
        assert answer.code == 0, answer.err
        (task,) = json.loads(answer.out)["tasks"]
        assert {row["name"] for row in task["systems"]} >= {"lead[sentences=1]", "lead[sentences=2]"}
        assert task["baseline"] == "lead[sentences=1]"

    def test_the_gate_compares_each_member_with_itself(self, run_cli: Cli, results: Path, tmp_path: Path) -> None:
        baseline = tmp_path / "baseline.json"
        blessed = run_cli(
            "bless", "swept", "--results", results, "--output", baseline, "--reason", "first", "--by", "me"
        )
        assert baseline.exists(), blessed.err
        answer = run_cli("gate", "swept", "--results", results, "--baseline", baseline)
        assert answer.code == 0, answer.out + answer.err
        assert "lead[sentences=2]" in baseline.read_text(encoding="utf-8")

    def test_a_system_is_selected_by_its_name(self, run_cli: Cli, results: Path, tmp_path: Path) -> None:
        answer = run_cli(
            "run", tmp_path / "config.yaml", "--results", results, "--system", "lead[sentences=2]", "--fresh"
        )
        assert answer.code == 0, answer.err
