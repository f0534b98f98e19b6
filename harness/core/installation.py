"""Tell an installation that is incomplete, damaged or of wrong versions from a bug of the harness.

Nothing here is imported but Python's own library: it has to work where the packages do not.
"""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, packages_distributions, requires, version
from traceback import walk_tb

import harness

# Packages whose name differs from their module's, for a package that is not there and cannot be asked.
_PACKAGES = {
    "huggingface_hub": "huggingface-hub",
    "rouge_score": "rouge-score",
    "ruamel": "ruamel.yaml",
}
_LONGEST = 160  # characters of another package's message


def problem(error: BaseException) -> str:
    """Return a line that names the package because of which an import failed, and how to install it.

    Empty if the error is no failed import of another package: then it is a bug.
    """
    module = _module(error)
    if not module:
        return ""
    if module in sys.stdlib_module_names:
        return f"Python's own module {module} cannot be imported ({_short(error)}); install a complete Python"
    package = _package(module)
    missing = isinstance(error, ModuleNotFoundError) and error.name == module
    what = "is not installed" if missing else f"cannot be imported ({_short(error)}); it may be damaged or too old"
    return (
        f"the package {package} {what}; run `pip install {'' if missing else '--force-reinstall '}{_wanted(package)}`"
    )


def wrong_versions() -> list[str]:
    """Return a line for each installed package whose version the harness does not support."""
    from packaging.requirements import Requirement

    lines = []
    for line in _requirements():
        wanted = Requirement(line)
        if wanted.marker is None or wanted.marker.evaluate():
            with suppress(PackageNotFoundError):
                there = version(wanted.name)
                if not wanted.specifier.contains(there, prereleases=True):
                    lines.append(f"{wanted.name} {there} is installed; run `pip install '{line}'`")
    return lines


def _module(error: BaseException) -> str:
    """Return the top-level module, of another package, whose import failed with an error; empty if none did."""
    ours = harness.__name__
    if isinstance(error, ImportError) and (name := _top(error.name)):
        return "" if name == ours else name
    # Packages fail in many ways: a shared library that is not there is an OSError, a removed function an
    # AttributeError. During an import, the body of a module is on the stack.
    for frame, _ in walk_tb(error.__traceback__):
        name = _top(frame.f_globals.get("__name__"))
        if frame.f_code.co_name == "<module>" and name not in (ours, "__main__", "importlib"):
            return name
    return ""


def _top(name: str | None) -> str:
    return (name or "").partition(".")[0]


def _short(error: BaseException) -> str:
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _package(module: str) -> str:
    """Return the package that a module is part of."""
    return _PACKAGES.get(module) or packages_distributions().get(module, [module])[0]


def _wanted(package: str) -> str:
    """Return a package as `pip install` takes it, with the versions that the harness supports."""
    for line in _requirements():
        name = re.match(r"[\w.-]+", line)
        if name and name[0].lower() == package.lower() and ";" not in line:
            return f"'{line}'" if line != name[0] else line
    return package


def _requirements() -> list[str]:
    """Return the packages that the harness needs, as its installed metadata lists them; none if it is not installed."""
    try:
        return [line for line in requires(harness.DISTRIBUTION) or () if "extra ==" not in line]
    except PackageNotFoundError:
        return []
