"""The first line of a table: which system is best, and is the difference shown?"""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.scores import Comparison, TaskScores
from harness.reporting import numbers, order

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
    if all(order.is_best(scores, system, scores.primary) for system in systems):
        return f"all systems have the same {scores.primary}"
    better = order.shown_better(scores, scores.primary)
    ties = [system.name for system in systems[1:] if (leader, system.name) not in better]
    leads = f"{leader} leads on {scores.primary}"
    if not ties:
        return f"{leads}; shown to differ from every other system"
    if len(ties) == len(systems) - 1 > 1:
        return f"{leads}; not shown to differ from any other system"
    return f"{leads}; not shown to differ from {listed(ties)}"


def is_translation(scores: TaskScores) -> bool:
    """Return whether the systems of a table translate."""
    return scores.task.partition("-")[0] == "translate"


def why_nothing_can_be_shown(scores: TaskScores) -> str:
    """Return why no pair can differ significantly, whatever the scores, and what would do; empty if some pair can."""
    testing = scores.testing
    reason = nothing_can_be_shown(scores)
    if testing is None or not reason:
        return ""
    if testing.units < testing.enough_units:
        remedy = f"{numbers.count(testing.enough_units, testing.unit)} could show one"
    else:
        remedy = f"{testing.enough_flips:,} flips could show one"
    return f"{reason}; {remedy}"


def nothing_can_be_shown(scores: TaskScores) -> str:
    """Return that no pair can differ significantly, whatever the scores; empty if some pair can."""
    testing = scores.testing
    if testing is None or testing.can_show:
        return ""
    units = numbers.count(testing.units, testing.unit)
    pairs = f" and {numbers.count(testing.pairs, 'pair')}" if testing.lowest_p is not None else ""
    return f"with {units}{pairs} no difference can be shown"


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
        f"better on {scores.primary}": [pair.a for pair in pairs if pair.significant and sign * pair.delta > 0],
        f"worse on {scores.primary}": [pair.a for pair in pairs if pair.significant and sign * pair.delta < 0],
        "not shown to differ": [pair.a for pair in pairs if not pair.significant],
    }
    return f"against {baseline}: {'; '.join(f'{what}: {listed(names)}' for what, names in groups.items() if names)}"


def listed(names: Sequence[str]) -> str:
    """Return names as a list in a sentence; of many, the first and how many others there are."""
    if len(names) > _MOST_NAMES:
        return f"{', '.join(names[: _MOST_NAMES - 1])} and {len(names) - _MOST_NAMES + 1} others"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
