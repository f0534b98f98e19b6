"""Tables, from scores to text; rendering is pure.

A format is one file here with

    SUFFIX = "md"                                  of the file under tables/
    render(tables: Sequence[Table]) -> str         ends with a line break

`table.py` decides what a table says, `numbers.py` how a number reads; a format only sets it.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Protocol, cast

from harness.reporting.table import Table

# In the order of --help; `json` is the scores themselves and is made in `harness.reporting.json`.
FORMATS = ("table", "json", "markdown", "csv", "latex")
_MODULES = {"table": "terminal", "markdown": "markdown", "csv": "csv", "latex": "latex"}


class Renderer(Protocol):
    """What a module in this package provides."""

    SUFFIX: str

    def render(self, tables: Sequence[Table]) -> str:
        """Return the tables as text."""


def get(name: str) -> Renderer:
    """Return the format of that name, one of `FORMATS` but json."""
    return cast("Renderer", importlib.import_module(f"harness.reporting.{_MODULES[name]}"))
