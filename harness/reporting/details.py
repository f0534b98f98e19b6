"""The tables below that of systems: paired differences, and scores on slices of the segments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.core.records import Comparison, Facet, TaskScores
from harness.reporting import Cell, Legend, Table, numbers, order
from harness.reporting.table import caption
from harness.reporting.verdict import primary_pairs, smallest_adjusted_p
from harness.scoring import significance


def pairs_table(scores: TaskScores, *, of_best: bool = False) -> Table | None:
    """Return the paired tests on the primary metric, the largest difference first; None if no pair has an interval.

    With one segment there is none, and the table of systems already shows every difference. With `of_best`, show only
    the pairs of the system with the best score, as that system minus the other.
    """
    pairs = primary_pairs(scores)
    if not any(pair.interval for pair in pairs):
        return None
    notes = tuple(_pairs_notes(scores))
    if of_best and not scores.mixed and scores.baseline is None:
        best, total = order.rows(scores)[1][0].name, len(pairs)
        pairs = [_from(best, pair) for pair in pairs if best in (pair.a, pair.b)]
        if len(pairs) < total:
            notes = (f"These are the {len(pairs)} pairs of {best}; harness compare shows all {total}.", *notes)
    rows = []
    for pair in sorted(pairs, key=lambda pair: -abs(pair.delta)):
        verdict = "real" if pair.significant else "not shown" if pair.p is not None else "n is too small"
        rows.append((
            Cell(f"{pair.a} − {pair.b}"),
            Cell(numbers.delta(pair.delta), bold=pair.significant),
            Cell(numbers.interval(pair.interval.low, pair.interval.high) if pair.interval else numbers.MISSING),
            Cell(numbers.p_value(pair.p)),
            Cell(numbers.p_value(pair.p_adjusted)),
            Cell(f"{pair.wins}/{pair.ties}/{pair.losses}"),
            Cell(numbers.score(pair.detectable)),
            Cell(verdict),
        ))
    return Table(
        title=f"{scores.task}: differences in {order.heading(scores, scores.primary)}",
        caption=caption(scores),
        columns=("pair", "difference", "interval", "p", "p (Holm)", "win/tie/loss", "detectable", "verdict"),
        rows=tuple(rows),
        notes=notes,
        legend=Legend(methods=tuple(_pairs_legend(scores))),
        optional=(6, 5, 3, 2),  # detectable, win/tie/loss, p, interval
    )


def _from(system: str, pair: Comparison) -> Comparison:
    """Return a comparison as that of this system, which is one of its two, with the other."""
    if pair.a == system:
        return pair
    interval = pair.interval and replace(pair.interval, low=-pair.interval.high, high=-pair.interval.low)
    return replace(pair, a=pair.b, b=pair.a, delta=-pair.delta, interval=interval, wins=pair.losses, losses=pair.wins)


def slices_table(scores: TaskScores, facet: Facet) -> Table | None:
    """Return the primary score of every row on each slice of the segments, or None if there are no slices."""
    parts = [part for part in scores.slices if part.facet == facet]
    if not parts:
        return None
    bounds, systems, _ = order.rows(scores)
    names = [system.name for system in (*bounds, *systems)]
    rows = [
        (
            Cell(part.value),
            Cell(f"{part.segments:,}"),
            *(Cell(numbers.score(part.scores.get(name, {}).get(scores.primary))) for name in names),
        )
        for part in parts
    ]
    if any(contrast.facet == facet for contrast in scores.answers.contrasts):
        lines = [
            "Scores on a slice are not tested, but whether a difference on it is another than elsewhere; see below."
        ]
    else:
        lines = ["Slices are not tested: a difference on few segments is mostly chance."]
    if facet == "length":
        lines.append("Lengths are in words of the source, or of the first reference if there is no source.")
    return Table(
        title=f"{scores.task}: {order.heading(scores, scores.primary)} by {facet}",
        caption=caption(scores),
        columns=(facet, "n", *names),
        rows=tuple(rows),
        notes=(),
        legend=Legend(methods=tuple(lines)),
        optional=tuple(range(len(names) + 1, 2, -1)),  # the rows of the table of systems, from the last
    )


def _pairs_notes(scores: TaskScores) -> Iterator[str]:
    pairs = primary_pairs(scores)
    interval = next((pair.interval for pair in pairs if pair.interval and pair.p is not None), None)
    if interval is None or scores.mixed:  # pairs of a mixed table differ in n
        return
    lowest = smallest_adjusted_p(pairs)
    if lowest >= significance.level(interval.confidence):
        remedy = "Compare fewer systems" if significance.is_exact(interval.units) else "Raise the resamples"
        yield (
            f"With {numbers.count(interval.units, interval.unit)}, {interval.resamples:,} resamples and "
            f"{numbers.count(len(pairs), 'pair')}, p (Holm) cannot go below {numbers.p_value(lowest)}: nothing can be "
            f"shown here. {remedy}."
        )


def _pairs_legend(scores: TaskScores) -> Iterator[str]:
    pairs = primary_pairs(scores)
    over = "all pairs of systems" if scores.baseline is None else f"the comparisons with {scores.baseline}"
    if scores.mixed:
        over += " on the same data and metrics"
    if any(pair.p is not None for pair in pairs):
        yield f"p: paired sign-flip permutation test, two-sided; p (Holm): corrected for {over}."
        yield (
            "real: p (Holm) is below the level and the interval does not contain 0. not shown: these data do not show "
            "a difference; there may be one."
        )
    yield "win/tie/loss: segments on which the first of the pair scores better, the same, and worse."
    if any(pair.detectable is not None for pair in pairs):
        yield (
            "detectable: a true difference of this size would be shown by four of five samples like these data; "
            "smaller ones are likely to be missed."
        )
