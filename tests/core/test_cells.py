"""Rows of CSV and TSV: which quotation marks belong to a text, and which surround a cell."""

from __future__ import annotations

import csv
import io

import pytest

from harness.core import cells, files
from harness.core.errors import InputError


def tsv(text: str) -> list[list[str]]:
    lines = files.split_lines(text)
    return [row for _, row in cells.tsv_rows(lines, is_quoted=cells.is_quoted(lambda: lines))]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        # A spreadsheet or pandas: as Python's csv writes it.
        ('hi\ten\nयह\t"a\tb"\n', [["hi", "en"], ["यह", "a\tb"]]),
        ('hi\ten\nयह\t"say ""no"""\n', [["hi", "en"], ["यह", 'say "no"']]),
        ('"hi"\t"en"\n"यह"\t"this"\n', [["hi", "en"], ["यह", "this"]]),
        # A column that is quoted below the header.
        ('hi\ten\nयह\t"this"\nवह\t"that"\n', [["hi", "en"], ["यह", "this"], ["वह", "that"]]),
        # Texts with line breaks, where some cells are quoted that need not be.
        ('hi\ten\nयह\t"one\ntwo"\nवह\t"that"\n', [["hi", "en"], ["यह", "one\ntwo"], ["वह", "that"]]),
        ('hi\ten\n"एक\nदो"\tx\nवह\t"that"\n', [["hi", "en"], ["एक\nदो", "x"], ["वह", "that"]]),
    ],
)
def test_quotes_of_tsv_that_surround_cells_are_removed(text: str, rows: list[list[str]]) -> None:
    assert tsv(text) == rows


@pytest.mark.parametrize(
    "text",
    [
        'hi\ten\nयह\t"Hello," he said.\n',
        'hi\ten\nयह\the said "Hello"\n',
        'hi\ten\nयह\t"Hello."\nवह\tBye.\n',  # one text is a quotation, the others are not
        'hi\ten\nयह\t"Hello."\n',  # a column of one cell shows nothing
        # Two texts with one quotation mark each: not one cell of two lines, in whatever columns they are.
        'hi\ten\nयह\t"one\nवह\ttwo"\n',
        'hi\ten\n"यह\tone\nवह"\ttwo\n',
        'hi\ten\nयह\t"one\nवह"\ttwo\n',
        'hi\ten\nयह\t"one\n\nवह"\ttwo\n',
        'en\n"one\ntwo"\n',
        'en\n"one\n\ntwo"\n',
        # The same if lines of other widths show that the file is damaged: its row is refused by its width.
        'hi\ten\nयह\t"one\tmore\nवह\ttwo"\nअब\t"x"\n',
        # A quotation mark that no csv would write.
        'hi\ten\nयह\t5" pipe\nवह\t"a" b\n',
    ],
)
def test_quotation_marks_that_are_part_of_a_text_stay(text: str) -> None:
    assert tsv(text) == [line.split("\t") for line in files.split_lines(text)]


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
def test_what_python_writes_is_read_back(quoting: int) -> None:
    rows = [["id", "text"], *([str(number), text] for number, text in enumerate(['"a"', "b\tc", "d\ne", '"', "", "x"]))]
    file = io.StringIO()
    csv.writer(file, delimiter="\t", lineterminator="\n", quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    assert tsv(file.getvalue()) == rows


def test_rows_have_the_number_of_their_last_line() -> None:
    lines = ["a,b", '"c', 'd",e', "", "f,g"]
    assert list(cells.csv_rows(lines, "x.csv")) == [(1, ["a", "b"]), (3, ["c\nd", "e"]), (4, [""]), (5, ["f", "g"])]


def test_wrong_quoting_of_csv_names_the_line() -> None:
    with pytest.raises(InputError) as error:
        list(cells.csv_rows(["a,b", '"c"d,e'], "x.csv"))
    assert str(error.value).startswith("x.csv line 2: bad CSV (")
