"""The table of README.md and the example under results/quickstart are what quickstart gives today.

One run by the command line serves all tests. Times and the look of the page are not compared.
"""

import json
from pathlib import Path

import pytest

from harness.runs.store import Run
from tests import example
from tests.conftest import Cli
from tests.paths import ROOT

AGAIN = "run: python -m tests.example"

# Rows of quickstart that copy sentences of the article: three Hindi summaries of one article agree with each other
# about as much as with its first sentences.
EXTRACTS = {"translate": (), "summarise": ("oracle", "lead-1", "lead-2")}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def printed(results: Path) -> str:
    """Return what quickstart prints. It fills the results folder."""
    return example.printed(results)


@pytest.fixture(scope="module")
def new(printed: str, results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("example")
    (run,) = results.glob("quickstart-*/")
    example.write(Run(run), folder)
    return folder


def test_the_table_of_the_readme_is_what_quickstart_prints(printed: str) -> None:
    _, _, table, _, _ = example.MARKS.split(example.README.read_text(encoding="utf-8"))
    assert table.strip() == example.translate_table(printed), AGAIN


def test_quickstart_shows_the_rows_that_it_promises_with_reference_above_models(
    run_cli: Cli, printed: str, results: Path
) -> None:
    config = ROOT / "configs" / "quickstart.yaml"
    answer = run_cli("run", config, "--results", results, "--format", "json")
    assert answer.code == 0
    tasks = {task["task"]: task for task in json.loads(answer.out)["tasks"] if task["dataset"] == "hindi-mini"}
    families = {
        "summarise": ["lead-1", "textrank-1", "random-1", "oracle", "tiny-mt5"],
        "translate": ["copy-source", "transliterate", "tiny-indictrans2"],
    }
    for task, names in families.items():
        primary = tasks[task]["primary"]
        scores = {row["name"]: row["metrics"][primary]["value"] for row in tasks[task]["systems"]}
        assert set(names) < set(scores)
        rivals = {name: score for name, score in scores.items() if name not in EXTRACTS[task]}
        assert rivals.pop("reference") > 1.1 * max(rivals.values())


def test_the_tables_are_those_of_today(new: Path) -> None:
    assert example.tables(example.EXAMPLE) == example.tables(new), AGAIN


def test_the_sentences_at_a_glance_are_those_of_today(new: Path) -> None:
    assert example.sentences(example.EXAMPLE) == example.sentences(new), AGAIN


def test_the_segments_of_the_page_are_those_of_today(new: Path) -> None:
    assert example.data(example.EXAMPLE) == example.data(new), AGAIN


def test_the_page_names_no_place_of_a_machine() -> None:
    page = (example.EXAMPLE / "report.html").read_text(encoding="utf-8")
    places = [*(f"/{folder}/" for folder in ("home", "root", "tmp", "Users")), "C:" + 2 * "\\"]  # as JSON has it
    assert not any(place in page for place in places)
