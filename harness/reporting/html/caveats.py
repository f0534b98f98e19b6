"""Which notes a page states once, at a glance, and which stay in the box of their table; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.core.scores import SystemScores, TaskScores
from harness.reporting.notes import more_data, notes
from harness.reporting.verdict import listed


def at_a_glance(tables: Sequence[TaskScores], of_systems: Mapping[str, str]) -> list[str]:
    """Return the notes that stand above all tables: those on the data first, then those of the configs on systems.

    A note on the data of one table of several stays in the box of that table; a last line names such tables.

    Args:
        tables: of the page.
        of_systems: the note that a config has on a system, by its name.
    """
    of_data = [
        note if len(titles) == len(tables) else f"{listed(titles)}: {note}"
        for note, titles in _shared(tables).items()
    ]  # fmt: skip
    names: dict[str, dict[str, None]] = {}
    for row in (row for scores in tables for row in scores.systems):
        if note := _of_config(row, of_systems):
            names.setdefault(note, {})[row.name] = None
    lines = [*of_data, *(f"{', '.join(of_note)}: {note}" for note, of_note in names.items())]
    if own := [scores.title for scores in tables if any(note not in _shared(tables) for note in scores.notes)]:
        lines.append(
            f"More notes on the data stand below the {'table' if len(own) == 1 else 'tables'} of {listed(own)}."
        )
    return lines


def of_table(scores: TaskScores, tables: Sequence[TaskScores], of_systems: Mapping[str, str]) -> list[str]:
    """Return the notes of a table that stand neither above all tables nor below its rows: those on the data first."""
    of_configs = {f"{row.name}: {_of_config(row, of_systems)}" for row in scores.systems}
    elsewhere = {*_shared(tables), *of_configs, *more_data(scores)}
    own = [note for note in notes(scores) if note not in elsewhere]
    return sorted(own, key=lambda note: note != scores.mixed and note not in scores.notes)


def _shared(tables: Sequence[TaskScores]) -> dict[str, list[str]]:
    """Return the notes on the data of several tables, or of the only table, with the titles of these tables."""
    titles: dict[str, list[str]] = {}
    for scores in tables:
        for note in dict.fromkeys(scores.notes):
            titles.setdefault(note, []).append(scores.title)
    return {note: of_note for note, of_note in titles.items() if len(of_note) > 1 or len(tables) == 1}


def _of_config(row: SystemScores, of_systems: Mapping[str, str]) -> str:
    """Return the note of the config on a system, with that on its licences if there is one; empty if there is none."""
    note = of_systems.get(row.name)
    return "" if note is None else next((each for each in row.notes if f"{each}; ".startswith(f"{note}; ")), "")
