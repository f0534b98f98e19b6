"""The table of the systems that have a checkpoint.

A narrow terminal leaves out columns in this order: those with the same value in every row, then revision, device,
dtype, limit, decoding, params, gated. Checkpoint, size, memory and cached stay. A column in which nothing is known is
left out. Licences, and how each system decodes with the source of every value, are lines below the table, because they
do not fit 80 columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from harness.core.descriptions import CheckpointDescription, PlanDescription, SystemDescription
from harness.reporting import Cell, Legend, Table, numbers
from harness.reporting.plan._phrases import COMMIT, OF_FAMILY, UNKNOWN, known, stated

# Where a checkpoint's weights are, as a cell.
CACHED = {"folder": "folder", "cache": "yes", "hub": "no", "unknown": UNKNOWN}


@dataclass(frozen=True, slots=True)
class _Column:
    heading: str
    cell: Callable[[SystemDescription, CheckpointDescription], str]
    yields: int = 0  # if the terminal is narrow, the lowest number goes first; 0: never


_COLUMNS = (
    _Column("system", lambda system, _: system.name),
    _Column("checkpoint", lambda _, checkpoint: checkpoint.name),
    _Column("revision", lambda _, checkpoint: (checkpoint.revision or numbers.MISSING)[:COMMIT], 1),
    _Column("params", lambda _, checkpoint: known(checkpoint.parameters, numbers.parameters), 6),
    _Column("size", lambda _, checkpoint: known(checkpoint.size, numbers.size)),
    _Column("memory", lambda system, _: known(system.memory, numbers.size)),
    _Column("cached", lambda _, checkpoint: CACHED[checkpoint.place]),
    _Column("gated", lambda _, checkpoint: stated("gated", checkpoint, lambda gated: "yes" if gated else "no"), 7),
    _Column("device", lambda system, _: system.device or UNKNOWN, 2),
    _Column("dtype", lambda system, _: system.dtype or UNKNOWN, 3),
    _Column("limit", lambda system, _: known(system.input_tokens, str) + OF_FAMILY * system.assumed, 4),
    _Column("decoding", lambda system, _: _search(system) + OF_FAMILY * system.assumed, 5),
)


def tables(plan: PlanDescription) -> Iterator[Table]:
    """Yield the table of the systems that have a checkpoint, if there are any."""
    pairs = [(system, system.checkpoint) for system in plan.systems if system.checkpoint]
    if not pairs:
        return
    cells = [[column.cell(*pair) for pair in pairs] for column in _COLUMNS]
    shown = [index for index, column in enumerate(cells) if {*column} != {UNKNOWN}]
    rows = [tuple(Cell(cells[index][row]) for index in shown) for row in range(len(pairs))]
    unknown = [column.heading for index, column in enumerate(_COLUMNS) if index not in shown]
    yield Table(
        title="",
        caption="",
        columns=tuple(_COLUMNS[index].heading for index in shown),
        rows=tuple(rows),
        notes=(f"not known here: {', '.join(unknown)}",) if unknown else (),
        legend=Legend(marks=tuple(_marks(rows, has_memory=any(system.memory for system, _ in pairs)))),
        optional=_optional(rows, [_COLUMNS[index] for index in shown]),
        names=(0, 1),
    )


def _optional(rows: Sequence[Sequence[Cell]], columns: Sequence[_Column]) -> tuple[int, ...]:
    """Return the places of the columns that a narrow terminal leaves out, in order: first those with only one value."""
    varied = [len(rows) == 1 or len({row[index].text for row in rows}) > 1 for index in range(len(columns))]
    places = [index for index, column in enumerate(columns) if column.yields]
    return tuple(sorted(places, key=lambda index: (varied[index], columns[index].yields)))


def _marks(rows: Sequence[Sequence[Cell]], *, has_memory: bool) -> Iterator[str]:
    """Yield a line for each mark in the table and its notes."""
    texts = [cell.text for row in rows for cell in row[2:]]
    if any(text.endswith(OF_FAMILY) for text in texts):
        yield f"{OF_FAMILY}: stated by the family's file in harness/models; checkpoint or hub may say otherwise."
    if has_memory:
        yield "memory: estimated peak of a full batch of longest inputs and outputs; less for fewer or shorter ones."
    if UNKNOWN in texts:
        yield f"{UNKNOWN}: not known here."


def _search(system: SystemDescription) -> str:
    """Return the kind of search in a word or two; the remarks have all settings."""
    if system.decoding.get("do_sample"):
        return "sampling"
    beams = system.decoding.get("num_beams", 1)
    return f"{beams} beams" if beams > 1 else "greedy"
