"""Read human scores of outputs: a row per output, in CSV, TSV, JSONL or JSON, each also gzipped.

`columns.py` finds the columns by their names, and `cells.py` reads the values of a row. Rows are grouped by task and
language direction, because a metric can be good for one and bad for another. Several scores of one output, of several
annotators, are averaged. Without names of systems every row is an output of its own, because two systems can have the
same output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.core.errors import InputError
from harness.scoring.meta_evaluation import cells
from harness.scoring.meta_evaluation import columns as columns_module
from harness.scoring.meta_evaluation.columns import ColumnsByRole
from harness.scoring.textfiles import contents, objects, tables
from harness.scoring.textfiles.records import Record, Records
from harness.scoring.textfiles.records import field as value_of

_FORMS = {".csv": ",", ".tsv": "\t"}
# The roles that a row, else an option of the same name, must say; with their names in messages.
_OF_GROUP = {"task": "task", "target": "language of the outputs"}


@dataclass(frozen=True, slots=True)
class ScoredOutput:
    """One output with its human score."""

    segment: str
    system: str  # empty if unknown
    document: str  # empty if unknown
    source: str  # empty if unknown
    text: str
    references: tuple[str, ...]
    score: float  # higher is better; the mean if several people scored it


@dataclass(frozen=True, slots=True)
class HumanScores:
    """The outputs of one task and direction."""

    task: str
    target: str  # FLORES code of the outputs
    source_language: str  # empty if unknown
    score_column: str
    outputs: tuple[ScoredOutput, ...]
    notes: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Name of the task and direction."""
        if self.source_language:
            return f"{self.task} {self.source_language}→{self.target}"
        return f"{self.task} →{self.target}"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user says of the files."""

    columns: Mapping[str, str] = field(default_factory=dict)  # by role
    task: str | None = None  # of rows without a task of their own
    target: str | None = None  # output language of rows without one
    lower_is_better: bool = False  # scores are penalties


@dataclass(slots=True)
class _Group:
    """Rows of one task and direction, while files are read."""

    # The rows of each output with their places, by segment and system, or by place if systems are unknown.
    rows: dict[tuple[str, str], list[tuple[ScoredOutput, str]]] = field(default_factory=dict)
    score_columns: dict[str, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    unscored: int = 0


def read(paths: Sequence[Path], settings: Settings) -> list[HumanScores]:
    """Return the human scores in these files by task and direction, in order of first appearance.

    Raises:
        FileError: a file cannot be read.
        InputError: a file is given twice, the form is not read, a column is missing, a score is not a number, a task or
            language is unknown or not told, or one system has two outputs for a segment.
    """
    if settings.task is not None:
        cells.task(settings.task, "--task")
    if settings.target is not None:
        cells.language(settings.target, "--target")
    groups: dict[tuple[str, str, str], _Group] = {}
    for index, path in enumerate(paths):
        if path in paths[:index]:
            raise InputError("the file is given twice; give each file once", where=contents.shown(path))
        _read_file(path, settings, groups)
    return [_finished(*key, group) for key, group in groups.items()]


def _read_file(path: Path, settings: Settings, groups: dict[tuple[str, str, str], _Group]) -> None:
    name = contents.shown(path)
    records = _records(path, name)
    names = list(dict.fromkeys(key for record in records.records for key in record.fields))
    columns = columns_module.choose(names, settings.columns, name)
    segments, note = _segments(records.records, columns)
    for record, segment in zip(records.records, segments, strict=True):
        group = groups.setdefault(_key(record, columns, settings), _Group())
        group.score_columns[str(columns.one("score"))] = None
        turned = "lower human scores are better, so they were negated" if settings.lower_is_better else ""
        group.notes |= dict.fromkeys(filter(None, (note, _other_scores(columns), turned)))
        score = cells.score(record, str(columns.one("score")))
        if score is None:
            group.unscored += 1
            continue
        output = _output(record, columns, segment, -score if settings.lower_is_better else score)
        if note and output.system:
            output = replace(output, segment=_occurrence(group, output))
        key = (output.segment, output.system) if output.system else ("", record.where)
        group.rows.setdefault(key, []).append((output, record.where))


def _occurrence(group: _Group, output: ScoredOutput) -> str:
    """Return a segment that its source names; with a number if the system has another output for this source."""
    segment, number = output.segment, 1
    while (rows := group.rows.get((segment, output.system))) and rows[0][0].text != output.text:
        number += 1
        segment = f"{output.segment} ({number})"
    return segment


def _records(path: Path, name: str) -> Records:
    """Return the rows of a file.

    Raises:
        FileError: it cannot be read.
        InputError: its form is not read, it has no header, or no rows.
    """
    form = contents.suffix(path)
    if form in _FORMS:
        found = tables.read(contents.Contents().text(path), name, delimiter=_FORMS[form], chosen=None)
        if found.headless:
            raise InputError("expected a first row with the names of the columns, found none known", where=name)
    elif form in (".jsonl", ".ndjson"):
        found = objects.read_jsonl(contents.Contents().text(path), name)
    elif form == ".json":
        listed = objects.read_json(contents.Contents().text(path), name)
        if isinstance(listed, list):
            raise InputError("expected a list of objects, found a list of texts", where=name)
        found = listed
    else:
        raise InputError("expected a name that ends in .csv, .tsv, .jsonl or .json", where=name)
    if not found.records:
        raise InputError("the file is empty; expected a row per output", where=name)
    return found


def _segments(records: Sequence[Record], columns: ColumnsByRole) -> tuple[list[str], str]:
    """Return the segment of each row, and a note if it is not that of a column.

    It is the id of the column; without one, or if no two rows share an id although sources repeat, the source names
    the segment. IndicMT-Eval numbers rows, not segments. Without sources, the first reference does.
    """
    column = columns.one("segment")
    source = columns.one("source") or columns.references[0]
    if column is None:
        return _sources(records, columns), f"a segment is known by its {source}: no column has the id of the segment"
    ids = [cells.plain(record, column) for record in records]
    for record, identifier in zip(records, ids, strict=True):
        if not identifier:
            raise InputError(f"expected the id of a segment in {column}, found none", where=record.where)
    if len(set(ids)) == len(ids) and column not in (columns.one("source"), *columns.references):
        texts = [str(value_of(record, source)) for record in records]
        if len(set(texts)) < len(texts):
            return _sources(records, columns), f"a segment is known by its {source}: {column} numbers the rows"
    return ids, ""


def _sources(records: Sequence[Record], columns: ColumnsByRole) -> list[str]:
    """Return the source of each row; the references, if no column has sources.

    Raises:
        InputError: a row has none.
    """
    source = columns.one("source")
    if source is None:
        return ["\n".join(cells.references(record, columns)) for record in records]
    texts = [cells.plain(record, source) for record in records]
    for record, content in zip(records, texts, strict=True):
        if not content:
            raise InputError(
                f"expected a text in {source}, which tells segments apart, found none; give --column segment=NAME",
                where=record.where,
            )
    return texts


def _key(record: Record, columns: ColumnsByRole, settings: Settings) -> tuple[str, str, str]:
    """Return the task, the output language and the source language of a row; the last is empty if unknown.

    Raises:
        InputError: the task or the output language is unknown, or neither the row nor the user says one of them.
    """
    told = {role: cells.plain(record, columns.one(role)) for role in _OF_GROUP}
    values = {role: told[role] or default for role, default in (("task", settings.task), ("target", settings.target))}
    if absent := [role for role, value in values.items() if not value]:
        are, column = ("are", "columns") if len(absent) > 1 else ("is", "a column")
        raise InputError(
            f"the {' and the '.join(map(_OF_GROUP.__getitem__, absent))} {are} not known; give "
            f"{' and '.join(f'--{role}' for role in absent)}, or {column} {' and '.join(absent)}",
            where=record.where,
        )
    task, target = (
        read(str(values[role]), record.where if told[role] else f"--{role}")
        for role, read in (("task", cells.task), ("target", cells.language))
    )
    source = cells.plain(record, columns.one("source_language"))
    return task, target, cells.language(source, record.where) if source else ""


def _output(record: Record, columns: ColumnsByRole, segment: str, score: float) -> ScoredOutput:
    output = str(columns.one("output"))
    references = tuple(cells.references(record, columns))
    if not references:
        raise InputError(
            f"expected a reference in {' or '.join(columns.references)}, found none; metrics compare with one",
            where=record.where,
        )
    own = {role: cells.plain(record, columns.one(role)) for role in ("system", "document", "source")}
    if columns.one("system") is not None and not own["system"]:
        raise InputError(f"expected the name of a system in {columns.one('system')}, found none", where=record.where)
    return ScoredOutput(
        segment, own["system"], own["document"], own["source"], cells.content(record, output), references, score
    )


def _other_scores(columns: ColumnsByRole) -> str:
    if not columns.other_scores:
        return ""
    others = ", ".join(columns.other_scores)
    return f"human score: {columns.one('score')}; --column score=NAME chooses another ({others})"


def _finished(task: str, target: str, source_language: str, group: _Group) -> HumanScores:
    """Return a group with one output per system and segment."""
    outputs = []
    several = 0
    for rows in group.rows.values():
        first, place = rows[0]
        for other, where in rows[1:]:
            if other.text != first.text:
                raise InputError(
                    f"{first.system} has another output for this segment in {place}; expected one output per system "
                    "and segment (--column segment=NAME chooses the column that tells segments apart)",
                    where=where,
                )
        several += len(rows) > 1
        mean = sum(output.score for output, _ in rows) / len(rows)
        outputs.append(replace(first, score=mean))
    notes = list(group.notes)
    if several:
        notes.append(f"{several:,} outputs have several human scores; their mean is used")
    if group.unscored:
        notes.append(f"rows without a human score are left out: {group.unscored:,}")
    return HumanScores(task, target, source_language, ", ".join(group.score_columns), tuple(outputs), tuple(notes))
