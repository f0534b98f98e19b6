"""Intervals and tests against other implementations, closed forms and simulation."""

import tracemalloc
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import metrics
from harness.core.records import ENGLISH
from harness.scoring import _sums, significance


def mean(statistics):
    return statistics[..., 0] / statistics[..., 1]


def ratio_squared(statistics):
    """A score that is no mean, as BLEU is none: the order of summing and scoring matters."""
    return 100 * (statistics[..., 0] / statistics[..., 1]) ** 2


def as_statistics(values):
    values = np.asarray(values, dtype=float)
    return np.stack([values, np.ones_like(values)], axis=-1)[None]


def draw(n, seed=0, shift=0.0):
    return np.random.default_rng(seed).normal(50 + shift, 10, size=n)


# --- bootstrap --------------------------------------------------------------------------------------------------------


def test_a_seed_gives_the_same_resamples_again_and_another_seed_others():
    system = as_statistics(draw(30))
    zero, again, one = (significance.bootstrap([system], mean, resamples=300, seed=s) for s in (0, 0, 1))
    np.testing.assert_array_equal(zero, again)
    assert zero.shape == (1, 300)
    assert (zero != one).mean() > 0.99


def test_systems_are_resampled_together():
    values = draw(25)
    one, other = significance.bootstrap([as_statistics(values), as_statistics(values + 7)], mean, resamples=400, seed=0)
    np.testing.assert_allclose(other - one, 7, atol=1e-9)
    assert np.ptp(one) > 1


@pytest.mark.parametrize("resamples", [1, 255, 256, 257, 600])
def test_the_chunk_that_bounds_memory_does_not_change_a_resample(monkeypatch, resamples):
    system = as_statistics(draw(20))
    chunked = significance.bootstrap([system], mean, resamples=resamples, seed=5)
    monkeypatch.setattr(_sums, "_CELLS", 40)
    np.testing.assert_allclose(
        chunked, significance.bootstrap([system], mean, resamples=resamples, seed=5), rtol=0, atol=1e-9
    )


def test_the_chunk_does_not_change_a_sampled_p_value(monkeypatch):
    a, b = as_statistics(draw(40)), as_statistics(draw(40, seed=1, shift=3))
    chunked = significance.sign_flip(a, b, mean, resamples=700, seed=5)
    monkeypatch.setattr(_sums, "_CELLS", 40)
    assert 0 < chunked == significance.sign_flip(a, b, mean, resamples=700, seed=5)


def test_more_resamples_go_on_where_fewer_stopped():
    system = as_statistics(draw(20))
    few, many = (significance.bootstrap([system], mean, resamples=count, seed=2)[0] for count in (256, 700))
    np.testing.assert_allclose(many[:256], few, rtol=0, atol=1e-9)


def test_the_score_of_views_is_the_mean_of_their_scores():
    views = np.concatenate([as_statistics([10, 20]), as_statistics([50, 90])])
    assert significance.value(views, mean) == pytest.approx((15 + 70) / 2)
    samples = significance.bootstrap([views], mean, resamples=200, seed=0)[0]
    assert {round(value, 6) for value in samples} == {30.0, 42.5, 55.0}


# --- sign flip --------------------------------------------------------------------------------------------------------


def brute_force(a, b, score):
    """Return the exact p by swapping whole rows, one pattern at a time."""
    observed = abs(float(score(sum(a[0]))) - float(score(sum(b[0]))))
    extreme = 0
    for pattern in product((False, True), repeat=a.shape[1]):
        left = [y if swap else x for x, y, swap in zip(a[0], b[0], pattern, strict=True)]
        right = [x if swap else y for x, y, swap in zip(a[0], b[0], pattern, strict=True)]
        extreme += abs(float(score(sum(left))) - float(score(sum(right)))) >= observed - 1e-9
    return extreme / 2 ** a.shape[1]


@pytest.mark.parametrize("score", [mean, ratio_squared])
@pytest.mark.parametrize("n", [1, 2, 5, 6, 9, 12])
def test_up_to_twelve_units_p_is_exact_whatever_the_seed(n, score):
    a, b = as_statistics(draw(n)), as_statistics(draw(n, seed=1, shift=8))
    p = significance.sign_flip(a, b, score, resamples=100, seed=0)
    assert p == brute_force(a, b, score)
    assert p == significance.sign_flip(a, b, score, resamples=333, seed=9)


@pytest.mark.parametrize("views", [(1, 3), (2, 3), (4, 2)])
def test_systems_with_different_numbers_of_samples_are_compared_as_if_each_had_as_many(views):
    a, b = (
        np.concatenate([as_statistics(draw(9, seed=10 * count + view, shift=count)) for view in range(count)])
        for count in views
    )
    p = significance.sign_flip(a, b, mean, resamples=100, seed=0)
    # With a score that is a mean, many samples are their average.
    assert p == significance.sign_flip(a.mean(0, keepdims=True), b.mean(0, keepdims=True), mean, resamples=100, seed=0)


