"""Tables as GitHub's Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.reporting.table import Cell, Table

SUFFIX = "md"

_ENTITY = re.compile("&(?=#?[0-9A-Za-z]+;)")


def render(tables: Sequence[Table]) -> str:
    """Return the tables, each under a heading and above its notes."""
    return "\n".join(_one(table) for table in tables)


def _one(table: Table) -> str:
    lines = [f"### {_escape(table.title)}", "", _escape(table.caption), ""]
    lines.append(_row([_escape(column) for column in table.columns]))
    lines.append(_row(["---", *["---:"] * (len(table.columns) - 1)]))
    lines += [_row([_cell(cell) for cell in row]) for row in table.rows]
    lines += ["", *(f"- {_escape(note)}" for note in table.notes)]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    return f"**{_escape(cell.text)}**" if cell.bold else _escape(cell.text)


def _escape(text: str) -> str:
    """Keep what would be markup, or end a cell, as it is."""
    for character in "\\`*_|<":
        text = text.replace(character, f"\\{character}")
    # An ampersand is markup only where it begins an entity.
    return _ENTITY.sub(r"\\\g<0>", text).replace("\n", " ")
