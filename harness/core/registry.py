"""Find the module that implements a name in a config.

A plugin is one module or one package in the package of its kind, and its file name is its name (`copy_source.py` is
`copy-source`). Names that begin with an underscore are not plugins. A file that provides several names lists them in a
literal `PROVIDES = ("rouge1", ...)` at top level, or in a literal mapping from each name to its summary. The registry
reads it from the source text: `names` imports nothing, and `get` imports one module.

Another installed package adds plugins by entry points in the group `harness.<kind>`, such as
`[project.entry-points."harness.tasks"] brief = "their_package.brief"`. The value names a module that provides what the
contract of the kind asks for (for a task, `TASK`). Their metadata is read without importing them. If an entry point has
the name of a plugin of the harness, the harness's own plugin wins and a warning says so: another package must not
change a score that the harness computes. If two entry points have the same name, using that name is an error.
"""

from __future__ import annotations

import ast
import difflib
import importlib
import logging
from collections.abc import Iterable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

import harness
from harness.core.errors import InputError

_PACKAGE = Path(harness.__file__).parent
_LOG = logging.getLogger(__name__)

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
    return sorted({**_modules(kind), **_foreign(kind)})


def get(kind: str, name: str) -> ModuleType:
    """Import and return the module that provides `name`.

    Raises:
        InputError: the name is unknown, or its entry point cannot be used. For an unknown name, the message contains
            the nearest match and all names.
    """
    modules = _modules(kind)
    if name in modules:
        return importlib.import_module(modules[name])
    foreign = _foreign(kind)
    if name not in foreign:
        raise InputError(unknown(KINDS[kind], name, names(kind)))
    return _load(kind, foreign[name])


def summaries(kind: str) -> dict[str, str]:
    """Return one line on each name, without importing any of them.

    The line is the name's own in `PROVIDES`, or else the first paragraph of the module's docstring. For an entry point,
    it is the package that provides it.
    """
    lines = {}
    for name, module in _modules(kind).items():
        path = _file(module)
        own = (_provides(path) or {}).get(name)
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        lines[name] = own or " ".join(docstring.partition("\n\n")[0].split())
    for name, points in _foreign(kind).items():
        lines[name] = f"Provided by {' and by '.join(map(_origin, points))}."
    return dict(sorted(lines.items()))


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Return the sentence for an unknown name: what it is, the nearest known one, and all known ones."""
    known = sorted(known)
    near = nearest(name, known)
    hint = f"; did you mean {near!r}?" if near else ""
    return f"unknown {what} {name!r}{hint} (known: {', '.join(known)})"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name closest to `name`, or None if none is close."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    matches = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[matches[0]] if matches else None


def packages() -> dict[str, str]:
    """Return the versions of the other packages that add plugins, by name: they can change an output or a score."""
    points = [point for kind in KINDS for named in _foreign(kind).values() for point in named]
    return {point.dist.name: point.dist.version for point in points if point.dist}


@cache
def _modules(kind: str) -> dict[str, str]:
    """Return the module of each name that the harness itself provides."""
    modules = {}
    for path in sorted(_PACKAGE.joinpath(*package(kind).split(".")).iterdir()):
        if path.name.startswith((".", "_")) or not (path.suffix == ".py" or (path / "__init__.py").is_file()):
            continue
        module = f"harness.{package(kind)}.{path.stem}"
        provided = _provides(_file(module))
        for name in (path.stem.replace("_", "-"),) if provided is None else provided:
            modules[name] = module
    return modules


@cache
def _foreign(kind: str) -> dict[str, tuple[EntryPoint, ...]]:
    """Return the entry points of other packages by name, without those whose name the harness itself provides."""
    points: dict[str, tuple[EntryPoint, ...]] = {}
    for point in entry_points(group=f"harness.{kind}"):
        if point.name in _modules(kind):
            _LOG.warning(
                "%s %r of %s is ignored: the harness has its own; ask its authors for another name",
                KINDS[kind], point.name, _origin(point),
            )  # fmt: skip
        else:
            points[point.name] = (*points.get(point.name, ()), point)
    return {name: tuple(sorted(named, key=_origin)) for name, named in points.items()}


def _load(kind: str, points: tuple[EntryPoint, ...]) -> ModuleType:
    """Import and return the module of an entry point.

    Raises:
        InputError: two packages have the name, or the entry point does not lead to a module.
    """
    point = points[0]
    what = f"{KINDS[kind]} {point.name!r}"
    if len(points) > 1:
        raise InputError(f"{what} is in {' and in '.join(map(_origin, points))}; uninstall one of them")
    try:
        module = point.load()
    except (ImportError, AttributeError) as error:
        raise InputError(f"{what} of {_origin(point)} cannot be imported ({error}); is the package complete?") from None
    if not isinstance(module, ModuleType):
        raise InputError(
            f"{what} of {_origin(point)}: expected the name of a module, found {point.value!r}; tell its authors"
        )
    return module


def _origin(point: EntryPoint) -> str:
    """Return the package of an entry point, with its version."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def _file(module: str) -> Path:
    """Return the file of a plugin: a module, or the `__init__.py` of a package."""
    path = _PACKAGE.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _provides(path: Path) -> dict[str, str | None] | None:
    """Return the names that a file lists in `PROVIDES`, each with its summary or None; None without `PROVIDES`."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if [ast.unparse(target) for target in targets] == ["PROVIDES"]:
            provided = ast.literal_eval(node.value)
            return dict(provided) if isinstance(provided, dict) else dict.fromkeys(provided)
    return None
