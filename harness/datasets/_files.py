"""Read the files that all formats with one folder per dataset share: JSONL rows, references, `dataset.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from harness.core import document as document_module
from harness.core import files, jsonl, registry, text, validation
from harness.core.errors import FileError, InputError
from harness.core.findings import Findings, Place
from harness.core.records import Reference
from harness.datasets import REFERENCE_KINDS, formats_of

RowT = TypeVar("RowT", bound="Row")
DescriptionT = TypeVar("DescriptionT", bound="Description")

# The file and line of each reference, by reference kind.
Places = Mapping[tuple[str, Reference], Place]

# Units whose text is not written yet, as (reference kind, version, language, id).
Unwritten = frozenset[tuple[str, str, str, str]]

# The files of facts and entities, which a dataset may have.
ANNOTATION_FILES = ("facts.jsonl", "entities.jsonl")

# The files that every folder of a dataset may have beside those of its format.
_SHARED_FILES = ("dataset.yaml", *(f"{reference_kind}.jsonl" for reference_kind in REFERENCE_KINDS))


class Row(BaseModel):
    """One line of a JSONL file."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    other_keys: ClassVar[str | None] = None  # in words: the keys that a row may have beside its fields

    @classmethod
    def accepts(cls, key: str) -> bool:
        """Return whether a row may have this key."""
        return key in cls.model_fields


class ReferenceRow(Row):
    """A line of a file of references, such as `translations.jsonl`."""

    id: str
    version: str = Field(min_length=1)
    language: str
    text: str

    @field_validator("language")
    @classmethod
    def _flores(cls, language: str) -> str:
        if not _is_language(language):
            raise ValueError(f"expected a FLORES code such as eng_Latn, found {language!r}")
        return language


class Description(BaseModel):
    """The keys of `dataset.yaml`, which a dataset may have. None of them changes a score."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    licence: str | None = Field(default=None, min_length=1, description="of the references")
    citation: str | None = Field(default=None, min_length=1, description="BibTeX, or a sentence")
    notes: tuple[str, ...] = Field(default=(), description="printed with every score on this dataset")
    guidelines: Literal["strict"] | None = Field(
        default=None, description="strict: warn of each text that breaks the guidelines of references/README.md"
    )
    other_scripts: Literal["all"] | tuple[str, ...] = Field(
        default=(), description="ids of articles and units whose texts may be in another script than their language's"
    )


def own_file(path: Path, pattern: str, contents: str, expected: str) -> Path:
    """Return the file by which a dataset's folder is recognised.

    Args:
        path: the folder.
        pattern: of the format; exactly one file must match.
        contents: what such a folder has, for the message.
        expected: the file in words, for the message.

    Raises:
        FileError: there is no folder, or no such file, or several. If the folder has the file of another format, the
            message names that format: users easily forget `format` in a config.
    """
    if not path.is_dir():
        instead = "a file" if path.exists() else "nothing there"
        raise FileError(f"expected a folder with {contents}, found {instead}", where=path)
    candidates = sorted(path.glob(pattern))
    if len(candidates) == 1:
        return candidates[0]
    listed = ", ".join(file.name for file in candidates) or "none"
    others = [f"a folder with {form.pattern} is format: {name}" for name, form in formats_of(path).items()]
    raise FileError("; ".join([f"expected {expected}, found {listed}", *(() if candidates else others)]), where=path)


def language_in_name(path: Path) -> str:
    """Return the language of a file such as `article.hin_Deva.txt`.

    Raises:
        FileError: the name has no FLORES code.
    """
    language = path.name.split(".")[1]
    if not _is_language(language):
        raise FileError(f"expected a FLORES code such as hin_Deva in the name, found {language!r}", where=path)
    return language


def _is_language(code: str) -> bool:
    return text.is_language(code) and text.is_script(code.rpartition("_")[2])


def describe(folder: Path, errors: Findings) -> Description:
    """Return what `dataset.yaml` says, nothing if there is no such file; add a finding for each mistake in it."""
    return describe_as(Description, folder, errors)


def describe_as(model: type[DescriptionT], folder: Path, errors: Findings) -> DescriptionT:
    """Return `describe` for a format that adds keys to `dataset.yaml`."""
    file = folder / "dataset.yaml"
    if not file.exists():
        return model()
    try:
        document = document_module.read(file, expected="licence, citation and notes")
        description, problems = validation.parse(model, document.tree, document, ())
    except InputError as error:
        description, problems = None, [*error.problems]
    for problem in problems:
        errors.add(Place(problem.where), problem.message)
    return description or model()


def references(folder: Path, errors: Findings) -> tuple[dict[str, tuple[Reference, ...]], Places, Unwritten]:
    """Return the references in a folder by kind, with their file and line; add a finding for each mistake.

    A row whose text is `""` is a template: its text is not written yet, and it is no reference. A kind whose file has
    such rows only is there, without references.
    """
    unwritten: set[tuple[str, str, str, str]] = set()
    by_kind: dict[str, tuple[Reference, ...]] = {}
    places: dict[tuple[str, Reference], Place] = {}
    for reference_kind in REFERENCE_KINDS:
        file = folder / f"{reference_kind}.jsonl"
        if file.exists():
            in_file = rows(file, ReferenceRow, errors)
            by_line = {
                place: Reference(row.id, row.version, row.language, row.text) for place, row in in_file if row.text
            }
            unwritten |= {(reference_kind, row.version, row.language, row.id) for _, row in in_file if not row.text}
            places |= {(reference_kind, reference): place for place, reference in by_line.items()}
            by_kind[reference_kind] = tuple(by_line.values())
    if not by_kind:
        expected = ", ".join(f"{reference_kind}.jsonl" for reference_kind in REFERENCE_KINDS)
        hints = [f"; {_not_read(file.name, meant)}" for file, meant in unread(folder, ()) if meant]
        errors.add(folder, f"expected at least one file of references ({expected}), found none{''.join(hints)}")
    return by_kind, places, frozenset(unwritten)


def warn_of_unread(folder: Path, own: Iterable[str], warnings: Findings) -> None:
    """Add a warning for each file in a dataset's folder that no one reads; `own` are the files of its format."""
    for file, meant in unread(folder, own):
        warnings.add(folder, _not_read(file.name, meant))


