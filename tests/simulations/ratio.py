"""Statistics of systems that do not exist, for simulations: a corpus metric as a ratio, in percent.

A segment has `length` countable items, of which a system gets some right. The score is 100 times the sum of the right
ones over the sum of all, as chrF's or BLEU's is a ratio of sums. Lengths are log-normal, as those of sentences are.
"""

from __future__ import annotations

import numpy as np

from harness.scoring import FloatArray


def score(statistics: FloatArray) -> FloatArray:
    """Return the score of summed statistics [..., 2]."""
    return np.asarray(100 * statistics[..., 0] / statistics[..., 1])


def lengths(generator: np.random.Generator, segments: int) -> FloatArray:
    """Return the lengths of segments, around 20 items."""
    return np.ceil(np.exp(generator.normal(3.0, 0.5, segments)))


def statistics(points: FloatArray, of_lengths: FloatArray) -> FloatArray:
    """Return statistics [1, segments, 2] of a system that scores these points on segments of these lengths."""
    return np.stack([points / 100 * of_lengths, of_lengths], axis=-1)[None]
