"""From names to modules: a plugin is one file, and is imported only when it is used."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import harness
from harness import datasets, tasks
from harness.core import registry
from harness.core.errors import InputError
from harness.core.plugins import installed
from harness.core.registry import Listed
from tests.paths import DATASET, TESTS

PACKAGE = Path(harness.__file__).parent
EVERY_NAME = [(kind, name) for kind in registry.KINDS for name in registry.names(kind)]
# One name of each module.
ONE_EACH = list({(kind, registry._modules(kind)[name]): (kind, name) for kind, name in EVERY_NAME}.values())


def folder(kind: str) -> Path:
    return PACKAGE.joinpath(*registry.package(kind).split("."))


def modules_after(code: str) -> set[str]:
    """Return what a fresh interpreter has imported after running `code`."""
    script = f"import json, sys\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout))


# What plugins share is imported once: some libraries, and for the plugins of one kind the package of the kind.
GET_EACH = """
import importlib, json, os, sys
import numpy, pydantic, rapidfuzz.fuzz, rapidfuzz.process, regex, sacrebleu
from harness.core import registry

def in_a_child(work):
    if os.fork() == 0:
        work()
        os._exit(0)
    os.wait()

def get(kind, name):
    registry.get(kind, name)
    print(json.dumps([kind, name, sorted(sys.modules)]), flush=True)

def get_all(kind, names):
    importlib.import_module(f"harness.{registry.package(kind)}")
    for name in names:
        in_a_child(lambda: get(kind, name))

one_each = json.loads(sys.argv[1])
for kind in registry.KINDS:
    in_a_child(lambda: get_all(kind, [name for of, name in one_each if of == kind]))
