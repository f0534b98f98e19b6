"""`harness list runs`: each run with its date and its scores."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Cli

WriteConfig = Callable[..., Path]


@pytest.fixture
def results(run_cli: Cli, write_config: WriteConfig, tmp_path: Path) -> Path:
    """Return an older run of one system, and a newer one of two systems on two tasks."""
    folder = tmp_path / "results"
    run_cli("run", write_config(), "--results", folder)
    for number, path in enumerate(folder.glob("*/")):
        os.utime(path, (number, number))
    systems = "[{name: copy, family: copy-source}, {name: latin, family: transliterate}]"
    run_cli(
        "run", write_config(systems=systems, tasks="[translate, {name: translate, unit: article}]"), "--results", folder
    )
    return folder


def listed(run_cli: Cli, results: Path) -> list[str]:
    answer = run_cli("list", "runs", "--results", results)
    assert (answer.code, answer.err) == (0, "")
    return [" ".join(line.split()) for line in answer.out.splitlines()]


def test_each_run_has_its_name_date_and_the_primary_scores_of_its_systems_the_best_first(
    run_cli: Cli, results: Path
) -> None:
    head, newest, article, oldest = listed(run_cli, results)
    assert head == "run date (UTC) primary scores by task"
    name = newest.split()[0]
    manifest = json.loads((results / name / "manifest.json").read_text(encoding="utf-8"))
    assert newest.startswith(f"{name} {manifest['finished'][:16].replace('T', ' ')} translate (chrf++): latin ")
    assert ", copy " in newest
    assert article.startswith("translate-article (chrf++): latin ")
    assert "copy" in oldest and "latin" not in oldest


def test_a_run_without_scores_names_the_next_step_and_a_damaged_run_does_not_hide_others(
    run_cli: Cli, results: Path
) -> None:
    newest, oldest = sorted(results.glob("*/"), key=lambda path: -path.stat().st_mtime)
    for path in (newest / "tables").glob("*.json"):
        path.write_text("{", encoding="utf-8")
    for path in (oldest / "tables").iterdir():
        path.unlink()
    _, *lines, last = listed(run_cli, results)
    assert lines[0].endswith("translate: translate.json is damaged; run it again")
    assert last.endswith("no scores; finish the run with harness run")


def test_a_folder_without_runs_is_no_error_and_a_missing_folder_is_an_error(run_cli: Cli, tmp_path: Path) -> None:
    assert listed(run_cli, tmp_path) == [f"no run in {tmp_path}"]
    answer = run_cli("list", "runs", "--results", tmp_path / "none")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == f"harness: {tmp_path / 'none'}: no such folder; name the folder of your runs with --results\n"
