"""The rows and columns that a table of systems has, in their order, and which of its scores is the best."""

from __future__ import annotations

import math

from harness.core.records import Score, SystemScores, TaskScores

# Beside the name of a metric if lower is better.
LOWER = "↓"


def rows(scores: TaskScores) -> tuple[list[SystemScores], list[SystemScores], list[SystemScores]]:
    """Return the bounds, best first; the systems, best first; and the systems that failed."""
    bounds = [system for system in scores.systems if system.role != "system"]
    systems = [system for system in scores.systems if system.role == "system" and not system.error]
    failed = [system for system in scores.systems if system.role == "system" and system.error]
    for group in (bounds, systems):
        group.sort(key=lambda system: descending(system, scores.primary))
    return bounds, systems, failed


def descending(system: SystemScores, metric: str) -> float:
    """Return a key that sorts systems by a metric, the best first and those without it last."""
    return -_oriented(system.metrics.get(metric))


def metrics(scores: TaskScores) -> list[str]:
    """Return the metrics of a table, the primary one first."""
    names = list(dict.fromkeys(name for system in scores.systems for name in system.metrics)) or [scores.primary]
    return sorted(names, key=lambda name: name != scores.primary)


def heading(scores: TaskScores, metric: str) -> str:
    """Return the name of a metric as a column has it: with an arrow if lower is better."""
    return metric if higher_is_better(scores, metric) else f"{metric} {LOWER}"


def higher_is_better(scores: TaskScores, metric: str) -> bool:
    """Whether a higher score of the metric is better."""
    return all(system.metrics[metric].higher_is_better for system in scores.systems if metric in system.metrics)


def best(scores: TaskScores, metric: str) -> float | None:
    """Return the best value that a system has; None if the table has one system only, or is mixed."""
    found = [s.metrics[metric] for s in scores.systems if s.role == "system" and metric in s.metrics]
    return max(found, key=_oriented).value if len(found) > 1 and not scores.mixed else None


def is_best(scores: TaskScores, system: SystemScores, metric: str) -> bool:
    """Whether a system has the best value of a metric."""
    score = system.metrics.get(metric)
    return score is not None and system.role == "system" and score.value == best(scores, metric)


def is_tie(scores: TaskScores, system: SystemScores, metric: str) -> bool:
    """Whether a system is not shown to differ from the best one on a metric."""
    score = system.metrics.get(metric)
    return score is not None and score.cluster == 1 and not scores.mixed and not is_best(scores, system, metric)


def cluster(system: SystemScores, metric: str) -> int | None:
    """Return the rank cluster of a system on a metric, if it has one."""
    return system.metrics[metric].cluster if metric in system.metrics else None


def has_ranks(scores: TaskScores) -> bool:
    """Whether the table has a column of ranks: for three systems or more."""
    return not scores.mixed and len([system for system in scores.systems if cluster(system, scores.primary)]) > 2


def has_leave_one_out(scores: TaskScores) -> bool:
    """Whether the table has a column with one reference fewer: if there is a reference row to compare with.

    Rows of a mixed table have references of their own, and one fewer would not make them comparable.
    """
    with_reference = any(system.role == "reference" for system in scores.systems)
    values = (score.leave_one_out for system in scores.systems for score in system.metrics.values())
    return with_reference and not scores.mixed and any(value is not None for value in values)


def _oriented(score: Score | None) -> float:
    """Return a score so that more is better, and a missing one is worst."""
    if score is None:
        return -math.inf
    return score.value if score.higher_is_better else -score.value