"""


@cache
def modules_after_each_get():
    """Return by kind and name what an interpreter of its own, forked from a fresh one, has imported after `get`."""
    command = [sys.executable, "-c", GET_EACH, json.dumps(ONE_EACH)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return {(kind, name): set(loaded) for kind, name, loaded in map(json.loads, run.stdout.splitlines())}


@pytest.fixture
def plugins(tmp_path, monkeypatch):
    """Return a package folder for a test: write `kind/name.py` into it, then ask the registry."""
    (tmp_path / "models").mkdir()
    monkeypatch.setattr(registry, "_PACKAGE", tmp_path)
    registry._modules.cache_clear()
    yield tmp_path / "models"
    registry._modules.cache_clear()


@pytest.mark.parametrize("kind", registry.KINDS)
def test_every_file_that_is_not_private_is_listed(kind):
    modules = (path for path in folder(kind).iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file())
    files = {path.stem for path in modules if path.name[0] not in "_."}
    listed = {registry.get(kind, name).__name__.rpartition(".")[2] for name in registry.names(kind)}
    assert listed == files


def test_names_are_those_of_configs_and_tables_in_order():
    assert registry.names("models") == sorted(registry.names("models"))
    assert {"copy-source", "lead", "random", "replay", "textrank", "transliterate"} <= set(registry.names("models"))
    assert {"gist", "headline", "summarise", "translate"} <= set(registry.names("tasks"))
    assert {"bleu", "chrf++", "rouge1", "rouge2", "rougeL"} <= set(registry.names("metrics"))
    assert "handwritten" in registry.names("datasets")


def test_listing_names_and_summaries_imports_no_plugin():
    kinds = [*registry.KINDS]
    loaded = modules_after(
        f"from harness.core import registry\nfor kind in {kinds}: registry.names(kind), registry.summaries(kind)"
    )
    assert "harness.core.registry" in loaded
    assert [
        name for name in loaded if name.startswith(tuple(f"harness.{registry.package(kind)}" for kind in kinds))
    ] == []


@pytest.mark.parametrize(("kind", "name"), ONE_EACH, ids=map("-".join, ONE_EACH))
def test_get_imports_the_one_module_and_no_sibling(kind, name):
    loaded = modules_after_each_get()[kind, name]
    own = registry.get(kind, name).__name__
    siblings = {f"harness.{registry.package(kind)}.{path.stem}" for path in folder(kind).glob("[!_]*")}
    assert siblings & loaded == {own}


@pytest.mark.parametrize(("kind", "name"), ONE_EACH, ids=map("-".join, ONE_EACH))
def test_get_imports_no_library_that_takes_long(kind, name):
    assert {"torch", "transformers", "datasets", "ctranslate2", "ray"} & modules_after_each_get()[kind, name] == set()


@pytest.mark.parametrize(("kind", "name"), EVERY_NAME, ids=map("-".join, EVERY_NAME))
def test_every_name_has_a_one_line_summary_of_its_own_module(kind, name):
    summary = registry.summaries(kind)[name]
    assert len(summary.split()) >= 3
    assert "\n" not in summary
    module = registry.get(kind, name)
    if not isinstance(getattr(module, "PROVIDES", None), dict):
        assert summary.split()[0] == (module.__doc__ or "").split()[0]


class TestPluginFiles:
    def test_a_file_is_its_name_with_dashes(self, plugins):
        (plugins / "copy_source.py").write_text('"""X."""\n', encoding="utf-8")
        assert registry.names("models") == ["copy-source"]

    def test_a_file_with_several_names_does_not_provide_its_own(self, plugins):
        (plugins / "rouge.py").write_text('"""X."""\nPROVIDES = ("rouge1", "rougeL")\n', encoding="utf-8")
        assert registry.names("models") == ["rouge1", "rougeL"]
        assert registry.summaries("models") == {"rouge1": "X.", "rougeL": "X."}

    def test_a_name_can_have_a_line_of_its_own(self, plugins):
        content = '"""X."""\nPROVIDES = {"rouge1": "By words.", "rougeL": None}\n'
        (plugins / "rouge.py").write_text(content, encoding="utf-8")
        assert registry.names("models") == ["rouge1", "rougeL"]
        assert registry.summaries("models") == {"rouge1": "By words.", "rougeL": "X."}

    def test_an_annotated_list_of_names_counts_too(self, plugins):
        (plugins / "rouge.py").write_text('"""X."""\nPROVIDES: tuple[str, ...] = ("rouge1",)\n', encoding="utf-8")
        assert registry.names("models") == ["rouge1"]

    def test_private_files_are_not_plugins(self, plugins):
        for name in ("__init__", "_rules", "lead"):
            (plugins / f"{name}.py").write_text('"""X."""\n', encoding="utf-8")
        for name in ("_seq2seq", "__pycache__"):
            (plugins / name).mkdir()
            (plugins / name / "__init__.py").write_text('"""X."""\n', encoding="utf-8")
        assert registry.names("models") == ["lead"]

    def test_a_package_is_a_plugin_as_a_module_is(self, plugins):
        (plugins / "indictrans2").mkdir()
        (plugins / "indictrans2" / "__init__.py").write_text('"""Sentences."""\n', encoding="utf-8")
        (plugins / "indictrans2" / "network.py").write_text('"""Part of it."""\n', encoding="utf-8")
        (plugins / "no_package").mkdir()
        assert registry.summaries("models") == {"indictrans2": "Sentences."}

    def test_a_file_that_cannot_be_imported_can_be_listed(self, plugins):
        (plugins / "broken.py").write_text('"""Does not import."""\nimport no_such_module\n', encoding="utf-8")
        assert registry.summaries("models") == {"broken": "Does not import."}


BRIEF = '''
"""A brief.
Two lines.

