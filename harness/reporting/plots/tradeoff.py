"""Quality against speed and against size, with the systems that no other system beats on both."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Any

from harness.reporting import numbers, order
from harness.reporting.plots import Drawing, Subject, style

_WIDTH, _HEIGHT = 206, 140
_MOST_LABELS = 14  # with more systems, only those of the front have a label
_LABEL_COLUMNS, _SHORT_LABEL_COLUMNS = 18, 11
_LABEL_HEIGHT = 8.0
_MOST_TICKS = 6
# 0.05 and 600M, 1.3B
_LABEL_OF_TICK = "datum.value < 1000 ? format(datum.value, '~r') : replace(format(datum.value, '~s'), 'G', 'B')"


_Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Cost:
    """What a system takes, and how the axis says so."""

    kind: str  # "speed"
    title: str  # of the axis
    shown: Callable[[float], str]  # a value with its unit, for screen readers
    lower_is_better: bool
    caution: str  # the end of the caption
    values: Mapping[str, float]  # by system; above 0


@dataclass(frozen=True, slots=True)
class Label:
    """A text beside a point: where it is anchored, and what it covers, in points from the upper left corner."""

    text: str
    align: str
    x: float
    y: float
    box: _Box


@dataclass(frozen=True, slots=True)
class Point:
    """One system."""

    name: str
    cost: float
    score: float
    front: bool = False


def drawings(subject: Subject) -> Iterator[Drawing]:
    """Yield the plots against speed and size for which two systems or more have a value."""
    scores = subject.scores
    if scores.mixed:
        return
    quality = {
        row.name: row.metrics[scores.primary].value
        for row in order.rows(scores)[1]
        if scores.primary in row.metrics and style.is_number(row.metrics[scores.primary].value)
    }
    for cost in (_speed(subject), _size(subject)):
        known = [name for name in quality if style.is_number(cost.values.get(name)) and cost.values[name] > 0]
        if len(known) < 2:
            continue
        higher = order.higher_is_better(scores, scores.primary)
        points = with_front(
            [Point(name, cost.values[name], quality[name]) for name in known], cost.lower_is_better, higher
        )
        left_out = len(quality) - len(points)
        front = [point for point in points if point.front]
        unnamed = "; only these have names" if len(points) > _MOST_LABELS else ""
        yield Drawing(
            cost.kind,
            f"{scores.title}: {scores.primary} and {cost.kind}",
            f"{scores.primary} against {cost.title} (log scale); filled and joined: no other system is at least as "
            f"good on both and better on one{unnamed}; {cost.caution}"
            + (f"; {numbers.count(left_out, 'system')} without a known {cost.kind} left out." if left_out else "."),
            f"{scores.primary} against {cost.title}, best compromises first: "
            + style.listed([
                f"{point.name} {numbers.score(point.score, subject.decimals)} at {cost.shown(point.cost)}"
                for point in (*front, *(point for point in points if not point.front))
            ])
            + ".",
            _chart(subject, cost, points),
        )  # fmt: skip


def with_front(points: Sequence[Point], lower_cost: bool, higher_score: bool) -> list[Point]:
    """Return points with the mark of the Pareto front: no other is at least as good on both and better on one."""

    def merits(point: Point) -> tuple[float, float]:
        return (-point.cost if lower_cost else point.cost), (point.score if higher_score else -point.score)

    def is_beaten(point: Point) -> bool:
        mine = merits(point)
        return any(
            theirs[0] >= mine[0] and theirs[1] >= mine[1] and theirs != mine for theirs in map(merits, points)
        )  # fmt: skip

    return [Point(point.name, point.cost, point.score, not is_beaten(point)) for point in points]


def _speed(subject: Subject) -> Cost:
    """Return the seconds per segment; if they are unknown, tokens per second."""
    caution = "speeds are as measured when the outputs were made, and depend on the machine"
    seconds: dict[str, list[float]] = {}
    for segment in subject.segments:
        for output in segment.outputs:
            if output.seconds is not None and style.is_number(output.seconds):
                seconds.setdefault(output.system, []).append(output.seconds)
    if len(seconds) > 1:
        means = {name: fmean(of) for name, of in seconds.items()}
        return Cost(
            "speed", "seconds per segment", lambda value: f"{style.number(value)} seconds", True, caution, means
        )
    rates = {}
    for row in subject.scores.systems:
        count = row.diagnostics.counts.get("speed") if row.diagnostics else None
        if count is not None and count.whole:
            rates[row.name] = count.part / count.whole
    return Cost(
        "speed", "output tokens per second", lambda value: f"{style.number(value)} tokens", False, caution, rates
    )


def _size(subject: Subject) -> Cost:
    values = {name: float(count) for name, count in subject.parameters.items()}
    caution = "parameters are those of the checkpoint"
    return Cost(
        "size", "parameters", lambda value: f"{numbers.parameters(round(value))} parameters", True, caution, values
    )


def ticks(low: float, high: float) -> list[float]:
    """Return at most six round numbers between two: powers of ten, if there is room also 2 and 5 times those."""
    tens = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for mantissas in ((1, 2, 5), (1, 3), (1,)):
        found = [value for ten in tens for one in mantissas if low <= (value := one * 10.0**ten) <= high]
        if len(found) <= _MOST_TICKS:
            return found
    return found[:: math.ceil(len(found) / _MOST_TICKS)]


# --- the chart --------------------------------------------------------------------------------------------------------


def _chart(subject: Subject, cost: Cost, points: Sequence[Point]) -> Any:
    import altair as alt

    scores = subject.scores
    across = [10**end for end in style.domain([math.log10(point.cost) for point in points], 0.08)]
    up = style.domain([point.score for point in points], 0.1)
    x = alt.X(
        "cost:Q",
        title=f"{cost.title} ({'lower' if cost.lower_is_better else 'higher'} is better)",
        scale=alt.Scale(type="log", domain=across, nice=False),
        axis=alt.Axis(values=ticks(*across), labelExpr=_LABEL_OF_TICK, labelOverlap=False),
    )
    y = alt.Y(
        "score:Q",
        title=style.metric_title(scores, scores.primary),
        scale=alt.Scale(domain=up, nice=False, zero=False),
        axis=alt.Axis(tickCount=5),
    )
    values = [{"cost": point.cost, "score": point.score, "front": point.front} for point in points]
    base = style.chart(values, width=_WIDTH, height=_HEIGHT).encode(x=x, y=y)
    marks: dict[str, Any] = {"color": style.BLUE, "size": 34, "strokeWidth": 1.2}
    layers = [
        base.transform_filter("datum.front").mark_line(
            color=style.INK, strokeWidth=0.75, strokeDash=[3, 2], opacity=0.8
        ),
        base.transform_filter("!datum.front").mark_point(filled=False, **marks),
        base.transform_filter("datum.front").mark_point(filled=True, shape="diamond", **(marks | {"size": 44})),
    ]
    return _with_labels(layers, place_labels(points, across, up))


def _with_labels(layers: list[Any], placed: Sequence[Label]) -> Any:
    """Return layers with texts at positions in points; a layer for each alignment."""
    import altair as alt

    for align in dict.fromkeys(label.align for label in placed):
        texts = style.chart([
            {"text": label.text, "x": label.x, "y": label.y} for label in placed if label.align == align
        ])
        layers.append(
            texts.mark_text(align=align, baseline="middle", fontSize=style.SMALL)
            .encode(x=alt.X("x:Q", scale=None), y=alt.Y("y:Q", scale=None), text="text:N")
        )  # fmt: skip
    return alt.layer(*layers)


def place_labels(points: Sequence[Point], across: Sequence[float], up: Sequence[float]) -> list[Label]:
    """Return the labels of points and where they stand: beside, above or below the point, apart from each other.

    A label that finds no free place is left out, those of the front last.
    """
    labels = style.labels([point.name for point in points], _LABEL_COLUMNS)
    shorter = style.labels([point.name for point in points], _SHORT_LABEL_COLUMNS)
    ordered = sorted(points, key=lambda point: not point.front)
    if len(points) > _MOST_LABELS:
        ordered = [point for point in ordered if point.front]
    low, high = map(math.log10, across)
    places = {
        point.name: (
            _WIDTH * (math.log10(point.cost) - low) / (high - low),
            _HEIGHT * (up[1] - point.score) / (up[1] - up[0]),
        )
        for point in points
    }
    marks = [(x - 3.5, y - 3.5, x + 3.5, y + 3.5) for x, y in places.values()]
    line = _boxes_along(sorted(places[point.name] for point in points if point.front))
    placed: list[Label] = []
    for point in ordered:
        candidates = [
            each
            for label in (labels[point.name], shorter[point.name])
            for each in _candidates(label, *places[point.name])
            if _is_inside(each.box)
        ]
        free = [each for each in candidates if not any(_overlap(each.box, box) for box in marks)]
        best = next((each for each in free if not any(_overlap(each.box, box) for box in line)), None)
        if best or free:
            placed.append(best or free[0])
            marks.append(placed[-1].box)
    return placed


def _boxes_along(corners: Sequence[tuple[float, float]]) -> list[_Box]:
    """Return small boxes that cover a line through points."""
    boxes = []
    for (x, y), (to_x, to_y) in pairwise(corners):
        steps = max(round(math.hypot(to_x - x, to_y - y) / 3), 1)
        for step in range(steps + 1):
            at_x, at_y = x + (to_x - x) * step / steps, y + (to_y - y) * step / steps
            boxes.append((at_x - 1, at_y - 1, at_x + 1, at_y + 1))
    return boxes


def _is_inside(box: _Box) -> bool:
    return box[0] >= -2 and box[2] <= _WIDTH + 6 and box[1] >= -4 and box[3] <= _HEIGHT


def _overlap(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _candidates(label: str, x: float, y: float) -> Iterator[Label]:
    """Yield the places of a label beside a point, the best first."""
    length, half = style.text_width(label) * 0.88, _LABEL_HEIGHT / 2
    for down in (0, -7, 7, -14, 14):
        gap = 5 if down == 0 else 2
        middle = y + down
        for align, at_x, at_y, left in (
            ("left", x + gap, middle, x + gap),
            ("right", x - gap, middle, x - gap - length),
            ("center", x, middle + (2 if down > 0 else -2), x - length / 2),
        ):
            yield Label(label, align, at_x, at_y, (left, at_y - half, left + length, at_y + half))
