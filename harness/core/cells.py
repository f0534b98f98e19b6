"""Cut the lines of CSV and TSV files into cells, row by row; pure.

CSV is read by Python's csv. Translation tools write TSV without quoting, so that `"Hello," he said.` is a text with
quotation marks; spreadsheets, pandas and R quote. The quotes of TSV are removed only in one of these cases:

- Python's csv would write the same file.
- Every cell of a column below the header has them.
- Lines have the same number of cells only without them, because texts have line breaks. A file without quoting cannot
  have such texts, so that no text loses quotation marks of its own.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from harness.core.errors import InputError

Row = tuple[int, list[str]]  # the line where the row ends, its cells


def csv_rows(lines: Iterable[str], file: str, delimiter: str = ",") -> Iterator[Row]:
    """Yield the rows of CSV.

    Raises:
        InputError: the quoting is wrong; `file` is how the message names the file.
    """
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells or [""]
    except csv.Error as error:
        raise InputError(
            f"bad CSV ({error}); is a quotation mark missing, or not doubled?", where=f"{file} line {reader.line_num}"
        ) from None


def tsv_rows(lines: Iterable[str], *, is_quoted: bool) -> Iterator[Row]:
    """Yield the rows of TSV; with `is_quoted`, quotes around cells are removed (see the function of that name)."""
    if not is_quoted:
        return ((number, line.split("\t")) for number, line in enumerate(lines, start=1))
    reader = csv.reader((f"{line}\n" for line in lines), delimiter="\t", strict=True)
    return ((reader.line_num, cells or [""]) for cells in reader)


def is_quoted(lines: Callable[[], Iterable[str]]) -> bool:
    """Return whether the quotes of TSV are not part of its texts; the module's docstring says when.

    `lines` returns all lines from the first one, each time that it is called.
    """
    if not any('"' in line for line in lines()):
        return False
    of_row: list[str] = []

    def remembered() -> Iterator[str]:
        for line in lines():
            of_row.append(line)
            yield f"{line}\n"

    evidence = _Evidence()
    try:
        for cells in csv.reader(remembered(), delimiter="\t", strict=True):
            evidence.add(cells or [""], of_row)
            of_row.clear()
    except csv.Error:
        return False
    return evidence.is_of_quoting


class _Evidence:
    """What the rows of a TSV file show of its quotes."""

    def __init__(self) -> None:
        self._widths: set[int] = set()  # numbers of cells without quotes, except those of blank lines
        self._plain_widths: set[int] = set()  # numbers of cells of lines cut at every tab
        self._plain_widths_of_blank = False
        self._has_tab = self._has_break = False  # in a cell
        self._as_written = {csv.QUOTE_MINIMAL: True, csv.QUOTE_ALL: True}
        self._lines = 0
        self._below_header: set[int] = set()  # numbers of cells of the lines below the first one
        self._quoted_columns: list[bool] = []

    def add(self, cells: Sequence[str], lines: Sequence[str]) -> None:
        """Take one row: its cells without quotes, and the lines that it is made of."""
        if cells != [""]:
            self._widths.add(len(cells))
        self._has_tab = self._has_tab or any("\t" in cell for cell in cells)
        self._has_break = self._has_break or any("\n" in cell for cell in cells)
        for quoting, same in self._as_written.items():
            self._as_written[quoting] = same and _written(cells, quoting) == "\n".join(lines)
        for line in lines:
            self._add_line(line.split("\t"))

    def _add_line(self, cells: Sequence[str]) -> None:
        if cells == [""]:
            self._plain_widths_of_blank = True
        else:
            self._plain_widths.add(len(cells))
        self._lines += 1
        if self._lines > 1:
            self._below_header.add(len(cells))
            quoted = [re.fullmatch('".*"', cell) is not None for cell in cells]
            if self._lines == 2:
                self._quoted_columns = quoted
            else:
                pairs = zip(self._quoted_columns, quoted, strict=False)
                self._quoted_columns = [before and now for before, now in pairs]

    @property
    def is_of_quoting(self) -> bool:
        """Whether quotes surround cells, and are not part of texts."""
        if len(self._widths) > 1:
            return False  # rows that no reader would accept; without quoting they may be right
        every = self._plain_widths | ({1} if self._plain_widths_of_blank else set())
        if len(every) == 1 and (self._has_tab or self._has_break):
            return False  # two texts with one quotation mark each look like one quoted cell of several lines
        if any(self._as_written.values()):
            return True
        if self._widths and self._plain_widths != self._widths and not self._has_tab:
            return True  # texts of several lines; a cell made of two texts by mistake would contain a tab
        return self._lines > 2 and len(self._below_header) == 1 and any(self._quoted_columns)


def _written(cells: Sequence[str], quoting: int) -> str:
    """Return the lines that Python's csv writes for a row."""
    file = io.StringIO()
    csv.writer(file, delimiter="\t", lineterminator="\n", quoting=quoting).writerow(cells)  # type: ignore[arg-type]
    return file.getvalue().removesuffix("\n")
