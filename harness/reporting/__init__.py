"""Tables, from scores to text; rendering is pure.

A format is one file here. It defines

    SUFFIX = "md"                                  of the file under tables/
    render(tables: Sequence[Table]) -> str         ends with a line break

`table.py` decides what a table says, `verdict.py` its first line, `notes.py` the lines below it, and `numbers.py` how a
number reads. A format only lays them out.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, cast

from harness.core.scores import TaskScores

# In the order of --help; `json` is the scores themselves (`harness.reporting.json`).
FORMATS = ("table", "json", "markdown", "csv", "latex")
_MODULES = {"table": "terminal", "markdown": "markdown", "csv": "csv", "latex": "latex"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell."""

    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Legend:
    """The fine print of a table: lines that other tables of the same command may share."""

    marks: tuple[str, ...] = ()  # marks and columns
    methods: tuple[str, ...] = ()  # intervals and tests
    signatures: tuple[str, ...] = ()  # of metrics

    @property
    def lines(self) -> tuple[str, ...]:
        """All lines, in order."""
        return self.marks + self.methods + self.signatures


@dataclass(frozen=True, slots=True)
class Table:
    """One table, ready for any format."""

    title: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...]  # about these rows
    legend: Legend = Legend()
    verdict: str = ""  # the answer to the reader's question, without a full stop; empty: no claim
    rule_after: int = 0  # rows above a line: those that are no systems
    lines_after: tuple[int, ...] = ()  # rows above a fine line, between groups that are shown to differ
    optional: tuple[int, ...] = ()  # columns that a narrow terminal leaves out, in this order; never the first
    # If over 0: a narrow terminal repeats so many columns from the first, and puts those that do not fit below.
    folds: int = 0
    names: tuple[int, ...] = (0,)  # columns of names, which a narrow terminal shortens; the others are numbers
    scores: TaskScores | None = None  # what the table was made from, for formats that carry every number


def notes_once(tables: Sequence[Table]) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
    """Return the notes below each table, and those below all of them, so that no line is printed twice.

    A note that several tables have stands below all of them, before the legends.
    """
    times = Counter(note for table in tables for note in dict.fromkeys(table.notes))
    own = [tuple(note for note in table.notes if times[note] == 1) for table in tables]
    common = (note for table in tables for note in table.notes if times[note] > 1)
    legends = [table.legend for table in tables]
    groups = (
        [legend.marks for legend in legends],
        [legend.methods for legend in legends],
        [legend.signatures for legend in legends],
    )
    lines = chain(common, *(chain.from_iterable(group) for group in groups))
    return own, tuple(dict.fromkeys(lines))


class Renderer(Protocol):
    """What a module in this package provides."""

    SUFFIX: str

    def render(self, tables: Sequence[Table]) -> str:
        """Return the tables as text."""


def get(name: str) -> Renderer:
    """Return the format of that name, one of `FORMATS` but json."""
    return cast("Renderer", importlib.import_module(f"harness.reporting.{_MODULES[name]}"))
