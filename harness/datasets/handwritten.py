"""A folder of hand-written references: `references/<dataset>/`.

    article.<language>.txt   the page's text, byte for byte; its language is in its name
    segments.jsonl           the article in segments (see `_segmentation.py`), stored so that ids never shift
    translations.jsonl       {"id": segment, "version", "language", "text"}
    summaries.jsonl          {"id": article, ...}; headlines.jsonl likewise
    gists.jsonl              {"id": paragraph, ...}: one sentence for each standfirst or body paragraph
    facts.jsonl              {"id", "weight", "statement", "segments", <language>: [groups of alternatives], ...}
    entities.jsonl           {"id", "type", "segments", <language>: [accepted forms], ...}
    dataset.yaml             licence, citation, and notes that are printed with every score (optional)
    README.md                author, date, guidelines and licence

The folder's name is the article's id. A dataset has the reference kinds for which there are files. Each version of a
kind must have a row for every unit: that is a rule for references written by hand. Its text is `""` as long as it is
not written. `dataset.yaml` may also ask for the
rules of style (`guidelines: strict`) and except texts in another script (`other_scripts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic import Field

from harness.core import files, text
from harness.core.errors import FileError, ProblemsError
from harness.core.findings import Findings, Place
from harness.core.records import Article, Dataset, Segment
from harness.datasets import DatasetFormat, FolderOptions, _annotations, _files, _guidelines, _rules, _segmentation

_PATTERN = "article.*.txt"


class _SegmentRow(_files.Row):
    id: str
    paragraph: str
    kind: Literal["title", "standfirst", "heading", "body"]
    start: int = Field(ge=0)
    end: int
    text: str = Field(min_length=1)


def load(options: FolderOptions) -> Dataset:
    """Return the dataset in a folder.

    Raises:
        ProblemsError: something is wrong with it; all findings together.
        FileError: the folder or its article cannot be read.
    """
    errors, warnings = Findings(), Findings()
    dataset = _read(options.path, errors, warnings)
    if errors:
        raise ProblemsError(errors.problems(options.path))
    return replace(dataset, warnings=tuple(map(str, warnings.problems(options.path))))


def write_segments(path: Path) -> Path:
    """Cut the article in folder `path` into segments, write `segments.jsonl` and return its path.

    Raises:
        FileError: there is no article, or the file exists already (references use its ids).
        ProblemsError: the article is not in the language of its name, or `dataset.yaml` is wrong.
    """
    raw, article_path, language = _article_file(path)
    target = path / "segments.jsonl"
    if target.exists():
        raise FileError("exists already, and references use its ids; delete it first if you mean it", where=target)
    article = _segmentation.ingest(raw, article=path.resolve().name, language=language)
    if not article.segments:
        raise FileError("expected an article, found no letter or digit", where=article_path)
    errors = Findings()
    description = _files.describe(path, errors)
    _rules.check_articles([(Place(str(article_path)), article)], description, errors, Findings())
    if errors:
        raise ProblemsError(errors.problems(path))
    rows = [{name: getattr(segment, name) for name in _SegmentRow.model_fields} for segment in article.segments]
    files.write_text(target, "".join(files.dumps(row) + "\n" for row in rows))
    return target


def _read(path: Path, errors: Findings, warnings: Findings) -> Dataset:
    raw, article_file, language = _article_file(path)
    article = _read_article(path, raw, language, errors)
    references, places, unwritten = _files.references(path, errors)
    whole = [kind for kind in references if not errors.concern(path / f"{kind}.jsonl")]  # each line could be read
    facts, entities = _annotations.read(path, errors)
    description = _files.describe(path, errors)
    dataset = Dataset(
        name=path.resolve().name,
        digest=_files.digest(path, [article_file.name, "segments.jsonl"]),
        articles=(article,),
        references=references,
        annotations=_annotations.records(facts, entities),
        licence=description.licence,
        citation=description.citation,
        notes=description.notes,
    )
    segmented = not errors.concern(path / "segments.jsonl")  # otherwise wrong ids elsewhere follow from it
    _rules.check_articles([(Place(str(article_file)), article)], description, errors, warnings)
    _rules.check_references(dataset, places, description, errors, warnings, ids=segmented)
    if segmented:
        _rules.check_gaps(dataset, path, whole, unwritten, errors)
        _annotations.check(dataset, facts, entities, errors)
    _rules.check_guidelines(dataset, places, description, _guidelines.HANDWRITTEN, warnings)
    own = (article_file.name, "segments.jsonl", *_files.ANNOTATION_FILES)
    _files.warn_of_unread(path, own, warnings)
    return dataset


def _article_file(path: Path) -> tuple[str, Path, str]:
    """Return the raw text of the article, its file and its language."""
    expected = "one file article.<language>.txt (article.hin_Deva.txt)"
    file = _files.own_file(path, _PATTERN, "an article and its references", expected)
    language = _files.language_in_name(file)
    return files.read_text(file), file, language


def _read_article(path: Path, raw: str, language: str, errors: Findings) -> Article:
    name = path.resolve().name
    file = path / "segments.jsonl"
    if not file.exists():
        errors.add(path, f"segments.jsonl is missing; `harness ingest {path}` writes it")
        return _segmentation.ingest(raw, article=name, language=language)
    rows = _files.rows(file, _SegmentRow, errors)
    prefixes = {row.id.partition("#")[0] for _, row in rows}
    if len(prefixes) == 1 and prefixes != {name}:
        expected = f"a folder named {prefixes.pop()!r}, as the ids in segments.jsonl begin"
        raise FileError(f"expected {expected}; rename the folder", where=path)
    if not errors.concern(file):
        _check_segments(path, raw, rows, errors)
    return Article(id=name, language=language, segments=tuple(Segment(**row.model_dump()) for _, row in rows))


def _check_segments(path: Path, raw: str, rows: Sequence[tuple[Place, _SegmentRow]], errors: Findings) -> None:
    """Add a finding for each segment that is not at its place in the article, and for text that is in no segment."""
    name = path.resolve().name
    position = 0
    for place, row in rows:
        if raw[row.start : row.end] != row.text:
            there = raw[row.start : row.end][:40]
            message = f"expected the article's characters {row.start}-{row.end} ({there!r}...), found {row.text[:40]!r}"
            errors.add(place, f"{message}; {_changed(path)}", cause="edited")
        elif row.start < position:
            errors.add(place, f"{row.id} starts before the segment above it ends", cause="order")
        elif text.has_word(raw[position : row.start]):
            lost = raw[position : row.start].strip()[:60]
            message = f"the article's text before {row.id} is in no segment: {lost!r}"
            errors.add(place, f"{message}; {_changed(path)}", cause="edited")
        if not row.id.startswith(f"{name}#s") or not row.paragraph.startswith(f"{name}#p"):
            message = f"expected ids {name}#s.. and {name}#p.., found {row.id}, {row.paragraph}"
            errors.add(place, message, cause="ids")
        position = max(position, row.end)
    if text.has_word(raw[position:]):
        lost = raw[position:].strip()[:60]
        file = Place(str(path / "segments.jsonl"))
        errors.add(file, f"the article's end is in no segment: {lost!r}; {_changed(path)}", cause="edited")


def _changed(path: Path) -> str:
    return (
        "if the article was edited, undo that, or delete segments.jsonl, "
        f"run `harness ingest {path}` again and check the ids of all references"
    )


FORMAT = DatasetFormat(options=FolderOptions, load=load, pattern=_PATTERN)
