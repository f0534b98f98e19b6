"""How often an interval contains the true score: the t interval, and the percentile interval of sacreBLEU.

Segments, or articles with all their segments, are drawn from the population of `outputs`; the score of the population
is the true score. One figure is of articles whose segments are resampled as if they were independent.
"""

from __future__ import annotations

import numpy as np

from harness import metrics
from harness.core.records import ENGLISH
from harness.scoring import FloatArray, intervals, significance
from tests.simulations import outputs

SEGMENTS = (6, 12, 19, 50, 200)
ARTICLES = (3, 5, 10, 50)
_RESAMPLES = 400


def figures(replications: int = 1000) -> dict[str, float]:
    """Return shares of intervals at 95% that contain the true score, by metric, units and method."""
    measured: dict[str, float] = {}
    for metric in outputs.METRICS:
        for count in SEGMENTS:
            measured |= shares(metric, f"{metric}, {count} segments", replications, segments=count)
        for count in ARTICLES:
            measured |= shares(metric, f"{metric}, {count} articles", replications, articles=count)
        measured |= shares(
            metric, f"{metric}, segments of 50 articles", replications, articles=ARTICLES[-1], apart=True
        )
    return measured


def shares(
    metric: str, name: str, replications: int, *, segments: int = 0, articles: int = 0, apart: bool = False
) -> dict[str, float]:
    """Return the shares for one metric and one number of segments or articles; `apart`: of their segments."""
    of_metric = metrics.get(metric, ENGLISH)
    system = outputs.TWINS[0]
    everything, truth = outputs.population().statistics[system, metric], outputs.population().true(system, metric)
    covered = {"t": 0, "percentile": 0}
    for replication in range(replications):
        generator = np.random.default_rng([replication, segments, articles])
        if segments:
            units = everything[outputs.segments(generator, segments)]
        else:
            drawn = [everything[places] for places in outputs.articles(generator, articles)]
            units = np.concatenate(drawn) if apart else np.stack([of_article.sum(axis=0) for of_article in drawn])
        for method, (low, high) in _intervals(units, of_metric, replication).items():
            covered[method] += low <= truth <= high
    return {f"{name}: {method}": count / replications for method, count in covered.items()}


def _intervals(units: FloatArray, metric: metrics.Metric, seed: int) -> dict[str, tuple[float, float]]:
    samples = significance.bootstrap([units[None]], metric.score, resamples=_RESAMPLES, seed=seed)[0]
    value = significance.value(units[None], metric.score)
    return {
        "t": intervals.student(value, samples, units=len(units), confidence=0.95, scale=metric.scale),
        "percentile": intervals.percentile(samples, 0.95),
    }
