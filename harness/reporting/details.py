"""The tables below that of systems: paired differences, and scores on slices of the segments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from harness.core.scores import FACETS, Comparison, Facet, Interval, Slice, TaskScores
from harness.reporting import Cell, Legend, Table, numbers, order
from harness.reporting.table import caption
from harness.reporting.verdict import is_translation, primary_pairs, why_nothing_can_be_shown
from harness.scoring import agreement


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
    columns = [*_COLUMNS]
    if any(pair.interval_articles for pair in pairs):
        columns.insert(3, ("over articles", lambda pair, places: Cell(_limits(pair.interval_articles, places)), 1))
    if any(people_agree(scores, pair) is not None for pair in pairs):
        columns.insert(-1, ("people agree", lambda pair, places: Cell(_share(people_agree(scores, pair))), 6))
    decimals = order.decimals(scores, scores.primary)
    rows = [
        tuple(cell(pair, decimals) for _, cell, _ in columns)
        for pair in sorted(pairs, key=lambda pair: -abs(pair.delta))
    ]
    optional = sorted((order_, place) for place, (_, _, order_) in enumerate(columns) if order_)
    return Table(
        title=f"{scores.title}: differences in {order.heading(scores, scores.primary)}",
        caption=caption(scores),
        columns=tuple(heading for heading, _, _ in columns),
        rows=tuple(rows),
        notes=notes,
        legend=Legend(methods=tuple(_pairs_legend(scores))),
        optional=tuple(place for _, place in optional),
    )


def people_agree(scores: TaskScores, pair: Comparison) -> float | None:
    """Return the share of pairs of systems with such a difference in which people agree; None if nobody measured it."""
    if scores.mixed or not is_translation(scores):
        return None
    signatures = (row.metrics[pair.metric].signature for row in scores.systems if pair.metric in row.metrics)
    return agreement.share(pair.metric, pair.delta, next(signatures, ""))


def _from(system: str, pair: Comparison) -> Comparison:
    """Return a comparison as that of this system, which is one of its two, with the other."""
    return pair if pair.a == system else turned(pair)


def turned(pair: Comparison) -> Comparison:
    """Return a comparison with its two systems exchanged."""
    return replace(
        pair,
        a=pair.b,
        b=pair.a,
        delta=-pair.delta,
        interval=_turned(pair.interval),
        interval_single=_turned(pair.interval_single),
        interval_articles=_turned(pair.interval_articles),
        wins=pair.losses,
        losses=pair.wins,
    )


def _turned(interval: Interval | None) -> Interval | None:
    return interval and replace(interval, low=-interval.high, high=-interval.low)


def _share(value: float | None) -> str:
    return numbers.MISSING if value is None else numbers.share(value, 1)


def _limits(interval: Interval | None, decimals: int) -> str:
    return numbers.interval(interval.low, interval.high, decimals) if interval else numbers.MISSING


def _verdict(pair: Comparison) -> str:
    if pair.significant:
        return f"shown ({pair.metric})"
    return "not shown" if pair.p is not None else "n is too small"


# Heading, cell of a pair with so many decimals, and in which order a narrow terminal leaves the column out; 0: never.
_COLUMNS: tuple[tuple[str, Callable[[Comparison, int], Cell], int], ...] = (
    ("pair", lambda pair, places: Cell(f"{pair.a} − {pair.b}"), 0),
    ("difference", lambda pair, places: Cell(numbers.delta(pair.delta, places), bold=pair.significant), 0),
    ("interval", lambda pair, places: Cell(_limits(pair.interval, places)), 5),
    ("p", lambda pair, places: Cell(numbers.p_value(pair.p)), 4),
    ("p (Holm)", lambda pair, places: Cell(numbers.p_value(pair.p_adjusted)), 0),
    ("win/tie/loss", lambda pair, places: Cell(f"{pair.wins}/{pair.ties}/{pair.losses}"), 3),
    ("detectable", lambda pair, places: Cell(numbers.score(pair.detectable, places)), 2),
    ("verdict", lambda pair, places: Cell(_verdict(pair)), 0),
)


def own_facets(scores: TaskScores) -> tuple[Facet, ...]:
    """Return the properties that the table's dataset states of its segments, by which every report shows slices."""
    return tuple(dict.fromkeys(part.facet for part in scores.slices if part.facet not in FACETS))


