"""Compare a run's scores with the figures that others published for the same system, and say what differs; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.core.scores import Score, TaskScores
from harness.scoring.published import Figure


@dataclass(frozen=True, slots=True)
class Reproduced:
    """One published figure, and the score that a run has on its metric."""

    figure: Figure
    score: Score | None  # None: the run has no score on this metric

    @property
    def difference(self) -> float | None:
        """By how many points the run's score is above the published one."""
        return None if self.score is None else self.score.value - self.figure.value

    def is_within(self, tolerance: float) -> bool:
        """Return whether the score is as close as wanted, on as many segments as far as they are known."""
        if self.score is None or self.difference is None:
            return False
        same = self.figure.segments in (None, self.score.segments)
        # A difference of exactly the tolerance passes, in spite of rounding.
        return same and abs(self.difference) <= tolerance + 1e-9


@dataclass(frozen=True, slots=True)
class Reproduction:
    """The scores of a run beside the published figures."""

    system: str  # of the run
    published: str  # the system, as its publisher names it
    test_set: str
    tolerance: float  # in points on the scale of each metric
    lines: tuple[Reproduced, ...]
    departures: tuple[str, ...]  # known differences between this run and the published one
    unknown: tuple[str, ...]  # what is not published, so that it cannot be compared
    error: str | None = None  # of the system, if it failed

    @property
    def is_within(self) -> bool:
        """Return whether all figures are reproduced."""
        return bool(self.lines) and all(line.is_within(self.tolerance) for line in self.lines)


def compare(
    figures: Sequence[Figure],
    tables: Sequence[TaskScores],
    system: str,
    *,
    tolerance: float,
    decoding: Mapping[str, Any],
) -> Reproduction:
    """Return what a run came to.

    Args:
        figures: of one published system on one test set; one at least.
        tables: the run's scores, one per task.
        system: the run's system that stands for the published one.
        tolerance: points that a score may differ.
        decoding: how the run's system decoded, by setting; empty if it does not decode.
    """
    rows = {(table.task, row.name): row for table in tables for row in table.systems}
    of_run = [rows.get((figure.task, system)) for figure in figures]
    scores = [
        _against_all(row.metrics[figure.metric]) if row and figure.metric in row.metrics else None
        for figure, row in zip(figures, of_run, strict=True)
    ]
    lines = tuple(Reproduced(figure, score) for figure, score in zip(figures, scores, strict=True))
    departures: list[str] = []
    unknown: list[str] = []
    for line in lines:
        _compare_scores(line, departures, unknown)
        _compare_decoding(line.figure, decoding, departures, unknown)
    return Reproduction(
        system=system,
        published=figures[0].system,
        test_set=figures[0].test_set,
        tolerance=tolerance,
        lines=lines,
        departures=tuple(dict.fromkeys(departures)),
        unknown=tuple(dict.fromkeys(unknown)),
        error=next((row.error for row in of_run if row and row.error), None),
    )


def _against_all(score: Score) -> Score:
    """Return the score against all references: published figures leave none out."""
    other = score.all_references
    if other is None:
        return score
    return replace(score, value=other.value, signature=other.signature, segments=other.segments, interval=None)


def _compare_scores(line: Reproduced, departures: list[str], unknown: list[str]) -> None:
    figure, score = line.figure, line.score
    if score is None:
        departures.append(f"{figure.metric}: no score here; is it in the metrics of task {figure.task}?")
        return
    if figure.segments is None:
        unknown.append(f"segments: the published number is not known; {score.segments:,} here")
    elif figure.segments != score.segments:
        departures.append(f"segments: {figure.segments:,} published, {score.segments:,} here")
    if figure.signature is None:
        known = f" ({figure.known})" if figure.known else ""
        unknown.append(f"{figure.metric}: no signature is published{known}; here {score.signature}")
    elif figure.signature != score.signature:
        departures.append(f"{figure.metric}: signature {figure.signature} published, {score.signature} here")


def _compare_decoding(figure: Figure, decoding: Mapping[str, Any], departures: list[str], unknown: list[str]) -> None:
    if figure.decoding is None:
        here = ", ".join(f"{name} {_shown(value)}" for name, value in decoding.items()) or "none"
        unknown.append(f"decoding: the published settings are not known; here {here}")
        return
    if "max_new_tokens" in decoding:  # max_length counts the decoder's start token too
        decoding = {"max_length": decoding["max_new_tokens"] + 1, **decoding}
    for name, value in figure.decoding.items():
        if decoding.get(name) != value:
            departures.append(f"decoding: {name} {_shown(value)} published, {_shown(decoding.get(name))} here")


def _shown(value: object) -> str:
    return "not set" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
