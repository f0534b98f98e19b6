"""Read the primary scores of single segments from views."""

from __future__ import annotations

from collections.abc import Sequence

from harness.reporting import order
from harness.reporting.plots import Segment, Subject, style


def of_segment(segment: Segment, metric: str) -> dict[str, float]:
    """Return the score of each system on a segment; the mean, if a system has several outputs for it."""
    values: dict[str, list[float]] = {}
    for output in segment.outputs:
        value = output.scores.get(metric)
        if value is not None and style.is_number(value):
            values.setdefault(output.system, []).append(value)
    return {name: sum(of) / len(of) for name, of in values.items()}


def systems(subject: Subject) -> list[str]:
    """Return the systems of the table that have a score on some segment, best first, without bounds."""
    scored = {name for segment in subject.segments for name in of_segment(segment, subject.scores.primary)}
    return [row.name for row in order.rows(subject.scores)[1] if row.name in scored]


def of_systems(subject: Subject) -> dict[str, list[float]]:
    """Return the scores of each system on the segments that have one, in reading order; systems best first."""
    by_system: dict[str, list[float]] = {name: [] for name in systems(subject)}
    for segment in subject.segments:
        for name, value in of_segment(segment, subject.scores.primary).items():
            if name in by_system:
                by_system[name].append(value)
    return by_system


def of_pair(segments: Sequence[Segment], metric: str, a: str, b: str) -> list[tuple[float, float]]:
    """Return the scores of two systems on the segments on which both have one."""
    rows = (of_segment(segment, metric) for segment in segments)
    return [(row[a], row[b]) for row in rows if a in row and b in row]
