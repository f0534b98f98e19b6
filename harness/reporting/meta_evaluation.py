"""How well metrics agree with human scores, as tables, JSON and CSV; pure."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from io import StringIO
from typing import Any

from harness.reporting import Cell, Legend, Table, numbers
from harness.scoring.meta_evaluation.records import (
    SEGMENT_LEVEL,
    SYSTEM_LEVEL,
    MetaEvaluation,
    MetricAgreement,
    MetricDifference,
    Name,
)

_HEADINGS: Mapping[Name, str] = {
    "pearson": "Pearson r",
    "kendall_tau_b": "tau-b",
    "accuracy_with_ties": "acc*eq",
    "system_pearson": "Pearson r",
    "pairwise_accuracy": "accuracy",
    "soft_pairwise_accuracy": "soft accuracy",
}
_MARKS: Mapping[Name, str] = {
    "pearson": "Pearson r: Pearson's correlation with the human scores, over outputs or over systems.",
    "kendall_tau_b": "tau-b: Kendall's tau-b over all pairs of outputs; ties are corrected for (Kendall 1945).",
    "accuracy_with_ties": "acc*eq: share of the pairs of outputs of a segment that metric and people order alike or "
    "both tie, with tie calibration; mean over segments (Deutsch et al. 2023).",
    "pairwise_accuracy": "accuracy: share of the pairs of systems that both put in one order (Kocmi et al. 2021).",
    "soft_pairwise_accuracy": "soft accuracy: 1 − mean difference of the p-values that metric and people give to each "
    "pair of systems (Thompson et al. 2024).",
}
_TURNED = "−"  # before the name of a metric whose scores were negated
_COLUMNS = (
    "row", "task", "source_language", "target", "metric", "against", "statistic", "value", "low", "high", "rank_best",
    "rank_worst", "p", "p_adjusted", "significant", "epsilon", "outputs", "segments", "systems", "unit", "units",
    "score_column", "signature",
)  # fmt: skip
_MOST_PAIRS = 15


def tables(evaluation: MetaEvaluation) -> list[Table]:
    """Return the tables of segment level, of system level if there is one, and of pairs of metrics."""
    found = [_levels(evaluation, "segment level", SEGMENT_LEVEL, "kendall_tau_b")]
    if any("soft_pairwise_accuracy" in row.agreements for row in evaluation.metrics):
        found.append(_levels(evaluation, "system level", SYSTEM_LEVEL, "soft_pairwise_accuracy"))
    if pairs := [each for each in evaluation.differences if each.statistic == "kendall_tau_b"]:
        found.append(_pairs(evaluation, pairs))
    return found


def _levels(evaluation: MetaEvaluation, level: str, statistics: Sequence[Name], ranking: Name) -> Table:
    shown = [name for name in statistics if any(name in row.agreements for row in evaluation.metrics)]
    rows = sorted(evaluation.metrics, key=lambda row: -(_value(row, ranking) or -2.0))
    cells = []
    for row in rows:
        values = [Cell(_interval(row, name)) for name in shown]
        agreement = row.agreements.get(ranking)
        cells.append((
            Cell(f"{_TURNED if row.turned else ''}{row.metric}"),
            *values,
            Cell(numbers.rank(agreement.rank if agreement else None)),
        ))
    return Table(
        title=f"{evaluation.label}, {level}",
        caption=_caption(evaluation, level),
        columns=("metric", *(_HEADINGS[name] for name in shown), "rank"),
        rows=tuple(cells),
        notes=tuple(_notes(evaluation, level)),
        legend=_legend(evaluation, shown, _HEADINGS[ranking]),
        verdict=_verdict(evaluation, rows, level, ranking),
        optional=(1,),
    )


def _caption(evaluation: MetaEvaluation, level: str) -> str:
    systems = numbers.count(len(evaluation.systems), "system") if evaluation.systems else "systems unknown"
    if level == "system level":
        return f"n = {systems} on {numbers.count(evaluation.shared_segments, 'segment')}"
    outputs = numbers.count(evaluation.outputs, "output")
    segments = numbers.count(evaluation.segments, "segment")
    return f"n = {outputs} of {segments}, {systems}; human score: {evaluation.score_column}"


def _verdict(evaluation: MetaEvaluation, rows: Sequence[MetricAgreement], level: str, ranking: Name) -> str:
    """Return which metrics agree best, by the tests; empty if nothing was tested."""
    agreements = {row.metric: row.agreements.get(ranking) for row in rows}
    first = [name for name, each in agreements.items() if each is not None and each.rank and each.rank.best == 1]
    if not first:
        return ""
    if len(first) == len(rows):
        return "no metric is shown to agree better than another"
    if len(first) == 1:
        return f"{first[0]} agrees best with people"
    return f"{', '.join(first[:-1])} and {first[-1]} agree best and are not shown to differ"


def _notes(evaluation: MetaEvaluation, level: str) -> Iterator[str]:
    if level == "segment level":
        for name, reason in evaluation.failed.items():
            yield f"No {name}: {reason}."
        for note in evaluation.notes:
            yield f"{note if note.startswith('n = ') else note[0].upper() + note[1:]}."
    undefined = [
        row.metric for row in evaluation.metrics for each in row.agreements.values() if each.value is None
    ]  # fmt: skip
    if undefined and level == "segment level":
        yield f"{numbers.MISSING}: not defined, because all scores are equal ({', '.join(dict.fromkeys(undefined))})."


def _legend(evaluation: MetaEvaluation, shown: Sequence[Name], ranking: str) -> Legend:
    settings = evaluation.settings
    marks = [_MARKS[name] for name in shown if name in _MARKS]
    if "system_pearson" in shown:
        marks.insert(0, _MARKS["pearson"])
    marks.append(f"rank: by {ranking}, from the paired tests; metrics that are not shown to differ share ranks.")
    if any(row.turned for row in evaluation.metrics):
        marks.append(f"{_TURNED} before a name: lower scores are better; they were negated.")
    methods = [
        f"[ ]: {settings.confidence:.0%} intervals, {settings.interval}, from {settings.resamples:,} bootstrap "
        f"resamples of {evaluation.units:,} {evaluation.unit}s, seed {settings.seed}.",
    ]
    if "system_pearson" in shown:
        methods.append("System level: resamples vary the segments; the systems stay the same.")
    if evaluation.differences:
        methods.append(
            "Tests: paired bootstrap of the difference, centred at 0, two-sided, with Holm's correction for all pairs "
            "of metrics."
        )
        lowest = len({(each.a, each.b) for each in evaluation.differences}) / (settings.resamples + 1)
        if lowest > 1 - settings.confidence:
            methods.append(
                f"{settings.resamples:,} resamples are too few for any test of so many pairs; give --resamples."
            )
    return Legend(tuple(marks), tuple(methods), tuple(f"{row.metric}: {row.signature}" for row in evaluation.metrics))


def _pairs(evaluation: MetaEvaluation, pairs: Sequence[MetricDifference]) -> Table:
    """Return the pairs of metrics at segment level: all, or of many metrics those of the best."""
    turned = [each if each.delta >= 0 else _opposite(each) for each in pairs]
    best = evaluation.metrics[0].metric
    chosen = turned if len(turned) <= _MOST_PAIRS else [each for each in turned if best in (each.a, each.b)]
    rows = [
        (
            Cell(f"{each.a} − {each.b}"),
            Cell(numbers.coefficient_delta(each.delta)),
            Cell(_limits(each.low, each.high)),
            Cell(numbers.p_value(each.p)),
            Cell(numbers.p_value(each.p_adjusted), bold=each.significant),
        )
        for each in sorted(chosen, key=lambda each: (each.p_adjusted, each.p, -each.delta))
    ]
    return Table(
        title=f"{evaluation.label}, pairs of metrics",
        caption="difference of tau-b at segment level",
        columns=("pair", "delta", "interval", "p", "p (Holm)"),
        rows=tuple(rows),
        notes=(),
        optional=(3,),
    )


def _opposite(each: MetricDifference) -> MetricDifference:
    low, high = (None, None) if each.low is None or each.high is None else (-each.high, -each.low)
    return MetricDifference(
        each.statistic, each.b, each.a, -each.delta, low, high, each.p, each.p_adjusted, each.significant
    )


def _value(row: MetricAgreement, name: Name) -> float | None:
    agreement = row.agreements.get(name)
    return None if agreement is None else agreement.value


def _interval(row: MetricAgreement, name: Name) -> str:
    agreement = row.agreements.get(name)
    if agreement is None or agreement.value is None:
        return numbers.MISSING
    limits = _limits(agreement.low, agreement.high)
    value = numbers.coefficient(agreement.value)
    return value if limits == numbers.MISSING else f"{value} {limits}"


def _limits(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return numbers.MISSING
    return f"[{numbers.coefficient(low)}, {numbers.coefficient(high)}]"


def to_json(evaluation: MetaEvaluation) -> dict[str, Any]:
    """Return everything as JSON, best metric first."""
    content = asdict(evaluation)
    settings = content.pop("settings")
    return {
        **content,
        "resampling": {key: settings[key] for key in ("resamples", "seed", "confidence", "interval")},
    }


def to_csv(evaluations: Sequence[MetaEvaluation]) -> str:
    """Return a line for each statistic of each metric and for each difference, unrounded."""
    stream = StringIO()
    writer = csv.DictWriter(stream, _COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for evaluation in evaluations:
        common = {
            "task": evaluation.task,
            "source_language": evaluation.source_language,
            "target": evaluation.target,
            "outputs": evaluation.outputs,
            "segments": evaluation.segments,
            "systems": len(evaluation.systems),
            "unit": evaluation.unit,
            "units": evaluation.units,
            "score_column": evaluation.score_column,
        }
        for row in evaluation.metrics:
            writer.writerows(common | of_metric for of_metric in _csv_rows(row))
        for each in evaluation.differences:
            values = {key: value for key, value in asdict(each).items() if key not in ("a", "b", "delta")}
            writer.writerow(
                common
                | _filled(values)
                | {"row": "difference", "metric": each.a, "against": each.b, "value": each.delta}
                | {"significant": str(each.significant).lower()}
            )
    return stream.getvalue()


def _csv_rows(row: MetricAgreement) -> Iterator[dict[str, Any]]:
    for name, agreement in row.agreements.items():
        rank = agreement.rank
        yield _filled({
            "row": "agreement",
            "metric": row.metric,
            "statistic": name,
            "value": agreement.value,
            "low": agreement.low,
            "high": agreement.high,
            "rank_best": rank.best if rank else None,
            "rank_worst": rank.worst if rank else None,
            "epsilon": row.epsilon if name == "accuracy_with_ties" else None,
            "signature": row.signature,
        })


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: "" if value is None else value for key, value in values.items()}
