"""What a run would do, for `harness check`: one line that says whether it can start, two tables, and remarks.

The first table has a row for each system with a checkpoint (`_checkpoints.py`), the second one the outputs of each
system for each task (`_tasks.py`). The remarks are notes below the first table (`_remarks.py`). Rendering is pure: a
`PlanDescription` has all facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from harness.core.descriptions import PlanDescription
from harness.reporting import Table, numbers
from harness.reporting.plan import _checkpoints, _metrics, _tasks
from harness.reporting.plan._phrases import UNKNOWN, counted, dataset_size, grouped, licence_with_terms
from harness.reporting.plan._remarks import remarks

# Goes up if a key changes its meaning or disappears; a new key does not change it.
VERSION = 1


def tables(plan: PlanDescription) -> list[Table]:
    """Return the table of checkpoints, if there are any, and the table of tasks; the first one has the verdict."""
    first, *others = [*_checkpoints.tables(plan), *_metrics.tables(plan), _tasks.table(plan)]
    caption = _caption(plan) if others else f"{_caption(plan)}; {first.caption}"
    # Without systems that have a checkpoint, the metrics stand first.
    caption = f"{caption}; {first.caption}" if others and first.caption else caption
    first = replace(
        first, title=plan.path, verdict=verdict(plan), caption=caption, notes=(*remarks(plan), *first.notes)
    )
    return [first, *others]


def to_json(plans: Sequence[PlanDescription]) -> dict[str, Any]:
    """Return the object that `harness check --format json` prints; a value that is not known is null."""
    return {"version": VERSION, "plans": [{"can_start": plan.can_start, **asdict(plan)} for plan in plans]}


def verdict(plan: PlanDescription) -> str:
    """Return whether a run can start, and what is missing or will be downloaded."""
    if plan.can_start:
        missing = [dataset.name for dataset in plan.datasets if dataset.missing]
        when = f" once the data of {', '.join(missing)} are downloaded" if missing else ""
        absent = [metric.name for metric in plan.metrics if metric.fault]
        without = f" without {', '.join(absent)}" if absent else ""
        return f"can start{without}{when}; {_downloads(plan, 'nothing else' if missing else 'nothing')}"
    kinds = grouped((fault.kind, system.name) for system in plan.systems for fault in system.faults)
    return "cannot start: " + "; ".join(f"{kind} ({counted(names, plan)})" for kind, names in kinds)


def _downloads(plan: PlanDescription, nothing: str) -> str:
    """Return how much will be downloaded; a checkpoint of several systems counts once."""
    checkpoints = {
        (system.checkpoint.name, system.checkpoint.revision): system.checkpoint.download
        for system in plan.systems
        if system.checkpoint and system.checkpoint.place == "hub"
    } | {
        (metric.checkpoint.name, metric.checkpoint.revision): metric.checkpoint.download
        for metric in plan.metrics
        if metric.checkpoint.place == "hub" and not metric.fault
    }
    datasets = {dataset.name: dataset.download for dataset in plan.datasets if not (dataset.cached or dataset.missing)}
    sizes = [*checkpoints.values(), *datasets.values()]
    if not sizes:
        return f"{nothing} to download"
    known = [size for size in sizes if size is not None]
    at_least = "" if len(known) == len(sizes) else "at least "
    unknown = "weights" if checkpoints else "data"
    size = f"{at_least}{numbers.size(sum(known))}" if known else f"{unknown} of unknown size"
    counts = [numbers.count(len(each), name) for each, name in ((checkpoints, "checkpoint"), (datasets, "dataset"))
              if each]  # fmt: skip
    return f"downloads {size} first ({', '.join(counts)})"


def _caption(plan: PlanDescription) -> str:
    """Return the run's name and its data; several datasets have a line each among the remarks."""
    if plan.segments is None:
        # The run has no name yet either, because that depends on the data.
        absent = [dataset.name for dataset in plan.datasets if not dataset.cached] or [plan.dataset]
        each = "dataset" if len(absent) == 1 else "datasets"
        whose = "its" if len(absent) == 1 else "their"
        return f"{each} {', '.join(absent)}: not read yet, so {whose} numbers are {UNKNOWN}"
    if len(plan.datasets) > 1:
        several = numbers.count(len(plan.datasets), "dataset")
        return f"run {plan.run}; {several} (below) with {numbers.count(plan.segments, 'segment')}"
    content = dataset_size(plan.articles, plan.segments)
    return f"run {plan.run}; dataset {plan.dataset}: {content}; {licence_with_terms(plan.licence)}"