def test_exact_p_of_a_metric_that_is_no_mean():
    texts = "the cat sat on the mat|he left the house now|we all like green tea|rain fell all day long|go on|so it is"
    references = texts.split("|")
    metric = metrics.get("chrf++", ENGLISH)
    a = metric.statistics(metrics.Examples([line[:-2] for line in references], [references]))[None]
    b = metric.statistics(metrics.Examples([line[3:] for line in references], [references]))[None]
    assert significance.sign_flip(a, b, metric.score, resamples=10, seed=0) == brute_force(a, b, metric.score)


def test_thirteen_units_are_sampled_and_near_the_exact_p():
    a, b = as_statistics(draw(13)), as_statistics(draw(13, seed=1, shift=3))
    exact = brute_force(a, b, mean)
    sampled = significance.sign_flip(a, b, mean, resamples=8000, seed=0)
    assert sampled != exact
    assert sampled == pytest.approx(exact, abs=0.03)


@pytest.mark.parametrize("n", [4, 12, 40])
def test_p_does_not_depend_on_which_system_comes_first(n):
    a, b = as_statistics(draw(n)), as_statistics(draw(n, seed=1, shift=4))
    there, back = (significance.sign_flip(x, y, mean, resamples=500, seed=0) for x, y in ((a, b), (b, a)))
    assert there == back < 1


@pytest.mark.parametrize("n", [3, 12, 40])
def test_identical_systems_have_p_1(n):
    a = as_statistics(draw(n))
    assert significance.sign_flip(a, a.copy(), ratio_squared, resamples=300, seed=0) == 1


@pytest.mark.parametrize(("n", "lowest"), [(2, 0.5), (5, 0.0625), (6, 0.03125)])
def test_the_lowest_p_that_n_units_can_give(n, lowest):
    a, b = as_statistics(np.full(n, 90.0)), as_statistics(np.full(n, 10.0))
    assert significance.sign_flip(a, b, mean, resamples=1000, seed=0) == lowest
    assert (lowest < 0.05) == (n >= significance.MIN_UNITS)


def test_a_sampled_p_is_never_0():
    a, b = as_statistics(np.full(60, 90.0)), as_statistics(np.full(60, 10.0))
    assert significance.sign_flip(a, b, mean, resamples=199, seed=0) == 1 / 200


def test_seeds_of_the_sampled_test_include_0():
    a, b = as_statistics(draw(40)), as_statistics(draw(40, seed=1, shift=2))
    zero, again, one = (significance.sign_flip(a, b, mean, resamples=500, seed=s) for s in (0, 0, 1))
    assert zero == again != one


def test_equal_systems_are_called_different_about_five_times_in_a_hundred():
    generator = np.random.default_rng(11)
    test_sets = 400
    found = [
        significance.sign_flip(
            as_statistics(generator.normal(size=20)), as_statistics(generator.normal(size=20)),
            mean, resamples=199, seed=test_set,
        ) < 0.05
        for test_set in range(test_sets)
    ]  # fmt: skip
    assert 0.02 <= sum(found) / test_sets <= 0.08


@pytest.mark.parametrize("block", [64, 333, 2000])
def test_a_pair_stops_at_the_500th_extreme_swap_however_large_the_blocks_are(monkeypatch, block):
    a, b = as_statistics(draw(40)), as_statistics(draw(40, seed=1, shift=-2))
    whole = significance.sign_flips([a, b], mean, resamples=499, seed=3)[0]
    assert whole.flips == 499
    monkeypatch.setattr(significance, "_BLOCK", block)
    (early,) = significance.sign_flips([a, b], mean, resamples=1_000_000, seed=3)
    assert early.flips < 10_000 and early.p == 500 / early.flips
    assert early.p == pytest.approx(whole.p, abs=0.08)


def test_a_p_value_near_the_level_uses_all_flips():
    a, b = as_statistics(draw(40)), as_statistics(draw(40, seed=1, shift=5))
    (found,) = significance.sign_flips([a, b], mean, resamples=5000, seed=0)
    assert found.flips == 5000 and 1 / 5001 < found.p < 0.1


def test_statistics_that_single_precision_would_round_are_summed_in_double():
    whole = np.stack([np.full(60, 2.0**23), np.ones(60)], axis=-1)[None]
    for large in (whole, whole + 0.1):
        twin = large.copy()
        twin[0, 0, 0] += 1
        (found,) = significance.sign_flips([large, twin], mean, resamples=200, seed=0)
        # Only one unit differs, so every swap gives the same absolute difference.
        assert found.p == 1


