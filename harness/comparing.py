"""Systems of several runs in one table, from the statistics that each run keeps; no text is looked at again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

from harness import metrics, scoring
from harness.errors import InputError
from harness.records import TaskScores
from harness.scoring import Row, Settings, Trial

# What two runs must share for their systems to stand in one table, and what to call it.
_SHARED = {
    "dataset": "dataset (digest)",
    "ids": "segments",
    "articles": "articles of the segments",
    "references": "references",
    "target": "output language",
    "signatures": "metric signatures",
    "primary": "primary metric",
}


def to_json(trial: Trial, rows: Sequence[Row], dataset: str) -> dict[str, Any]:
    """Return a table's statistics as JSON: all that comparing it with other runs takes."""
    return {
        "task": trial.task,
        "dataset": dataset,
        "target": trial.target,
        "primary": trial.primary,
        "ids": list(trial.ids),
        "articles": list(trial.articles),
        "references": list(trial.references),
        "signatures": {
            name: metrics.get(name, trial.target).signature(len(trial.references)) for name in trial.metrics
        },
        "rows": [
            {
                "name": row.name,
                "role": row.role,
                "error": row.error,
                "notes": list(row.notes),
                "statistics": {name: array.tolist() for name, array in row.statistics.items()},
                "one_fewer": {name: array.tolist() for name, array in row.one_fewer.items()},
            }
            for row in rows
        ],
    }


def compare(runs: Mapping[str, Sequence[Mapping[str, Any]]], settings: Settings) -> list[TaskScores]:
    """Return a table for each task of the runs (given by name, as `to_json` made them).

    The bounds are the same in every run, so they are taken from the first. Where a system's name stands in several
    runs, the run's name is added to it.

    Raises:
        InputError: two runs of a task differ in what they must share (the message names it), or a run's scores are
            damaged.
    """
    by_task: dict[str, dict[str, Mapping[str, Any]]] = {}
    for run, tasks in runs.items():
        for task in tasks:
            if not {"task", "rows", *_SHARED} <= task.keys():
                raise InputError(f"run {run}: its scores.json is damaged; run it again (stored outputs are reused)")
            by_task.setdefault(task["task"], {})[run] = task
    return [_compare_task(task, of_runs, settings) for task, of_runs in by_task.items()]


def _compare_task(task: str, of_runs: Mapping[str, Mapping[str, Any]], settings: Settings) -> TaskScores:
    first_run, first = next(iter(of_runs.items()))
    for run, other in of_runs.items():
        for key, what in _SHARED.items():
            if other[key] != first[key]:
                raise InputError(
                    f"{task}: runs {first_run} and {run} cannot be compared: their {what} differ "
                    f"({_brief(first[key], other[key])}); run both configs on the same data and metrics"
                )
    trial = Trial(
        task=task,
        target=first["target"],
        primary=first["primary"],
        metrics=tuple(first["signatures"]),
        ids=tuple(first["ids"]),
        articles=tuple(first["articles"]),
        references=dict.fromkeys(first["references"], ()),
    )
    for name, signature in first["signatures"].items():
        now = metrics.get(name, trial.target).signature(len(trial.references))
        if now != signature:
            raise InputError(
                f"{task}: run {first_run} was scored with {name} {signature}, this harness has {now}; "
                "run it again (stored outputs are reused)"
            )
    names = Counter(row["name"] for other in of_runs.values() for row in other["rows"] if row["role"] == "system")
    rows = []
    for run, other in of_runs.items():
        for raw in other["rows"]:
            if raw["role"] == "system":
                row = _row(raw)
                rows.append(replace(row, name=f"{row.name} ({run})") if names[row.name] > 1 else row)
            elif run == first_run:
                rows.append(_row(raw))
    return scoring.assess(trial, rows, settings)


def _row(raw: Mapping[str, Any]) -> Row:
    statistics, one_fewer = (
        {name: np.asarray(array, dtype=np.float64) for name, array in cast(dict[str, Any], raw[key]).items()}
        for key in ("statistics", "one_fewer")
    )
    return Row(raw["name"], raw["role"], statistics, one_fewer, raw["error"], tuple(raw["notes"]))


def _brief(a: object, b: object) -> str:
    texts = [str(value) for value in (a, b)]
    if isinstance(a, list) and isinstance(b, list) and len(texts[0]) > 60:
        return f"{len(a)} and {len(b)}"
    if isinstance(a, dict) and isinstance(b, dict):
        keys = [key for key in {**a, **b} if a.get(key) != b.get(key)]
        return "; ".join(f"{key}: {a.get(key, 'none')} and {b.get(key, 'none')}" for key in keys)
    return " and ".join(text if len(text) <= 60 else f"{text[:12]}..." for text in texts)
