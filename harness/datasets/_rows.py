"""Turn rows with a source, references, an id and a document into a dataset.

A row is a segment of its document, or an article with a summary or a headline, which is cut into sentences here. A row
without a document is an article of its own. A row that cannot be scored (its source or a kind of reference is missing)
is left out, and the dataset's notes count it. Rows are read one after another and only their segments are kept.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from harness.core import files, lenient_json, text
from harness.core.errors import InputError, ProblemsError
from harness.core.findings import Findings, Place
from harness.core.records import Article, Dataset, Reference, Segment
from harness.datasets import _columns, _language, _segmentation, _tables
from harness.datasets._options import Columns, RowOptions, Sample, TextOptions
from harness.datasets._tables import DataTable, TableRow

_KINDS = {"reference": "translations", "summary": "summaries", "headline": "headlines"}  # reference kind by role
_IN_ONE_LANGUAGE = 200  # texts of a column that tell whether it is in the language that is expected


class _Unit(NamedTuple):
    """A row that can be scored."""

    key: str  # its id, or its number
    document: str | None
    position: int  # in its document, from 1
    source: str
    title: str | None
    references: tuple[tuple[str, str, str], ...]  # (role, column, text)


def build(table: DataTable, options: RowOptions, *, name: str, origin: Mapping[str, str] | None = None) -> Dataset:
    """Return the dataset in a table.

    Args:
        table: the rows.
        options: the columns, the languages, the filter and the sample.
        name: of the dataset, if the options have none.
        origin: where the rows are from, for the manifest.

    Raises:
        InputError: a column is not there, or no row can be scored.
        ProblemsError: rows are wrong: ids that stand twice, or values that are no texts.
    """
    name = options.name or name
    roles = _columns.choose(
        options.columns, table.columns, language=options.language, reference_language=options.reference_language,
        file=table.file,
    )  # fmt: skip
    reader = _Reader(table, options, roles)
    reader.check_options()
    chosen, note = _chosen(reader, options.sample)
    collected = _Collected(name, options, reader.of_articles)
    for unit in reader.units():
        if chosen is None or _drawn_by(unit, options.sample) in chosen:
            collected.add(unit)
    if reader.errors:
        raise ProblemsError(reader.errors.problems(Path(table.file)))
    if not collected.segments:
        raise InputError(reader.none_left(), where=table.file)
    remarks = (*table.remarks, roles.said())
    return Dataset(
        name=name,
        digest=collected.digest(),
        articles=collected.articles(),
        references={kind: tuple(references) for kind, references in collected.references.items()},
        licence=options.licence,
        citation=options.citation,
        notes=(*options.notes, *note, *reader.left_out()),
        warnings=tuple(f"{table.file}: {remark}" for remark in remarks if remark),
        origins=({"dataset": name, **origin},) if origin else (),
    )


# --- rows -------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reader:
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

    def units(self) -> Iterator[_Unit]:
        """Yield the rows that can be scored; count the others, and add a finding for each mistake."""
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
                    scripts.look_at(row.place, column, content, _language_of(role, self.options))
                yield unit
        scripts.report(self.table.file)

    def _unit(self, row: TableRow, key: str, document: str | None, position: int) -> _Unit | None:
        source = self._text(row, self.roles.one("source") or "")
        if source is None or (self.of_articles and _segmentation.is_debris(source)):
            self.counts["no source text"] += 1
            return None
        references = [
            (role, column, content)
            for role in _KINDS
            for column in self.roles.several(role)
            if (content := self._text(row, column)) is not None
        ]
        present = {role for role, _, _ in references}
        if lacking := next((role for role in _KINDS if self.roles.several(role) and role not in present), None):
            self.counts[f"no {lacking}"] += 1
            return None
        title = self.roles.one("title")
        return _Unit(key, document, position, source, self._text(row, title) if title else None, tuple(references))

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
        if not isinstance(value, str) or not lenient_json.is_unicode(value):
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
    """Look at the first texts of each column, and report a column whose texts are mostly in another script."""

    def __init__(self, errors: Findings) -> None:
        self._errors = errors
        self._seen: Counter[tuple[str, str]] = Counter()
        self._wrong: dict[tuple[str, str], list[tuple[Place, str]]] = {}

    def look_at(self, place: Place, column: str, content: str, language: str) -> None:
        """Look at a text of a column, unless enough of them were looked at."""
        if self._seen[column, language] >= _IN_ONE_LANGUAGE:
            return
        self._seen[column, language] += 1
        if text.script_share(content, language.rpartition("_")[2]) < 0.5:
            self._wrong.setdefault((column, language), []).append((place, content))

    def report(self, file: str) -> None:
        """Add a finding for each column of which more than half is in another script."""
        for (column, language), wrong in self._wrong.items():
            if 2 * len(wrong) > self._seen[column, language]:
                place, content = wrong[0]
                message = f"column {column!r}: {_language.describe(content, language)}; is it the right column?"
                self._errors.add(place, message, cause=f"script {column}")


def _language_of(role: str, options: RowOptions) -> str:
    if role == "reference":
        return options.reference_language
    return (options.summary_language if role == "summary" else None) or options.language


def _matches(value: Any, wanted: bool | int | float | str) -> bool:
    """Whether a value is the wanted one; CSV has text for all of them."""
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


# --- sample -----------------------------------------------------------------------------------------------------------


def _drawn_by(unit: _Unit, sample: Sample | None) -> str:
    """Return the id of what a sample draws: the row, or its document."""
    if unit.document is not None and sample is not None and sample.by == "document":
        return unit.document
    return unit.key if unit.document is None else f"{unit.document}#{unit.key}"


def _chosen(reader: _Reader, sample: Sample | None) -> tuple[frozenset[str] | None, tuple[str, ...]]:
    """Return what a sample draws, None without one, and a note on it.

    The order of the draw is that of a digest of seed and id, so that it depends neither on the order of the rows nor on
    a library's random numbers.
    """
    if sample is None:
        return None, ()
    names = list(dict.fromkeys(_drawn_by(unit, sample) for unit in reader.units()))
    drawn = sorted(names, key=lambda each: files.digest(f"{sample.seed} {each}"))[: sample.n]
    what = "articles" if reader.of_articles else f"{sample.by}s"
    if len(drawn) == len(names):
        return None, ()
    return frozenset(drawn), (f"a sample of {len(drawn):,} of {len(names):,} {what} (seed {sample.seed})",)


# --- records ----------------------------------------------------------------------------------------------------------


class _Collected:
    """The segments and references of the rows that were chosen."""

    def __init__(self, name: str, options: RowOptions, of_articles: bool) -> None:
        self._name = name
        self._options = options
        self._of_articles = of_articles
        self.segments: dict[str, list[Segment]] = {}  # by article
        self.references: dict[str, list[Reference]] = {}  # by kind

    def add(self, unit: _Unit) -> None:
        """Add the segments and references of a row."""
        name = self._name
        if self._of_articles:
            parts = (name, unit.document, unit.key) if unit.document is not None else (name, unit.key)
            article = "/".join(parts)
            segments = _segmentation.plain(
                unit.source, article=article, language=self._options.language, title=unit.title
            )
            self.segments[article] = list(segments.segments)
            of = article
        else:
            article = f"{name}/{unit.key if unit.document is None else unit.document}"
            of = self._add_segment(article, unit)
        for role, column, content in unit.references:
            reference = Reference(of, column, _language_of(role, self._options), content)
            self.references.setdefault(_KINDS[role], []).append(reference)

    def _add_segment(self, article: str, unit: _Unit) -> str:
        of_article = self.segments.setdefault(article, [])
        start = of_article[-1].end + 1 if of_article else 0
        name, paragraph = (f"{article}#{letter}{unit.position:02d}" for letter in "sp")
        of_article.append(Segment(name, paragraph, "body", start, start + len(unit.source), unit.source))
        return name

    def articles(self) -> tuple[Article, ...]:
        """Return the articles in the order of their first rows."""
        return tuple(Article(name, self._options.language, tuple(each)) for name, each in self.segments.items())

    def digest(self) -> str:
        """Return the digest of all texts, ids and languages, and of the sample."""
        digest = hashlib.sha256()

        def take(records: Iterable[tuple[str, ...]]) -> None:
            # With lengths, so that no text can be taken for two.
            digest.update("".join([f"{len(value)}:{value}" for record in records for value in record]).encode())

        sample = self._options.sample
        take([(self._options.language, files.dumps(sample.model_dump()) if sample else "")])
        for segments in self.segments.values():
            take((each.id, each.kind, each.text) for each in segments)
        for kind, references in self.references.items():
            for each in references:
                take([(kind, each.id, each.version, each.language, each.text)])
        return digest.hexdigest()


SOURCE, DOCUMENT = "the source", "the documents"  # columns of `from_lines`, as messages name them


def from_lines(
    options: TextOptions,
    *,
    name: str,
    file: str,
    sources: Sequence[str],
    references: Mapping[str, Sequence[str]],
    documents: Sequence[str] | None,
    origin: Mapping[str, str] | None = None,
) -> Dataset:
    """Return the dataset of aligned texts.

    Args:
        options: what the formats of texts share.
        name: of the dataset, if the options have none.
        file: how messages name the texts.
        sources: one per line.
        references: by version, as many as there are sources.
        documents: the document of each source; None if the sources have none.
        origin: where the texts are from, for the manifest.

    Raises:
        InputError, ProblemsError: as `build`.
    """
    columns = {SOURCE: sources, **references, **({DOCUMENT: documents} if documents is not None else {})}

    def rows(_: object) -> Iterator[TableRow]:
        for number, cells in enumerate(zip(*columns.values(), strict=True), start=1):
            yield TableRow(Place(file, number), dict(zip(columns, cells, strict=True)))

    told = Columns(source=SOURCE, reference=tuple(references) or None, document=None if documents is None else DOCUMENT)
    shared = options.model_dump(include={*TextOptions.model_fields}) | {"columns": told.model_dump()}
    return build(DataTable(file, tuple(columns), rows), RowOptions.model_validate(shared), name=name, origin=origin)
