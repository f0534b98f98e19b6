"""A run with metrics that have checkpoints, from the command line: table, gate, report, and what is added later."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.metrics import _network
from harness.scoring import compute
from tests.conftest import Answer, Cli
from tests.metrics import neural
from tests.paths import DATASET

WEIGHTS = "checkpoints/model.ckpt"
COMET = {"comet": {"checkpoint": "./my-comet", "encoder": "./encoder", "pickle": WEIGHTS}}
XCOMET = {"xcomet": {"checkpoint": "./my-xcomet", "encoder": "./encoder-xl", "pickle": WEIGHTS}}
SYSTEMS = [{"name": "copy", "family": "copy-source"}, {"name": "letters", "family": "transliterate"}]


@pytest.fixture(autouse=True)
def nothing_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_network, "_memory", _network._Memory())
    monkeypatch.setattr(compute, "_rows_in_memory", {})
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="module")
def assembled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return neural.assemble(tmp_path_factory.mktemp("cli"))


@pytest.fixture
def folder(assembled: Path, tmp_path: Path) -> Path:
    """A folder with a config's checkpoints beside it."""
    for name, place in (
        ("comet-da", "my-comet"), ("xcomet", "my-xcomet"), ("encoders/tiny-xlmr", "encoder"),
        ("encoders/tiny-xlmr-xl", "encoder-xl"),
    ):  # fmt: skip
        shutil.copytree(assembled / name, tmp_path / place)
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Callable[..., Path]:
    def config(*metrics: Any, **more: Any) -> Path:
        path = folder / "config.yaml"
        content = {
            "name": "tiny", "datasets": [str(DATASET)], "tasks": [{"name": "translate", "metrics": metrics, **more}],
            "systems": SYSTEMS, "statistics": {"resamples": 100},
        }  # fmt: skip
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    return config


@pytest.fixture
def run(run_cli: Cli, folder: Path) -> Callable[..., Answer]:
    return lambda command, *arguments: run_cli(command, *arguments, "--results", folder / "results")


def table(answer: Answer) -> dict[str, Any]:
    (task,) = json.loads(answer.out)["tasks"]
    return task


def columns(task: dict[str, Any]) -> dict[str, list[str]]:
    return {system["name"]: list(system["metrics"]) for system in task["systems"]}


def only_run(folder: Path) -> Path:
    (found,) = folder.glob("results/tiny-*")
    return found


def test_a_run_is_scored_gated_and_reported(run, write, folder):
    config = write("chrf++", COMET, XCOMET)
    answer = run("run", config, "--format", "json")
    assert answer.code == 0
    task = table(answer)
    assert columns(task) == {name: ["chrf++", "comet", "xcomet"] for name in ("reference", "copy", "letters")}
    assert "comet: " in answer.err and "/152 segments, in " in answer.err
    comet = next(pair for pair in task["comparisons"] if pair["metric"] == "comet")
    assert comet["interval"] and 0 <= comet["p"] <= 1
    notes = [note for system in task["systems"] for note in system.get("notes", ())]
    assert any(note.endswith("of 19 segments were longer than comet reads, and scored in part") for note in notes)

    errors = (only_run(folder) / "tables/translate.errors.jsonl").read_text(encoding="utf-8").splitlines()
    first = json.loads(errors[0])
    assert (first["metric"], set(first["errors"][0])) == ("xcomet", {"start", "end", "severity", "confidence"})

    text = run("compare", "tiny").out
    assert "comet: nrefs:1|comet|checkpoint:folder@" in text.replace("\n", "")
    assert run("bless", "tiny", "--output", folder / "b.json", "--reason", "first").code == 0
    gate = run("gate", "tiny", "--baseline", folder / "b.json")
    assert gate.code == 0 and "translate: letters: comet" in gate.out and "-0.0100" in gate.out
    assert run("report", "tiny", "--output", folder / "page.html").code == 0
    assert "comet" in (folder / "page.html").read_text(encoding="utf-8")


def test_the_stored_config_runs_from_its_place_and_a_copy_elsewhere_is_the_same_run(run, write, folder, monkeypatch):
    run("run", write("chrf++", COMET))
    stored = only_run(folder)
    monkeypatch.setattr(_network.NetworkMetric, "read", None)  # nothing is read again
    assert run("run", stored / "config.yaml").code == 0
    assert only_run(folder) == stored
    elsewhere = folder / "elsewhere"
    for name in ("my-comet", "encoder"):
        shutil.copytree(folder / name, elsewhere / name)
    shutil.copy(folder / "config.yaml", elsewhere / "config.yaml")
    assert run("run", elsewhere / "config.yaml").code == 0
    assert only_run(folder) == stored


