"""The primary score of every row of a table, with its interval: best at the top, as in the table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.core.scores import SystemScores, TaskScores
from harness.reporting import numbers, order
from harness.reporting.plots import Drawing, Subject, style

_TEXT_WIDTH = 28  # points for the score beside its row
_SHAPES = {"system": "circle", "reference": "diamond", "oracle": "triangle-up"}
_BOUNDS = {"reference": "a reference against the others (diamond)", "oracle": "the best extract (triangle)"}


def drawings(subject: Subject) -> Iterator[Drawing]:
    """Yield the plot, unless no row has a score."""
    scores = subject.scores
    bounds, systems, failed = order.rows(scores)
    shown = [row for row in (*bounds, *systems) if _has_score(row, scores)]
    if not shown:
        return
    left_out = len(bounds) + len(systems) + len(failed) - len(shown)
    yield Drawing(
        "scores",
        f"{scores.title}: {scores.primary} of each system",
        _caption(scores, shown, left_out),
        _alt(scores, shown),
        _chart(scores, shown, len([row for row in shown if row.role != "system"])),
    )


def _has_score(row: SystemScores, scores: TaskScores) -> bool:
    score = row.metrics.get(scores.primary)
    return score is not None and style.is_number(score.value)


def _caption(scores: TaskScores, shown: list[SystemScores], left_out: int) -> str:
    interval = next((s.metrics[scores.primary].interval for s in shown if s.metrics[scores.primary].interval), None)
    parts = [f"{scores.primary} of each system"]
    if interval:
        parts[0] += f", with its {interval.confidence:.0%} interval over {interval.unit}s"
    else:
        parts.append("there are too few segments for intervals")
    roles = [_BOUNDS[role] for role in _BOUNDS if any(row.role == role for row in shown)]
    if roles:
        parts.append(f"above the line: {' and '.join(roles)}")
    if any(order.is_tie(scores, row, scores.primary) for row in shown):
        parts.append("≈: not shown to differ from the best")
    if scores.mixed:
        parts.append("rows are not scored on the same data and cannot be compared")
    if left_out:
        parts.append(f"{numbers.count(left_out, 'row')} without a score left out")
    return f"{'; '.join(parts)}."


def _alt(scores: TaskScores, shown: list[SystemScores]) -> str:
    return f"{scores.primary} with intervals: {style.listed([_entry(row, scores.primary) for row in shown])}."


def _entry(row: SystemScores, metric: str) -> str:
    score = row.metrics[metric]
    limits = style.limits(score.interval)
    interval = f" {numbers.interval(limits['low'], limits['high'], score.decimals)}" if limits else ""
    return f"{row.name} {numbers.score(score.value, score.decimals)}{interval}"


def _chart(scores: TaskScores, shown: list[SystemScores], bounds: int) -> Any:
    import altair as alt

    labels = style.labels([row.name for row in shown])
    values: list[dict[str, Any]] = []
    for row in shown:
        score = row.metrics[scores.primary]
        tie = " ≈" if order.is_tie(scores, row, scores.primary) else ""
        values.append({
            "row": labels[row.name],
            "value": score.value,
            "shape": _SHAPES.get(row.role, "cross"),
            "text": numbers.score(score.value, score.decimals) + tie,
            **style.limits(score.interval),
        })  # fmt: skip
    ends = style.numbers_in(values, ("low", "value", "high"))
    shown_labels = list(labels.values())
    width = style.plot_width(shown_labels, _TEXT_WIDTH)
    axis: dict[str, Any] = {
        "title": style.metric_title(scores, scores.primary),
        "scale": alt.Scale(domain=style.domain(ends), nice=False, zero=False),
        "axis": alt.Axis(tickCount=5),
    }
    base = style.chart(values, width=width, height=style.ROW * len(values)).encode(y=style.rows(shown_labels))
    low, x = alt.X("low:Q", **axis), alt.X("value:Q", **axis)
    layers = [
        base.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=1.25).encode(x=low, x2="high:Q"),
        base.mark_point(size=28, filled=True, color=style.INK).encode(x=x, shape=alt.Shape("shape:N", scale=None)),
        base.mark_text(align="left", dx=4, fontSize=style.SMALL).encode(x=alt.value(width), text="text:N"),
    ]
    for end in _line_ends(scores, shown, bounds):
        layers.append(_line(shown_labels, end, width))
    return alt.layer(*layers)


def _line_ends(scores: TaskScores, shown: list[SystemScores], bounds: int) -> list[int]:
    """Return after how many rows a line stands: after the bounds, and between groups that are shown to differ."""
    ends = [bounds, *(bounds + end for end in order.group_ends(scores))]
    return [end for end in ends if 0 < end < len(shown)]


def _line(labels: list[str], after: int, width: float) -> Any:
    import altair as alt

    return (
        style.chart([{"row": labels[after - 1]}]).mark_rule(strokeWidth=0.5, opacity=0.6)
        .encode(y=alt.Y("row:N", bandPosition=1, sort=labels), x=alt.value(0), x2=alt.value(width))
    )  # fmt: skip
