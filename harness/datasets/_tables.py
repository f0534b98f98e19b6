"""Read the rows of a file with named columns: CSV, TSV, JSONL, JSON, Parquet and Arrow.

A table can be read several times. It reads its file each time and keeps no rows, so that a sample of a large file costs
little memory, and no text of a whole set is in memory twice. CSV and JSON are read here and not by the library
`datasets`: it reads CSV with pandas, which takes the text "NA" for a missing value and the id "001" for 1, and its
errors name no line.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple

from harness.core import files, jsonl, lenient_json, plain_text
from harness.core.cells import Row, csv_rows, is_quoted, tsv_rows
from harness.core.errors import FileError, InputError
from harness.core.findings import Place
from harness.datasets import _library

Delimiter = Literal["comma", "tab", "semicolon", "bar"]
_DELIMITERS: Mapping[str, Delimiter] = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".arrow")
_SPREADSHEETS = (".xls", ".xlsx", ".xlsm", ".ods", ".numbers")
_LOOKED_AT = 1000  # JSON objects whose keys are the columns


class TableRow(NamedTuple):
    """One row, with the place that messages name."""

    place: Place
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DataTable:
    """The rows of one or several files."""

    file: str  # how messages name it
    columns: tuple[str, ...]
    rows: Callable[[Collection[str]], Iterator[TableRow]]  # takes the columns that are needed
    remarks: tuple[str, ...] = ()  # what was not told but detected
    is_json: bool = False  # a text may have half of a surrogate pair, which no other form can store


def read(path: Path, *, delimiter: Delimiter | None = None, header: bool = True, field: str | None = None) -> DataTable:
    """Return the table in a file; its form is that of its name.

    Args:
        path: the file; text may be gzipped.
        delimiter: of CSV; None: the one that cuts the first line into most columns.
        header: the first row of CSV or TSV has the names of the columns; otherwise they are numbered from 1.
        field: the key of a JSON file whose value is the list of rows.

    Raises:
        FileError: the file cannot be read, or its form is not known.
        InputError: the content is not what its name says.
    """
    form = suffix(path)
    if form in _SPREADSHEETS:
        raise FileError("expected a text file or Parquet, found a spreadsheet; export it as CSV", where=path)
    if form not in SUFFIXES:
        raise FileError(f"expected a name that ends in {', '.join(SUFFIXES)}, found {path.name!r}", where=path)
    if form in (".parquet", ".arrow"):
        next(files.byte_lines(path), b"")  # say if it cannot be read at all
        return _arrow(path, form.removeprefix("."))
    if form == ".json":
        return _json(path, field)
    if form in (".jsonl", ".ndjson"):
        return _jsonl(path)
    told = next((sign for sign, word in _DELIMITERS.items() if word == delimiter), "\t" if form == ".tsv" else None)
    return _cells(path, told, header=header)


def chain(tables: Sequence[DataTable]) -> DataTable:
    """Return several files of one table as one table.

    Raises:
        InputError: they have different columns.
    """
    first = tables[0]
    for other in tables[1:]:
        if set(other.columns) != set(first.columns):
            differing = ", ".join(sorted(set(other.columns) ^ set(first.columns)))
            raise InputError(f"expected the columns of {first.file}; these differ: {differing}", where=other.file)
    if len(tables) == 1:
        return first
    remarks = tuple(dict.fromkeys(remark for table in tables for remark in table.remarks))

    def rows(wanted: Collection[str]) -> Iterator[TableRow]:
        for table in tables:
            yield from table.rows(wanted)

    return DataTable(first.file, first.columns, rows, remarks, first.is_json)


def suffix(path: Path) -> str:
    """Return the suffix that tells a file's form, in small letters: that before `.gz`, if there is one."""
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix


def value(fields: Mapping[str, Any], column: str) -> Any:
    """Return the value of a column; in a nested record, `translation.hi` is `hi` of the object `translation`."""
    if column in fields:
        return fields[column]
    head, _, rest = column.partition(".")
    inner = fields.get(head)
    return value(inner, rest) if rest and isinstance(inner, Mapping) else None


