"""The READMEs say what is true: their commands, options, configs and links are checked against the code.

tests/test_example.py checks the table of README.md.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from harness.config import load
from tests.conftest import Cli
from tests.models import tiny_mt5
from tests.paths import DATASET, ROOT

MOST_LINES = 150
README = (ROOT / "README.md").read_text(encoding="utf-8")
READMES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in [
        *(ROOT / folder / "README.md" for folder in ("", "configs", "results")),
        *(path for folder in ("references", "tests") for path in sorted((ROOT / folder).rglob("README.md"))),
    ]
}
CONFIG_EXAMPLES = re.findall(r"```yaml\n(.*?)```", READMES["configs/README.md"], flags=re.DOTALL)


# --- the two commands -------------------------------------------------------------------------------------------------


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


def test_the_workflow_installs_and_gates_as_the_readme_does() -> None:
    workflow = YAML(typ="safe").load(ROOT / ".github" / "workflows" / "ci.yml")
    commands = [step["run"] for step in workflow["jobs"]["gate"]["steps"] if "run" in step]
    assert commands[0] in README
    assert commands[-1] in README
    assert [step["run"] for step in workflow["jobs"]["tests"]["steps"] if "run" in step] == [".ci/run"]


def test_the_workflow_tries_the_python_versions_that_the_package_names() -> None:
    workflow = YAML(typ="safe").load(ROOT / ".github" / "workflows" / "ci.yml")
    named = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text("utf-8"))
    assert workflow["jobs"]["tests"]["strategy"]["matrix"]["python"] == named


# --- the first screen -------------------------------------------------------------------------------------------------


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= MOST_LINES


def test_the_first_screen_says_that_no_person_wrote_the_references() -> None:
    assert "No person wrote the references" in "\n".join(README.splitlines()[:25])


# --- configs in the READMEs -------------------------------------------------------------------------------------------


def test_the_example_without_weights_is_a_config(tmp_path: Path) -> None:
    (tmp_path / "outputs").mkdir()
    labels = ["translate", "translate-paragraph", "summarise-eng_Latn", "summarise-sentence", "headline"]
    for label in labels:
        (tmp_path / "outputs" / f"{label}.jsonl").write_text('{"id": "x", "text": "y"}\n', encoding="utf-8")
    config = CONFIG_EXAMPLES[0].replace("../references/india-japan", str(DATASET))
    (tmp_path / "config.yaml").write_text(config, encoding="utf-8")
    assert [task.label for task in load.load(tmp_path / "config.yaml").tasks] == labels


def test_the_example_with_weights_is_a_list_of_systems(tmp_path: Path) -> None:
    tiny_mt5.build(tmp_path / "my-fine-tune")
    header = f"datasets: [{DATASET}]\ntasks: [summarise, translate]\n"
    (tmp_path / "config.yaml").write_text(header + CONFIG_EXAMPLES[1], encoding="utf-8")
    systems = load.load(tmp_path / "config.yaml").systems
    assert [system.name for system in systems] == ["mt5-xlsum", "mt5-sampled", "indictrans2-200m"]


def test_the_config_of_the_first_recipe_is_a_config(tmp_path: Path) -> None:
    (recipe,) = re.findall(r"```yaml\n(.*?)```", README, flags=re.DOTALL)
    (tmp_path / "two.yaml").write_text(recipe.replace("../references/india-japan", str(DATASET)), encoding="utf-8")
    assert [system.name for system in load.load(tmp_path / "two.yaml").systems] == ["small", "large"]


# --- commands, files and links in all READMEs -------------------------------------------------------------------------


def code(readme: str) -> Iterator[str]:
    """Yield every line of a code block, and every span of code in the text."""
    text = readme
    for block in re.findall(r"^```\w*\n(.*?)^```", readme, flags=re.DOTALL | re.MULTILINE):
        yield from block.splitlines()
        text = text.replace(block, "")
    for line in text.splitlines():
        if line.startswith("    "):
            yield line.strip()
        else:
            yield from re.findall(r"`([^`]+)`", line)


def commands(start: str) -> list[Any]:
    """Return every command in the READMEs that begins with `start` as a test parameter."""
    found = {
        (name, part.strip()): None
        for name, readme in READMES.items()
        for line in code(readme)
        for part in line.split("&&")
        if part.strip().startswith(start)
    }
    return [pytest.param(part, id=f"{name}: {part}") for name, part in found]


@pytest.mark.parametrize("command", commands("harness "))
def test_every_command_and_option_exists(command: str, run_cli: Cli) -> None:
    _, name, *arguments = shlex.split(command.replace("[", "").replace("]", ""))
    if name.startswith("--"):
        name, arguments = "", [name]
    group = [arguments[0]] if name == "new" and arguments else []
    answer = run_cli(*([name] if name else []), *group, "--help")
    assert answer.code == 0, answer.err
    for option in arguments:
        if option.startswith("--"):
            assert re.search(rf"^ +(-\w, )?{option.partition('=')[0]}\b", answer.out, flags=re.MULTILINE), option


@pytest.mark.parametrize("command", commands("python -m tests."))
def test_every_module_of_the_tests_that_is_named_can_be_run_with_these_options(command: str) -> None:
    _, _, module, *arguments = shlex.split(command.replace("[", "").replace("]", ""))
    spec = importlib.util.find_spec(module)
    if spec is not None and spec.submodule_search_locations:  # a package
        spec = importlib.util.find_spec(f"{module}.__main__")
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text(encoding="utf-8")
    assert '__name__ == "__main__"' in source
    for option in arguments:
        if option.startswith("--"):
            assert f'"{option}"' in source


@pytest.mark.parametrize("name", READMES)
def test_every_file_of_this_repository_that_is_named_exists(name: str) -> None:
    written = {"configs/two.yaml"}  # a recipe has the reader write it
    paths = {
        word
        for line in code(READMES[name])
        for word in line.split()
        if re.fullmatch(r"(?:harness|tests|configs|references|\.ci|\.github)/[\w./-]*\w\.\w+", word)
    }
    assert {path for path in paths - written if "my-article" not in path and not (ROOT / path).exists()} == set()


@pytest.mark.parametrize(
    ("name", "link"),
    [(name, link) for name, readme in READMES.items() for link in re.findall(r"\]\(((?!https?:)[^)]+)\)", readme)],
)
def test_links_within_the_repository_lead_somewhere(name: str, link: str) -> None:
    path, _, anchor = link.partition("#")
    target = (ROOT / name).parent / path if path else ROOT / name
    assert target.exists()
    if anchor:
        headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
