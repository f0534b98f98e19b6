"""Read the rows of a table that can be scored, count the others, and report mistakes in them.

`_columns.py` decides which columns are read, and `_rows.py` makes a dataset of the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from harness.core import lenient_json, text
from harness.core.errors import InputError
from harness.core.findings import Findings, Place
from harness.datasets import _columns, _language, _tables
from harness.datasets._options import RowOptions
from harness.datasets._tables import DataTable, TableRow

KINDS = {"reference": "translations", "summary": "summaries", "headline": "headlines"}  # reference kind by role
_IN_ONE_LANGUAGE = 200  # texts of a column that show whether it is in the expected language


class Unit(NamedTuple):
    """A row that can be scored."""

    key: str  # its id, or its number
    document: str | None
    position: int  # in its document, from 1; 1 without a document
    source: str
    title: str | None
    references: tuple[tuple[str, str, str], ...]  # (role, column, text)


@dataclass(slots=True)
class RowReader:
    """Read the rows of a table that can be scored, and count the others."""

    table: DataTable
    options: RowOptions
    roles: _columns.Roles
    errors: Findings = field(default_factory=Findings)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def of_articles(self) -> bool:
        """Whether a row is an article."""
        default = "article" if self.roles.several("summary") or self.roles.several("headline") else "segment"
        return (self.options.rows or default) == "article"

    def check_options(self) -> None:
        """Raise InputError for options that do not go together, or a filter on a column that is not there."""
        for column in self.options.filter:
            _columns.resolve(column, self.table.columns, self.table.file)
        by_document = self.options.sample is not None and self.options.sample.by == "document"
        if by_document and not self.of_articles and not self.roles.one("document"):
            message = "sample.by: document needs documents; say columns: {document: COLUMN}, or by: row"
            raise InputError(message, where=self.table.file)
        summaries = next((role for role in ("summary", "headline") if self.roles.several(role)), None)
        if self.of_articles and self.roles.several("reference"):
            message = (
                "a row is an article here, and a reference translates a segment; say rows: segment, or leave it out"
            )
            raise InputError(message, where=self.table.file)
        if not self.of_articles and summaries:
            raise InputError(f"a row is a segment here, and a {summaries} is of an article", where=self.table.file)

    def units(self) -> Iterator[Unit]:
        """Yield the rows that can be scored; count the others, and add a finding for each mistake.

        Each call reads the table from its start, with new counts and findings.
        """
        self.errors, self.counts = Findings(), Counter()
        seen: dict[tuple[str | None, str], Place] = {}
        positions: Counter[str] = Counter()
        scripts = _Scripts(self.errors)
        wanted = self.roles.every | set(self.options.filter)
        for number, row in enumerate(self.table.rows(wanted), start=1):
            self.counts["rows"] += 1
            if not all(_matches(_tables.value(row.fields, column), value)
                       for column, value in self.options.filter.items()):  # fmt: skip
                self.counts["filtered"] += 1
                continue
            key, document = self._key(row, "id") or str(number), self._key(row, "document")
            if (document, key) in seen:
                message = f"id {key!r} stands at {_line(seen[document, key])} already; one row has all references of it"
                self.errors.add(row.place, message, cause="stands twice")
                continue
            seen[document, key] = row.place
            if document is not None:
                positions[document] += 1
            unit = self._unit(row, key, document, positions[document] if document is not None else 1)
            if unit is not None:
                scripts.look_at(row.place, self.roles.one("source") or "", unit.source, self.options.language)
                for role, column, content in unit.references:
                    scripts.look_at(row.place, column, content, language_of(role, self.options))
                yield unit
        scripts.report(self.table.file)

    def _unit(self, row: TableRow, key: str, document: str | None, position: int) -> Unit | None:
        """Return what is scored in a row; None, and count the reason, if a text is missing."""
        source = self._text(row, self.roles.one("source") or "")
        if source is None or (self.of_articles and not text.has_word(source)):
            self.counts["no source text"] += 1
            return None
        references = [
            (role, column, content)
            for role in KINDS
            for column in self.roles.several(role)
            if (content := self._text(row, column)) is not None
        ]
        present = {role for role, _, _ in references}
        if lacking := next((role for role in KINDS if self.roles.several(role) and role not in present), None):
            self.counts[f"no {lacking}"] += 1
            return None
        title = self.roles.one("title")
        return Unit(key, document, position, source, self._text(row, title) if title else None, tuple(references))

    def _key(self, row: TableRow, role: str) -> str | None:
        """Return an id or a document as text."""
        column = self.roles.one(role)
        value = _tables.value(row.fields, column) if column else None
        if value is None or (isinstance(value, str) and text.is_blank(value)):
            return None
        if not isinstance(value, str | int) or isinstance(value, bool) or not lenient_json.is_unicode(str(value)):
            self.errors.add(row.place, f"expected an id in {column!r}, found {_shown(value)}", cause=f"id {column}")
            return None
        return str(value)

    def _text(self, row: TableRow, column: str) -> str | None:
        """Return a text, None for a missing or blank one."""
        value = _tables.value(row.fields, column)
        if value is None:
            return None
        if not isinstance(value, str) or (self.table.is_json and not lenient_json.is_unicode(value)):
            self.errors.add(row.place, f"expected text in {column!r}, found {_shown(value)}", cause=f"text {column}")
            return None
        return None if text.is_blank(value) else value

    def left_out(self) -> tuple[str, ...]:
        """Return a note that counts the rows that could not be scored; none if all could."""
        read = self.counts["rows"] - self.counts["filtered"]
        reasons = [f"{count:,} with {reason}" for reason, count in self.counts.items() if reason.startswith("no ")]
        return (f"left out of {read:,} rows: {', '.join(reasons)}",) if reasons else ()

    def none_left(self) -> str:
        """Return why no row can be scored."""
        if not self.counts["rows"]:
            return "expected a row per text, found none; is the split empty?"
        if self.counts["filtered"] == self.counts["rows"]:
            return f"the filter keeps none of {self.counts['rows']:,} rows"
        return f"no row can be scored ({'; '.join(self.left_out())})"


class _Scripts:
    """Check the first texts of each column, and report a column if more than half of them are in another script."""

    def __init__(self, errors: Findings) -> None:
        self._errors = errors
        self._seen: Counter[tuple[str, str]] = Counter()
        self._wrong: dict[tuple[str, str], list[tuple[Place, str]]] = {}

    def look_at(self, place: Place, column: str, content: str, language: str) -> None:
        """Check the script of a text; do nothing after the first texts of its column."""
        if self._seen[column, language] >= _IN_ONE_LANGUAGE:
            return
        self._seen[column, language] += 1
        if text.script_share(content, language.rpartition("_")[2]) < 0.5:
            self._wrong.setdefault((column, language), []).append((place, content))

    def report(self, file: str) -> None:
        """Add a finding for each column with more texts in another script than in the expected one."""
        for (column, language), wrong in self._wrong.items():
            if 2 * len(wrong) > self._seen[column, language]:
                place, content = wrong[0]
                message = f"column {column!r}: {_language.describe(content, language)}; is it the right column?"
                self._errors.add(place, message, cause=f"script {column}")


def language_of(role: str, options: RowOptions) -> str:
    """Return the language of the references of a role."""
    if role == "reference":
        return options.reference_language
    return (options.summary_language if role == "summary" else None) or options.language


def _matches(value: Any, wanted: bool | int | float | str) -> bool:
    """Return whether a value is the wanted one. A value from CSV is always text, so texts are compared."""
    if isinstance(wanted, bool):
        return value is wanted or (isinstance(value, str) and value.strip().casefold() == str(wanted).casefold())
    return not isinstance(value, bool) and str(value).strip() == str(wanted)


def _shown(value: Any) -> str:
    if isinstance(value, lenient_json.Unusable):
        return value.reason
    shown = ascii(value) if isinstance(value, str) else repr(value)
    return shown if len(shown) <= 40 else f"{shown[:40]}..."


def _line(place: Place) -> str:
    return str(place).removeprefix(f"{place.file} ")
