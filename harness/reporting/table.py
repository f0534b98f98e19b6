"""The table of systems: its rows, and one function per kind of column; no format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from harness.core.scores import Score, SystemScores, TaskScores
from harness.reporting import Cell, Table, numbers, order, without_references
from harness.reporting.notes import BEST_OF_SWEEP, MARKS, SHOWN, TIE, legend, notes
from harness.reporting.verdict import verdict


@dataclass(frozen=True, slots=True)
class _Column:
    heading: str
    cell: Callable[[SystemScores], Cell]
    yields: int = 0  # if the terminal is narrow, the lowest number goes first, of equals the last; 0: never


# When a column goes from a narrow terminal. Order and lines say most of what ranks say, and cut what unread says.
_RANK, _LEAST_TOLD, _ALL_REFERENCES, _SECONDARY, _TOLD = range(1, 6)
_DIAGNOSTICS = {"unread": _LEAST_TOLD, "unknown": _LEAST_TOLD, "quantities": _LEAST_TOLD, "cut": _TOLD}


def systems_table(scores: TaskScores, *, intervals: bool = False) -> Table:
    """Return systems by metrics: bounds and published figures, then the systems, best first, then those that failed.

    The primary metric has its interval, and with `intervals` every metric.
    """
    bounds, systems, failed = order.rows(scores)
    bounds = [*bounds, *_published(scores)]
    measured = [system.diagnostics for system in scores.systems]
    shown = without_references.columns(measured, beside_scores=True, wanted=scores.columns)
    script = scores.target.rpartition("_")[2]
    headings = {name: column.heading.format(script=script) for name, column in shown.items()}
    columns = [
        _system(scores),
        *_unit(scores),
        *_rank(scores),
        *(_metric(scores, name, intervals or name == scores.primary) for name in order.metrics(scores)),
        *_all_references(scores),
        *(_diagnostic(name, heading) for name, heading in headings.items()),
    ]
    return Table(
        title=scores.title,
        verdict=verdict(scores),
        caption=caption(scores),
        columns=tuple(column.heading for column in columns),
        rows=tuple(tuple(column.cell(system) for column in columns) for system in [*bounds, *systems, *failed]),
        notes=notes(scores),
        legend=legend(scores, (f"{headings[name]}: {column.note}." for name, column in shown.items())),
        rule_after=len(bounds),
        lines_after=tuple(len(bounds) + end for end in order.group_ends(scores)),
        optional=_optional(columns),
        scores=scores,
    )


def _published(scores: TaskScores) -> list[SystemScores]:
    """Return a row for each published system, the best on the primary metric first."""
    metrics: dict[str, dict[str, Score]] = {}
    for each in scores.published:
        higher = order.higher_is_better(scores, each.metric)
        decimals = order.decimals(scores, each.metric)
        score = Score(each.value, each.signature or "", each.segments or 0, None, None, higher, decimals=decimals)
        metrics.setdefault(each.system, {})[each.metric] = score
    rows = [SystemScores(name, "published", of_system) for name, of_system in metrics.items()]
    return sorted(rows, key=lambda row: order.descending(row, scores.primary))


def _optional(columns: Sequence[_Column]) -> tuple[int, ...]:
    """Return the places of the columns that a narrow terminal leaves out, in order."""
    places = [index for index, column in enumerate(columns) if column.yields]
    return tuple(sorted(places, key=lambda index: (columns[index].yields, -index)))


def caption(scores: TaskScores) -> str:
    """Return what a table is over: n, references, language and primary metric."""
    end = f"output {scores.target}; primary metric {scores.primary}"
    if scores.mixed:
        return f"mixed (see the first note), {end}"
    of_articles = f" of {numbers.count(scores.articles, 'article')}" if scores.articles else ""
    total = sum(scores.reference_counts.values()) or scores.segments
    n = f"{scores.segments:,} of {total:,} segments" if scores.segments < total else numbers.count(total, "segment")
    return f"n = {n}{of_articles}, {_references(scores)} ({', '.join(scores.references)}), {end}"


def _references(scores: TaskScores) -> str:
    """Return how many references each score is against."""
    count = len(scores.references)
    up_to = "up to " if scores.reference_counts else ""
    if not scores.leaves_one_out:
        return f"{up_to}{numbers.count(count, 'reference')}"
    return f"{'all but 1' if up_to else count - 1} of {up_to}{count} references at a time"


# --- columns ----------------------------------------------------------------------------------------------------------


def _system(scores: TaskScores) -> _Column:
    def cell(system: SystemScores) -> Cell:
        if system.name == scores.baseline:
            return Cell(f"{system.name} (baseline)")
        mark = BEST_OF_SWEEP if order.is_best_of_sweep(scores, system) else MARKS[system.role]
        return Cell(f"{system.name} {mark}".strip())

    return _Column("system", cell)


def _unit(scores: TaskScores) -> Iterator[_Column]:
    """Yield what one output of each system stood for, if some outputs were divided to be scored in this table."""
    if any(system.unit for system in scores.systems):
        usual = "segment" if "paragraph" not in scores.task else "paragraph"
        yield _Column("unit", lambda row: Cell((row.unit or usual) if row.role == "system" else numbers.MISSING))


def _rank(scores: TaskScores) -> Iterator[_Column]:
    if order.has_ranks(scores):
        yield _Column("rank", lambda system: Cell(numbers.rank(order.rank(system, scores.primary))), _RANK)


def _metric(scores: TaskScores, name: str, with_interval: bool) -> _Column:
    """Return a column of scores."""
    return _Column(
        order.heading(scores, name),
        lambda system: score_cell(scores, system, name, with_interval),
        0 if name == scores.primary else _SECONDARY,
    )


def score_cell(scores: TaskScores, system: SystemScores, name: str, with_interval: bool) -> Cell:
    """Return a score as a cell: with the interval, the difference from the baseline, and marks."""
    score = system.metrics.get(name)
    if score is None:
        return Cell(numbers.MISSING)
    text = numbers.score(score.value, score.decimals)
    if with_interval and score.interval is not None:
        text += f" {numbers.interval(score.interval.low, score.interval.high, score.decimals)}"
    text += _difference(scores, system, name)
    if order.is_tie(scores, system, name):
        text += f" {TIE}"
    return Cell(text, order.is_best(scores, system, name))


def _difference(scores: TaskScores, system: SystemScores, metric: str) -> str:
    """Return by how much a score differs from the baseline's; empty without a baseline."""
    if scores.baseline is None:
        return ""
    comparison = next((c for c in scores.comparisons if c.metric == metric and c.a == system.name), None)
    if comparison is None:
        return ""
    difference = numbers.delta(comparison.delta, order.decimals(scores, metric))
    return f" ({difference}{SHOWN if comparison.significant else ''})"


def _all_references(scores: TaskScores) -> Iterator[_Column]:
    """Yield the primary score against all references, beside scores that leave one out."""
    heading = order.all_references(scores)
    if heading is None:
        return

    def cell(system: SystemScores) -> Cell:
        score = system.metrics.get(scores.primary)
        if score is None or score.all_references is None:
            return Cell(numbers.MISSING)
        return Cell(numbers.score(score.all_references.value, score.decimals))

    yield _Column(heading, cell, _ALL_REFERENCES)


def _diagnostic(name: str, heading: str) -> _Column:
    return _Column(heading, lambda system: without_references.cell(system.diagnostics, name), _DIAGNOSTICS.get(name, 0))
