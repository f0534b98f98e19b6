"""How often the true rank of a system is among the ranks that a table gives it: ten systems that are close together."""

from __future__ import annotations

import numpy as np

from harness.core.scores import TaskScores
from harness.reporting import order
from harness.scoring import Resampling, analysis
from tests.simulations import outputs

SEGMENTS = (50, 200, 800)
_RESAMPLES, _FLIPS = 400, 2000  # 45 pairs need 900 flips to show anything


def figures(replications: int = 150) -> dict[str, float]:
    """Return shares of tables and of systems, and the mean number of ranks that a system may have."""
    return {name: figure for count in SEGMENTS for name, figure in of_tables(count, replications).items()}


def of_tables(segments: int, replications: int) -> dict[str, float]:
    """Return the figures of tables of so many segments."""
    population, metric = outputs.population(), outputs.METRICS[1]
    truth = sorted(outputs.CLOSE, key=lambda name: -population.true(name, metric))
    tables = []
    for replication in range(replications):
        chosen = outputs.segments(np.random.default_rng([replication, segments]), segments)
        statistics = {name: {metric: population.statistics[name, metric][chosen][None]} for name in outputs.CLOSE}
        settings = Resampling(resamples=_RESAMPLES, seed=replication, flips=_FLIPS)
        tables.append(_table(analysis.assess(*outputs.table(statistics), settings), truth))
    return {f"{segments} segments: {name}": float(np.mean([of[name] for of in tables])) for name in tables[0]}


def _table(scores: TaskScores, truth: list[str]) -> dict[str, float]:
    """Return what one table says of ranks, against the true order."""
    places = {name: place for place, name in enumerate(truth, start=1)}
    ranks = [(places[system.name], order.rank(system, scores.primary)) for system in scores.systems]
    known = [(place, rank) for place, rank in ranks if rank is not None]
    given = [rank.best <= place <= rank.worst for place, rank in known]
    names = [system.name for system in order.rows(scores)[1]]
    ends = order.group_ends(scores)
    return {
        "true rank given": float(np.mean(given)),
        "all true ranks given": float(all(given)),
        "ranks per system": float(np.mean([rank.worst - rank.best + 1 for _, rank in known])),
        "lines": float(len(ends)),
        "a wrong line": float(any(set(names[:end]) != set(truth[:end]) for end in ends)),
    }
