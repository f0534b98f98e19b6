"""Score systems that read whole articles or paragraphs in a task with shorter units: divide their outputs into pieces.

The store has each output as the system wrote it. Before scoring, it is divided into a piece for each unit of the task
(`harness.scoring.resegmentation`), and each piece becomes the output for its unit. The division is kept in the run's
folder beside the scores, so that pages and the gate show exactly what was scored.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from harness import tasks as task_contract
from harness.config.plan import Plan
from harness.core import files
from harness.core.errors import FileError
from harness.core.records import Dataset, Generation
from harness.core.text import is_blank, marks
from harness.core.text.marks import Marks
from harness.reporting import numbers
from harness.runs.generate import Result
from harness.runs.store import Run
from harness.scoring import resegmentation
from harness.scoring.diagnostics import DivisionCounts
from harness.tasks import SourcePiece, Task, Unit

FILE = "pieces.jsonl"  # of a table

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a system reads the sources of a task, if not each for itself."""

    unit: Unit  # what one of its outputs stands for
    align: Literal["marks", "chrf"]
    marks: Marks  # those that it was asked to keep


def readings(plan: Plan, task: Task) -> dict[str, Reading]:
    """Return how the systems of a plan read a task's sources.

    Those that give one output per source, without numbers to remove, are left out.
    """
    given = {system.name: (system.options, system.options.given_task(task)) for system in plan.systems}
    return {
        name: Reading(longer.unit, options.align, options.asked_marks(longer))
        for name, (options, longer) in given.items()
        if longer is not task or options.asked_marks(task) == "ids"
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Divided:
    """One output with the pieces of its units."""

    system: str
    source: str  # id of the article or paragraph
    sample: int
    by: Literal["lines", "ids", "chrf"]
    pieces: Mapping[str, tuple[Span, ...]]  # by the unit's id: its places in the output
    added: tuple[Span, ...] = ()
    merged: int = 0
    split: int = 0
    swapped: int = 0
    by_length: bool = False  # see `resegmentation.Resegmented`

    def cut(self, output: Generation, wanted: Collection[str] | None = None) -> Iterator[Generation]:
        """Yield the output of each wanted unit; None: of all.

        Counts and seconds are of the whole output, so only the first wanted piece has them. The last one has its end.
        """
        pieces = {name: places for name, places in self.pieces.items() if wanted is None or name in wanted}
        last = [*pieces][-1:]
        for number, (name, places) in enumerate(pieces.items()):
            content = " ".join(" ".join(output.text[start:end] for start, end in places).split())
            if number == 0:
                piece = replace(output, id=name, text=content, finish="end")
            else:
                piece = Generation(name, content, sample=output.sample)
            yield replace(piece, finish=output.finish) if [name] == last else piece


@dataclass(frozen=True, slots=True)
class InPieces:
    """The outputs of a system in pieces."""

    result: Result  # with a generation for each unit of the table
    divided: tuple[Divided, ...]
    division: DivisionCounts | None  # counts for the table; None if each output is one piece
    note: str


def units(task: Task, reading: Reading, dataset: Dataset, ids: Sequence[str]) -> dict[str, tuple[SourcePiece, ...]]:
    """Return the longer units that contain scored units of a task, each with its parts, by the longer unit's id."""
    wanted = set(ids)
    every = task_contract.parts(task, reading.unit, dataset)
    return {unit: parts for unit, parts in every.items() if any(part.id in wanted for part in parts)}


def divide(
    task: Task, reading: Reading, name: str, result: Result, *, dataset: Dataset, ids: Sequence[str]
) -> InPieces:
    """Return the outputs of the system of that name for the scored units of a dataset.

    Args:
        task: the task.
        reading: how the system reads its sources.
        name: the system's.
        result: its outputs for longer units; it did not fail.
        dataset: the dataset of the table.
        ids: the scored units.
    """
    wanted = set(ids)
    versions = list(task_contract.references(task, dataset).values())
    divided: list[Divided] = []
    generations: dict[str, list[Generation]] = {}
    repeats: dict[str, list[Generation]] = {}
    for unit, parts in units(task, reading, dataset, ids).items():
        references = [[by_id[part.id] for by_id in versions if part.id in by_id] for part in parts]
        for output in result.generations[unit]:
            divided.append(_divided(name, output, parts, references, reading))
            _add(generations, divided[-1].cut(output, wanted))
        for output in result.repeats.get(unit, ()):
            _add(repeats, _divided(name, output, parts, references, reading).cut(output, wanted))
    pieces = {unit: tuple(of_unit) for unit, of_unit in generations.items()}
    again = {unit: tuple(of_unit) for unit, of_unit in repeats.items()}
    result = replace(result, generations=pieces, repeats=again)
    if reading.unit == task.unit:
        note = "the numbers of lines that it was asked for are removed from its outputs before scoring"
        return InPieces(result, tuple(divided), None, note)
    division = _counted(divided, pieces)
    return InPieces(result, tuple(divided), division, _note(task, reading, divided, division))


def _add(outputs: dict[str, list[Generation]], pieces: Iterable[Generation]) -> None:
    """Add pieces to the outputs of their units."""
    for piece in pieces:
        outputs.setdefault(piece.id, []).append(piece)


def _divided(
    name: str, output: Generation, parts: Sequence[SourcePiece], references: Sequence[Sequence[str]], reading: Reading
) -> Divided:
    """Return one output with the pieces of its units, of which there are several unless only numbers are removed."""
    if [part.id for part in parts] == [output.id]:
        whole = {output.id: marks.between(output.text)}
        return Divided(system=name, source=output.id, sample=output.sample, by="ids", pieces=whole)
    of_sentences = sum(part.sentences for part in parts)
    kept = marks.spans(output.text, of_sentences, reading.marks) if reading.align == "marks" else None
    if kept is not None and reading.marks != "none":
        places = iter(kept)
        by_part = {part.id: tuple(next(places) for _ in range(part.sentences)) for part in parts}
        return Divided(system=name, source=output.id, sample=output.sample, by=reading.marks, pieces=by_part)
    found = resegmentation.divide(marks.blanked(output.text, reading.marks), references)
    return Divided(
        system=name,
        source=output.id,
        sample=output.sample,
        by="chrf",
        pieces={
            part.id: _without_numbers(output.text, span, reading.marks)
            for part, span in zip(parts, found.pieces, strict=True)
        },
        added=found.added,
        merged=found.merged,
        split=found.split,
        swapped=found.swapped,
        by_length=found.by_length,
    )


def _without_numbers(text: str, span: Span, asked: Marks) -> tuple[Span, ...]:
    """Return the places of a piece without the numbers of lines inside it, if the model was asked for them."""
    if asked != "ids":
        return (span,)
    inside = [(max(start, span[0]), min(end, span[1])) for start, end in marks.between(text)]
    return tuple(each for each in inside if each[0] < each[1]) or (span,)


def _counted(divided: Sequence[Divided], pieces: Mapping[str, Sequence[Generation]]) -> DivisionCounts:
    every = [piece for of_unit in pieces.values() for piece in of_unit]
    return DivisionCounts(
        outputs=len(divided),
        units=len(every),
        omitted=sum(is_blank(piece.text) for piece in every),
        added=sum(len(each.added) for each in divided),
        merged=sum(each.merged for each in divided),
        split=sum(each.split for each in divided),
        swapped=sum(each.swapped for each in divided),
    )


def _note(task: Task, reading: Reading, divided: Sequence[Divided], division: DivisionCounts) -> str:
    """Return the note below the table: how outputs were divided, and what they did with the units."""
    unit = "segment" if task.unit == "sentence" else task.unit
    outputs, units = numbers.count(division.outputs, "output"), numbers.count(division.units, unit)
    exact = sum(each.by != "chrf" for each in divided)
    if exact == len(divided):
        how = f"by the {_MARKS[reading.marks]} that {'it keeps' if exact == 1 else 'they keep'}"
    elif reading.marks != "none" and reading.align == "marks":
        how = (
            f"{exact} by the {_MARKS[reading.marks]} that were asked for, and {len(divided) - exact} without them by "
            "similarity to the references (chrF)"
        )
    else:
        how = "by similarity to the references (chrF)"
    if by_length := sum(each.by_length for each in divided):
        they_have = "it has" if by_length == 1 else "they have"
        how += f", {by_length} mostly by length because {they_have} little in common with them"
    counts = [
        (division.omitted, unit, "omitted"),
        (division.added, "sentence", "added"),
        (division.merged, unit, "merged with the next one"),
        (division.split, "sentence", "more than in the references"),
        (division.swapped, unit, "in another order"),
    ]
    happened = [f"{numbers.count(count, what)} {how_so}" for count, what, how_so in counts if count]
    return (
        f"reads whole {reading.unit}s: {outputs} for {units} divided {how}; "
        f"{', '.join(happened) or 'nothing omitted or added'}"
    )


_MARKS = {"ids": "numbers", "lines": "lines", "none": ""}


# --- the file in a run's folder ---------------------------------------------------------------------------------------


def lines(divided: Iterable[Divided]) -> str:
    """Return the content of the file: one line per output."""
    return "".join(f"{files.dumps(_to_json(each))}\n" for each in divided)


def _to_json(divided: Divided) -> dict[str, Any]:
    return {
        "system": divided.system,
        "source": divided.source,
        "sample": divided.sample,
        "by": divided.by,
        "pieces": {name: [list(span) for span in places] for name, places in divided.pieces.items()},
        "added": [list(span) for span in divided.added],
        "merged": divided.merged,
        "split": divided.split,
        "swapped": divided.swapped,
        "by_length": divided.by_length,
    }


def read(run: Run, table: str, system: str) -> dict[tuple[str, int], Divided]:
    """Return the divided outputs of a system in a table, by source and sample; none if its outputs were not divided.

    Raises:
        FileError: the file is damaged.
    """
    found = {}
    for number, line in enumerate(run.read_table(table, FILE).splitlines(), start=1):
        try:
            row = json.loads(line)
            if row["system"] == system:
                found[row["source"], row["sample"]] = _from_json(row)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise FileError(
                f"line {number}: expected the pieces of an output; run the config again (stored outputs are reused)",
                where=run.table_path(table, FILE),
            ) from None
    return found


def _from_json(row: Mapping[str, Any]) -> Divided:
    spans = {name: tuple((int(start), int(end)) for start, end in places) for name, places in row["pieces"].items()}
    return Divided(
        system=row["system"],
        source=row["source"],
        sample=row["sample"],
        by=row["by"],
        pieces=spans,
        added=tuple((int(start), int(end)) for start, end in row["added"]),
        merged=row["merged"],
        split=row["split"],
        swapped=row["swapped"],
        by_length=row["by_length"],
    )


def of_run(
    run: Run, table: str, system: str, outputs: Mapping[tuple[str, str, int], Generation]
) -> dict[tuple[str, str, int], Generation]:
    """Return a system's outputs as they were scored in a table: those that were divided, in pieces.

    Args:
        run: the run.
        table: the label of the table.
        system: the system's name.
        outputs: as `Run.read_outputs` returns them, by source, digest of the source and sample.

    Raises:
        FileError: the file with the pieces is damaged.
    """
    divided = read(run, table, system)
    if not divided:
        return dict(outputs)
    return {
        (piece.id, digest, sample): piece
        for (source, digest, sample), output in outputs.items()
        if (source, sample) in divided
        for piece in divided[source, sample].cut(output)
    }
