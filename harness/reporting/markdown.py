"""Tables as GitHub's Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.reporting import Cell, Table, notes_once

SUFFIX = "md"

_ENTITY = re.compile("&(?=#?[0-9A-Za-z]+;)")


def render(tables: Sequence[Table]) -> str:
    """Return the tables, each under a heading and above its notes, and the notes on all tables last."""
    own, common = notes_once(tables)
    if len(tables) == 1:
        own, common = [own[0] + common], ()
    parts = [_one(table, notes) for table, notes in zip(tables, own, strict=True)]
    if common:
        parts.append(f"On all tables:\n\n{_list(common)}")
    return "\n".join(parts)


def _one(table: Table, notes: Sequence[str]) -> str:
    lines = [f"### {_escape(table.title)}", ""]
    if table.verdict:
        lines += [f"**{_escape(table.verdict)}**", ""]
    lines += [_escape(table.caption), ""]
    if table.columns:
        lines.append(_row([_escape(column) for column in table.columns]))
        lines.append(_row(["---" if index in table.names else "---:" for index in range(len(table.columns))]))
    lines += [_row([_cell(cell) for cell in row]) for row in table.rows]
    return "\n".join(lines) + "\n" + (f"\n{_list(notes)}" if notes else "")


def _list(notes: Sequence[str]) -> str:
    return "".join(f"- {_escape(note)}\n" for note in notes)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    return f"**{_escape(cell.text)}**" if cell.bold else _escape(cell.text)


def _escape(text: str) -> str:
    """Escape characters that would be markup or end a cell."""
    for character in "\\`*_|<":
        text = text.replace(character, f"\\{character}")
    # An ampersand is markup only if it begins an entity.
    return _ENTITY.sub(r"\\\g<0>", text).replace("\n", " ")
