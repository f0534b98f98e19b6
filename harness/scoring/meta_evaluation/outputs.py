"""The outputs of one task and direction as arrays, with the resamples of what is resampled; no metric yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from harness.scoring import FloatArray, Resampling, intervals, significance
from harness.scoring.meta_evaluation import system_level
from harness.scoring.meta_evaluation.correlation import IntArray
from harness.scoring.meta_evaluation.human_scores import HumanScores, ScoredOutput


@dataclass(frozen=True, slots=True)
class OutputTable:
    """The outputs as arrays."""

    outputs: tuple[ScoredOutput, ...]
    target: str
    human: FloatArray  # [outputs]
    segments: IntArray  # of each output
    units: IntArray  # of each output: what is resampled
    unit: Literal["segment", "document"]
    systems: tuple[str, ...]  # empty if unknown
    shared: IntArray  # outputs by segment and system, [shared segments, systems], as indices
    weights: FloatArray  # how often each unit is in each resample
    settings: Resampling

    @classmethod
    def of(cls, human: HumanScores, settings: Resampling) -> OutputTable:
        """Return the outputs of one task and direction; units are documents if there are enough for a test."""
        outputs = human.outputs
        segments = _codes([output.segment for output in outputs])
        documents = [output.document for output in outputs]
        by_document = all(documents) and len(set(documents)) >= significance.MIN_UNITS
        units = _codes(documents) if by_document else segments
        known = all(output.system for output in outputs)
        systems = tuple(dict.fromkeys(output.system for output in outputs)) if known else ()
        count = int(units.max()) + 1
        weights = np.random.default_rng(settings.seed).multinomial(count, np.full(count, 1 / count), settings.resamples)
        return cls(
            outputs,
            human.target,
            np.array([output.score for output in outputs]),
            segments,
            units,
            "document" if by_document else "segment",
            systems,
            _shared(segments, [systems.index(output.system) for output in outputs] if systems else [], len(systems)),
            weights.astype(np.float64),
            settings,
        )

    @property
    def units_count(self) -> int:
        """How many units are resampled."""
        return int(self.weights.shape[1])

    @property
    def has_system_level(self) -> bool:
        """Whether there are systems enough, on segments enough, to compare system scores."""
        return len(self.systems) >= system_level.MIN_SYSTEMS and len(self.shared) > 1

    def human_mean(self, system: str) -> float:
        """Return the mean human score of a system."""
        return float(np.mean([output.score for output in self.outputs if output.system == system]))

    def of_shared_units(self, weights: FloatArray) -> FloatArray:
        """Return how often each shared segment is in each resample of units."""
        return weights[:, self.units[self.shared[:, 0]]]

    def remarks(self) -> tuple[str, ...]:
        """Return what is too little for some of the numbers."""
        remarks = []
        if not self.systems:
            remarks.append("no system level: no column has the names of systems (--column system=NAME)")
        elif len(self.systems) < system_level.MIN_SYSTEMS:
            found = f"{len(self.systems)} system" + "s" * (len(self.systems) > 1)
            remarks.append(f"no system level: it needs {system_level.MIN_SYSTEMS} systems, found {found}")
        elif len(self.shared) < 2:
            remarks.append("no system level: the systems share fewer than two segments")
        elif len(self.shared) < len(set(self.segments.tolist())):
            remarks.append(f"system level: on the {len(self.shared):,} segments that every system has")
        documents = {output.document for output in self.outputs}
        if self.unit == "segment" and "" not in documents and len(documents) > 1:
            remarks.append(f"{len(documents)} documents are too few to resample: segments are resampled instead")
        if self.units_count < intervals.FEW_UNITS:
            few = "no interval and no test" if self.units_count < intervals.MIN_UNITS else (
                "no test" if self.units_count < significance.MIN_UNITS else "intervals are rough"
            )  # fmt: skip
            remarks.append(f"n = {self.units_count} {self.unit}s is few: {few}")
        return tuple(remarks)


def _codes(values: Sequence[str]) -> IntArray:
    """Return a number from 0 for each value, in order of first appearance."""
    codes = {value: index for index, value in enumerate(dict.fromkeys(values))}
    return np.array([codes[value] for value in values], dtype=np.int64)


def _shared(segments: IntArray, systems: Sequence[int], count: int) -> IntArray:
    """Return the outputs of each segment that every system has, as indices [segments, systems]."""
    if not count:
        return np.empty((0, 0), dtype=np.int64)
    places = np.full((int(segments.max()) + 1, count), -1, dtype=np.int64)
    places[segments, systems] = np.arange(len(segments))
    return places[(places >= 0).all(axis=1)]
