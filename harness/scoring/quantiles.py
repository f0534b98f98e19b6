"""Quantiles of Student's t and of chi-square, for the intervals of this package; numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import atan, cos, erf, exp, gamma, inf, pi, sin, sqrt
from statistics import NormalDist

# Above so many degrees of freedom the expansion around the normal quantile errs by less than 1e-6.
_FEW_DEGREES = 120


@lru_cache(maxsize=256)
def t_quantile(probability: float, degrees: int) -> float:
    """Return the quantile of Student's t with these degrees of freedom, from 1.

    It inverts the distribution function for integer degrees (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4), and above
    120 degrees expands around the normal quantile (the same, 26.7.5).
    """
    if degrees < 1:
        return inf
    if probability < 0.5:
        return -t_quantile(1 - probability, degrees)
    if degrees > _FEW_DEGREES:
        return _expanded(NormalDist().inv_cdf(probability), degrees)
    return _inverse(lambda t: _t_distribution(t, degrees), probability)


def _expanded(z: float, degrees: int) -> float:
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / degrees + second / degrees**2 + third / degrees**3


def _t_distribution(t: float, degrees: int) -> float:
    """Return P(T <= t) for t from 0."""
    angle = atan(t / sqrt(degrees))
    cosine, sine = cos(angle), sin(angle)
    odd = degrees % 2
    term, total = (cosine, 0.0) if odd else (1.0, 0.0)
    for power in range(2 + odd, degrees + 1, 2):
        total += term
        term *= cosine**2 * (power - 1) / power
    inside = 2 / pi * (angle + sine * total) if odd else sine * total
    return 0.5 + inside / 2


@lru_cache(maxsize=256)
def chi_square_quantile(probability: float, degrees: int) -> float:
    """Return the quantile of chi-square with these degrees of freedom, from 1.

    It inverts the distribution function for integer degrees (Abramowitz and Stegun 1964, 26.4.4 and 26.4.5), and above
    120 degrees uses the cube of a normal variable (Wilson and Hilferty 1931).
    """
    if degrees > _FEW_DEGREES:
        part = 2 / (9 * degrees)
        return float(degrees * (1 - part + NormalDist().inv_cdf(probability) * sqrt(part)) ** 3)
    return _inverse(lambda value: _chi_square_distribution(value, degrees), probability)


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


def _inverse(distribution: Callable[[float], float], probability: float) -> float:
    """Return where an increasing function on the positive numbers reaches a probability."""
    low, high = 0.0, 1.0
    while distribution(high) < probability:
        low, high = high, 2 * high
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if distribution(middle) < probability else (low, middle)
    return (low + high) / 2
