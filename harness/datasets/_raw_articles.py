"""Read articles from the user's files: a text file per article, or the rows of CSV, TSV and JSON Lines.

The role of a column follows from its name (`COLUMNS`). Other columns are not read; `RawArticles.ignored` lists them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core import files, jsonl, registry, text
from harness.core.errors import FileError, InputError
from harness.core.findings import Findings, Place
from harness.datasets import _tables

# By role of a column: its accepted names. XL-Sum has the article in `text`.
COLUMNS = {
    "text": ("text", "article", "body", "content"),
    "id": ("id",),
    "title": ("title",),
    "summary": ("summary",),
    "headline": ("headline",),
}
TABLES = (".csv", ".tsv", ".jsonl")


@dataclass(frozen=True, slots=True)
class RawArticle:
    """One article as it was given."""

    place: Place
    name: str  # of the article in its dataset: the file's name, the id of its row, or the number of its row
    text: str
    title: str | None = None  # None: the layout of the text shows whether it begins with one
    summary: str = ""  # empty: none was given
    headline: str = ""


@dataclass(frozen=True, slots=True)
class RawArticles:
    """The articles of all files."""

    articles: tuple[RawArticle, ...]
    ignored: tuple[str, ...]  # columns that were not read, of all files


def read(paths: Sequence[Path], errors: Findings) -> RawArticles:
    """Return the articles of files in the given order; add a finding for each file or row that cannot be read."""
    articles: list[RawArticle] = []
    ignored: dict[str, None] = {}
    for path in paths:
        suffix = path.suffix.lower()
        try:
            if suffix == ".txt":
                articles.append(RawArticle(Place(str(path)), _name(path.stem), files.read_text(path)))
            elif suffix in TABLES:
                columns, rows = _jsonl(path, errors) if suffix == ".jsonl" else _cells(path)
                articles += _of_rows(path, columns, rows, "" if len(paths) == 1 else f"{path.stem}-", errors)
                ignored |= dict.fromkeys(column for column in columns if column not in _known(columns).values())
            else:
                expected = f"expected a file that ends in .txt, {', '.join(TABLES)}"
                errors.add(path, f"{expected}; save it as plain text (.txt), or export a table as CSV", cause="suffix")
        except InputError as error:
            errors.add(Place(error.where), error.message)
    _check_names(articles, errors)
    return RawArticles(tuple(articles), tuple(ignored))


def _check_names(articles: Sequence[RawArticle], errors: Findings) -> None:
    first: dict[str, RawArticle] = {}
    for article in articles:
        if article.name in first:
            message = f"two articles would have the id {article.name!r}, first {first[article.name].place}; rename one"
            errors.add(article.place, message, cause="id twice")
        first.setdefault(article.name, article)
        if not text.has_word(article.text):
            errors.add(article.place, "expected an article, found no letter or digit", cause="empty")


def _name(given: str) -> str:
    """Return a text as a part of an id: other characters than letters, digits, `.`, `-` and `_` become a hyphen."""
    return re.sub(r"[^\w.\u0900-\u097f-]+", "-", given).strip("-") or "article"


def _known(columns: Sequence[str]) -> dict[str, str]:
    """Return the column of each role that a table has."""
    by_lower = {column.strip().lower(): column for column in reversed(columns)}
    return {
        role: next(by_lower[name] for name in names if name in by_lower)
        for role, names in COLUMNS.items()
        if any(name in by_lower for name in names)
    }


def _of_rows(
    path: Path, columns: Sequence[str], rows: Sequence[tuple[int, Mapping[str, Any]]], prefix: str, errors: Findings
) -> Iterator[RawArticle]:
    """Yield the article of each row; add a finding if there is no column of texts, or a value is no text.

    Raises:
        FileError: no column contains the articles.
    """
    known = _known(columns)
    if "text" not in known:
        hints = [registry.nearest(column, COLUMNS["text"]) for column in columns]
        near = next((f"; is it {column!r}? Rename it" for column, hint in zip(columns, hints, strict=True) if hint), "")
        expected = f"expected a column of articles named {', '.join(COLUMNS['text'][:-1])} or {COLUMNS['text'][-1]}"
        found = f"{', '.join(columns)}{near or '; rename one'}" if columns else "no column"
        raise FileError(f"{expected}; found {found}", where=path)
    width = len(str(len(rows)))
    for number, (line, row) in enumerate(rows, start=1):
        place = Place(str(path), line)
        values = {role: row.get(column) for role, column in known.items()}
        wrong = [
            role for role, value in values.items()
            if not (value is None or isinstance(value, str) or (role == "id" and isinstance(value, int)))
        ]  # fmt: skip
        if wrong:
            errors.add(
                place, f"{known[wrong[0]]}: expected text, found {type(values[wrong[0]]).__name__}", cause="type"
            )
            continue
        given = {role: "" if value is None else str(value).strip() for role, value in values.items()}
        name = _name(given["id"]) if given.get("id") else f"{prefix}{number:0{width}d}"
        title = _line(given["title"]) if "title" in known else None
        yield RawArticle(
            place, name, given["text"], title, *map(_line, (given.get("summary", ""), given.get("headline", "")))
        )


def _line(content: str) -> str:
    """Return a text in one line."""
    return "" if text.is_blank(content) else " ".join(content.split())


def _jsonl(path: Path, errors: Findings) -> tuple[Sequence[str], list[tuple[int, Mapping[str, Any]]]]:
    """Return the columns and the numbered rows of JSON Lines; add a finding for each line that is not an object.

    `_tables.py` would report only the first of these lines.
    """
    rows, unreadable = jsonl.read_rows(path)
    for number, message in unreadable:
        errors.add(Place(str(path), number), message, cause="not a JSON object")
    return list(dict.fromkeys(key for _, row in rows for key in row)), [*rows]


def _cells(path: Path) -> tuple[Sequence[str], list[tuple[int, Mapping[str, Any]]]]:
    """Return the columns and the rows of CSV or TSV, with the line on which each ends.

    Raises:
        FileError: the file cannot be read.
        InputError: the quoting is wrong, a column stands twice, or a row has more or fewer cells than the first.
    """
    table = _tables.read(path)
    return table.columns, [(row.place.line or 0, row.fields) for row in table.rows(table.columns)]
