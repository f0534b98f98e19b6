"""How often `no_worse` claims "no worse by 1.0" of a system that is worse by 1.0, with and without its floor.

A share of the segments changed, and only these differ. Their changes are either symmetric with heavy tails (Laplace),
as those of outputs that were decoded again, or drops with a long tail (exponential), as those of outputs that lost
their end. The true drop is the margin, so that every claim is wrong; the level allows 5% of them.
"""

from __future__ import annotations

from itertools import product
from typing import Literal

import numpy as np

from harness.scoring import FloatArray
from harness.scoring.no_worse import MIN_CHANGED, no_worse
from tests.simulations import ratio

MARGIN = 1.0
SEGMENTS = (60, 200, 1000)
SHARES = (0.03, 0.1, 0.5, 1.0)  # of segments that changed
Shape = Literal["symmetric", "long tail"]
SHAPES: tuple[Shape, ...] = ("symmetric", "long tail")


def figures(replications: int = 400) -> dict[str, float]:
    """Return the share of wrong claims, by setting: with the floor and without it."""
    measured = {}
    for shape, segments, share in product(SHAPES, SEGMENTS, SHARES):
        claims = [_claims(shape, segments, share, seed) for seed in range(replications)]
        for name, column in (("with the floor", 0), ("without", 1)):
            key = f"{shape}, n = {segments}, {share:.0%} changed, {name}"
            measured[key] = sum(claim[column] for claim in claims) / replications
    return measured


def _claims(shape: Shape, segments: int, share: float, seed: int) -> tuple[bool, bool]:
    """Return whether one sample of segments leads to the claim, with the floor and without it."""
    generator = np.random.default_rng([seed, segments, round(1000 * share)])
    lengths = ratio.lengths(generator, segments)
    before = generator.normal(55, 15, segments)
    changed = generator.random(segments) < share
    drops = np.where(changed, _changes(shape, generator, segments) + MARGIN / share, 0.0)
    old, new = ratio.statistics(before, lengths), ratio.statistics(before - drops, lengths)
    result = no_worse(
        old, new, ratio.score, higher_is_better=True, margin=MARGIN, confidence=0.95, resamples=400, seed=seed
    )
    below = result.upper < MARGIN
    return below and result.changed >= MIN_CHANGED, below


def _changes(shape: Shape, generator: np.random.Generator, segments: int) -> FloatArray:
    """Return changes with mean 0 and a standard deviation of 15 points."""
    if shape == "symmetric":
        return generator.laplace(0, 15 / np.sqrt(2), segments)
    return generator.exponential(15, segments) - 15
