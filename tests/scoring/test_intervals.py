"""Intervals and detectable differences against tables, closed forms and simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.scoring import intervals, significance
from tests.scoring.test_significance import as_statistics, corpora, draw, mean, rate, ratio_squared


@settings(derandomize=True, deadline=None, max_examples=300)
@given(values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), probability=st.floats(0, 1) | st.just(0.95))
def test_a_quantile_is_numpy_s_to_the_last_bit(values, probability):
    values = np.array(values)
    assert intervals._quantile(values, probability) == np.quantile(values, probability)


# Two-sided 95%, 99% and one-sided 80% points from published tables of Student's t.
@pytest.mark.parametrize(
    ("df", "probability", "value"),
    [
        (1, 0.975, 12.7062), (2, 0.975, 4.30265), (3, 0.975, 3.18245), (4, 0.975, 2.77645), (5, 0.975, 2.57058),
        (10, 0.975, 2.22814), (18, 0.975, 2.10092), (30, 0.975, 2.04227), (100, 0.975, 1.98397),
        (1000, 0.975, 1.96234), (1, 0.995, 63.6567), (9, 0.995, 3.24984), (120, 0.995, 2.61742), (2, 0.9995, 31.5991),
        (5, 0.8, 0.919544), (60, 0.8, 0.847653), (7, 0.5, 0.0),
    ],
)  # fmt: skip
def test_quantiles_of_student_are_those_of_the_tables(df, probability, value):
    assert intervals.t_quantile(probability, df) == pytest.approx(value, rel=2e-6, abs=1e-9)


@pytest.mark.parametrize("probability", [0.8, 0.975, 0.9999, 1 - 1e-8])
def test_the_two_ways_to_a_quantile_of_student_meet(probability):
    below, above = (intervals.t_quantile(probability, df) for df in (199, 200))
    assert 0 < below - above < 2e-3
    assert intervals._t_series(intervals.NormalDist().inv_cdf(probability), 199) == pytest.approx(below, rel=1e-6)


@pytest.mark.parametrize(("probability", "df"), [(0.4, 5), (1.0, 5), (0.9, 0)])
def test_a_quantile_that_does_not_exist_is_refused(probability, df):
    with pytest.raises(ValueError, match=r"expected a probability from 0\.5 to 1 and df from 1"):
        intervals.t_quantile(probability, df)


@pytest.mark.parametrize("units", [3, 6, 19, 400])
def test_the_t_interval_of_a_mean_is_the_textbooks(units):
    values = draw(units)
    samples = significance.bootstrap([as_statistics(values)], mean, resamples=20_000, seed=0)[0]
    low, high = intervals.student(values.mean(), samples, units=units, confidence=0.95, scale=(0, 100))
    half = intervals.t_quantile(0.975, units - 1) * values.std(ddof=1) / np.sqrt(units)
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.03 * half)


@pytest.mark.parametrize(
    ("value", "scale", "limits"),
    [
        pytest.param(2.0, (0, 100), (0, "free"), id="near the lowest score"),
        pytest.param(98.0, (0, 100), ("free", 100), id="near the highest score"),
        pytest.param(98.0, (0, np.inf), ("free", "free"), id="a scale without an upper end"),
        pytest.param(-1.0, (0, 100), (-1.0, "free"), id="a value off its scale stays in its interval"),
    ],
)
def test_the_t_interval_stops_at_the_ends_of_the_scale(value, scale, limits):
    samples = np.random.default_rng(0).normal(value, 5, 1000)
    found = intervals.student(value, samples, units=10, confidence=0.95, scale=scale)
    half = intervals.t_quantile(0.975, 9) * float(intervals.standard_errors(samples, 10))
    for end, limit, free in zip(found, limits, (value - half, value + half), strict=True):
        assert end == pytest.approx(free if limit == "free" else limit)


def test_one_difference_has_the_same_interval_alone_and_simultaneously():
    samples = np.random.default_rng(0).normal(3, 2, (1, 1000))
    ((low, high),) = intervals.simultaneous(np.array([3.0]), samples, units=12, confidence=0.95, width=100)
    assert (low, high) == pytest.approx(
        intervals.student(3.0, samples[0], units=12, confidence=0.95, scale=(-100, 100))
    )


def test_simultaneous_intervals_are_wider_for_independent_differences_and_not_for_copies():
    generator = np.random.default_rng(0)
    independent = generator.normal(0, 2, (15, 4000))
    copies = np.repeat(independent[:1], 15, axis=0)
    single, many, same = (
        intervals.simultaneous(np.zeros(len(each)), each, units=500, confidence=0.95, width=100)[0][1]
        for each in (independent[:1], independent, copies)
    )
    # For 15 independent normal values the critical value is 2.93 instead of 1.96 (Sidak: .05 / 15 each).
    assert many / single == pytest.approx(2.93 / 1.96, rel=0.05)
    assert same / single == pytest.approx(1, rel=0.05)


def test_differences_that_never_vary_have_an_interval_of_no_width():
    samples = np.stack([np.zeros(500), np.random.default_rng(0).normal(5, 1, 500)])
    same, other = intervals.simultaneous(np.array([0.0, 5.0]), samples, units=30, confidence=0.95, width=100)
    assert same == (0, 0) and other[0] < 5 < other[1]


# --- percentile, as sacreBLEU has it ----------------------------------------------------------------------------------


@pytest.mark.parametrize("score", [mean, ratio_squared])
def test_the_interval_agrees_with_resampling_by_a_loop(score):
    system = as_statistics(draw(40))
    low, high = intervals.percentile(significance.bootstrap([system], score, resamples=4000, seed=0)[0], 0.95)
    generator = np.random.default_rng(99)
    looped = sorted(float(score(sum(system[0, unit] for unit in generator.choice(40, size=40)))) for _ in range(4000))
    spread = looped[3900] - looped[100]
    assert low == pytest.approx(looped[100], abs=0.06 * spread)
    assert high == pytest.approx(looped[3900], abs=0.06 * spread)


def test_the_interval_of_a_mean_is_the_normal_one_for_many_units():
    values = draw(400)
    low, high = intervals.percentile(
        significance.bootstrap([as_statistics(values)], mean, resamples=4000, seed=0)[0], 0.95
    )
    half = 1.959964 * values.std() / np.sqrt(400)
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.1 * half)


def test_the_interval_is_by_quantiles_of_the_confidence():
    samples = np.arange(101.0)
    assert intervals.percentile(samples, 0.95) == pytest.approx((2.5, 97.5))
    assert intervals.percentile(samples, 0.5) == pytest.approx((25, 75))


def test_the_bootstrap_covers_a_mean_about_as_often_as_it_says():
    generator = np.random.default_rng(7)
    covered = 0
    for test_set in range(400):
        values = generator.normal(0, 1, size=50)
        samples = significance.bootstrap([as_statistics(values)], mean, resamples=400, seed=test_set)[0]
        low, high = intervals.percentile(samples, 0.95)
        covered += low <= 0 <= high
    assert 0.90 <= covered / 400 <= 0.98


# --- what the data can show -------------------------------------------------------------------------------------------


def test_the_detectable_difference_of_a_mean_is_the_textbooks():
    values = draw(100)
    samples = significance.bootstrap([as_statistics(values)], mean, resamples=4000, seed=0)[0]
    # Two-sided at .05 with power .8: (1.960 + 0.842) standard errors.
    expected = 2.8016 * values.std(ddof=1) / 10
    assert intervals.detectable(samples, units=100, level=0.05) == pytest.approx(expected, rel=0.05)
    assert intervals.detectable(samples, units=100, level=0.05 / 15) > expected


def test_a_difference_that_is_said_to_be_detectable_is_found_four_times_in_five():
    generator = np.random.default_rng(5)
    n, spread = 60, 8.0
    noise = as_statistics(generator.normal(0, spread, size=n))
    samples = significance.bootstrap([noise], mean, resamples=2000, seed=0)[0]
    size = intervals.detectable(samples, units=n, level=0.05)
    test_sets, found = 300, 0
    for test_set in range(test_sets):
        a = generator.normal(50, 10, size=n)
        b = a + generator.normal(size * spread / noise[0, :, 0].std(ddof=1), spread, size=n)
        p = significance.sign_flip(as_statistics(a), as_statistics(b), mean, resamples=199, seed=test_set)
        found += p < 0.05
    assert 0.73 <= found / test_sets <= 0.87


@pytest.mark.parametrize(("units", "is_stated"), [(19, False), (20, True)])
def test_below_twenty_units_no_difference_is_called_detectable(units, is_stated):
    samples = np.random.default_rng(0).normal(0, 3, 1000)
    assert (intervals.detectable(samples, units=units, level=0.05) is not None) == is_stated


def test_with_few_units_a_detectable_difference_is_larger_because_the_error_is_uncertain():
    samples = np.random.default_rng(0).normal(0, 3, 4000)
    few, many = (intervals.detectable(samples, units=units, level=0.05 / 15) for units in (20, 20_000))
    # t(19): 3.33 + 0.861; normal: 2.94 + 0.842; and the square root of 20 / 19.
    assert few / many == pytest.approx((3.33 + 0.861) / (2.935 + 0.842) * np.sqrt(20 / 19), rel=0.01)


# --- simulation: what is stated is what happens -----------------------------------------------------------------------


@pytest.mark.parametrize(("n", "least"), [(50, 0.91), (200, 0.92)])
def test_intervals_of_a_ratio_cover_the_true_score_about_as_often_as_they_say(n, least):
    generator = np.random.default_rng(n)
    test_sets, covered = 500, 0
    for test_set in range(test_sets):
        (system,) = corpora(generator, 1, n)
        low, high = intervals.percentile(significance.bootstrap([system], rate, resamples=300, seed=test_set)[0], 0.95)
        covered += low <= 50 <= high
    assert least <= covered / test_sets <= 0.98


def test_over_articles_units_are_articles_or_the_intervals_are_too_narrow():
    generator = np.random.default_rng(8)
    test_sets, by_article, by_segment = 300, 0, 0
    for test_set in range(test_sets):
        (system,) = corpora(generator, 1, 300, articles=30)
        grouped = significance.by_group(system, [str(index % 30) for index in range(300)])
        for units in (grouped, system):
            samples = significance.bootstrap([units], rate, resamples=300, seed=test_set)[0]
            low, high = intervals.percentile(samples, 0.95)
            if units is grouped:
                by_article += low <= 50 <= high
            else:
                by_segment += low <= 50 <= high
    assert 0.88 <= by_article / test_sets <= 0.98
    assert by_segment / test_sets < 0.85


@pytest.mark.parametrize(("units", "width"), [(1, 0.975), (10, 0.3085), (60, 0.0596)])
def test_a_share_of_nothing_or_everything_has_the_exact_binomial_interval(units, width):
    """With so many units, a share of this width would give none of them with probability 2.5%."""
    found = intervals.width_at_an_end(units, 0.95)
    assert found == pytest.approx(width, abs=1e-4)
    assert (1 - found) ** units == pytest.approx(0.025)
