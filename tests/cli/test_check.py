"""`harness check`: its first line says whether a run can start, and its exit code says the same."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Answer, Cli
from tests.fake_hub import Hub
from tests.paths import ROOT, TESTS

WriteConfig = Callable[..., Path]
NAME = "org/tiny"
TINY = TESTS / "models" / "tiny-mt5"


def systems(*names: str) -> str:
    """Return systems of the checkpoint on the hub, with a baseline that needs no download."""
    tiny = [{"name": name, "family": "mt5", "checkpoint": NAME, "device": "cpu"} for name in names]
    return json.dumps([{"name": "lead-1", "family": "lead"}, *tiny])


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `--offline`, which sets this variable for the rest of a process, end with the test."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")


def verdict(answer: Answer) -> str:
    """Return what the first line says after the config's name; a long path breaks the line."""
    return " ".join(answer.out.split("\nrun small-")[0].split()).partition(".yaml: ")[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with a checkpoint, to be damaged and put on the hub."""
    return Path(shutil.copytree(TINY, tmp_path / "copy"))


@pytest.fixture
def check(run_cli: Cli, write_config: WriteConfig) -> Callable[..., Answer]:
    return lambda *arguments: run_cli("check", write_config(tasks="[summarise]", systems=systems("tiny")), *arguments)


@pytest.mark.parametrize("config", ["quickstart", "ci"])
def test_the_configs_that_need_no_download_can_start(run_cli: Cli, config: str) -> None:
    answer = run_cli("check", ROOT / "configs" / f"{config}.yaml", "--offline")
    assert (answer.code, answer.err) == (0, "")
    assert (
        " "
        .join(answer.out.split())
        .partition(f"configs/{config}.yaml: ")[2]
        .startswith(f"can start; nothing to download run {config}-")
    )


def without_tokenizer(folder: Path) -> None:
    for name in ("spiece.model", "tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink(missing_ok=True)


def another_tokenizer(folder: Path) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"vocab_size": 9}), encoding="utf-8")


def damaged_tokenizer(folder: Path) -> None:
    (folder / "spiece.model").write_bytes(b"no model")


def another_architecture(folder: Path) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"model_type": "bert"}), encoding="utf-8")


def another_decoding(folder: Path) -> None:
    (folder / "generation_config.json").write_text('{"penalty_alpha": 0.6}', encoding="utf-8")


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def another_architecture_as_a_pickle(folder: Path) -> None:
    another_architecture(folder)
    pickled(folder)


@pytest.mark.parametrize(
    ("damage", "kind", "message"),
    [
        (without_tokenizer, "wrong tokenizer", "no tokenizer: expected spiece.model or tokenizer.json in it"),
        (another_tokenizer, "wrong tokenizer", "they are not one model's"),
        (damaged_tokenizer, "wrong tokenizer", "spiece.model: not a sentencepiece model"),
        (another_architecture, "wrong checkpoint", "family 'mt5' runs model_type mt5, and its config.json has 'bert'"),
        (another_decoding, "wrong decoding", "has penalty_alpha 0.6, a decoding that is not offered"),
        (another_architecture_as_a_pickle, "wrong checkpoint", "its config.json has 'bert'"),
        (pickled, "wrong weights", "its weights are a pickle only (pytorch_model.bin)"),
    ],
)
def test_a_checkpoint_on_the_hub_that_cannot_run_is_a_run_that_cannot_start(
    hub: Hub, copy: Path, check: Callable[..., Answer], damage: Callable[[Path], None], kind: str, message: str
) -> None:
    damage(copy)
    hub.push(NAME, copy)
    answer = check()
    assert answer.code == 2
    assert verdict(answer) == f"cannot start: {kind} (tiny)"
    assert message in " ".join(answer.out.split())
    plan = json.loads(check("--format", "json").out)["plans"][0]
    assert not plan["can_start"]
    assert [fault["kind"] for system in plan["systems"] for fault in system["faults"]] == [kind]


def test_a_checkpoint_that_is_not_cached_cannot_start_offline(
    hub: Hub, copy: Path, check: Callable[..., Answer]
) -> None:
    hub.push(NAME, copy)
    answer = check("--offline")
    assert answer.code == 2
    assert verdict(answer) == "cannot start: not cached (tiny)"
    assert hub.requests == []


def test_a_device_that_is_not_here_cannot_start(run_cli: Cli, write_config: WriteConfig) -> None:
    system = {"name": "tiny", "family": "mt5", "checkpoint": str(TINY), "device": "cuda:7"}
    answer = run_cli("check", write_config(tasks="[summarise]", systems=json.dumps([system])))
    assert answer.code == 2
    assert verdict(answer) == "cannot start: no such device (tiny)"
    assert "tiny: device cuda:7: torch sees cpu" in " ".join(answer.out.split())


def test_one_checkpoint_of_several_systems_is_explained_once(
    hub: Hub, copy: Path, run_cli: Cli, write_config: WriteConfig
) -> None:
    hub.push(NAME, copy, gated=403)
    answer = run_cli("check", write_config(tasks="[summarise]", systems=systems("one", "two")))
    assert verdict(answer) == "cannot start: no access (one, two)"
    assert answer.out.count("access is gated") == 1
    assert "\none, two: access is gated; " in answer.out


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("config", ["quickstart", "benchmark", "ci"])
def test_the_configs_here_fit_a_terminal(
    run_cli: Cli, monkeypatch: pytest.MonkeyPatch, config: str, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = run_cli("check", ROOT / "configs" / f"{config}.yaml", "--offline").out.splitlines()
    # The path of this checkout may be wider than the terminal; it is a word of the first line.
    assert max(map(len, lines[1:])) <= columns
    assert len(lines) <= 95  # three lines for each of the 21 systems of benchmark.yaml, and the rest on a screen


class TestFolders:
    @pytest.mark.parametrize(
        ("name", "line"),
        [
            ("india-japan", "no mistakes; 1 article, 19 segments"),
            ("generated-news", "no mistakes; 60 articles, 246 segments"),
        ],
    )
    def test_the_folder_of_a_dataset_is_validated_alone(self, run_cli: Cli, name: str, line: str) -> None:
        answer = run_cli("check", ROOT / "references" / name)
        assert answer.code == 0
        assert line in answer.out

    def test_its_mistakes_are_those_that_a_run_would_report(self, run_cli: Cli, tmp_path: Path) -> None:
        folder = tmp_path / "generated-news"
        shutil.copytree(ROOT / "references" / "generated-news", folder)
        with (folder / "translations.jsonl").open("a", encoding="utf-8") as file:
            file.write('{"id": "generated-news/99#s01", "version": "a", "language": "eng_Latn", "text": "x"}\n')
        answer = run_cli("check", folder)
        assert (answer.code, answer.out) == (2, "")
        assert "translations.jsonl line 247" in answer.err

    def test_another_folder_is_refused(self, run_cli: Cli, tmp_path: Path) -> None:
        answer = run_cli("check", tmp_path)
        assert answer.code == 2
        assert "expected a dataset's folder, with article.*.txt or articles.*.jsonl or items.jsonl" in answer.err

    def test_a_folder_of_datasets_is_refused_with_the_datasets_in_it(self, run_cli: Cli, tmp_path: Path) -> None:
        for name in ("b", "a"):
            shutil.copytree(ROOT / "references" / "india-japan", tmp_path / name)
        answer = run_cli("check", tmp_path)
        assert answer.code == 2
        assert answer.err.endswith(f"; give one of them: {tmp_path / 'a'}, {tmp_path / 'b'}\n")

    def test_a_folder_of_configs_is_refused_with_one_of_them(self, run_cli: Cli, tmp_path: Path) -> None:
        for name in ("b.yaml", "a.yaml"):
            (tmp_path / name).touch()
        answer = run_cli("check", tmp_path)
        assert answer.code == 2
        assert answer.err.endswith(f"give one of its configs, such as {tmp_path / 'a.yaml'}\n")
