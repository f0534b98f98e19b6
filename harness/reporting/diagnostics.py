"""What is said of systems without a reference: as a table, as JSON and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from io import StringIO
from typing import Any

from harness.core.records import Measures
from harness.reporting import numbers
from harness.reporting.table import Cell, Table


def table(task: str, target: str, measures: Mapping[str, Measures], notes: Sequence[str]) -> Table:
    """Return systems by measures, in the order given: nothing here says which is better."""
    rows = []
    for name, found in measures.items():
        rows.append((
            Cell(name),
            Cell(numbers.score(found.words)),
            Cell(numbers.fine(found.length_ratio)),
            Cell(_percent(found.script)),
            Cell(f"{found.wrong_script:,}"),
            Cell(_percent(found.repetition)),
            Cell(_percent(found.copied)),
            Cell(f"{found.doubled:,}"),
            Cell(f"{found.empty:,}"),
        ))
    segments = next(iter(measures.values())).outputs
    script = target.rpartition("_")[2]
    return Table(
        title=f"{task}: outputs without references",
        caption=f"n = {numbers.count(segments, 'segment')}, output {target}; no reference, so no score",
        columns=(*("system", "words", "/ source", script, f"not {script}", "repeated", "copied", "doubled", "empty"),),
        rows=tuple(rows),
        notes=(
            *notes,
            "words: mean of an output; / source: words of the outputs for each of the sources; "
            f"{script}: share of the letters in that script; not {script}: outputs with most letters in another; "
            "repeated, copied: share of the runs of four words that stood in the output before, and that stand in the "
            "source; doubled: outputs that another segment has too; empty: outputs.",
        ),
    )


def to_json(task: str, target: str, measures: Mapping[str, Measures], notes: Sequence[str]) -> dict[str, Any]:
    """Return one object: shares in per cent, unrounded; None as null."""
    return {
        "task": task,
        "target": target,
        "segments": next(iter(measures.values())).outputs,
        "systems": [{"name": name, "measures": asdict(found)} for name, found in measures.items()],
        "notes": list(notes),
    }


def to_csv(task: str, measures: Mapping[str, Measures]) -> str:
    """Return one line for each system."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for number, (name, found) in enumerate(measures.items()):
        fields = asdict(found)
        if not number:
            writer.writerow(("task", "system", *fields))
        writer.writerow((task, name, *("" if value is None else value for value in fields.values())))
    return stream.getvalue()


def _percent(value: float | None) -> str:
    return numbers.MISSING if value is None else f"{numbers.score(value)}%"