def test_a_checkpoint_with_other_weights_is_another_run(run, write, folder):
    run("run", write("chrf++", COMET))
    with (folder / "my-comet/hparams.yaml").open("a", encoding="utf-8") as file:
        file.write("note: trained longer\n")
    second = run("run", write("chrf++", COMET), "--format", "json")
    assert len(list(folder.glob("results/tiny-*"))) == 2
    signatures = [system["metrics"]["comet"]["signature"] for system in table(second)["systems"]]
    (first,) = {path for path in folder.glob("results/tiny-*") if path.name not in second.out}
    assert signatures[0] not in (first / "tables/translate.json").read_text(encoding="utf-8")


def test_comparing_and_gating_need_no_checkpoint(run, write, folder):
    run("run", write("chrf++", COMET, XCOMET))
    run("bless", "tiny", "--output", folder / "b.json", "--reason", "first")
    for name in ("my-comet", "my-xcomet", "encoder", "encoder-xl"):
        shutil.rmtree(folder / name)
    assert columns(table(run("compare", "tiny", "--format", "json")))["letters"] == ["chrf++", "comet", "xcomet"]
    assert run("gate", "tiny", "--baseline", folder / "b.json").code == 0
    assert run("show", "tiny").code == 0


def test_a_metric_whose_checkpoint_is_missing_has_no_column_and_the_others_have_theirs(run, write):
    answer = run("run", write("comet", "chrf++", primary="comet"), "--format", "json")
    assert answer.code == 3
    task = table(answer)
    assert columns(task)["letters"] == ["chrf++"] and task["primary"] == "chrf++"
    assert "Unbabel/wmt22-comet-da" in task["failed_metrics"]["comet"]
    text = run("run", write("comet", "chrf++", primary="comet"))
    assert text.code == 3 and "no comet: Unbabel/wmt22-comet-da: revision main is not in the cache" in text.out


def test_a_run_without_any_metric_left_is_one_line(run, write):
    answer = run("run", write("comet"))
    assert answer.code == 3 and "translate: comet: Unbabel/wmt22-comet-da" in answer.err


def test_once_the_checkpoint_is_there_the_same_command_scores_with_it(run, write, folder):
    (folder / "my-comet").rename(folder / "away")
    assert run("run", write("chrf++", COMET)).code == 3
    (folder / "away").rename(folder / "my-comet")
    answer = run("run", write("chrf++", COMET), "--format", "json")
    assert answer.code == 0 and columns(table(answer))["letters"] == ["chrf++", "comet"]


class TestAddMetric:
    NAME = f"comet:checkpoint=my-comet,encoder=encoder,pickle={WEIGHTS}"

    @pytest.fixture(autouse=True)
    def here(self, folder, monkeypatch):
        monkeypatch.chdir(folder)

    def test_the_tables_have_what_a_run_with_the_metric_has(self, run, write, folder):
        run("run", write("chrf++"))
        before = only_run(folder)
        added = run("score", "tiny", "--add-metric", self.NAME, "--format", "json")
        assert added.code == 0
        whole = run("run", write("chrf++", COMET), "--format", "json")
        mine, theirs = table(added), table(whole)
        for each in (mine, theirs):
            each.pop("notes")
            for system in each["systems"]:
                system.pop("run")
        assert mine == theirs
        manifest = json.loads((before / "manifest.json").read_text(encoding="utf-8"))
        assert "comet" in manifest["signatures"]["translate"]
        assert "comet" in (before / "tables/translate.md").read_text(encoding="utf-8")
        assert '"comet"' in (before / "tables/translate.segments.jsonl").read_text(encoding="utf-8")

    def test_the_config_keeps_it_when_it_is_run_again(self, run, write, folder, monkeypatch):
        run("run", write("chrf++"))
        run("score", "tiny", "--add-metric", self.NAME)
        again = run("run", write("chrf++"), "--format", "json")
        assert again.code == 0 and columns(table(again))["letters"] == ["chrf++", "comet"]
        (only_run(folder) / "scored.json").unlink()  # so that the run is scored anew
        monkeypatch.setattr(_network.NetworkMetric, "read", None)
        again = run("run", write("chrf++"), "--format", "json")
        assert again.code == 0 and columns(table(again))["letters"] == ["chrf++", "comet"]

    def test_the_systems_need_not_be_there(self, run, write, folder):
        run("run", write("chrf++"))
        stored = only_run(folder) / "config.yaml"
        text = stored.read_text(encoding="utf-8").replace("family: copy-source", "family: mt5\n  checkpoint: ./gone")
        stored.write_text(text, encoding="utf-8")
        assert run("score", "tiny", "--add-metric", self.NAME).code == 0

    def test_a_metric_that_fails_changes_nothing(self, run, write, folder):
        run("run", write("chrf++"))
        files = {path: path.read_bytes() for path in only_run(folder).rglob("*") if path.is_file()}
        answer = run("score", "tiny", "--add-metric", "comet")
        assert answer.code == 3 and "comet: Unbabel/wmt22-comet-da" in answer.err and answer.err.count("\n") == 1
        assert {path: path.read_bytes() for path in only_run(folder).rglob("*") if path.is_file()} == files

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["tiny", "--add-metric", "chrf++"], "chrf++ is in the table of translate already"),
            (["tiny", "--add-metric", "bloo"], "unknown metric 'bloo'"),
            (["--add-metric", "bleu"], "--add-metric: expected harness score RUN --add-metric NAME"),
            (["tiny", "--add-metric", "bleu", "--task", "translate"], "--add-metric: expected harness score RUN"),
            (["nothing", "--add-metric", "bleu"], "no run 'nothing'"),
        ],
    )
    def test_a_mistake_is_one_line(self, run, write, arguments, message):
        run("run", write("chrf++"))
        answer = run("score", *arguments)
        assert answer.code == 2 and message in answer.err and answer.err.count("\n") == 1

    def test_without_it_the_command_needs_its_files_as_before(self, run_cli):
        answer = run_cli("score", "tiny")
        assert answer.code == 2 and "--hypothesis [NAME=]FILE and --task NAME are missing" in answer.err


