"""Tables for a terminal (and a text file), by rich."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import Literal

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from harness.reporting import Table, notes_once

SUFFIX = "txt"


def render(tables: Sequence[Table], *, width: int = 120, styled: bool = False) -> str:
    """Return the tables, the notes on each below it and the notes on all last; prose is wrapped at `width`.

    A table takes the width that it needs, so that no number is cut off. With `styled`, bold text is bold; otherwise it
    stands between asterisks.
    """
    stream = StringIO()
    colours: Literal["standard"] | None = "standard" if styled else None
    console, wide = (
        Console(file=stream, width=columns, force_terminal=styled, color_system=colours, highlight=False)
        for columns in (width, 1000)
    )
    own, common = notes_once(tables)
    for number, (table, notes) in enumerate(zip(tables, own, strict=True)):
        if number:
            console.print()
        console.print(Text(f"{table.title}: {table.verdict}" if table.verdict else table.title, style="bold"))
        console.print(Text(table.caption))
        grid = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
        for index, column in enumerate(table.columns):
            grid.add_column(column, justify="right" if index else "left", no_wrap=True)
        for index, row in enumerate(table.rows, start=1):
            cells = [
                Text(cell.text if styled or not cell.bold else f"*{cell.text}*", style="bold" if cell.bold else "")
                for cell in row
            ]
            grid.add_row(*cells, end_section=index == table.rule_after < len(table.rows))
        wide.print(grid)
        if notes:
            console.print()
        for note in notes:
            console.print(Text(note))
    if common:
        console.print()
    for note in common:
        console.print(Text(note, style="dim"))
    return "\n".join(line.rstrip() for line in stream.getvalue().split("\n"))