@pytest.mark.parametrize(
    ("units", "flips", "lowest"),
    [(6, 1000, 2 / 64), (12, 10, 2 / 4096), (13, 10**6, 2 / 8192), (13, 1000, 1 / 1001), (200, 3000, 1 / 3001)],
)
def test_the_smallest_p_is_limited_by_the_units_and_the_flips(units, flips, lowest):
    assert significance.smallest_p(units, flips) == lowest


@pytest.mark.parametrize(("pairs", "units"), [(1, 6), (2, 7), (3, 7), (6, 8), (7, 9), (15, 10), (55, 12), (300, 14)])
def test_enough_units_are_the_fewest_that_leave_a_p_value_below_the_level(pairs, units):
    assert significance.enough_units(pairs, 0.05) == units
    assert pairs * 2 / 2**units < 0.05
    assert units == significance.MIN_UNITS or pairs * 2 / 2 ** (units - 1) >= 0.05


@pytest.mark.parametrize(("pairs", "flips"), [(1, 1000), (5, 1000), (15, 3000), (55, 11_000)])
def test_the_default_flips_leave_the_lowest_corrected_p_at_a_tenth_of_the_level(pairs, flips):
    assert significance.default_flips(pairs, 0.05) == flips
    assert pairs * significance.smallest_p(200, flips) <= 0.005


# --- one-sided --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("score", [mean, ratio_squared])
@pytest.mark.parametrize("seed", range(6))
def test_half_of_a_two_sided_p_is_the_share_of_swaps_with_a_drop_as_large(score, seed):
    b = as_statistics(draw(8, seed=seed))
    a = as_statistics(draw(8, seed=seed + 50, shift=-4))
    observed = significance.value(a, score) - significance.value(b, score)
    deltas = []
    for signs in product([False, True], repeat=8):
        swap = np.array(signs)[None, :, None]
        one, other = np.where(swap, b, a), np.where(swap, a, b)
        deltas.append(significance.value(one, score) - significance.value(other, score))
    two_sided = significance.sign_flip(a, b, score, resamples=100, seed=0)
    lower = significance.one_sided(two_sided, observed)
    if observed < 0:
        assert lower == pytest.approx(np.mean(np.array(deltas) <= observed + 1e-9))
    else:
        assert lower == pytest.approx(np.mean(np.array(deltas) < observed - 1e-9))
    assert lower + significance.one_sided(two_sided, -observed) == pytest.approx(1)


# --- Holm -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("p_values", "adjusted"),
    [
        pytest.param([], [], id="none"),
        pytest.param([0.03], [0.03], id="one-is-itself"),
        # By hand: .005*4, .01*3, .03*2, then .04*1 raised to the .06 before it.
        pytest.param([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02], id="four-by-hand"),
        pytest.param([0.5, 0.6, 0.01], [1.0, 1.0, 0.03], id="capped-at-1"),
        pytest.param([0.02, 0.02, 0.02], [0.06, 0.06, 0.06], id="ties"),
    ],
)
def test_holm(p_values, adjusted):
    assert significance.holm(p_values) == pytest.approx(adjusted)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_rejects_what_stepping_down_rejects(p_values):
    adjusted = significance.holm(p_values)
    for level in (0.01, 0.05, 0.3):
        rejected = set()
        for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
            # Written as Holm does it: stop at the first that fails its own level.
            if (len(p_values) - rank) * p_values[index] > level:
                break
            rejected.add(index)
        assert {index for index, value in enumerate(adjusted) if value <= level} == rejected
    assert all(p <= value <= 1 for p, value in zip(p_values, adjusted, strict=True))


# --- several systems at once ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [5, 12, 40])
def test_all_pairs_at_once_are_the_pairs_one_by_one(n):
    systems = [as_statistics(draw(n, seed=seed, shift=seed)) for seed in range(4)]
    together = significance.sign_flips(systems, ratio_squared, resamples=300, seed=3)
    alone = [significance.sign_flip(a, b, ratio_squared, resamples=300, seed=3) for a, b in combinations(systems, 2)]
    assert [test.p for test in together] == alone
    assert significance.sign_flips(systems[:1], mean, resamples=300, seed=3) == []
    few = significance.sign_flips(systems, ratio_squared, resamples=300, seed=3, pairs=[(3, 0), (1, 2)])
    assert few == [together[2], together[3]]


@pytest.mark.parametrize("n", [5, 12, 40])
def test_all_metrics_at_once_are_the_metrics_one_by_one(n):
    whole = np.random.default_rng(0).integers(1, 40, size=(3, 1, n, 2))
    parts = [as_statistics(draw(n, seed=seed, shift=seed / 4)) for seed in range(3)]
    on_metrics = [([*whole.astype(float)], mean), (parts, ratio_squared)]  # sums in single and in double precision
    given = {"resamples": 3000, "seed": 3}
    for together, (systems, score) in zip(significance.bootstraps(on_metrics, **given), on_metrics, strict=True):
        np.testing.assert_allclose(together, significance.bootstrap(systems, score, **given), rtol=1e-12)
    together = significance.sign_flips_of_metrics(on_metrics, **given)
    assert together == [significance.sign_flips(systems, score, **given) for systems, score in on_metrics]
    if n == 40:
        assert len({test.flips for of_metric in together for test in of_metric}) > 1  # some stop before others


