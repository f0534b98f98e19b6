"""A folder of hand-written references: `references/<dataset>/`.

    article.<language>.txt   the page's text, byte for byte; its language is in its name
    segments.jsonl           the article in segments (see `_segmentation.py`), stored so that ids never shift
    translations.jsonl       {"id": segment, "version", "language", "text"}
    summaries.jsonl          {"id": article, ...}; headlines.jsonl likewise
    gists.jsonl              {"id": paragraph, ...}: one sentence for each standfirst or body paragraph
    facts.jsonl              {"id", "weight", "statement", "segments", <language>: [surface variants], ...}
    entities.jsonl           {"id", "type", "segments", <language>: [accepted forms], ...}
    README.md                who wrote it, when, under which guidelines and licence

The folder's name is the article's id. A reference_kind that has no file is simply absent from the dataset.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from harness.core import files
from harness.core.errors import FileError, Problem, ProblemsError
from harness.core.records import Article, Dataset, Segment
from harness.datasets import _files, _segmentation
from harness.datasets._rules import Entity, Fact, check_content


class _SegmentRow(_files.Row):
    id: str
    paragraph: str
    kind: Literal["title", "standfirst", "heading", "body"]
    start: int = Field(ge=0)
    end: int
    text: str = Field(min_length=1)


def load(path: Path) -> Dataset:
    """Return the dataset in folder `path`.

    Raises:
        ProblemsError: anything is wrong with it, all findings together.
        FileError: the folder or its article cannot be read at all.
    """
    dataset, problems = _read(path)
    if problems:
        raise ProblemsError(problems)
    return dataset


def write_segments(path: Path) -> Path:
    """Cut the article in folder `path` into segments and write `segments.jsonl`; return that file's path.

    Raises:
        FileError: there is no article, or the file exists already (its ids are what references are tied to).
    """
    raw, article_path, language = _article_file(path)
    target = path / "segments.jsonl"
    if target.exists():
        raise FileError(f"{target}: exists already, and references are tied to its ids; delete it first if you mean it")
    article = _segmentation.ingest(raw, article=path.resolve().name, language=language)
    if not article.segments:
        raise FileError(f"{article_path}: holds no letter or digit; expected an article")
    rows = [{name: getattr(segment, name) for name in _SegmentRow.model_fields} for segment in article.segments]
    files.write_text(target, "".join(files.dumps(row) + "\n" for row in rows))
    return target


def _read(path: Path) -> tuple[Dataset, list[Problem]]:
    raw, _, language = _article_file(path)
    problems: list[Problem] = []
    article = _read_article(path, raw, language, problems)
    references, lines = _files.references(path, problems)
    facts = _files.rows(path / "facts.jsonl", Fact, problems) if (path / "facts.jsonl").exists() else []
    entities = _files.rows(path / "entities.jsonl", Entity, problems) if (path / "entities.jsonl").exists() else []
    dataset = Dataset(
        name=path.resolve().name,
        digest=_files.digest(path, [*sorted(file.name for file in path.glob("article.*.txt")), "segments.jsonl"]),
        articles=(article,),
        references=references,
    )
    problems += check_content(dataset, lines, facts, entities, path)
    return dataset, problems


def _article_file(path: Path) -> tuple[str, Path, str]:
    """Return the article's raw text, its path and its language."""
    _files.expect_folder(path, "an article and its references")
    articles = sorted(path.glob("article.*.txt"))
    if len(articles) != 1:
        found = ", ".join(file.name for file in articles) or "none"
        hint = "; a folder of many articles is format: collection" if [*path.glob("articles.*.jsonl")] else ""
        raise FileError(f"{path}: expected one file article.<language>.txt (article.hin_Deva.txt), found {found}{hint}")
    language = _files.language_in_name(articles[0])
    return files.read_text(articles[0]), articles[0], language


def _read_article(path: Path, raw: str, language: str, problems: list[Problem]) -> Article:
    name = path.resolve().name
    file = path / "segments.jsonl"
    if not file.exists():
        problems.append(Problem(str(path), f"segments.jsonl is missing; `harness ingest {path}` writes it"))
        return _segmentation.ingest(raw, article=name, language=language)
    segments: list[Segment] = []
    position = 0
    rows = _files.rows(file, _SegmentRow, problems)
    prefixes = {row.id.partition("#")[0] for _, row in rows}
    if len(prefixes) == 1 and prefixes != {name}:
        raise FileError(
            f"{path}: expected a folder named as the ids in segments.jsonl begin, {prefixes.pop()!r}; rename it"
        )
    for where, row in rows:
        if raw[row.start : row.end] != row.text:
            found = raw[row.start : row.end][:40]
            problems.append(Problem(where, f"expected the article's characters {row.start}-{row.end} ({found!r}...)"))
        elif row.start < position:
            problems.append(Problem(where, f"{row.id} starts before the segment above it ends"))
        elif not _segmentation.is_debris(raw[position : row.start]):
            lost = raw[position : row.start].strip()[:60]
            problems.append(Problem(where, f"the article's text before {row.id} is in no segment: {lost!r}"))
        if not row.id.startswith(f"{name}#s") or not row.paragraph.startswith(f"{name}#p"):
            problems.append(Problem(where, f"expected ids {name}#s.. and {name}#p.., found {row.id}, {row.paragraph}"))
        position = max(position, row.end)
        segments.append(Segment(**row.model_dump()))
    if not _segmentation.is_debris(raw[position:]):
        problems.append(Problem(str(file), f"the article's end is in no segment: {raw[position:].strip()[:60]!r}"))
    return Article(id=name, language=language, segments=tuple(segments))
