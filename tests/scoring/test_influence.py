"""Influences of units against closed forms and the bootstrap."""

import numpy as np
import pytest

from harness.scoring import influence, significance
from tests.simulations import ratio


def mean(statistics):
    return statistics[..., 0] / statistics[..., 1]


def as_statistics(*views):
    return np.stack([np.stack([np.asarray(view, float), np.ones(len(view))], axis=-1) for view in views])


def test_of_a_mean_it_is_the_value_minus_the_mean_by_n():
    values = np.array([10.0, 20.0, 60.0])
    assert influence.influences(as_statistics(values), mean)[0] == pytest.approx((values - 30) / 3)


def test_the_squares_give_the_variance_that_the_bootstrap_gives():
    generator = np.random.default_rng(0)
    statistics = ratio.statistics(generator.normal(50, 20, 200), ratio.lengths(generator, 200))
    error = np.sqrt((influence.influences(statistics, ratio.score) ** 2).sum() * 200 / 199)
    resampled = significance.bootstrap([statistics], ratio.score, resamples=4000, seed=0)
    assert error == pytest.approx(resampled.std(), rel=0.04)


def test_each_view_has_its_own_and_a_difference_averages_them():
    one, two, other = [1, 5, 9], [2, 2, 8], [4, 4, 1]
    both = influence.influences(as_statistics(one, two), mean)
    assert both.shape == (2, 3)
    difference = influence.of_difference(as_statistics(one, two), as_statistics(other), mean)
    assert difference == pytest.approx(both.mean(axis=0) - influence.influences(as_statistics(other), mean)[0])


def test_one_unit_has_none():
    assert influence.influences(as_statistics([7]), mean).tolist() == [[0]]
