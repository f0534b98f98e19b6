"""Components of variance, against data whose components are known."""

from dataclasses import astuple
from math import sqrt

import numpy as np
import pytest

from harness.scoring.variance import components


def mean(statistics):
    return statistics[..., 0] / statistics[..., 1]


def as_statistics(views):
    return np.stack([views, np.ones_like(views)], axis=-1)


def systems(sizes, *, of_articles, of_segments, of_samples, samples=1, seed=0):
    """Return two systems whose differences have these standard deviations, and the article of each segment."""
    generator = np.random.default_rng(seed)
    articles = np.repeat(np.arange(len(sizes)), sizes)
    n = len(articles)
    shared = generator.normal(0, of_articles, len(sizes))[articles] + generator.normal(0, of_segments, n)
    a = 50 + shared + generator.normal(0, of_samples, (samples, n))
    b = 50 + generator.normal(0, of_samples, (samples, n))
    return as_statistics(a), as_statistics(b), [f"a{article}" for article in articles]


def estimate(*arguments, **settings):
    a, b, articles = systems(*arguments, **settings)
    return components(a, b, mean, articles)


UNEQUAL = [2, 30, 5, 12] * 75


@pytest.mark.parametrize("sizes", [[10] * 300, UNEQUAL], ids=["equal", "unequal"])
def test_components_are_found(sizes):
    parts = estimate(sizes, of_articles=4, of_segments=10, of_samples=3, samples=3)
    assert parts.articles == pytest.approx(16, rel=0.25)
    assert parts.segments == pytest.approx(100, rel=0.1)
    assert parts.samples == pytest.approx(9 + 9, rel=0.1)


def test_one_sample_leaves_decoding_in_the_segments():
    parts = estimate([10] * 300, of_articles=0, of_segments=10, of_samples=3)
    assert parts.samples is None
    assert parts.segments == pytest.approx(100 + 18, rel=0.1)


def test_a_component_is_never_negative():
    found = [estimate([4] * 6, of_articles=0, of_segments=10, of_samples=0, seed=seed).articles for seed in range(20)]
    assert min(found) == 0 < max(found)


def test_the_error_is_that_of_the_mean_difference():
    sizes = [3, 20, 7, 10] * 5
    settings = {"of_articles": 5, "of_segments": 10, "of_samples": 3, "samples": 2}
    observed = []
    for seed in range(400):
        a, b, _ = systems(sizes, seed=seed, **settings)
        observed.append(mean(a.sum(axis=1)).mean() - mean(b.sum(axis=1)).mean())
    errors = [estimate(sizes, seed=seed, **settings).error() for seed in range(100)]
    assert np.mean(errors) == pytest.approx(np.std(observed), rel=0.12)


def test_more_articles_help_more_than_more_segments_of_one():
    parts = estimate([10] * 10, of_articles=5, of_segments=10, of_samples=0)
    one, ten, hundred = (parts.error_with(100, articles) for articles in (1, 10, 100))
    assert parts.error() > ten > hundred
    assert one > ten


@pytest.mark.parametrize(("factor", "left"), [(1, 9.0), (2, 4.5)])
def test_more_samples_help_decoding_only(factor, left):
    parts = estimate([10] * 40, of_articles=2, of_segments=5, of_samples=3, samples=2)
    without = parts.error() ** 2 - parts.left_of_samples / 400
    assert parts.left_of_samples == pytest.approx(9, rel=0.15)
    assert parts.error(samples_factor=factor) == pytest.approx(sqrt(without + parts.left_of_samples / factor / 400))


@pytest.mark.parametrize(
    "articles", [["a"] * 12, [], [f"a{number}" for number in range(12)]], ids=["one", "unknown", "one segment each"]
)
def test_without_articles_of_several_segments_there_is_no_component_of_articles(articles):
    a, b, _ = systems([12], of_articles=0, of_segments=10, of_samples=0)
    parts = components(a, b, mean, articles)
    assert parts.articles is None
    differences = (a - b)[0, :, 0]
    assert parts.segments == pytest.approx(differences.var(ddof=1))
    assert parts.error() == pytest.approx(differences.std(ddof=1) / sqrt(12))


def test_choices_of_references_are_no_samples():
    a, b, articles = systems([10] * 4, of_articles=2, of_segments=5, of_samples=3, samples=4)
    two_of_two = components(a, b, mean, articles, samples=(2, 2))
    averaged = components(*(each.reshape(2, 2, 40, -1).mean(axis=1) for each in (a, b)), mean, articles)
    assert astuple(two_of_two)[:4] == pytest.approx(astuple(averaged)[:4])
    one = components(a, b, mean, articles, samples=(1, 1))
    assert (one.samples, one.left_of_samples) == (None, 0)


def test_one_segment_gives_nothing():
    a, b, articles = systems([1], of_articles=0, of_segments=10, of_samples=0)
    assert components(a, b, mean, articles) is None
