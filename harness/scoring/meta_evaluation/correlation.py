"""The agreement of segment scores with human scores, on all segments and on resamples; arrays in, numbers out.

A statistic is an object made of the scores. Its `value` is that of all outputs; `resampled(weights)` computes it on
resamples, in which unit u (a segment or a document, with all its outputs) occurs `weights[r, u]` times. A value is NaN
if it is not defined: a metric or the people give every output one score.
"""

from __future__ import annotations

from itertools import pairwise
from math import nan, sqrt
from typing import Protocol

import numpy as np
import numpy.typing as npt

from harness.scoring import FloatArray

IntArray = npt.NDArray[np.int64]
# Cells of the largest array that is made at a time: small enough for a processor's cache.
_CELLS = 400_000
_SIGNS = 2_000_000  # the same of signs, which are one byte each


class Statistic(Protocol):
    """An agreement of one metric with the human scores."""

    @property
    def value(self) -> float:
        """The agreement on all outputs."""

    def resampled(self, weights: FloatArray) -> FloatArray:
        """Return the agreement on resamples, from how often each unit occurs, [resamples, units] to [resamples]."""


class Pearson:
    """Pearson's correlation over all outputs, of whatever segment and system."""

    def __init__(self, metric: FloatArray, human: FloatArray, units: IntArray) -> None:
        """Take the scores of each output, and the unit that it belongs to, from 0."""
        # Centred first: sums of squares of large scores would lose digits.
        x, y = metric - metric.mean(), human - human.mean()
        moments = np.column_stack([np.ones_like(x), x, y, x * x, y * y, x * y])
        self._sums = np.zeros((int(units.max()) + 1, moments.shape[1]))
        np.add.at(self._sums, units, moments)

    @property
    def value(self) -> float:
        """The correlation."""
        return float(self.resampled(np.ones((1, len(self._sums))))[0])

    def resampled(self, weights: FloatArray) -> FloatArray:
        """Return the correlation on resamples."""
        n, x, y, xx, yy, xy = (weights @ self._sums).T
        return _ratio(n * xy - x * y, (n * xx - x * x) * (n * yy - y * y), scale=n * n * self._variances())

    def _variances(self) -> float:
        _, _, _, xx, yy, _ = self._sums.sum(axis=0)
        return float(xx * yy)


class KendallTauB:
    """Kendall's tau-b (Kendall 1945) over all pairs of outputs: (C - D) / sqrt((n0 - n1)(n0 - n2)).

    C and D are concordant and discordant pairs, n0 all pairs, n1 and n2 those that the metric and the people tie.
    """

    def __init__(self, metric: FloatArray, human: FloatArray, units: IntArray) -> None:
        """Take the scores of each output, and the unit that it belongs to, from 0."""
        order = np.argsort(units, kind="stable")
        self._metric, self._human, self._units = _ranks(metric)[order], _ranks(human)[order], units[order]

    @property
    def value(self) -> float:
        """The correlation, in O(n log n) (Knight 1966)."""
        return kendall_tau_b(self._metric, self._human)

    def resampled(self, weights: FloatArray) -> FloatArray:
        """Return the correlation on resamples.

        Concordance minus discordance of a resample is a quadratic form: the sum over units u and v of weight u times
        weight v times that of the outputs in u with the outputs in v. So the signs of all pairs are read once, not
        once per resample. It takes O(n²) time for n outputs, and little memory.
        """
        agreement = self._quadratic(weights)
        pairs = (weights @ np.bincount(self._units, minlength=weights.shape[1])) ** 2
        untied = [pairs - self._tied(weights, ranks) for ranks in (self._metric, self._human)]
        return _ratio(agreement, untied[0] * untied[1], scale=pairs**2)

    def _quadratic(self, weights: FloatArray) -> FloatArray:
        """Return concordant minus discordant ordered pairs of each resample."""
        starts = np.flatnonzero(np.r_[True, np.diff(self._units) > 0])
        weights = np.ascontiguousarray(weights[:, self._units[starts]])
        ends = np.r_[starts[1:], len(self._units)]
        narrow = np.int8 if (ends - starts).max() < 128 else np.int32  # of the sum over a unit
        total = np.zeros(len(weights))
        for first, last in pairwise(_cuts(ends, len(self._units))):
            begin, end = starts[first], ends[last - 1]
            # Pairs of an earlier unit with these were read before; those with a later unit count twice.
            signs = _signs(self._metric[begin:], end - begin) * _signs(self._human[begin:], end - begin)
            by_unit = np.add.reduceat(signs, starts[first:] - begin, axis=1, dtype=narrow)
            block = np.add.reduceat(by_unit, starts[first:last] - begin, axis=0, dtype=np.int32).astype(np.float64)
            block[:, last - first :] *= 2
            total += np.einsum("ru,ru->r", weights[:, first:] @ block.T, weights[:, first:last])
        return total

    def _tied(self, weights: FloatArray, ranks: IntArray) -> FloatArray:
        """Return how many ordered pairs of each resample have equal scores, each output with itself included."""
        order = np.argsort(ranks, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(ranks[order]) > 0])
        units = self._units[order]
        tied = np.empty(len(weights))
        for rows in _blocks(len(weights), len(units)):
            tied[rows] = (np.add.reduceat(weights[rows][:, units], starts, axis=1) ** 2).sum(axis=1)
        return tied


