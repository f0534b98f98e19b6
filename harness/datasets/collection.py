"""A folder of many short articles with their references: `references/<dataset>/`.

    articles.<language>.jsonl   {"id": segment, "paragraph", "kind", "text"}, article after article, in reading order
    translations.jsonl          {"id": segment, "version", "language", "text"}
    summaries.jsonl             {"id": article, ...}; headlines.jsonl likewise
    gists.jsonl                 {"id": paragraph, ...}: one sentence for each standfirst or body paragraph
    dataset.yaml                licence, citation, and notes that are printed with every score (optional)
    README.md                   where it comes from, what it is for, under which licence

The id of an article is the folder's name, a slash and a name of its own: `generated-news/01`. Its segments are
`generated-news/01#s01`, ... and its paragraphs `generated-news/01#p01`, ... There is no page, so the offsets of a
segment are those in the article's text as the harness joins it: a space between the sentences of a paragraph, a line
end between paragraphs.

The rules for hand-written summaries (their lengths) do not apply here. A version of the references may lack some units,
if each unit has a reference of some version.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Literal

from pydantic import Field

from harness.core.errors import FileError, Problem, ProblemsError
from harness.core.records import Article, Dataset, Segment
from harness.datasets import DatasetFormat, FolderOptions, _files, _segmentation
from harness.datasets._rules import Shape, Shapes, check_references

_SHAPES: Shapes = {
    "translations": {None: Shape(None, one_sentence=True)},
    "summaries": {None: Shape(None, one_sentence=False)},
    "headlines": {None: Shape(None, one_sentence=False)},
    "gists": {None: Shape(None, one_sentence=True)},
}


class _SegmentRow(_files.Row):
    id: str
    paragraph: str
    kind: Literal["title", "standfirst", "heading", "body"]
    text: str = Field(min_length=1)

    @property
    def article(self) -> str:
        return self.id.partition("#")[0]


def load(options: FolderOptions) -> Dataset:
    """Return the dataset in a folder.

    Raises:
        ProblemsError: something is wrong with it; all findings together.
        FileError: the folder or its file of articles cannot be found.
    """
    path = options.path
    file = _articles_file(path)
    language = _files.language_in_name(file)
    problems: list[Problem] = []
    rows = _files.rows(file, _SegmentRow, problems)
    problems += _faults(rows, path.resolve().name)
    references, lines = _files.references(path, problems)
    description = _files.describe(path, problems)
    dataset = Dataset(
        name=path.resolve().name,
        digest=_files.digest(path, [file.name]),
        articles=tuple(
            _article(name, language, list(group)) for name, group in groupby([row for _, row in rows], _article_of)
        ),
        references=references,
        licence=description.licence,
        citation=description.citation,
        notes=description.notes,
    )
    problems += check_references(dataset, lines, _SHAPES)
    if problems:
        raise ProblemsError(problems)
    return dataset


def _articles_file(path: Path) -> Path:
    _files.expect_folder(path, "articles and their references")
    candidates = sorted(path.glob("articles.*.jsonl"))
    if len(candidates) != 1:
        names = ", ".join(file.name for file in candidates) or "none"
        hint = (
            "; a folder of one article.<language>.txt is format: handwritten" if [*path.glob("article.*.txt")] else ""
        )
        expected = "one file articles.<language>.jsonl (articles.hin_Deva.jsonl)"
        raise FileError(f"expected {expected}, found {names}{hint}", where=path)
    return candidates[0]


def _article_of(row: _SegmentRow) -> str:
    return row.article


def _article(name: str, language: str, rows: Sequence[_SegmentRow]) -> Article:
    segments: list[Segment] = []
    for row in rows:
        # One character separates two segments: a space within a paragraph, else a line end.
        start = segments[-1].end + 1 if segments else 0
        segments.append(Segment(row.id, row.paragraph, row.kind, start, start + len(row.text), row.text))
    return Article(name, language, tuple(segments))


def _faults(rows: Sequence[tuple[str, _SegmentRow]], dataset: str) -> list[Problem]:
    """Return the problems of the segments: of their ids, their order and their texts."""
    problems: list[Problem] = []
    closed: dict[str, str] = {}  # ids of articles and paragraphs that have ended
    above: _SegmentRow | None = None
    for where, row in rows:
        article = row.article
        named = article.startswith(f"{dataset}/") and article != f"{dataset}/"
        if not named or not row.id.startswith(f"{article}#s") or not row.paragraph.startswith(f"{article}#p"):
            expected = f"{dataset}/<article>#s.. and the same article's #p.."
            problems.append(Problem(where, f"expected ids {expected}, found {row.id}, {row.paragraph}"))
        if above and above.article != article:
            closed |= {above.article: "article", above.paragraph: "paragraph"}
        elif above and above.paragraph != row.paragraph:
            closed[above.paragraph] = "paragraph"
        if unit := next((unit for unit in (article, row.paragraph) if unit in closed), None):
            problems.append(Problem(where, f"{row.id} continues {closed[unit]} {unit}, but another stands between"))
        first = above is None or above.article != article
        if (row.kind == "title") != first and not unit:
            rule = "an article's first segment is its title" if first else "an article has one title, at its beginning"
            problems.append(Problem(where, f"{rule}; found kind {row.kind!r} for {row.id}"))
        if row.text != row.text.strip() or len(row.text.splitlines()) > 1:
            problems.append(Problem(where, "the text has space around it or a line break in it"))
        elif _segmentation.is_debris(row.text):
            problems.append(Problem(where, f"the text of {row.id} has no letter or digit"))
        if above and above.paragraph == row.paragraph and above.kind != row.kind:
            rule = "a paragraph has segments of one kind, and a title is one of its own"
            problems.append(Problem(where, f"{rule}; found {row.kind} after {above.kind} in {row.paragraph}"))
        above = row
    return problems


FORMAT = DatasetFormat(options=FolderOptions, load=load)