More.
"""
from harness.core.records import HINDI
from harness.tasks import Task

TASK = Task(
    name="brief", kind="summarisation", source=HINDI, targets=(HINDI,), units=("article",), parts=("title", "body"),
    reference_kind="headlines", reference_unit="article", metrics=("rougeL",), primary="rougeL",
)
'''


def forget():
    """Let the registry read the entry points again, and warn again."""
    for cached in (registry._foreign, registry.warn, installed):
        cached.cache_clear()


class TestOtherPackages:
    """Packages that are installed beside the harness and add plugins by entry points."""

    @pytest.fixture
    def install(self, tmp_path, monkeypatch):
        """Install version 1.2 of a package with one entry point; the module `third_brief` has a task."""
        site = tmp_path / "site"
        site.mkdir()
        (site / "third_brief.py").write_text(BRIEF, encoding="utf-8")
        monkeypatch.syspath_prepend(site)
        before = {*sys.modules}
        forget()

        def install(package: str, *, name: str = "brief", module: str = "third_brief") -> None:
            about = site / f"{package}-1.2.dist-info"
            about.mkdir()
            (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n", encoding="utf-8")
            (about / "entry_points.txt").write_text(f"[harness.tasks]\n{name} = {module}\n", encoding="utf-8")

        yield install
        forget()
        for name in {*sys.modules} - before:
            if name.startswith("third_"):
                del sys.modules[name]

    def test_an_entry_point_adds_a_name(self, install):
        install("third")
        assert "brief" in registry.names("tasks")
        assert Listed("brief", "third 1.2", "A brief. Two lines.") in registry.listing("tasks")
        assert "third_brief" not in sys.modules
        assert registry.get("tasks", "brief").TASK.name == "brief"
        assert registry.packages() == {"third": "1.2"}

    def test_only_the_kind_that_its_group_names_gets_it(self, install):
        install("third")
        assert [kind for kind in registry.KINDS if "brief" in registry.names(kind)] == ["tasks"]

    def test_names_of_the_harness_are_found_without_reading_entry_points(self, install, monkeypatch):
        install("third")
        monkeypatch.setattr("harness.core.plugins.entry_points", lambda: pytest.fail("entry points were read"))
        assert registry.is_known("metrics", "bleu")
        assert registry.get("tasks", "translate").TASK.name == "translate"
        assert registry.origin("models", "mt5") is None
        assert not datasets.is_public("../references/india-japan")
        assert datasets.is_public("flores-plus-hin-eng")

    def test_a_package_whose_files_are_missing_is_one_warning_and_is_not_listed(self, install, caplog):
        install("third", module="third_gone.brief")
        names = [listed.name for listed in registry.listing("tasks")]
        assert registry.summaries("tasks").keys() == set(names) == set(registry._modules("tasks"))
        assert caplog.messages == [
            "task 'brief' of third 1.2 is ignored: third_gone.brief is not installed; install the package again"
        ]

    @pytest.mark.parametrize(
        ("content", "found"),
        [("", "nothing"), ("TASK = 1", "TASK of type int"), (BRIEF.replace("brief", "other"), "TASK of type Task")],
        ids=["no task", "another type", "a task of another name"],
    )
    def test_a_module_that_breaks_the_contract_of_its_kind_is_an_error_with_its_package(
        self, install, tmp_path, content, found
    ):
        (tmp_path / "site" / "third_brief.py").write_text(content, encoding="utf-8")
        install("third")
        with pytest.raises(InputError) as error:
            tasks.get("brief")
        assert str(error.value) == (
            "task 'brief' of third 1.2 breaks its contract: expected TASK, a harness.tasks.Task with the name of the "
            f"entry point, found {found}; tell its authors"
        )

    def test_a_task_of_a_known_kind_runs_with_the_families_that_do_the_kind(self, install, tmp_path, run_cli):
        install("third")
        config = tmp_path / "config.yaml"
        config.write_text(
            f"datasets: [{DATASET}]\ntasks: [brief]\nstatistics: {{resamples: 100}}\nsystems:\n"
            "  - {name: lead, family: lead}\n"
            f"  - {{name: mt5, family: mt5, checkpoint: {TESTS / 'models' / 'tiny-mt5'}}}\n",
            encoding="utf-8",
        )
        answer = run_cli("run", config, "--results", tmp_path / "results", "--format", "json")
        assert answer.code == 0, answer.err
        (table,) = json.loads(answer.out)["tasks"]
        assert table["task"] == "brief"
        assert {"lead", "mt5"} <= {system["name"] for system in table["systems"] if system["metrics"]}

    def test_a_name_of_the_harness_cannot_be_replaced(self, install, caplog):
        install("third", name="translate")
        assert registry.get("tasks", "translate").__name__ == "harness.tasks.translate"
        assert registry.summaries("tasks")["translate"].startswith("Hindi to English")
        (message,) = caplog.messages
        assert message.startswith("task 'translate' of third 1.2 is ignored: the harness has its own")

    @pytest.mark.parametrize(
        ("packages", "module", "message"),
        [
            (
                ["fourth", "third"],
                "third_brief",
                "task 'brief' is in fourth 1.2 and in third 1.2; uninstall one of them",
            ),
            (
                ["third"],
                "no_such_module",
                "task 'brief' of third 1.2 cannot be imported (No module named 'no_such_module'); "
                "is the package complete?",
            ),
            (
                ["third"],
                "third_brief:TASK",
                "task 'brief' of third 1.2: expected the name of a module, found 'third_brief:TASK'; tell its authors",
            ),
        ],
        ids=["two packages with one name", "no such module", "an object that is no module"],
    )
    def test_an_entry_point_that_cannot_be_used_is_named_with_its_package(self, install, packages, module, message):
        for package in packages:
            install(package, module=module)
        with pytest.raises(InputError) as error:
            registry.get("tasks", "brief")
        assert str(error.value) == message


class TestUnknownNames:
    @pytest.mark.parametrize(
        ("kind", "name", "message"),
        [
            ("models", "textrnk", "unknown model family 'textrnk'; did you mean 'textrank'? {listed}"),
            ("models", "copy_source", "unknown model family 'copy_source'; did you mean 'copy-source'? {listed}"),
            ("metrics", "rougel", "unknown metric 'rougel'; did you mean 'rougeL'? {listed}"),
            ("metrics", "CHRF++", "unknown metric 'CHRF++'; did you mean 'chrf++'? {listed}"),
            ("tasks", "summarize", "unknown task 'summarize'; did you mean 'summarise'? {all}"),
            ("datasets", "hand-written", "unknown dataset format 'hand-written'; did you mean 'handwritten'? {all}"),
            ("metrics", "qqqq", "unknown metric 'qqqq' {all}"),
            ("models", "qqqq", "unknown model family 'qqqq' {all}"),
            ("models", "", "unknown model family '' {all}"),
            ("models", "__init__", "unknown model family '__init__' {all}"),
            ("datasets", "_rules", "unknown dataset format '_rules' {all}"),
            ("models", "../errors", "unknown model family '../errors' {all}"),
        ],
        ids=str,
    )
    def test_the_answer_is_the_nearest_name_if_one_is_near_and_else_all_names_or_both_if_they_are_few(
        self, kind, name, message
    ):
        known = registry.names(kind)
        with pytest.raises(InputError) as error:
            registry.get(kind, name)
        assert str(error.value) == message.format(
            all=f"(known: {', '.join(known)})", listed=f"(`harness list {kind}` lists all {len(known)})"
        )

    def test_a_public_set_is_listed_with_the_datasets(self, monkeypatch):
        monkeypatch.setattr(registry, "_MOST", 3)
        with pytest.raises(InputError, match=r"did you mean 'in22-gen'\? \(`harness list datasets` lists all \d+\)$"):
            registry.public_set("in22-genn")

    def test_names_that_no_command_lists_are_left_out_if_they_are_many_and_one_is_near(self):
        columns = [f"column-{number}" for number in range(40)]
        assert registry.unknown("column", "colunm-7", columns) == "unknown column 'colunm-7'; did you mean 'column-7'?"

    @pytest.mark.parametrize(
        ("name", "known", "expected"),
        [
            ("sentence", ["sentences", "seed"], "sentences"),
            ("SENTENCES", ["sentences", "seed"], "sentences"),
            ("x", ["sentences", "seed"], None),
            ("seed", [], None),
        ],
    )
    def test_a_near_name_differs_by_a_typing_error(self, name, known, expected):
        assert registry.nearest(name, known) == expected

    @pytest.mark.parametrize("name", ["numbers", "Number", "other_numbers", "dates"])
    def test_numbers_are_called_quantities(self, name):
        assert registry.nearest(name, ["names", "numbered", "quantities"]) == "quantities"
        assert registry.nearest(name, ["rows"]) is None
