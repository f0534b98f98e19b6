"""The table of the metrics that have a checkpoint: what it needs, its terms, and whether it is on this machine."""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.descriptions import MetricDescription, PlanDescription
from harness.reporting import Cell, Legend, Table, numbers
from harness.reporting.plan._checkpoints import CACHED
from harness.reporting.plan._phrases import COMMIT, OF_FAMILY, UNKNOWN, grouped, licence_with_terms, stated


def tables(plan: PlanDescription) -> Iterator[Table]:
    """Yield the table of the metrics that have a checkpoint, if there are any."""
    if not plan.metrics:
        return
    rows = tuple(_row(metric) for metric in plan.metrics)
    texts = [cell.text for row in rows for cell in row]
    marks = []
    if any(text.endswith(OF_FAMILY) for text in texts):
        marks.append(f"{OF_FAMILY}: stated by the metric's file in harness/metrics; the hub may say otherwise.")
    if UNKNOWN in texts:
        marks.append(f"{UNKNOWN}: not known here.")
    yield Table(
        title="metrics",
        caption="",
        columns=("metric", "checkpoint", "revision", "size", "cached", "gated", "licence"),
        rows=rows,
        notes=tuple(_notes(plan)),
        legend=Legend(marks=tuple(marks)),
        optional=(2, 5),
        names=(0, 1),
    )


def _row(metric: MetricDescription) -> tuple[Cell, ...]:
    checkpoint = metric.checkpoint
    return (
        Cell(metric.name),
        Cell(checkpoint.name),
        Cell((checkpoint.revision or numbers.MISSING)[:COMMIT]),
        Cell(stated("size", checkpoint, numbers.size)),
        Cell(CACHED[checkpoint.place]),
        Cell(stated("gated", checkpoint, lambda gated: "yes" if gated else "no")),
        Cell(stated("licence", checkpoint, str)),
    )


def _notes(plan: PlanDescription) -> Iterator[str]:
    absent = [metric.name for metric in plan.metrics if metric.fault]
    if absent:
        yield f"{', '.join(absent)}: no checkpoint here, so a run scores without and exits with 3"
    for fault, names in grouped((metric.fault, metric.name) for metric in plan.metrics if metric.fault):
        yield f"{', '.join(names)}: {fault}"
    for metric in plan.metrics:
        if metric.encoder:
            yield f"{metric.name} reads the configuration and tokenizer of {metric.encoder}"
        licence = licence_with_terms(metric.checkpoint.licence)
        if metric.checkpoint.licence and licence.endswith("use"):
            yield f"{metric.name}: {licence}"
