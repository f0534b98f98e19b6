"""Run the simulations and write their figures:

    python -m tests.simulations [MODULE ...]

Each module of this package with a function `figures` gives some. Without names all are run, except those whose figures
are in a file of their own. `figures.json` has {module: {what: share}}; a test compares a few of them with a rerun.
"""

from __future__ import annotations

import json
import pkgutil
import sys
from importlib import import_module
from pathlib import Path
from time import perf_counter

FOLDER = Path(__file__).parent
FILE = FOLDER / "figures.json"


def modules() -> list[str]:
    """Return the modules whose figures are in `figures.json`."""
    found = [module.name for module in pkgutil.iter_modules([str(FOLDER)])]
    names = sorted(name for name in found if name != "__main__" and not name.startswith("test_"))
    return [
        name
        for name in names
        if not (FOLDER / f"{name}.json").exists() and hasattr(import_module(f"tests.simulations.{name}"), "figures")
    ]


def read() -> dict[str, dict[str, float]]:
    """Return the figures that were written last."""
    return dict(json.loads(FILE.read_text(encoding="utf-8"))) if FILE.exists() else {}


def main(names: list[str]) -> None:
    """Run some simulations, and replace their figures."""
    known = modules()
    if unknown := set(names) - set(known):
        sys.exit(f"unknown simulation: {', '.join(sorted(unknown))}; expected {', '.join(known)}")
    for name in names or known:
        started = perf_counter()
        measured = import_module(f"tests.simulations.{name}").figures()
        found = read() | {name: {key: round(value, 4) for key, value in measured.items()}}
        FILE.write_text(json.dumps(dict(sorted(found.items())), indent=2) + "\n", encoding="utf-8")
        sys.stdout.write(f"{name}: {len(measured)} figures in {perf_counter() - started:.0f} s\n")


if __name__ == "__main__":
    main(sys.argv[1:])