def _cells(path: Path, delimiter: str | None, *, header: bool) -> DataTable:
    remarks = []
    if delimiter is None:
        delimiter = _delimiter(next(plain_text.lines(path)))
        if delimiter != ",":
            remarks.append(f"found a {_DELIMITERS[delimiter]} between columns (delimiter: {_DELIMITERS[delimiter]})")
    quoted = delimiter == "\t" and is_quoted(lambda: plain_text.lines(path))
    first = next(_filled_rows(path, delimiter, quoted), None)
    if first is None:
        raise InputError("expected a row with the names of the columns, found only empty cells", where=path)
    line, cells = first
    columns = [cell.strip() for cell in cells] if header else [str(number) for number in range(1, len(cells) + 1)]
    if doubled := [column for column, times in Counter(columns).items() if times > 1]:
        unnamed = "several columns without a name; name them"
        twice = f"the column {doubled[0]!r} twice; rename one"
        raise InputError(f"the header has {twice if doubled[0] else unnamed}", where=f"{path} line {line}")

    def rows(_: Collection[str]) -> Iterator[TableRow]:
        for number, cells in islice(_filled_rows(path, delimiter, quoted), 1 if header else 0, None):
            if len(cells) != len(columns):
                advice = "write one row per line" if delimiter == "\t" else f"quote a text that contains {delimiter!r}"
                message = f"expected {len(columns)} columns, as the first row has, found {len(cells)}; {advice}"
                raise InputError(message, where=f"{path} line {number}")
            yield TableRow(Place(str(path), number), dict(zip(columns, cells, strict=True)))

    return DataTable(str(path), tuple(columns), rows, tuple(remarks))


def _filled_rows(path: Path, delimiter: str, quoted: bool) -> Iterator[Row]:
    """Yield the rows of CSV or TSV that are not blank lines."""
    lines = plain_text.lines(path)
    rows = tsv_rows(lines, is_quoted=quoted) if delimiter == "\t" else csv_rows(lines, str(path), delimiter)
    return ((number, cells) for number, cells in rows if cells != [""])


def _delimiter(line: str) -> str:
    """Return the delimiter that cuts a header into most columns; the comma if none cuts it."""
    widths = {delimiter: len(next(csv.reader([line], delimiter=delimiter), [])) for delimiter in _DELIMITERS}
    return max(widths, key=lambda delimiter: widths[delimiter])


def _jsonl(path: Path) -> DataTable:
    columns = dict.fromkeys(key for row in islice(_objects(path), _LOOKED_AT) for key in row.fields)
    return DataTable(str(path), tuple(columns), lambda _: _objects(path), is_json=True)


def _objects(path: Path) -> Iterator[TableRow]:
    """Yield the objects of JSON Lines.

    Raises:
        InputError: a line is no object; the message counts the others.
    """
    rows = jsonl.iterate(plain_text.lines(path), tolerant=True)
    for number, row in rows:
        if isinstance(row, str):
            others = sum(isinstance(other, str) for _, other in rows)
            more = f" (and {others:,} more lines)" if others else ""
            raise InputError(f"{row}{more}", where=f"{path} line {number}")
        yield TableRow(Place(str(path), number), row)


def _json(path: Path, field: str | None) -> DataTable:
    """Return the table in a JSON file.

    Such a file can only be parsed as a whole, and so it is each time that its rows are asked for.
    """
    items = _items(path, field)
    if items is None:
        return _jsonl(path)
    columns = dict.fromkeys(key for item in items[:_LOOKED_AT] for key in item)

    def rows(_: Collection[str]) -> Iterator[TableRow]:
        items = _items(path, field) or []
        items.reverse()
        for number in range(1, len(items) + 1):
            yield TableRow(Place(str(path), number, "item"), items.pop())  # not kept: its texts are in the dataset

    return DataTable(str(path), tuple(columns), rows, is_json=True)


def _items(path: Path, field: str | None) -> list[dict[str, Any]] | None:
    """Return the rows of a JSON file; None if its lines are JSON Lines.

    Raises:
        FileError: the file cannot be read.
        InputError: it is not JSON, or has no list of rows there.
    """
    text = plain_text.decode(files.read_bytes(path), str(path), gzipped=path.name.lower().endswith(".gz"))
    try:
        content = lenient_json.parse_json(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and field is None:
            return None
        where = f"{path} line {error.lineno}"
        raise InputError(f"expected JSON, found bad JSON ({lenient_json.json_fault(error)})", where=where) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"expected JSON, found bad JSON ({lenient_json.json_fault(error)})", where=path) from None
    if isinstance(content, dict):
        lists = [key for key, item in content.items() if isinstance(item, list)]
        if field is None and not lists:
            return None  # one object on one line
        if field not in content:
            reason = f"{field!r} is not a key of it" if field else "found an object"
            listed = ", ".join(lists) or "none"
            raise InputError(
                f"expected a list of rows, {reason}; say field: KEY (keys with a list: {listed})", where=path
            )
        content = content[field]
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        raise InputError("expected a list of objects, one per row", where=path)
    return content


def _arrow(path: Path, form: str) -> DataTable:
    columns = _library.columns(path, form)

    def iterate(wanted: Collection[str]) -> Iterator[TableRow]:
        outer = [
            column for column in columns if any(name == column or name.startswith(f"{column}.") for name in wanted)
        ]
        for number, fields in enumerate(_library.rows(path, form, outer), start=1):
            yield TableRow(Place(str(path), number, "row"), fields)

    return DataTable(str(path), columns, iterate)
