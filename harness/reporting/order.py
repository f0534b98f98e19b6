"""The rows and columns that a table of systems has, in their order, and which of its scores is the best."""

from __future__ import annotations

import math

from harness.core.records import Score, SystemScores, TaskScores
from harness.reporting import numbers

# Beside the name of a metric if lower is better.
LOWER = "↓"


def rows(scores: TaskScores) -> tuple[list[SystemScores], list[SystemScores], list[SystemScores]]:
    """Return the bounds, best first; the systems, best first; and the systems that failed."""
    bounds = [system for system in scores.systems if system.role != "system"]
    systems = [system for system in scores.systems if system.role == "system" and not system.error]
    failed = [system for system in scores.systems if system.role == "system" and system.error]
    for group in (bounds, systems):
        group.sort(key=lambda system: -_oriented(system.metrics.get(scores.primary)))
    return bounds, systems, failed


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


def all_references(scores: TaskScores) -> str | None:
    """Return the heading of the column with the primary score against all references; None if there is no such column.

    It stands beside scores that leave one reference out. A mixed table has none: its rows have references of their own.
    """
    if scores.mixed or not scores.leaves_one_out:
        return None
    references = "all refs" if scores.reference_counts else numbers.count(len(scores.references), "ref")
    return f"{heading(scores, scores.primary)}, {references}"


def leaves_one_out(system: SystemScores) -> bool:
    """Whether the scores of a row leave one reference out in turn; in a mixed table, some rows may and others not."""
    return system.role == "reference" or any(score.all_references for score in system.metrics.values())


def _oriented(score: Score | None) -> float:
    """Return a score so that more is better, and a missing one is worst."""
    if score is None:
        return -math.inf
    return score.value if score.higher_is_better else -score.value
