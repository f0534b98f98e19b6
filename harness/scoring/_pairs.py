"""Compare the systems of a table in pairs on one metric: differences, intervals, tests and ranks; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from harness.core.scores import Comparison, Rank, Testing
from harness.metrics import Metric
from harness.scoring import SystemStatistics, intervals, noise, ranks, significance, slices
from harness.scoring._resamples import Resamples


def choose(systems: Sequence[SystemStatistics], baseline: str | None) -> list[tuple[int, int]]:
    """Return the pairs that are compared, as indices of systems.

    These are all pairs, or with a baseline each other system with it, the baseline second.
    """
    indices = range(len(systems))
    if baseline is None:
        return [*combinations(indices, 2)]
    return [(index, base) for base in indices if systems[base].name == baseline for index in indices if index != base]


def compare(
    systems: Sequence[SystemStatistics],
    pairs: Sequence[tuple[int, int]],
    metric: Metric,
    resamples: Resamples,
    tests: Sequence[significance.PValue],
    of_articles: Resamples | None,
) -> list[Comparison]:
    """Return the comparison of each pair, corrected for the number of pairs.

    Args:
        systems: the systems, without errors.
        pairs: indices of systems.
        metric: what is compared.
        resamples: those of the units that tests are over.
        tests: the test of each pair; none with too few units.
        of_articles: those of articles, if tests are over the segments of several articles; else None.
    """
    if not pairs:
        return []
    comparisons = _differences(systems, pairs, metric, resamples, of_articles)
    testing = resamples.sampling.testing(len(pairs))
    p_adjusted = significance.holm([test.p for test in tests])
    if not tests:
        return comparisons
    return [
        _with_test(comparison, test, adjusted, resamples, testing)
        for comparison, test, adjusted in zip(comparisons, tests, p_adjusted, strict=True)
    ]


def rank(names: Sequence[str], metric: Metric, comparisons: Sequence[Comparison], testing: Testing) -> dict[str, Rank]:
    """Return the ranks that each system may have on one metric; none if no difference can be shown."""
    if not comparisons or not testing.can_show:
        return {}
    better = set()
    for pair in comparisons:
        if pair.significant:
            first_leads = (pair.delta > 0) == metric.higher_is_better
            better.add((pair.a, pair.b) if first_leads else (pair.b, pair.a))
    return ranks.intervals(names, better)


def _differences(
    systems: Sequence[SystemStatistics],
    pairs: Sequence[tuple[int, int]],
    metric: Metric,
    resamples: Resamples,
    of_articles: Resamples | None,
) -> list[Comparison]:
    """Return the comparison of each pair without a test: the difference, its intervals, and the segments won."""
    sampling = resamples.sampling
    values = [significance.value(row.statistics[metric.name], metric.score) for row in systems]
    outcomes = _outcomes(systems, pairs, metric)
    names = [(systems[a].name, systems[b].name) for a, b in pairs]
    deltas = np.array([values[a] - values[b] for a, b in pairs])
    samples = np.array([resamples.differences(*of_pair) for of_pair in names] if resamples.scores else [])
    width = metric.scale[1] - metric.scale[0]
    noises = [noise.of_difference(systems[a].noise, systems[b].noise, metric.name) for a, b in pairs]
    together = sampling.simultaneous(deltas, samples, width)
    comparisons = []
    for index, (a, b) in enumerate(names):
        delta = float(deltas[index])
        single = over_articles = None
        if resamples.scores:
            single = sampling.interval(delta, samples[index], (-width, width))
        if of_articles is not None and of_articles.scores:
            over_articles = of_articles.sampling.interval(delta, of_articles.differences(a, b), (-width, width))
        wins, ties, losses = outcomes[index]
        comparisons.append(
            Comparison(
                metric=metric.name,
                a=a,
                b=b,
                delta=delta,
                interval=together[index] if together else single,
                p=None,
                p_adjusted=None,
                significant=False,
                wins=wins,
                ties=ties,
                losses=losses,
                interval_single=single,
                interval_articles=over_articles,
                noise=noises[index],
            )
        )
    return comparisons


def _outcomes(
    systems: Sequence[SystemStatistics], pairs: Sequence[tuple[int, int]], metric: Metric
) -> list[tuple[int, int, int]]:
    """Return on how many segments the first system of each pair scores better, equal and worse."""
    scores = [slices.segment_scores(row, metric) for row in systems]
    outcomes = [significance.outcomes(scores[a], scores[b]) for a, b in pairs]
    return outcomes if metric.higher_is_better else [(lower, equal, higher) for higher, equal, lower in outcomes]


def _with_test(
    comparison: Comparison, test: significance.PValue, p_adjusted: float, resamples: Resamples, testing: Testing
) -> Comparison:
    """Return a comparison with its p-values, the verdict, and what the test could have detected.

    The test can detect nothing if no outcome could show a difference, or if the systems differ on no resample.
    """
    interval = comparison.interval
    differences = resamples.differences(comparison.a, comparison.b)
    detectable = None
    if testing.can_show:
        detectable = intervals.detectable(differences, units=testing.units, level=testing.level / testing.pairs)
    return replace(
        comparison,
        p=test.p,
        p_adjusted=p_adjusted,
        significant=p_adjusted < testing.level
        and interval is not None
        and not interval.low <= 0 <= interval.high
        and abs(comparison.delta) > (comparison.noise or 0.0),
        p_bootstrap=significance.paired_bootstrap(differences, comparison.delta),
        detectable=detectable or None,
        flips=test.flips,
    )
