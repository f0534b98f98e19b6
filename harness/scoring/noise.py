"""How much a system's scores change if it is asked the same again: the noise of an endpoint or of sampling. Pure.

Some segments were answered several times. Each resample takes for every such segment one of its answers at random. The
standard deviation of the scores of these resamples, on the segments that were answered again, is scaled to the size of
the test set: the variance of a score falls with the number of segments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot, sqrt
from statistics import NormalDist

import numpy as np

from harness.scoring import FloatArray, TestSet, compute, used_metrics
from harness.scoring.significance import ScoreFunction

_RESAMPLES = 1000
# The noise covers this part of the changes.
_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Noise:
    """The noise of one system on one test set."""

    segments: int  # that were answered again
    answers: int  # of each of them
    floors: Mapping[str, float]  # by metric: in points, 95% of changes are smaller


def measure(test_set: TestSet, answers: Sequence[Sequence[str]], segments: int, seed: int) -> Noise:
    """Return the noise of a system.

    Metrics with a network are left out: their noise is not measured.

    Args:
        test_set: the segments that were answered again.
        answers: [answers, segments] the texts of each, at least two answers.
        segments: how many the whole test set has.
        seed: of the resamples.
    """
    floors = {}
    for metric in used_metrics(test_set):
        if not metric.needs_network:
            arrays = [compute.statistics(metric, test_set.examples(metric, texts)) for texts in answers]
            floors[metric.name] = floor(np.stack(arrays), metric.score, segments=segments, seed=seed)
    return Noise(len(test_set.ids), len(answers), floors)


def floor(statistics: FloatArray, score: ScoreFunction, *, segments: int, seed: int) -> float:
    """Return the noise of a score in points, from the statistics [answers, segments, d] of several answers."""
    answers, again, _ = statistics.shape
    generator = np.random.default_rng(seed)
    drawn = generator.integers(0, answers, size=(_RESAMPLES, again))
    summed = np.zeros((_RESAMPLES, statistics.shape[2]))
    for segment in range(again):
        summed += statistics[drawn[:, segment], segment]
    spread = float(np.std(score(summed)))
    # Of few answers, the deviation from their own mean is too small.
    unbiased = spread * sqrt(answers / (answers - 1))
    return NormalDist().inv_cdf(0.5 + _CONFIDENCE / 2) * unbiased * sqrt(again / segments)


def of_difference(a: Mapping[str, float], b: Mapping[str, float], metric: str) -> float | None:
    """Return the noise of the difference between two systems; None if the noise of neither was measured."""
    if metric not in a and metric not in b:
        return None
    return hypot(a.get(metric, 0.0), b.get(metric, 0.0))
