"""The agreement of system scores with human scores, on all segments and on resamples; arrays in, numbers out.

All systems are compared on the same segments. A system's score is that of the tables: the metric's score of the summed
statistics; its human score is a mean. Systems are fixed: resamples vary the segments only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from math import erfc

import numpy as np
import numpy.typing as npt

from harness.scoring import FloatArray

ScoreFunction = Callable[[FloatArray], FloatArray]
MIN_SYSTEMS = 3
_SWAPS = 2000  # random swaps of a test of more segments than can all be swapped in every way
_ALL_SWAPS = 12  # segments
_EQUAL = 1e-9


@dataclass(frozen=True, slots=True)
class Scored:
    """The systems as one measure sees them, a metric or the people; higher scores are better."""

    statistics: FloatArray  # [systems, segments, d]
    score: ScoreFunction  # of summed statistics

    @property
    def scores(self) -> FloatArray:
        """The score of each system."""
        return self.score(self.statistics.sum(axis=1))

    def resampled(self, weights: FloatArray) -> FloatArray:
        """Return the score of each system on resamples, [resamples, segments] to [resamples, systems]."""
        systems, segments, width = self.statistics.shape
        flat = self.statistics.transpose(1, 0, 2).reshape(segments, systems * width)
        return self.score((weights @ flat).reshape(len(weights), systems, width))

    def p_values(self, seed: int) -> FloatArray:
        """Return for each pair of systems the one-sided p-value of "the first is better", by swapping segments.

        It is the share of swaps with a difference at least as large as the observed one (up to 12 segments: of all
        swaps). Equal differences count half, so that the order of the two systems does not matter; that differs from
        the authors' code only if differences tie.
        """
        pairs = _pairs(len(self.statistics))
        swaps = _swaps(self.statistics.shape[1], seed)
        return np.array([self._p_value(*pair, swaps) for pair in pairs])

    def _p_value(self, a: int, b: int, swaps: FloatArray) -> float:
        first, second = self.statistics[a], self.statistics[b]
        middle = (first.sum(axis=0) + second.sum(axis=0)) / 2
        half = swaps @ ((first - second) / 2)
        differences = self.score(middle + half) - self.score(middle - half)
        observed = float(np.subtract(*self.score(np.stack([first.sum(axis=0), second.sum(axis=0)]))))
        larger, equal = differences > observed + _EQUAL, np.abs(differences - observed) <= _EQUAL
        return float(larger.mean() + equal.mean() / 2)

    def effects(self) -> FloatArray:
        """Return what each segment adds to the difference of each pair of systems, [pairs, segments].

        It is half of the change of the difference that swapping this segment alone makes, from the middle of both. For
        a mean over segments the sum of these is the difference.
        """
        effects = []
        for a, b in _pairs(len(self.statistics)):
            middle = (self.statistics[a].sum(axis=0) + self.statistics[b].sum(axis=0)) / 2
            half = (self.statistics[a] - self.statistics[b]) / 2
            effects.append(self.score(middle + half) - self.score(middle - half))
        return np.array(effects)


class SystemPearson:
    """Pearson's correlation of system scores."""

    def __init__(self, metric: Scored, human: Scored) -> None:
        """Take the systems as the metric and the people see them."""
        self._metric, self._human = metric, human

    @property
    def value(self) -> float:
        """The correlation."""
        return float(_pearson(self._metric.scores[None], self._human.scores[None])[0])

    def resampled(self, weights: FloatArray) -> FloatArray:
        """Return the correlation on resamples of segments."""
        return _pearson(self._metric.resampled(weights), self._human.resampled(weights))


class PairwiseAccuracy:
    """The share of pairs of systems that metric and people put in the same order (Kocmi et al. 2021)."""

    def __init__(self, metric: Scored, human: Scored) -> None:
        """Take the systems as the metric and the people see them."""
        self._metric, self._human = metric, human

    @property
    def value(self) -> float:
        """The accuracy."""
        return float(_accuracy(self._metric.scores[None], self._human.scores[None])[0])

    def resampled(self, weights: FloatArray) -> FloatArray:
        """Return the accuracy on resamples of segments."""
        return _accuracy(self._metric.resampled(weights), self._human.resampled(weights))


class SoftPairwiseAccuracy:
    """Soft pairwise accuracy (Thompson et al. 2024): 1 minus the mean |p of the people - p of the metric| over pairs.

    p is the one-sided p-value of a paired permutation test that swaps segments between two systems. On resamples p is
    its limit for many segments, from a normal distribution, because a permutation test of each resample takes too long;
    only the width of the interval depends on it.
    """

    def __init__(self, metric: Scored, human: Scored, human_p: FloatArray, seed: int) -> None:
        """Take the systems as metric and people see them, and the p-values of the people, which all metrics share."""
        self._metric, self._human, self._human_p, self._seed = metric, human, human_p, seed

    @property
    def value(self) -> float:
        """The accuracy."""
        return 1.0 - float(np.abs(self._metric.p_values(self._seed) - self._human_p).mean())

    def resampled(self, weights: FloatArray) -> FloatArray:
        """Return the accuracy on resamples of segments."""
        metric, human = (_normal_p(scored.effects(), weights) for scored in (self._metric, self._human))
        return np.asarray(1.0 - np.abs(metric - human).mean(axis=1))


def _pairs(systems: int) -> list[tuple[int, int]]:
    return list(combinations(range(systems), 2))


def _swaps(segments: int, seed: int) -> FloatArray:
    """Return -1 for each segment that is swapped and 1 for each other one, [swaps, segments]."""
    if segments <= _ALL_SWAPS:
        bits = np.arange(2**segments)[:, None] >> np.arange(segments) & 1
    else:
        bits = np.random.default_rng(seed).integers(0, 2, size=(_SWAPS, segments))
    return np.asarray(1.0 - 2.0 * bits, dtype=np.float64)


def _pearson(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return Pearson's correlation of each row, NaN if a row is constant."""
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    product = (x * x).sum(axis=1) * (y * y).sum(axis=1)
    defined = product > 1e-18
    return np.where(defined, (x * y).sum(axis=1) / np.sqrt(np.where(defined, product, 1.0)), np.nan)


def _accuracy(x: FloatArray, y: FloatArray) -> FloatArray:
    first, second = np.triu_indices(x.shape[1], 1)
    same: npt.NDArray[np.bool_] = _sign(x[:, first] - x[:, second]) == _sign(y[:, first] - y[:, second])
    return np.asarray(same.mean(axis=1))


def _sign(differences: FloatArray) -> FloatArray:
    return np.where(np.abs(differences) <= _EQUAL, 0.0, np.sign(differences))


def _normal_p(effects: FloatArray, weights: FloatArray) -> FloatArray:
    """Return one-sided p-values on resamples, [resamples, pairs].

    Swapping segments at random gives a mean difference of 0 and a variance of the sum of squared effects.
    """
    total, squares = weights @ effects.T, weights @ (effects**2).T
    scaled = np.where(squares > 0, total / np.sqrt(np.where(squares > 0, 2.0 * squares, 1.0)), 0.0)
    return np.reshape([erfc(each) / 2 for each in scaled.ravel()], scaled.shape)
