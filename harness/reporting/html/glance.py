"""Say in whole sentences which differences the data of one table show, and which they cannot; pure.

The sentences rest on the primary metric, as the verdict of the table does (`harness.reporting.verdict`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.core.scores import SystemScores, TaskScores
from harness.reporting import numbers, order
from harness.reporting.verdict import listed, nothing_can_be_shown, primary_pairs, verdict


@dataclass(frozen=True, slots=True)
class Lead:
    """How far a system is ahead of another one; positive points are better, whatever the metric."""

    a: str
    b: str
    points: float
    interval: tuple[float, float] | None
    shown: bool
    p: float | None  # corrected for all pairs (Holm)
    needed: int | None  # units in total that would show this difference, if it is the true one
    needed_interval: tuple[int, int] | None
    units: str  # that there are now: "19 segments"


def sentences(scores: TaskScores) -> tuple[str, ...]:
    """Return the verdict of a table, and what more data would change, as sentences."""
    systems = _ranked(scores)
    reason = "" if scores.mixed else why_nothing_can_be_shown(scores)
    if scores.baseline is not None and reason:
        return (f"Against {scores.baseline}: {reason}.",)
    have_one_score = not reason and all(order.is_best(scores, row, scores.primary) for row in systems)
    if scores.mixed or scores.baseline is not None or len(systems) < 2 or have_one_score:
        text = verdict(scores)
        begins_with_name = any(text.startswith(row.name) for row in scores.systems)
        return (f"{text if begins_with_name else text[0].upper() + text[1:]}.",)
    ahead = leads(scores)
    if reason:
        by = f" ({_by(scores, ahead[0])} ahead of {ahead[0].b})" if ahead else ""
        return (f"{systems[0].name} scores highest{by}, but {reason}{_estimate(scores, ahead)}.",)
    return tuple(_told(scores, systems, ahead))


def why_nothing_can_be_shown(scores: TaskScores) -> str:
    """Return why no pair can differ significantly, and the least that the test needs; empty if some pair can."""
    reason, testing = nothing_can_be_shown(scores), scores.testing
    if testing is None or not reason:
        return ""
    if testing.units < testing.enough_units:
        least = numbers.count(testing.enough_units, testing.unit)
    else:
        least = f"{testing.enough_flips:,} flips"
    return f"{reason}; at least {least} are needed before the test can show any difference"


def leads(scores: TaskScores) -> list[Lead]:
    """Return how far the best system is ahead of each other one, and after it each pair of neighbours, best first.

    Without tests (mixed rows, a baseline, one system) there is none.
    """
    systems = _ranked(scores)
    if scores.mixed or scores.baseline is not None or len(systems) < 2:
        return []
    best, *others = systems
    pairs = [(best, other) for other in others] + list(pairwise(others))
    return [lead for a, b in pairs if (lead := _lead(scores, a.name, b.name))]


def _ranked(scores: TaskScores) -> list[SystemScores]:
    systems = [row for row in order.rows(scores)[1] if scores.primary in row.metrics]
    return sorted(systems, key=lambda row: order.descending(row, scores.primary))


def _lead(scores: TaskScores, a: str, b: str) -> Lead | None:
    pair = next((each for each in primary_pairs(scores) if {each.a, each.b} == {a, b}), None)
    if pair is None:
        return None
    sign = (1 if pair.a == a else -1) * (1 if order.higher_is_better(scores, scores.primary) else -1)
    limits = None
    if pair.interval is not None:
        low, high = sorted((sign * pair.interval.low, sign * pair.interval.high))
        limits = low, high
    plans = (*scores.answers.sample_sizes, *([scores.more_data] if scores.more_data else []))
    plan = next((each for each in plans if {each.a, each.b} == {a, b}), None)
    testing = scores.testing
    return Lead(
        a=a,
        b=b,
        points=sign * pair.delta,
        interval=limits,
        shown=pair.significant,
        p=pair.p_adjusted,
        needed=plan.needed if plan else None,
        needed_interval=(plan.low, plan.high) if plan and plan.low is not None and plan.high is not None else None,
        units=numbers.count(testing.units, testing.unit) if testing else numbers.count(scores.segments, "segment"),
    )


def _told(scores: TaskScores, systems: Sequence[SystemScores], ahead: Sequence[Lead]) -> Iterator[str]:
    best = systems[0].name
    of_best = [lead for lead in ahead if lead.a == best]
    ties = [lead for lead in of_best if not lead.shown]
    shown = [lead for lead in of_best if lead.shown]
    if ties:
        yield (
            f"{best} scores highest, but {ties[0].units} cannot tell it apart from {listed([lead.b for lead in ties])} "
            f"({_by(scores, ties[0])} ahead of {ties[0].b}){_remedy(ties[0])}."
        )
    if shown and (ties or len(shown) == 1):
        more = f", {listed([lead.b for lead in shown[1:]])} by more" if len(shown) > 1 else ""
        yield f"{best} leads {shown[0].b} by {_by(scores, shown[0])}{more}; {_shows(shown)}."
    elif shown:
        yield (
            f"{best} leads every other system; the next, {shown[0].b}, is {_by(scores, shown[0])} behind; "
            f"{_shows(shown)}."
        )
    tied = next((lead for lead in ahead if lead.a != best and not lead.shown), None)
    if tied and not ties:
        yield f"{tied.units} cannot tell {tied.a} and {tied.b} apart{_remedy(tied)}."


def _by(scores: TaskScores, lead: Lead) -> str:
    decimals = order.decimals(scores, scores.primary)
    limits = f" {numbers.interval_near_zero(*lead.interval, decimals)}" if lead.interval else ""
    return f"{numbers.score(lead.points, decimals)} {scores.primary}{limits}"


def _shows(leads: Sequence[Lead]) -> str:
    """Return that the test shows these leads, with the highest of their adjusted p-values."""
    highest = numbers.p_value(max((lead.p for lead in leads if lead.p is not None), default=None))
    p = f"p < {highest[1:]}" if highest.startswith("<") else f"p = {highest}"
    if len(leads) > 1:
        return f"the paired test, corrected for all pairs, shows each of these leads ({p} or lower)"
    return f"the paired test, corrected for all pairs, shows it ({p})"


def _remedy(lead: Lead) -> str:
    """Return how many units would show a difference as large as the observed one."""
    if lead.needed is None:
        return ""
    return f"; with about {numbers.about(lead.needed)} they could, if this difference is real"


def _estimate(scores: TaskScores, ahead: Sequence[Lead]) -> str:
    """Return how many units would show the lead of the best, if that is more than the test needs at least."""
    needed = ahead[0].needed if ahead else None
    if needed is None or scores.testing is None or needed <= scores.testing.enough_units:
        return ""
    return f", and about {numbers.about(needed)} to show this one, if it is real"
