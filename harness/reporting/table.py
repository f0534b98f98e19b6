"""What a table says: rows, marks and the notes below; no format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness import significance
from harness.records import Comparison, Reading, Score, SystemScores, TaskScores
from harness.reporting import numbers

# Beside a score that the data cannot tell from the best one.
TIE = "≈"
_MARKS = {"system": "", "human": "†", "oracle": "‡"}


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


def systems_table(scores: TaskScores) -> Table:
    """Return systems by metrics: the bounds first, then the systems, best first, then those that failed."""
    names = list(next((system.metrics for system in scores.systems if system.metrics), {scores.primary: None}))
    names.sort(key=lambda name: name != scores.primary)
    bounds = [system for system in scores.systems if system.role != "system"]
    systems = [system for system in scores.systems if system.role == "system" and not system.error]
    failed = [system for system in scores.systems if system.role == "system" and system.error]
    bounds.sort(key=lambda system: -system.metrics[scores.primary].value if system.metrics else 0)
    systems.sort(key=lambda system: -system.metrics[scores.primary].value)
    fewer = any(score.one_fewer is not None for system in scores.systems for score in system.metrics.values())
    marks = {name: _marks(scores, systems, name) for name in names}
    tokens = any(system.reading for system in scores.systems)
    rows = []
    for system in [*bounds, *systems, *failed]:
        cells = [Cell(f"{system.name} {_MARKS[system.role]}".strip())]
        for name in names:
            bold, tie = marks[name].get(system.name, (False, False))
            text = _score(system.metrics.get(name), with_interval=name == scores.primary)
            cells.append(Cell(f"{text} {TIE}" if tie else text, bold))
        if fewer:
            primary = system.metrics.get(scores.primary)
            cells.append(Cell(numbers.score(primary.one_fewer if primary else None)))
        if tokens:
            cells += _reading(system.reading)
        rows.append(tuple(cells))
    columns = ["system", *names]
    if fewer:
        columns.append(f"{scores.primary}, {numbers.count(len(scores.references) - 1, 'ref')}")
    if tokens:
        columns += ["cut", "unknown"]
    return Table(
        title=scores.task,
        caption=_caption(scores),
        columns=tuple(columns),
        rows=tuple(rows),
        notes=tuple(_notes(scores, names, marks)),
        rule_after=len(bounds),
        scores=scores,
    )


def pairs_table(scores: TaskScores, *, baseline: str | None = None) -> Table | None:
    """Return the paired tests on the primary metric (against one baseline if given), or None without any pair."""
    pairs = [comparison for comparison in scores.comparisons if comparison.metric == scores.primary]
    if baseline is not None:
        pairs = [_against(pair, baseline) for pair in pairs if baseline in (pair.a, pair.b)]
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
            Cell(verdict),
        ))
    return Table(
        title=f"{scores.task}: differences in {scores.primary}",
        caption=_caption(scores),
        columns=("pair", "difference", "interval", "p", "p (Holm)", "verdict"),
        rows=tuple(rows),
        notes=tuple(_pairs_notes(scores)),
    )


def _pairs_notes(scores: TaskScores) -> Iterator[str]:
    yield (
        "p: paired sign-flip permutation test, two-sided; p (Holm): corrected for all pairs of systems. "
        '"not shown" means that these data do not show a difference, not that there is none.'
    )
    pairs = [comparison for comparison in scores.comparisons if comparison.metric == scores.primary]
    interval = next((pair.interval for pair in pairs if pair.interval and pair.p is not None), None)
    if interval is None:
        return
    remedy = "Compare fewer systems" if significance.is_exact(interval.units) else "Raise the resamples"
    lowest = len(pairs) * significance.smallest_p(interval.units, interval.resamples)
    if lowest >= significance.level(interval.confidence):
        yield (
            f"With {numbers.count(interval.units, interval.unit)}, {interval.resamples:,} resamples and "
            f"{numbers.count(len(pairs), 'pair')}, p (Holm) cannot go below {numbers.p_value(lowest)}: nothing can be "
            f"shown here. {remedy}."
        )


def _against(pair: Comparison, baseline: str) -> Comparison:
    """Return a comparison with the baseline second."""
    if pair.b == baseline:
        return pair
    interval = pair.interval and replace(pair.interval, low=-pair.interval.high, high=-pair.interval.low)
    return replace(pair, a=pair.b, b=pair.a, delta=-pair.delta, interval=interval)


def _marks(scores: TaskScores, systems: Sequence[SystemScores], metric: str) -> dict[str, tuple[bool, bool]]:
    """Return (bold, tied with the best) by system; with one system there is nothing to be best of."""
    if len(systems) < 2:
        return {}
    best = max(systems, key=lambda system: system.metrics[metric].value)
    top = best.metrics[metric].value
    marks = {}
    for system in systems:
        pair = next(
            (c for c in scores.comparisons if c.metric == metric and {c.a, c.b} == {best.name, system.name}), None
        )
        tie = (
            pair is not None
            and pair.p is not None
            and pair.interval is not None
            and (pair.interval.low <= 0 <= pair.interval.high or not pair.significant)
        )
        marks[system.name] = (system.metrics[metric].value == top, tie)
    return marks


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


def _caption(scores: TaskScores) -> str:
    of_articles = f" of {numbers.count(scores.articles, 'article')}" if scores.articles else ""
    return (
        f"n = {numbers.count(scores.segments, 'segment')}{of_articles}, "
        f"{numbers.count(len(scores.references), 'reference')} ({', '.join(scores.references)}), "
        f"output {scores.target}; ranked by {scores.primary}"
    )


def _notes(scores: TaskScores, names: Sequence[str], marks: dict[str, dict[str, tuple[bool, bool]]]) -> list[str]:
    notes = [f"{system.name}: failed: {system.error}" for system in scores.systems if system.error]
    notes += [f"{system.name}: {remark}" for system in scores.systems for remark in system.notes]
    notes += scores.notes
    if any(marks.values()):
        ties = any(tie for by_system in marks.values() for _, tie in by_system.values())
        text = "Bold: the best score."
        if ties:
            text += (
                f" {TIE}: these data do not tell it from the best: the interval of the difference holds 0, or the "
                "paired test, corrected for all pairs, shows none."
            )
        notes.append(text)
    count = len(scores.references)
    if any(system.role == "human" for system in scores.systems):
        notes.append(
            f"† no model: each reference scored against the other{'s' if count > 2 else ''}, averaged. It has one "
            f"reference fewer than the systems; the last column has every row on that footing."
        )
    if any(system.role == "oracle" for system in scores.systems):
        notes.append("‡ no model: the sentences of the source that score best, chosen by looking at the references.")
    if any(system.metrics for system in scores.systems):
        notes.append(_interval_note(scores))
    if any(system.reading for system in scores.systems):
        notes.append(
            "cut: sources that were too long for the model, and the share of all tokens that it did not read; "
            "unknown: tokens read that its vocabulary does not have."
        )
    for name in names:
        signature = next((s.metrics[name].signature for s in scores.systems if s.role != "human" and s.metrics), None)
        if signature is not None:
            notes.append(f"{name}: {signature}")
    return notes


def _interval_note(scores: TaskScores) -> str:
    interval = next((s.interval for system in scores.systems for s in system.metrics.values() if s.interval), None)
    if interval is None:
        return "n = 1: there is no interval and no test; a difference here may be chance."
    over = f"the {numbers.count(interval.units, interval.unit)}"
    text = (
        f"Intervals: {interval.confidence:.0%}, {interval.method} over {over} "
        f"({interval.resamples:,} resamples, seed {interval.seed})"
    )
    text += "; they speak for this one article, not for others." if scores.articles == 1 else "."
    if interval.units < significance.MIN_UNITS:
        text += f" n = {interval.units} is too small for any claim that one system is better."
    return text
