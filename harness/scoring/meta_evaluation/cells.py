"""Read the cells of one row of human scores: texts, references, the score, the task and the language."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from harness.core import registry, text
from harness.core.errors import InputError
from harness.core.lenient_json import is_unicode
from harness.scoring.meta_evaluation.columns import ColumnsByRole
from harness.scoring.textfiles.records import Record, described
from harness.scoring.textfiles.records import field as value_of

# Short codes and names of languages that tables of human scores use.
_LANGUAGES = {
    "asm_Beng": ("as", "asm", "assamese"),
    "ben_Beng": ("bn", "ben", "bengali", "bangla"),
    "eng_Latn": ("en", "eng", "english"),
    "guj_Gujr": ("gu", "guj", "gujarati"),
    "hin_Deva": ("hi", "hin", "hindi"),
    "kan_Knda": ("kn", "kan", "kannada"),
    "mal_Mlym": ("ml", "mal", "malayalam"),
    "mar_Deva": ("mr", "mar", "marathi"),
    "ory_Orya": ("or", "ori", "ory", "odia", "oriya"),
    "pan_Guru": ("pa", "pan", "punjabi"),
    "tam_Taml": ("ta", "tam", "tamil"),
    "tel_Telu": ("te", "tel", "telugu"),
    "urd_Arab": ("ur", "urd", "urdu"),
}
_CODES = {name: code for code, names in _LANGUAGES.items() for name in names}
_TASKS = {
    "mt": "translate", "translation": "translate", "machine translation": "translate",
    "ts": "summarise", "sum": "summarise", "summarization": "summarise", "summarisation": "summarise",
    "text summarization": "summarise", "summarize": "summarise",
}  # fmt: skip


def task(name: str, where: str) -> str:
    """Return the task that a name means: its own, or one that tables of human scores use, such as MT.

    Raises:
        InputError: no such task; `where` is the place that the message names.
    """
    found = _TASKS.get(name.casefold(), name)
    if not registry.is_known("tasks", found):
        raise InputError(registry.unknown("task", name, registry.names("tasks")), where=where)
    return found


def language(name: str, where: str) -> str:
    """Return the FLORES code of a language: hi, Hindi and hin_Deva are one.

    Raises:
        InputError: no such language.
    """
    code = _CODES.get(name.casefold(), name)
    if not text.is_language(code):
        raise InputError(
            f"{registry.unknown('language', name, _LANGUAGES)}; expected a FLORES code such as hin_Deva", where=where
        )
    return code


def references(record: Record, columns: ColumnsByRole) -> Iterator[str]:
    """Yield the references of a row that are not empty; a column may have a list of them.

    Raises:
        InputError: a reference is no text.
    """
    for column in columns.references:
        value = value_of(record, column)
        for reference in value if isinstance(value, list) else [value]:
            if reference is None:
                continue
            if not isinstance(reference, str) or not is_unicode(reference):
                raise InputError(f"expected texts in {column}, found {described(reference)}", where=record.where)
            if not text.is_blank(reference):
                yield reference


def content(record: Record, column: str) -> str:
    """Return a text as it is; it may be empty.

    Raises:
        InputError: the value is no text.
    """
    value = value_of(record, column)
    if not isinstance(value, str) or not is_unicode(value):
        raise InputError(f"expected a text in {column}, found {described(value)}", where=record.where)
    return value


def plain(record: Record, column: str | None) -> str:
    """Return a name or an id without spaces at its ends; empty if there is none.

    Raises:
        InputError: the value is neither a text nor a number.
    """
    value = value_of(record, column) if column is not None else None
    if value is None:
        return ""
    if not isinstance(value, str | int | float) or (isinstance(value, str) and not is_unicode(value)):
        raise InputError(f"expected a text in {column}, found {described(value)}", where=record.where)
    return str(value).strip()


def score(record: Record, column: str) -> float | None:
    """Return the human score of a row, None if it has none.

    Raises:
        InputError: the value is not a number.
    """
    value: Any = value_of(record, column)
    if value is None or (isinstance(value, str) and text.is_blank(value)):
        return None
    number = math.nan
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = math.nan
    if not math.isfinite(number):
        raise InputError(f"expected a number in {column}, found {described(value)}", where=record.where)
    return number
