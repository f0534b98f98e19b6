"""The records of a meta-evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from harness.core.scores import Rank
from harness.scoring import Resampling

Name = Literal[
    "pearson", "kendall_tau_b", "accuracy_with_ties",
    "system_pearson", "pairwise_accuracy", "soft_pairwise_accuracy",
]  # fmt: skip
SEGMENT_LEVEL: tuple[Name, ...] = ("pearson", "kendall_tau_b", "accuracy_with_ties")
SYSTEM_LEVEL: tuple[Name, ...] = ("system_pearson", "pairwise_accuracy", "soft_pairwise_accuracy")
# The statistics that rank metrics in tables.
RANKING: tuple[Name, ...] = ("kendall_tau_b", "soft_pairwise_accuracy")
CORRELATIONS = ("pearson", "kendall_tau_b", "system_pearson")  # from -1; the others from 0


@dataclass(frozen=True, slots=True)
class Agreement:
    """One statistic of one metric."""

    value: float | None  # None: not defined, because all scores are equal
    low: float | None  # the interval; None with fewer than three units, or without a value
    high: float | None
    rank: Rank | None  # None: not tested


@dataclass(frozen=True, slots=True)
class MetricAgreement:
    """One metric."""

    metric: str
    signature: str
    turned: bool  # lower scores are better, so its scores were negated
    epsilon: float | None  # of `accuracy_with_ties`, on the metric's scale
    agreements: Mapping[Name, Agreement]


@dataclass(frozen=True, slots=True)
class MetricDifference:
    """Two metrics that were compared on one statistic."""

    statistic: Name
    a: str
    b: str
    delta: float  # a minus b
    low: float | None
    high: float | None
    p: float  # two-sided
    p_adjusted: float  # Holm, over all pairs of metrics on this statistic
    significant: bool


@dataclass(frozen=True, slots=True)
class MetaEvaluation:
    """The agreement of metrics with the human scores of one task and direction."""

    task: str
    target: str
    source_language: str
    label: str
    score_column: str
    outputs: int
    segments: int
    systems: tuple[str, ...]  # by human score, best first; empty if unknown
    shared_segments: int  # that every system has; system scores are of these
    unit: Literal["segment", "document"]  # what is resampled
    units: int
    metrics: tuple[MetricAgreement, ...]  # best first, by the first statistic
    differences: tuple[MetricDifference, ...]
    settings: Resampling
    failed: Mapping[str, str] = field(default_factory=dict)  # why metrics are left out, by name
    notes: tuple[str, ...] = field(default=())
