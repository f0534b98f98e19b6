"""Intervals and paired tests; arrays in, numbers out.

Statistics come as [views, units, d]: a unit is what is resampled (a segment, or an article when there are several), and
a score is the mean, over the views, of the metric's score of the summed units. A system has one view for each sample of
its outputs; what is averaged over references left out in turn has one for each of those.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import lcm

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
ScoreFunction = Callable[[FloatArray], FloatArray]

# Below this many units no sign-flip test can reach p < .05 (2 / 2**5 = .0625), so nothing is claimed.
MIN_UNITS = 6
# Up to this many units all sign patterns are tried, and p is exact.
_EXACT_UNITS = 12
# Resamples handled at a time: bounds the memory to chunk x units numbers.
_CHUNK = 256


def by_group(statistics: FloatArray, groups: Sequence[str]) -> FloatArray:
    """Sum [views, segments, d] over the segments of each group, in order of first appearance: [views, groups, d]."""
    order = {group: index for index, group in enumerate(dict.fromkeys(groups))}
    indices = [order[group] for group in groups]
    summed = np.zeros((statistics.shape[0], len(order), statistics.shape[2]))
    for index, row in zip(indices, statistics.swapaxes(0, 1), strict=True):
        summed[:, index] += row
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
    for start in range(0, resamples, _CHUNK):
        size = min(_CHUNK, resamples - start)
        counts = generator.multinomial(units, np.full(units, 1 / units), size=size).astype(np.float64)
        for index, statistics in enumerate(systems):
            views = score(np.einsum("ru,vud->vrd", counts, statistics, optimize=True))
            scores[index, start : start + size] = views.mean(axis=0)
    return scores


def interval(samples: FloatArray, confidence: float) -> tuple[float, float]:
    """Return the percentile interval of resampled values."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(samples, [tail, 1 - tail])
    return float(low), float(high)


def sign_flip(a: FloatArray, b: FloatArray, score: ScoreFunction, *, resamples: int, seed: int) -> float:
    """Return the two-sided p-value of a paired permutation test: units swapped between two systems at random.

    Exact over all 2**n swaps for up to 12 units; else with `resamples` random ones, counting the observed one
    (Phipson and Smyth 2010), so that p is never 0. Approximate randomisation in Riezler and Maxwell (2005).
    """
    if len(a) != len(b):
        # Systems with several outputs for each unit: each view of the one meets each of the other equally often.
        views = lcm(len(a), len(b))
        a, b = np.tile(a, (views // len(a), 1, 1)), np.tile(b, (views // len(b), 1, 1))
    units = a.shape[1]
    observed = abs(value(a, score) - value(b, score))
    total_a, total_b, difference = a.sum(axis=1), b.sum(axis=1), a - b
    if is_exact(units):
        patterns = (np.arange(2**units)[:, None] >> np.arange(units) & 1).astype(np.float64)
        chunks = [patterns[start : start + _CHUNK] for start in range(0, len(patterns), _CHUNK)]
    else:
        generator = np.random.default_rng(seed)
        sizes = [min(_CHUNK, resamples - start) for start in range(0, resamples, _CHUNK)]
        chunks = [generator.integers(0, 2, size=(size, units)).astype(np.float64) for size in sizes]
    extreme = count = 0
    for swaps in chunks:
        moved = np.einsum("ru,vud->vrd", swaps, difference, optimize=True)
        deltas = score(total_a[:, None] - moved).mean(axis=0) - score(total_b[:, None] + moved).mean(axis=0)
        # Equal deltas differ in the last bits when their sums are taken in another order.
        extreme += int((np.abs(deltas) >= observed - 1e-9).sum())
        count += len(swaps)
    return extreme / count if is_exact(units) else (extreme + 1) / (count + 1)


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
