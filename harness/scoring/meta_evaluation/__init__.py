"""Meta-evaluation: how well metrics agree with human scores of outputs, so that a user knows which one to trust.

`human_scores.py` reads the human scores, and `outputs.py` makes arrays of them. `correlation.py` has the statistics of
segment scores, and `system_level.py` those of system scores; `measurement.py` applies them to metrics. This module adds
intervals from resamples of segments (of documents, if they are known), paired tests between metrics, and ranks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import isfinite, nan, sqrt

import numpy as np

from harness import metrics as metrics_module
from harness import tasks
from harness.core.errors import InputError
from harness.core.scores import Rank
from harness.metrics import Metric
from harness.scoring import FloatArray, Resampling, intervals, ranks, significance
from harness.scoring.meta_evaluation.human_scores import HumanScores
from harness.scoring.meta_evaluation.measurement import MetricRow, people_of, rows_of
from harness.scoring.meta_evaluation.outputs import OutputTable
from harness.scoring.meta_evaluation.records import (
    CORRELATIONS,
    SEGMENT_LEVEL,
    SYSTEM_LEVEL,
    Agreement,
    MetaEvaluation,
    MetricAgreement,
    MetricDifference,
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
    people = people_of(table) if table.has_system_level else None
    rows, failed = rows_of(used, table, people, human.label)
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
        notes=(*human.notes, *table.remarks(), *_cut(rows, len(human.outputs))),
    )


def _cut(rows: Sequence[MetricRow], outputs: int) -> Iterator[str]:
    for row in rows:
        if row.cut:
            are = "output is" if row.cut == 1 else "outputs are"
            name = row.metric.name
            yield f"{row.cut:,} of {outputs:,} {are} longer, with its texts, than {name} reads, and scored in part"


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


_Values = Mapping[str, Mapping[Name, float]]
_Samples = Mapping[str, Mapping[Name, FloatArray]]


def _differences(values: _Values, samples: _Samples, table: OutputTable) -> tuple[MetricDifference, ...]:
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
            differences.append(MetricDifference(name, a, b, delta, low, high, p, p_adjusted, significant))
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
    row: MetricRow, values: _Values, samples: _Samples, differences: Sequence[MetricDifference], table: OutputTable
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


def _rank(metric: str, statistic: Name, differences: Sequence[MetricDifference]) -> Rank | None:
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
