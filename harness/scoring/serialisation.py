"""The statistics of a table as JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from harness import metrics
from harness.core.errors import InputError
from harness.core.records import Reading
from harness.scoring import Row, Trial

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
        "kinds": list(trial.kinds),
        "lengths": list(trial.lengths),
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
                "reading": asdict(row.reading) if row.reading else None,
                "statistics": {name: array.tolist() for name, array in row.statistics.items()},
                "one_fewer": {name: array.tolist() for name, array in row.one_fewer.items()},
            }
            for row in rows
        ],
    }


@dataclass(frozen=True, slots=True)
class Stored:
    """One task of one run, as it is read back."""

    trial: Trial  # without the texts of references
    rows: tuple[Row, ...]
    shared: Mapping[str, Any]  # what must be equal for its systems to be compared: dataset, ids, signatures, ...


def from_json(run: str, raw: Mapping[str, Any]) -> Stored:
    """Return what `to_json` made of a task of that run.

    Raises:
        InputError: it is damaged.
    """
    try:
        return _from_json(raw)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"run {run}: its scores.json is damaged ({type(error).__name__}: {error}); "
            "run it again (stored outputs are reused)"
        ) from None


def _from_json(raw: Mapping[str, Any]) -> Stored:
    trial = Trial(
        task=raw["task"],
        target=raw["target"],
        primary=raw["primary"],
        metrics=tuple(raw["signatures"]),
        ids=tuple(raw["ids"]),
        articles=tuple(raw["articles"]),
        references=dict.fromkeys(raw["references"], ()),
        lengths=tuple(raw.get("lengths", ())),
        kinds=tuple(raw.get("kinds", ())),
    )
    rows = tuple(_row(row, trial) for row in raw["rows"])
    return Stored(trial, rows, {key: raw[key] for key in _SHARED})


def _row(raw: Mapping[str, Any], trial: Trial) -> Row:
    statistics, one_fewer = (
        {name: np.asarray(array, dtype=np.float64) for name, array in raw[key].items()}
        for key in ("statistics", "one_fewer")
    )
    if raw["error"] is None:
        for name in trial.metrics:
            if statistics[name].ndim != 3 or statistics[name].shape[1] != len(trial.ids):
                raise ValueError(f"{raw['name']} has statistics of shape {statistics[name].shape} for {name}")
    reading = Reading(**raw["reading"]) if raw.get("reading") else None
    return Row(raw["name"], raw["role"], statistics, one_fewer, raw["error"], tuple(raw["notes"]), reading)
