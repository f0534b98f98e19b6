"""How many units show a difference, and the levels of repeated looks."""

from math import sqrt

import numpy as np
import pytest

from harness.scoring import significance
from harness.scoring.power import PowerCurve, chi_square_quantile, pocock_level, sample_size
from tests.simulations import power as simulation


def influences(n, deviation=10.0, seed=0):
    """Return influences of n units whose differences have exactly this standard deviation."""
    values = np.random.default_rng(seed).normal(0, 1, n)
    values = (values - values.mean()) / values.std(ddof=1) * deviation
    return values / n


def plan(values=None, difference=2.0, level=0.05, confidence=0.95, looks=1):
    return sample_size(
        influences(100) if values is None else values, difference, level=level, confidence=confidence, looks=looks
    )


def test_the_number_is_that_of_the_normal_test():
    # ((1.95996 + 0.84162) * 10 / 2)**2 + 1.95996**2 / 2 = 198.14
    assert plan().needed == 199
    assert plan().level == 0.05


@pytest.mark.parametrize("pilot", [30, 100, 400])
def test_it_does_not_depend_on_how_many_units_say_the_same(pilot):
    assert plan(influences(pilot)).needed == 199


def test_half_the_difference_needs_four_times_as_many():
    assert plan(difference=1.0).needed == pytest.approx(4 * plan(difference=2.0).needed, rel=0.02)


def test_the_sign_of_the_difference_does_not_matter():
    assert plan(difference=-2.0) == plan(difference=2.0)


def test_a_stricter_level_needs_more():
    assert plan(level=0.05 / 15).needed > 1.5 * plan().needed


def test_no_fewer_units_than_the_sign_flip_test_needs():
    assert plan(difference=1000.0).needed == 6
    # 2 / 2**10 = .00195 is below .05 / 15, 2 / 2**9 = .0039 is not.
    assert plan(difference=1000.0, level=0.05 / 15).needed == 10


def test_the_interval_is_that_of_the_variance_by_chi_square():
    # With kurtosis 3 the degrees of freedom are n - 1: 99 / 128.42 and 99 / 73.36 of the variance.
    values = np.concatenate([influences(50, seed=seed) for seed in range(2)]) / 2
    found = plan(values, confidence=0.95)
    assert found.low / found.needed == pytest.approx(99 / 128.42, abs=0.05)
    assert found.high / found.needed == pytest.approx(99 / 73.36, abs=0.1)


def test_the_interval_is_wider_if_few_units_have_large_differences():
    normal = influences(100)
    tailed = normal**3 * sqrt((normal**2).sum() / (normal**6).sum())
    assert plan(tailed).needed == plan(normal).needed
    assert plan(tailed).high - plan(tailed).low > 1.5 * (plan(normal).high - plan(normal).low)


@pytest.mark.parametrize("values", [np.zeros(0), np.zeros(1), np.zeros(50)])
def test_systems_that_do_not_differ_have_no_plan(values):
    assert plan(values) is None


def test_no_number_of_units_shows_a_difference_of_0():
    assert plan(influences(100), difference=0.0) is None


# Abramowitz and Stegun (1964), table 26.8.
@pytest.mark.parametrize(
    ("probability", "degrees", "expected"),
    [(0.95, 1, 3.84146), (0.025, 2, 0.0506356), (0.05, 10, 3.94030), (0.975, 29, 45.7223), (0.025, 120, 91.5726)],
)
def test_quantiles_of_chi_square_are_those_of_the_tables(probability, degrees, expected):
    assert chi_square_quantile(probability, degrees) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("probability", [0.025, 0.9, 0.975, 0.995])
def test_the_approximation_for_many_degrees_continues_the_exact_quantiles(probability):
    before, last, first = (chi_square_quantile(probability, degrees) for degrees in (119, 120, 121))
    assert first - last == pytest.approx(last - before, abs=0.03)