def test_a_resample_is_drawn_with_replacement_by_the_seed_s_generator():
    values, generator = draw(30), np.random.default_rng(7)
    expected = [values[generator.integers(0, 30, size=30)].mean() for _ in range(200)]
    found = significance.bootstrap([as_statistics(values)], mean, resamples=200, seed=7)
    np.testing.assert_allclose(found[0], expected, rtol=1e-12)


def test_memory_does_not_grow_with_the_resamples():
    systems = [as_statistics(draw(20_000, seed=seed)) for seed in range(2)]
    peaks = []
    for resamples in (400, 1600):
        tracemalloc.start()
        significance.bootstrap(systems, mean, resamples=resamples, seed=0)
        significance.sign_flips(systems, mean, resamples=resamples, seed=0)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0] < 200e6


# --- paired bootstrap -------------------------------------------------------------------------------------------------


def test_identical_systems_have_bootstrap_p_1_and_clear_ones_the_lowest():
    assert significance.paired_bootstrap(np.zeros(200), 0.0) == 1
    assert significance.paired_bootstrap(np.random.default_rng(0).normal(9, 1, size=199), 9.0) == 1 / 200


def test_far_from_0_the_bootstrap_counts_one_tail():
    differences = np.random.default_rng(1).normal(3, 2, size=4000)
    # A normal difference of 1.5 standard errors: the upper tail is .067, both are .134.
    assert significance.paired_bootstrap(differences, 3.0) == pytest.approx(0.067, abs=0.02)


# --- what the data can show -------------------------------------------------------------------------------------------


def test_wins_ties_and_losses_are_counted_by_segment():
    a, b = np.array([1.0, 2, 3, 4, 5 + 1e-12]), np.array([0.0, 3, 3, 1, 5])
    assert significance.outcomes(a, b) == (2, 2, 1)
    assert significance.outcomes(b, a) == (1, 2, 2)


# --- simulation: what is stated is what happens -----------------------------------------------------------------------


def corpora(generator, systems, n, articles=None):
    """Return simulated statistics of a metric like BLEU: a ratio of sums, over segments of different lengths.

    All systems have one true score, exactly that of an endless corpus: each has its own noise around the same quality.
    With `articles`, the segments of one share their difficulty.
    """
    length = generator.integers(5, 40, size=n).astype(float)
    difficulty = generator.normal(0, 0.1, size=articles or n)
    quality = 0.5 + difficulty[np.arange(n) % (articles or n)]
    made = []
    for _ in range(systems):
        matches = length * np.clip(quality + generator.normal(0, 0.15, size=n), 0, 1)
        made.append(np.stack([matches, length], axis=-1)[None])
    return made


def rate(statistics):
    return 100 * statistics[..., 0] / statistics[..., 1]


@pytest.mark.parametrize("n", [8, 60])
def test_equal_systems_are_told_apart_no_more_often_than_the_level_even_in_many_pairs(n):
    generator = np.random.default_rng(n)
    test_sets, single, familywise = 400, 0, 0
    for test_set in range(test_sets):
        tests = significance.sign_flips(corpora(generator, 4, n), rate, resamples=199, seed=test_set)
        p_values = [test.p for test in tests]
        single += p_values[0] < 0.05
        familywise += min(significance.holm(p_values)) < 0.05
    assert 0.02 <= single / test_sets <= 0.08
    assert familywise / test_sets <= 0.07


# --- groups -----------------------------------------------------------------------------------------------------------


def test_segments_are_summed_by_group_in_order_of_first_appearance():
    statistics = np.arange(24.0).reshape(2, 6, 2)
    grouped = significance.by_group(statistics, ["b", "a", "b", "c", "a", "b"])
    assert grouped.shape == (2, 3, 2)
    for view in range(2):
        rows = statistics[view]
        np.testing.assert_array_equal(grouped[view], [rows[0] + rows[2] + rows[5], rows[1] + rows[4], rows[3]])


def test_grouping_keeps_the_score_and_refuses_a_count_that_differs():
    system = as_statistics(draw(6))
    assert mean(significance.by_group(system, list("aabbcc")).sum(axis=1)) == pytest.approx(mean(system.sum(axis=1)))
    with pytest.raises(ValueError, match="a group for each of 6 segments, found 3"):
        significance.by_group(system, list("aab"))
