"""Read the files that all formats with one folder per dataset share: JSONL rows, references, `dataset.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from harness.core import document as document_module
from harness.core import files, text, validation
from harness.core.errors import FileError, InputError, Problem
from harness.core.records import Reference
from harness.datasets import REFERENCE_KINDS

RowT = TypeVar("RowT", bound=BaseModel)

# The file and line of each reference, by reference kind.
Lines = Mapping[tuple[str, Reference], str]


class Row(BaseModel):
    """One line of a JSONL file."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ReferenceRow(Row):
    """A line of a file of references, such as `translations.jsonl`."""

    id: str
    version: str = Field(min_length=1)
    language: str
    text: str

    @field_validator("language")
    @classmethod
    def _flores(cls, language: str) -> str:
        if not text.is_language(language):
            raise ValueError(f"expected a FLORES code such as eng_Latn, found {language!r}")
        return language


class Description(BaseModel):
    """The keys of `dataset.yaml`, which a dataset may have. None of them changes a score."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    licence: str | None = Field(default=None, min_length=1, description="of the references")
    citation: str | None = Field(default=None, min_length=1, description="BibTeX, or a sentence")
    notes: tuple[str, ...] = Field(default=(), description="printed with every score on this dataset")


def expect_folder(path: Path, contents: str) -> None:
    """Raise FileError unless `path` is a folder. The message says which contents are expected in it."""
    if not path.is_dir():
        found = "a file" if path.exists() else "nothing there"
        raise FileError(f"expected a folder with {contents}, found {found}", where=path)


def language_in_name(path: Path) -> str:
    """Return the language of a file such as `article.hin_Deva.txt`.

    Raises:
        FileError: the name has no FLORES code.
    """
    language = path.name.split(".")[1]
    if not text.is_language(language):
        raise FileError(f"expected a FLORES code such as hin_Deva in the name, found {language!r}", where=path)
    return language


def describe(folder: Path, problems: list[Problem]) -> Description:
    """Return what `dataset.yaml` says, nothing if there is no such file; add a problem for each mistake in it."""
    file = folder / "dataset.yaml"
    if not file.exists():
        return Description()
    try:
        document = document_module.read(file, expected="licence, citation and notes")
    except InputError as error:
        problems += error.problems
        return Description()
    description, mistakes = validation.parse(Description, document.tree, document, ())
    problems += mistakes
    return description or Description()


def references(folder: Path, problems: list[Problem]) -> tuple[dict[str, tuple[Reference, ...]], Lines]:
    """Return the references in a folder by kind, with their file and line; add a problem for each mistake."""
    by_kind: dict[str, tuple[Reference, ...]] = {}
    lines: dict[tuple[str, Reference], str] = {}
    for reference_kind in REFERENCE_KINDS:
        file = folder / f"{reference_kind}.jsonl"
        if file.exists():
            by_line = {
                where: Reference(row.id, row.version, row.language, row.text)
                for where, row in rows(file, ReferenceRow, problems)
            }
            lines |= {(reference_kind, reference): where for where, reference in by_line.items()}
            by_kind[reference_kind] = tuple(by_line.values())
    if not by_kind:
        expected = ", ".join(f"{reference_kind}.jsonl" for reference_kind in REFERENCE_KINDS)
        problems.append(Problem(str(folder), f"expected at least one file of references ({expected}), found none"))
    return by_kind, lines


def rows(file: Path, model: type[RowT], problems: list[Problem]) -> list[tuple[str, RowT]]:
    """Return (file and line, row) for each line that fits `model`; add a problem for each line that does not."""
    try:
        raw_rows, unreadable = files.read_jsonl(file)
    except FileError as error:
        problems += error.problems
        return []
    problems += unreadable
    fitting: list[tuple[str, RowT]] = []
    first_lines: dict[tuple[Any, ...], int] = {}
    for number, raw in raw_rows:
        where = f"{file} line {number}"
        try:
            row = model.model_validate(raw)
        except ValidationError as error:
            for detail in error.errors():
                name = ".".join(str(part) for part in detail["loc"])
                problems.append(Problem(where, f"{name}: {detail['msg'][0].lower()}{detail['msg'][1:]}"))
            continue
        key = tuple(getattr(row, name) for name in ("id", "version", "language") if hasattr(row, name))
        if key in first_lines:
            problems.append(Problem(where, f"{' '.join(key)} stands on line {first_lines[key]} already"))
            continue
        first_lines[key] = number
        fitting.append((where, row))
    return fitting


def rows_if_any(file: Path, model: type[RowT], problems: list[Problem]) -> list[tuple[str, RowT]]:
    """Return the rows of a file that a dataset need not have."""
    return rows(file, model, problems) if file.exists() else []


def digest(folder: Path, names: Iterable[str]) -> str:
    """Return the digest of everything that can change a score: the files of these names, and the references."""
    everything = [*names, *(f"{reference_kind}.jsonl" for reference_kind in REFERENCE_KINDS)]
    return files.digest_json({
        name: files.digest_file(folder / name) for name in everything if (folder / name).is_file()
    })
