"""The overview of a task on several datasets: systems by datasets, with the primary metric.

Bold and ≈ are those of each dataset's own table: no test is over several datasets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from harness.core.scores import SystemScores, TaskScores
from harness.reporting import Cell, Legend, Table, notes, numbers, order
from harness.reporting.table import score_cell

_NO_MEAN = (
    "no mean over the datasets: they differ in texts, references and size, so that a point on one is not a point on "
    "another; each column is tested on its own"
)


def groups(tables: Iterable[TaskScores]) -> list[list[TaskScores]]:
    """Return the tables that an overview shows together: those of one task, if there are several datasets."""
    by_task: dict[str, list[TaskScores]] = {}
    for scores in tables:
        if scores.dataset:
            by_task.setdefault(scores.task, []).append(scores)
    return [group for group in by_task.values() if len(group) > 1]


def table(group: Sequence[TaskScores]) -> Table:
    """Return systems by datasets: the systems of the first table in its order, then those that it does not have."""
    primary = {scores.primary for scores in group}
    if len(primary) == 1:
        headings = [scores.dataset for scores in group]
        measure = f"primary metric {order.heading(group[0], group[0].primary)}"
    else:
        headings = [f"{scores.dataset}, {order.heading(scores, scores.primary)}" for scores in group]
        measure = "the primary metric of each"
    return Table(
        title=f"{group[0].task}: overview",
        caption=f"{numbers.count(len(group), 'dataset')}, {measure}; systems in the order of {group[0].dataset}",
        columns=("system", *headings),
        rows=tuple((_name(group, name), *(_cell(scores, name) for scores in group)) for name in _names(group)),
        notes=(_NO_MEAN,),
        legend=Legend(marks=notes.primary_marks(group)),
    )


def to_json(group: Sequence[TaskScores]) -> dict[str, Any]:
    """Return an overview as JSON; "ties_with_best" is whether a system is not shown to differ from the best one."""
    return {
        "task": group[0].task,
        "datasets": [{"dataset": scores.dataset, "primary": scores.primary} for scores in group],
        "systems": [
            {"name": name, "scores": {scores.dataset: _score_to_json(scores, _row(scores, name)) for scores in group}}
            for name in _names(group)
        ],
    }


def _score_to_json(scores: TaskScores, system: SystemScores | None) -> dict[str, Any] | None:
    if system is None or scores.primary not in system.metrics:
        return None
    return {
        "value": system.metrics[scores.primary].value,
        "best": order.is_best(scores, system, scores.primary),
        "ties_with_best": order.is_tie(scores, system, scores.primary),
    }


def _names(group: Sequence[TaskScores]) -> list[str]:
    """Return the names of the systems, those of the first table first: the best first, then those that failed."""
    names: dict[str, None] = {}
    for scores in group:
        _, systems, failed = order.rows(scores)
        names |= dict.fromkeys(system.name for system in [*systems, *failed])
    return list(names)


def _row(scores: TaskScores, name: str) -> SystemScores | None:
    return next((system for system in scores.systems if (system.role, system.name) == ("system", name)), None)


def _name(group: Sequence[TaskScores], name: str) -> Cell:
    return Cell(f"{name} (baseline)" if any(scores.baseline == name for scores in group) else name)


def _cell(scores: TaskScores, name: str) -> Cell:
    system = _row(scores, name)
    if system is None:
        return Cell(numbers.MISSING)
    return Cell("failed") if system.error else score_cell(scores, system, scores.primary, False)