def slices_table(scores: TaskScores, facet: Facet) -> Table | None:
    """Return the primary score of every row on each slice of the segments, or None if there are no slices.

    By a property that the dataset states, shares are counts: "3/5" of the primary metric, then of the other metrics.
    """
    parts = [part for part in scores.slices if part.facet == facet]
    if not parts:
        return None
    bounds, systems, _ = order.rows(scores)
    names = [system.name for system in (*bounds, *systems)]
    decimals = order.decimals(scores, scores.primary)
    rows = [
        (
            Cell(part.value),
            Cell(f"{part.segments:,}"),
            *(Cell(_on_slice(part, name, scores.primary, decimals)) for name in names),
        )
        for part in parts
    ]
    if any(contrast.facet == facet for contrast in scores.answers.contrasts):
        lines = [
            "Scores on a slice are not tested, but whether a difference on it is another than elsewhere; see below."
        ]
    else:
        lines = ["Slices are not tested: a difference on few segments is mostly chance."]
    counted = list(next(iter(parts[0].counts.values()), {}))
    if counted:
        others = f" · counts of {', '.join(counted[1:])}" if len(counted) > 1 else ""
        lines.append(f"Each cell: {counted[0]}, as part of the whole{others}.")
    if facet == "length":
        lines.append("Lengths are in words of the source, or of the first reference if there is no source.")
    return Table(
        title=f"{scores.title}: {order.heading(scores, scores.primary)} by {facet}",
        caption=caption(scores),
        columns=(facet, "n", *names),
        rows=tuple(rows),
        notes=(),
        legend=Legend(methods=tuple(lines)),
        folds=2,
    )


def _on_slice(part: Slice, row: str, primary: str, decimals: int) -> str:
    """Return the cell of a row: a score, or counts, with the interval if the slice has one."""
    score = numbers.score(part.scores.get(row, {}).get(primary), decimals)
    interval = part.intervals.get(row, {}).get(primary)
    if interval is not None:
        score += f" {numbers.interval(interval.low, interval.high, decimals)}"
    counts = part.counts.get(row)
    if not counts:
        return score
    first, *others = counts.values()
    whole = f"{_whole(first.part)}/{_whole(first.whole)}"
    shown = f"{whole} = {score}" if interval is not None else whole
    return " · ".join([shown, *filter(None, [" ".join(_whole(other.part) for other in others)])])


def _whole(count: int | float) -> str:
    """Return a count; averaged over samples, it need not be a whole number."""
    return f"{count:.0f}" if count == round(count) else f"{count:.1f}"


def _pairs_notes(scores: TaskScores) -> Iterator[str]:
    reason = "" if scores.mixed else why_nothing_can_be_shown(scores)
    if reason:
        yield f"{reason[0].upper()}{reason[1:]}."


def _pairs_legend(scores: TaskScores) -> Iterator[str]:
    pairs = primary_pairs(scores)
    over = "all pairs of systems" if scores.baseline is None else f"the comparisons with {scores.baseline}"
    if scores.mixed:
        over += " on the same data and metrics"
    interval = next((pair.interval for pair in pairs if pair.interval), None)
    if interval is not None:
        together = "" if interval.method.startswith("percentile") else " for all pairs at once"
        yield (
            f"interval of a difference: {interval.confidence:.0%}{together}, {interval.method} "
            f"({interval.resamples:,} resamples, seed {interval.seed}) over {interval.unit}s"
            f"{'' if together else '; of each pair alone, not corrected for the number of pairs'}."
        )
    if any(pair.interval_articles for pair in pairs):
        yield "over articles: the interval of each pair alone, over articles; it speaks for other articles too."
    if any(pair.p is not None for pair in pairs):
        yield f"p: paired sign-flip permutation test, two-sided{_flips(scores)}; p (Holm): corrected for {over}."
        yield (
            "shown: p (Holm) is below the level and the interval, before rounding, does not contain 0; a claim about "
            "the metric in brackets, and people may judge otherwise. not shown: these data do not show a difference; "
            "there may be one."
        )
    yield "win/tie/loss: segments on which the first of the pair scores better, the same, and worse."
    if any(pair.detectable is not None for pair in pairs):
        yield (
            "detectable: a true difference of this size would be shown by four of five samples like these data; "
            "smaller ones are likely to be missed."
        )
    yield from _people(scores)


def _people(scores: TaskScores) -> Iterator[str]:
    """Say how often people agree with a difference of the size that the two best systems have."""
    if any(people_agree(scores, pair) is not None for pair in primary_pairs(scores)):
        yield (
            "people agree: the share of pairs of systems with such a difference that people rank in the same way "
            f"({agreement.SOURCE})."
        )
        return
    systems = [row.name for row in order.rows(scores)[1] if row.role == "system"][:2]
    for each in scores.comparisons:
        share = people_agree(scores, each)
        # At a share of a half the difference says nothing.
        if share is not None and share > 0.505 and {each.a, each.b} == set(systems):
            pair = _from(systems[0], each)
            difference = numbers.delta(pair.delta, order.decimals(scores, pair.metric))
            yield (
                f"{pair.a} − {pair.b}: {difference} {pair.metric}; people rank {share:.0%} of pairs of systems "
                f"with such a difference in the same way ({agreement.SOURCE}). "
                f"No curve is published for {scores.primary}."
            )


def _flips(scores: TaskScores) -> str:
    """Return over how many swaps the tests are; empty for a mixed table, whose pairs differ in it."""
    if scores.testing is None:
        return ""
    if scores.testing.flips is None:
        return ", over all flips"
    return f", over up to {scores.testing.flips:,} random flips (seed {scores.testing.seed})"
