"""A file with named columns: CSV, TSV, JSONL, JSON or Parquet.

    {format: tabular, path: news.csv}
    {format: tabular, path: news.csv, columns: {source: hindi, reference: [english_1, english_2], document: url}}

Columns that a config does not name are found by their names (source, reference, id, document, title, summary,
headline, hin_Deva, en, ...), and a warning says which. The delimiter of CSV is a comma, a tab, a semicolon or a bar.
"""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field

from harness.core.records import Dataset
from harness.datasets import DatasetFormat, _rows, _tables
from harness.datasets._options import RowOptions


class Options(RowOptions):
    """Where the file is, and how its text is cut."""

    format: str = Field(default="tabular", description="how its files are laid out")
    path: Path = Field(description="the file, relative to the config")
    delimiter: _tables.Delimiter | None = Field(
        default=None, description="between the columns of CSV; default: detected"
    )
    header: bool = Field(default=True, description="the first row has names; else columns are numbered from 1")
    field: str | None = Field(default=None, description="the key of a JSON file that has the list of rows")

    def resolve(self, folder: Path) -> Options:
        """Return the options with the path made relative to `folder`."""
        return self.model_copy(update={"path": Path(os.path.normpath(folder / self.path))})


def load(options: Options) -> Dataset:
    """Return the dataset in a file.

    Raises:
        FileError: the file cannot be read.
        InputError: its content, or a column, is not what was expected.
        ProblemsError: rows are wrong; all findings together.
    """
    table = _tables.read(options.path, delimiter=options.delimiter, header=options.header, field=options.field)
    return _rows.build(table, options, name=options.path.name.partition(".")[0])


FORMAT = DatasetFormat(options=Options, load=load)
