"""Confidence intervals from resampled scores, and the difference that a test could detect; arrays in, numbers out.

A percentile interval of few units is too narrow: it takes the resamples' spread for the score's, and knows nothing of
how badly few units tell that spread. The t interval is the score plus or minus a quantile of Student's t times the
bootstrap's standard error. `tests/simulations` measures how often each contains the true score.
"""

from __future__ import annotations

from functools import lru_cache
from math import cos, pi, sin, sqrt, tan
from statistics import NormalDist

import numpy as np

from harness.scoring import FloatArray

# How the t interval is called wherever an interval says how it was made.
METHOD = "t, bootstrap standard error"
# With two units Student's t has one degree of freedom: its interval is so wide that it says nothing.
MIN_UNITS = 3
# With fewer units, a percentile interval is too narrow, and tests detect only large differences: warn.
FEW_UNITS = 50
# With fewer units, the standard error is too uncertain to say what a test would detect.
_MIN_DETECTABLE_UNITS = 20
# From so many degrees of freedom on, a series in 1 / df is exact to 9 digits, and the closed form takes long.
_SERIES_FROM = 200
_EQUAL = 1e-9


def standard_errors(samples: FloatArray, units: int) -> FloatArray:
    """Return the standard errors of resampled values [..., resamples].

    The bootstrap's own is too small by the square root of (n - 1) / n.
    """
    return np.asarray(np.std(samples, axis=-1) * sqrt(units / (units - 1)))


def student(
    value: float, samples: FloatArray, *, units: int, confidence: float, scale: tuple[float, float]
) -> tuple[float, float]:
    """Return the t interval of a value from its resamples, cut off at the ends of the metric's scale."""
    half = t_quantile((1 + confidence) / 2, units - 1) * float(standard_errors(samples, units))
    lowest, highest = scale
    return max(value - half, min(lowest, value)), min(value + half, max(highest, value))


def width_at_an_end(units: int, confidence: float) -> float:
    """Return the width of the exact (Clopper-Pearson) interval of a share of 0 or 1 of so many units."""
    return float(1 - ((1 - confidence) / 2) ** (1 / units))


def percentile(samples: FloatArray, confidence: float) -> tuple[float, float]:
    """Return the percentile interval of resampled values, as sacreBLEU has it."""
    tail = (1 - confidence) / 2
    return _quantile(samples, tail), _quantile(samples, 1 - tail)


def _quantile(values: FloatArray, probability: float) -> float:
    """Return `numpy.quantile` of values, to the last bit."""
    # numpy's own imports numpy.ma, which takes longer than all quantiles of a table.
    place = probability * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    ordered = np.partition(values, [below, above])
    low, high, share = float(ordered[below]), float(ordered[above]), place - below
    # Interpolate from the nearer end, as numpy does.
    return low + (high - low) * share if share < 0.5 else high - (high - low) * (1 - share)


def simultaneous(
    values: FloatArray, samples: FloatArray, *, units: int, confidence: float, width: float
) -> list[tuple[float, float]]:
    """Return intervals of several values that contain all true values at once as often as `confidence` says.

    It is the method of the studentised maximum (for example Romano and Wolf 2005, section 3). In each resample, the
    largest deviation over all values, in standard errors, is taken; the quantile of these maxima replaces that of one
    value. So the correction knows how strongly the values depend on each other. The quantile assumes known standard
    errors; the quantile of Student's t with the same tail replaces it.

    Args:
        values: the observed values, [values].
        samples: their resamples, drawn together, [values, resamples].
        units: how many units were resampled.
        confidence: of all intervals at once.
        width: no value can be further from 0.
    """
    errors = standard_errors(samples, units)
    varying = errors > _EQUAL
    normal = NormalDist()
    critical = normal.inv_cdf((1 + confidence) / 2)
    if varying.sum() > 1:
        spread = np.std(samples[varying], axis=1, keepdims=True)
        deviations = np.abs(samples[varying] - samples[varying].mean(axis=1, keepdims=True)) / spread
        critical = max(critical, _quantile(deviations.max(axis=0), confidence))
    # Far out the normal distribution's tail rounds to 0.
    halves = t_quantile(min(normal.cdf(critical), 1 - 1e-12), units - 1) * errors
    return [
        (max(float(value - half), -width), min(float(value + half), width))
        for value, half in zip(values, halves, strict=True)
    ]


def detectable(differences: FloatArray, *, units: int, level: float, power: float = 0.8) -> float | None:
    """Return the true difference that a two-sided test at `level` would detect with probability `power`.

    It is (t(1 - level/2) + t(power)) standard errors of the resampled differences, with Student's t for `units` - 1
    degrees of freedom (for example Cohen 1988, section 2.4). With fewer than 20 units it is None: the standard error is
    then too uncertain.
    """
    if units < _MIN_DETECTABLE_UNITS:
        return None
    quantiles = t_quantile(1 - level / 2, units - 1) + t_quantile(power, units - 1)
    return quantiles * float(standard_errors(differences, units))


@lru_cache(maxsize=1024)
def t_quantile(probability: float, df: int) -> float:
    """Return the quantile of Student's t distribution with `df` degrees of freedom, for a probability from 0.5.

    Up to 200 degrees of freedom, the closed form of the distribution (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4) is
    inverted by bisection. Above, it is the expansion around the normal quantile (26.7.5).
    """
    if not (0.5 <= probability < 1 and df >= 1):
        raise ValueError(f"expected a probability from 0.5 to 1 and df from 1, found {probability} and {df}")
    if df >= _SERIES_FROM:
        return _t_series(NormalDist().inv_cdf(probability), df)
    low, high = 0.0, pi / 2  # of the angle atan(t / sqrt(df)), which has ends
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _t_probability(middle, df) < probability else (low, middle)
    return sqrt(df) * tan((low + high) / 2)


def _t_probability(angle: float, df: int) -> float:
    """Return the probability of t below sqrt(df) * tan(angle)."""
    term = total = cos(angle) if df % 2 else 1.0
    for k in range(2 + df % 2, df, 2):
        term *= cos(angle) ** 2 * (k - 1) / k
        total += term
    if df == 1:
        return 0.5 + angle / pi
    return 0.5 + ((angle + sin(angle) * total) / pi if df % 2 else sin(angle) * total / 2)


def _t_series(z: float, df: int) -> float:
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return float(z + sum(term / df**power for power, term in enumerate(terms, start=1)))
