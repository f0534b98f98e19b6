"""Plots of a task's scores and segments: from records to charts of altair, and from charts to SVG, PNG and PDF.

A kind of plot is one file here, named in `KINDS`. It defines

    drawings(subject: Subject) -> Iterator[Drawing]     none if the records do not allow this plot

`style.py` decides sizes, fonts, colours and shapes for all of them, and `rendering.py` is the only place that renders.
A plot fits one column of a paper and can be read in greyscale. Inside a page it takes the text colour of the page, so
it can be read on a light and on a dark background.

The extra `plots` installs altair and vl-convert-python. They are imported inside functions only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from typing import Any

from harness.core import files
from harness.core.errors import InputError
from harness.core.scores import TaskScores
from harness.core.segments import SegmentView, TaskView
from harness.reporting import order
from harness.reporting.visible import visible

# In the order of the page.
KINDS = (
    "score_rows", "pair_matrix", "segment_strips", "segment_scatter", "length_bins", "tradeoff", "diagnostic_grid",
)  # fmt: skip

INSTALL = "pip install 'hindi-eval-harness[plots]'"
_MODULES = ("altair", "vl_convert")


@dataclass(frozen=True)
class Subject:
    """The records that the plots of one task are drawn from."""

    scores: TaskScores
    segments: Sequence[SegmentView] = ()  # empty if they are not at hand
    parameters: Mapping[str, int] = field(default_factory=dict)  # numbers in the weights, by system, as far as known

    @cached_property
    def by_segment(self) -> list[dict[str, float]]:
        """The primary score of each system on each segment; the mean, if a system has several outputs for it."""
        return [_primary_scores(segment, self.scores.primary) for segment in self.segments]

    @property
    def against(self) -> str:
        """A remark for captions if segments are scored against more references than the table; else empty."""
        return " (against all references)" if self.scores.leaves_one_out else ""

    @property
    def decimals(self) -> int:
        """With how many decimals the primary scores are shown."""
        return order.decimals(self.scores, self.scores.primary)

    @cached_property
    def systems(self) -> list[str]:
        """The systems of the table that have a score on some segment, best first, without bounds."""
        scored = {name for row in self.by_segment for name in row}
        return [row.name for row in order.rows(self.scores)[1] if row.name in scored]


def _primary_scores(segment: SegmentView, metric: str) -> dict[str, float]:
    values: dict[str, list[float]] = {}
    for output in segment.outputs:
        value = output.scores.get(metric)
        if value is not None and isfinite(value):
            values.setdefault(output.system, []).append(value)
    return {name: sum(of) / len(of) for name, of in values.items()}


@dataclass(frozen=True, slots=True)
class Drawing:
    """One plot before it is rendered."""

    name: str  # "scores": unique among the plots of a task; with the task before it once all tasks are known
    title: str
    caption: str  # one plain sentence: what the marks mean, and over what
    alt: str  # the plot's content in words, for a screen reader
    chart: Any  # a chart of altair
    label: str = ""  # of the table; known once all tasks are


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot, rendered for a page."""

    name: str  # "translate-scores": the same for the same records; letters, digits and hyphens
    label: str  # of the table that the plot belongs to
    title: str
    caption: str
    alt: str
    svg: str  # an <svg> element: no script, no style, no request; its ids begin with the name


def missing() -> str:
    """Return why no plot can be drawn here and what to do, in one line; empty if plots can be drawn."""
    absent = [name.replace("_", "-") for name in _MODULES if find_spec(name) is None]
    return f"plots need {' and '.join(absent)}; run `{INSTALL}`" if absent else ""


def drawings(
    tasks: Sequence[TaskScores], views: Sequence[TaskView] = (), parameters: Mapping[str, int] | None = None
) -> Iterator[Drawing]:
    """Yield the drawing of every plot, task by task.

    Args:
        tasks: one for each table.
        views: the segments of these tasks. Without the view of a task, its plots of segments are left out.
        parameters: numbers in the weights of each system, as far as known. Without them, there is no plot against size.

    Raises:
        InputError: altair or vl-convert-python is not installed.
    """
    if reason := missing():
        raise InputError(reason)
    taken: Counter[str] = Counter()
    for scores in tasks:
        name = re.sub(r"[^A-Za-z0-9]+", "-", scores.label).strip("-") or "task"
        taken[name] += 1
        prefix = name if taken[name] == 1 else f"{name}-{taken[name]}"
        subject = Subject(scores, _segments(scores, tasks, views), parameters or {})
        for kind in KINDS:
            for drawing in import_module(f"{__name__}.{kind}").drawings(subject):
                texts = {key: _one_line(getattr(drawing, key)) for key in ("title", "caption", "alt")}
                yield replace(drawing, name=f"{prefix}-{drawing.name}", label=scores.label, **texts)


def svgs(
    tasks: Sequence[TaskScores], views: Sequence[TaskView] = (), parameters: Mapping[str, int] | None = None
) -> dict[str, Plot]:
    """Return every plot as SVG to stand inside a page, by name, in order; the arguments are those of `drawings`."""
    from harness.reporting.plots.rendering import inline_svg

    return {
        each.name: Plot(
            each.name, each.label, each.title, each.caption, each.alt, inline_svg(each.chart, each.name, each.alt)
        )
        for each in drawings(tasks, views, parameters)
    }


def write(
    folder: Path,
    tasks: Sequence[TaskScores],
    views: Sequence[TaskView] = (),
    parameters: Mapping[str, int] | None = None,
) -> list[Path]:
    """Write every plot to a folder as `<name>.svg`, `.png` and `.pdf`, and return the paths.

    A file with one of these names is replaced. Other files stay as they are. The arguments are those of `drawings`.

    Raises:
        InputError: altair or vl-convert-python is not installed.
        FileError: a file cannot be written.
    """
    from harness.reporting.plots.rendering import render

    paths = []
    for drawing in drawings(tasks, views, parameters):
        for form, data in render(drawing.chart, name=drawing.name, alt=drawing.alt).items():
            paths.append(folder / f"{drawing.name}.{form}")
            files.write_bytes(paths[-1], [data])
    return paths


def _segments(scores: TaskScores, tasks: Sequence[TaskScores], views: Sequence[TaskView]) -> Sequence[SegmentView]:
    """Return the segments of a table: those of the view with the same label, if neither has a twin."""
    of_label = [view for view in views if view.label == scores.label]
    is_unique = sum(other.label == scores.label for other in tasks) == 1
    return of_label[0].segments if len(of_label) == 1 and is_unique else ()


def _one_line(text: str) -> str:
    return visible(" ".join(text.split()))
