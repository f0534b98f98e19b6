"""Read the rows of a file with named columns: CSV, TSV, JSONL, JSON, Parquet and Arrow.

A table can be read several times and never keeps its rows, so that a sample of a large file costs little memory. CSV
and JSON are read here and not by the library `datasets`: it reads CSV with pandas, which takes the text "NA" for a
missing value and the id "001" for 1, and its errors name no line.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from harness.core import files, lenient_json, plain_text
from harness.core.cells import csv_rows, tsv_rows
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
    text = plain_text.decode(files.read_bytes(path), str(path), gzipped=path.name.endswith(".gz"))
    if form == ".json":
        return _json(text, str(path), field)
    if form in (".jsonl", ".ndjson"):
        return _jsonl(text, str(path))
    told = next((sign for sign, word in _DELIMITERS.items() if word == delimiter), "\t" if form == ".tsv" else None)
    return _cells(text, str(path), told, header=header)


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

    return DataTable(first.file, first.columns, rows, remarks)


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


def _cells(text: str, file: str, delimiter: str | None, *, header: bool) -> DataTable:
    remarks = []
    if delimiter is None:
        delimiter = _delimiter(files.split_lines(text)[0])
        if delimiter != ",":
            remarks.append(f"found a {_DELIMITERS[delimiter]} between columns (delimiter: {_DELIMITERS[delimiter]})")
    rows = tsv_rows(text) if delimiter == "\t" else csv_rows(text, file, delimiter)
    rows = [(number, cells) for number, cells in rows if cells != [""]]
    width = len(rows[0][1])
    for number, cells in rows:
        if len(cells) != width:
            advice = "write one row per line" if delimiter == "\t" else f"quote a text that contains {delimiter!r}"
            message = f"expected {width} columns, as the first row has, found {len(cells)}; {advice}"
            raise InputError(message, where=f"{file} line {number}")
    columns = [cell.strip() for cell in rows[0][1]] if header else [str(number + 1) for number in range(width)]
    if doubled := next((column for column in columns if columns.count(column) > 1), None):
        raise InputError(f"the header has the column {doubled!r} twice; rename one", where=f"{file} line 1")
    body = rows[1:] if header else rows

    def iterate(_: Collection[str]) -> Iterator[TableRow]:
        for number, cells in body:
            yield TableRow(Place(file, number), dict(zip(columns, cells, strict=True)))

    return DataTable(file, tuple(columns), iterate, tuple(remarks))


def _delimiter(line: str) -> str:
    """Return the delimiter that cuts a header into most columns; the comma if none cuts it."""
    widths = {delimiter: len(next(csv.reader([line], delimiter=delimiter), [])) for delimiter in _DELIMITERS}
    return max(widths, key=lambda delimiter: widths[delimiter])


def _jsonl(text: str, file: str) -> DataTable:
    rows, problems = files.parse_jsonl(files.split_lines(text), file, tolerant=True)
    if problems:
        more = f" (and {len(problems) - 1:,} more lines)" if len(problems) > 1 else ""
        raise InputError(f"{problems[0].message}{more}", where=problems[0].where)
    return _objects([TableRow(Place(file, number), fields) for number, fields in rows], file)


def _json(text: str, file: str, field: str | None) -> DataTable:
    try:
        content = lenient_json.parse_json(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and field is None:
            return _jsonl(text, file)
        where = f"{file} line {error.lineno}"
        raise InputError(f"expected JSON, found bad JSON ({files.json_fault(error)})", where=where) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"expected JSON, found bad JSON ({files.json_fault(error)})", where=file) from None
    if isinstance(content, dict):
        lists = [key for key, item in content.items() if isinstance(item, list)]
        if field is None and not lists:
            return _jsonl(text, file)  # one object on one line
        if field not in content:
            reason = f"{field!r} is not a key of it" if field else "found an object"
            listed = ", ".join(lists) or "none"
            raise InputError(
                f"expected a list of rows, {reason}; say field: KEY (keys with a list: {listed})", where=file
            )
        content = content[field]
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        raise InputError("expected a list of objects, one per row", where=file)
    return _objects([TableRow(Place(file, number, "item"), item) for number, item in enumerate(content, start=1)], file)


def _objects(rows: Sequence[TableRow], file: str) -> DataTable:
    columns = dict.fromkeys(key for row in rows[:_LOOKED_AT] for key in row.fields)
    return DataTable(file, tuple(columns), lambda _: iter(rows))


def _arrow(path: Path, form: str) -> DataTable:
    columns = _library.columns(path, form)

    def iterate(wanted: Collection[str]) -> Iterator[TableRow]:
        outer = [
            column for column in columns if any(name == column or name.startswith(f"{column}.") for name in wanted)
        ]
        for number, fields in enumerate(_library.rows(path, form, outer), start=1):
            yield TableRow(Place(str(path), number, "row"), fields)

    return DataTable(str(path), columns, iterate)
