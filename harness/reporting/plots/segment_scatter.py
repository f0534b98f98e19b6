"""The two best systems of a table, segment by segment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from harness.core.scores import TaskScores
from harness.reporting import numbers, order
from harness.reporting.plots import Drawing, Subject, style

_MOST_POINTS = 700
_SIDE = 190  # points of the square panel


def drawings(subject: Subject) -> Iterator[Drawing]:
    """Yield the plot of the best two systems, if there are two with two segments in common."""
    if len(subject.systems) < 2:
        return
    a, b = subject.systems[:2]
    pairs = [(row[a], row[b]) for row in subject.by_segment if a in row and b in row]
    if len(pairs) > 1:
        yield of_systems(subject, a, b, pairs)


def of_systems(subject: Subject, a: str, b: str, pairs: Sequence[tuple[float, float]]) -> Drawing:
    """Return the plot of two systems.

    Args:
        subject: the table.
        a: the system on the vertical axis.
        b: the system on the horizontal axis.
        pairs: the scores of `a` and `b` on each segment that has both; two or more.
    """
    scores = subject.scores
    sign = 1 if order.higher_is_better(scores, scores.primary) else -1
    better, worse = sum(sign * (x - y) > 0 for x, y in pairs), sum(sign * (x - y) < 0 for x, y in pairs)
    result = f"{a} is better on {better:,}, {b} on {worse:,}, and they are equal on {len(pairs) - better - worse:,}"
    drawn = numbers.count(len(pairs), "segment")
    if len(pairs) > _MOST_POINTS:
        drawn = f"{_MOST_POINTS} of {drawn}, evenly spaced by difference"
    return Drawing(
        "best-two",
        f"{scores.title}: {a} and {b} on single segments",
        f"{scores.primary} of single segments{subject.against}: {drawn}; {result}; on the line both are equal.",
        f"Scatter of {scores.primary} of {a} and {b} on {numbers.count(len(pairs), 'segment')}: {result}.",
        _chart(scores, a, b, _evenly_spaced(pairs)),
    )


def _evenly_spaced(pairs: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the most pairs that are drawn: both extremes, and others equally far apart in the order of differences."""
    if len(pairs) <= _MOST_POINTS:
        return list(pairs)
    ordered = sorted(pairs, key=lambda pair: (pair[0] - pair[1], pair))
    return [ordered[round(place * (len(ordered) - 1) / (_MOST_POINTS - 1))] for place in range(_MOST_POINTS)]


def _chart(scores: TaskScores, a: str, b: str, pairs: Sequence[tuple[float, float]]) -> Any:
    import altair as alt

    labels = style.labels([a, b], columns=30)
    ends = style.domain([value for pair in pairs for value in pair])
    scale = alt.Scale(domain=ends, nice=False, zero=False)
    few = len(pairs) <= 100
    points = style.chart([{"a": x, "b": y} for x, y in pairs], width=_SIDE, height=_SIDE)
    line = style.chart([{"x": ends[0], "y": ends[0]}, {"x": ends[1], "y": ends[1]}])
    axis = alt.Axis(tickCount=5)
    across = alt.X("b:Q", title=f"{scores.primary} of {labels[b]}", scale=scale, axis=axis)
    up = alt.Y("a:Q", title=f"{scores.primary} of {labels[a]}", scale=scale, axis=axis)
    return alt.layer(
        line.mark_line(color=style.INK, strokeWidth=0.75, strokeDash=[3, 2], opacity=0.8)
        .encode(x=alt.X("x:Q", scale=scale), y=alt.Y("y:Q", scale=scale)),
        points.mark_point(
            filled=True, color=style.BLUE, size=16 if few else 6, fillOpacity=0.9 if few else 0.7, strokeWidth=0
        ).encode(x=across, y=up),
        _above(f"above the line: {labels[a]} is higher"),
    )  # fmt: skip


def _above(text: str) -> Any:
    """Return a line of text above the panel."""
    import altair as alt

    label = style.chart([{"text": text}])
    return (
        label.mark_text(align="left", baseline="bottom", fontSize=style.SMALL, fontStyle="italic")
        .encode(text="text:N", x=alt.value(0), y=alt.value(-3))
    )  # fmt: skip
