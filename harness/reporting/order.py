"""The rows and columns that a table of systems has, in their order, and which of its scores is the best."""

from __future__ import annotations

import math
from math import hypot

from harness.core.scores import Rank, Score, SystemScores, TaskScores
from harness.reporting import numbers
from harness.scoring import ranks

# Beside the name of a metric if lower is better.
LOWER = "↓"


def rows(scores: TaskScores) -> tuple[list[SystemScores], list[SystemScores], list[SystemScores]]:
    """Return the bounds, best first; the systems, best first; and the systems that failed.

    The members of a sweep stand together, where the best of them belongs.
    """
    bounds = [system for system in scores.systems if system.role != "system"]
    systems = [system for system in scores.systems if system.role == "system" and not system.error]
    failed = [system for system in scores.systems if system.role == "system" and system.error]
    for group in (bounds, systems):
        group.sort(key=lambda system: descending(system, scores.primary))
    return bounds, _with_sweeps_together(scores, systems), failed


def _with_sweeps_together(scores: TaskScores, systems: list[SystemScores]) -> list[SystemScores]:
    """Return systems, best first, with the members of each sweep moved up to its best."""
    sweep_of = {member: sweep for sweep in scores.sweeps for member in sweep.members}
    together: dict[str, list[SystemScores]] = {}
    for system in systems:
        sweep = sweep_of.get(system.name)
        together.setdefault(sweep.best if sweep else system.name, []).append(system)
    return [system for group in together.values() for system in group]


def is_best_of_sweep(scores: TaskScores, system: SystemScores) -> bool:
    """Whether a system is the best member of a sweep on the primary metric."""
    return any(system.name == sweep.best for sweep in scores.sweeps)


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


def decimals(scores: TaskScores, metric: str) -> int:
    """Return with how many decimals the scores of a metric are shown."""
    return next((system.metrics[metric].decimals for system in scores.systems if metric in system.metrics), 1)


def fine_decimals(scores: TaskScores, metric: str) -> int:
    """Return with how many decimals small differences of a metric are shown."""
    return decimals(scores, metric) + 1


def higher_is_better(scores: TaskScores, metric: str) -> bool:
    """Whether a higher score of the metric is better."""
    return all(system.metrics[metric].higher_is_better for system in scores.systems if metric in system.metrics)


def best(scores: TaskScores, metric: str) -> float | None:
    """Return the best value that a system has; None if the table has one system only, or is mixed.

    None too if another value differs by no more than the noise of both, so that the best may be another one tomorrow.
    """
    value = _highest(scores, metric)
    return None if value is None or _is_noise(scores, metric, value) else value


def _highest(scores: TaskScores, metric: str) -> float | None:
    scored = _of_systems(scores, metric)
    return max(scored, key=_oriented).value if len(scored) > 1 and not scores.mixed else None


def _is_noise(scores: TaskScores, metric: str, value: float) -> bool:
    """Whether a system differs from the best value by no more than noise."""
    scored = _of_systems(scores, metric)
    leaders = [score for score in scored if score.value == value]
    return any(
        abs(score.value - value) <= hypot(score.noise or 0.0, leader.noise or 0.0)
        for score in scored
        for leader in leaders
        if score is not leader and (score.noise or leader.noise)
    )


def _of_systems(scores: TaskScores, metric: str) -> list[Score]:
    return [system.metrics[metric] for system in scores.systems if system.role == "system" and metric in system.metrics]


def is_best(scores: TaskScores, system: SystemScores, metric: str) -> bool:
    """Whether a system has the best value of a metric."""
    score = system.metrics.get(metric)
    return score is not None and system.role == "system" and score.value == best(scores, metric)


def is_tie(scores: TaskScores, system: SystemScores, metric: str) -> bool:
    """Whether a system is not shown to differ from the best one on a metric; False if systems have no ranks."""
    value = _highest(scores, metric)
    if rank(system, metric) is None or scores.mixed or system.metrics[metric].value == value:
        return False
    leaders = [each.name for each in scores.systems if _has_value(each, metric, value)]
    better = shown_better(scores, metric)
    return not any((leader, system.name) in better for leader in leaders)


def _has_value(system: SystemScores, metric: str, value: float | None) -> bool:
    return system.role == "system" and metric in system.metrics and system.metrics[metric].value == value


def rank(system: SystemScores, metric: str) -> Rank | None:
    """Return the ranks that a system may have on a metric, if they are known."""
    return system.metrics[metric].rank if metric in system.metrics else None


def shown_better(scores: TaskScores, metric: str) -> frozenset[tuple[str, str]]:
    """Return the pairs (better, worse) of systems that are shown to differ on a metric."""
    sign = 1 if higher_is_better(scores, metric) else -1
    return frozenset(
        (pair.a, pair.b) if sign * pair.delta > 0 else (pair.b, pair.a)
        for pair in scores.comparisons
        if pair.metric == metric and pair.significant
    )


def has_ranks(scores: TaskScores) -> bool:
    """Whether the table has a column of ranks: for three systems or more."""
    return not scores.mixed and len([system for system in scores.systems if rank(system, scores.primary)]) > 2


def group_ends(scores: TaskScores) -> tuple[int, ...]:
    """Return after how many systems a line stands: every system above is shown to be better than every one below.

    There is none if each system would be a group of its own, because the ranks say that already.
    """
    if not has_ranks(scores):
        return ()
    names = [system.name for system in rows(scores)[1] if scores.primary in system.metrics]
    ends = ranks.group_ends(names, shown_better(scores, scores.primary))
    return ends if len(ends) < len(names) - 1 else ()


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