class AccuracyWithTies:
    """Pairwise accuracy with tie calibration (Deutsch, Foster and Freitag 2023, "Ties Matter"): acc*eq.

    Two outputs of one segment are a pair. The metric ties a pair if its scores differ by at most epsilon; a pair counts
    if metric and people order it alike, or both tie it. The accuracy of a segment is the share of its pairs that count,
    and the value is the mean over segments, as in the WMT shared tasks since 2023. Epsilon is the one that gives the
    highest value, exactly: every difference that occurs is tried, on each resample anew.
    """

    def __init__(self, metric: FloatArray, human: FloatArray, segments: IntArray, units: IntArray) -> None:
        """Take the scores, the segment and the unit of each output. Without a segment of two outputs all is NaN."""
        first, second = _pairs(segments)
        difference = metric[first] - metric[second]
        opinion = np.sign(human[first] - human[second])
        order = np.argsort(np.abs(difference), kind="stable")
        first, difference, opinion = first[order], difference[order], opinion[order]
        self.pairs = len(first)
        count = int(units.max()) + 1
        share = 1.0 / np.bincount(segments[first], minlength=int(segments.max()) + 1)[segments[first]]
        ordered = share * ((np.sign(difference) == opinion) & (opinion != 0))
        change = share * (opinion == 0) - ordered  # of the accuracy, if epsilon ties the pair
        with_pair = np.unique(segments[first], return_index=True)[1]
        self._segments = np.bincount(units[first][with_pair], minlength=count)  # with a pair, by unit
        self._ordered = np.bincount(units[first], ordered, minlength=count)
        # A pair in the wrong order counts neither as ordered nor as tied.
        kept = change != 0
        self._size, self._unit, self._change = np.abs(difference)[kept], units[first][kept], change[kept]
        # An epsilon ties all pairs up to the end of a run of equal differences.
        self._ends = np.flatnonzero(np.r_[np.diff(self._size) > 0, np.ones(min(1, kept.sum()), np.bool_)])

    @property
    def value(self) -> float:
        """The accuracy with the best epsilon."""
        return float(self.resampled(np.ones((1, len(self._segments))))[0])

    @property
    def epsilon(self) -> float:
        """The difference up to which metric scores count as tied; NaN if there is no pair."""
        if not self.pairs:
            return nan
        best = int(self._sums(np.ones((1, len(self._segments))))[0].argmax())
        return 0.0 if best == 0 else float(self._size[self._ends[best - 1]])

    def resampled(self, weights: FloatArray) -> FloatArray:
        """Return the accuracy on resamples, each with its own best epsilon."""
        best = np.empty(len(weights))
        for rows in _blocks(len(weights), len(self._size)):
            best[rows] = self._sums(weights[rows]).max(axis=1)
        segments = weights @ self._segments
        return np.where(segments > 0, best / np.where(segments > 0, segments, 1.0), np.nan)

    def _sums(self, weights: FloatArray) -> FloatArray:
        """Return the summed accuracies for every epsilon, [resamples, 1 + ends]; the first is epsilon 0."""
        changes = np.cumsum(weights[:, self._unit] * self._change, axis=1)[:, self._ends]
        # Every epsilon ties pairs with a difference of 0.
        zero = changes[:, :1] if len(self._size) and self._size[0] == 0 else np.zeros((len(weights), 1))
        return np.asarray((weights @ self._ordered)[:, None] + np.concatenate([zero, changes], axis=1))


