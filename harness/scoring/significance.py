"""Resample and test; arrays in, numbers out. `intervals.py` and `ranks.py` turn the results into statements.

Statistics are arrays [views, units, d]. A unit is what is resampled: a segment, or an article if there are several. A
score is the mean over views of the metric's score of the summed units. A system has one view per sample of its outputs;
the reference row has one per choice of the reference that is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil, lcm, log2

import numpy as np
import numpy.typing as npt

from harness.scoring._sums import FloatArray, Sums, WeightBuffer, blocks

ScoreFunction = Callable[[FloatArray], FloatArray]
OnMetric = tuple[Sequence[FloatArray], ScoreFunction]  # the statistics of systems on one metric, and its score

# With fewer units no sign-flip test can reach p < .05 (2 / 2**5 = .0625), so there is no test.
MIN_UNITS = 6
# With at most so many units, all sign patterns are tried, and p is exact.
_EXACT_UNITS = 12
# A pair needs no more random swaps once so many of them were as extreme as the observed difference: the standard error
# of p is then below 4.5% of p, and p is far above any level if this happens early.
_ENOUGH_EXTREME = 500
# Random swaps per block. Pairs that have enough swaps are left out of the next block.
_BLOCK = 2000
# Resamples times units that are drawn at a time: every larger array is given new memory, which takes more time than
# drawing.
_DRAWN_CELLS = 1_000_000
# Scores that differ by less count as equal, because sums in another order differ in their last bits.
_EQUAL = 1e-9


@dataclass(frozen=True, slots=True)
class PValue:
    """The result of one sign-flip test."""

    p: float  # two-sided
    flips: int | None  # random swaps that it is computed from; None: all swaps were tried, and p is exact


def by_group(statistics: FloatArray, groups: Sequence[str]) -> FloatArray:
    """Sum [views, segments, d] over the segments of each group, in order of first appearance: [views, groups, d]."""
    if len(groups) != statistics.shape[1]:
        raise ValueError(f"expected a group for each of {statistics.shape[1]} segments, found {len(groups)}")
    if len(set(groups)) == len(groups):
        return statistics
    order = {group: index for index, group in enumerate(dict.fromkeys(groups))}
    summed = np.zeros((statistics.shape[0], len(order), statistics.shape[2]))
    indices = np.array([order[group] for group in groups])
    for view, segments in zip(summed, statistics, strict=True):
        np.add.at(view, indices, segments)
    return summed


def value(statistics: FloatArray, score: ScoreFunction) -> float:
    """Return the score of [views, units, d]."""
    return float(score(statistics.sum(axis=1)).mean())


def bootstrap(
    systems: Sequence[FloatArray], score: ScoreFunction, *, resamples: int, seed: int
) -> npt.NDArray[np.float64]:
    """Return the scores [systems, resamples] of bootstrap resamples, each drawn once for all systems (Koehn 2004).

    All systems must have the same units in the same order.
    """
    return bootstraps([(systems, score)], resamples=resamples, seed=seed)[0]


def bootstraps(metrics: Sequence[OnMetric], *, resamples: int, seed: int) -> list[npt.NDArray[np.float64]]:
    """Return `bootstrap` of each metric.

    All metrics have the same resamples, because drawing them takes most of the time.
    """
    summed = [Sums(systems) for systems, _ in metrics]
    buffer = WeightBuffer(summed)
    units = summed[0].units
    generator = np.random.default_rng(seed)
    scores = [np.empty((len(systems), resamples)) for systems, _ in metrics]
    start = 0
    for size in blocks(summed, resamples, max(1, _DRAWN_CELLS // units)):
        drawn = generator.integers(0, units, size=(size, units))
        drawn += np.arange(size)[:, None] * units
        weights = buffer.of(np.bincount(drawn.ravel(), minlength=size * units).reshape(size, units))
        for sums, into, (systems, score) in zip(summed, scores, metrics, strict=True):
            for index, of_system in enumerate(sums.weighted(weights, range(len(systems)))):
                into[index, start : start + size] = score(of_system).mean(axis=0)
        start += size
    return scores


def paired_bootstrap(differences: FloatArray, observed: float) -> float:
    """Return sacreBLEU's p-value of a paired bootstrap test, from resampled differences and the observed one.

    It is the share of resamples whose absolute difference exceeds the mean of all absolute differences by more than the
    observed difference; the observed one is counted too (Riezler and Maxwell 2005, as in sacreBLEU 2 and MultEval). Far
    from 0 only one tail can count, so p is about half of that of `sign_flip`: it is anti-conservative, for comparison
    only. Verdicts use `sign_flip`.
    Deviation from sacreBLEU: systems that differ on no resample have p = 1, not the lowest possible p.
    """
    sizes = np.abs(differences)
    if sizes.max(initial=0.0) <= _EQUAL:
        return 1.0
    extreme = int((sizes - sizes.mean() > abs(observed)).sum())
    return (extreme + 1) / (len(sizes) + 1)


def sign_flip(a: FloatArray, b: FloatArray, score: ScoreFunction, *, resamples: int, seed: int) -> float:
    """Return the two-sided p-value of a paired permutation test, which swaps units between two systems at random.

    With up to 12 units it is exact, over all 2**n swaps. With more it uses up to `resamples` random swaps and counts
    the observed one too (Phipson and Smyth 2010), so that p is never 0. Riezler and Maxwell (2005) call it approximate
    randomisation. See `sign_flips` for when it stops before.
    """
    return sign_flips([a, b], score, resamples=resamples, seed=seed)[0].p


def sign_flips(
    systems: Sequence[FloatArray],
    score: ScoreFunction,
    *,
    resamples: int,
    seed: int,
    pairs: Sequence[tuple[int, int]] | None = None,
) -> list[PValue]:
    """Return the test of every pair of systems, in the order of `itertools.combinations`, or only of `pairs`.

    Swaps are drawn once for all pairs, so a pair has the same p-value alone and among others. A pair stops after the
    500th swap that is as extreme as the observed difference; its p-value is then 500 / swaps, which is valid because
    the number of extreme swaps, not of swaps, was fixed (Besag and Clifford 1991).
    """
    return sign_flips_of_metrics([(systems, score)], resamples=resamples, seed=seed, pairs=pairs)[0]


def sign_flips_of_metrics(
    metrics: Sequence[OnMetric], *, resamples: int, seed: int, pairs: Sequence[tuple[int, int]] | None = None
) -> list[list[PValue]]:
    """Return `sign_flips` of each metric. All metrics have the same swaps, which saves drawing them again."""
    wanted = list(combinations(range(len(metrics[0][0])), 2)) if pairs is None else list(pairs)
    if not wanted:
        return [[] for _ in metrics]
    tests = [_FlipTests(systems, score, wanted) for systems, score in metrics]
    summed = [of_metric.summed for of_metric in tests]
    buffer = WeightBuffer(summed)
    exact = is_exact(summed[0].units)
    for swaps in _all_swaps(summed) if exact else _random_swaps(summed, resamples, seed):
        running = [of_metric for of_metric in tests if exact or not of_metric.stopped]
        if not running:
            break
        weights = buffer.of(swaps)
        for of_metric in running:
            of_metric.count(weights, stop=not exact)
    return [[test.result(exact=exact) for test in of_metric.tests] for of_metric in tests]


class _FlipTests:
    """The running tests of the pairs on one metric."""

    def __init__(self, systems: Sequence[FloatArray], score: ScoreFunction, pairs: Sequence[tuple[int, int]]) -> None:
        self.summed = Sums(systems)
        self.tests = [_FlipTest(systems[i], systems[j], score) for i, j in pairs]
        self._score = score
        self._pairs = pairs

    @property
    def stopped(self) -> bool:
        """Whether no pair needs more swaps."""
        return all(test.stopped for test in self.tests)

    def count(self, swaps: npt.NDArray[np.floating], *, stop: bool) -> None:
        """Count the extreme swaps of one block, for each pair that needs more."""
        running = [(test, pair) for test, pair in zip(self.tests, self._pairs, strict=True) if not test.stopped]
        chosen = sorted({index for _, pair in running for index in pair})
        totals, moved = self.summed.totals, dict(zip(chosen, self.summed.weighted(swaps, chosen), strict=True))
        for test, (i, j) in running:
            test.count(self._score, (totals[i], moved[i]), (totals[j], moved[j]), stop=stop)


class _FlipTest:
    """The running count of one pair's test."""

    def __init__(self, a: FloatArray, b: FloatArray, score: ScoreFunction) -> None:
        self._observed = abs(value(a, score) - value(b, score))
        self._extreme = 0
        self._flips = 0
        self.stopped = False

    def count(
        self, score: ScoreFunction, a: tuple[FloatArray, FloatArray], b: tuple[FloatArray, FloatArray], *, stop: bool
    ) -> None:
        """Count the extreme swaps of one block, given each system's total and the sums of what it gives away."""
        # If systems have several samples per unit, compare every sample of one with every sample of the other.
        views = lcm(len(a[0]), len(b[0]))
        (all_a, out), (all_b, back) = ((_tiled(total, views), _tiled(moved, views)) for total, moved in (a, b))
        change = back - out
        deltas = score(all_a + change).mean(axis=0) - score(all_b - change).mean(axis=0)
        extreme = np.flatnonzero(np.abs(deltas) >= self._observed - _EQUAL)
        if stop and self._extreme + len(extreme) >= _ENOUGH_EXTREME:
            self._flips += int(extreme[_ENOUGH_EXTREME - self._extreme - 1]) + 1
            self._extreme, self.stopped = _ENOUGH_EXTREME, True
            return
        self._extreme += len(extreme)
        self._flips += deltas.shape[0]

    def result(self, *, exact: bool) -> PValue:
        """Return the p-value, after the last block."""
        if exact:
            return PValue(self._extreme / self._flips, None)
        if self.stopped:
            return PValue(self._extreme / self._flips, self._flips)
        return PValue((self._extreme + 1) / (self._flips + 1), self._flips)