# Pocock (1977), table 1: nominal significance levels.
@pytest.mark.parametrize(
    ("level", "looks", "expected"),
    [(0.05, 1, 0.05), (0.05, 2, 0.0294), (0.05, 3, 0.0221), (0.05, 4, 0.0182), (0.05, 5, 0.0158), (0.05, 10, 0.0106),
     (0.01, 2, 0.0056), (0.01, 5, 0.0028), (0.01, 10, 0.0018)],
)  # fmt: skip
def test_levels_of_looks_are_those_of_pocock(level, looks, expected):
    assert pocock_level(level, looks) == pytest.approx(expected, abs=6e-5)


# Jennison and Turnbull (2000), table 2.2: ratio of the largest sample size to that of a test with one look.
@pytest.mark.parametrize(("looks", "ratio"), [(2, 1.110), (5, 1.229), (10, 1.301)])
def test_looks_need_the_published_factor_more(looks, ratio):
    large = influences(100, deviation=100)
    assert plan(large, looks=looks).needed == pytest.approx(ratio * plan(large).needed, rel=0.003)


def test_plans_have_their_power_and_looks_their_level():
    """Fewer replications than `python -m tests.simulations`."""
    measured = simulation.figures(replications=120)
    for pilot in simulation.PILOTS:
        assert 0.68 <= measured[f"power with the median plan of pilots of {pilot}"] <= 0.92
        assert measured[f"95% intervals of plans of pilots of {pilot} that cover"] >= 0.85
    assert 0.07 <= measured["five looks at .05"] <= 0.24
    assert measured["five looks at Pocock's level"] <= 0.11


class TestCurve:
    """Power and the detectable difference against the number of units."""

    def test_it_is_the_inverse_of_the_planned_number(self):
        for level in (0.05, 0.05 / 15):
            curve = PowerCurve.of(influences(100), level=level)
            needed = plan(level=level).needed
            assert curve.power(needed - 1, 2.0) < 0.8 <= curve.power(needed, 2.0)
            assert curve.detectable(needed) <= 2.0 < curve.detectable(needed - 1)

    def test_more_units_have_more_power_and_show_smaller_differences(self):
        curve = PowerCurve.of(influences(100), level=0.05)
        powers = [curve.power(units, -2.0) for units in range(6, 500)]
        sizes = [curve.detectable(units) for units in range(6, 500)]
        assert powers == sorted(set(powers))
        assert sizes == sorted(set(sizes), reverse=True)

    def test_fewer_units_than_the_sign_flip_test_needs_show_nothing(self):
        curve = PowerCurve.of(influences(100, deviation=0.01), level=0.05)
        assert (curve.power(5, 1000.0), curve.detectable(5)) == (0.0, None)
        assert curve.power(6, 1000.0) > 0.99

    @pytest.mark.parametrize("values", [np.zeros(0), np.zeros(1), np.zeros(50)])
    def test_systems_that_do_not_differ_have_no_curve(self, values):
        assert PowerCurve.of(values, level=0.05) is None

    @pytest.mark.parametrize("units", [50, 100, 199, 300])
    def test_so_many_draws_from_a_known_variance_are_shown_as_often_as_it_says(self, units):
        replications = 400
        expected = PowerCurve(variance=100.0, level=0.05).power(units, 2.0)
        shown = [drawn_difference_is_shown(units, 10.0, 2.0, seed) for seed in range(replications)]
        error = sqrt(expected * (1 - expected) / replications)
        assert np.mean(shown) == pytest.approx(expected, abs=3 * error)


def drawn_difference_is_shown(units, deviation, difference, seed):
    """Whether the paired test shows this true difference on units drawn from a normal distribution."""
    values = np.random.default_rng([units, seed]).normal(difference, deviation, units)
    a, b = (np.stack([column, np.ones(units)], axis=1)[None] for column in (50 + values, np.full(units, 50.0)))
    return significance.sign_flip(a, b, lambda sums: sums[..., 0] / sums[..., 1], resamples=1000, seed=seed) < 0.05
