"""Who may import whom. LAYERS is the whole rule; everything below it only checks.

A file imports strictly lower layers, its own package's contract (`__init__`), or a private module (`_name`) of its own
package. It never imports a sibling plugin. A new file in one of the packages needs no entry here; a new file at the top
of the package needs one, and that is the moment to think about where it belongs.
"""

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import harness

PACKAGE = Path(harness.__file__).parent

LAYERS = {
    0: [
        *("errors", "records", "text", "sentences", "clauses", "jsonio", "registry", "thresholds"),
        *("machine", "interrupts"),
    ],
    1: [
        *("config", "provenance", "ingest", "checkpoints", "hub", "hardware", "kept", "database"),
        *("isolation", "scored", "explaining", "rows"),
    ],
    2: ["datasets", "metrics", "engines", "indictrans2", "generations"],
    3: ["models", "tasks", "computing"],
    4: ["plan", "store"],
    5: [
        *("runner", "executors", "progress", "textfiles", "textstreams", "filechecks", "health", "describing"),
        *("baseline", "scoring", "breakdown", "significance", "assessing", "comparing"),
    ],
    6: ["reporting", "gate", "checks", "manifests", "trials"],
    7: ["benchmark", "gating", "printing", "options", "exits"],
    8: ["cli", "__init__"],
}

# Imports within a layer that are allowed all the same: importer -> imported.
EXCEPTIONS = {
    "jsonio": {"errors"},
    "registry": {"errors"},
    "sentences": {"text"},
    "clauses": {"sentences"},
    "indictrans2.*": {
        "indictrans2.languages",
        "indictrans2.placeholders",
        "indictrans2.arabic",
        "indictrans2.normalisation",
        "indictrans2.scripts",
        "indictrans2.tokenisation",
        "indictrans2.beam_search",
    },
    "breakdown": {"scoring"},
    "assessing": {"scoring", "breakdown", "significance"},
    "comparing": {"scoring", "assessing"},
    "hub": {"checkpoints"},
    "describing": {"health"},
    "textfiles": {"scoring", "assessing", "filechecks", "textstreams"},
    "textstreams": {"filechecks"},
    "gate": {"checks"},
    "reporting.*": {"reporting.table", "reporting.numbers"},
    "reporting.junit": {"reporting.gate"},
}

# These stay usable without the rest: they import nothing of the package at all.
ALONE = ["errors", "records", "text", "significance", "kept"]

# Imported inside the function that needs them, so that a laptop without them can score, compare and report.
HEAVY = {"torch", "transformers", "datasets", "ctranslate2", "ray"}

# These define classes of those libraries. Nothing imports them: an engine does, by a name that it is given.
MADE_OF_HEAVY = {"indictrans2.model", "indictrans2.beam_search"}

PUBLIC = ["HarnessError", "load_plan", "run", "score_files"]

LAYER = {name: layer for layer, names in LAYERS.items() for name in names}


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
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = _outside_functions(tree) if top_level_only else list(ast.walk(tree))
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


def allowed(importer: str, imported: str) -> bool:
    package, _, plugin = importer.partition(".")
    other, _, part = imported.partition(".")
    if imported in EXCEPTIONS.get(importer, set()) | EXCEPTIONS.get(f"{package}.*", set()):
        return True
    if package == other:
        return part.startswith("_") or (not part and bool(plugin))
    return LAYER[other] < LAYER[package] and not part.startswith("_")


def breaches(known: dict[str, Path]) -> list[str]:
    return [
        f"{importer} (layer {LAYER[importer.partition('.')[0]]}) imports {imported}"
        for importer, path in known.items()
        for imported in sorted(own(path, known))
        if not allowed(importer, imported)
    ]


def loaded_after(code: str) -> set[str]:
    """Return the modules that a fresh interpreter has loaded after running `code`."""
    # On stderr, because stdout is for what the code itself prints, such as a help text.
    report = "sys.stderr.write(json.dumps([*sys.modules]))"
    script = f"import json, sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\n{report}"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(run.stderr))


