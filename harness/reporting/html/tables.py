"""Tables for the templates: those that every format has (`harness.reporting.Table`), and small charts of intervals."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from harness.core.scores import FACETS, SystemScores, TaskScores
from harness.reporting import Cell, Table, answers, numbers, order
from harness.reporting.details import own_facets, pairs_table, slices_table
from harness.reporting.html import glance
from harness.reporting.notes import BEST
from harness.reporting.table import caption, systems_table

# A score, its interval, and the marks after them.
_WITH_INTERVAL = re.compile(r"(\S+) (\[[^\]]*\])(.*)")
# Pairs that the table on sample sizes has; the best and its neighbours are what a reader asks about.
_MOST_PAIRS = 8


@dataclass(frozen=True, slots=True)
class HtmlCell:
    """One cell; `interval` and `marks` stand beside the text."""

    text: str
    interval: str
    marks: str
    bold: bool
    is_name: bool
    link: str = ""  # name of the system whose segments the cell leads to; empty: to nothing


@dataclass(frozen=True, slots=True)
class Bar:
    """A score with its interval on the axis of its table, in per cent of the axis."""

    at: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class HtmlRow:
    """One row."""

    cells: Sequence[HtmlCell]
    kind: str  # "bound" for rows that are no systems, "failed", or ""
    line_above: bool  # between groups that are shown to differ
    bar: Bar | None


@dataclass(frozen=True, slots=True)
class HtmlTable:
    """One table, with the numbers at the ends of the axis of its bars."""

    table: Table
    rows: Sequence[HtmlRow]
    axis: tuple[str, str] | None = None
    bars: str = ""  # what the bars show


def plain(table: Table) -> HtmlTable:
    """Return a table without bars."""
    return HtmlTable(table, [_row(table, place, row, None) for place, row in enumerate(table.rows)])


def systems(scores: TaskScores, linked: Collection[str] = ()) -> HtmlTable:
    """Return the table of systems, with a bar of the primary score in each row.

    The names in `linked` lead to the segments of their system.
    """
    table = _in_bold(_without_empty_columns(systems_table(scores)))
    bounds, ranked, failed = order.rows(scores)
    published = [None] * (table.rule_after - len(bounds))
    rows: list[SystemScores | None] = [*bounds, *published, *ranked, *failed]
    ends = [end for row in rows for end in _ends(row, scores.primary)]
    links = [row.name if row and row.name in linked else "" for row in rows]
    if not ends or scores.mixed:
        return HtmlTable(table, [_row(table, place, row, None, links[place]) for place, row in enumerate(table.rows)])
    low, high = min(ends), max(ends)
    room = (high - low) * 0.06 or 1.0
    # No axis begins below 0 only to leave room.
    axis = max(low - room, min(low, 0.0)), high + room
    decimals = order.decimals(scores, scores.primary)
    return HtmlTable(
        table,
        [
            _row(table, place, cells, _bar(row, scores.primary, axis), links[place])
            for place, (cells, row) in enumerate(zip(table.rows, rows, strict=True))
        ],
        axis=(numbers.score(axis[0], decimals), numbers.score(axis[1], decimals)),
        bars=f"{order.heading(scores, scores.primary)} with its interval",
    )


def _in_bold(table: Table) -> Table:
    """Return the table with a legend that names no asterisks: a page always has bold letters."""
    marks = tuple("Bold: the best system." if line == BEST else line for line in table.legend.marks)
    return replace(table, legend=replace(table.legend, marks=marks))


def details(scores: TaskScores) -> list[HtmlTable]:
    """Return the tables below that of systems: pairs, sample sizes, slices, and other answers."""
    pairs = pairs_table(scores)
    if pairs and (reason := glance.why_nothing_can_be_shown(scores)):
        pairs = replace(pairs, notes=(f"{reason[0].upper()}{reason[1:]}.",))
    slices = [slices_table(scores, facet) for facet in own_facets(scores) or FACETS]
    more = [table for table in answers.tables(scores) if scores.answers.no_worse or "what more data" in table.title]
    below = (pairs, _sample_sizes(scores), *more, *slices)
    return [
        plain(shown)
        for table in below
        if table is not None and (shown := _without_empty_columns(table)) and _has_values(shown)
    ]


def _without_empty_columns(table: Table) -> Table:
    """Return the table without the columns that have no value in any row."""
    kept = [
        place for place in range(len(table.columns))
        if place in table.names or any(row[place].text != numbers.MISSING for row in table.rows)
    ]  # fmt: skip
    return replace(
        table,
        columns=tuple(table.columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in table.rows),
        names=tuple(kept.index(place) for place in table.names),
        optional=(),  # a page never leaves columns out for its width
    )


def _has_values(table: Table) -> bool:
    """Whether a table has a column besides its names and the number of segments."""
    return any(place not in table.names and column != "n" for place, column in enumerate(table.columns))


def _ends(row: SystemScores | None, metric: str) -> Iterator[float]:
    if row is None or metric not in row.metrics:
        return
    score = row.metrics[metric]
    yield score.value
    if score.interval is not None:
        yield from (score.interval.low, score.interval.high)


def _bar(row: SystemScores | None, metric: str, axis: tuple[float, float]) -> Bar | None:
    if row is None or metric not in row.metrics:
        return None
    score = row.metrics[metric]

    def place(value: float) -> float:
        return round(100 * (value - axis[0]) / (axis[1] - axis[0]), 2)

    limits = score.interval
    return Bar(place(score.value), place(limits.low) if limits else None, place(limits.high) if limits else None)


def _row(table: Table, place: int, cells: Sequence[Cell], bar: Bar | None, link: str = "") -> HtmlRow:
    scores = table.scores
    failed = len(order.rows(scores)[2]) if scores else 0
    kind = "bound" if place < table.rule_after else "failed" if place >= len(table.rows) - failed else ""
    return HtmlRow(
        [_cell(cell, column in table.names, "" if column else link) for column, cell in enumerate(cells)],
        kind,
        place in table.lines_after or (place == table.rule_after and place > 0),
        bar,
    )


def _cell(cell: Cell, is_name: bool, link: str) -> HtmlCell:
    match = None if is_name else _WITH_INTERVAL.fullmatch(cell.text)
    if match is None:
        return HtmlCell(cell.text, "", "", cell.bold, is_name, link)
    return HtmlCell(match[1], match[2], match[3].strip(), cell.bold, is_name)


def _sample_sizes(scores: TaskScores) -> Table | None:
    """Return how many units would show each observed difference, of the best system and of neighbours."""
    leads = [lead for lead in glance.leads(scores) if lead.needed is not None][:_MOST_PAIRS]
    if not leads or not scores.answers.sample_sizes:
        return None
    unit = scores.answers.sample_sizes[0].unit
    rows = [
        (
            Cell(f"{lead.a} − {lead.b}"),
            Cell(numbers.score(lead.points, order.decimals(scores, scores.primary))),
            Cell("shown" if lead.shown else "not shown"),
            Cell(lead.units),
            Cell(f"{lead.needed:,}"),
            Cell("{:,} to {:,}".format(*lead.needed_interval) if lead.needed_interval else numbers.MISSING),
        )
        for lead in leads
    ]
    first = scores.answers.sample_sizes[0]
    note = (
        f"needed: {unit}s in total with which the observed difference, if it is the true one, would be shown by "
        f"{first.power:.0%} of samples (level {numbers.level(first.level)}); between: {first.confidence:.0%} interval, "
        "because the variance is estimated."
    )
    return Table(
        title=f"{scores.title}: how much data would show these differences",
        caption=caption(scores),
        columns=("pair", "ahead by", "now", "with", f"{unit}s needed", "between"),
        rows=tuple(rows),
        notes=(note,),
    )
