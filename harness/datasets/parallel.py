"""Aligned text files: line N of each reference is a translation of line N of the source.

    {format: parallel, path: NTREX-128, source: newstest2019-ref.hin.txt, references: [newstest2019-src.eng.txt],
     documents: ../DOCUMENT_IDS.tsv}

`documents` is a file with the id of a document per line, as NTREX has it. Lines of one document are one article, so
that intervals and tests resample documents. Files may be gzipped.
"""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field

from harness.core import files, plain_text
from harness.core.errors import FileError
from harness.core.records import Dataset
from harness.datasets import DatasetFormat, _rows
from harness.datasets._options import TextOptions


class Options(TextOptions):
    """The files."""

    format: str = Field(default="parallel", description="how its files are laid out")
    path: Path = Field(default=Path(), description="the folder of the files, relative to the config")
    source: str = Field(description="the file of sources, in that folder")
    references: tuple[str, ...] = Field(min_length=1, description="the files of references, in that folder")
    documents: str | None = Field(default=None, description="the file with the id of the document of each line")

    def resolve(self, folder: Path) -> Options:
        """Return the options with the path made relative to `folder`."""
        return self.model_copy(update={"path": Path(os.path.normpath(folder / self.path))})


def load(options: Options) -> Dataset:
    """Return the dataset in the files.

    Raises:
        FileError: a file cannot be read, or has another number of lines than the source.
        InputError: no line can be scored.
        ProblemsError: lines are wrong; all findings together.
    """
    file = options.path / options.source
    sources = _lines(file)
    references = {version(name): _lines(options.path / name) for name in options.references}
    if len(references) < len(options.references):
        raise FileError("expected references with different names, found the same twice", where=options.path)
    documents = None if options.documents is None else _lines(options.path / options.documents)
    others = zip(options.references, references.values(), strict=True)
    for name, lines in [*others, *([(options.documents, documents)] if documents is not None else [])]:
        if len(lines) != len(sources):
            message = f"expected {len(sources):,} lines, as {file} has, found {len(lines):,}; are the files aligned?"
            raise FileError(message, where=options.path / str(name))
    return _rows.from_lines(
        options, name=version(options.source), file=str(file), sources=sources, references=references,
        documents=documents,
    )  # fmt: skip


def version(name: str) -> str:
    """Return how references of a file are called: the file's name without `.txt` and `.gz`."""
    return Path(name).name.removesuffix(".gz").removesuffix(".txt")


def _lines(path: Path) -> list[str]:
    return files.split_lines(
        plain_text.decode(files.read_bytes(path), str(path), gzipped=path.name.lower().endswith(".gz"))
    )


FORMAT = DatasetFormat(options=Options, load=load)
