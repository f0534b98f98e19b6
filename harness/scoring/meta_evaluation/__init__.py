"""Meta-evaluation: how well metrics agree with human scores of outputs, so that a user knows which one to trust.

`human_scores.py` reads the human scores, and `outputs.py` makes arrays of them. `correlation.py` has the statistics of
segment scores, and `system_level.py` those of system scores. This module applies them to several metrics, with
intervals from resamples of segments (of documents, if they are known), paired tests between metrics, and ranks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isfinite, nan, sqrt

import numpy as np

from harness import metrics as metrics_module
from harness import tasks
from harness.core.errors import InputError, ModelError
from harness.core.scores import Rank
from harness.metrics import Examples, Metric
from harness.scoring import FloatArray, Resampling, compute, intervals, networks, ranks, significance, uniform
from harness.scoring.meta_evaluation import correlation, system_level
from harness.scoring.meta_evaluation.correlation import AccuracyWithTies, KendallTauB, Statistic
from harness.scoring.meta_evaluation.human_scores import HumanScores, Output
from harness.scoring.meta_evaluation.outputs import OutputTable
from harness.scoring.meta_evaluation.records import (
    CORRELATIONS,
    SEGMENT_LEVEL,
    SYSTEM_LEVEL,
    Agreement,
    Difference,
    MetaEvaluation,
    MetricAgreement,
    Name,
)

# Metrics that run without a network, by kind of task.
DEFAULT_METRICS: Mapping[str, tuple[str, ...]] = {
    "translation": ("chrf++", "chrf", "bleu", "ter", "rougeL"),
    "summarisation": ("rougeL", "rouge1", "rouge2", "rougeLsum", "chrf++"),
}
MIN_OUTPUTS = 3


def default_metrics(human: HumanScores) -> tuple[str, ...]:
    """Return the metrics that are used if none is named: those of the task that need no network.

    Raises:
        InputError: outputs of the task are not compared with references.
    """
    task = tasks.get(human.task)
    if not task.compares or task.kind not in DEFAULT_METRICS:
        raise InputError(f"{human.task}: its outputs are not compared with references; give --metric")
    return DEFAULT_METRICS[task.kind]


def evaluate(human: HumanScores, metric_names: Sequence[str], settings: Resampling) -> MetaEvaluation:
    """Return how well metrics agree with these human scores; without names, the default metrics.

    Raises:
        InputError: there are fewer than three outputs, all have one human score, or a metric is unknown or needs what
            such files do not have.
        ModelError: every metric failed: a checkpoint is missing, or its network cannot run.
    """
    chosen = metrics_module.choose(list(metric_names) or default_metrics(human))
    _check(human)
    used = [_metric(name, options, human) for name, options in chosen.items()]
    table = OutputTable.of(human, settings)
    people = _people(table) if table.has_system_level else None
    rows, failed = _rows(used, table, people, human.label)
    values = {row.metric.name: {name: each.value for name, each in row.statistics.items()} for row in rows}
    samples = {
        row.metric.name: {name: each.resampled(table.weights) for name, each in row.statistics.items()} for row in rows
    }
    differences = _differences(values, samples, table)
    agreements = [_agreement(row, values, samples, differences, table) for row in rows]
    by_human = sorted(table.systems, key=table.human_mean, reverse=True)
    return MetaEvaluation(
        task=human.task,
        target=human.target,
        source_language=human.source_language,
        label=human.label,
        score_column=human.score_column,
        outputs=len(human.outputs),
        segments=len(set(table.segments.tolist())),
        systems=tuple(by_human),
        shared_segments=len(table.shared),
        unit=table.unit,
        units=table.units_count,
        metrics=tuple(sorted(agreements, key=_order)),
        differences=differences,
        settings=settings,
        failed=failed,
        notes=(*human.notes, *table.remarks()),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """One metric with its statistics."""

    metric: Metric
    signature: str
    epsilon: float
    statistics: Mapping[Name, Statistic]


def _check(human: HumanScores) -> None:
    if len(human.outputs) < MIN_OUTPUTS:
        raise InputError(
            f"{human.label}: expected at least {MIN_OUTPUTS} outputs with a human score, found {len(human.outputs)}"
        )
    if len({output.score for output in human.outputs}) == 1:
        raise InputError(f"{human.label}: every output has the same human score, so no metric can agree with it")


def _metric(name: str, options: Metric.Options | None, human: HumanScores) -> Metric:
    metric = metrics_module.get(name, human.target, options)
    if "annotations" in metric.needs:
        raise InputError(f"metric {name} reads annotations of a dataset, which files cannot have")
    if "sources" in metric.needs and not all(output.source for output in human.outputs):
        raise InputError(f"metric {name} reads the sources too; expected a source in every row (--column source=NAME)")
    return metric


@dataclass(frozen=True, slots=True)
class _People:
    """The systems as the people see them."""

    scored: system_level.Scored
    p_values: FloatArray  # of each pair of systems


def _people(table: OutputTable) -> _People:
    values = np.stack([table.human, np.ones_like(table.human)], axis=-1)[table.shared.T]
    scored = system_level.Scored(values, lambda summed: summed[..., 0] / summed[..., 1])
    return _People(scored, scored.p_values(table.settings.seed))


def _rows(
    used: Sequence[Metric], table: OutputTable, people: _People | None, label: str
) -> tuple[list[_Row], dict[str, str]]:
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


def _scored(metric: Metric, table: OutputTable, people: _People | None, label: str) -> _Row:
    """Return a metric's statistics of agreement; those of systems, if the people's view of them is given."""
    sums = _sums(metric, table, label)
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
    return _Row(metric, metric.signature(uniform(counts)), ties.epsilon, statistics)


def _sums(metric: Metric, table: OutputTable, label: str) -> FloatArray:
    """Return the statistics of each output.

    All outputs are read at once, so that a network reads each source and reference once. If all references of a system
    decide its statistics, each system is read alone, as in tables.
    """
    everything = _examples(metric, table.outputs)
    systems = [output.system for output in table.outputs]
    pieces = [list(range(len(systems)))]
    if metric.context(everything):
        pieces = [[index for index, system in enumerate(systems) if system == name] for name in dict.fromkeys(systems)]
    sums: FloatArray | None = None
    for indices in pieces:
        examples = everything.take(indices)
        if metric.needs_network:
            compute.read(metric, examples, networks.counter(f"{label}: {metric.name}"))
        part = compute.statistics(metric, examples)
        if sums is None:
            sums = np.empty((len(systems), part.shape[1]))
        sums[indices] = part
    assert sums is not None
    return sums


def _examples(metric: Metric, outputs: Sequence[Output]) -> Examples:
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


def _system_level(metric: Metric, sums: FloatArray, table: OutputTable, people: _People) -> dict[Name, Statistic]:
    sign = 1.0 if metric.higher_is_better else -1.0
    scored = system_level.Scored(sums[table.shared.T], lambda summed: sign * metric.score(summed))
    soft = system_level.SoftPairwiseAccuracy(scored, people.scored, people.p_values, table.settings.seed)
    return {
        "system_pearson": _OnSharedSegments(system_level.Pearson(scored, people.scored), table),
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


_Values = Mapping[str, Mapping[Name, float]]
_Samples = Mapping[str, Mapping[Name, FloatArray]]


def _differences(values: _Values, samples: _Samples, table: OutputTable) -> tuple[Difference, ...]:
    """Return the comparison of each pair of metrics on each statistic; none with too few units.

    All metrics have the same resamples, so that the tests are paired. Holm's correction is for all pairs of metrics on
    one statistic.
    """
    if table.units_count < significance.MIN_UNITS:
        return ()
    level = significance.level(table.settings.confidence)
    differences = []
    for name in (*SEGMENT_LEVEL, *SYSTEM_LEVEL):
        with_value = [metric for metric in values if isfinite(values[metric].get(name, nan))]
        pairs = list(combinations(with_value, 2))
        drawn = [samples[a][name] - samples[b][name] for a, b in pairs]
        deltas = [values[a][name] - values[b][name] for a, b in pairs]
        p_values = [paired_p(delta, each, units=table.units_count) for delta, each in zip(deltas, drawn, strict=True)]
        adjusted = significance.holm(p_values)
        for (a, b), delta, each, p, p_adjusted in zip(pairs, deltas, drawn, p_values, adjusted, strict=True):
            width = 2.0 if name in CORRELATIONS else 1.0
            low, high = _interval(delta, each, (-width, width), table) or (None, None)
            significant = p_adjusted < level and low is not None and high is not None and not low <= 0 <= high
            differences.append(Difference(name, a, b, delta, low, high, p, p_adjusted, significant))
    return tuple(differences)


def paired_p(delta: float, drawn: FloatArray, *, units: int) -> float:
    """Return the two-sided p-value of an observed difference, from the same difference on resamples of units.

    It is that of a bootstrap centred at 0 (Efron and Tibshirani 1993, section 16.4): the share of resamples, the
    observed difference counted too, that are at least as far from the mean of all as the observed difference is from 0.
    """
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return 1.0
    # The bootstrap's spread is too small by the square root of (n - 1) / n.
    moved = np.abs(drawn - drawn.mean()) * sqrt(units / (units - 1))
    return (int((moved >= abs(delta) - 1e-12).sum()) + 1) / (len(drawn) + 1)


def _interval(
    value: float, drawn: FloatArray, scale: tuple[float, float], table: OutputTable
) -> tuple[float, float] | None:
    """Return the interval of a value from its resamples; None with too few units, or without a value."""
    drawn = drawn[np.isfinite(drawn)]
    if not isfinite(value) or len(drawn) < 2 or table.units_count < intervals.MIN_UNITS:
        return None
    if table.settings.interval == "percentile":
        return intervals.percentile(drawn, table.settings.confidence)
    return intervals.student(value, drawn, units=table.units_count, confidence=table.settings.confidence, scale=scale)


def _agreement(
    row: _Row, values: _Values, samples: _Samples, differences: Sequence[Difference], table: OutputTable
) -> MetricAgreement:
    name = row.metric.name
    agreements: dict[Name, Agreement] = {}
    for statistic, value in values[name].items():
        scale = (-1.0, 1.0) if statistic in CORRELATIONS else (0.0, 1.0)
        low, high = _interval(value, samples[name][statistic], scale, table) or (None, None)
        agreements[statistic] = Agreement(
            value if isfinite(value) else None, low, high, _rank(name, statistic, differences)
        )
    return MetricAgreement(
        metric=name,
        signature=row.signature,
        turned=not row.metric.higher_is_better,
        epsilon=row.epsilon if isfinite(row.epsilon) else None,
        agreements=agreements,
    )


def _rank(metric: str, statistic: Name, differences: Sequence[Difference]) -> Rank | None:
    """Return the ranks that a metric may have on a statistic; None if it was compared with no other."""
    compared = [each for each in differences if each.statistic == statistic]
    names = list(dict.fromkeys(name for each in compared for name in (each.a, each.b)))
    if metric not in names:
        return None
    shown = [each for each in compared if each.significant]
    better = {(each.a, each.b) if each.delta > 0 else (each.b, each.a) for each in shown}
    return ranks.intervals(names, better)[metric]


def _order(row: MetricAgreement) -> float:
    value = row.agreements["kendall_tau_b"].value
    return float("inf") if value is None else -value
