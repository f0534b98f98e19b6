"""What can be said of outputs without a reference, per system: empty, cut, wrong script, repeated, copied."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.core.scores import SystemScores
from harness.reporting import order
from harness.reporting.plots import Drawing, Subject, style
from harness.reporting.without_references import cell
from harness.scoring import diagnostics
from harness.scoring.diagnostics import Diagnostic

_LEAST_COLUMNS, _MOST_COLUMNS = 2, 7
_HEADING_HEIGHT = 90
_DARKEST = 0.55


def drawings(subject: Subject) -> Iterator[Drawing]:
    """Yield the plot if at least two diagnostics have something to show: the table of systems says as much of one."""
    rows = [row for row in order.rows(subject.scores)[1] if row.diagnostics]
    found = [(name, each) for name, each in diagnostics.every().items() if _is_shown(name, each, rows)]
    if len(found) < _LEAST_COLUMNS:
        return
    shown = found[:_MOST_COLUMNS]
    more = f"; {len(found) - len(shown)} more are in the table" if len(found) > len(shown) else ""
    script = subject.scores.target.rpartition("_")[2]
    headings = {name: _heading(each, script) for name, each in shown}
    entries = [f"{heading}: most in {_worst(rows, name)}" for name, heading in headings.items()]
    yield Drawing(
        "diagnostics",
        f"{subject.scores.title}: diagnostics of the outputs",
        f"Faults in the outputs of each system, as a share or a count; a stronger shade: a larger share{more}.",
        f"Faults in outputs. {style.listed(entries)}.",
        _chart(rows, headings),
    )


def _is_shown(name: str, diagnostic: Diagnostic, rows: Sequence[SystemScores]) -> bool:
    """Whether a diagnostic counts faults, and some system has one."""
    if diagnostic.unit not in ("percent", "count") or not (diagnostic.threshold or diagnostic.remark):
        return False
    counts = [row.diagnostics.counts[name] for row in rows if row.diagnostics and name in row.diagnostics.counts]
    return any(count.part for count in counts)


def _worst(rows: Sequence[SystemScores], name: str) -> str:
    worst = max(rows, key=lambda row: _share(row, name))
    return f"{worst.name} ({cell(worst.diagnostics, name).text})"


def _heading(diagnostic: Diagnostic, script: str) -> str:
    """Return the heading of the table's column, or what is counted if the table has no column."""
    return diagnostic.column.heading.format(script=script) if diagnostic.column else diagnostic.label


def _chart(rows: Sequence[SystemScores], headings: Mapping[str, str]) -> Any:
    import altair as alt

    labels = style.labels([row.name for row in rows])
    shown_labels, columns = list(labels.values()), list(headings.values())
    step = min(style.plot_width(shown_labels) / len(columns), 40)
    values = [
        {
            "row": labels[row.name],
            "column": heading,
            "text": _text(row, name, step),
            "shade": _DARKEST * math.sqrt(_share(row, name)),
        }
        for name, heading in headings.items()
        for row in rows
    ]
    axis = alt.Axis(
        title=None, orient="top", labelAngle=-90, labelAlign="left", ticks=False, domain=False, labelOverlap=False,
        labelLimit=_HEADING_HEIGHT, labelPadding=4,
    )  # fmt: skip
    base = style.chart(values, width=step * len(columns), height=style.ROW * len(rows)).encode(
        x=alt.X("column:N", sort=columns, scale=alt.Scale(domain=columns), axis=axis), y=style.rows(shown_labels)
    )
    return alt.layer(
        base.mark_rect(color=style.BLUE, stroke=style.INK, strokeWidth=0.5, strokeOpacity=0.2).encode(
            fillOpacity=alt.FillOpacity("shade:Q", scale=None)
        ),
        base.mark_text(fontSize=style.SMALL, dy=0.5).encode(text="text:N"),
    )


def _text(row: SystemScores, name: str, room: float) -> str:
    """Return the text of a cell of the table; of a fraction that is too wide, only what is counted."""
    text = cell(row.diagnostics, name).text
    return text if style.text_width(text) * style.SMALL / style.TEXT <= room + 2 else text.partition("/")[0]


def _share(row: SystemScores, name: str) -> float:
    """Return which share of what it counts a diagnostic found, from 0 to 1; 0 if it could not count."""
    count = row.diagnostics.counts.get(name) if row.diagnostics else None
    if row.diagnostics is None or count is None:
        return 0.0
    whole = row.diagnostics.outputs if diagnostics.every()[name].unit == "count" else count.whole
    return min(count.part / whole, 1.0) if whole else 0.0
