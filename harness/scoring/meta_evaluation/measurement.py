"""Compute the statistics of agreement of each metric with the people; no interval and no test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.core.errors import ModelError
from harness.metrics import Examples, Metric
from harness.scoring import FloatArray, compute, networks, uniform
from harness.scoring.meta_evaluation import correlation, system_level
from harness.scoring.meta_evaluation.correlation import AccuracyWithTies, KendallTauB, Statistic
from harness.scoring.meta_evaluation.human_scores import ScoredOutput
from harness.scoring.meta_evaluation.outputs import OutputTable
from harness.scoring.meta_evaluation.records import Name


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One metric with its statistics."""

    metric: Metric
    signature: str
    epsilon: float
    statistics: Mapping[Name, Statistic]
    cut: int  # outputs of which a network did not read everything


@dataclass(frozen=True, slots=True)
class People:
    """The systems as the people see them."""

    scored: system_level.Scored
    p_values: FloatArray  # of each pair of systems


def people_of(table: OutputTable) -> People:
    """Return the systems as the people see them, on the segments that every system has."""
    values = np.stack([table.human, np.ones_like(table.human)], axis=-1)[table.shared.T]
    scored = system_level.Scored(values, lambda summed: summed[..., 0] / summed[..., 1])
    return People(scored, scored.p_values(table.settings.seed))


def rows_of(
    used: Sequence[Metric], table: OutputTable, people: People | None, label: str
) -> tuple[list[MetricRow], dict[str, str]]:
    """Return the metrics that can score, and why others cannot.

    Raises:
        ModelError: none can.
    """
    rows, failed = [], {}
    for metric in used:
        try:
            rows.append(_scored(metric, table, people, label))
        except ModelError as error:
            failed[metric.name] = str(error)
    if not rows:
        raise ModelError("; ".join(f"{name}: {reason}" for name, reason in failed.items()), where=label)
    return rows, failed


def _scored(metric: Metric, table: OutputTable, people: People | None, label: str) -> MetricRow:
    """Return a metric's statistics of agreement; those of systems, if the people's view of them is given."""
    sums, cut = _sums(metric, table, label)
    scores = metric.segment_scores(sums) if metric.higher_is_better else -metric.segment_scores(sums)
    ties = AccuracyWithTies(scores, table.human, table.segments, table.units)
    statistics: dict[Name, Statistic] = {
        "pearson": correlation.Pearson(scores, table.human, table.units),
        "kendall_tau_b": KendallTauB(scores, table.human, table.units),
    }
    if ties.pairs:
        statistics["accuracy_with_ties"] = ties
    if people is not None:
        statistics |= _system_level(metric, sums, table, people)
    counts = [len(output.references) for output in table.outputs]
    return MetricRow(metric, metric.signature(uniform(counts)), ties.epsilon, statistics, cut)


def _sums(metric: Metric, table: OutputTable, label: str) -> tuple[FloatArray, int]:
    """Return the statistics of each output, and of how many a network did not read everything.

    All outputs are read at once, so that a network reads each source and reference once. If all references of a system
    decide its statistics, each system is read alone, as in tables.
    """
    everything = _examples(metric, table.outputs)
    systems = [output.system for output in table.outputs]
    pieces = [list(range(len(systems)))]
    if metric.context(everything):
        pieces = [[index for index, system in enumerate(systems) if system == name] for name in dict.fromkeys(systems)]
    sums: FloatArray | None = None
    cut = 0
    for indices in pieces:
        examples = everything.take(indices)
        if metric.needs_network:
            compute.read(metric, examples, networks.counter(f"{label}: {metric.name}"))
            cut += sum(compute.cut(metric, examples))
        part = compute.statistics(metric, examples)
        if sums is None:
            sums = np.empty((len(systems), part.shape[1]))
        sums[indices] = part
    assert sums is not None
    return sums, cut


def _examples(metric: Metric, outputs: Sequence[ScoredOutput]) -> Examples:
    most = max(len(output.references) for output in outputs)
    return Examples(
        [output.text for output in outputs],
        [
            [output.references[index] if index < len(output.references) else None for output in outputs]
            for index in range(most)
        ],
        [output.source for output in outputs] if "sources" in metric.needs else (),
        (),
        [output.document or output.segment for output in outputs] if "articles" in metric.needs else (),
    )


def _system_level(metric: Metric, sums: FloatArray, table: OutputTable, people: People) -> dict[Name, Statistic]:
    sign = 1.0 if metric.higher_is_better else -1.0
    scored = system_level.Scored(sums[table.shared.T], lambda summed: sign * metric.score(summed))
    soft = system_level.SoftPairwiseAccuracy(scored, people.scored, people.p_values, table.settings.seed)
    return {
        "system_pearson": _OnSharedSegments(system_level.SystemPearson(scored, people.scored), table),
        "pairwise_accuracy": _OnSharedSegments(system_level.PairwiseAccuracy(scored, people.scored), table),
        "soft_pairwise_accuracy": _OnSharedSegments(soft, table),
    }


@dataclass(frozen=True, slots=True)
class _OnSharedSegments:
    """A statistic of system scores, on resamples of the table's units."""

    statistic: Statistic
    table: OutputTable

    @property
    def value(self) -> float:
        """The agreement."""
        return self.statistic.value

    def resampled(self, weights: FloatArray) -> FloatArray:
        """Return the agreement on resamples."""
        weights = self.table.of_shared_units(weights)
        usable = weights.sum(axis=1) > 0
        result = np.full(len(weights), np.nan)
        if usable.any():
            result[usable] = self.statistic.resampled(weights[usable])
        return result
