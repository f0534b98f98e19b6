"""The records of scored segments with their texts, for pages, the terminal and notebooks.

Frozen plain data. `harness.runs.segments` reads them from runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from harness.core.scores import test_set_label


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a source or in an output."""

    side: Literal["source", "output"]
    text: str  # as written: [start:end] of the source or the output
    start: int  # offset in characters
    end: int  # offset after the last character


@dataclass(frozen=True, slots=True)
class OutputView:
    """One system's output for one segment."""

    system: str
    text: str
    # By metric, against all references of the segment. A metric of annotations has none if the segment has none.
    scores: Mapping[str, float]
    flags: tuple[str, ...]  # names of the diagnostics that mark this output: empty, cut, wrong_script, ...
    output_tokens: int | None  # None: the system has no tokens
    seconds: float | None  # an equal share of its batch's time; None: not known
    places: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)  # by flag: where the fault is, if it is known


@dataclass(frozen=True, slots=True)
class SegmentView:
    """One scored unit (a sentence, a paragraph or an article) with its texts."""

    id: str
    article: str  # id; empty if unknown
    kind: str  # title, standfirst, heading or body; empty for whole articles
    dataset: str  # name
    source: str | None  # None: the dataset is not at hand
    references: Mapping[str, str | None]  # by version; None: it has no text for the segment, or is not at hand
    outputs: tuple[OutputView, ...]  # in the order of `TaskView.systems`; a system whose output is lost is absent
    words: int  # of the source; 0 if unknown


@dataclass(frozen=True, slots=True)
class TaskView:
    """The segments of one task on one dataset, with the outputs of every system that was scored."""

    task: str  # the task's label
    dataset: str  # name
    language: str  # of the sources; empty if unknown
    target: str  # language of the outputs
    metrics: tuple[str, ...]
    primary: str  # one of `metrics`
    systems: tuple[str, ...]
    segments: tuple[SegmentView, ...]  # in reading order
    is_one_of_several: bool  # the run has other datasets, so that titles must name this one
    lower_is_better: frozenset[str]  # of `metrics`
    runs: tuple[str, ...]  # names of the runs that the outputs are from
    notes: tuple[str, ...]  # texts that are not at hand, and why
    decimals: Mapping[str, int] = field(default_factory=dict)  # of the scores of a metric; 1 for others
    points: Mapping[str, float] = field(default_factory=dict)  # how much of its scale is one point of 100; 1 for others

    @property
    def label(self) -> str:
        """Name of the test set, as `TaskScores.label`: "translate", "translate@in22-gen"."""
        return test_set_label(self.task, self.dataset if self.is_one_of_several else "")
