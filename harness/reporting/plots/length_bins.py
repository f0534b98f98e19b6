"""The mean score of segments by the length of their source, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev
from typing import Any

from harness.reporting import numbers
from harness.reporting.plots import Drawing, Subject, style
from harness.scoring.intervals import t_quantile

_MOST_BINS = 5
_IN_BIN = 8  # segments, at least, unless there are fewer in all
_MOST_SYSTEMS = 12  # in rows of their own
_CONFIDENCE = 0.95
_AXIS_WIDTH = 24
_ROW_HEIGHT = 30


@dataclass(frozen=True, slots=True)
class Bin:
    """Segments of similar length."""

    label: str  # "5–12"; of the last: "28+"
    segments: tuple[int, ...]  # their places


def drawings(subject: Subject) -> Iterator[Drawing]:
    """Yield the plot, unless no segment has a score or all sources are of one length."""
    names = subject.systems
    bins = by_length([segment.words for segment in subject.segments])
    scores, shown = subject.scores, names[:_MOST_SYSTEMS]
    points = [point for name in shown for point in _points(subject, name, bins)]
    bins = [each for each in bins if any(point["bin"] == each.label for point in points)]
    if len(bins) < 2:
        return
    segments = sum(len(each.segments) for each in bins)
    few = len(shown) <= style.MOST_SERIES
    of = "" if len(shown) == len(names) else f" of the best {len(shown)} of {len(names)} systems"
    gray = "" if few else "; gray line: the mean of all of them"
    ends = [f"{name} {_from_to(points, name, bins, subject.decimals)}" for name in shown]
    yield Drawing(
        "length",
        f"{scores.title}: {scores.primary} by length of the source",
        f"Mean {scores.primary} of single segments{subject.against} by words of the source{of}, with the "
        f"{_CONFIDENCE:.0%} interval of the mean, in {len(bins)} bins of about {segments // len(bins):,} segments"
        f"{gray}.",
        f"Mean {scores.primary} from {bins[0].label} to {bins[-1].label} words: {style.listed(ends)}.",
        _panel(subject, shown, points, bins) if few else _panels(subject, shown, points, bins),
    )


def by_length(lengths: Sequence[int]) -> list[Bin]:
    """Return bins of about the same number of segments, the shortest first; equal lengths are never separated.

    A length of 0 is unknown, and its segment is in no bin.
    """
    places = sorted((place for place, length in enumerate(lengths) if length), key=lambda place: lengths[place])
    count = min(max(len(places) // _IN_BIN, 1), _MOST_BINS)
    groups: list[list[int]] = [[]]
    for done, place in enumerate(places):
        group = groups[-1]
        full = done >= round(len(places) * len(groups) / count)
        if group and full and lengths[place] > lengths[group[-1]]:
            groups.append([])
        groups[-1].append(place)
    return [
        Bin(_label(lengths[group[0]], lengths[group[-1]], is_last=0 < len(groups) - 1 == place), tuple(group))
        for place, group in enumerate(groups)
        if group
    ]


def _label(low: int, high: int, *, is_last: bool) -> str:
    """Return the lengths of a bin; the last one is open, because its end is far from the others and its text long."""
    if low == high:
        return f"{low}"
    return f"{low}+" if is_last else f"{low}–{high}"


def _points(subject: Subject, name: str, bins: Sequence[Bin]) -> Iterator[dict[str, Any]]:
    """Yield the mean of a system in each bin, and the t interval of the mean if there are two segments or more."""
    for each in bins:
        rows = (subject.by_segment[place] for place in each.segments)
        values = [row[name] for row in rows if name in row]
        if not values:
            continue
        mean = fmean(values)
        point: dict[str, Any] = {"system": name, "bin": each.label, "mean": mean}
        if len(values) > 1:
            half = t_quantile((1 + _CONFIDENCE) / 2, len(values) - 1) * stdev(values) / sqrt(len(values))
            point |= {"low": mean - half, "high": mean + half}
        yield point


def _from_to(points: Sequence[dict[str, Any]], name: str, bins: Sequence[Bin], decimals: int) -> str:
    of = {point["bin"]: point["mean"] for point in points if point["system"] == name}
    first, last = (numbers.score(of.get(each.label), decimals) for each in (bins[0], bins[-1]))
    return f"{first} to {last}"


def _across(bins: Sequence[Bin]) -> Any:
    import altair as alt

    order = [each.label for each in bins]
    axis = alt.Axis(labelAngle=0, labelOverlap=False)
    return alt.X("bin:O", title="words of the source", sort=order, scale=alt.Scale(domain=order), axis=axis)


def _up(points: Sequence[dict[str, Any]], ticks: int, title: str | None) -> dict[str, Any]:
    """Return the settings of the axis of scores."""
    import altair as alt

    ends = style.domain([point[key] for point in points for key in ("low", "mean", "high") if key in point])
    return {
        "title": title,
        "scale": alt.Scale(domain=ends, nice=False, zero=False),
        "axis": alt.Axis(tickCount=ticks, minExtent=_AXIS_WIDTH - 8),
    }


def _panel(subject: Subject, names: Sequence[str], points: Sequence[dict[str, Any]], bins: Sequence[Bin]) -> Any:
    """Return one panel: systems side by side in each bin, told apart by shape, dash and lightness."""
    import altair as alt

    labels = style.labels(names, columns=22)
    shown = list(labels.values())
    up = _up(points, 5, style.metric_title(subject.scores, subject.scores.primary))
    legend = alt.Legend(title=None, columns=2 if len(names) > 2 else 0)

    def scale(values: Sequence[Any]) -> Any:
        return alt.Scale(domain=shown, range=list(values[: len(shown)]))

    base = style.chart(
        [point | {"system": labels[point["system"]]} for point in points],
        width=style.WIDTH - _AXIS_WIDTH - 16,
        height=120,
    ).encode(
        x=_across(bins),
        xOffset=alt.XOffset("system:N", sort=shown, scale=alt.Scale(domain=shown, paddingOuter=1)),
        color=alt.Color("system:N", scale=scale(style.SERIES_COLOURS), legend=legend),
    )
    shape = alt.Shape("system:N", scale=scale(style.SERIES_SHAPES), legend=legend)
    dash = alt.StrokeDash("system:N", scale=scale([list(dash) for dash in style.SERIES_DASHES]), legend=None)
    fill = alt.Fill("system:N", scale=scale(style.SERIES_FILLS), legend=legend)
    return alt.layer(
        base.mark_line(strokeWidth=0.75).encode(y=alt.Y("mean:Q", **up), strokeDash=dash),
        base.transform_filter("isValid(datum.low)").mark_rule().encode(y=alt.Y("low:Q", **up), y2="high:Q"),
        base.mark_point(size=24).encode(y=alt.Y("mean:Q", **up), shape=shape, fill=fill),
    )


def _panels(subject: Subject, names: Sequence[str], points: Sequence[dict[str, Any]], bins: Sequence[Bin]) -> Any:
    """Return a panel for each system, one below another, with the mean of all systems as a gray line."""
    import altair as alt

    labels = style.labels(names)
    shown = list(labels.values())
    means = {each.label: fmean(point["mean"] for point in points if point["bin"] == each.label) for each in bins}
    up = _up(points, 2, None)
    base = style.chart(
        [point | {"system": labels[point["system"]], "all": means[point["bin"]]} for point in points],
        width=style.plot_width(shown) - _AXIS_WIDTH,
        height=_ROW_HEIGHT,
    ).encode(x=_across(bins))
    layers = alt.layer(
        base.mark_line(color=style.INK, strokeWidth=2, opacity=0.25).encode(y=alt.Y("all:Q", **up)),
        base.mark_line(color=style.BLUE, strokeWidth=0.75).encode(y=alt.Y("mean:Q", **up)),
        base
        .transform_filter("isValid(datum.low)")
        .mark_rule(color=style.BLUE)
        .encode(y=alt.Y("low:Q", **up), y2="high:Q"),
        base.mark_point(filled=True, color=style.BLUE, size=16).encode(y=alt.Y("mean:Q", **up)),
        base
        .transform_filter(f"datum.bin === '{bins[0].label}'")
        .mark_text(align="right", limit=style.label_width(shown))
        .encode(x=alt.value(-_AXIS_WIDTH), y=alt.value(_ROW_HEIGHT / 2), text="system:N"),
    )
    return layers.facet(
        row=alt.Row("system:N", sort=shown, header=alt.Header(labels=False, title=None)), spacing=5
    ).resolve_axis(y="independent")
