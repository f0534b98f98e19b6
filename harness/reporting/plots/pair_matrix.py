"""The differences of all pairs of systems on the primary metric, and which of them are shown.

With a baseline, or with few systems, differences are rows with intervals instead of the cells of a matrix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.core.scores import Comparison, TaskScores
from harness.reporting import numbers, order
from harness.reporting.details import turned
from harness.reporting.plots import Drawing, Subject, style
from harness.reporting.verdict import primary_pairs

# Up to so many columns a cell has room for the difference and its p-value, and for the difference alone.
_TWO_LINES, _ONE_LINE = 5, 7
# With so few systems, pairs are drawn as rows, which have room for intervals.
_MOST_FOR_ROWS = 3
_TEXT_WIDTH = 34
_WIDEST_PAIR = 110
_SHADES = 0.12, 0.55  # of the smallest and the largest difference that is shown


def drawings(subject: Subject) -> Iterator[Drawing]:
    """Yield the plot, unless no pair was compared."""
    scores = subject.scores
    pairs = [pair for pair in primary_pairs(scores) if style.is_number(pair.delta)]
    if not pairs:
        return
    if scores.baseline is not None:
        yield Drawing(
            "differences",
            f"{scores.title}: differences from {scores.baseline} in {scores.primary}",
            _rows_caption(scores, pairs),
            _alt(scores, pairs),
            _rows(scores, pairs),
        )
        return
    compared = {name for pair in pairs for name in (pair.a, pair.b)}
    names = [row.name for row in order.rows(scores)[1] if row.name in compared]
    pairs = [pair for pair in pairs if pair.a in names and pair.b in names]
    few = len(names) <= _MOST_FOR_ROWS
    pairs = [_from_better(pair, names) for pair in pairs]
    yield Drawing(
        "differences",
        f"{scores.title}: differences of all pairs in {scores.primary}",
        _rows_caption(scores, pairs) if few else _matrix_caption(scores, pairs, len(names)),
        _alt(scores, pairs),
        _rows(scores, pairs) if few else _matrix(scores, names, pairs),
    )


def _from_better(pair: Comparison, names: list[str]) -> Comparison:
    """Return a comparison as that of the system which stands higher in the table with the other."""
    return pair if names.index(pair.a) < names.index(pair.b) else turned(pair)


def _alt(scores: TaskScores, pairs: list[Comparison]) -> str:
    decimals = order.decimals(scores, scores.primary)

    def entry(pair: Comparison) -> str:
        p = f", adjusted p {numbers.p_value(pair.p_adjusted)}" if style.is_number(pair.p_adjusted) else ""
        shown = "shown" if pair.significant else "not shown"
        return f"{pair.a} minus {pair.b} {numbers.delta(pair.delta, decimals)}{p}, {shown}"

    largest = sorted(pairs, key=lambda pair: -abs(pair.delta))
    return f"Differences in {scores.primary}: {style.listed([entry(pair) for pair in largest], 6)}."


def _is_tested(pairs: list[Comparison]) -> bool:
    return any(style.is_number(pair.p_adjusted) for pair in pairs)


# --- all pairs --------------------------------------------------------------------------------------------------------


def _matrix_caption(scores: TaskScores, pairs: list[Comparison], systems: int) -> str:
    start = f"{scores.primary} of the row minus that of the numbered column"
    if not _is_tested(pairs):
        return f"{start}; there are too few segments to test a difference."
    if systems - 1 <= _TWO_LINES:
        return f"{start}, with the adjusted p-value below; shaded, bold and with a dot: the difference is shown."
    if systems - 1 <= _ONE_LINE:
        return f"{start}; shaded, bold and with a dot: the difference is shown (adjusted p-value)."
    return (
        f"Pairs of systems on {scores.primary}; shaded with a dot: the row differs from the numbered column (adjusted "
        "p-value), with a stronger shade for a larger difference; small ring: no difference is shown."
    )


def _matrix(scores: TaskScores, names: list[str], pairs: list[Comparison]) -> Any:
    import altair as alt

    labels = style.labels(names, columns=20)
    shown_labels = list(labels.values())
    cells = _cells(scores, labels, pairs)
    columns = [str(place) for place in range(2, len(names) + 1)]
    gap = 4.5 * len(str(len(names))) + 2  # for the numbers of rows
    step = min(style.plot_width(shown_labels, 4 + gap) / len(columns), 36)
    height = 22 if len(columns) <= _TWO_LINES else min(max(step, 8), style.ROW)
    size = {"width": step * len(columns), "height": height * len(names)}
    crowded = len(columns) > _ONE_LINE
    axis = alt.Axis(
        title=None, orient="top", labelAngle=0, ticks=False, domain=False, labelOverlap=crowded,
        labelFontSize=min(style.TEXT, step) if crowded else style.TEXT,
    )  # fmt: skip
    y = style.rows(shown_labels, gap=gap)
    base = style.chart(cells, **size).encode(x=alt.X("column:O", scale=alt.Scale(domain=columns), axis=axis), y=y)
    shown, unshown = base.transform_filter("datum.shown"), base.transform_filter("!datum.shown")
    numbered = [{"row": label, "number": str(place)} for place, label in enumerate(shown_labels, start=1)]
    layers = [
        base.mark_rect(color=style.BLUE, stroke=style.INK, strokeWidth=0.5, strokeOpacity=0.2)
        .encode(fillOpacity=alt.FillOpacity("shade:Q", scale=None)),
        style.chart(numbered, **size).mark_text(align="right", fontSize=min(style.TEXT, height - 1))
        .encode(x=alt.value(-style.LABEL_GAP), y=y, text="number:N"),
    ]  # fmt: skip
    if crowded:
        area = max(min(step, height) ** 2 / 12, 2)
        layers += [
            shown.mark_point(filled=True, color=style.INK, size=area),
            unshown.mark_point(filled=False, color=style.INK, size=area / 2, strokeWidth=0.5, strokeOpacity=0.6),
        ]
        return alt.layer(*layers)
    two_lines = len(columns) <= _TWO_LINES and _is_tested(pairs)
    text: dict[str, Any] = {"fontSize": style.SMALL, "dy": -4.5 if two_lines else 0.5}
    layers += [
        shown.mark_text(fontWeight="bold", **text).encode(text="delta:N"),
        unshown.mark_text(**text).encode(text="delta:N"),
        shown.mark_point(filled=True, color=style.INK, size=5, xOffset=-step / 2 + 3, yOffset=-height / 2 + 3),
    ]
    if two_lines:
        layers.append(base.mark_text(fontSize=style.SMALL, dy=5).encode(text="p:N"))
    return alt.layer(*layers)


def _cells(scores: TaskScores, labels: Mapping[str, str], pairs: list[Comparison]) -> list[dict[str, object]]:
    """Return a record for each pair: in the row of its first system and the column of its second."""
    places = {name: place for place, name in enumerate(labels, start=1)}
    largest = max(abs(pair.delta) for pair in pairs) or 1.0
    low, high = _SHADES
    decimals = order.decimals(scores, scores.primary)
    return [
        {
            "row": labels[pair.a],
            "column": str(places[pair.b]),
            "delta": numbers.delta(pair.delta, decimals).replace("-", "−"),
            "p": numbers.p_value(pair.p_adjusted),
            "shown": pair.significant,
            "shade": low + (high - low) * abs(pair.delta) / largest if pair.significant else 0.0,
        }
        for pair in pairs
    ]


# --- few pairs, or those with a baseline ------------------------------------------------------------------------------


def _rows_caption(scores: TaskScores, pairs: list[Comparison]) -> str:
    interval = next((pair.interval for pair in pairs if pair.interval), None)
    if scores.baseline is None:
        start = f"{scores.primary} of the first system minus that of the second"
    else:
        start = f"{scores.primary} of each system minus that of {scores.baseline}"
    if interval:
        start += f", with its {interval.confidence:.0%} interval over {interval.unit}s and the adjusted p-value"
    if not _is_tested(pairs):
        return f"{start}; there are too few segments to test a difference."
    return f"{start}; filled: the difference is shown."


def _rows(scores: TaskScores, pairs: list[Comparison]) -> Any:
    import altair as alt

    sign = -1 if order.higher_is_better(scores, scores.primary) else 1
    pairs = sorted(pairs, key=lambda pair: sign * pair.delta)
    label = {pair: pair.a if scores.baseline is not None else f"{pair.a} − {pair.b}" for pair in pairs}
    labels = style.labels(list(label.values()), columns=style.LONGEST_LABEL if scores.baseline is not None else 26)
    values: list[dict[str, Any]] = []
    for pair in pairs:
        values.append({
            "row": labels[label[pair]],
            "delta": pair.delta,
            "shown": pair.significant,
            "text": f"p {numbers.p_value(pair.p_adjusted)}".replace("p <", "p<"),
            **style.limits(pair.interval),
        })  # fmt: skip
    ends = [0.0, *style.numbers_in(values, ("low", "delta", "high"))]
    shown_labels = list(labels.values())
    width = style.plot_width(shown_labels, _TEXT_WIDTH, widest=_WIDEST_PAIR)
    scale = alt.Scale(domain=style.domain(ends), nice=False, zero=False)
    axis = alt.Axis(tickCount=5, **style.signed())
    title = f"difference in {style.metric_title(scores, scores.primary)}"
    base = style.chart(values, width=width, height=style.ROW * len(values)).encode(
        y=style.rows(shown_labels, widest=_WIDEST_PAIR)
    )
    x = alt.X("delta:Q", title=title, scale=scale, axis=axis)
    point: dict[str, Any] = {"color": style.INK, "size": 28}
    return alt.layer(
        style.chart([{"zero": 0}]).mark_rule(strokeDash=[2, 2], opacity=0.7).encode(x=alt.X("zero:Q", title=title)),
        base
        .transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=1.25)
        .encode(x=alt.X("low:Q", title=title, scale=scale, axis=axis), x2="high:Q"),
        base.transform_filter("datum.shown").mark_point(filled=True, **point).encode(x=x),
        base.transform_filter("!datum.shown").mark_point(filled=False, **point).encode(x=x),
        base.mark_text(align="left", dx=4, fontSize=style.SMALL).encode(x=alt.value(width), text="text:N"),
    )
