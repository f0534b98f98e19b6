"""Records of a file of texts, and which of their fields is the text; pure.

A CSV row, a JSON object and a segment of SGM become one `Record` each, so that ids, versions and the choice of the text
are the same for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.core import lenient_json
from harness.core.errors import InputError
from harness.core.text import is_blank

# Names that people give to the field with a text. A file with two of them is ambiguous: in XL-Sum, `text` is the
# article and `summary` the reference.
TEXT_NAMES = (
    "text", "prediction", "predictions", "pred", "output", "outputs", "hypothesis", "hyp", "mt", "translation",
    "target", "tgt", "reference", "ref", "summary", "generated_text", "completion", "response", "highlights", "answer",
    "content", "sentence",
)  # fmt: skip
_SHOWN_COLUMNS = 8
_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Record:
    """One row, object or segment."""

    where: str  # the file and the line, or the number of the item
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Records:
    """The records of one file."""

    records: Sequence[Record]
    columns: Sequence[str]  # names of fields, in the order of the file
    notes: Sequence[str] = ()  # what a reader of the table should know of how the file was read
    headless: bool = False  # the columns have numbers, because the file has no header
    weak_ids: bool = False  # ids are numbers within the file, so other files may have other ids for the same segments


def text_column(file: str, records: Records, chosen: str | None) -> str:
    """Return the name of the field that is the text; `file` is how messages name the file.

    Raises:
        InputError: there is no such column, or none was chosen and not exactly one has a name of `TEXT_NAMES`.
    """
    columns = records.columns
    listed = _listed(columns)
    if chosen is not None:
        column = _named(chosen, columns)
        if column is None:
            raise InputError(f"{file}: there is no column {chosen!r} (columns: {listed}); give FILE:COLUMN")
        return column
    if records.headless:
        if len(columns) == 1:
            return columns[0]
        raise InputError(
            f"{file}: expected one text per row, found {len(columns)} columns and no header; "
            f"choose the column of the text, for example {file}:{columns[-1]}"
        )
    candidates = [column for column in columns if column.casefold() in TEXT_NAMES]
    if len(candidates) > 1:
        raise InputError(
            f"{file}: which column is the text? It could be {_listed(candidates)}; "
            f"choose one, for example {file}:{candidates[-1]}"
        )
    if not candidates:
        raise InputError(
            f'{file}: expected {{"id": "...", "text": "..."}}, found no column that is known to be the text '
            f"(columns: {listed}); choose one, as FILE:COLUMN"
        )
    return candidates[0]


def text_of(record: Record, column: str) -> str:
    """Return a record's text.

    Raises:
        InputError: the field is missing, or is not a text.
    """
    value = field(record, column)
    if not isinstance(value, str):
        raise InputError(
            f'{record.where}: expected {{"id": "...", "{column}": "..."}}, found {column} {described(value)}'
        )
    if not lenient_json.is_unicode(value):
        raise InputError(f"{record.where}: expected text, found half of a surrogate pair in {column}; repair the file")
    return value


def id_of(record: Record) -> str | None:
    """Return a record's id as a string; None if it has none.

    Raises:
        InputError: the id is neither a text nor a whole number.
    """
    value = record.fields.get("id")
    if value is None:
        return None
    if type(value) is int:
        return str(value)
    if not isinstance(value, str) or is_blank(value) or not lenient_json.is_unicode(value):
        raise InputError(
            f'{record.where}: expected {{"id": "...", "text": "..."}}, found id {described(value)}; '
            "an id is a text or a whole number"
        )
    return value


def field(record: Record, column: str) -> Any:
    """Return the value of a field; in a JSON object, `translation.en` is `en` of the object `translation`."""
    if column in record.fields:
        return record.fields[column]
    outer, _, inner = column.partition(".")
    value = record.fields.get(outer)
    return value.get(inner) if inner and isinstance(value, dict) else None


def described(value: object) -> str:
    """Return how a message names a value."""
    if isinstance(value, lenient_json.Unusable):
        return value.reason
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def _named(chosen: str, columns: Sequence[str]) -> str | None:
    """Return the column that a user means: its name, its name in other letters, its number, or a path in JSON."""
    if chosen in columns:
        return chosen
    alike = [column for column in columns if column.casefold() == chosen.casefold()]
    if len(alike) == 1:
        return alike[0]
    if chosen.isascii() and chosen.isdigit() and 0 < int(chosen[:9]) <= len(columns):
        return columns[int(chosen[:9]) - 1]
    return chosen if "." in chosen and chosen.partition(".")[0] in columns else None


def _listed(columns: Sequence[str]) -> str:
    names = [column if column.isprintable() and len(column) < _SHOWN_CHARACTERS else described(column)
             for column in columns[:_SHOWN_COLUMNS]]  # fmt: skip
    more = f" and {len(columns) - _SHOWN_COLUMNS} more" if len(columns) > _SHOWN_COLUMNS else ""
    return ", ".join(names) + more
