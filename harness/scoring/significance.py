"""Compute intervals and paired tests; arrays in, numbers out.

Statistics are arrays [views, units, d]. A unit is what is resampled: a segment, or an article if there are several. A
score is the mean over views of the metric's score of the summed units. A system has one view per sample of its outputs;
the reference row has one per choice of the reference that is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import combinations
from math import lcm, sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
ScoreFunction = Callable[[FloatArray], FloatArray]

# With fewer units no sign-flip test can reach p < .05 (2 / 2**5 = .0625), so there is no test.
MIN_UNITS = 6
# With at most so many units, all sign patterns are tried, and p is exact.
_EXACT_UNITS = 12
# With fewer units percentile intervals are too narrow, and tests detect only large differences: warn.
FEW_UNITS = 50
# Resamples times units that are handled at a time. It limits the memory (32 MB of numbers) for any number of resamples.
_CELLS = 4_000_000
# Scores that differ by less count as equal, because sums in another order differ in their last bits.
_EQUAL = 1e-9


def by_group(statistics: FloatArray, groups: Sequence[str]) -> FloatArray:
    """Sum [views, segments, d] over the segments of each group, in order of first appearance: [views, groups, d]."""
    if len(groups) != statistics.shape[1]:
        raise ValueError(f"expected a group for each of {statistics.shape[1]} segments, found {len(groups)}")
    order = {group: index for index, group in enumerate(dict.fromkeys(groups))}
    if len(order) == len(groups):
        return statistics
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
    units = systems[0].shape[1]
    generator = np.random.default_rng(seed)
    scores = np.empty((len(systems), resamples))
    start = 0
    for size in _chunks(resamples, units):
        drawn = generator.integers(0, units, size=(size, units))
        drawn += np.arange(size)[:, None] * units
        counts = np.bincount(drawn.ravel(), minlength=size * units).reshape(size, units).astype(np.float64)
        for index, statistics in enumerate(systems):
            scores[index, start : start + size] = score(_sums(counts, statistics)).mean(axis=0)
        start += size
    return scores


def _chunks(resamples: int, units: int) -> Iterator[int]:
    """Yield how many resamples to handle at a time."""
    size = max(1, _CELLS // units)
    for start in range(0, resamples, size):
        yield min(size, resamples - start)


def _sums(weights: FloatArray, statistics: FloatArray) -> FloatArray:
    """Return the sums of [views, units, d] weighted by [resamples, units]: [views, resamples, d]."""
    views, units, columns = statistics.shape
    flat = statistics.transpose(1, 0, 2).reshape(units, views * columns)
    return np.ascontiguousarray((weights @ flat).reshape(-1, views, columns).transpose(1, 0, 2))


def interval(samples: FloatArray, confidence: float) -> tuple[float, float]:
    """Return the percentile interval of resampled values."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(samples, [tail, 1 - tail])
    return float(low), float(high)


def paired_bootstrap(differences: FloatArray, observed: float) -> float:
    """Return sacreBLEU's p-value of a paired bootstrap test, from resampled differences and the observed one.

    It is the share of resamples whose absolute difference exceeds the mean of all absolute differences by more than the
    observed difference; the observed one is counted too (Riezler and Maxwell 2005, as in sacreBLEU 2 and MultEval). Far
    from 0 only one tail can count, so p is about half of that of `sign_flip`. Verdicts therefore use `sign_flip`.
    Deviation from sacreBLEU: systems that differ on no resample have p = 1, not the lowest possible p.
    """
    sizes = np.abs(differences)
    if sizes.max(initial=0.0) <= _EQUAL:
        return 1.0
    extreme = int((sizes - sizes.mean() > abs(observed)).sum())
    return (extreme + 1) / (len(sizes) + 1)


