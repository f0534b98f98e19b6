"""From outputs and references to scores: the records that the modules of this package share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from harness import metrics
from harness.core.errors import InputError
from harness.core.records import Diagnostics, Role
from harness.metrics import Metric


@dataclass(frozen=True, slots=True)
class Resampling:
    """How intervals and tests are made; InputError where nothing can be made so."""

    resamples: int = 1000  # of the bootstrap and, beyond 12 units, of the sign flips
    seed: int = 0  # of both, from 0
    confidence: float = 0.95  # of intervals; 1 minus it is the level of tests

    def __post_init__(self) -> None:
        if not (self.resamples >= 1 and self.seed >= 0 and 0 < self.confidence < 1):
            raise InputError(f"expected resamples from 1, a seed from 0 and a confidence between 0 and 1, found {self}")


FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSet:
    """Sources, references and ids that the systems of one table are scored on."""

    __test__: ClassVar[bool] = False  # pytest collects classes whose name begins with Test

    task: str  # label
    target: str  # language of the outputs
    primary: str
    metrics: tuple[str, ...]
    ids: tuple[str, ...]  # of the scored units
    articles: tuple[str, ...]  # the article of each unit; empty where nobody knows
    references: Mapping[str, tuple[str, ...]]  # by version, one text for each unit
    sentences: tuple[tuple[str, ...], ...] = ()  # of each source, where an oracle is wanted
    lengths: tuple[int, ...] = ()  # words of each unit's source, or else of its first reference; for slices
    kinds: tuple[str, ...] = ()  # of each unit: title, body, ...; empty where nobody knows


@dataclass(frozen=True, slots=True)
class SystemStatistics:
    """One row's statistics, by metric: [views, n, d] against all references, and with each left out in turn."""

    name: str
    role: Role
    statistics: Mapping[str, FloatArray]
    leave_one_out: Mapping[str, FloatArray]
    error: str | None = None
    notes: tuple[str, ...] = field(default=())
    diagnostics: Diagnostics | None = None


def used_metrics(test_set: TestSet) -> tuple[Metric, ...]:
    """Return the metrics of a test_set, which keep what they have prepared of its references."""
    return _metrics(test_set.metrics, test_set.target)


@lru_cache(maxsize=16)
def _metrics(names: tuple[str, ...], target: str) -> tuple[Metric, ...]:
    return tuple(metrics.get(name, target) for name in names)
