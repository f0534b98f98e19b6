"""Intervals and paired tests; arrays in, numbers out.

Statistics come as [views, units, d]: a unit is what is resampled (a segment, or an article when there are several), and
a score is the mean, over the views, of the metric's score of the summed units. A system has one view for each sample of
its outputs; what is averaged over references left out in turn has one for each of those.
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

# Below this many units no sign-flip test can reach p < .05 (2 / 2**5 = .0625), so nothing is claimed.
MIN_UNITS = 6
# Up to this many units all sign patterns are tried, and p is exact.
_EXACT_UNITS = 12
# Below this many units percentile intervals are too narrow and tests see large differences only; worth a warning.
FEW_UNITS = 50
# Resamples times units handled at a time: bounds the memory, whatever the resamples (32 MB of numbers).
_CELLS = 4_000_000
# Scores that differ by less are equal: sums taken in another order differ in their last bits.
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

    Every system has the same units in the same order.
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

    The share of resamples whose absolute difference exceeds the mean of these by more than the observed one, which is
    counted too. Riezler and Maxwell (2005), as in sacreBLEU 2 and MultEval. Far from 0 just one tail can count, so it
    is about half of what `sign_flip` gives, on which verdicts therefore rest. Unlike there, systems that differ in no
    resample have p = 1 and not the lowest possible.
    """
    sizes = np.abs(differences)
    if sizes.max(initial=0.0) <= _EQUAL:
        return 1.0
    extreme = int((sizes - sizes.mean() > abs(observed)).sum())
    return (extreme + 1) / (len(sizes) + 1)


def sign_flip(a: FloatArray, b: FloatArray, score: ScoreFunction, *, resamples: int, seed: int) -> float:
    """Return the two-sided p-value of a paired permutation test: units swapped between two systems at random.

    Exact over all 2**n swaps for up to 12 units; else with `resamples` random ones, counting the observed one
    (Phipson and Smyth 2010), so that p is never 0. Approximate randomisation in Riezler and Maxwell (2005).
    """
    return sign_flips([a, b], score, resamples=resamples, seed=seed)[0]


def sign_flips(systems: Sequence[FloatArray], score: ScoreFunction, *, resamples: int, seed: int) -> list[float]:
    """Return `sign_flip` of every pair of systems, in the order of `itertools.combinations`; swaps are drawn once."""
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
            # Systems with several outputs for each unit: each view of the one meets each of the other equally often.
            views = lcm(len(totals[i]), len(totals[j]))
            (all_i, out), (all_j, back) = ((_tiled(totals[k], views), _tiled(moved[k], views)) for k in (i, j))
            deltas = score(all_i - out + back).mean(axis=0) - score(all_j + out - back).mean(axis=0)
            extreme[number] += int((np.abs(deltas) >= observed[number] - _EQUAL).sum())
    if is_exact(units):
        return [found / count for found in extreme]
    return [(found + 1) / (count + 1) for found in extreme]


def _swaps(units: int, resamples: int, seed: int) -> Iterator[FloatArray]:
    """Yield which units are swapped, as 0 and 1, [resamples, units] in chunks."""
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
    """Return the p-value of "the first is really lower" from `sign_flip`'s and the observed first minus second.

    Swapping what was not swapped, and nothing else, turns a difference's sign around. So of each pattern that
    `sign_flip` counts as extreme, and the one opposite to it, one is extreme downwards, and half of the p-value is the
    p-value of all patterns drawn taken together with their opposites. With the sign the other way the value is a lower
    bound: patterns that just equal the observed difference are left out.
    """
    return two_sided / 2 if difference < 0 else 1 - two_sided / 2


def level(confidence: float) -> float:
    """Return the significance level of a confidence; rounded, because 1 - 0.95 is a little more than 0.05."""
    return round(1 - confidence, 12)


def is_exact(units: int) -> bool:
    """Whether `sign_flip` tries every swap, so that more resamples would change nothing."""
    return units <= _EXACT_UNITS


def smallest_p(units: int, resamples: int) -> float:
    """Return the smallest p-value that `sign_flip` can give: all units agree, and only the two extreme swaps do too."""
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
    """Return of how many segments the first has the higher score, an equal one, and the lower one."""
    difference = a - b
    wins, losses = int((difference > _EQUAL).sum()), int((difference < -_EQUAL).sum())
    return wins, len(difference) - wins - losses, losses


def detectable(differences: FloatArray, *, units: int, level: float, power: float = 0.8) -> float:
    """Return the true difference that a two-sided test at `level` would find with probability `power`.

    From resampled differences, by the normal approximation: (z(1 - level/2) + z(power)) standard errors (for example
    Cohen 1988, section 2.4). The bootstrap's standard error is too small by the square root of (n - 1) / n.
    """
    normal = NormalDist()
    error = float(np.std(differences)) * sqrt(units / (units - 1))
    return (normal.inv_cdf(1 - level / 2) + normal.inv_cdf(power)) * error


def clusters(count: int, different: Collection[tuple[int, int]]) -> list[int]:
    """Return the rank cluster, from 1, of each of `count` systems that are given in order, best first.

    A cluster is the best system that is in none yet, and all after it that do not differ significantly from it;
    `different` holds the pairs (better, worse) that do. So the first cluster is all that may be as good as the best.
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
