"""What the formats with one folder for a dataset have in common: rows of JSONL, files of references, the digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from harness.core import files, text
from harness.core.errors import FileError, Problem
from harness.core.records import Reference
from harness.datasets import REFERENCE_KINDS

RowT = TypeVar("RowT", bound=BaseModel)

# The file and line of each reference, by kind of reference.
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


def expect_folder(path: Path, holding: str) -> None:
    """Raise FileError unless `path` is a folder; `holding` says what is expected in it."""
    if not path.is_dir():
        found = "a file" if path.exists() else "nothing there"
        raise FileError(f"{path}: expected a folder with {holding}, found {found}")


def language_in_name(path: Path) -> str:
    """Return the language of a file such as `article.hin_Deva.txt`.

    Raises:
        FileError: it is no FLORES code.
    """
    language = path.name.split(".")[1]
    if not text.is_language(language):
        raise FileError(f"{path}: expected a FLORES code such as hin_Deva in the name, found {language!r}")
    return language


def references(path: Path, problems: list[Problem]) -> tuple[dict[str, tuple[Reference, ...]], Lines]:
    """Return the references in folder `path` by kind, with their file and line; add a problem for each mistake."""
    found: dict[str, tuple[Reference, ...]] = {}
    lines: dict[tuple[str, Reference], str] = {}
    for reference_kind in REFERENCE_KINDS:
        file = path / f"{reference_kind}.jsonl"
        if file.exists():
            by_line = {
                where: Reference(row.id, row.version, row.language, row.text)
                for where, row in rows(file, ReferenceRow, problems)
            }
            lines |= {(reference_kind, reference): where for where, reference in by_line.items()}
            found[reference_kind] = tuple(by_line.values())
    if not found:
        expected = ", ".join(f"{reference_kind}.jsonl" for reference_kind in REFERENCE_KINDS)
        problems.append(Problem(str(path), f"expected at least one file of references ({expected}), found none"))
    return found, lines


def rows(file: Path, model: type[RowT], problems: list[Problem]) -> list[tuple[str, RowT]]:
    """Return (file and line, row) for each line that fits `model`, and add a problem for each that does not."""
    try:
        raw_rows, bad = files.read_jsonl(file)
    except FileError as error:
        problems += error.problems
        return []
    problems += bad
    found: list[tuple[str, RowT]] = []
    first: dict[tuple[Any, ...], int] = {}
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
        if key in first:
            problems.append(Problem(where, f"{' '.join(key)} stands on line {first[key]} already"))
            continue
        first[key] = number
        found.append((where, row))
    return found


def digest(path: Path, names: Iterable[str]) -> str:
    """Return the digest of all that can change a score: the files of these names, and the references."""
    everything = [*names, *(f"{reference_kind}.jsonl" for reference_kind in REFERENCE_KINDS)]
    return files.digest_json({name: files.digest_file(path / name) for name in everything if (path / name).is_file()})