def kendall_tau_b(x: npt.NDArray[np.generic], y: npt.NDArray[np.generic]) -> float:
    """Return Kendall's tau-b of two sequences, NaN if one of them is constant; O(n log n)."""
    n = len(x)
    x, y = _ranks(x), _ranks(y)
    order = np.lexsort((y, x))
    x, y = x[order], y[order]
    pairs = n * (n - 1) // 2
    same_x, same_y = _tied_pairs(x), _tied_pairs(y)
    both = _tied_pairs(x * (int(y.max(initial=0)) + 1) + y)
    discordant = _inversions(y)  # pairs with equal x are in the order of y, so they are no inversions
    concordant = pairs - same_x - same_y + both - discordant
    untied = (pairs - same_x) * (pairs - same_y)
    return (concordant - discordant) / sqrt(untied) if untied else nan


def _inversions(ranks: IntArray) -> int:
    """Return how many pairs stand in the wrong order, strictly.

    The ranks are sorted by their binary digits, the highest first. Two ranks are in the wrong order if they agree in
    all digits before some digit, and the earlier one has 1 there and the later one 0.
    """
    total = 0
    places = np.arange(len(ranks))
    for digit in reversed(range(int(ranks.max(initial=0)).bit_length())):
        start = np.r_[True, np.diff(ranks >> (digit + 1)) != 0]
        first = np.maximum.accumulate(np.where(start, places, 0))  # of those that agree in all digits before
        ones = ranks >> digit & 1
        before = np.cumsum(ones) - ones
        before -= before[first]
        total += int(before[ones == 0].sum())
        ranks = ranks[np.lexsort((places, ones, first))]
    return total


def _tied_pairs(values: IntArray) -> int:
    _, counts = np.unique(values, return_counts=True)
    return int((counts * (counts - 1) // 2).sum())


def _ranks(values: npt.NDArray[np.generic]) -> IntArray:
    """Return dense ranks from 0: equal values have equal ranks."""
    return np.asarray(np.unique(values, return_inverse=True)[1], dtype=np.int64).reshape(-1)


def _signs(ranks: IntArray, count: int) -> npt.NDArray[np.int8]:
    """Return the signs of the differences of the first outputs to all, [count, n]."""
    small: IntArray = ranks.astype(np.int16 if ranks.max() < 2**15 else np.int32)
    some = small[:count, None]
    return np.subtract((some > small).view(np.int8), (some < small).view(np.int8))


def _pairs(groups: IntArray) -> tuple[IntArray, IntArray]:
    """Return all pairs of positions that are in one group, as two arrays."""
    order = np.argsort(groups, kind="stable")
    bounds = np.r_[np.flatnonzero(np.r_[True, np.diff(groups[order]) > 0]), len(groups)]
    firsts, seconds = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for size in np.unique(np.diff(bounds)):
        members = order[bounds[:-1][np.diff(bounds) == size][:, None] + np.arange(size)]
        one, other = np.triu_indices(int(size), 1)
        firsts.append(members[:, one].ravel())
        seconds.append(members[:, other].ravel())
    return np.concatenate(firsts), np.concatenate(seconds)


def _ratio(above: FloatArray, product: FloatArray, *, scale: FloatArray) -> FloatArray:
    """Return above / sqrt(product); NaN if the product is 0, apart from rounding."""
    defined = product > 1e-12 * scale
    return np.where(defined, above / np.sqrt(np.where(defined, product, 1.0)), np.nan)


def _cuts(ends: IntArray, width: int) -> list[int]:
    """Return indices of units that cut outputs into blocks of a size that fits in memory; `ends` are those of units."""
    cuts, filled = [0], 0
    for index, end in enumerate(ends):
        if (end - filled) * width > _SIGNS and index > cuts[-1]:
            cuts.append(index)
            filled = int(ends[index - 1])
    return [*cuts, len(ends)]


def _blocks(resamples: int, width: int) -> list[slice]:
    size = max(1, _CELLS // max(width, 1))
    return [slice(start, start + size) for start in range(0, resamples, size)]
