"""From a name in a config to the module that implements it.

A plugin is one module or one package in its kind's package, and its file name is its name (`copy_source.py` is
`copy-source`); names that begin with an underscore are not plugins. A file
that serves several names says so in a literal `PROVIDES = ("rouge1", ...)` at top level, or in one from names to a line
on each, which is read from the source text: listing names imports nothing, and `get` imports just the one module.
"""

from __future__ import annotations

import ast
import difflib
import importlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType

import harness
from harness.core.errors import InputError

_PACKAGE = Path(harness.__file__).parent

KINDS = {
    "datasets": "dataset format",
    "diagnostics": "diagnostic",
    "engines": "engine",
    "metrics": "metric",
    "models": "model family",
    "tasks": "task",
}
# The package of a kind, if its name is not the kind's.
_PACKAGES = {"diagnostics": "scoring.diagnostics"}


def package(kind: str) -> str:
    """Return the name, below `harness`, of the package that contains a kind's plugins."""
    return _PACKAGES.get(kind, kind)


def names(kind: str) -> list[str]:
    """Return the sorted names of a kind (a key of `KINDS`) without importing any of them."""
    return sorted(_modules(kind))


def get(kind: str, name: str) -> ModuleType:
    """Import and return the module that provides `name`.

    Raises:
        InputError: the name is unknown; the message has the nearest match and the whole list.
    """
    modules = _modules(kind)
    if name not in modules:
        raise InputError(unknown(KINDS[kind], name, modules))
    return importlib.import_module(modules[name])


def summaries(kind: str) -> dict[str, str]:
    """Return a line on each name: its own in `PROVIDES`, or else its module's first sentence; none is imported."""
    found = {}
    for name, module in sorted(_modules(kind).items()):
        path = _file(module)
        own = (_provides(path) or {}).get(name)
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        found[name] = own or " ".join(docstring.partition("\n\n")[0].split())
    return found


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Return the sentence for an unknown name: what it is, the nearest known one, and all known ones."""
    known = sorted(known)
    near = nearest(name, known)
    hint = f"; did you mean {near!r}?" if near else ""
    return f"unknown {what} {name!r}{hint} (known: {', '.join(known)})"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name closest to `name`, or None when none is close."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    matches = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[matches[0]] if matches else None


@cache
def _modules(kind: str) -> dict[str, str]:
    found = {}
    for path in sorted(_PACKAGE.joinpath(*package(kind).split(".")).iterdir()):
        if path.name.startswith((".", "_")) or not (path.suffix == ".py" or (path / "__init__.py").is_file()):
            continue
        module = f"harness.{package(kind)}.{path.stem}"
        provided = _provides(_file(module))
        for name in (path.stem.replace("_", "-"),) if provided is None else provided:
            found[name] = module
    return found


def _file(module: str) -> Path:
    """Return the file of a plugin's module: a plugin is a module or a package."""
    path = _PACKAGE.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _provides(path: Path) -> dict[str, str | None] | None:
    """Return the names that a file provides, with a line on each where it has one; None where it has no `PROVIDES`."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if [ast.unparse(target) for target in targets] == ["PROVIDES"]:
            found = ast.literal_eval(node.value)
            return dict(found) if isinstance(found, dict) else dict.fromkeys(found)
    return None
