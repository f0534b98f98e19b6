"""Exit codes, and what the user reads when a command ends early."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli import exits
from harness.config import load
from harness.core.errors import FileError, InputError, ModelError, Problem, ProblemsError, ScoringError
from tests.conftest import Cli
from tests.paths import GOLDEN, ROOT

WriteConfig = Callable[..., Path]


def raising(error: BaseException) -> Callable[[], object]:
    def command() -> object:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "printed"),
    [
        (InputError("unknown key", where="a.yaml line 3"), 2, "harness: a.yaml line 3: unknown key\n"),
        (FileError("no such file", where="a.yaml"), 2, "harness: a.yaml: no such file\n"),
        (ScoringError("nothing to score"), 2, "harness: nothing to score\n"),
        (ModelError("out of memory", where="mt5"), 3, "harness: mt5: out of memory\n"),
        (ProblemsError([Problem("a line 1", "x"), Problem("b line 2", "y")]), 2, "a line 1: x\nb line 2: y\n"),
        (ProblemsError([Problem("a line 1", "x")]), 2, "harness: a line 1: x\n"),
        (BrokenPipeError(), 0, ""),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_on_purpose_is_printed_without_a_traceback(
    error: Exception, code: int, printed: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exits, "_discard_stdout", lambda: None)
    assert exits.code(raising(error)) == code
    assert capsys.readouterr().err == printed


def test_a_very_long_line_loses_its_middle(run_cli: Cli, tmp_path: Path) -> None:
    for letter in "ab":
        row = json.dumps({"id": letter * 100_000, "text": "x"})
        (tmp_path / f"{letter}.jsonl").write_text(f"{row}\n", encoding="utf-8")
    files = ("--hypothesis", tmp_path / "b.jsonl", "--reference", tmp_path / "a.jsonl")
    answer = run_cli("score", "--task", "translate", *files)
    assert answer.code == 2
    assert "it has nothing for aaaa" in answer.err and " ... aaaa" in answer.err
    assert len(answer.err) < 2100


@pytest.mark.parametrize("error", [ZeroDivisionError("a bug"), RecursionError("deep"), PermissionError(13, "denied")])
def test_a_bug_is_70_with_a_traceback_and_a_line_on_where_to_report_it(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exits.code(raising(error)) == 70
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert any(line.startswith(type(error).__name__) for line in lines)
    assert lines[-1].startswith("harness: this is a bug in the harness, not a mistake of yours; report it to the place")
    assert "harness --version" in lines[-1]


def test_a_bug_in_a_command_does_not_look_like_a_failed_gate(run_cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.runs import lookup

    monkeypatch.setattr(lookup, "find", lambda *_: raising(KeyError("a bug"))())
    answer = run_cli("gate", "run", "--baseline", "file.json")
    assert (answer.code, answer.out) == (70, "")
    assert "KeyError: 'a bug'" in answer.err


class TestWithoutAConfig:
    def test_outside_the_checkout_one_line_says_how_to_begin(
        self, run_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        answer = run_cli("run")
        assert (answer.code, answer.out) == (2, "")
        assert answer.err == (
            "harness: no config given, and no configs/quickstart.yaml here; write one with datasets, tasks and systems "
            "as the README shows (harness list models, tasks or datasets lists what it can name), then: "
            "harness run CONFIG\n"
        )
        assert list(tmp_path.iterdir()) == []

    def test_help_names_the_config_that_is_run(self) -> None:
        assert f"[default: {load.DEFAULT}]" in (GOLDEN / "help" / "run.txt").read_text(encoding="utf-8")
        assert (ROOT / load.DEFAULT).exists()

    def test_run_reports_the_mistakes_of_all_configs_together_and_runs_none(
        self, run_cli: Cli, write_config: WriteConfig, tmp_path: Path
    ) -> None:
        bad = tmp_path / "bad.yaml"
        bad.write_text("systems: []\n", encoding="utf-8")
        answer = run_cli("run", write_config(), bad, tmp_path / "none: x.yaml", "--results", tmp_path / "results")
        assert answer.code == 2
        assert "systems is empty" in answer.err and "none: x.yaml: no such file" in answer.err
        assert not (tmp_path / "results").exists()


def test_the_version_of_a_package_that_is_not_installed_is_no_traceback(tmp_path: Path) -> None:
    """`python -S` sees no installed distribution; the package itself is found on the path."""
    (tmp_path / "harness").symlink_to(ROOT / "harness")
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import harness; print(harness.__version__)"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "0+unknown\n"