def _all_swaps(summed: Sequence[Sums]) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield blocks [swaps, units] of every swap that leaves the first unit in its place, as 0 and 1.

    A swap and its opposite (swap exactly the other units) give the same absolute difference, so these are half of all.
    """
    units = summed[0].units
    patterns = np.arange(2 ** (units - 1))
    start = 0
    for size in blocks(summed, len(patterns), len(patterns)):
        block = patterns[start : start + size, None] << 1 >> np.arange(units) & 1
        yield block.astype(np.uint8)
        start += size


def _random_swaps(summed: Sequence[Sums], flips: int, seed: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield blocks [swaps, units] of which units are swapped, as 0 and 1."""
    generator = np.random.default_rng(seed)
    words = ceil(summed[0].units / 64)
    for size in blocks(summed, flips, _BLOCK):
        # Whole words for each swap: then the size of a block does not change what is drawn.
        bits = generator.integers(0, 2**64, size=(size, words), dtype=np.uint64).astype("<u8").view(np.uint8)
        yield np.unpackbits(bits, axis=1, count=summed[0].units)


def _tiled(statistics: FloatArray, views: int) -> FloatArray:
    return statistics if len(statistics) == views else np.tile(statistics, (views // len(statistics), 1, 1))


def one_sided(two_sided: float, difference: float) -> float:
    """Return the p-value of "the first is lower", from that of `sign_flip` and the observed first minus second.

    The opposite of a pattern (swap exactly the other units) gives the difference with the other sign. So of each
    pattern that `sign_flip` counts as extreme and its opposite, exactly one is extreme downwards. Half of the p-value
    is therefore the p-value over all patterns drawn and their opposites. If the observed difference is not negative,
    the value is a lower bound, because patterns that equal the observed difference are not counted.
    """
    return two_sided / 2 if difference < 0 else 1 - two_sided / 2


def level(confidence: float) -> float:
    """Return the significance level of a confidence; rounded, because 1 - 0.95 is slightly more than 0.05."""
    return round(1 - confidence, 12)


def is_exact(units: int) -> bool:
    """Whether `sign_flip` tries every swap, so that more resamples would change nothing."""
    return units <= _EXACT_UNITS


def smallest_p(units: int, resamples: int) -> float:
    """Return the smallest p-value of `sign_flip`: all units agree, so that only the two extreme patterns count.

    With more than 12 units the test also needs enough random swaps to reach it.
    """
    smallest = 2.0 ** (1 - units)
    return smallest if is_exact(units) else max(smallest, 1.0 / (resamples + 1))


def enough_units(pairs: int, level: float) -> int:
    """Return how many units a test of so many pairs needs, so that Holm's correction can leave p below the level."""
    return max(MIN_UNITS, int(log2(2 * pairs / level)) + 1)


def default_flips(pairs: int, level: float) -> int:
    """Return how many random swaps a test of so many pairs uses if nothing else is set.

    The smallest p-value, corrected for all pairs, is then a tenth of the level, so that the verdict on a clear
    difference does not depend on the seed.
    """
    return max(1000, ceil(10 * pairs / level))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return Holm's (1979) adjusted p-values, in the order given."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def outcomes(a: FloatArray, b: FloatArray) -> tuple[int, int, int]:
    """Return on how many segments the first has the higher score, an equal score, and the lower score."""
    difference = a - b
    wins, losses = int((difference > _EQUAL).sum()), int((difference < -_EQUAL).sum())
    return wins, len(difference) - wins - losses, losses
