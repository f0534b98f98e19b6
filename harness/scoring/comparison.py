"""Compare systems of several runs in one table, from the statistics that each run stores; reads no texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.core.errors import InputError
from harness.core.scores import Answers, TaskScores
from harness.scoring import Resampling, SystemStatistics, analysis, metric_of
from harness.scoring.questions import Questions, answered
from harness.scoring.serialisation import SHARED, StoredTask, from_json


def compare(
    runs: Mapping[str, Sequence[Mapping[str, Any]]],
    settings: Resampling,
    *,
    baseline: str | None = None,
    mixed: bool = False,
    labels: Mapping[tuple[str, str, str], str] | None = None,
    questions: Questions | None = None,
) -> list[TaskScores]:
    """Return a table for each task and dataset of the runs (by name, as `to_json` returned their tasks).

    The bounds are the same in every run, so they are taken from the first. If several runs have a system of one name,
    its label in brackets is added to it, which says what differs: `labels`, by (task, run, system). Without a label,
    the run's name is added. Runs must share the values of `SHARED`. With `mixed`, runs that do not share them are
    in one table too. The table says so, marks no best score, and compares only systems of runs that share them.

    Raises:
        InputError: two runs of a task do not share a value (the message names it) and `mixed` is not set, the baseline
            is unknown or lacks, or a run's scores are damaged.
    """
    questions = questions or Questions()
    questions.check(baseline)
    by_task: dict[str, dict[str, StoredTask]] = {}
    for run, tasks in runs.items():
        for raw in tasks:
            task = from_json(run, raw)
            by_task.setdefault(task.test_set.label, {})[run] = task
    labels = labels or {}
    tables = [
        _compare_task(task, of_runs, settings, baseline, mixed, labels, questions) for task, of_runs in by_task.items()
    ]
    systems = [row.name for scores in tables for row in scores.systems if row.role == "system"]
    analysis.check_baseline(baseline, systems)
    return tables


# What the user can do if two runs do not share a value, by its key in `SHARED`.
_REMEDY = "run both configs on the same data"
_REMEDIES = {
    "signatures": "score both with the same metrics (`harness score RUN --add-metric NAME` adds one)",
    "primary": "run both configs with the same primary metric",
}
Group = dict[str, StoredTask]  # runs of one task that share the values of `SHARED`, by name


def _compare_task(
    task: str,
    of_runs: Mapping[str, StoredTask],
    settings: Resampling,
    baseline: str | None,
    mixed: bool,
    labels: Mapping[tuple[str, str, str], str],
    questions: Questions,
) -> TaskScores:
    groups = grouped(of_runs)
    first = next(iter(of_runs))
    # Each group is described by its first run.
    differences = [
        ((first, run), _unshared(of_runs[first], group[run])) for group in groups[1:] for run in [next(iter(group))]
    ]
    if differences and not mixed:
        runs, key = differences[0]
        raise InputError(
            f"runs {' and '.join(runs)} cannot be compared: {_REMEDIES.get(key, _REMEDY)}, or see them side by side "
            f"with --mixed; {_difference(key, *runs, of_runs)}",
            where=task,
        )
    for run, stored in of_runs.items():
        _check_signatures(task, run, stored)
    names = system_names(of_runs, labels)
    tables = []
    for group in groups:
        run, stored = next(iter(group.items()))
        rows = _rows(group, names, "" if group is groups[0] else f" ({run})")
        scores = analysis.assess(stored.test_set, rows, settings, baseline=baseline)
        tables.append(answered(scores, stored.test_set, rows, settings, questions))
    if len(tables) == 1:
        return tables[0]
    why = "; ".join(f"runs {' and '.join(runs)}: {_difference(key, *runs, of_runs)}" for runs, key in differences)
    return replace(
        tables[0],
        systems=tuple(system for table in tables for system in table.systems),
        comparisons=tuple(comparison for table in tables for comparison in table.comparisons),
        slices=(),
        sweeps=(),
        answers=Answers(),
        more_data=None,
        reference_counts={},
        testing=None,
        mixed=(
            "Warning: mixed. These rows are not on one footing, so that a difference between them need not be one of "
            f"the systems; no best score is marked, and pairs across are not tested. {why}."
        ),
    )


def grouped(of_runs: Mapping[str, StoredTask]) -> list[Group]:
    """Return the runs in groups that share the values of `SHARED`, in order of first appearance."""
    groups: list[Group] = []
    for run, stored in of_runs.items():
        for group in groups:
            if next(iter(group.values())).shared == stored.shared:
                group[run] = stored
                break
        else:
            groups.append({run: stored})
    return groups


def _check_signatures(task: str, run: str, stored: StoredTask) -> None:
    for name, signature in stored.shared["signatures"].items():
        now = metric_of(stored.test_set, name).current(signature)
        if now != signature:
            raise InputError(
                f"run {run} was scored with {name} {signature}, this harness has {now}; "
                "run it again (stored outputs are reused)",
                where=task,
            )


def _unshared(first: StoredTask, other: StoredTask) -> str:
    """Return the key in `SHARED` of the first value that two runs do not share."""
    return next(key for key in SHARED if first.shared[key] != other.shared[key])


def _difference(key: str, first: str, other: str, of_runs: Mapping[str, StoredTask]) -> str:
    """Return in words how the values of two runs differ; for metrics, which of them only one of the runs has."""
    a, b = (of_runs[run].shared[key] for run in (first, other))
    if key == "signatures" and a.keys() != b.keys():
        only = {first: [name for name in a if name not in b], other: [name for name in b if name not in a]}
        return "; ".join(f"only {run} has {', '.join(names)}" for run, names in only.items() if names)
    return f"their {SHARED[key]} differ ({_brief(a, b)})"


def system_names(
    of_runs: Mapping[str, StoredTask], labels: Mapping[tuple[str, str, str], str]
) -> dict[tuple[str, str], str]:
    """Return the name of each system in a table of these runs, by run and own name; see `compare`."""
    names = Counter(row.name for stored in of_runs.values() for row in stored.rows if row.role == "system")
    result = {}
    for run, stored in of_runs.items():
        for row in stored.rows:
            label = labels.get((stored.test_set.task, run, row.name))
            longer = f"{row.name} [{label}]" if label else f"{row.name} ({run})"
            result[run, row.name] = longer if names[row.name] > 1 else row.name
    return result


def _rows(group: Group, names: Mapping[tuple[str, str], str], bound: str) -> list[SystemStatistics]:
    """Return the rows of one group of runs: the bounds of the first, with `bound` after the name, and all systems."""
    rows = []
    for number, (run, stored) in enumerate(group.items()):
        for row in stored.rows:
            if row.role == "system":
                rows.append(replace(row, name=names[run, row.name], run=run))
            elif not number:
                rows.append(replace(row, name=f"{row.name}{bound}", run=run))
    return rows


def _brief(a: object, b: object) -> str:
    texts = [str(value) for value in (a, b)]
    if isinstance(a, list) and isinstance(b, list) and len(texts[0]) > 60:
        return f"{len(a)} and {len(b)}"
    if isinstance(a, dict) and isinstance(b, dict):  # signatures of the same metrics
        unlike = [name for name in a if a[name] != b[name]]
        return "; ".join(f"{name}: {_without(a[name], b[name])} and {_without(b[name], a[name])}" for name in unlike)
    return " and ".join(text if len(text) <= 60 else f"{text[:12]}..." for text in texts)


def _without(signature: str, other: str) -> str:
    """Return the parts of a signature that another signature does not have; the whole if there is no such part."""
    return "|".join(part for part in signature.split("|") if part not in other.split("|")) or signature