def unread(folder: Path, own: Iterable[str]) -> list[tuple[Path, str | None]]:
    """Return the files in a dataset's folder that are not read, each with the name that was probably meant.

    Hidden files, and files for people (README.md, LICENSE and others without a suffix), are left out.
    """
    known = [*own, *_SHARED_FILES]
    return [
        (file, registry.nearest(file.name, known))
        for file in sorted(folder.iterdir())
        if file.is_file() and file.name not in known
        and not file.name.startswith(".") and file.suffix.lower() not in ("", ".md")
    ]  # fmt: skip


def _not_read(name: str, meant: str | None) -> str:
    hint = f"; did you mean {meant}? Rename it" if meant else ""
    return f"{name} is not read, because no file of a dataset has this name{hint}"


def rows(file: Path, model: type[RowT], errors: Findings) -> list[tuple[Place, RowT]]:
    """Return (place, row) for each line that fits `model`; add a finding for each mistake in the others.

    An unknown key is a mistake, but the rest of its row is read, so that nothing else follows from it.
    """
    try:
        raw_rows, unreadable = jsonl.read_rows(file)
    except FileError as error:
        errors.add(Place(error.where), error.message)
        return []
    for number, message in unreadable:
        errors.add(Place(str(file), number), message, cause="not a JSON object")
    fitting: list[tuple[Place, RowT]] = []
    first_lines: dict[tuple[Any, ...], int] = {}
    for number, raw in raw_rows:
        place = Place(str(file), number)
        row = _row(place, raw, model, errors)
        if row is None:
            continue
        key = tuple(getattr(row, name) for name in ("id", "version", "language") if hasattr(row, name))
        if key and key in first_lines:
            message = f"{' '.join(key)} stands on line {first_lines[key]} already"
            errors.add(place, message, cause="stands twice")
            continue
        first_lines[key] = number
        fitting.append((place, row))
    return fitting


def _row(place: Place, raw: dict[str, Any], model: type[RowT], errors: Findings) -> RowT | None:
    """Return a row, None if a key is missing or wrong; add a finding for each key that is unknown or wrong."""
    unknown = [key for key in raw if not model.accepts(key)]
    meant = set()
    for key in unknown:
        message, nearest = _unknown_key(model, key)
        errors.add(place, message, cause=f"unknown key {key}")
        meant.add(nearest)
    known = {key: value for key, value in raw.items() if key not in unknown}
    try:
        return model.model_validate(known)
    except ValidationError as error:
        for cause, message in validation.faults(model, known, error):
            # A finding has named the misspelt key already.
            if not (cause.startswith("missing ") and cause.removeprefix("missing ") in meant):
                errors.add(place, message, cause=cause)
    return None


@cache
def _unknown_key(model: type[Row], key: str) -> tuple[str, str | None]:
    """Return the message for an unknown key, and the field that was probably meant; cached, as all rows may have it."""
    message = registry.unknown("key", key, model.model_fields)
    if model.other_keys:
        message = f"{message.removesuffix(')')}, and {model.other_keys})"
    return message, registry.nearest(key, model.model_fields)


def rows_if_any(file: Path, model: type[RowT], errors: Findings) -> list[tuple[Place, RowT]]:
    """Return the rows of a file that a dataset need not have."""
    return rows(file, model, errors) if file.exists() else []


def digest(folder: Path, names: Iterable[str]) -> str:
    """Return the digest of all that can change a score: the files of these names, references and annotations."""
    everything = [*names, *(f"{reference_kind}.jsonl" for reference_kind in REFERENCE_KINDS), *ANNOTATION_FILES]
    return files.digest_json({
        name: files.digest_file(folder / name) for name in everything if (folder / name).is_file()
    })