def sign_flip(a: FloatArray, b: FloatArray, score: ScoreFunction, *, resamples: int, seed: int) -> float:
    """Return the two-sided p-value of a paired permutation test, which swaps units between two systems at random.

    With up to 12 units it is exact, over all 2**n swaps. With more it uses `resamples` random swaps and counts the
    observed one too (Phipson and Smyth 2010), so that p is never 0. Riezler and Maxwell (2005) call it approximate
    randomisation.
    """
    return sign_flips([a, b], score, resamples=resamples, seed=seed)[0]


def sign_flips(systems: Sequence[FloatArray], score: ScoreFunction, *, resamples: int, seed: int) -> list[float]:
    """Return `sign_flip` of every pair of systems, in the order of `itertools.combinations`. Swaps are drawn once."""
    pairs = list(combinations(range(len(systems)), 2))
    if not pairs:
        return []
    units = systems[0].shape[1]
    totals = [statistics.sum(axis=1)[:, None] for statistics in systems]
    observed = [abs(value(systems[i], score) - value(systems[j], score)) for i, j in pairs]
    extreme, count = [0] * len(pairs), 0
    for swaps in _swaps(units, resamples, seed):
        moved = [_sums(swaps, statistics) for statistics in systems]
        count += len(swaps)
        for number, (i, j) in enumerate(pairs):
            # If systems have several samples per unit, compare every sample of one with every sample of the other.
            views = lcm(len(totals[i]), len(totals[j]))
            (all_i, out), (all_j, back) = ((_tiled(totals[k], views), _tiled(moved[k], views)) for k in (i, j))
            deltas = score(all_i - out + back).mean(axis=0) - score(all_j + out - back).mean(axis=0)
            extreme[number] += int((np.abs(deltas) >= observed[number] - _EQUAL).sum())
    if is_exact(units):
        return [number / count for number in extreme]
    return [(number + 1) / (count + 1) for number in extreme]


def _swaps(units: int, resamples: int, seed: int) -> Iterator[FloatArray]:
    """Yield chunks [resamples, units] of which units are swapped, as 0 and 1."""
    if is_exact(units):
        patterns = np.arange(2**units)
        start = 0
        for size in _chunks(len(patterns), units):
            yield (patterns[start : start + size, None] >> np.arange(units) & 1).astype(np.float64)
            start += size
        return
    generator = np.random.default_rng(seed)
    for size in _chunks(resamples, units):
        yield generator.integers(0, 2, size=(size, units)).astype(np.float64)


def _tiled(statistics: FloatArray, views: int) -> FloatArray:
    return statistics if len(statistics) == views else np.tile(statistics, (views // len(statistics), 1, 1))


def one_sided(two_sided: float, difference: float) -> float:
    """Return the p-value of "the first is really lower", from that of `sign_flip` and the observed first minus second.

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
    """Return the smallest p-value of `sign_flip`: all units agree, so that only the two extreme patterns count."""
    return 2.0 / 2**units if is_exact(units) else 1.0 / (resamples + 1)


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


def detectable(differences: FloatArray, *, units: int, level: float, power: float = 0.8) -> float:
    """Return the true difference that a two-sided test at `level` would detect with probability `power`.

    It is (z(1 - level/2) + z(power)) standard errors of the resampled differences, by the normal approximation (for
    example Cohen 1988, section 2.4). The bootstrap's standard error is corrected: it is too small by the square root of
    (n - 1) / n.
    """
    normal = NormalDist()
    error = float(np.std(differences)) * sqrt(units / (units - 1))
    return (normal.inv_cdf(1 - level / 2) + normal.inv_cdf(power)) * error


def clusters(count: int, different: Collection[tuple[int, int]]) -> list[int]:
    """Return the rank cluster, from 1, of each of `count` systems that are given in order, best first.

    A cluster is the best system that is in no cluster yet, and all systems after it that do not differ significantly
    from it. `different` contains the pairs (better, worse) that do. So the first cluster is all systems that may be as
    good as the best.
    """
    ranks = [0] * count
    rank = 0
    for best in range(count):
        if ranks[best]:
            continue
        rank += 1
        for other in range(best, count):
            if not ranks[other] and (best, other) not in different:
                ranks[other] = rank
    return ranks
