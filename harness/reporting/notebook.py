"""Tables as a fragment of HTML for a notebook; it has no script, and every text in it is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from harness.reporting import Cell, Table, notes_once
from harness.reporting.visible import visible

# Notebooks style tables themselves, but align numbers and text alike.
_TEXT, _NUMBER = ' style="text-align: left"', ' style="text-align: right"'
_RULE = ' style="border-bottom: 1px solid currentColor"'


def render(tables: Sequence[Table]) -> str:
    """Return the tables, each under its title and above its notes; the notes on all tables can be unfolded."""
    own, common = notes_once(tables)
    parts = [part for table, notes in zip(tables, own, strict=True) for part in _one(table, notes)]
    if common:
        parts += ["<details><summary>Notes on the scores</summary>", *_list(common), "</details>"]
    return "\n".join(["<div>", *parts, "</div>"])


def _one(table: Table, notes: Sequence[str]) -> Iterator[str]:
    verdict = f": {table.verdict}" if table.verdict else ""
    yield f"<p><strong>{_escaped(table.title)}</strong>{_escaped(verdict)}<br>{_escaped(table.caption)}</p>"
    if table.columns:
        yield "<table>"
        headings = (
            f'<th scope="col"{_align(table, index)}>{_escaped(text)}</th>' for index, text in enumerate(table.columns)
        )
        yield f"<thead><tr>{''.join(headings)}</tr></thead>"
        yield "<tbody>"
        for number, row in enumerate(table.rows, start=1):
            rule = _RULE if number in (table.rule_after, *table.lines_after) and number < len(table.rows) else ""
            cells = (f"<td{_align(table, index)}>{_cell(cell)}</td>" for index, cell in enumerate(row))
            yield f"<tr{rule}>{''.join(cells)}</tr>"
        yield "</tbody>"
        yield "</table>"
    yield from _list(notes)


def _align(table: Table, column: int) -> str:
    return _TEXT if column in table.names else _NUMBER


def _cell(cell: Cell) -> str:
    return f"<strong>{_escaped(cell.text)}</strong>" if cell.bold else _escaped(cell.text)


def _list(notes: Iterable[str]) -> Iterator[str]:
    items = [f"<li>{_escaped(note)}</li>" for note in notes]
    if items:
        yield f"<ul>{''.join(items)}</ul>"


def _escaped(text: str) -> str:
    return escape(visible(text))
