"""Diagnostics as cells, as a table without references, as JSON and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

from harness.core.scores import Count, Diagnostics
from harness.reporting import Cell, Legend, Table, numbers
from harness.scoring import diagnostics
from harness.scoring.diagnostics import Column, Diagnostic


def table(task: str, target: str, systems: Mapping[str, Diagnostics], notes: Sequence[str]) -> Table:
    """Return systems by diagnostics, in the order given: no column says which system is better."""
    script = target.rpartition("_")[2]
    shown = columns(systems.values(), beside_scores=False)
    headings = {name: column.heading.format(script=script) for name, column in shown.items()}
    segments = next(iter(systems.values())).outputs
    return Table(
        title=f"{task}: outputs without references",
        caption=f"n = {numbers.count(segments, 'segment')}, output {target}; no reference, so no score",
        columns=("system", *headings.values()),
        rows=tuple((Cell(name), *(cell(measured, each) for each in shown)) for name, measured in systems.items()),
        notes=tuple(notes),
        optional=tuple(index for index in range(len(shown), 0, -1) if [*shown][index - 1] != "wrong_script"),
        legend=Legend(marks=tuple(f"{headings[name]}: {column.note}." for name, column in shown.items())),
    )


def columns(
    systems: Iterable[Diagnostics | None], *, beside_scores: bool, wanted: Collection[str] = ()
) -> dict[str, Column]:
    """Return the columns that a table of these systems needs, by diagnostic; those `wanted` if anything is known."""
    counts = [system.counts for system in systems if system is not None]
    needed = {}
    for name, diagnostic in diagnostics.every().items():
        column = diagnostic.column
        known = [each[name] for each in counts if name in each]
        if column is not None and name in wanted and known:
            needed[name] = column
        if column is None or (beside_scores and not column.beside_scores):
            continue
        if any(count.part for count in known) or (known and column.always and not beside_scores):
            needed[name] = column
    return needed


def cell(measured: Diagnostics | None, name: str) -> Cell:
    """Return the value of one diagnostic of one system."""
    count = measured.counts.get(name) if measured is not None else None
    return Cell(numbers.MISSING if count is None else _text(diagnostics.every()[name], count))


def _text(diagnostic: Diagnostic, count: Count) -> str:
    if diagnostic.unit == "count":
        return f"{count.part:,}"
    if diagnostic.column is not None and diagnostic.column.fraction:
        return f"{count.part:,}/{count.whole:,}"
    if diagnostic.unit == "percent":
        return numbers.share(count.part, count.whole)
    value = diagnostics.value(diagnostic.unit, count)
    return numbers.score(value, 1) if diagnostic.unit == "mean" else numbers.fine(value)


def system_to_json(measured: Diagnostics) -> dict[str, Any]:
    """Return the counts of one system by diagnostic, and what they come to: shares in per cent, unrounded."""
    values = diagnostics.rates(measured)
    return {
        name: {"part": count.part, "whole": count.whole, "value": values[name], "unit": diagnostics.every()[name].unit}
        for name, count in measured.counts.items()
        if name in values
    }


def to_json(task: str, target: str, systems: Mapping[str, Diagnostics], notes: Sequence[str]) -> dict[str, Any]:
    """Return one object for the outputs of a task without references."""
    return {
        "task": task,
        "target": target,
        "primary": None,
        "segments": next(iter(systems.values())).outputs,
        "references": [],
        "systems": [
            {"name": name, "role": "system", "run": None, "metrics": {}, "diagnostics": system_to_json(measured)}
            for name, measured in systems.items()
        ],
        "comparisons": [],
        "notes": list(notes),
    }


def to_csv(task: str, systems: Mapping[str, Diagnostics]) -> str:
    """Return one line per system, with the value of every diagnostic."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("task", "system", "outputs", *diagnostics.every()))
    for name, measured in systems.items():
        writer.writerow((task, name, measured.outputs, *csv_values(measured)))
    return stream.getvalue()


def csv_values(measured: Diagnostics | None) -> list[float | str]:
    """Return the value of every diagnostic, unrounded; empty text for what is not known."""
    values = diagnostics.rates(measured) if measured is not None else dict.fromkeys(diagnostics.every())
    return ["" if value is None else value for value in values.values()]
