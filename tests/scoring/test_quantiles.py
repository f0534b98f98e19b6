"""Quantiles against printed tables (Abramowitz and Stegun 1964, tables 26.8 and 26.10) and R's qt and qchisq."""

import pytest

from harness.scoring.quantiles import chi_square_quantile, t_quantile


@pytest.mark.parametrize(
    ("probability", "degrees", "expected"),
    [(0.975, 1, 12.7062), (0.975, 2, 4.30265), (0.995, 3, 5.84091), (0.975, 5, 2.57058), (0.95, 19, 1.72913),
     (0.975, 30, 2.04227), (0.975, 120, 1.97993), (0.975, 1000, 1.96234), (0.5, 7, 0.0), (0.025, 5, -2.57058)],
)  # fmt: skip
def test_quantiles_of_t(probability, degrees, expected):
    assert t_quantile(probability, degrees) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("probability", "degrees", "expected"),
    [(0.95, 1, 3.84146), (0.025, 2, 0.0506356), (0.05, 10, 3.94030), (0.975, 29, 45.7223), (0.025, 120, 91.5726)],
)
def test_quantiles_of_chi_square(probability, degrees, expected):
    assert chi_square_quantile(probability, degrees) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("quantile", "error"), [(t_quantile, 1e-6), (chi_square_quantile, 0.03)])
@pytest.mark.parametrize("probability", [0.025, 0.9, 0.975, 0.995])
def test_the_approximation_for_many_degrees_continues_the_exact_values(quantile, error, probability):
    before, last, first = (quantile(probability, degrees) for degrees in (119, 120, 121))
    step = last - before
    assert first - last == pytest.approx(step, abs=error + 0.02 * abs(step) * (quantile is t_quantile))
