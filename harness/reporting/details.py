"""The tables beside the one of systems: paired differences, and slices of the segments."""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.records import Facet, TaskScores
from harness.reporting import numbers
from harness.reporting.table import Cell, Table, caption, heading, in_order
from harness.scoring import significance


def pairs_table(scores: TaskScores) -> Table | None:
    """Return the paired tests on the primary metric, the largest difference first, or None without any pair."""
    pairs = [comparison for comparison in scores.comparisons if comparison.metric == scores.primary]
    if not pairs:
        return None
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
        title=f"{scores.task}: differences in {heading(scores, scores.primary)}",
        caption=caption(scores),
        columns=("pair", "difference", "interval", "p", "p (Holm)", "win/tie/loss", "detectable", "verdict"),
        rows=tuple(rows),
        notes=tuple(_pairs_notes(scores)),
    )


def slices_table(scores: TaskScores, facet: Facet) -> Table | None:
    """Return the primary score of every row on each slice of the segments, or None where there are no slices."""
    found = [part for part in scores.slices if part.facet == facet]
    if not found:
        return None
    bounds, systems, _ = in_order(scores)
    names = [system.name for system in (*bounds, *systems)]
    rows = [
        (
            Cell(part.value),
            Cell(f"{part.segments:,}"),
            *(Cell(numbers.score(part.scores.get(name, {}).get(scores.primary))) for name in names),
        )
        for part in found
    ]
    note = "Slices have no tests: a difference on few segments is mostly chance."
    if facet == "length":
        note += " Words are those of the source, or of the first reference where there is no source."
    return Table(
        title=f"{scores.task}: {heading(scores, scores.primary)} by {facet}",
        caption=caption(scores),
        columns=(facet, "n", *names),
        rows=tuple(rows),
        notes=(note,),
    )


def _pairs_notes(scores: TaskScores) -> Iterator[str]:
    over = "all pairs of systems" if scores.baseline is None else f"the comparisons with {scores.baseline}"
    if scores.mixed:
        over += " on one footing"
    pairs = [comparison for comparison in scores.comparisons if comparison.metric == scores.primary]
    if any(pair.p is not None for pair in pairs):
        yield (
            f"p: paired sign-flip permutation test, two-sided; p (Holm): corrected for {over}. real: p (Holm) is below "
            "the level and the interval does not hold 0. "
            '"not shown" means that these data do not show a difference, not that there is none.'
        )
    yield "win/tie/loss: segments on which the first of the pair scores better, the same, and worse."
    if any(pair.detectable is not None for pair in pairs):
        yield (
            "detectable: how large a true difference would have to be for data like these to show it four times in "
            "five; a smaller one is likely to be missed."
        )
    interval = next((pair.interval for pair in pairs if pair.interval and pair.p is not None), None)
    if interval is None or scores.mixed:  # of mixed pairs each has its own n
        return
    remedy = "Compare fewer systems" if significance.is_exact(interval.units) else "Raise the resamples"
    lowest = len(pairs) * significance.smallest_p(interval.units, interval.resamples)
    if lowest >= significance.level(interval.confidence):
        yield (
            f"With {numbers.count(interval.units, interval.unit)}, {interval.resamples:,} resamples and "
            f"{numbers.count(len(pairs), 'pair')}, p (Holm) cannot go below {numbers.p_value(lowest)}: nothing can be "
            f"shown here. {remedy}."
        )
