"""How good are planned numbers of segments, and how often does a repeated test err?

`planned`: pilots of 50 and 100 segments say how many segments show a true difference of 2 points. The figures are the
power of the sign-flip test with the median number of such plans, and how often a plan's interval contains the number
that a large sample gives.

`looks`: a test on 40, 80, ..., 200 segments of systems that do not differ, each time at .05 or at Pocock's level. The
figures are how often some look shows a difference.
"""

from __future__ import annotations

import numpy as np

from harness.scoring import FloatArray, influence, power, significance
from tests.simulations import ratio

DIFFERENCE = 2.0
PILOTS = (50, 100)
LOOKS = 5
_STEP = 40


def figures(replications: int = 400) -> dict[str, float]:
    """Return the power of plans, the coverage of their intervals, and the error of repeated tests."""
    return {**planned(replications), **looks(replications)}


def planned(replications: int) -> dict[str, float]:
    """Return the figures of plans from pilots."""
    truth = _plan(*_systems(np.random.default_rng(0), 200_000, DIFFERENCE)).needed
    measured = {}
    for pilot in PILOTS:
        plans = [
            _plan(*_systems(np.random.default_rng([pilot, seed]), pilot, DIFFERENCE)) for seed in range(replications)
        ]
        needed = int(np.median([plan.needed for plan in plans]))
        shown = [
            _is_shown(*_systems(np.random.default_rng([1, pilot, seed]), needed, DIFFERENCE), 0.05, seed)
            for seed in range(replications)
        ]
        measured[f"power with the median plan of pilots of {pilot}"] = float(np.mean(shown))
        covered = [plan.low <= truth <= plan.high for plan in plans]
        measured[f"95% intervals of plans of pilots of {pilot} that cover"] = float(np.mean(covered))
    return measured


def looks(replications: int) -> dict[str, float]:
    """Return how often some of five looks shows a difference of systems that have none."""
    at_pocock = power.pocock_level(0.05, LOOKS)
    smallest = []
    for seed in range(replications):
        a, b = _systems(np.random.default_rng([2, seed]), _STEP * LOOKS, 0.0)
        ends = [_STEP * (look + 1) for look in range(LOOKS)]
        smallest.append(min(_p(a[:, :end], b[:, :end], seed) for end in ends))
    return {
        "five looks at .05": float(np.mean([p < 0.05 for p in smallest])),
        "five looks at Pocock's level": float(np.mean([p < at_pocock for p in smallest])),
    }


def _systems(generator: np.random.Generator, segments: int, difference: float) -> tuple[FloatArray, FloatArray]:
    """Return two systems whose segments are equally hard, and differ by heavy-tailed noise around the difference."""
    lengths = ratio.lengths(generator, segments)
    hardness = generator.normal(50, 12, segments)
    noise = generator.laplace(0, 9, (2, segments)) * np.sqrt(20 / lengths)
    return (
        ratio.statistics(hardness + noise[0] + difference, lengths),
        ratio.statistics(hardness + noise[1], lengths),
    )


def _plan(a: FloatArray, b: FloatArray) -> power.SampleSize:
    plan = power.sample_size(influence.of_difference(a, b, ratio.score), DIFFERENCE, level=0.05, confidence=0.95)
    assert plan is not None
    return plan


def _p(a: FloatArray, b: FloatArray, seed: int) -> float:
    return significance.sign_flip(a, b, ratio.score, resamples=1000, seed=seed)


def _is_shown(a: FloatArray, b: FloatArray, level: float, seed: int) -> bool:
    return _p(a, b, seed) < level
