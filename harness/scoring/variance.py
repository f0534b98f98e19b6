"""Split the variance of a difference between two systems: articles, segments, samples; arrays in, numbers out.

The split says what to buy: more articles, more segments of the same articles, or more samples of each system.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from harness.scoring import FloatArray, influence
from harness.scoring.significance import ScoreFunction


@dataclass(frozen=True, slots=True)
class Components:
    """Variances of the difference on one segment, in squared points."""

    articles: float | None  # between articles; None if there is one article, or they are unknown
    segments: float  # between segments of an article; with one sample per system, decoding is part of it
    samples: float | None  # between samples of the outputs of one segment, of both systems; None: one sample each
    # The part of `samples` that is left in a segment's mean over samples, because systems can differ in their number.
    left_of_samples: float
    sizes: tuple[int, ...]  # segments of each article

    def error(self, sizes: Sequence[int] | None = None, *, samples_factor: float = 1.0) -> float:
        """Return the standard error of the difference on articles of these sizes, by default those at hand.

        `samples_factor` says how many times as many samples each system has.
        """
        sizes = self.sizes if sizes is None else sizes
        total = sum(sizes)
        between = (self.articles or 0.0) * sum(size**2 for size in sizes) / total**2
        within = (self.segments + self.left_of_samples / samples_factor) / total
        return sqrt(between + within)

    def error_with(self, segments: int, articles: int) -> float:
        """Return the standard error with so many more segments, spread over so many more articles."""
        each, rest = divmod(segments, articles)
        return self.error((*self.sizes, *([each + 1] * rest), *([each] * (articles - rest))))


def components(
    a: FloatArray, b: FloatArray, score: ScoreFunction, articles: Sequence[str], samples: tuple[int, int] | None = None
) -> Components | None:
    """Return the components of the variance of the score of `a` minus that of `b`, both [views, segments, d].

    A view is one sample, scored with one choice of references; the views of a sample stand together. `samples` says how
    many samples each system has, by default one for each view. The choices of references are averaged: more samples
    would not make their variance smaller.

    The observations are jackknife pseudo-values per segment and sample (`influence.py`), so that any metric can be
    split. The estimator is the analysis of variance for unequal numbers (Searle, Casella and McCulloch 1992, section
    3.6): the component between articles is (MS between - MS within) / n0, with n0 = (n - sum(n_i**2) / n) / (articles -
    1). A negative component counts as 0. The component of samples is the variance between the samples of one segment,
    averaged over segments, and summed over both systems.

    `articles` is the article of each segment, or empty if unknown. None is returned if no article has two segments and
    there are no two articles, so that nothing can be estimated.
    """
    segments = a.shape[1]
    if segments < 2:
        return None
    of_a, of_b = (
        segments * influence.influences(system, score).reshape(count, -1, segments).mean(axis=1)
        for system, count in zip((a, b), samples or (len(a), len(b)), strict=True)
    )  # [samples, segments]
    differences = of_a.mean(axis=0) - of_b.mean(axis=0)
    decoding = [float(values.var(axis=0, ddof=1).mean()) if len(values) > 1 else None for values in (of_a, of_b)]
    left = sum((variance or 0.0) / len(values) for variance, values in zip(decoding, (of_a, of_b), strict=True))
    of_samples = sum(variance or 0.0 for variance in decoding) if any(d is not None for d in decoding) else None
    groups = list(articles) or [""] * segments
    sizes = tuple(Counter(groups).values())
    between, within = _mean_squares(differences, groups)
    if within is None:  # each article has one segment: the two cannot be told apart
        return Components(None, max(0.0, (between or 0.0) - left), of_samples, left, (1,) * segments)
    of_articles = None
    if between is not None:
        n0 = (segments - sum(size**2 for size in sizes) / segments) / (len(sizes) - 1)
        of_articles = max(0.0, (between - within) / n0)
    return Components(of_articles, max(0.0, within - left), of_samples, left, sizes)


def _mean_squares(values: FloatArray, groups: Sequence[str]) -> tuple[float | None, float | None]:
    """Return the mean squares between and within groups; None without degrees of freedom."""
    names = {name: index for index, name in enumerate(dict.fromkeys(groups))}
    of_group = np.array([names[group] for group in groups])
    counts = np.bincount(of_group)
    means = np.bincount(of_group, weights=values) / counts
    between_degrees, within_degrees = len(counts) - 1, len(values) - len(counts)
    between = float((counts * (means - values.mean()) ** 2).sum()) / between_degrees if between_degrees else None
    within = float(((values - means[of_group]) ** 2).sum()) / within_degrees if within_degrees else None
    return between, within
