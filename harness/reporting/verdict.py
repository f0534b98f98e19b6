"""The first line of a table: which system is best, and is the difference shown?"""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.records import Comparison, TaskScores
from harness.reporting import numbers, order
from harness.scoring import significance

# Names in a list; the others are counted.
_MOST_NAMES = 3


def verdict(scores: TaskScores) -> str:
    """Return the verdict on a table's primary metric, without a full stop."""
    if scores.mixed:
        return "no verdict: the rows are not scored on the same data and metrics"
    systems = [system for system in order.rows(scores)[1] if scores.primary in system.metrics]
    if not systems:
        return "no system has a score"
    if scores.baseline is not None:
        return _against_baseline(scores, scores.baseline)
    leader = systems[0].name
    if len(systems) == 1:
        return f"{leader} is the only system with a score"
    if reason := why_nothing_can_be_shown(scores):
        return f"{leader} scores highest; {reason}" if _one_leader(scores) else reason
    ties = [system.name for system in systems[1:] if order.cluster(system, scores.primary) == 1]
    if not ties:
        return f"{leader} leads; shown to differ from every other system"
    if len(ties) == len(systems) - 1 > 1:
        return f"{leader} leads; not shown to differ from any other system"
    return f"{leader} leads; not shown to differ from {_listed(ties)}"


def why_nothing_can_be_shown(scores: TaskScores) -> str:
    """Return why no pair can differ significantly, whatever the scores; empty if some pair can."""
    pairs = primary_pairs(scores)
    interval = next((pair.interval for pair in pairs if pair.interval), None)
    units = numbers.count(interval.units, interval.unit) if interval else numbers.count(scores.segments, "segment")
    if not any(pair.p is not None for pair in pairs):
        return f"with {units} no difference can be shown"
    if interval is not None and smallest_adjusted_p(pairs) >= significance.level(interval.confidence):
        return f"with {units} and {numbers.count(len(pairs), 'pair')} no difference can be shown"
    return ""


def smallest_adjusted_p(pairs: Sequence[Comparison]) -> float:
    """Return the smallest p-value that Holm's correction over these pairs leaves possible; 0 without a test."""
    interval = next((pair.interval for pair in pairs if pair.interval and pair.p is not None), None)
    return len(pairs) * significance.smallest_p(interval.units, interval.resamples) if interval else 0.0


def primary_pairs(scores: TaskScores) -> list[Comparison]:
    """Return the comparisons on the primary metric."""
    return [pair for pair in scores.comparisons if pair.metric == scores.primary]


def _one_leader(scores: TaskScores) -> bool:
    return sum(order.is_best(scores, system, scores.primary) for system in scores.systems) == 1


def _against_baseline(scores: TaskScores, baseline: str) -> str:
    pairs = primary_pairs(scores)
    if not pairs:
        return f"nothing is compared with {baseline}: it has no score here, or is the only system"
    if reason := why_nothing_can_be_shown(scores):
        return f"against {baseline}: {reason}"
    sign = 1 if order.higher_is_better(scores, scores.primary) else -1
    groups = {
        "better": [pair.a for pair in pairs if pair.significant and sign * pair.delta > 0],
        "worse": [pair.a for pair in pairs if pair.significant and sign * pair.delta < 0],
        "not shown to differ": [pair.a for pair in pairs if not pair.significant],
    }
    return f"against {baseline}: {'; '.join(f'{what}: {_listed(names)}' for what, names in groups.items() if names)}"


def _listed(names: Sequence[str]) -> str:
    if len(names) > _MOST_NAMES:
        return f"{', '.join(names[: _MOST_NAMES - 1])} and {len(names) - _MOST_NAMES + 1} others"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
