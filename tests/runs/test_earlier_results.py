"""Results and a baseline that an earlier version wrote stay valid: they are read, resumed, compared and gated.

tests/data/run-v1 was written by the code of commit fd77f1a, before the package got its present layout and words:
`harness run config.yaml`, `harness bless first`, then `gate` and `compare` with `--format json`. `identities.json` has
the identities of the systems of configs/quickstart.yaml at that commit. The files are never written again.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.config import load
from tests.conftest import Cli
from tests.paths import DATA, ROOT

RUN = "first-594087d0"


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """Return a copy of the folder, which commands may write to."""
    return Path(shutil.copytree(DATA / "run-v1", tmp_path / "run-v1"))


def read(name: str) -> Any:
    return json.loads((DATA / "run-v1" / name).read_text(encoding="utf-8"))


def test_the_same_command_generates_nothing_and_keeps_every_output(earlier: Path, run_cli: Cli) -> None:
    outputs = {path: path.read_bytes() for path in (earlier / "results" / RUN / "outputs").rglob("*.jsonl")}
    answer = run_cli("run", earlier / "config.yaml", "--results", earlier / "results")
    assert answer.code == 0, answer.err
    assert [path.name for path in (earlier / "results").iterdir() if path.is_dir()] == [RUN]
    assert answer.err.count("35/35, all stored") == 2, answer.err
    assert answer.err.count("8/8, all stored") == 2, answer.err
    assert len(outputs) == 4
    assert {path: path.read_bytes() for path in outputs} == outputs


def test_scores_that_were_stored_are_compared_without_a_new_run(earlier: Path, run_cli: Cli) -> None:
    """Then the reference row alone had one reference fewer; now every row has, with its earlier score beside it."""
    now = json.loads(run_cli("compare", RUN, "--results", earlier / "results", "--format", "json").out)
    for before, after in zip(read("compare.json")["tasks"], now["tasks"], strict=True):
        assert after["task"] == before["task"]
        for old, new in zip(before["systems"], after["systems"], strict=True):
            assert new["name"] == old["name"].replace("human", "reference")
            for metric, score in old["metrics"].items():
                found = new["metrics"][metric]
                assert found["value"] == pytest.approx(score["one_reference_fewer"], abs=1e-9)
                if new["role"] != "reference":
                    assert found["all_references"]["value"] == score["value"]
                    assert found["all_references"]["signature"] == score["signature"]
            assert ("an earlier version selected its sentences" in str(new.get("notes"))) == (new["role"] == "oracle")


def test_without_its_reference_row_a_stored_run_has_the_scores_intervals_and_tests_that_it_had(
    earlier: Path, run_cli: Cli
) -> None:
    path = earlier / "results" / RUN / "scores.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    for task in stored["tasks"]:
        rows = task["statistics"]["rows"]
        task["statistics"]["rows"] = [row for row in rows if row["role"] != "human"]
    path.write_text(json.dumps(stored), encoding="utf-8")
    compare = ("compare", RUN, "--results", earlier / "results", "--format", "json", "--interval-method", "percentile")
    now = json.loads(run_cli(*compare).out)
    for before, after in zip(read("compare.json")["tasks"], now["tasks"], strict=True):
        systems = {row["name"]: row["metrics"] for row in after["systems"]}
        for old in before["systems"]:
            for metric, score in old["metrics"].items() if old["role"] != "human" else ():
                assert systems[old["name"]][metric]["value"] == score["value"]
                assert systems[old["name"]][metric]["interval"] == pytest.approx(score["interval"])
                assert systems[old["name"]][metric]["signature"] == score["signature"]
        for old_pair, new_pair in zip(before["comparisons"], after["comparisons"], strict=True):
            assert (new_pair["p"] is None) == (old_pair["p"] is None)
            if old_pair["p"] is not None:  # of 1,000 random swaps each, drawn in another way
                noise = 4 * (2 * max(old_pair["p"], 0.005) / 1000) ** 0.5
                assert new_pair["p"] == pytest.approx(old_pair["p"], abs=noise)


@pytest.mark.parametrize("again", [False, True], ids=["as it was stored", "after the run was scored again"])
def test_the_gate_reads_the_baseline_and_finds_nothing_worse(earlier: Path, run_cli: Cli, again: bool) -> None:
    if again:
        assert run_cli("run", earlier / "config.yaml", "--results", earlier / "results").code == 0
    answer = run_cli(
        "gate", RUN, "--results", earlier / "results", "--baseline", earlier / "baseline.json", "--format", "json"
    )
    assert answer.code == 0, answer.out + answer.err
    findings = {(each["task"], each["system"], each["name"]): each for each in json.loads(answer.out)["findings"]}
    for old in read("gate.json")["findings"]:
        new = findings[old["task"], old["system"], old["name"]]
        assert (new["status"], new["baseline"], new["now"]) == (old["status"], old["baseline"], old["now"])


def test_the_identity_of_a_system_has_not_changed() -> None:
    plan = load.load(ROOT / "configs" / "quickstart.yaml")
    now: dict[str, Any] = {}
    for system in plan.systems:
        model = system.family.load(system.options)
        now[system.name] = json.loads(json.dumps(model.identity()))
        model.close()
    before = read("identities.json")
    # transliterate's rules are our own since: recipe 2. The tiny checkpoints may be trained anew, and transformers
    # may be another release.
    del before["transliterate"], now["transliterate"]
    for name in ("tiny-mt5", "tiny-indictrans2"):
        for identity in (before[name], now[name]):
            del identity["engine"], identity["checkpoint"]["digest"]
    assert now == before
