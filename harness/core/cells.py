"""Cut the text of CSV and TSV files into cells; pure.

CSV is read by Python's csv. Translation tools write TSV without quoting, so that `"Hello," he said.` is a text with
quotation marks; spreadsheets, pandas and R quote. The quotes of TSV are removed only if Python's csv would write the
same file, if every cell of a column has them, or if lines have the same number of cells only without them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from harness.core import files
from harness.core.errors import InputError

Row = tuple[int, list[str]]  # the line where the row ends, its cells


def csv_rows(text: str, file: str, delimiter: str = ",") -> list[Row]:
    """Return the rows of CSV.

    Raises:
        InputError: the quoting is wrong; `file` is how the message names the file.
    """
    reader = csv.reader((f"{line}\n" for line in files.split_lines(text)), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    try:
        rows.extend((reader.line_num, cells or [""]) for cells in reader)
    except csv.Error as error:
        raise InputError(
            f"bad CSV ({error}); is a quotation mark missing, or not doubled?", where=f"{file} line {reader.line_num}"
        ) from None
    return rows


def tsv_rows(text: str) -> list[Row]:
    """Return the rows of TSV; see the module's docstring for quotes."""
    lines = files.split_lines(text)
    if '"' in text:
        reader = csv.reader((f"{line}\n" for line in lines), delimiter="\t", strict=True)
        try:
            rows = [(reader.line_num, cells or [""]) for cells in reader]
        except csv.Error:
            rows = []
        if rows and _is_quoted(lines, rows):
            return rows
    return [(number, line.split("\t")) for number, line in enumerate(lines, start=1)]


def _is_quoted(lines: Sequence[str], rows: Sequence[Row]) -> bool:
    """Whether the quotes of TSV are not part of its texts; `rows` are its cells without them."""
    every = [line.split("\t") for line in lines]
    if len({len(cells) for cells in every}) == 1 and any(
        "\n" in cell or "\t" in cell for _, row in rows for cell in row
    ):
        return False  # two texts with one quotation mark each look like one quoted cell of several lines
    if "\n".join(lines) in (_written(rows, csv.QUOTE_MINIMAL), _written(rows, csv.QUOTE_ALL)):
        return True
    widths = {len(cells) for _, cells in rows if cells != [""]}
    if (
        len(widths) == 1
        and {len(cells) for cells in every if cells != [""]} != widths
        and not any("\t" in cell for _, row in rows for cell in row)
    ):
        return True  # texts of several lines; a cell made of two texts by mistake would contain a tab
    body = every[1:]
    return (
        len(body) > 1
        and len({len(cells) for cells in body}) == 1
        and any(all(re.fullmatch('".*"', cell) for cell in column) for column in zip(*body, strict=True))
    )


def _written(rows: Sequence[Row], quoting: int) -> str:
    """Return the lines that Python's csv writes for these rows."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter="\t", lineterminator="\n", quoting=quoting)  # type: ignore[arg-type]
    writer.writerows(cells for _, cells in rows)
    return file.getvalue().removesuffix("\n")
