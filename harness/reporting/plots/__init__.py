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
from typing import TYPE_CHECKING, Protocol

from harness.core import files
from harness.core.errors import InputError
from harness.core.scores import TaskScores
from harness.reporting import order

if TYPE_CHECKING:
    import altair as alt

# In the order of the page.
KINDS = (
    "score_rows", "pair_matrix", "segment_strips", "segment_scatter", "length_bins", "tradeoff", "diagnostic_grid",
)  # fmt: skip

INSTALL = "pip install 'hindi-eval-harness[plots]'"
_MODULES = ("altair", "vl_convert")


class Output(Protocol):
    """One system's output for a segment, as far as plots need it."""

    @property
    def system(self) -> str:
        """Name of the system, as in the table."""

    @property
    def scores(self) -> Mapping[str, float]:
        """The scores of this output alone, by metric."""

    @property
    def seconds(self) -> float | None:
        """An equal share of the batch's time; None if unknown."""


class Segment(Protocol):
    """One scored segment."""

    @property
    def source(self) -> str:
        """Text that the systems were given."""

    @property
    def outputs(self) -> Sequence[Output]:
        """The outputs of the systems."""


class View(Protocol):
    """The segments of a task on a dataset."""

    @property
    def task(self) -> str:
        """Label of the task."""

    @property
    def dataset(self) -> str:
        """Name of the dataset."""

    @property
    def segments(self) -> Sequence[Segment]:
        """The scored segments, in reading order."""


@dataclass(frozen=True)
class Subject:
    """The records that the plots of one task are drawn from."""

    scores: TaskScores
    segments: Sequence[Segment] = ()  # empty if they are not at hand
    parameters: Mapping[str, int] = field(default_factory=dict)  # numbers in the weights, by system, as far as known

    @cached_property
    def by_segment(self) -> list[dict[str, float]]:
        """The primary score of each system on each segment; the mean, if a system has several outputs for it."""
        return [_primary_scores(segment, self.scores.primary) for segment in self.segments]

    @cached_property
    def systems(self) -> list[str]:
        """The systems of the table that have a score on some segment, best first, without bounds."""
        scored = {name for row in self.by_segment for name in row}
        return [row.name for row in order.rows(self.scores)[1] if row.name in scored]


def _primary_scores(segment: Segment, metric: str) -> dict[str, float]:
    values: dict[str, list[float]] = {}
    for output in segment.outputs:
        value = output.scores.get(metric)
        if value is not None and isfinite(value):
            values.setdefault(output.system, []).append(value)
    return {name: sum(of) / len(of) for name, of in values.items()}


@dataclass(frozen=True, slots=True)
class Drawing:
    """One plot before it is rendered."""

    kind: str  # "scores"; unique among the plots of a task
    title: str
    caption: str  # one plain sentence: what the marks mean, and over what
    alt: str  # the plot's content in words, for a screen reader
    chart: alt.Chart | alt.LayerChart | alt.FacetChart


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot, rendered for a page."""

    name: str  # "translate-scores": the same for the same records; letters, digits and hyphens
    title: str
    caption: str
    alt: str
    svg: str  # an <svg> element: no script, no style, no request; its ids begin with the name


def missing() -> str:
    """Return why no plot can be drawn here and what to do, in one line; empty if plots can be drawn."""
    absent = [name.replace("_", "-") for name in _MODULES if find_spec(name) is None]
    return f"plots need {' and '.join(absent)}; run `{INSTALL}`" if absent else ""


def drawings(
    tasks: Sequence[TaskScores], views: Sequence[View] = (), parameters: Mapping[str, int] | None = None
) -> Iterator[tuple[str, Drawing]]:
    """Yield the name and the drawing of every plot, task by task.

    Args:
        tasks: one for each table.
        views: the segments of these tasks. Without the view of a task, its plots of segments are left out.
        parameters: numbers in the weights of each system, as far as known. Without them, there is no plot against size.

    Raises:
        InputError: altair or vl-convert-python is not installed.
    """
    from harness.reporting.plots.style import visible

    if reason := missing():
        raise InputError(reason)
    taken: Counter[str] = Counter()
    for scores in tasks:
        subject = Subject(scores, _segments(scores, tasks, views), parameters or {})
        label = re.sub(r"[^A-Za-z0-9]+", "-", scores.label).strip("-") or "task"
        taken[label] += 1
        prefix = label if taken[label] == 1 else f"{label}-{taken[label]}"
        for kind in KINDS:
            for drawing in import_module(f"{__name__}.{kind}").drawings(subject):
                texts = {key: visible(getattr(drawing, key)) for key in ("title", "caption", "alt")}
                yield f"{prefix}-{drawing.kind}", replace(drawing, **texts)


def svgs(
    tasks: Sequence[TaskScores], views: Sequence[View] = (), parameters: Mapping[str, int] | None = None
) -> dict[str, Plot]:
    """Return every plot as SVG to stand inside a page, by name, in order; the arguments are those of `drawings`."""
    from harness.reporting.plots.rendering import inline_svg

    return {
        name: Plot(
            name, drawing.title, drawing.caption, drawing.alt, inline_svg(drawing.chart, name=name, alt=drawing.alt)
        )
        for name, drawing in drawings(tasks, views, parameters)
    }


def write(
    folder: Path,
    tasks: Sequence[TaskScores],
    views: Sequence[View] = (),
    parameters: Mapping[str, int] | None = None,
) -> list[Path]:
    """Write every plot to a folder as `<name>.svg`, `.png` and `.pdf`, and return the paths.

    A file with one of these names is replaced. Other files stay as they are. The arguments are those of `drawings`.

    Raises:
        InputError: altair or vl-convert-python is not installed.
        FileError: a file cannot be written.
    """
    from harness.reporting.plots.rendering import FORMS, render

    paths = []
    for name, drawing in drawings(tasks, views, parameters):
        rendered = render(drawing.chart, FORMS, name=name, alt=drawing.alt)
        for form, data in rendered.items():
            path = folder / f"{name}.{form}"
            files.write_bytes(path, [data])
            paths.append(path)
    return paths


def _segments(scores: TaskScores, tasks: Sequence[TaskScores], views: Sequence[View]) -> Sequence[Segment]:
    """Return the segments of a table: those of the view of the same task and dataset.

    A table's dataset is empty if its run has one only, and then the view of the task is meant, if there is just one.
    """
    of_task = [view for view in views if view.task == scores.task]
    if scores.dataset:
        of_task = [view for view in of_task if view.dataset == scores.dataset]
    return of_task[0].segments if len(of_task) == 1 and _is_unique(scores, tasks) else ()


def _is_unique(scores: TaskScores, tasks: Sequence[TaskScores]) -> bool:
    return sum(other.label == scores.label for other in tasks) == 1
