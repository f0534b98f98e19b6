"""Which package may import which. ORDER is the whole rule; everything below it only checks.

A file imports packages to the left of its own, and its own package: there a plugin imports the contract (`__init__`)
and private modules (`_name`), never another plugin; files that are no plugins import each other without a circle. What
is private to a package stays in it. A new file in a package needs no entry here; a new package does, and that is the
moment to think about where it belongs.
"""

import ast
import importlib
import json
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import harness
from harness.core import registry

PACKAGE = Path(harness.__file__).parent

ORDER = (
    "core < tasks, datasets, metrics, engines < models, scoring < config, reporting < runs < gate < api, cli < __main__"
)

# A package offers more than one thing for its own files: these import nothing of the harness but each other.
ALONE = [
    "core.errors", "core.records", "core.scores", "core.sqlite", "core.text", "core.text._scripts",
    "scoring._sums", "scoring.significance",
]  # fmt: skip

# Imported inside the function that needs them, so that a laptop without them can score, compare and report.
HEAVY = {"torch", "transformers", "datasets", "ctranslate2", "ray", "altair", "vl_convert"}

# These define classes of those libraries. Nothing imports them: an engine does, by a name that it is given.
MADE_OF_HEAVY = {"models.indictrans2.network", "engines._beam_stop"}

PUBLIC = ["HarnessError", "Results", "load_run", "merge", "run", "run_shard", "score"]

LAYER = {name: layer for layer, names in enumerate(ORDER.split(" < ")) for name in names.split(", ")}


