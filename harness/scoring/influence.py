"""Measure how much each unit moves a score, by leaving it out; arrays in, numbers out.

Influences turn any metric, also one that is no mean, into numbers per unit that add up to the error of the score. Tests
and variances that need such numbers are built on them.
"""

from __future__ import annotations

import numpy as np

from harness.scoring import FloatArray
from harness.scoring.significance import ScoreFunction


def influences(statistics: FloatArray, score: ScoreFunction) -> FloatArray:
    """Return the influence [views, units] of each unit on the score of each view of [views, units, d].

    It is (n - 1) / n times the score minus the score without the unit, centred (the jackknife, Efron 1982). If the
    score is a mean, it is the unit's value minus the mean, divided by n. The influences sum to 0 over the units, and
    their sum of squares times n / (n - 1) estimates the variance of the score. With one unit, the influence is 0.
    """
    units = statistics.shape[1]
    if units < 2:
        return np.zeros(statistics.shape[:2])
    total = statistics.sum(axis=1, keepdims=True)
    raw = (units - 1) / units * (score(total) - score(total - statistics))
    return np.asarray(raw - raw.mean(axis=1, keepdims=True))


def of_difference(a: FloatArray, b: FloatArray, score: ScoreFunction) -> FloatArray:
    """Return the influence [units] of each unit on the score of `a` minus that of `b`, averaged over their views."""
    return np.asarray(influences(a, score).mean(axis=0) - influences(b, score).mean(axis=0))
