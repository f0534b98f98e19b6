"""Tables for a terminal and for a text file.

A terminal wraps lines that are too long, and a wrapped table cannot be read. With `fit`, a table that is too wide loses

    1. the middle of its longest names, down to 24 columns; of several columns of names, the last gives way first;
    2. its optional columns, one after the other, in the order of `Table.optional`;
    3. the middle of its names, down to 12 columns.

A table of one column for each system (`Table.folds`) loses none: those that do not fit stand below the others.

No number is ever cut. A note names the columns that are not shown, and the value of a column that has only one. In a
table of systems the order is: rank, unknown, unread, the primary metric against all references, the other metrics
from the last, cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.reporting import Cell, Legend, Table, notes_once
from harness.reporting.widths import padded, shortened, width, wrapped

SUFFIX = "txt"

_GAP = "  "
_LEAST_NAMES = (24, 12)  # columns to which names are shortened before and after columns are dropped
_BOLD, _DIM, _END = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_WARNING = "Warning:"


def render(tables: Sequence[Table], *, columns: int = 120, styled: bool = False, fit: bool = False) -> str:
    """Return the tables, the notes on each below it and the notes on all last; prose is wrapped at `columns`.

    With `fit`, tables are made to fit too; else a table takes the width that it needs. With `styled`, bold cells and
    warnings are bold, and the fine print is dim; otherwise bold cells stand between asterisks.
    """
    if fit:
        tables = [table if table.folds else _fitted(table, columns, styled) for table in tables]
    own, common = notes_once(tables)
    blocks = []
    for table, notes in zip(tables, own, strict=True):
        headline = f"{table.title}: {table.verdict}" if table.verdict else table.title
        lines = [*_prose(headline, columns, _BOLD if styled else ""), *wrapped(table.caption, columns)]
        for number, part in enumerate(_folded(table, columns, styled) if fit else [table]):
            lines += [*([""] if number else []), *_grid(part, styled)]
        if notes:
            lines += ["", *(line for note in notes for line in _note(note, columns, styled, fine_print=False))]
        blocks.append(lines)
    if common:
        warnings_first = sorted(common, key=lambda note: not note.startswith(_WARNING))
        fine_print = dict.fromkeys(line for table in tables for line in table.legend.lines)
        blocks.append([
            line for note in warnings_first for line in _note(note, columns, styled, fine_print=note in fine_print)
        ])
    return "\n\n".join("\n".join(line.rstrip() for line in lines) for lines in blocks) + "\n"


def _grid(table: Table, styled: bool) -> Iterator[str]:
    """Yield the headings, a rule, and the rows, with an empty line after those that are no systems, and fine lines."""
    sizes = _sizes(table, styled)
    yield _GAP.join(_aligned(table.columns, sizes, table.names))
    yield "─" * (sum(sizes) + len(_GAP) * (len(sizes) - 1))
    for number, row in enumerate(table.rows, start=1):
        texts = _aligned([_text(cell, styled) for cell in row], sizes, table.names)
        bold = [f"{_BOLD}{text}{_END}" if styled and cell.bold else text for cell, text in zip(row, texts, strict=True)]
        yield _GAP.join(bold)
        if number == table.rule_after < len(table.rows):
            yield ""
        if number in table.lines_after:
            yield "┄" * (sum(sizes) + len(_GAP) * (len(sizes) - 1))


def _aligned(texts: Sequence[str], sizes: Sequence[int], names: Sequence[int]) -> list[str]:
    """Return texts filled to the widths of their columns: names on the left, numbers on the right."""
    return [
        padded(text, size, right=index not in names)
        for index, (text, size) in enumerate(zip(texts, sizes, strict=True))
    ]


def _text(cell: Cell, styled: bool) -> str:
    return f"*{cell.text}*" if cell.bold and not styled else cell.text


def _sizes(table: Table, styled: bool) -> list[int]:
    """Return the width of each column."""
    return [
        max(width(heading), *(width(_text(row[index], styled)) for row in table.rows), 0)
        for index, heading in enumerate(table.columns)
    ]


def _prose(text: str, columns: int, style: str) -> Iterator[str]:
    for line in wrapped(text, columns):
        yield f"{style}{line}{_END}" if style else line


def _note(note: str, columns: int, styled: bool, *, fine_print: bool) -> Iterator[str]:
    """Yield the lines of a note: a warning is bold, the fine print is dim."""
    style = _BOLD if note.startswith(_WARNING) else _DIM if fine_print else ""
    return _prose(note, columns, style if styled else "")


# --- fitting ----------------------------------------------------------------------------------------------------------


def _fitted(table: Table, columns: int, styled: bool) -> Table:
    """Return the table with names shortened and columns dropped, until it fits or nothing more can go."""
    names_at_first, names_at_last = _LEAST_NAMES
    dropped: list[int] = []
    fitted = _with_names(table, columns, styled, names_at_first)
    for index in table.optional:
        if _total(fitted, styled) <= columns:
            break
        dropped.append(index)
        fitted = _with_names(_without(table, dropped), columns, styled, names_at_first)
    fitted = _with_names(fitted, columns, styled, names_at_last)
    if not dropped:
        return fitted
    missing = [table.columns[index] for index in sorted(dropped)]
    told = "; ".join(table.columns[index] + _only_value(table, index) for index in sorted(dropped))
    note = f"Not shown in {columns} columns: {told}. A wider terminal or --format json shows all."
    legend = fitted.legend
    marks, methods, signatures = (
        tuple(line for line in lines if line.partition(":")[0] not in missing or _explains(line, fitted.columns))
        for lines in (legend.marks, legend.methods, legend.signatures)
    )
    return replace(fitted, notes=(*fitted.notes, note), legend=Legend(marks, methods, signatures))


def _folded(table: Table, columns: int, styled: bool) -> list[Table]:
    """Return the table in parts that fit, each with the columns that stand for a row and at least one of the others.

    A table that fits, or that does not fold, is one part.
    """
    if not table.folds or _total(table, styled) <= columns:
        return [table]
    parts: list[Table] = []
    first = index = table.folds
    while index < len(table.columns):
        index += 1
        fits = _total(_only(table, first, index), styled) <= columns
        if not fits and index - 1 > first:
            index -= 1
        elif fits and index < len(table.columns):
            continue
        parts.append(_fitted(_only(table, first, index), columns, styled))
        first = index
    return parts


def _only(table: Table, first: int, end: int) -> Table:
    """Return the table with the columns that stand for a row, and the others from `first` to before `end`."""
    return _without(table, [index for index in range(table.folds, len(table.columns)) if not first <= index < end])


def _explains(line: str, columns: Sequence[str]) -> bool:
    """Whether a line that begins with one column also explains one of these: "p: ...; p (Holm): ..."."""
    return any(f"; {column}: " in line for column in columns)


def _only_value(table: Table, index: int) -> str:
    """Return the value of a column in parentheses if all of several rows have the same; else nothing."""
    values = {row[index].text for row in table.rows}
    return f" ({values.pop()} in every row)" if len(values) == 1 < len(table.rows) else ""


def _total(table: Table, styled: bool) -> int:
    sizes = _sizes(table, styled)
    return sum(sizes) + len(_GAP) * (len(sizes) - 1)


def _without(table: Table, dropped: Sequence[int]) -> Table:
    kept = [index for index in range(len(table.columns)) if index not in dropped]
    return replace(
        table,
        columns=tuple(table.columns[index] for index in kept),
        rows=tuple(tuple(row[index] for index in kept) for row in table.rows),
        names=tuple(kept.index(index) for index in table.names if index in kept),
    )


def _with_names(table: Table, columns: int, styled: bool, least: int) -> Table:
    """Return the table with its names shortened as far as necessary, but not below `least`; the last column first."""
    for index in reversed(table.names):
        room = max(_sizes(table, styled)[index] - max(_total(table, styled) - columns, 0), least)
        table = replace(table, rows=tuple(_with_name(row, index, room) for row in table.rows))
    if _total(table, styled) > columns:  # headings may be names of systems
        table = replace(table, columns=tuple(shortened(heading, _LEAST_NAMES[0]) for heading in table.columns))
    return table


def _with_name(row: tuple[Cell, ...], index: int, room: int) -> tuple[Cell, ...]:
    return (*row[:index], replace(row[index], text=shortened(row[index].text, room)), *row[index + 1 :])
