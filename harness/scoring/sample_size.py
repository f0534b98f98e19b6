"""Plan how many units would show a difference: of each pair, of the two best systems, and as a curve; pure.

All plans are for two-sided tests at the level of the correction for all pairs (see `power` for the formulas).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.core.scores import SampleSizePlan, TaskScores
from harness.scoring import Resampling, SystemStatistics, TestSet, footing, power
from harness.scoring._ranked_systems import RankedSystems
from harness.scoring.footing import Footing


@dataclass(frozen=True, slots=True)
class Curve:
    """A plan with the power and the detectable difference for several numbers of units, in order."""

    metric: str
    decimals: int  # with which the metric's scores are shown
    plan: SampleSizePlan
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What so many units would show."""

    units: int
    power: float  # how likely they show the planned difference, if it is the true one
    detectable: float | None  # the true difference that they show with the plan's power; None: they can show none


def plans(ranked: RankedSystems, difference: float | None, looks: int) -> tuple[SampleSizePlan, ...]:
    """Return a plan for each pair; without a difference, for the one that was observed."""
    return tuple(_plan(ranked, pair, difference, looks) for pair in ranked.pairs)


def more_data(scores: TaskScores, main: Footing, settings: Resampling) -> SampleSizePlan | None:
    """Return how many units would show the observed difference of the two best systems.

    None is returned if a test shows it already, if the two are not compared, or if there is nothing to estimate it
    from: one unit, or no difference.
    """
    ranked = RankedSystems.of(main.test_set, main.rows, settings, scores.primary, scores.baseline)
    best = (0, 1)
    if best not in ranked.pairs:
        return None
    names = set(ranked.names(best))
    tested = next(each for each in scores.comparisons if (each.metric, {each.a, each.b}) == (scores.primary, names))
    plan = _plan(ranked, best, None, 1)
    return None if tested.significant or plan.needed is None else plan


def curve(
    test_set: TestSet, rows: Sequence[SystemStatistics], settings: Resampling, metric: str, difference: float | None
) -> Curve | str:
    """Return how power grows with the number of units, for the two best systems on a metric; or why there is no curve.

    Without a difference, the curve is for the observed one. The reason names the condition that is not met: two
    systems, two units, a unit on which the systems differ, and a difference to plan for.
    """
    main = footing.of(test_set, rows)
    ranked = RankedSystems.of(main.test_set, main.rows, settings, metric, None)
    if not ranked.pairs:
        return f"it needs two systems with scores, found {len(ranked.systems)}"
    if ranked.units < 2:
        return f"it needs at least two segments, found {ranked.units}"
    best = ranked.pairs[0]
    plan = _plan(ranked, best, difference, 1)
    a, b = ranked.names(best)
    of_units = power.PowerCurve.of(ranked.influences(best), level=ranked.level)
    if of_units is None:
        return f"{a} and {b} differ in {ranked.metric.name} on no {ranked.unit}, so no number can be planned"
    if plan.needed is None:
        return f"{a} and {b} have the same {ranked.metric.name}; give the difference to show: --difference POINTS"
    points = (
        CurvePoint(units, of_units.power(units, plan.difference), of_units.detectable(units))
        for units in _steps(plan.units, plan.needed)
    )
    return Curve(ranked.metric.name, ranked.metric.decimals, plan, tuple(points))


def _plan(ranked: RankedSystems, pair: tuple[int, int], difference: float | None, looks: int) -> SampleSizePlan:
    """Return the plan for a pair; without a difference, for the one that was observed."""
    a, b = ranked.names(pair)
    delta = ranked.delta(pair)
    to_show = abs(delta) if difference is None else difference
    size = power.sample_size(
        ranked.influences(pair), to_show, level=ranked.level, confidence=ranked.settings.confidence, looks=looks
    )
    return SampleSizePlan(
        a=a,
        b=b,
        delta=delta,
        difference=to_show,
        units=ranked.units,
        unit=ranked.unit,
        segments=len(ranked.groups),
        needed=size.needed if size else None,
        low=size.low if size else None,
        high=size.high if size else None,
        confidence=ranked.settings.confidence,
        level=power.pocock_level(ranked.level, looks),
        looks=looks,
        power=power.POWER,
    )


def _steps(now: int, needed: int) -> list[int]:
    """Return the units now and the units needed, among round numbers from half the smaller to twice the larger."""
    low, high = max(2, min(now, needed) // 2), 2 * max(now, needed)
    round_numbers = (digit * 10**power for power in range(len(str(high))) for digit in (1, 2, 3, 5, 7))
    return sorted({now, needed, *(number for number in round_numbers if low <= number <= high)})
