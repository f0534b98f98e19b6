"""The README keeps its word: its two commands are what CI runs, its table is what the first of them prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness import plan

from .conftest import DATASET, ROOT, Cli

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_ci_runs_the_two_commands_as_the_readme_has_them() -> None:
    commands = [line.strip() for line in README.splitlines() if line.startswith("    python -m pip install")]
    assert commands == [
        "python -m pip install -e . && harness run configs/quickstart.yaml",
        "python -m pip install -e '.[test]' && pytest",
    ]
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "pip install" in line] == commands
    assert "ruff check ." in lines
    assert "mypy" in lines


def test_the_tables_are_what_quickstart_prints(run_cli: Cli, tmp_path: Path) -> None:
    printed = run_cli("run", ROOT / "configs" / "quickstart.yaml", "--results", tmp_path, "--format", "markdown").out
    rows = [line for line in README.partition("## Use")[0].splitlines() if line.startswith("| ")]
    assert len(rows) > 10
    assert [row for row in rows if row not in printed.splitlines()] == []


def test_quickstart_shows_the_rows_that_it_promises_with_human_on_top(run_cli: Cli, tmp_path: Path) -> None:
    import json

    config = ROOT / "configs" / "quickstart.yaml"
    answer = run_cli("run", config, "--results", tmp_path, "--format", "json")
    assert answer.code == 0
    tasks = {task["task"]: task for task in json.loads(answer.out)["tasks"]}
    families = {
        "summarise": ["lead-1", "textrank-1", "random-1", "oracle"],
        "translate": ["copy-source", "transliterate"],
    }
    for task, names in families.items():
        primary = tasks[task]["primary"]
        scores = {row["name"]: row["metrics"][primary]["value"] for row in tasks[task]["systems"]}
        assert set(names) < set(scores)
        assert scores.pop("human") > 1.1 * max(scores.values())


def test_the_config_in_the_readme_is_a_config(tmp_path: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", README, flags=re.DOTALL)
    (tmp_path / "config.yaml").write_text(block.replace("../references/india-japan", str(DATASET)), encoding="utf-8")
    loaded = plan.load(tmp_path / "config.yaml")
    assert [task.label for task in loaded.tasks] == [
        "translate",
        "translate-paragraph",
        "summarise-eng_Latn",
        "headline",
    ]


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)", README))
def test_links_lead_somewhere(link: str) -> None:
    assert (ROOT / link).exists()
