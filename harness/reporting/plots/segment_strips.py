"""The scores of single segments, one strip per system, with the median and the middle half."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import quantiles
from typing import Any

from harness.reporting import numbers
from harness.reporting.plots import Drawing, Subject, style

# Marks in one plot, so that its SVG stays small.
_MOST_MARKS = 720
_FEWEST_OF_SYSTEM = 20
_HEIGHT = 15


def drawings(subject: Subject) -> Iterator[Drawing]:
    """Yield the plot, unless fewer than two segments have a score: `score_rows` shows the score of the only one."""
    scores = subject.scores
    by_system = {name: sorted(row[name] for row in subject.by_segment if name in row) for name in subject.systems}
    segments = max(map(len, by_system.values()), default=0)
    if segments < 2:
        return
    most = max(_MOST_MARKS // len(by_system), _FEWEST_OF_SYSTEM)
    drawn = f"{most} evenly spaced ones of {segments:,} segments" if segments > most else (
        numbers.count(segments, "segment")
    )  # fmt: skip
    entries = [f"{name} {numbers.score(_quartiles(of)[1], subject.decimals)}" for name, of in by_system.items()]
    yield Drawing(
        "segments",
        f"{scores.title}: {scores.primary} of single segments",
        f"{scores.primary} of single segments{subject.against}, one stroke each ({drawn}); dot: the median; thick "
        "line: the middle half of all segments.",
        f"Median {scores.primary} of single segments: {style.listed(entries)}.",
        _chart(subject, by_system, most),
    )


def _quartiles(ordered: Sequence[float]) -> list[float]:
    """Return the quartiles of sorted values; one value is all three."""
    return quantiles(ordered, method="inclusive") if len(ordered) > 1 else [ordered[0]] * 3


def evenly_spaced(ordered: Sequence[float], most: int) -> list[float]:
    """Return so many of the sorted values at most, from the first to the last, equally far apart in their order."""
    if len(ordered) <= most:
        return list(ordered)
    return [ordered[round(place * (len(ordered) - 1) / (most - 1))] for place in range(most)]


def _chart(subject: Subject, by_system: dict[str, list[float]], most: int) -> Any:
    import altair as alt

    scores = subject.scores
    labels = style.labels(list(by_system))
    shown = list(labels.values())
    strokes = [
        {"row": labels[name], "score": value} for name, of in by_system.items() for value in evenly_spaced(of, most)
    ]
    middles = [
        {"row": labels[name], "low": low, "median": median, "high": high}
        for name, of in by_system.items()
        for low, median, high in [_quartiles(of)]
    ]
    few = max(map(len, by_system.values())) <= 40
    x = alt.X(
        "score:Q",
        title=style.metric_title(scores, scores.primary),
        scale=alt.Scale(
            domain=style.domain([value for of in by_system.values() for value in of]), nice=False, zero=False
        ),
        axis=alt.Axis(tickCount=5, grid=False),
    )
    size = {"width": style.plot_width(shown), "height": _HEIGHT * len(shown)}
    y = style.rows(shown)
    middle = style.chart(middles, **size).encode(y=y)
    return alt.layer(
        style
        .chart(strokes, **size)
        .mark_tick(
            orient="vertical", size=_HEIGHT - 5, thickness=0.7, color=style.BLUE, fillOpacity=0.9 if few else 0.6
        )
        .encode(x=x, y=y),
        middle.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q"), x2="high:Q"),
        middle.mark_point(filled=True, color=style.ORANGE, stroke=style.INK, size=26).encode(x=alt.X("median:Q")),
    )
