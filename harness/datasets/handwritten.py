"""A folder of hand-written references: `references/<dataset>/`.

    article.<language>.txt   the page's text, byte for byte; its language is in its name
    segments.jsonl           the article in segments (see `harness.ingest`), stored so that ids never shift
    translations.jsonl       {"id": segment, "version", "language", "text"}
    summaries.jsonl          {"id": article, ...}; headlines.jsonl likewise
    gists.jsonl              {"id": paragraph, ...}: one sentence for each standfirst or body paragraph
    facts.jsonl              {"id", "weight", "statement", "segments", <language>: [surface variants], ...}
    entities.jsonl           {"id", "type", "segments", <language>: [accepted forms], ...}
    README.md                who wrote it, when, under which guidelines and licence

The folder's name is the article's id. A material that has no file is simply absent from the dataset.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from harness import ingest, jsonio, text
from harness.datasets import MATERIALS
from harness.datasets._handwritten_rules import Entity, Fact, check_content
from harness.errors import FileError, Problem, ProblemsError
from harness.records import Article, Dataset, Reference, Segment

RowT = TypeVar("RowT", bound=BaseModel)


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _SegmentRow(_Row):
    id: str
    paragraph: str
    kind: Literal["title", "standfirst", "heading", "body"]
    start: int = Field(ge=0)
    end: int
    text: str = Field(min_length=1)


class _ReferenceRow(_Row):
    id: str
    version: str = Field(min_length=1)
    language: str
    text: str

    @field_validator("language")
    @classmethod
    def _flores(cls, language: str) -> str:
        if not text.is_language(language):
            raise ValueError(f"expected a FLORES code such as eng_Latn, found {language!r}")
        return language


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
    article = ingest.ingest(raw, article=path.resolve().name, language=language)
    if not article.segments:
        raise FileError(f"{article_path}: holds no letter or digit; expected an article")
    rows = [{name: getattr(segment, name) for name in _SegmentRow.model_fields} for segment in article.segments]
    jsonio.write_text(target, "".join(jsonio.dumps(row) + "\n" for row in rows))
    return target


def _read(path: Path) -> tuple[Dataset, list[Problem]]:
    raw, _, language = _article_file(path)
    problems: list[Problem] = []
    article = _read_article(path, raw, language, problems)
    references = {}
    lines: dict[tuple[str, Reference], str] = {}
    for material in MATERIALS:
        file = path / f"{material}.jsonl"
        if file.exists():
            rows = _rows(file, _ReferenceRow, problems)
            found = {where: Reference(row.id, row.version, row.language, row.text) for where, row in rows}
            lines |= {(material, reference): where for where, reference in found.items()}
            references[material] = tuple(found.values())
    if not references:
        expected = ", ".join(f"{material}.jsonl" for material in MATERIALS)
        problems.append(Problem(str(path), f"expected at least one file of references ({expected}), found none"))
    facts = _rows(path / "facts.jsonl", Fact, problems) if (path / "facts.jsonl").exists() else []
    entities = _rows(path / "entities.jsonl", Entity, problems) if (path / "entities.jsonl").exists() else []
    dataset = Dataset(
        name=path.resolve().name,
        digest=_digest(path),
        articles=(article,),
        references=references,
    )
    problems += check_content(dataset, lines, facts, entities, path)
    return dataset, problems


def _article_file(path: Path) -> tuple[str, Path, str]:
    """Return the article's raw text, its path and its language."""
    if not path.is_dir():
        found = "a file" if path.exists() else "nothing there"
        raise FileError(f"{path}: expected a folder with an article and its references, found {found}")
    articles = sorted(path.glob("article.*.txt"))
    if len(articles) != 1:
        found = ", ".join(file.name for file in articles) or "none"
        raise FileError(f"{path}: expected one file article.<language>.txt (article.hin_Deva.txt), found {found}")
    language = articles[0].name.split(".")[1]
    if not text.is_language(language):
        raise FileError(f"{articles[0]}: expected a FLORES code such as hin_Deva in the name, found {language!r}")
    return jsonio.read_text(articles[0]), articles[0], language


def _read_article(path: Path, raw: str, language: str, problems: list[Problem]) -> Article:
    name = path.resolve().name
    file = path / "segments.jsonl"
    if not file.exists():
        problems.append(Problem(str(path), f"segments.jsonl is missing; `harness ingest {path}` writes it"))
        return ingest.ingest(raw, article=name, language=language)
    segments: list[Segment] = []
    position = 0
    rows = _rows(file, _SegmentRow, problems)
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
        elif not ingest.is_debris(raw[position : row.start]):
            lost = raw[position : row.start].strip()[:60]
            problems.append(Problem(where, f"the article's text before {row.id} is in no segment: {lost!r}"))
        if not row.id.startswith(f"{name}#s") or not row.paragraph.startswith(f"{name}#p"):
            problems.append(Problem(where, f"expected ids {name}#s.. and {name}#p.., found {row.id}, {row.paragraph}"))
        position = max(position, row.end)
        segments.append(Segment(**row.model_dump()))
    if not ingest.is_debris(raw[position:]):
        problems.append(Problem(str(file), f"the article's end is in no segment: {raw[position:].strip()[:60]!r}"))
    return Article(id=name, language=language, segments=tuple(segments))


def _rows(file: Path, model: type[RowT], problems: list[Problem]) -> list[tuple[str, RowT]]:
    """Return (file and line, row) for each line that fits `model`, and add a problem for each that does not."""
    try:
        raw_rows, bad = jsonio.read_jsonl(file)
    except FileError as error:
        problems.append(_problem(error))
        return []
    problems += bad
    found: list[tuple[str, RowT]] = []
    first: dict[tuple[Any, ...], int] = {}
    for number, raw in raw_rows:
        where = f"{file} line {number}"
        try:
            row = model.model_validate(raw)
        except ValidationError as error:
            for detail in error.errors():
                name = ".".join(str(part) for part in detail["loc"])
                problems.append(Problem(where, f"{name}: {detail['msg'][0].lower()}{detail['msg'][1:]}"))
            continue
        key = tuple(getattr(row, name) for name in ("id", "version", "language") if hasattr(row, name))
        if key in first:
            problems.append(Problem(where, f"{' '.join(key)} stands on line {first[key]} already"))
            continue
        first[key] = number
        found.append((where, row))
    return found


def _problem(error: FileError) -> Problem:
    """Return a file's error as a finding: its message begins with file and line."""
    where, _, message = str(error).partition(": ")
    return Problem(where, message)


def _digest(path: Path) -> str:
    """Return the digest of all that can change a score: the article, its segments and the references."""
    names = [*sorted(file.name for file in path.glob("article.*.txt")), "segments.jsonl"]
    names += [f"{material}.jsonl" for material in MATERIALS]
    return jsonio.digest_json({name: jsonio.digest_file(path / name) for name in names if (path / name).is_file()})
