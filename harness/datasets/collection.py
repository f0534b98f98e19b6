"""A folder of many short articles with their references: `references/<dataset>/`.

    articles.<language>.jsonl   {"id": segment, "paragraph", "kind", "text"}, article after article, in reading order
    translations.jsonl          {"id": segment, "version", "language", "text"}
    summaries.jsonl             {"id": article, ...}; headlines.jsonl likewise
    gists.jsonl                 {"id": paragraph, ...}: one sentence for each standfirst or body paragraph
    facts.jsonl                 {"id", "weight", "statement", "segments", <language>: [groups of alternatives], ...}
    entities.jsonl              {"id", "type", "segments", <language>: [accepted forms], ...}
    dataset.yaml                licence, citation, and notes that are printed with every score (optional)
    README.md                   origin, purpose and licence

The id of an article is the folder's name, a slash and a name of its own: `generated-news/01`. Its segments are
`generated-news/01#s01`, ... and its paragraphs `generated-news/01#p01`, ... There is no page, so the offsets of a
segment are those in the article's text as the harness joins it: a space between the sentences of a paragraph, a line
end between paragraphs. A fact or an entity belongs to the article of its segments: `generated-news/01#f01`.

An article need not have a title. A version of the references may lack some units, and a text may be `""` as long as it
is not written: a task leaves out the units without any reference, and says how many. `dataset.yaml` may also ask for
the rules of style (`guidelines: strict`; those for lengths do not apply here), and except texts in another script
(`other_scripts`). `create` makes such a folder from raw articles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Literal

from pydantic import Field

from harness.core import text
from harness.core.errors import FileError, ProblemsError
from harness.core.findings import Findings, Place
from harness.core.records import Article, Dataset, Segment
from harness.datasets import DatasetFormat, FolderOptions, _annotations, _files, _guidelines, _new, _rules


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
    errors, warnings = Findings(), Findings()
    file = _articles_file(path)
    language = _files.language_in_name(file)
    rows = _files.rows(file, _SegmentRow, errors)
    if not errors.concern(file):
        _check_segments(rows, path.resolve().name, errors)
    references, places, _ = _files.references(path, errors)
    facts, entities = _annotations.read(path, errors)
    description = _files.describe(path, errors)
    articles = [
        (group[0][0], _article(name, language, [row for _, row in group]))
        for name, group in ((name, list(group)) for name, group in groupby(rows, lambda each: each[1].article))
    ]
    dataset = Dataset(
        name=path.resolve().name,
        digest=_files.digest(path, [file.name]),
        articles=tuple(article for _, article in articles),
        references=references,
        annotations=_annotations.records(facts, entities),
        licence=description.licence,
        citation=description.citation,
        notes=description.notes,
    )
    segmented = not errors.concern(file)  # otherwise wrong ids elsewhere follow from it
    _rules.check_articles(articles, description, errors, warnings)
    _rules.check_references(dataset, places, description, errors, warnings, ids=segmented)
    if segmented:
        _annotations.check(dataset, facts, entities, errors)
    _rules.check_guidelines(dataset, places, description, _guidelines.COLLECTION, warnings)
    _files.warn_of_unread(path, [file.name, *_files.ANNOTATION_FILES], warnings)
    if errors:
        raise ProblemsError(errors.problems(path))
    return replace(dataset, warnings=tuple(map(str, warnings.problems(path))))


def create(folder: Path, name: str, sources: Sequence[Path]) -> _new.Report:
    """Make a dataset from raw articles: a folder with segments and ids, and reference files whose texts are empty.

    Args:
        folder: the folder of all datasets.
        name: of the dataset, and of its folder.
        sources: text files, tables (CSV, TSV, JSON Lines), folders of them, or patterns such as `articles/*.txt`.

    Raises:
        InputError: the name cannot be a dataset's, or there is no such file.
        FileError: the folder exists already, or cannot be written.
        ProblemsError: something is wrong with the articles; all findings together.
    """
    return _new.create(folder, name, sources)


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


def _article(name: str, language: str, rows: Sequence[_SegmentRow]) -> Article:
    segments: list[Segment] = []
    for row in rows:
        # One character separates two segments: a space within a paragraph, else a line end.
        start = segments[-1].end + 1 if segments else 0
        segments.append(Segment(row.id, row.paragraph, row.kind, start, start + len(row.text), row.text))
    return Article(name, language, tuple(segments))


def _check_segments(rows: Sequence[tuple[Place, _SegmentRow]], dataset: str, errors: Findings) -> None:
    """Add a finding for each segment whose id, order or text is wrong."""
    if _renamed(rows, dataset, errors):
        return
    closed: dict[str, str] = {}  # ids of articles and paragraphs that have ended
    above: _SegmentRow | None = None
    for place, row in rows:
        article = row.article
        named = article.startswith(f"{dataset}/") and article != f"{dataset}/"
        if not named or not row.id.startswith(f"{article}#s") or not row.paragraph.startswith(f"{article}#p"):
            expected = f"{dataset}/<article>#s.. and the same article's #p.."
            errors.add(place, f"expected ids {expected}, found {row.id}, {row.paragraph}", cause="ids")
        if above and above.article != article:
            closed |= {above.article: "article", above.paragraph: "paragraph"}
        elif above and above.paragraph != row.paragraph:
            closed[above.paragraph] = "paragraph"
        if unit := next((unit for unit in (article, row.paragraph) if unit in closed), None):
            message = f"{row.id} continues {closed[unit]} {unit}, but another stands between"
            errors.add(place, message, cause="order")
        elif row.kind == "title" and above is not None and above.article == article:
            message = f"an article has one title, at its beginning; found kind {row.kind!r} for {row.id}"
            errors.add(place, message, cause="title")
        if text.is_blank(row.text):
            errors.add(place, f"the text of {row.id} is empty", cause="empty")
        elif len(row.text.splitlines()) > 1:
            errors.add(place, f"the text of {row.id} has a line break in it; split it, or put a space", cause="break")
        if above and above.paragraph == row.paragraph and above.kind != row.kind:
            rule = "a paragraph has segments of one kind, and a title is one of its own"
            message = f"{rule}; found {row.kind} after {above.kind} in {row.paragraph}"
            errors.add(place, message, cause="kinds")
        above = row


def _renamed(rows: Sequence[tuple[Place, _SegmentRow]], dataset: str, errors: Findings) -> bool:
    """Add one finding if all ids begin with the name of one other dataset, and return whether they do."""
    names = {row.id.partition("/")[0] for _, row in rows if "/" in row.id}
    if len(names) != 1 or names == {dataset} or not all("/" in row.id for _, row in rows):
        return False
    place, first = rows[0]
    message = f"expected ids that begin with the folder's name, {dataset}/, found {first.id} and the like"
    errors.add(place, f"{message}; rename the folder to {names.pop()!r}, or change the ids in all files", cause="ids")
    return True


FORMAT = DatasetFormat(options=FolderOptions, load=load, pattern="articles.*.jsonl")
