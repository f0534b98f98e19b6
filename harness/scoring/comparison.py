"""Systems of several runs in one table, from the statistics that each run keeps; no text is looked at again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness import metrics
from harness.core.errors import InputError
from harness.core.records import TaskScores
from harness.scoring import Resampling, SystemStatistics, analysis
from harness.scoring.serialisation import _SHARED, StoredTask, from_json


def compare(
    runs: Mapping[str, Sequence[Mapping[str, Any]]],
    settings: Resampling,
    *,
    baseline: str | None = None,
    mixed: bool = False,
) -> list[TaskScores]:
    """Return a table for each task of the runs (given by name, as `to_json` made them).

    The bounds are the same in every run, so they are taken from the first. Where a system's name stands in several
    runs, the run's name is added to it. With `mixed`, runs that differ in what they must share stand in one table all
    the same, which says so, marks no best score, and compares only systems of runs that are on one footing.

    Raises:
        InputError: two runs of a task differ in what they must share (the message names it) and `mixed` is not set, or
            a run's scores are damaged.
    """
    by_task: dict[str, dict[str, StoredTask]] = {}
    for run, tasks in runs.items():
        for raw in tasks:
            task = from_json(run, raw)
            by_task.setdefault(task.test_set.task, {})[run] = task
    return [_compare_task(task, of_runs, settings, baseline, mixed) for task, of_runs in by_task.items()]


def _compare_task(
    task: str, of_runs: Mapping[str, StoredTask], settings: Resampling, baseline: str | None, mixed: bool
) -> TaskScores:
    footings: list[dict[str, StoredTask]] = []
    first_run = next(iter(of_runs))
    differences: list[tuple[str, str]] = []  # which runs, what differs
    for run, stored in of_runs.items():
        of_footing = next((f for f in footings if next(iter(f.values())).shared == stored.shared), None)
        if of_footing is None:
            if footings:
                differences.append((f"runs {first_run} and {run}", _difference(of_runs[first_run], stored)))
            footings.append({run: stored})
        else:
            of_footing[run] = stored
    if differences and not mixed:
        runs, what = differences[0]
        raise InputError(
            f"{runs} cannot be compared: {what}; run both configs on the same data and metrics, "
            "or see them side by side with --mixed",
            where=task,
        )
    for run, stored in of_runs.items():
        _check_signatures(task, run, stored)
    names = Counter(row.name for stored in of_runs.values() for row in stored.rows if row.role == "system")
    tables = []
    for of_footing in footings:
        rows = _rows(of_footing, names, "" if of_footing is footings[0] else f" ({next(iter(of_footing))})")
        test_set = next(iter(of_footing.values())).test_set
        tables.append(analysis.assess(test_set, rows, settings, baseline=baseline))
    if len(tables) == 1:
        return tables[0]
    told = "; ".join(f"{runs}: {what}" for runs, what in differences)
    return replace(
        tables[0],
        systems=tuple(system for table in tables for system in table.systems),
        comparisons=tuple(comparison for table in tables for comparison in table.comparisons),
        slices=(),
        mixed=(
            "Warning: mixed. These rows are not on one footing, so that a difference between them need not be one of "
            f"the systems; no best score is marked, and pairs across are not tested. {told}."
        ),
    )


def _check_signatures(task: str, run: str, stored: StoredTask) -> None:
    for name, signature in stored.shared["signatures"].items():
        now = metrics.get(name, stored.test_set.target).signature(len(stored.test_set.references))
        if now != signature:
            raise InputError(
                f"{task}: run {run} was scored with {name} {signature}, this harness has {now}; "
                "run it again (stored outputs are reused)"
            )


def _difference(first: StoredTask, other: StoredTask) -> str:
    """Return the first thing in which two runs differ that they must share."""
    key = next(key for key in _SHARED if first.shared[key] != other.shared[key])
    return f"their {_SHARED[key]} differ ({_brief(first.shared[key], other.shared[key])})"


def _rows(of_footing: Mapping[str, StoredTask], names: Counter[str], bound: str) -> list[SystemStatistics]:
    """Return the rows of runs on one footing: the bounds of the first, with `bound` after the name, and all systems."""
    rows = []
    for number, (run, stored) in enumerate(of_footing.items()):
        for row in stored.rows:
            if row.role == "system":
                rows.append(replace(row, name=f"{row.name} ({run})") if names[row.name] > 1 else row)
            elif not number:
                rows.append(replace(row, name=f"{row.name}{bound}"))
    return rows


def _brief(a: object, b: object) -> str:
    texts = [str(value) for value in (a, b)]
    if isinstance(a, list) and isinstance(b, list) and len(texts[0]) > 60:
        return f"{len(a)} and {len(b)}"
    if isinstance(a, dict) and isinstance(b, dict):
        keys = [key for key in {**a, **b} if a.get(key) != b.get(key)]
        return "; ".join(f"{key}: {a.get(key, 'none')} and {b.get(key, 'none')}" for key in keys)
    return " and ".join(text if len(text) <= 60 else f"{text[:12]}..." for text in texts)
