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
    now = json.loads(run_cli("compare", RUN, "--results", earlier / "results", "--format", "json").out)
    for before, after in zip(read("compare.json")["tasks"], now["tasks"], strict=True):
        assert after["task"] == before["task"]
        for old, new in zip(before["systems"], after["systems"], strict=True):
            assert new["name"] == old["name"].replace("human", "reference")
            for metric, score in old["metrics"].items():
                assert new["metrics"][metric]["value"] == score["value"]
                assert new["metrics"][metric]["interval"] == score["interval"]
                assert new["metrics"][metric]["signature"] == score["signature"]
        assert [pair["p"] for pair in after["comparisons"]] == [pair["p"] for pair in before["comparisons"]]


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
