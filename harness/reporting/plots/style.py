"""Sizes, fonts, colours and shapes of all plots; axes, labels and numbers as plots show them.

Systems are told apart by their row or by shape and lightness, never by hue alone. Text and lines have the colour of the
text around the plot (`currentColor`). The two other colours have a contrast of 3 or more with white and with dark grey.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.core.scores import Interval, TaskScores
from harness.reporting import order
from harness.reporting.visible import visible
from harness.reporting.widths import shortened, width

# One column of a paper: 3.33 inches. One unit of a chart is a point.
WIDTH = 240
TEXT = 7.5  # points
SMALL = 7.0
ROW = 13  # height of a row with one line of text

INK = "currentColor"
BLUE = "#2676ba"
ORANGE = "#cf7f1d"

# Series in one panel, in order: each differs from the others in shape and dash, and neighbours in lightness.
SERIES_COLOURS = (INK, ORANGE, BLUE, INK)
SERIES_FILLS = (INK, ORANGE, BLUE, "transparent")
SERIES_SHAPES = ("circle", "square", "triangle-up", "diamond")
SERIES_DASHES = ((1, 0), (4, 2), (1.5, 1.5), (6, 2, 1.5, 2))
MOST_SERIES = len(SERIES_SHAPES)

# vl-convert-python brings Liberation Sans; Arial and Helvetica have the same widths. The others have Devanagari.
FONT = (
    "Liberation Sans, Arial, Helvetica, Noto Sans Devanagari, Nirmala UI, Kohinoor Devanagari, Lohit Devanagari, "
    "sans-serif"
)

LONGEST_LABEL = 22  # columns of text
WIDEST_LABEL = 92  # points
_PER_COLUMN, _PER_WIDE_COLUMN = 4.1, 5.2  # points of a column of text: ASCII, other scripts
LABEL_GAP = 4

_CONFIG: Mapping[str, Any] = {
    "background": "transparent",
    "font": FONT,
    "padding": 1,
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK, "labelFontSize": TEXT, "labelFontWeight": "normal", "labelPadding": 2,
        "titleColor": INK, "titleFontSize": TEXT, "titleFontWeight": "normal", "titlePadding": 4,
        "domainColor": INK, "domainOpacity": 0.5, "domainWidth": 0.5,
        "tickColor": INK, "tickOpacity": 0.5, "tickWidth": 0.5, "tickSize": 3,
        "gridColor": INK, "gridOpacity": 0.15, "gridWidth": 0.5,
    },
    "header": {"labelColor": INK, "labelFontSize": TEXT, "titleColor": INK, "titleFontSize": TEXT},
    "legend": {
        "labelColor": INK, "labelFontSize": TEXT, "labelLimit": 0, "titleColor": INK, "titleFontSize": TEXT,
        "titleFontWeight": "normal", "symbolSize": 30, "symbolStrokeWidth": 1, "padding": 0, "offset": 4,
        "rowPadding": 1, "columnPadding": 8, "orient": "bottom",
    },
    "text": {"color": INK, "fontSize": TEXT},
    "rule": {"color": INK, "strokeWidth": 1},
    "line": {"strokeWidth": 1},
    "point": {"opacity": 1, "strokeWidth": 1},
    "tick": {"color": INK, "opacity": 1},
    "rect": {"color": BLUE},
}  # fmt: skip


def chart(values: Iterable[Mapping[str, object]], **size: Any) -> Any:
    """Return a chart without marks on these records; numbers are rounded, because they become text in SVG."""
    import altair as alt

    return alt.Chart(
        alt.InlineData(values=[{key: _short(value) for key, value in row.items()} for row in values]), **size
    )


def configured(drawn: Any) -> Any:
    """Return a chart in the style of all plots."""
    return drawn.configure(**_CONFIG)


def _short(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value


# --- names and numbers ------------------------------------------------------------------------------------------------


def labels(names: Sequence[str], columns: int = LONGEST_LABEL) -> dict[str, str]:
    """Return a short label for each name: its beginning and end, printable, and different for different names."""
    chosen: dict[str, str] = {}
    taken: set[str] = set()
    for name in dict.fromkeys(names):
        full = visible(" ".join(name.split())) or "(no name)"
        label, number = shortened(full, columns), 2
        while label in taken:
            suffix = f" ({number})"
            label, number = shortened(full, columns - len(suffix)) + suffix, number + 1
        taken.add(label)
        chosen[name] = label
    return chosen


def label_width(shown: Iterable[str], widest: float = WIDEST_LABEL) -> float:
    """Return the points that the widest of these labels needs at most; a wider one is cut."""
    return min(max(map(text_width, shown), default=0), widest)


def text_width(text: str) -> float:
    """Return the points that a text of ordinary size needs at most, as a rule."""
    return width(text) * (_PER_COLUMN if text.isascii() else _PER_WIDE_COLUMN) + 2


def is_number(value: float | None) -> bool:
    """Whether a value can be drawn: it is known and finite."""
    return value is not None and math.isfinite(value)


def limits(interval: Interval | None) -> dict[str, float]:
    """Return the ends of an interval as "low" and "high", or nothing if they cannot be drawn."""
    if interval is None or not (is_number(interval.low) and is_number(interval.high)):
        return {}
    return {"low": interval.low, "high": interval.high}


def numbers_in(values: Iterable[Mapping[str, Any]], keys: Sequence[str]) -> list[float]:
    """Return all values of these keys."""
    return [value[key] for value in values for key in keys if key in value]


def number(value: float) -> str:
    """Return a number as captions and texts for screen readers have it: three digits that matter, and no exponent."""
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    text = f"{value:,.{min(max(digits, 0), 6)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def listed(entries: Sequence[str], most: int = 12) -> str:
    """Return entries as one text; those beyond the most are counted."""
    more = len(entries) - most
    return "; ".join([*entries[:most], *([f"and {more} more"] if more > 0 else [])])


# --- axes -------------------------------------------------------------------------------------------------------------


def domain(values: Iterable[float], share: float = 0.04) -> list[float]:
    """Return the ends of an axis that shows all values, with some room; [0, 1] without any."""
    kept = [value for value in values if is_number(value)]
    if not kept:
        return [0.0, 1.0]
    low, high = min(kept), max(kept)
    room = (high - low) * share or max(abs(low) * 0.05, 0.5)
    return [low - room, high + room]


def rows(shown: Sequence[str], *, widest: float = WIDEST_LABEL, gap: float = 0) -> Any:
    """Return the axis of rows, one for each label, in this order; `gap` is left free beside the labels."""
    import altair as alt

    axis = alt.Axis(
        title=None, ticks=False, domain=False, grid=False, labelPadding=LABEL_GAP + gap,
        labelLimit=label_width(shown, widest),
        labelOverlap=False,
    )  # fmt: skip
    return alt.Y("row:N", sort=list(shown), scale=alt.Scale(domain=list(shown)), axis=axis)


def plot_width(shown: Iterable[str], right: float = 4, *, widest: float = WIDEST_LABEL) -> float:
    """Return the width that is left for marks beside the labels of rows, and the points at their right."""
    return WIDTH - 3 - LABEL_GAP - label_width(shown, widest) - right


def signed() -> dict[str, Any]:
    """Return the settings of an axis of differences that show their sign, and 0 without one."""
    return {"labelExpr": "datum.value == 0 ? '0' : format(datum.value, '+,~r')"}


def metric_title(scores: TaskScores, metric: str) -> str:
    """Return the title of an axis of scores, with the direction."""
    higher = order.higher_is_better(scores, metric)
    return f"{metric} ({'higher' if higher else 'lower'} is better)"
