"""Test whether a system is shown to be no worse than another by more than a margin; arrays in, numbers out.

A test for a difference cannot show this: with too few data it shows no drop, whatever the systems are. Here the claim
is made only if the largest drop that the data allow is below the margin.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np

from harness.scoring import FloatArray, intervals, significance
from harness.scoring.significance import ScoreFunction

# If fewer units changed, a bootstrap has seen too few changes to know how large they can be, and claims far too often.
# tests/simulations/no_worse.py shows how often.
MIN_CHANGED = 20
# Statistics that differ by less count as equal, because sums in another order differ in their last bits.
_EQUAL = 1e-9


@dataclass(frozen=True, slots=True)
class NoWorse:
    """Whether the new system is shown to be no worse than the old one by the margin."""

    shown: bool  # the bound is below the margin, and enough units changed
    upper: float  # one-sided upper confidence bound of the drop, in points; negative: a gain; infinite below 2 units
    changed: int  # units whose statistics differ
    units: int


def no_worse(
    old: FloatArray,
    new: FloatArray,
    score: ScoreFunction,
    *,
    higher_is_better: bool,
    margin: float,
    confidence: float,
    resamples: int,
    seed: int,
) -> NoWorse:
    """Return whether `new` is shown to be no worse than `old`, both [views, units, d], by `margin` points.

    The bound is the observed drop plus t(confidence, units - 1) standard errors of the resampled drop. The bootstrap's
    standard error is corrected: it is too small by the square root of (units - 1) / units. If fewer than 20 units
    changed, nothing is shown, whatever the bound is.
    """
    units = old.shape[1]
    changed = changed_units(old, new)
    if units < 2:
        return NoWorse(False, inf, changed, units)
    sign = 1 if higher_is_better else -1
    drop = sign * (significance.value(old, score) - significance.value(new, score))
    of_old, of_new = significance.bootstrap([old, new], score, resamples=resamples, seed=seed)
    error = float(intervals.standard_errors(of_old - of_new, units))
    # Below a confidence of one half the bound is on the other side of the drop.
    quantile = intervals.t_quantile(max(confidence, 1 - confidence), units - 1) * (1 if confidence >= 0.5 else -1)
    upper = drop + quantile * error
    return NoWorse(changed >= MIN_CHANGED and upper < margin, upper, changed, units)


def changed_units(old: FloatArray, new: FloatArray) -> int:
    """Return on how many units the statistics of two systems differ, averaged over their views."""
    return int((np.abs(old.mean(axis=0) - new.mean(axis=0)) > _EQUAL).any(axis=1).sum())
