"""What a table says: rows, marks and the notes below; no format."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.core.records import Interval, Reading, Score, SystemScores, TaskScores
from harness.reporting import numbers
from harness.scoring import significance

# Beside a score in one rank cluster with the best one.
TIE = "≈"
# Beside a difference from the baseline that the paired test shows.
REAL = " real"
# Beside the name of a metric of which less is better.
LOWER = "↓"
_MARKS = {"system": "", "reference": "†", "oracle": "‡"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell."""

    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table, ready to be set."""

    title: str
    caption: str
    columns: tuple[str, ...]  # the first is a name, the others are numbers
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...]
    rule_after: int = 0  # rows above a line: what is no system
    scores: TaskScores | None = None  # what the table was made from, for formats that carry every number


def systems_table(scores: TaskScores, *, intervals: bool = False) -> Table:
    """Return systems by metrics: the bounds first, then the systems, best first, then those that failed.

    The primary metric has its interval, and with `intervals` every metric.
    """
    names = _names(scores)
    bounds, systems, failed = in_order(scores)
    # Of mixed rows each has references of its own, and "one fewer" is no common footing.
    fewer = not scores.mixed and any(
        score.leave_one_out is not None for system in scores.systems for score in system.metrics.values()
    )
    best = {} if scores.mixed else {name: _best(systems, name) for name in names}
    ranked = not scores.mixed and len([system for system in systems if _cluster(system, scores.primary)]) > 2
    tokens = any(system.reading for system in scores.systems)
    rows = []
    for system in [*bounds, *systems, *failed]:
        cells = [Cell(_name(system, scores))]
        if ranked:
            rank = _cluster(system, scores.primary)
            cells.append(Cell(str(rank) if rank else numbers.MISSING))
        for name in names:
            score = system.metrics.get(name)
            text = _score(score, with_interval=intervals or name == scores.primary)
            text += _against_baseline(scores, system, name)
            bold = score is not None and system.role == "system" and score.value == best.get(name)
            tie = not (bold or scores.mixed) and score is not None and score.cluster == 1
            cells.append(Cell(f"{text} {TIE}" if tie else text, bold))
        if fewer:
            primary = system.metrics.get(scores.primary)
            cells.append(Cell(numbers.score(primary.leave_one_out if primary else None)))
        if tokens:
            cells += _reading(system.reading)
        rows.append(tuple(cells))
    columns = ["system", *(["rank"] if ranked else []), *(heading(scores, name) for name in names)]
    if fewer:
        columns.append(f"{scores.primary}, {numbers.count(len(scores.references) - 1, 'ref')}")
    if tokens:
        columns += ["cut", "unknown"]
    marked = any(value is not None for value in best.values())
    ties = any(cell.text.endswith(TIE) for row in rows for cell in row)
    return Table(
        title=scores.task,
        caption=caption(scores),
        columns=tuple(columns),
        rows=tuple(rows),
        notes=tuple(_notes(scores, names, marked=marked, ties=ties, ranked=ranked)),
        rule_after=len(bounds),
        scores=scores,
    )


def in_order(scores: TaskScores) -> tuple[list[SystemScores], list[SystemScores], list[SystemScores]]:
    """Return the bounds and the systems, best first, and the systems that failed."""
    bounds = [system for system in scores.systems if system.role != "system"]
    systems = [system for system in scores.systems if system.role == "system" and not system.error]
    failed = [system for system in scores.systems if system.role == "system" and system.error]
    for group in (bounds, systems):
        group.sort(key=lambda system: -_oriented(system.metrics.get(scores.primary)))
    return bounds, systems, failed


def _names(scores: TaskScores) -> list[str]:
    """Return the metrics of a table, the primary one first."""
    names = list(dict.fromkeys(name for system in scores.systems for name in system.metrics)) or [scores.primary]
    return sorted(names, key=lambda name: name != scores.primary)


def heading(scores: TaskScores, metric: str) -> str:
    """Return the name of a metric as a column has it: with an arrow where lower is better."""
    lower = any(not system.metrics[metric].higher_is_better for system in scores.systems if metric in system.metrics)
    return f"{metric} {LOWER}" if lower else metric


def _oriented(score: Score | None) -> float:
    """Return a score so that more is better, and none is worst."""
    if score is None:
        return -math.inf
    return score.value if score.higher_is_better else -score.value


def _best(systems: Sequence[SystemScores], metric: str) -> float | None:
    """Return the best value of a metric; with one system there is nothing to be best of."""
    found = [system.metrics[metric] for system in systems if metric in system.metrics]
    return max(found, key=_oriented).value if len(found) > 1 else None


def _cluster(system: SystemScores, metric: str) -> int | None:
    return system.metrics[metric].cluster if metric in system.metrics else None


def _name(system: SystemScores, scores: TaskScores) -> str:
    if system.name == scores.baseline:
        return f"{system.name} (baseline)"
    return f"{system.name} {_MARKS[system.role]}".strip()


def _against_baseline(scores: TaskScores, system: SystemScores, metric: str) -> str:
    """Return by how much a score differs from the baseline's; nothing without a baseline."""
    if scores.baseline is None:
        return ""
    found = next((c for c in scores.comparisons if c.metric == metric and c.a == system.name), None)
    return f" ({numbers.delta(found.delta)}{REAL if found.significant else ''})" if found else ""


def _reading(reading: Reading | None) -> tuple[Cell, Cell]:
    """Return how many sources were cut with the share of tokens lost, and the share of tokens that were unknown."""
    if reading is None:
        return Cell(numbers.MISSING), Cell(numbers.MISSING)
    cut = f"{reading.cut_sources}/{reading.sources}"
    if reading.cut_tokens:
        cut += f", {numbers.share(reading.cut_tokens, reading.tokens + reading.cut_tokens)}"
    return Cell(cut), Cell(numbers.share(reading.unknown_tokens, reading.tokens))


