"""Choose the column of each role: as the config says, else by the names that people give to columns. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.core import registry
from harness.core.errors import InputError
from harness.datasets._options import Columns

_SHORT = {"hin_Deva": ("hi", "hin", "hindi"), "eng_Latn": ("en", "eng", "english")}
_SOURCES = ("source", "src", "source_text", "src_text")
_PLAIN_TEXTS = ("text", "article", "content", "input", "sentence")
_REFERENCES = ("reference", "references", "ref", "target", "tgt", "target_text", "tgt_text", "translation")
_NUMBERED = re.compile(r"ref(?:erence)?[_-]?\d+")
_OTHERS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "segment_id", "seg_id", "segid", "guid"),
    "document": ("document", "document_id", "doc", "doc_id", "docid", "article_id", "conversation_id"),
    "title": ("title",),
    "summary": ("summary", "highlights", "abstract"),
    "headline": ("headline",),
}
_SEVERAL = ("reference", "summary", "headline")  # roles that may have several columns


@dataclass(frozen=True, slots=True)
class Roles:
    """The columns of a table by role."""

    by_role: Mapping[str, tuple[str, ...]]
    detected: tuple[str, ...] = ()  # roles whose column was found by its name
    lacking: tuple[str, ...] = ()  # in words: roles whose column may be absent and is

    def one(self, role: str) -> str | None:
        """Return the column of a role, None if the table has none."""
        return next(iter(self.by_role.get(role, ())), None)

    def several(self, role: str) -> tuple[str, ...]:
        """Return the columns of a role."""
        return self.by_role.get(role, ())

    @property
    def every(self) -> set[str]:
        """All columns that have a role."""
        return {column for columns in self.by_role.values() for column in columns}

    def said(self) -> str:
        """Return in words what was detected; empty if everything was told."""
        if self.lacking:
            return "; ".join(self.lacking)
        detected = ", ".join(f"{role} {' and '.join(map(repr, self.by_role[role]))}" for role in self.detected)
        return f"columns found by their names: {detected} (say columns: to choose others)" if detected else ""


def choose(told: Columns, columns: Sequence[str], *, language: str, reference_language: str, file: str) -> Roles:
    """Return the columns by role. If no column is told, every role is detected; otherwise only the source is.

    Raises:
        InputError: there is no such column, none can be the source, or several can have one role.
    """
    named = told.told()
    by_role: dict[str, tuple[str, ...]] = {}
    lacking: list[str] = []
    for role, names in named.items():
        if role not in _SEVERAL and len(names) > 1:
            raise InputError(f"expected one column for {role}, found {len(names)}", where=file)
        columns_told = [resolve(name, columns, file) for name in names]
        if any(columns_told):
            by_role[role] = tuple(dict.fromkeys(filter(None, columns_told)))
        else:
            lacking.append(f"no column {' or '.join(filter(None, names[0].split('|')))} for the {role}")
    detected: list[str] = []
    for role, names in _names(language, reference_language).items():
        if role in by_role or (named and role != "source"):
            continue
        candidates = _found(role, names, [column for column in columns if column not in _taken(by_role)])
        numbered = all(_NUMBERED.fullmatch(each.casefold()) for each in candidates)
        if len(candidates) > 1 and not (role == "reference" and numbered):
            raise InputError(
                f"which column is the {role}? It could be {', '.join(candidates)}; "
                f"say columns: {{{role}: {candidates[0]}}}",
                where=file,
            )
        if candidates:
            by_role[role] = tuple(candidates)
            detected.append(role)
    if "source" not in by_role:
        raise InputError(
            f"no column is known to be the source (columns: {', '.join(columns)}); say columns: {{source: COLUMN}}",
            where=file,
        )
    return Roles(by_role, tuple(detected), tuple(lacking))


def resolve(name: str, columns: Sequence[str], file: str) -> str:
    """Return the column that a name means: itself, the first of `a|b` that exists, or a path into a nested record.

    It is empty for `a|b|` if neither exists.

    Raises:
        InputError: there is no such column.
    """
    choices = [choice.strip() for choice in name.split("|")] if name not in columns else [name]
    for choice in choices:
        if not choice or choice in columns or ("." in choice and choice.partition(".")[0] in columns):
            return choice
    raise InputError(registry.unknown("column", name, columns), where=file)


def _names(language: str, reference_language: str) -> dict[str, tuple[str, ...]]:
    """Return the names of columns by role, in small letters; the roles with the clearest names come first."""
    return {
        **_OTHERS,
        "source": (*_SOURCES, *_PLAIN_TEXTS, *_of_language(language)),
        "reference": (*_REFERENCES, *_of_language(reference_language)),
    }


def _of_language(language: str) -> Iterable[str]:
    code = language.casefold()
    return (code, f"sentence_{code}", *_SHORT.get(language, ()))


def _found(role: str, names: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Return the columns that can have a role."""
    return [
        column
        for column in columns
        if column.casefold() in names or (role == "reference" and _NUMBERED.fullmatch(column.casefold()))
    ]


def _taken(by_role: Mapping[str, tuple[str, ...]]) -> set[str]:
    return {column for columns in by_role.values() for column in columns}