def test_check_lists_the_checkpoints_with_size_and_terms(run_cli, write):
    answer = run_cli("check", write("chrf++", COMET, "cometkiwi"), "--format", "json", "--offline")
    assert answer.code == 3  # as the run would exit
    assert run_cli("check", write("chrf++", COMET), "--offline").code == 0
    (plan,) = json.loads(answer.out)["plans"]
    comet, kiwi = plan["metrics"]
    assert (comet["checkpoint"]["place"], comet["checkpoint"]["size"], comet["fault"]) == ("folder", 395123, "")
    assert (kiwi["checkpoint"]["licence"], kiwi["checkpoint"]["gated"]) == ("CC-BY-NC-SA-4.0", True)
    assert "is not in the cache, and the network is forbidden" in kiwi["fault"]
    text = run_cli("check", write("chrf++", COMET, "cometkiwi"), "--offline").out
    assert "can start without cometkiwi" in text and "so no commercial use" in text
    assert "\ncometkiwi: no checkpoint here, so a run scores without and exits with 3\n" in text


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        ([{"comet": {"chekpoint": "x"}}], "unknown option of comet 'chekpoint'; did you mean 'checkpoint'?"),
        ([{"commet": {}}], "unknown metric 'commet'; did you mean 'comet'?"),
        ([{"bleu": {}, "ter": {}}], "expected one name with its options"),
        ([{"bleu": "intl"}], "metrics"),
        ([3], "metrics"),
    ],
)
def test_a_wrong_metric_in_a_config_is_a_line_with_its_place(run_cli, write, metrics, message):
    answer = run_cli("check", write(*metrics))
    assert answer.code == 2 and message in answer.err
    assert "config.yaml line 1" in answer.err and "Traceback" not in answer.err


def test_a_gate_does_not_pass_over_a_metric_that_failed(run, write, folder):
    run("run", write("chrf++", COMET))
    run("bless", "tiny", "--output", folder / "b.json", "--reason", "first")
    shutil.move(folder / "my-comet", folder / "away")
    shutil.rmtree(folder / "results")
    assert run("run", write("chrf++", COMET)).code == 3
    answer = run("gate", "tiny", "--baseline", folder / "b.json")
    assert answer.code == 2 and "signature of comet" in answer.err


def test_errors_of_an_added_metric_stand_beside_those_of_the_others(run, write, folder, monkeypatch):
    monkeypatch.chdir(folder)
    run("run", write("chrf++", XCOMET))
    named = f"xcomet-qe:checkpoint=my-xcomet,encoder=encoder-xl,pickle={WEIGHTS}"
    assert run("score", "tiny", "--add-metric", named).code == 0
    errors = (only_run(folder) / "tables/translate.errors.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["metric"] for line in errors} == {"xcomet", "xcomet-qe"}
