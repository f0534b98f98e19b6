"""Collect what changed from one run to another of the same systems: scores, and every segment before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import harness
from harness.core.errors import InputError
from harness.core.scores import Comparison, SystemScores, TaskScores
from harness.core.segments import OutputView, SegmentView, TaskView
from harness.reporting import Cell, Table, numbers, order
from harness.reporting.details import turned
from harness.reporting.html import ChangedSegment, Page
from harness.reporting.table import caption
from harness.reporting.verdict import listed, primary_pairs
from harness.runs import segments
from harness.runs.differences import differences
from harness.runs.store import Run
from harness.scoring import Resampling, comparison, significance

# The names of the runs in the names of systems.
_BEFORE, _AFTER = "before", "after"
# Segments of each system that are named on top: those that became worse most, and those that became better most.
_MOST = 3


@dataclass(frozen=True, slots=True)
class _Change:
    """One system of one table before and after."""

    system: str
    before: SystemScores
    after: SystemScores
    pair: Comparison  # after minus before, corrected for the systems of the table only


def of_change(runs: Mapping[str, Run], settings: Resampling, *, title: str | None = None) -> Page:
    """Return the page on what changed from the first of two runs to the second.

    Only systems, tasks and segments that both runs have are compared.

    Raises:
        FileError: a run's scores are missing or damaged.
        InputError: there are not two runs, they share no system, or they are not on the same data and metrics.
    """
    if len(runs) != 2:
        raise InputError(f"expected two runs, RUN_A and RUN_B, found {len(runs)}", where="--diff")
    named = dict(zip((_BEFORE, _AFTER), runs.values(), strict=True))
    statistics = {name: [task.get("statistics", {}) for task in run.read_scores()] for name, run in named.items()}
    tables = comparison.compare(statistics, settings)
    changes = {table.label: _changes(table, settings) for table in tables}
    if not any(changes.values()):
        raise InputError("the two runs share no system and task; name runs of the same systems", where="--diff")
    kept = [_only(table, changes[table.label]) for table in tables if changes[table.label]]
    views = [view for view in segments.load(named, by_run=True) if changes.get(view.label)]
    manifests = {name: run.read_manifest() for name, run in runs.items()}
    pairs = {
        f"{change.system} ({_AFTER})": f"{change.system} ({_BEFORE})" for each in changes.values() for change in each
    }
    return Page(
        title=title or f"From {' to '.join(runs)}",
        scores=kept,
        views=views,
        lead=[line for table in kept for line in _sentences(table, changes[table.label])],
        lead_tables=[_table(table, changes[table.label]) for table in kept],
        changed=[
            changed
            for view in views
            for change in changes[view.label]
            for changed in _most_changed(view, change.system)
        ],
        changed_note=f"The {_MOST} segments of each system that became worse most, and the {_MOST} that became better "
        "most; all others are below, side by side.",
        before=pairs,
        manifests=manifests,
        differences={each.key: each.values for each in differences(manifests)},
        version=harness.__version__,
    )  # fmt: skip


def _changes(table: TaskScores, settings: Resampling) -> list[_Change]:
    """Return the systems that both runs have, with p-values corrected for these pairs only."""
    rows = {row.name: row for row in table.systems if row.role == "system" and not row.error}
    found = []
    for pair in primary_pairs(table):
        for one, other, sign in ((pair.a, pair.b, 1), (pair.b, pair.a, -1)):
            name = one.removesuffix(f" ({_AFTER})")
            if one != name and other == f"{name} ({_BEFORE})":
                found.append(_Change(name, rows[other], rows[one], turned(pair) if sign < 0 else pair))
    tested = [change for change in found if change.pair.p is not None]
    adjusted = significance.holm([change.pair.p or 0.0 for change in tested])
    level = significance.level(settings.confidence)
    corrected = {change.system: p for change, p in zip(tested, adjusted, strict=True)}
    return [_corrected(change, corrected.get(change.system), level) for change in found]


def _corrected(change: _Change, p: float | None, level: float) -> _Change:
    interval = change.pair.interval_single
    contains_zero = interval is not None and interval.low <= 0 <= interval.high
    return replace(
        change,
        pair=replace(
            change.pair, interval=interval, p_adjusted=p, detectable=None, interval_articles=None,
            significant=p is not None and p < level and not contains_zero,
        ),
    )  # fmt: skip


def _only(table: TaskScores, changes: Sequence[_Change]) -> TaskScores:
    """Return a table with the tests of before and after only; ranks over both would count every system twice."""
    rows = [
        replace(row, metrics={name: replace(score, rank=None) for name, score in row.metrics.items()})
        for row in table.systems
    ]
    testing = table.testing and replace(table.testing, pairs=len(changes))
    return replace(
        table, systems=tuple(rows), comparisons=tuple(change.pair for change in changes), testing=testing
    )  # fmt: skip


def _sentences(table: TaskScores, changes: Sequence[_Change]) -> Iterator[str]:
    """Yield a sentence for each system that changed, and one for all others."""
    sign = 1 if order.higher_is_better(table, table.primary) else -1
    decimals = order.decimals(table, table.primary)
    same = [change.system for change in changes if not change.pair.wins + change.pair.losses]
    for change in changes:
        if change.system in same:
            continue
        pair = change.pair
        limits = f" {numbers.interval(pair.interval.low, pair.interval.high, decimals)}" if pair.interval else ""
        better = "better" if sign * pair.delta > 0 else "worse"
        claim = f"shown to be {better}" if pair.significant else "no change is shown"
        if pair.p is None:
            claim = "there are too few segments for a test"
        yield (
            f"{table.title}: {change.system} {numbers.delta(pair.delta, decimals)} {table.primary}{limits}: {claim}. "
            f"{numbers.count(pair.wins, 'segment')} better, {pair.losses:,} worse, {pair.ties:,} the same."
        )
    if same:
        yield f"{table.title}: {listed(same)} {'has' if len(same) == 1 else 'have'} the same score on every segment."


def _table(table: TaskScores, changes: Sequence[_Change]) -> Table:
    primary, decimals = table.primary, order.decimals(table, table.primary)
    rows = [
        (
            Cell(change.system),
            Cell(numbers.score(change.before.metrics[primary].value, decimals)),
            Cell(numbers.score(change.after.metrics[primary].value, decimals)),
            Cell(numbers.delta(change.pair.delta, decimals), bold=change.pair.significant),
            Cell(
                numbers.interval(change.pair.interval.low, change.pair.interval.high, decimals)
                if change.pair.interval
                else numbers.MISSING
            ),
            Cell(numbers.p_value(change.pair.p_adjusted)),
            Cell(f"{change.pair.wins:,}/{change.pair.ties:,}/{change.pair.losses:,}"),
        )
        for change in changes
    ]
    return Table(
        title=f"{table.title}: {order.heading(table, primary)} before and after",
        caption=caption(table),
        columns=("system", _BEFORE, _AFTER, "difference", "interval", "p (Holm)", "better/same/worse"),
        rows=tuple(rows),
        notes=(),
    )


def _most_changed(view: TaskView, system: str) -> Iterator[ChangedSegment]:
    """Yield the segments whose primary score fell most, the largest drop first, then those that gained most."""
    metric = view.primary
    places = view.decimals.get(metric, 1)
    sign = -1 if metric in view.lower_is_better else 1
    changed = []
    for segment in view.segments:
        old, new = (_of(segment, f"{system} ({run})") for run in (_BEFORE, _AFTER))
        if old and new and old.text != new.text and metric in old.scores and metric in new.scores:
            changed.append((sign * (new.scores[metric] - old.scores[metric]), segment, old, new))
    changed.sort(key=lambda item: item[0])
    worse = [item for item in changed if item[0] < 0][:_MOST]
    better = [item for item in reversed(changed) if item[0] > 0][:_MOST]
    for _, segment, old, new in worse + better:
        was, now = old.scores[metric], new.scores[metric]
        before, after = numbers.score(was, places), numbers.score(now, places)
        effect = f"{numbers.delta(now - was, places)} ({before} before, {after} after)"
        yield ChangedSegment(view.label, system, segment.id, {metric: effect}, old.text, new.text)


def _of(segment: SegmentView, system: str) -> OutputView | None:
    return next((output for output in segment.outputs if output.system == system), None)
