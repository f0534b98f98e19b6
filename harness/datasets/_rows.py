"""Turn rows with a source, references, an id and a document into a dataset; `_row_reader.py` reads and checks them.

A row is a segment of its document, or an article with a summary or a headline, which is cut into sentences here. A row
without a document is an article of its own; if no row has a document, the articles count as unknown. A row that cannot
be scored (its source or a kind of reference is missing) is left out, and the dataset's notes count it. Rows are read
one after another and only their segments are kept. With a sample, the table is read twice: first to draw ids, then for
the drawn rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

from harness.core import files
from harness.core.errors import InputError, ProblemsError
from harness.core.findings import Place
from harness.core.records import Article, Dataset, Reference, Segment
from harness.datasets import _columns, _segmentation
from harness.datasets._options import Columns, RowOptions, Sample, TextOptions
from harness.datasets._row_reader import KINDS, RowReader, Unit, language_of
from harness.datasets._tables import DataTable, TableRow


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
    reader = RowReader(table, options, roles)
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
        knows_articles=collected.knows_articles,
    )


def _drawn_by(unit: Unit, sample: Sample | None) -> str:
    """Return the id of what a sample draws: the row, or its document."""
    if unit.document is not None and sample is not None and sample.by == "document":
        return unit.document
    return unit.key if unit.document is None else f"{unit.document}#{unit.key}"


def _chosen(reader: RowReader, sample: Sample | None) -> tuple[frozenset[str] | None, tuple[str, ...]]:
    """Return the ids that a sample draws, and a note on it; None if all rows are used.

    Ids are sorted by a digest of seed and id, so that the draw depends neither on the order of the rows nor on a
    library's random numbers.
    """
    if sample is None:
        return None, ()
    names = list(dict.fromkeys(_drawn_by(unit, sample) for unit in reader.units()))
    drawn = sorted(names, key=lambda each: files.digest(f"{sample.seed} {each}"))[: sample.n]
    what = "articles" if reader.of_articles else f"{sample.by}s"
    if len(drawn) == len(names):
        return None, ()
    return frozenset(drawn), (f"a sample of {len(drawn):,} of {len(names):,} {what} (seed {sample.seed})",)


class _Collected:
    """The segments and references of the rows that were chosen."""

    def __init__(self, name: str, options: RowOptions, of_articles: bool) -> None:
        self._name = name
        self._options = options
        self._of_articles = of_articles
        self.knows_articles = of_articles
        self.segments: dict[str, Sequence[Segment]] = {}  # by article; lists grow with the rows of an article
        self.references: dict[str, list[Reference]] = {}  # by kind

    def add(self, unit: Unit) -> None:
        """Add the segments and references of a row."""
        name = self._name
        if self._of_articles:
            parts = (name, unit.document, unit.key) if unit.document is not None else (name, unit.key)
            article = "/".join(parts)
            self.segments[article] = _segmentation.plain(
                unit.source, article=article, language=self._options.language, title=unit.title
            ).segments
            of = article
        else:
            article = f"{name}/{unit.key if unit.document is None else unit.document}"
            self.knows_articles = self.knows_articles or unit.document is not None
            of = self._add_segment(article, unit)
        for role, column, content in unit.references:
            reference = Reference(of, column, language_of(role, self._options), content)
            self.references.setdefault(KINDS[role], []).append(reference)

    def _add_segment(self, article: str, unit: Unit) -> str:
        of_article = cast("list[Segment]", self.segments.setdefault(article, []))
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
        sample = "" if self._options.sample is None else files.dumps(self._options.sample.model_dump())
        digest.update(f"{_part(self._options.language)}{_part(sample)}".encode())
        for segments in self.segments.values():
            # As `_part` does; a set has hundreds of thousands of segments, and as many calls take long.
            parts = [
                f"{len(each.id)}:{each.id}{len(each.kind)}:{each.kind}{len(each.text)}:{each.text}" for each in segments
            ]
            digest.update("".join(parts).encode())
        for kind, references in self.references.items():
            for each in references:
                parts = [_part(value) for value in (kind, each.id, each.version, each.language, each.text)]
                digest.update("".join(parts).encode())
        return digest.hexdigest()


def _part(value: str) -> str:
    """Return a text with its length before it, so that the parts of a digest never read as other parts."""
    return f"{len(value)}:{value}"


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
        options: those that all formats of aligned texts have.
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
