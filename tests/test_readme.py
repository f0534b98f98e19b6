"""The README keeps its word: its two commands are what CI runs, its table is what the first of them prints."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from ruamel.yaml import YAML

from harness.config import load
from harness.config.schema import Thresholds
from harness.core import document
from harness.reporting import markdown
from harness.reporting.table import systems_table
from harness.runs import pipeline
from harness.runs.progress import Plain
from tests.conftest import Cli
from tests.models import tiny_mt5
from tests.paths import DATASET, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", README, flags=re.DOTALL)
EXTRACTS = {"translate": (), "summarise": ("oracle", "lead-1", "lead-2")}
MARKS = re.compile("<!-- (?:tables: .*?|end of tables) -->")


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


def readme_tables(results: Path) -> str:
    """Return what stands between the README's marks: quickstart's first two tables without their notes."""
    outcome = pipeline.run(load.load(ROOT / "configs" / "quickstart.yaml"), results, Plain(StringIO()))
    tables = [systems_table(scores) for scores in outcome.scores if scores.task in ("translate", "summarise")]
    rendered = markdown.render([replace(table, notes=()) for table in tables])
    return rendered.replace("### ", "#### ").replace("\n\n\n", "\n\n")


def test_the_tables_are_what_quickstart_prints(tmp_path: Path) -> None:
    _, tables, _ = MARKS.split(README)
    assert tables.strip() == readme_tables(tmp_path).strip()


def test_quickstart_shows_the_rows_that_it_promises_with_reference_above_models(run_cli: Cli, tmp_path: Path) -> None:
    config = ROOT / "configs" / "quickstart.yaml"
    answer = run_cli("run", config, "--results", tmp_path, "--format", "json")
    assert answer.code == 0
    tasks = {task["task"]: task for task in json.loads(answer.out)["tasks"]}
    families = {
        "summarise": ["lead-1", "textrank-1", "random-1", "oracle", "tiny-mt5"],
        "translate": ["copy-source", "transliterate", "tiny-indictrans2"],
    }
    for task, names in families.items():
        primary = tasks[task]["primary"]
        scores = {row["name"]: row["metrics"][primary]["value"] for row in tasks[task]["systems"]}
        assert set(names) < set(scores)
        # Three Hindi summaries of one article agree with each other about as much as its first sentences do with them.
        rivals = {name: score for name, score in scores.items() if name not in EXTRACTS[task]}
        assert rivals.pop("reference") > 1.1 * max(rivals.values())


def test_the_config_in_the_readme_is_a_config(tmp_path: Path) -> None:
    block = BLOCKS[0]
    (tmp_path / "outputs").mkdir()
    for task in ("translate", "translate-paragraph", "summarise-eng_Latn", "headline"):
        (tmp_path / "outputs" / f"{task}.jsonl").touch()
    (tmp_path / "config.yaml").write_text(block.replace("../references/india-japan", str(DATASET)), encoding="utf-8")
    loaded = load.load(tmp_path / "config.yaml")
    assert [task.label for task in loaded.tasks] == [
        "translate",
        "translate-paragraph",
        "summarise-eng_Latn",
        "headline",
    ]


def test_the_systems_with_weights_in_the_readme_are_systems(tmp_path: Path) -> None:
    tiny_mt5.build(tmp_path / "my-fine-tune")
    header = f"datasets: [{DATASET}]\ntasks: [summarise, translate]\n"
    (tmp_path / "config.yaml").write_text(header + BLOCKS[1], encoding="utf-8")
    assert [system.name for system in load.load(tmp_path / "config.yaml").systems] == [
        "mt5-xlsum",
        "mt5-sampled",
        "indictrans2-200m",
    ]


def test_the_gate_of_the_readme_has_every_key_and_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(BLOCKS[-1], encoding="utf-8")
    gate = document.read(tmp_path / "config.yaml").tree["gate"]
    assert gate == Thresholds().model_dump(mode="json")


def test_the_workflow_calls_the_harness_as_the_readme_does() -> None:
    workflow = YAML(typ="safe").load(ROOT / ".github" / "workflows" / "ci.yml")
    commands = [step["run"] for step in workflow["jobs"]["gate"]["steps"] if "run" in step]
    assert commands[-1] in README
    assert commands[0] in README
    assert [step["run"] for step in workflow["jobs"]["tests"]["steps"] if "run" in step] == [".ci/run"]


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)", README))
def test_links_lead_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        parts = re.split(f"({MARKS.pattern})", README)
        parts[2] = f"\n\n{readme_tables(Path(folder)).strip()}\n\n"
        (ROOT / "README.md").write_text("".join(parts), encoding="utf-8")