def modules(package: Path = PACKAGE) -> dict[str, Path]:
    """Return every module of the package by its name below `harness`: "cli", "models", "models.lead", ..."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)] = path
    return found


MODULES = modules()


def imports(path: Path, known: dict[str, Path] = MODULES, *, top_level_only: bool = False) -> set[str]:
    """Return the modules that a file imports, absolute names; those of the package as precise as they can be known."""
    nodes = _at_import(path) if top_level_only else _nodes(path)
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} line {node.lineno}: relative import; write harness.<module>"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner.removeprefix("harness.") in known else str(node.module))
    return found


@cache
def _nodes(path: Path) -> list[ast.AST]:
    """Return what a file contains that imports, at any depth."""
    return [node for node in ast.walk(_parsed(path)) if isinstance(node, ast.Import | ast.ImportFrom)]


@cache
def _at_import(path: Path) -> list[ast.AST]:
    """Return the nodes that run when a file is imported."""
    return _outside_functions(_parsed(path))


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _outside_functions(tree: ast.AST) -> list[ast.AST]:
    """Return what runs when the module is imported: not the bodies of functions, not `if TYPE_CHECKING`."""
    found: list[ast.AST] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        found += [node, *_outside_functions(node)]
    return found


def own(path: Path, known: dict[str, Path] = MODULES) -> set[str]:
    """Return the names below `harness` that a file imports."""
    found = {name for name in imports(path, known) if name == "harness" or name.startswith("harness.")}
    return {name.partition(".")[2] or "__init__" for name in found}


def plugin(module: str) -> str:
    """Return the plugin that a module is, or is a part of; empty if it is none."""
    for package in map(registry.package, registry.KINDS):
        name = module.removeprefix(f"{package}.").partition(".")[0]
        if module.startswith(f"{package}.") and not name.startswith("_"):
            return f"{package}.{name}"
    return ""


def allowed(importer: str, imported: str) -> bool:
    package = importer.partition(".")[0]
    other, _, part = imported.partition(".")
    if package == "__init__":
        return True  # it names what the package offers, and imports each when it is first used
    if package != other:
        return LAYER.get(other, 99) < LAYER[package] and not any(word.startswith("_") for word in part.split("."))
    if plugin(importer) and plugin(imported):
        return plugin(importer) == plugin(imported)
    return True


def breaches(known: dict[str, Path]) -> list[str]:
    return [
        f"{importer} imports {imported}"
        for importer, path in known.items()
        for imported in sorted(own(path, known) - {"__init__"})
        if not allowed(importer, imported)
    ]


def loaded_after(code: str) -> set[str]:
    """Return the modules that a fresh interpreter has loaded after running `code`."""
    # On the last line of stderr, because the code itself may print a help text, or warnings.
    report = "sys.stderr.write(chr(10) + json.dumps([*sys.modules]))"
    script = f"import json, sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\n{report}"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(run.stderr.rpartition("\n")[2]))


class TestLayers:
    def test_every_package_has_a_place(self):
        assert {name.partition(".")[0] for name in MODULES} - {"__init__"} == set(LAYER)

    def test_every_import_goes_down(self):
        assert breaches(MODULES) == []

    def test_no_files_import_each_other_in_a_circle(self):
        top = {name: {*own(path)} - {"__init__", name} for name, path in MODULES.items() if name != "__init__"}
        # A package's contract is loaded before anything in it, so its own files are not held against it.
        contracts = {name for name in MODULES if MODULES[name].name == "__init__.py"}
        graph = {
            name: {other for other in found if not (other in contracts and name.startswith(f"{other}."))}
            for name, found in top.items()
        }
        assert len([*TopologicalSorter(graph).static_order()]) >= len(graph)

    @pytest.mark.parametrize("name", ALONE)
    def test_what_stands_alone_imports_only_what_stands_alone_too(self, name):
        assert own(MODULES[name]) <= {*ALONE}

    @pytest.mark.parametrize(
        ("importer", "imported", "fine"),
        [
            ("models.lead", "core.records", True),
            ("models.lead", "models", True),
            ("models.lead", "models._shared", True),
            ("models.lead", "models.random", False),
            ("models.lead", "tasks", True),
            ("models.lead", "scoring", False),
            ("models.indictrans2", "models.indictrans2.network", True),
            ("models.indictrans2.network", "models.mt5", False),
            ("models.lead", "datasets._rules", False),
            ("metrics.bleu", "tasks", False),
            ("scoring.diagnostics.cut", "scoring.diagnostics", True),
            ("scoring.diagnostics.cut", "scoring.diagnostics._earlier", True),
            ("scoring.diagnostics.cut", "scoring.diagnostics.empty", False),
            ("scoring.systems", "scoring.diagnostics.empty", True),
            ("scoring", "runs", False),
            ("scoring.comparison", "scoring.systems", True),
            ("runs.store", "config.plan", True),
            ("config.plan", "runs", False),
            ("cli.run", "runs.pipeline", True),
            ("runs.pipeline", "cli", False),
            ("api.calls", "runs.pipeline", True),
            ("api.calls", "cli", False),
            ("cli.run", "api", False),
        ],
    )
    def test_the_rule_says_yes_and_no_where_it_should(self, importer, imported, fine):
        assert allowed(importer, imported) == fine

    def test_a_breach_in_a_file_is_found_wherever_it_is_written(self, tmp_path):
        (tmp_path / "models").mkdir()
        (tmp_path / "config").mkdir()
        (tmp_path / "models" / "__init__.py").write_text("from harness import config\n", encoding="utf-8")
        (tmp_path / "models" / "lead.py").write_text(
            "import harness.models.random\ndef load():\n    from harness.models import random\n", encoding="utf-8"
        )
        (tmp_path / "models" / "random.py").write_text("from harness import models\n", encoding="utf-8")
        (tmp_path / "config" / "__init__.py").write_text("from harness.models import Family\n", encoding="utf-8")
        assert breaches(modules(tmp_path)) == ["models imports config", "models.lead imports models.random"]

    def test_no_file_is_a_drawer_for_everything(self):
        drawers = {"utils", "util", "helpers", "helper", "misc", "common"}
        assert [name for name in MODULES if name.rpartition(".")[2].strip("_") in drawers] == []


class TestHeavyLibraries:
    @pytest.mark.parametrize("name", MODULES)
    def test_none_is_imported_when_a_module_is(self, name):
        found = {module.partition(".")[0] for module in imports(MODULES[name], top_level_only=True)}
        assert found & HEAVY == set() or name in MADE_OF_HEAVY

    @pytest.mark.parametrize("name", MODULES)
    def test_what_is_made_of_them_is_imported_by_its_like_alone(self, name):
        assert name in MADE_OF_HEAVY or own(MODULES[name]) & MADE_OF_HEAVY == set()

    def test_the_check_above_sees_into_classes_and_conditions_and_not_into_functions(self, tmp_path):
        file = tmp_path / "x.py"
        file.write_text(
            "try:\n    import torch\nexcept ImportError:\n    pass\nclass A:\n    import ray\n"
            "def load():\n    import transformers\nif TYPE_CHECKING:\n    import datasets\n",
            encoding="utf-8",
        )
        assert imports(file, top_level_only=True) == {"torch", "ray"}
        assert imports(file) == {"torch", "ray", "transformers", "datasets"}

    def test_scoring_comparing_and_reporting_run_without_them(self):
        """All modules in one interpreter: what one of them imports is seen there as well."""
        light = ("scoring", "metrics", "reporting", "config", "runs", "gate", "api", "cli")
        names = ", ".join(f"harness.{name}" for name in MODULES if name.partition(".")[0] in light)
        assert loaded_after(f"import {names}") & HEAVY == set()

    def test_metrics_that_do_not_declare_a_network_score_without_them(self):
        code = (
            "from harness import metrics; from harness.core import registry; "
            "every = [metrics.get(name, 'hin_Deva') for name in registry.names('metrics')]; "
            "[m.statistics(metrics.Examples(['क'], [['क']])) for m in every if not (m.needs_network or m.needs)]"
        )
        assert loaded_after(code) & HEAVY == set()

    def test_a_metric_with_a_network_is_chosen_described_and_its_stored_statistics_are_scored_without_them(self):
        code = (
            "import numpy, os; os.environ['HF_HUB_OFFLINE'] = '1'; from harness import metrics; "
            "chosen = metrics.choose(['comet', {'metricx': {'checkpoint': './gone'}}]); "
            "[metrics.get(name, 'eng_Latn', options).describe() for name, options in chosen.items()]; "
            "metric = metrics.get('comet', 'eng_Latn', stored='nrefs:1|comet|version:1'); "
            "metric.signature(2), metric.current(metric.stored), metric.score(numpy.array([1.0, 2.0]))"
        )
        assert loaded_after(code) & HEAVY == set()

    @pytest.mark.parametrize(
        "arguments",
        [["--help"], ["score", "--help"], ["run", "--help"], ["show", "--help"], ["gate", "--help"]],
        ids=" ".join,
    )
    def test_help_loads_nothing_that_takes_long(self, arguments):
        loaded = loaded_after(f"sys.argv = ['harness', *{arguments}]; from harness.cli import main; main()")
        assert "typer" in loaded
        assert loaded & (HEAVY | {"pydantic", "sacrebleu", "numpy", "rouge_score", "ruamel.yaml"}) == set()

    def test_scoring_files_loads_nothing_that_only_configs_need(self, tmp_path):
        for name, text in (("reference", "They met in Tokyo."), ("output", "The talks were held in Tokyo.")):
            (tmp_path / f"{name}.en").write_text(f"{text}\n", encoding="utf-8")
        files = ["--reference", f"{tmp_path}/reference.en", "--hypothesis", f"{tmp_path}/output.en"]
        arguments = ["score", "--task", "translate", *files]
        loaded = loaded_after(f"sys.argv = ['harness', *{arguments}]; from harness.cli import main; main()")
        assert "sacrebleu" in loaded
        assert loaded & (HEAVY | {"pydantic", "ruamel.yaml"}) == set()

    def test_scoring_texts_from_python_loads_neither_a_config_nor_the_command_line(self):
        code = "import harness; harness.score({'a': ['They met.']}, ['They met in Tokyo.']).segments()"
        assert loaded_after(code) & (HEAVY | {"pydantic", "ruamel.yaml", "typer", "pandas", "jinja2"}) == set()


class TestPublicInterface:
    def test_it_is_these_names(self):
        assert harness.__all__ == PUBLIC

    @pytest.mark.parametrize("name", PUBLIC)
    def test_each_name_resolves_to_what_it_says(self, name):
        homes = {
            "HarnessError": "harness.core.errors",
            "Results": "harness.api.results",
            "load_run": "harness.api.calls",
            "merge": "harness.api.calls",
            "run": "harness.api.calls",
            "run_shard": "harness.api.calls",
            "score": "harness.api.calls",
        }
        assert getattr(harness, name) is getattr(importlib.import_module(homes[name]), name)
        assert getattr(harness, name).__doc__

    def test_names_outside_it_do_not_resolve(self):
        with pytest.raises(AttributeError, match="module 'harness' has no attribute 'no_such_name'"):
            _ = harness.no_such_name

    def test_importing_the_package_imports_none_of_its_modules(self):
        assert [name for name in loaded_after("import harness") if name.startswith("harness.")] == []
