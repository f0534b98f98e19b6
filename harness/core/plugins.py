"""Entry points of other packages: which there are, whose they are, where their files are, and importing one.

Everything but `load` works without importing what an entry point names. `registry` decides which of them are used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.core.errors import InputError

_GROUP = "harness."
# The kind of public sets: an entry point names a package with the file NAME.yaml, not a module with code.
PUBLIC = "public"


class _Kinds(dict[str, tuple[EntryPoint, ...]]):
    """Entry points by kind; a kind that no package has is empty."""

    def __missing__(self, kind: str) -> tuple[EntryPoint, ...]:
        return ()


@cache
def installed() -> Mapping[str, tuple[EntryPoint, ...]]:
    """Return the entry points of all installed packages by kind. They are read once, because it takes 4 ms or more."""
    every = entry_points()
    groups = [group for group in every.groups if group.startswith(_GROUP)]
    return _Kinds({group.removeprefix(_GROUP): tuple(every.select(group=group)) for group in groups})


def origin(point: EntryPoint) -> str:
    """Return the package of an entry point, with its version."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def described(noun: str, point: EntryPoint) -> str:
    """Return what an entry point is: "metric 'x' of their-package 1.2"."""
    return f"{noun} {point.name!r} of {origin(point)}"


def load(noun: str, point: EntryPoint) -> ModuleType:
    """Import and return the module that an entry point names.

    Raises:
        InputError: it cannot be imported, or is no module.
    """
    what = described(noun, point)
    try:
        module = point.load()
    except Exception as error:  # importing runs the package's code, which can fail in any way
        kind = "" if isinstance(error, ImportError) else f"{type(error).__name__}: "
        reason = f"{kind}{' '.join(str(error).split())}"
        raise InputError(f"{what} cannot be imported ({reason}); is the package complete?") from None
    if not isinstance(module, ModuleType):
        raise InputError(f"{what}: expected the name of a module, found {point.value!r}; tell its authors")
    return module


def file(point: EntryPoint) -> Path | None:
    """Return the file of the module that an entry point names, or of the public set; None if there is none."""
    return next((path for path in _candidates(point) if path.is_file()), None)


def sources(point: EntryPoint) -> dict[str, Path]:
    """Return the Python and YAML files of the package that an entry point is in, by package and path, sorted."""
    folders, module = _place(point)
    files = {
        path.relative_to(folder.parent).as_posix(): path
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in (".py", ".yaml")
    }
    if module is not None and not folders:
        files[module.name] = module
    return {f"{origin(point)}: {name}": path for name, path in sorted(files.items())}


def _candidates(point: EntryPoint) -> Iterator[Path]:
    folders, module = _place(point)
    _, *inner = point.module.split(".")
    for folder in (folder.joinpath(*inner) for folder in folders):
        if point.group == _GROUP + PUBLIC:
            yield folder / f"{point.name}.yaml"
        else:
            yield folder / "__init__.py"
            # A compiled module has another suffix than .py.
            yield from sorted(folder.parent.glob(f"{folder.name}.*"), key=lambda path: path.suffix != ".py")
    if module is not None and not inner:
        yield module


def _place(point: EntryPoint) -> tuple[list[Path], Path | None]:
    """Return the folders and the file of the top-level module of an entry point, without importing it.

    A name below the top level is not looked up as an import would do it: that would import the package.
    """
    try:
        spec: Any = find_spec(point.module.partition(".")[0])
    except (ImportError, ValueError):
        return [], None
    if spec is None:
        return [], None
    module = Path(spec.origin) if spec.origin and spec.has_location else None
    return [Path(folder) for folder in spec.submodule_search_locations or ()], module
