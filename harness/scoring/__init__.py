"""From outputs and references to scores: the records that the modules of this package share."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import ClassVar, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from harness import metrics
from harness.core.errors import InputError
from harness.core.scores import Diagnostics, Role, test_set_label
from harness.metrics import Examples, Metric
from harness.tasks import TaskKind

FloatArray = npt.NDArray[np.float64]
IntervalMethod = Literal["t", "percentile"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Resampling:
    """How intervals and tests are computed.

    Raises:
        InputError: a value is out of range.
    """

    resamples: int = 1000  # of the bootstrap, for intervals
    seed: int = 0  # of the bootstrap and the sign flips, from 0
    confidence: float = 0.95  # of intervals; 1 minus it is the level of tests
    flips: int | None = None  # random swaps of a test of more than 12 units; None: enough for the number of pairs
    interval: IntervalMethod = "t"

    def __post_init__(self) -> None:
        in_range = self.resamples >= 1 and self.seed >= 0 and 0 < self.confidence < 1
        if not (in_range and (self.flips is None or self.flips >= 1)):
            raise InputError(
                f"expected resamples and flips from 1, a seed from 0 and a confidence between 0 and 1, found {self}"
            )


@dataclass(frozen=True, slots=True)
class UnitLabels:
    """A property of units that their dataset states, by which scores are shown apart."""

    values: tuple[str, ...]  # of each unit
    has_intervals: bool  # scores of a part have intervals; else counts only


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSet:
    """Sources, references and ids that the systems of one table are scored on. A unit is what one output stands for."""

    __test__: ClassVar[bool] = False  # pytest collects classes whose name begins with Test

    task: str  # label
    target: str  # language of the outputs
    primary: str
    metrics: tuple[str, ...]
    ids: tuple[str, ...]  # of the scored units
    articles: tuple[str, ...]  # the article of each unit; empty if unknown
    references: Mapping[str, tuple[str | None, ...]]  # by version, one item per unit; None: it has no text for the unit
    sources: tuple[str, ...] = ()  # text of each source; empty if unknown
    annotations: tuple[tuple[object, ...], ...] = ()  # those of each unit; empty if there are none
    sentences: tuple[tuple[str, ...], ...] = ()  # of each source, if an oracle is wanted
    lengths: tuple[int, ...] = ()  # words of each unit's source, or else of its first reference; for slices
    kinds: tuple[str, ...] = ()  # of each unit: title, body, ...; empty if unknown
    labels: Mapping[str, UnitLabels] = field(default_factory=dict)  # by the property: "phenomenon", ...
    kind: TaskKind = "translation"  # of the task
    dataset: str = ""  # its name, if the run has several; else empty
    # By name, the options of metrics that do not have the default ones and whose names do not contain them.
    options: Mapping[str, Metric.Options] = field(default_factory=dict)
    # By name, the signatures of statistics that were stored: a metric with a network then needs no checkpoint.
    stored: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The task's label, and the dataset's name if the run has several."""
        return test_set_label(self.task, self.dataset)

    @property
    def reference_counts(self) -> tuple[int, ...]:
        """How many references each unit has."""
        streams = list(self.references.values())
        if not any(None in stream for stream in streams):
            return (len(streams),) * min(map(len, streams), default=0)
        return tuple(sum(text is not None for text in of_unit) for of_unit in zip(*streams, strict=True))

    def take(self, indices: Sequence[int]) -> TestSet:
        """Return the test set of some of the units, in the order of `indices`."""

        def some(values: tuple[T, ...]) -> tuple[T, ...]:
            return tuple(values[index] for index in indices) if values else ()

        return replace(
            self,
            ids=some(self.ids),
            articles=some(self.articles),
            references={version: some(stream) for version, stream in self.references.items()},
            sources=some(self.sources),
            annotations=some(self.annotations),
            sentences=some(self.sentences),
            lengths=some(self.lengths),
            kinds=some(self.kinds),
            labels={name: replace(labels, values=some(labels.values)) for name, labels in self.labels.items()},
        )

    def signature(self, metric: Metric) -> str:
        """Return a metric's signature for scores against all references of this test set."""
        return metric.signature(uniform(self.reference_counts))

    def examples(self, metric: Metric, outputs: Sequence[str]) -> Examples:
        """Return what a metric reads to score outputs, one for each unit, against all references."""
        return Examples(
            outputs,
            list(self.references.values()),
            self.sources if "sources" in metric.needs else (),
            self.annotations if "annotations" in metric.needs else (),
            self.articles if "articles" in metric.needs else (),
        )


@dataclass(frozen=True, slots=True)
class SystemStatistics:
    """One row's statistics, by metric: [views, n, d] against all references, and with one left out.

    A view is one set of outputs that is scored, or one choice of the reference that is left out; scores are averaged
    over views. Rows of units that have fewer than two references are 0 in `leave_one_out` (see `leave_one_out.py`).
    `footing.py` says which of the two a table shows. The reference row has `leave_one_out` in the place of both.
    """

    name: str
    role: Role
    statistics: Mapping[str, FloatArray]
    leave_one_out: Mapping[str, FloatArray]
    error: str | None = None
    notes: tuple[str, ...] = field(default=())
    diagnostics: Diagnostics | None = None
    run: str = ""  # the run whose outputs these are; empty for files
    unit: str = ""  # of its outputs, if they stood for more than a unit of the table and were divided; else empty
    # By metric, in points: how much the score changes if the system is asked the same again (`noise.py`).
    noise: Mapping[str, float] = field(default_factory=dict)


def uniform(counts: Collection[int]) -> int | None:
    """Return the number that all counts are equal to; None if they differ."""
    first, *others = set(counts)
    return None if others else first


def used_metrics(test_set: TestSet) -> tuple[Metric, ...]:
    """Return the metrics of a test set. They are shared between calls, with what they have prepared of references."""
    chosen = tuple((name, test_set.options.get(name), test_set.stored.get(name)) for name in test_set.metrics)
    return _metrics(chosen, test_set.target)


def metric_of(test_set: TestSet, name: str) -> Metric:
    """Return a metric of a test set by its name."""
    return next(metric for metric in used_metrics(test_set) if metric.name == name)


@lru_cache(maxsize=16)
def _metrics(chosen: tuple[tuple[str, Metric.Options | None, str | None], ...], target: str) -> tuple[Metric, ...]:
    return tuple(metrics.get(name, target, options, stored=stored) for name, options, stored in chosen)
