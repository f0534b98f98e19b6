"""Make a dataset's folder from raw articles: segments with ids, reference files to fill in, a README with questions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.core import files, text
from harness.core.errors import FileError, InputError, ProblemsError
from harness.core.findings import Findings
from harness.core.records import ENGLISH, HINDI, Article
from harness.datasets import _language, _raw_articles, _segmentation

VERSION = "v1"

_README = """\
# {name}: {count} of our own

Made by `harness new dataset`. Answer these questions here, because every score on this dataset depends on them.

1. Where are the articles from, when were they published, and who may read them?
2. Were they written in Hindi, or translated from another language?
3. Who wrote the references: a person or a model, with which instructions, and did another person check them?
4. What are the licences of the articles and of the references? (Put them into `dataset.yaml`: `licence: ...`.)
5. Could a model that you compare have been trained on these articles?
6. Which caveat belongs under every table? (Put it into `dataset.yaml`: `notes: [...]`.)

| file | contents | to do |
|---|---|---|
| `articles.{language}.jsonl` | the articles in segments | check them before you write references: their ids stay |
| `translations.jsonl` | a line per segment, in English | write `text` |
| `summaries.jsonl` | a line per article, in Hindi | write `text` |
| `headlines.jsonl` | a line per article, in Hindi | write `text` |
| `gists.jsonl` | a line per paragraph, in Hindi: one sentence | write `text` |

A line whose text is `""` is not written yet: what it stands for is left out of the scores, and the tables say how many.
Delete a file whose task you do not need. `version` names the author or the style of a text; add lines with another
version for a second reference.
"""


@dataclass(frozen=True, slots=True)
class Report:
    """What was made: counts for the user."""

    path: Path
    articles: int
    kinds: dict[str, int]  # number of segments by kind
    texts: dict[str, tuple[int, int]]  # by file of references: lines, and lines with a text
    ignored: tuple[str, ...]  # columns that were not read


def create(folder: Path, name: str, sources: Sequence[Path]) -> Report:
    """Make the folder `name` below `folder` with the articles in `sources`, and return what is in it.

    Raises:
        InputError: the folder's name cannot be the name of a dataset, or there is no file.
        FileError: the folder exists already, or a file cannot be written.
        ProblemsError: files cannot be read, or contain no Hindi articles; all findings together.
    """
    path = folder / name
    if not re.fullmatch(files.FILE_NAME, name):
        raise InputError(f"{name!r}: expected a name of letters, digits, hyphens and dots, such as my-news")
    if path.exists():
        raise FileError("exists already; choose another name, or delete it if nobody needs its references", where=path)
    paths = _expand(sources)
    errors = Findings()
    read = _raw_articles.read(paths, errors)
    articles = [(raw.place, _article(raw, f"{name}/{raw.name}")) for raw in read.articles]
    for place, article in articles:
        content = "\n".join(segment.text for segment in article.segments)
        if text.script_share(content, HINDI.rpartition("_")[2]) < _language.LEAST_SHARE:
            message = f"{_language.describe(content, HINDI)}; is this the right file or column?"
            errors.add(place, message, cause="script")
    if not articles and not errors:
        errors.add(paths[0], "expected at least one article below the names of the columns, found none")
    if errors:
        raise ProblemsError(errors.problems(path))
    given = {
        "summaries": {f"{name}/{raw.name}": raw.summary for raw in read.articles if raw.summary},
        "headlines": {f"{name}/{raw.name}": raw.headline for raw in read.articles if raw.headline},
    }
    return _write(path, [article for _, article in articles], given, read.ignored)


def counts(articles: Iterable[Article]) -> dict[str, int]:
    """Return the number of segments by kind, in the order of kinds in an article."""
    kinds = Counter(segment.kind for article in articles for segment in article.segments)
    return {kind: kinds[kind] for kind in ("title", "standfirst", "heading", "body") if kinds[kind]}


def _expand(sources: Sequence[Path]) -> list[Path]:
    """Return the files that are named: themselves, those of a pattern in quotes, or the text files of a folder.

    Raises:
        InputError: nothing is there.
    """
    paths: list[Path] = []
    for source in sources:
        matching = [source]
        if source.is_dir():
            suffixes = (".txt", *_raw_articles.TABLES)
            matching = sorted(file for file in source.iterdir() if file.suffix.lower() in suffixes)
        elif not source.exists() and any(sign in str(source) for sign in "*?["):
            matching = sorted(Path(source.anchor or ".").glob(str(source.relative_to(source.anchor))))
        if not matching:
            raise InputError(f"--from {source}: expected articles (.txt, .csv, .tsv or .jsonl), found no such file")
        paths += matching
    return paths


def _article(raw: _raw_articles.RawArticle, article: str) -> Article:
    if raw.title is not None or not _segmentation.begins_with_title(raw.text):
        return _segmentation.plain(raw.text, article=article, language=HINDI, title=raw.title or None)
    return _segmentation.ingest(raw.text, article=article, language=HINDI)


def _write(
    path: Path, articles: Sequence[Article], given: dict[str, dict[str, str]], ignored: tuple[str, ...]
) -> Report:
    """Write the files of the folder; the README last, so that a folder with it is complete."""
    segments = [segment for article in articles for segment in article.segments]
    keys = ("id", "paragraph", "kind", "text")
    _write_rows(
        path / f"articles.{HINDI}.jsonl", ({key: getattr(segment, key) for key in keys} for segment in segments)
    )
    units = {
        "translations": (ENGLISH, [segment.id for segment in segments]),
        "summaries": (HINDI, [article.id for article in articles]),
        "headlines": (HINDI, [article.id for article in articles]),
        "gists": (HINDI, list(dict.fromkeys(s.paragraph for s in segments if s.kind in ("standfirst", "body")))),
    }
    texts: dict[str, tuple[int, int]] = {}
    for kind, (language, ids) in units.items():
        if not ids:
            continue
        written = given.get(kind, {})
        _write_rows(
            path / f"{kind}.jsonl",
            ({"id": name, "version": VERSION, "language": language, "text": written.get(name, "")} for name in ids),
        )
        texts[f"{kind}.jsonl"] = (len(ids), len(written))
    count = "one article" if len(articles) == 1 else f"{len(articles)} articles"
    files.write_text(path / "README.md", _README.format(name=path.name, count=count, language=HINDI))
    return Report(path, len(articles), counts(articles), texts, ignored)


def _write_rows(file: Path, rows: Iterable[dict[str, str]]) -> None:
    files.write_parts(file, (files.dumps(row) + "\n" for row in rows))
