"""tests/plugin_example is installed, listed, checked and run, as a user would do it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.paths import DATASET, ROOT, TESTS

Harness = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.slow

CONFIG = f"""
name: plugged
datasets:
  - {DATASET}
  - {{public: example-news, path: news}}
tasks: [{{name: translate, metrics: [chrf++, exact-match]}}, title-translation, summarise]
systems:
  - {{name: last-2, family: last-sentence, sentences: 2}}
  - {{name: copy, family: copy-source}}
statistics: {{resamples: 100}}
"""
# Of the same kinds, and names no plugin of the package.
PLAIN = f"""
name: plain
datasets: [{DATASET}]
tasks: [translate, summarise]
systems:
  - {{name: lead-2, family: lead, sentences: 2}}
  - {{name: copy, family: copy-source}}
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which pip has installed the example package, without the network."""
    source = shutil.copytree(TESTS / "plugin_example", tmp_path_factory.mktemp("source") / "example")
    target = tmp_path_factory.mktemp("site")
    offline = ("--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet")
    command = [sys.executable, "-m", "pip", "install", *offline, "--target", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture
def site(built: Path, tmp_path: Path) -> Path:
    """Return a copy of the installed package, to be changed by a test."""
    return Path(shutil.copytree(built, tmp_path / "site"))


@pytest.fixture
def harness(site: Path, tmp_path: Path) -> Harness:
    """Return a function that runs `harness ARGUMENTS...` with the package installed, in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(ROOT)]), "HF_HUB_OFFLINE": "1"}

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "harness", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)

    return run


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a config that uses every plugin of the package."""
    (tmp_path / "news").mkdir()
    rows = [{"hindi": "नमस्ते।", "english": "Hello."}, {"hindi": "क्या हाल है?", "english": "How are you?"}]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (tmp_path / "news" / "test.jsonl").write_text(lines, encoding="utf-8")
    path = tmp_path / "plugged.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("models", "last-sentence  hindi-extras 1.0  The last n sentences of an article (example of a family"),
        ("metrics", "exact-match  hindi-extras 1.0  Exact match: the share of outputs"),
        ("diagnostics", "questions  hindi-extras 1.0  Questions: outputs that end in a question mark."),
        ("tasks", "title-translation  hindi-extras 1.0  Hindi titles to English"),
        (
            "datasets",
            "example-news  hindi-extras 1.0  Two sentences, an example of a public set (2 segments; CC0-1.0).",
        ),
    ],
)
def test_list_shows_the_name_with_its_package_and_version(harness: Harness, kind: str, line: str) -> None:
    done = harness("list", kind)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [" ".join(each.split()) for each in done.stdout.splitlines()]
    assert [each for each in lines if each.startswith(" ".join(line.split()))]
    assert any(" built in " in each for each in lines)


def test_a_config_can_use_every_plugin(harness: Harness, config: Path, site: Path) -> None:
    checked = harness("check", config)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "last-2: family last-sentence is of hindi-extras 1.0" in checked.stdout

    ran = harness("run", config, "--format", "json")
    assert ran.returncode == 0, ran.stderr
    tables = {(table["task"], table["dataset"]): table for table in json.loads(ran.stdout)["tasks"]}
    assert {("translate", "example-news"), ("summarise", "india-japan")} <= set(tables)
    (titles,) = (row for row in tables["title-translation", "india-japan"]["systems"] if row["name"] == "copy")
    assert titles["metrics"]["exact-match"]["value"] == 0
    assert "|exact|version:1" in titles["metrics"]["exact-match"]["signature"]


def test_another_version_of_a_package_serves_no_stored_outputs_and_other_code_no_scores(
    harness: Harness, config: Path, site: Path
) -> None:
    assert harness("run", config).returncode == 0
    (run,) = (config.parent / "results").glob("plugged-*")
    before, scored = identities(run), json.loads((run / "scored.json").read_text(encoding="utf-8"))["key"]
    assert json.loads((run / "manifest.json").read_text(encoding="utf-8"))["libraries"]["hindi-extras"] == "1.0"
    about = next(site.glob("*.dist-info")) / "METADATA"
    about.write_text(about.read_text(encoding="utf-8").replace("Version: 1.0", "Version: 1.1"), encoding="utf-8")

    assert harness("run", config).returncode == 0
    after = identities(run)
    assert before["last-2"] != after["last-2"]
    assert before["copy"] == after["copy"]  # a family of the harness
    assert json.loads((run / "scored.json").read_text(encoding="utf-8"))["key"] != scored

    again = json.loads((run / "scored.json").read_text(encoding="utf-8"))["key"]
    with (site / "hindi_extras" / "exact_match.py").open("a", encoding="utf-8") as file:
        file.write("# changed under the same version\n")
    assert harness("run", config).returncode == 0
    assert identities(run) == after
    assert json.loads((run / "scored.json").read_text(encoding="utf-8"))["key"] != again


def identities(run: Path) -> dict[str, set[str]]:
    """Return the identities under which a run's outputs are stored, by system."""
    return {
        path.stem: {json.loads(line)["identity"] for line in path.read_text(encoding="utf-8").splitlines()}
        for path in sorted((run / "outputs").rglob("*.jsonl"))
    }


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        (
            "exact_match.py",
            "import no_such_module\n",
            "metric 'exact-match' of hindi-extras 1.0 cannot be imported (No module named 'no_such_module')",
        ),
        (
            "exact_match.py",
            "METRICS = {'exact-match': int}\n",
            "metric 'exact-match' of hindi-extras 1.0 breaks its contract: expected METRICS, which maps "
            "'exact-match' to a subclass of harness.metrics.Metric, found METRICS of type dict",
        ),
        (
            "last_sentence.py",
            "raise ValueError('on import')\n",
            "model family 'last-sentence' of hindi-extras 1.0 cannot be imported (ValueError: on import)",
        ),
        ("last_sentence.py", "FAMILY = 1\n", "found FAMILY of type int; tell its authors"),
        ("sets/example-news.yaml", "summary: x\n", "example-news.yaml: size: "),
    ],
)
def test_a_plugin_that_is_broken_is_an_error_only_where_it_is_named(
    harness: Harness, config: Path, site: Path, tmp_path: Path, file: str, content: str, message: str
) -> None:
    (site / "hindi_extras" / file).write_text(content, encoding="utf-8")
    done = harness("check", config)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    (tmp_path / "plain.yaml").write_text(PLAIN, encoding="utf-8")
    assert harness("check", tmp_path / "plain.yaml", "--offline").returncode == 0


def test_a_diagnostic_that_is_broken_is_one_line_and_everything_else_runs(
    harness: Harness, site: Path, tmp_path: Path
) -> None:
    (site / "hindi_extras" / "questions.py").write_text("DIAGNOSTIC = None\n", encoding="utf-8")
    for name in ("a.en", "reference.en"):
        (tmp_path / name).write_text(f"Hello, {name[0]}.\n", encoding="utf-8")
    done = harness("score", "--task", "translate", "--hypothesis", "a=a.en", "--reference", "reference.en")
    assert done.returncode == 0
    lines = [line for line in done.stderr.splitlines() if "questions" in line]
    assert len(lines) == 1
    assert "diagnostic 'questions' of hindi-extras 1.0 breaks its contract" in lines[0]
    assert lines[0].endswith("it is ignored")
