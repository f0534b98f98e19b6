"""Say how many units a test needs to show a difference, also if it is repeated as data come in; numbers in and out.

The formulas are those of a normal test, which the paired sign-flip test is close to from about 20 units on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, erf, exp, gamma, log2, sqrt
from statistics import NormalDist

import numpy as np

from harness.scoring import FloatArray

POWER = 0.8
MAX_LOOKS = 20
# Nodes of the integral over one look: enough for six digits up to 20 looks.
_NODES = 64
# Above so many degrees of freedom, an approximation of chi-square's quantile errs by less than .03.
_FEW_DEGREES = 120


@dataclass(frozen=True, slots=True)
class SampleSize:
    """The units with which a difference would be shown in four of five samples."""

    needed: int  # in total; with several looks, at the last one
    low: int  # confidence interval of `needed`: the variance is estimated from the units at hand
    high: int
    level: float  # of the test at each look


def sample_size(
    influences: FloatArray, difference: float, *, level: float, confidence: float, power: float = POWER, looks: int = 1
) -> SampleSize | None:
    """Return how many units a two-sided test at `level` needs to show a true difference with probability `power`.

    `influences` [units] are those of the units at hand on the observed difference (`influence.of_difference`); their
    variance is taken as that of the units to come. The number is variance * (drift / difference)**2 + z**2 / 2, and at
    least as many as the sign-flip test needs to reach the level. The drift of one look is z(1 - level/2) + z(power)
    (Cohen 1988, section 2.4), and z**2 / 2 makes up for the estimated variance (Guenther 1981). With several looks at
    equal steps, each is at Pocock's level, and the drift is that which some look shows with probability `power`.

    The interval is that of the variance by chi-square. Its degrees of freedom are reduced if the influences have longer
    tails than a normal distribution, by their kurtosis.

    None is returned for fewer than two units, for systems that do not differ on any, and for a difference of 0: no
    number of units shows it.
    """
    variance = _variance(influences)
    if variance is None or difference == 0:
        return None
    degrees = _degrees(influences)
    tail = (1 - confidence) / 2
    at_each_look = pocock_level(level, looks)
    moved = _drift(level, looks, power)
    least = _least_units(at_each_look)

    def needed(of_variance: float) -> int:
        z = NormalDist().inv_cdf(1 - at_each_look / 2)
        return max(least, ceil(of_variance * (moved / difference) ** 2 + z**2 / 2))

    return SampleSize(
        needed=needed(variance),
        low=needed(variance * degrees / chi_square_quantile(1 - tail, degrees)),
        high=needed(variance * degrees / chi_square_quantile(tail, degrees)),
        level=at_each_look,
    )


@dataclass(frozen=True, slots=True)
class PowerCurve:
    """The power of a test with one look for any number of units, from the variance of the units at hand."""

    variance: float  # of one unit's difference
    level: float  # of the two-sided test

    @classmethod
    def of(cls, influences: FloatArray, *, level: float) -> PowerCurve | None:
        """Return the curve of units with these influences [units]; None as for `sample_size`."""
        variance = _variance(influences)
        return None if variance is None else cls(variance, level)

    def power(self, units: int, difference: float) -> float:
        """Return how likely so many units show a true difference: the inverse of `sample_size`."""
        root = self._root(units)
        if root is None:
            return 0.0
        return NormalDist().cdf(abs(difference) * root - self._z)

    def detectable(self, units: int, power: float = POWER) -> float | None:
        """Return the true difference that so many units show with this power; None: they can show none."""
        root = self._root(units)
        return None if root is None else (self._z + NormalDist().inv_cdf(power)) / root

    @property
    def _z(self) -> float:
        return NormalDist().inv_cdf(1 - self.level / 2)

    def _root(self, units: int) -> float | None:
        """Return the inverse of the standard error; None if the sign-flip test cannot reach the level."""
        if units < _least_units(self.level):
            return None
        spare = units - self._z**2 / 2  # an estimated variance costs z**2 / 2 units
        return sqrt(spare / self.variance) if spare > 0 else None


def _variance(influences: FloatArray) -> float | None:
    """Return the variance of one unit's difference; None with fewer than two units or without any difference."""
    units = len(influences)
    squares = float((influences**2).sum())
    return None if units < 2 or squares == 0 else units**2 * squares / (units - 1)


