"""The claim "no worse than", against the formula of its bound and its edge cases."""

from math import inf, sqrt

import numpy as np
import pytest

from harness.scoring.no_worse import MIN_CHANGED, changed_units, no_worse
from tests.simulations import no_worse as simulation


def mean(statistics):
    return statistics[..., 0] / statistics[..., 1]


def as_statistics(*views):
    return np.stack([np.stack([np.asarray(view, float), np.ones(len(view))], axis=-1) for view in views])


def claim(old, new, *, margin=1.0, higher_is_better=True, confidence=0.95, resamples=2000, seed=0):
    return no_worse(
        old, new, mean, higher_is_better=higher_is_better, margin=margin, confidence=confidence, resamples=resamples,
        seed=seed,
    )  # fmt: skip


def draw(n, mean_drop=0.0, seed=0):
    """Return scores before and after, with exactly this mean drop and noise on every unit."""
    generator = np.random.default_rng(seed)
    before, noise = generator.normal(50, 10, n), generator.normal(0, 3, n)
    return as_statistics(before), as_statistics(before - mean_drop - noise + noise.mean())


def test_the_bound_is_the_drop_plus_t_standard_errors():
    old, new = draw(30, mean_drop=0.4)
    drops = (old - new)[0, :, 0]
    expected = 0.4 + 1.699127 * drops.std(ddof=1) / sqrt(30)
    assert claim(old, new).upper == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(("margin", "shown"), [(0.5, False), (1.0, False), (1.3, False), (2.0, True)])
def test_it_is_shown_if_the_bound_is_below_the_margin(margin, shown):
    result = claim(*draw(40, mean_drop=0.5), margin=margin)
    assert 1.2 < result.upper < 1.4 or margin == 1.3
    assert result.shown == shown == (result.upper < margin)


@pytest.mark.parametrize(("changed", "shown"), [(0, False), (19, False), (MIN_CHANGED, True), (60, True)])
def test_it_is_shown_only_if_enough_units_changed(changed, shown):
    before = np.random.default_rng(0).normal(50, 10, 60)
    after = before + 0.01 * (np.arange(60) < changed)
    result = claim(as_statistics(before), as_statistics(after))
    assert (result.changed, result.units, result.shown) == (changed, 60, shown)
    assert result.upper < 1


def test_of_a_metric_where_lower_is_better_a_rise_is_the_drop():
    old, new = draw(40, mean_drop=0.5)
    assert claim(new, old, higher_is_better=False).upper == pytest.approx(claim(old, new).upper)


def test_a_gain_has_a_negative_bound():
    assert claim(*draw(200, mean_drop=-3)).upper < -2


def test_a_higher_confidence_gives_a_higher_bound():
    low, high = (claim(*draw(40), confidence=confidence).upper for confidence in (0.9, 0.99))
    assert low < high
    assert claim(*draw(40, mean_drop=0.4), confidence=0.5).upper == pytest.approx(0.4)
    assert claim(*draw(40, mean_drop=0.4), confidence=0.3).upper < 0.4


@pytest.mark.parametrize(("units", "finite"), [(1, False), (2, True)])
def test_one_unit_has_no_bound(units, finite):
    result = claim(*draw(units), margin=1e9)
    assert (result.upper < inf) == finite
    assert not result.shown


def test_changed_units_are_counted_over_the_mean_of_views():
    old = as_statistics([10, 20, 30], [30, 20, 10])
    assert changed_units(old, as_statistics([20, 20, 20])) == 0
    assert changed_units(old, as_statistics([20, 21, 20], [20, 20, 20])) == 1


def test_the_seed_decides_the_bound():
    zero, again, one = (claim(*draw(40), resamples=200, seed=seed).upper for seed in (0, 0, 1))
    assert zero == again != one


def test_the_floor_keeps_wrong_claims_near_their_level(monkeypatch):
    """A few cells of the simulation; `python -m tests.simulations` runs all of them."""
    monkeypatch.setattr(simulation, "SEGMENTS", (60,))
    monkeypatch.setattr(simulation, "SHARES", (0.03, 1.0))
    monkeypatch.setattr(simulation, "SHAPES", ("symmetric",))
    wrong = simulation.figures(replications=150)
    assert wrong["symmetric, n = 60, 3% changed, without"] > 0.15
    assert wrong["symmetric, n = 60, 3% changed, with the floor"] < 0.03
    assert wrong["symmetric, n = 60, 100% changed, with the floor"] < 0.12