class TestLayers:
    def test_every_module_has_a_layer(self):
        assert sorted({name.partition(".")[0] for name in MODULES} - set(LAYER)) == []

    def test_no_module_has_two_layers(self):
        assert sum(len(names) for names in LAYERS.values()) == len(LAYER)

    def test_every_import_goes_down(self):
        assert breaches(MODULES) == []

    def test_every_exception_is_still_in_use(self):
        for importer, excepted in EXCEPTIONS.items():
            package = importer.removesuffix(".*")
            files = [name for name in MODULES if name == package or name.startswith(f"{package}.")]
            assert excepted <= set().union(*(own(MODULES[name]) for name in files)), importer

    @pytest.mark.parametrize("name", ALONE)
    def test_what_stands_alone_imports_nothing_of_the_package(self, name):
        assert own(MODULES[name]) == set()

    @pytest.mark.parametrize(
        ("importer", "imported", "fine"),
        [
            ("models.lead", "records", True),
            ("models.lead", "models", True),
            ("models.lead", "models._shared", True),
            ("models.lead", "models.random", False),
            ("models.lead", "tasks", False),
            ("models.lead", "datasets._handwritten_rules", False),
            ("records", "errors", False),
            ("jsonio", "errors", True),
            ("jsonio", "registry", False),
            ("scoring", "runner", False),
            ("comparing", "scoring", True),
            ("reporting.latex", "reporting.table", True),
            ("reporting.latex", "reporting.markdown", False),
            ("store", "plan", False),
            ("cli", "benchmark", True),
            ("benchmark", "cli", False),
            ("plan", "__init__", False),
        ],
    )
    def test_the_rule_says_yes_and_no_where_it_should(self, importer, imported, fine):
        assert allowed(importer, imported) == fine

    def test_a_breach_in_a_file_is_found_wherever_it_is_written(self, tmp_path):
        (tmp_path / "models").mkdir()
        (tmp_path / "models" / "__init__.py").write_text("from harness import plan\n", encoding="utf-8")
        (tmp_path / "models" / "lead.py").write_text(
            "import harness.models.random\ndef load():\n    from harness.models import random\n", encoding="utf-8"
        )
        (tmp_path / "models" / "random.py").write_text("from harness import models, records\n", encoding="utf-8")
        (tmp_path / "plan.py").write_text("from harness.models import Family\n", encoding="utf-8")
        (tmp_path / "records.py").write_text("import json\n", encoding="utf-8")
        assert breaches(modules(tmp_path)) == [
            "models (layer 3) imports plan",
            "models.lead (layer 3) imports models.random",
        ]

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

    @pytest.mark.parametrize(
        "name",
        [
            "scoring",
            "computing",
            "comparing",
            "significance",
            "textfiles",
            "store",
            "plan",
            "runner",
            "benchmark",
            "gating",
            "baseline",
            "health",
            "cli",
        ]
        + [name for name in MODULES if name.partition(".")[0] in ("reporting", "metrics", "gate")],
    )
    def test_scoring_comparing_and_reporting_run_without_them(self, name):
        assert loaded_after(f"import harness.{name}") & HEAVY == set()

    @pytest.mark.parametrize(
        "arguments", [["--help"], ["score", "--help"], ["run", "--help"], ["gate", "--help"]], ids=" ".join
    )
    def test_help_loads_nothing_that_takes_long(self, arguments):
        loaded = loaded_after(f"sys.argv = ['harness', *{arguments}]; from harness.cli import main; main()")
        assert "typer" in loaded
        assert loaded & (HEAVY | {"pydantic", "sacrebleu", "numpy", "rouge_score", "ruamel.yaml"}) == set()


class TestPublicInterface:
    def test_it_is_these_names(self):
        assert harness.__all__ == PUBLIC

    @pytest.mark.parametrize("name", PUBLIC)
    def test_each_name_resolves_to_what_it_says(self, name):
        homes = {
            "HarnessError": ("harness.errors", "HarnessError"),
            "load_plan": ("harness.plan", "load"),
            "run": ("harness.benchmark", "run"),
            "score_files": ("harness.textfiles", "score"),
        }
        module, attribute = homes[name]
        assert getattr(harness, name) is getattr(importlib.import_module(module), attribute)
        assert getattr(harness, name).__doc__

    def test_names_outside_it_do_not_resolve(self):
        with pytest.raises(AttributeError, match="module 'harness' has no attribute 'no_such_name'"):
            _ = harness.no_such_name

    def test_importing_the_package_imports_none_of_its_modules(self):
        assert [name for name in loaded_after("import harness") if name.startswith("harness.")] == []
