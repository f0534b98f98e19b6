"""The curve of `harness plan-size`: numbers of segments or articles against power and the smallest difference; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from harness.core.scores import SampleSizePlan
from harness.reporting import Cell, Legend, Table, numbers
from harness.scoring.sample_size import Curve, CurvePoint


def table(title: str, curve: Curve) -> Table:
    """Return the curve of one table of scores, named by its title."""
    plan, decimals = curve.plan, curve.decimals + 1
    with_segments = plan.unit == "article"
    rows = []
    for point in curve.points:
        cells = [
            Cell(f"{point.units:,}"),
            *([Cell(f"{_segments(plan, point):,}")] if with_segments else []),
            Cell(numbers.MISSING if point.detectable is None else numbers.share(point.power, 1)),
            Cell(numbers.fine(point.detectable, decimals)),
            Cell(_mark(plan, point)),
        ]
        rows.append(tuple(cells))
    difference = _difference(plan, decimals)
    now = numbers.fine_delta(plan.delta, decimals)
    columns = (
        f"{plan.unit}s", *(["segments"] if with_segments else []), f"power for {difference}",
        f"shown with {plan.power:.0%}", "",
    )  # fmt: skip
    return Table(
        title=f"{title}: {plan.unit}s that show a difference of {difference} in {curve.metric}",
        caption=f"{plan.a} − {plan.b}, now {now} on {numbers.count(plan.units, plan.unit)}",
        columns=columns,
        rows=tuple(rows),
        notes=tuple(_notes(plan, difference)),
        legend=Legend(methods=tuple(_legend(plan, difference))),
        names=(len(columns) - 1,),
    )


def to_json(label: str, curve: Curve) -> dict[str, Any]:
    """Return the curve as JSON: the plan, and its points."""
    return {
        "task": label,
        "metric": curve.metric,
        "plan": asdict(curve.plan),
        "points": [asdict(point) for point in curve.points],
    }


def _difference(plan: SampleSizePlan, decimals: int) -> str:
    """Return the planned difference, as short as a user gave it."""
    rounded = round(plan.difference, decimals)
    return numbers.given(rounded) if rounded else numbers.fine(plan.difference, decimals)


def _segments(plan: SampleSizePlan, point: CurvePoint) -> int:
    """Return the segments in so many articles, if they are as long as those at hand."""
    return round(point.units * plan.segments / plan.units)


def _mark(plan: SampleSizePlan, point: CurvePoint) -> str:
    """Return what is special about a number of units."""
    marks = {
        "now": point.units == plan.units,
        "needed": point.units == plan.needed,
        "too few for the test": point.detectable is None,
    }
    return ", ".join(mark for mark, applies in marks.items() if applies)


def _notes(plan: SampleSizePlan, difference: str) -> Iterator[str]:
    assert plan.needed is not None and plan.low is not None and plan.high is not None
    yield (
        f"{plan.needed:,} {plan.unit}s in total show a true difference of {difference} in "
        f"{plan.power:.0%} of samples ({plan.confidence:.0%} interval {plan.low:,} to {plan.high:,}: the variance is "
        "estimated)."
    )
    if plan.unit == "segment":
        yield "More segments of the same articles speak for these articles only."


def _legend(plan: SampleSizePlan, difference: str) -> Iterator[str]:
    yield (
        f"power for {difference}: how likely so many {plan.unit}s show this difference, if it is "
        f"the true one (two-sided level {numbers.level(plan.level)}, corrected for all pairs of systems)."
    )
    yield f"shown with {plan.power:.0%}: the smallest true difference that so many {plan.unit}s show with this power."
    if plan.unit == "article":
        yield "segments: in so many articles, if they are as long as these."