def _score(score: Score | None, *, with_interval: bool) -> str:
    if score is None:
        return numbers.MISSING
    text = numbers.score(score.value)
    if with_interval and score.interval is not None:
        text += f" {numbers.interval(score.interval.low, score.interval.high)}"
    return text


def caption(scores: TaskScores) -> str:
    """Return what a table is over: n, references, language, and which metric is the primary one."""
    of_articles = f" of {numbers.count(scores.articles, 'article')}" if scores.articles else ""
    secondary = _names(scores)[1:]
    if scores.mixed:
        return f"mixed (see the first note), output {scores.target}; primary metric {scores.primary}"
    return (
        f"n = {numbers.count(scores.segments, 'segment')}{of_articles}, "
        f"{numbers.count(len(scores.references), 'reference')} ({', '.join(scores.references)}), "
        f"output {scores.target}; primary metric {scores.primary}"
        + (f", secondary {', '.join(secondary)}" if secondary else "")
    )


def _notes(scores: TaskScores, names: Sequence[str], *, marked: bool, ties: bool, ranked: bool) -> list[str]:
    notes = [scores.mixed] if scores.mixed else []
    notes += [f"{system.name}: failed: {system.error}" for system in scores.systems if system.error]
    notes += [f"{system.name}: {remark}" for system in scores.systems for remark in system.notes]
    notes += scores.notes
    if marked:
        text = "Bold: the best score."
        if ties:
            text += (
                f" {TIE}: in one cluster with the best: the paired test, corrected for all pairs, does not tell them "
                "apart, or the interval of the difference holds 0."
            )
        notes.append(text)
    if ranked:
        notes.append(
            f"rank: clusters on {scores.primary}: each is its best system and those not shown to differ from it."
        )
    if scores.baseline is not None:
        notes.append(_baseline_note(scores))
    count = len(scores.references)
    if any(system.role == "reference" for system in scores.systems):
        text = "† no model: each reference scored against the other"
        if scores.mixed:
            text += "s of its run, averaged. It has one reference fewer than the systems of that run."
        else:
            text += (
                f"{'s' if count > 2 else ''}, averaged. It has one reference fewer than the systems; the column with "
                f"{numbers.count(count - 1, 'ref')} has every row on that footing."
            )
        notes.append(text)
    if any(system.role == "oracle" for system in scores.systems):
        notes.append("‡ no model: the sentences of the source that score best, chosen by looking at the references.")
    if any(LOWER in heading(scores, name) for name in names):
        notes.append(f"{LOWER}: lower is better.")
    if any(system.metrics for system in scores.systems):
        notes += _interval_notes(scores)
    if any(system.reading for system in scores.systems):
        notes.append(
            "cut: sources that were too long for the model, and the share of all tokens that it did not read; "
            "unknown: tokens read that its vocabulary does not have."
        )
    for name in names:
        signatures = dict.fromkeys(
            system.metrics[name].signature
            for system in scores.systems
            if system.role != "reference" and name in system.metrics
        )
        notes += [f"{name}: {signature}" for signature in signatures]
    return notes


def _baseline_note(scores: TaskScores) -> str:
    """Return what the brackets beside a score hold."""
    if not scores.comparisons:
        return f"{scores.baseline} has no scores here, or is the only system: nothing is compared with it."
    text = f"In brackets: the difference from {scores.baseline}"
    if any(comparison.significant for comparison in scores.comparisons):
        return f"{text}; real: the paired test shows it, corrected for all comparisons with the baseline."
    if any(comparison.p is not None for comparison in scores.comparisons):
        return f"{text}; the paired test shows none of them."
    return f"{text}; none of them is tested."


def _interval_notes(scores: TaskScores) -> Iterator[str]:
    """Yield what the intervals are over; of mixed rows, that of each."""
    found: dict[tuple[int, str], tuple[Interval | None, list[str]]] = {}
    for system in scores.systems:
        if system.metrics:
            interval = next((score.interval for score in system.metrics.values() if score.interval), None)
            over = (interval.units, str(interval.unit)) if interval else (1, "")
            found.setdefault(over, (interval, []))[1].append(system.name)
    for interval, names in found.values():
        yield from _about_interval(interval, scores, f"{', '.join(names)}: " if scores.mixed else "")


def _about_interval(interval: Interval | None, scores: TaskScores, whose: str) -> Iterator[str]:
    if interval is None:
        yield f"{whose}n = 1: there is no interval and no test; a difference here may be chance."
        return
    units = numbers.count(interval.units, interval.unit)
    text = (
        f"{whose}{'i' if whose else 'I'}ntervals: {interval.confidence:.0%}, {interval.method} over the {units} "
        f"({interval.resamples:,} resamples, seed {interval.seed})"
    )
    # Runs know their articles: where segments are resampled, there is one.
    one_article = interval.unit == "segment" if scores.mixed else scores.articles == 1
    if one_article:
        text += "; conditional on this one article: they do not speak for others"
    elif not scores.articles:
        text += "; the articles are not known, so the segments count as independent of each other"
    yield f"{text}."
    if interval.units < significance.MIN_UNITS:
        yield f"{whose}n = {interval.units} is too small for any claim that one system is better."
    elif interval.units < significance.FEW_UNITS:
        yield (
            f"Warning: {whose}n = {units}, fewer than {significance.FEW_UNITS}: "
            "intervals come out too narrow, and only large differences can be shown."
        )
