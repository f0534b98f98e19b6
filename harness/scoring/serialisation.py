"""Write the statistics of a table as JSON, and read them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

import numpy as np

from harness.core.errors import InputError
from harness.core.scores import Count, Diagnostics, Role, task_and_dataset
from harness.scoring import SystemStatistics, TestSet, UnitLabels, diagnostics, used_metrics
from harness.tasks import TaskKind

# Keys of the JSON whose values two runs must share for their systems to be in one table, and their names in messages.
SHARED = {
    "dataset": "dataset (digest)",
    "ids": "segments",
    "articles": "articles of the segments",
    "references": "references",
    "target": "output language",
    "signatures": "metric signatures",
    "primary": "primary metric",
}


def to_json(test_set: TestSet, rows: Sequence[SystemStatistics], dataset: str) -> dict[str, Any]:
    """Return a table's statistics as JSON: everything that a comparison with other runs needs.

    `gaps` is there only if a version has no text for a segment: by version, the ids of these segments. `extracts` is in
    an oracle row only: it tells how its sentences were selected. `task` is the label of the test set, and `dataset` a
    digest.
    """
    gaps = {
        version: [name for name, text in zip(test_set.ids, stream, strict=True) if text is None]
        for version, stream in test_set.references.items()
    }
    gaps = {version: names for version, names in gaps.items() if names}
    return {
        "task": test_set.label,
        "kind": test_set.kind,
        "dataset": dataset,
        "target": test_set.target,
        "primary": test_set.primary,
        "ids": list(test_set.ids),
        "articles": list(test_set.articles),
        "kinds": list(test_set.kinds),
        "lengths": list(test_set.lengths),
        "references": list(test_set.references),
        **({"labels": {name: asdict(labels) for name, labels in test_set.labels.items()}} if test_set.labels else {}),
        **({"gaps": gaps} if gaps else {}),
        "signatures": {metric.name: test_set.signature(metric) for metric in used_metrics(test_set)},
        "rows": [
            {
                "name": row.name,
                "role": row.role,
                "error": row.error,
                "notes": list(row.notes),
                **({"unit": row.unit} if row.unit else {}),
                **({"extracts": "of each metric and footing"} if row.role == "oracle" else {}),
                "diagnostics": asdict(row.diagnostics) if row.diagnostics else None,
                **({"noise": dict(row.noise)} if row.noise else {}),
                "statistics": {name: array.tolist() for name, array in row.statistics.items()},
                "leave_one_out": {name: array.tolist() for name, array in row.leave_one_out.items()},
            }
            for row in rows
        ],
    }


@dataclass(frozen=True, slots=True)
class StoredTask:
    """One task of one run, as it is read back."""

    test_set: TestSet  # without texts: each reference that exists is ""
    rows: tuple[SystemStatistics, ...]
    shared: Mapping[str, Any]  # what must be equal for its systems to be compared: dataset, ids, signatures, ...


def from_json(run: str, raw: Mapping[str, Any]) -> StoredTask:
    """Return a task of that run from the JSON that `to_json` returned.

    Raises:
        InputError: the JSON is damaged.
    """
    try:
        return _from_json(raw)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"its scores.json is damaged ({type(error).__name__}: {error}); run it again (stored outputs are reused)",
            where=f"run {run}",
        ) from None


def _from_json(raw: Mapping[str, Any]) -> StoredTask:
    gaps = {version: frozenset(names) for version, names in raw.get("gaps", {}).items()}
    task, dataset = task_and_dataset(raw["task"])
    test_set = TestSet(
        task=task,
        dataset=dataset,
        kind=raw.get("kind") or _kind(raw["primary"]),
        target=raw["target"],
        primary=raw["primary"],
        metrics=tuple(raw["signatures"]),
        ids=tuple(raw["ids"]),
        articles=tuple(raw["articles"]),
        references={
            version: tuple(None if name in gaps.get(version, ()) else "" for name in raw["ids"])
            for version in raw["references"]
        },
        lengths=tuple(raw.get("lengths", ())),
        kinds=tuple(raw.get("kinds", ())),
        stored=dict(raw["signatures"]),
        labels={
            name: UnitLabels(tuple(labels["values"]), bool(labels["has_intervals"]))
            for name, labels in raw.get("labels", {}).items()
        },
    )
    rows = tuple(_row(row, test_set) for row in raw["rows"])
    return StoredTask(test_set, rows, {key: raw[key] for key in SHARED})


def _kind(primary: str) -> TaskKind:
    """Return the kind of a task whose file, by an earlier version, does not say it: summaries are scored by ROUGE."""
    return "summarisation" if primary.startswith("rouge") else "translation"


def _row(raw: Mapping[str, Any], test_set: TestSet) -> SystemStatistics:
    # Files that earlier versions wrote call the reference row "human", and `leave_one_out` "one_fewer".
    row_name, role = ("reference", "reference") if raw["role"] == "human" else (raw["name"], raw["role"])
    statistics, leave_one_out = (
        {name: np.asarray(array, dtype=np.float64) for name, array in arrays.items()}
        for arrays in (raw["statistics"], raw["leave_one_out"] if "leave_one_out" in raw else raw["one_fewer"])
    )
    if raw["error"] is None:
        has_pairs = any(count > 1 for count in test_set.reference_counts)
        for name in test_set.metrics:
            for array in [statistics[name], *([leave_one_out[name]] if has_pairs else [])]:
                if array.ndim != 3 or array.shape[1] != len(test_set.ids):
                    raise ValueError(f"{raw['name']} has statistics of shape {array.shape} for {name}")
    notes = tuple(raw["notes"])
    if role == "oracle" and "extracts" not in raw:  # an earlier version wrote it
        notes += (
            f"an earlier version selected its sentences by {test_set.primary} against all references, so it is too low "
            "in other scores; run the config again",
        )
    noise = {name: float(points) for name, points in raw.get("noise", {}).items()}
    return SystemStatistics(
        row_name,
        cast(Role, role),
        statistics,
        leave_one_out,
        raw["error"],
        notes,
        _diagnostics(raw),
        unit=str(raw.get("unit", "")),
        noise=noise,
    )


def _diagnostics(raw: Mapping[str, Any]) -> Diagnostics | None:
    if raw.get("reading"):  # an earlier version wrote it
        return diagnostics.from_reading(raw["reading"])
    stored = raw.get("diagnostics")
    if not stored:
        return None
    return Diagnostics(stored["outputs"], {name: Count(**count) for name, count in stored["counts"].items()})
