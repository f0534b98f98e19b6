"""Find the module that implements a name in a config.

A plugin is one module or one package in the package of its kind, and its file name is its name (`copy_source.py` is
`copy-source`). Names that begin with an underscore are not plugins. A file that provides several names lists them in a
literal `PROVIDES = ("rouge1", ...)` at top level, or in a literal mapping from each name to its summary. The registry
reads it from the source text: `names` imports nothing, and `get` imports one module.

Another installed package adds plugins by entry points in the group `harness.<kind>`, such as
`[project.entry-points."harness.tasks"] brief = "their_package.brief"`. The value names a module that provides what the
contract of the kind asks for (for a task, `TASK`). In the group `harness.public` it names a package that contains the
YAML file of a public set. Entry points are read without importing what they name, and only if a name is not one of the
harness or if all names are asked for: reading them takes 4 ms or more.

A plugin that cannot be used stops nothing else. If it has the name of a plugin of the harness, the harness's own wins
and a warning says so: another package must not change a score that the harness computes. If its files are missing, a
list leaves it out and warns. Using one that cannot be imported or breaks its contract is an error with its package.
"""

from __future__ import annotations

import ast
import difflib
import importlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import harness
from harness.core import plugins
from harness.core.errors import InputError

_PACKAGE = Path(harness.__file__).parent
_LOG = logging.getLogger(__name__)

KINDS = {
    "datasets": "dataset format",
    "diagnostics": "diagnostic",
    "engines": "engine",
    "executors": "executor",
    "metrics": "metric",
    "models": "model family",
    "tasks": "task",
}
PUBLIC = plugins.PUBLIC
_NOUNS = {**KINDS, PUBLIC: "public set"}
# The package of a kind, if its name is not the kind's.
_PACKAGES = {"diagnostics": "scoring.diagnostics", "executors": "runs.executors"}

BUILT_IN = "built in"
# So many known names, at most, stand beside the nearest one in a message.
_MOST = 12


@dataclass(frozen=True, slots=True)
class Listed:
    """A name that a config can use."""

    name: str
    origin: str  # "built in", or the package that adds it, with its version
    summary: str  # one line


def package(kind: str) -> str:
    """Return the name, below `harness`, of the package that contains a kind's plugins."""
    return _PACKAGES.get(kind, kind)


def names(kind: str) -> list[str]:
    """Return the sorted names of a kind (a key of `KINDS`) without importing any of them."""
    return sorted({**_modules(kind), **_foreign(kind)})


def is_known(kind: str, name: str) -> bool:
    """Return whether a kind has a name. Entry points are read only if the harness itself does not have it."""
    return name in _modules(kind) or name in _foreign(kind)


def get(kind: str, name: str) -> ModuleType:
    """Import and return the module that provides `name`.

    Raises:
        InputError: the name is unknown, or its entry point cannot be used. For an unknown name, the message contains
            the nearest match, and all names or the command that lists them.
    """
    modules = _modules(kind)
    if name in modules:
        return importlib.import_module(modules[name])
    return plugins.load(KINDS[kind], _only(kind, name))


def contract(kind: str, name: str, attribute: str, fits: Callable[[Any], bool], expected: str) -> Any:
    """Import the module that provides `name`, and return the attribute with which it keeps the contract of its kind.

    Args:
        kind: a key of `KINDS`.
        name: in a config.
        attribute: of the module, such as "FAMILY".
        fits: whether the attribute's value keeps the contract; False may also be an exception of any kind.
        expected: the contract in words, for the message.

    Raises:
        InputError: the name is unknown, its entry point cannot be used, or the value does not fit.
    """
    value = getattr(get(kind, name), attribute, None)
    try:
        if fits(value):
            return value
    except Exception:
        _LOG.debug("the check of %s %r failed", KINDS[kind], name, exc_info=True)
    shown = "nothing" if value is None else f"{attribute} of type {type(value).__name__}"
    raise InputError(
        f"{KINDS[kind]} {name!r} of {origin(kind, name) or 'the harness'} breaks its contract: expected {expected}, "
        f"found {shown}; tell its authors"
    )


def origin(kind: str, name: str) -> str | None:
    """Return the package that adds `name`, with its version; None if the harness itself provides it or nobody does."""
    if name in _modules(kind):
        return None
    points = _foreign(kind).get(name)
    return _origins(points) if points else None


def summaries(kind: str) -> dict[str, str]:
    """Return one line on each name, without importing any of them.

    The line is the name's own in `PROVIDES`, or else the first paragraph of the module's docstring.
    """
    return {listed.name: listed.summary for listed in listing(kind)}


def listing(kind: str) -> list[Listed]:
    """Return every name with its origin and a line on it, sorted by name, without importing any of them.

    A name of another package whose files are missing is left out, with a warning.
    """
    lines = [Listed(name, BUILT_IN, _summary(name, _file(module))) for name, module in _modules(kind).items()]
    for name, points in _foreign(kind).items():
        file = plugins.file(points[0])
        if file is None:
            warn(_missing(kind, points[0]))
        else:
            summary = _summary(name, file) if file.suffix == ".py" else f"No description: {points[0].value}."
            lines.append(Listed(name, _origins(points), summary))
    return sorted(lines, key=lambda listed: listed.name)


