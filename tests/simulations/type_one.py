"""How often something false is claimed of six equally good systems: by tests, intervals, and tables of four metrics."""

from __future__ import annotations

import numpy as np

from harness.core.scores import Interval, TaskScores
from harness.scoring import Resampling, analysis
from tests.simulations import outputs

SEGMENTS = (12, 60, 200)
# Fewer resamples and flips than by default, for the time; 15 pairs need 301 flips to show anything.
_RESAMPLES, _FLIPS = 400, 1000


def figures(replications: int = 300) -> dict[str, float]:
    """Return shares of pairs and of tables with a false claim at the level of .05, by segments."""
    return {name: share for count in SEGMENTS for name, share in of_tables(count, replications).items()}


def of_tables(segments: int, replications: int) -> dict[str, float]:
    """Return the shares for tables of so many segments."""
    rows = []
    for replication in range(replications):
        generator = np.random.default_rng([replication, segments])
        statistics = outputs.twins(generator, outputs.segments(generator, segments), outputs.TWINS)
        settings = Resampling(resamples=_RESAMPLES, seed=replication, flips=_FLIPS)
        rows.append(_claims(analysis.assess(*outputs.table(statistics), settings)))
    return {f"{segments} segments: {name}": float(np.mean([row[name] for row in rows])) for name in rows[0]}


def _claims(scores: TaskScores) -> dict[str, float]:
    """Return what is false in a table of equals: shares of metrics, of the first pair, or of the table."""
    by_metric = [[pair for pair in scores.comparisons if pair.metric == name] for name in outputs.METRICS]

    def share(of: list[bool]) -> float:
        return float(np.mean(of))

    return {
        "p below .05, one pair": share([pairs[0].p < 0.05 for pairs in by_metric if pairs[0].p is not None]),
        "p (Holm) below .05, any pair": share([min(p.p_adjusted or 0 for p in pairs) < 0.05 for pairs in by_metric]),
        "a claim, any pair": share([any(pair.significant for pair in pairs) for pairs in by_metric]),
        "a claim, any pair of any of four metrics": float(any(pair.significant for pair in scores.comparisons)),
        "an interval without 0, any pair": share([any(_excludes(p.interval) for p in pairs) for pairs in by_metric]),
        "a single interval without 0, any pair": share([
            any(_excludes(p.interval_single) for p in pairs) for pairs in by_metric
        ]),
        "p_bootstrap below .05, one pair": share([(pairs[0].p_bootstrap or 0) < 0.05 for pairs in by_metric]),
    }


def _excludes(interval: Interval | None) -> bool:
    return interval is not None and not interval.low <= 0 <= interval.high