def _degrees(influences: FloatArray) -> int:
    """Return the degrees of freedom that chi-square needs to have the variance of the estimated variance."""
    units = len(influences)
    kurtosis = units * float((influences**4).sum()) / float((influences**2).sum()) ** 2
    # The variance of s**2 / sigma**2 for any distribution; with the kurtosis of a normal one, 3, it is 2 / (n - 1).
    relative = (kurtosis - (units - 3) / (units - 1)) / units
    return max(1, min(units - 1, round(2 / relative))) if relative > 0 else units - 1


@lru_cache(maxsize=256)
def chi_square_quantile(probability: float, degrees: int) -> float:
    """Return the quantile of chi-square with these degrees of freedom, from 1.

    It inverts the distribution function for integer degrees (Abramowitz and Stegun 1964, 26.4.4 and 26.4.5), and above
    120 degrees uses the cube of a normal variable (Wilson and Hilferty 1931).
    """
    if degrees > _FEW_DEGREES:
        part = 2 / (9 * degrees)
        return float(degrees * (1 - part + NormalDist().inv_cdf(probability) * sqrt(part)) ** 3)
    low, high = 0.0, 20.0 * degrees + 100
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if _chi_square_distribution(middle, degrees) < probability else (low, middle)
    return (low + high) / 2


def _chi_square_distribution(value: float, degrees: int) -> float:
    half = value / 2
    odd = degrees % 2
    # Both cases add Poisson-like terms: half**k / gamma(k + 1), with k = 0, 1, ... or 1/2, 3/2, ...
    start = 0.5 if odd else 0.0
    term, total = half**start * exp(-half) / gamma(start + 1), 0.0
    k = start
    while k < degrees / 2 - 0.5:
        total += term
        k += 1
        term *= half / k
    return erf(sqrt(half)) - total if odd else 1 - total


def _least_units(level: float) -> int:
    """Return the smallest number of units with which an exact sign-flip test can go below the level."""
    return int(log2(2 / level)) + 1


@lru_cache(maxsize=64)
def pocock_level(level: float, looks: int) -> float:
    """Return the two-sided level of each of several looks at equal steps, such that all of them err with `level`.

    It is the constant boundary of Pocock (1977), computed by the recursion of Armitage, McPherson and Rowe (1969) for
    any level and number of looks.
    """
    return level if looks == 1 else 2 * NormalDist().cdf(-_boundary(level, looks))


@lru_cache(maxsize=64)
def _boundary(level: float, looks: int) -> float:
    """Return the z-value that some of the looks passes with probability `level` if there is no difference."""
    if looks == 1:
        return NormalDist().inv_cdf(1 - level / 2)
    low, high = 0.0, 10.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if _crossing(middle, looks, 0.0) > level else (low, middle)
    return (low + high) / 2


@lru_cache(maxsize=64)
def _drift(level: float, looks: int, power: float) -> float:
    """Return the expected z-value at the last look with which some look passes the boundary with this power."""
    if looks == 1:
        normal = NormalDist()
        return normal.inv_cdf(1 - level / 2) + normal.inv_cdf(power)
    boundary = _boundary(level, looks)
    low, high = 0.0, 20.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if _crossing(boundary, looks, middle) < power else (low, middle)
    return (low + high) / 2


def _crossing(boundary: float, looks: int, drift: float) -> float:
    """Return how likely some look has a z-value beyond the boundary, on either side.

    The sum after k looks has a normal step of mean drift / sqrt(looks) and variance 1 more than the sum before; at each
    look, only sums within boundary * sqrt(k) go on.
    """
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    step = drift / sqrt(looks)
    sums, masses = np.zeros(1), np.ones(1)
    for look in range(1, looks + 1):
        limit = boundary * sqrt(look)
        ahead = limit * nodes
        density = np.exp(-((ahead[:, None] - sums - step) ** 2) / 2) / sqrt(2 * np.pi)
        sums, masses = ahead, limit * weights * (density @ masses)
    return 1 - float(masses.sum())