def public_set(name: str) -> Path:
    """Return the YAML file of a public set.

    Raises:
        InputError: there is no such set, its file is missing, or two packages have the name.
    """
    if name in _modules(PUBLIC):
        return _PACKAGE / "datasets" / PUBLIC / f"{name}.yaml"
    path = plugins.file(point := _only(PUBLIC, name))
    if path is None:
        raise InputError(f"{plugins.described(_NOUNS[PUBLIC], point)}: {point.value} has no file {name}.yaml")
    return path


def unknown(what: str, name: str, known: Iterable[str], *, see: str = "") -> str:
    """Return the sentence for an unknown name: what it is, the nearest known one, and all known ones.

    If a name is near and the known ones are many, the command `see` stands in place of the known ones.
    """
    known = sorted(known)
    near = nearest(name, known)
    if near is None or len(known) <= _MOST:
        hint = f"; did you mean {near!r}?" if near else ""
        return f"unknown {what} {name!r}{hint} (known: {', '.join(known)})"
    listed = f" (`{see}` lists all {len(known)})" if see else ""
    return f"unknown {what} {name!r}; did you mean {near!r}?{listed}"


def unknown_name(kind: str, name: str) -> str:
    """Return the sentence for a name that a kind does not have."""
    listing_of = "datasets" if kind == PUBLIC else kind
    return unknown(_NOUNS[kind], name, names(kind), see=f"harness list {listing_of}")


# Names that no spelling is near, by what a reader of the tables may call them.
_CALLED = {
    "number": "quantities", "numbers": "quantities", "other-numbers": "quantities", "dates": "quantities",
}  # fmt: skip


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name closest to `name`, or None if none is close."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    if (meant := _CALLED.get(name.lower().replace("_", "-"))) in by_lower:
        return by_lower[meant]
    matches = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[matches[0]] if matches else None


def packages() -> dict[str, str]:
    """Return the versions of the other packages that add plugins, by name: they can change an output or a score."""
    return {point.dist.name: point.dist.version for point in _every() if point.dist}


def sources() -> dict[str, Path]:
    """Return the Python and YAML files of the other packages that add plugins, by package and path: they change scores.

    A package that is being written keeps its version while its files change.
    """
    return {name: path for point in _every() for name, path in plugins.sources(point).items()}


@cache
def _modules(kind: str) -> dict[str, str]:
    """Return the module of each name that the harness itself provides; for public sets, the name of the file."""
    if kind == PUBLIC:
        return {path.stem: path.name for path in _PACKAGE.joinpath("datasets", PUBLIC).glob("*.yaml")}
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
    for point in plugins.installed()[kind]:
        if point.name in _modules(kind):
            what = plugins.described(_NOUNS[kind], point)
            warn(f"{what} is ignored: the harness has its own; ask its authors for another name")
        else:
            points[point.name] = (*points.get(point.name, ()), point)
    return {name: tuple(sorted(named, key=plugins.origin)) for name, named in points.items()}


def _only(kind: str, name: str) -> EntryPoint:
    """Return the entry point of a name.

    Raises:
        InputError: no package has the name, or two have it.
    """
    points = _foreign(kind).get(name)
    if points is None:
        raise InputError(unknown_name(kind, name))
    if len(points) > 1:
        packages = " and in ".join(map(plugins.origin, points))
        raise InputError(f"{_NOUNS[kind]} {name!r} is in {packages}; uninstall one of them")
    return points[0]


def _every() -> list[EntryPoint]:
    """Return the entry points of other packages, of all kinds."""
    return [point for kind in _NOUNS for points in _foreign(kind).values() for point in points]


@cache
def warn(message: str) -> None:
    """Warn, once per process, that a plugin of another package is not used."""
    _LOG.warning("%s", message)


def _missing(kind: str, point: EntryPoint) -> str:
    what = plugins.described(_NOUNS[kind], point)
    return f"{what} is ignored: {point.value} is not installed; install the package again"


def _origins(points: Iterable[EntryPoint]) -> str:
    return " and ".join(map(plugins.origin, points))


def _file(module: str) -> Path:
    """Return the file of a plugin: a module, or the `__init__.py` of a package."""
    path = _PACKAGE.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _summary(name: str, path: Path) -> str:
    """Return one line on a name: its own in `PROVIDES`, or else the first paragraph of the module's docstring."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        own = (_provided(tree) or {}).get(name)
    except (SyntaxError, ValueError, TypeError, OSError) as error:
        return f"Cannot be read ({' '.join(str(error).split())})."
    return own or " ".join((ast.get_docstring(tree) or "").partition("\n\n")[0].split())


def _provides(path: Path) -> dict[str, str | None] | None:
    """Return the names that a file lists in `PROVIDES`, each with its summary or None; None without `PROVIDES`."""
    return _provided(ast.parse(path.read_text(encoding="utf-8")))


def _provided(tree: ast.Module) -> dict[str, str | None] | None:
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if [ast.unparse(target) for target in targets] == ["PROVIDES"]:
            provided = ast.literal_eval(node.value)
            return dict(provided) if isinstance(provided, dict) else dict.fromkeys(provided)
    return None
