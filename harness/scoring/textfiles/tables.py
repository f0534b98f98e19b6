"""Read CSV and TSV, with and without a header.

The first row is a header if it has a name that the harness knows, or the column that the user chose by name. A file
without a header has numbers for columns, from 1.

`harness.core.cells` cuts the text into cells.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.core import files
from harness.core.cells import Row, csv_rows, is_quoted, tsv_rows
from harness.core.errors import InputError
from harness.scoring.textfiles.records import TEXT_NAMES, Record, Records

# Names of columns that no text is likely to be.
_HEADER_NAMES = frozenset((
    *TEXT_NAMES, "id", "source", "src", "language", "lang", "version", "article", "kind", "segment_id", "seg_id",
    "segid", "doc_id", "docid", "system", "url", "title", "score", "index", "idx",
))  # fmt: skip


def read(text: str, file: str, *, delimiter: str, chosen: str | None) -> Records:
    """Return the rows of CSV (delimiter ",") or TSV (a tab).

    Raises:
        InputError: the quoting is wrong, rows differ in their number of columns, or the file seems to have another
            delimiter.
    """
    lines = files.split_lines(text)
    rows = list(csv_rows(lines, file) if delimiter == "," else tsv_rows(lines, is_quoted=is_quoted(lambda: lines)))
    while len(rows) > 1 and len(rows[0][1]) > 1 and rows[-1][1] == [""]:  # blank lines at the end
        rows.pop()
    width = len(rows[0][1])
    if width == 1:
        _refuse_other_delimiter(text, file, delimiter)
    for number, cells in rows:
        if len(cells) != width:
            advice = "quote a text that contains a comma" if delimiter == "," else "write one row per line"
            raise InputError(
                f"{file} line {number}: expected {width} columns, as the first row has, found {len(cells)}; {advice}"
            )
    header, body = rows[0][1], rows[1:]
    if not _is_header(header, chosen):
        columns = tuple(str(number) for number in range(1, width + 1))
        note = f"{file}: no header was found, so the first row is a segment"
        return Records(_records(file, columns, rows), columns, notes=(note,), headless=True)
    names = [_name(cell) for cell in header]
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled is not None:
        raise InputError(f"{file}: the header has the column {doubled!r} twice; rename one")
    if not body:
        raise InputError(f"{file}: expected a row per segment, found only a header")
    return Records(_records(file, names, body), names)


def looks_like_rows(lines: Sequence[str]) -> bool:
    """Whether every line has the same number of tabs, at least one."""
    return lines[0].count("\t") > 0 and len({line.count("\t") for line in lines}) == 1


def has_known_header(line: str) -> bool:
    """Whether a line is a header of names parted by commas or semicolons."""
    return _is_known_header(line.split(",")) or _is_known_header(line.split(";"))


def _is_known_header(cells: Sequence[str]) -> bool:
    return len(cells) > 1 and all(cell.strip().strip('"').casefold() in _HEADER_NAMES for cell in cells)


def _refuse_other_delimiter(text: str, file: str, delimiter: str) -> None:
    """Raise InputError if a file of one column has a header with another delimiter, or one that every line has."""
    lines = [line for line in files.split_lines(text) if line.strip()]
    others = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}
    for other, name in others.items():
        # Texts of one column may have a comma each, so a comma counts only in a header.
        everywhere = other != "," and lines[0].count(other) > 0 and len({line.count(other) for line in lines}) == 1
        if other != delimiter and (everywhere or _is_known_header(lines[0].split(other))):
            raise InputError(
                f"{file}: expected columns parted by {others[delimiter]}, found {name}; "
                "save it as CSV with commas, or as TSV with a name that ends in .tsv"
            )


def _is_header(cells: Sequence[str], chosen: str | None) -> bool:
    names = {_name(cell).casefold() for cell in cells}
    return bool(names & _HEADER_NAMES) or (chosen is not None and chosen.casefold() in names)


def _name(cell: str) -> str:
    """Return a column's name; names that the harness reads itself are in small letters."""
    name = cell.strip()
    return "id" if name.casefold() == "id" else name


def _records(file: str, columns: Sequence[str], rows: Sequence[Row]) -> list[Record]:
    return [Record(f"{file} line {number}", dict(zip(columns, cells, strict=True))) for number, cells in rows]
