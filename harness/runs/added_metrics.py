"""Add metrics to a run that is finished: read its outputs, score them, and write its tables again.

Nothing else changes: the other columns are those that the run stores. The manifest keeps the metrics that were added,
so that `harness run` computes them too if it scores the run again. Neither the models of the run nor their checkpoints
are needed, only its dataset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness import metrics
from harness import tasks as task_contract
from harness.config import data as config_data
from harness.config.schema import GateConfig
from harness.core.errors import FileError, InputError, ModelError
from harness.core.records import Dataset, Generation, Source
from harness.core.scores import PublishedScore, TaskScores
from harness.metrics import Metric
from harness.reporting.json import to_json
from harness.runs import manifest as manifest_module
from harness.runs import pieces, testset
from harness.runs.score import write_errors, write_tables
from harness.runs.store import Run
from harness.runs.store.tables import identity_digest
from harness.scoring import (
    Resampling,
    SystemStatistics,
    TestSet,
    analysis,
    bounds,
    networks,
    serialisation,
    slices,
    used_metrics,
)
from harness.scoring import systems as systems_module
from harness.scoring.serialisation import StoredTask
from harness.tasks import Task

_Outputs = Mapping[str, Sequence[Sequence[str]]]  # [samples, ids] of each system
_AGAIN = "run its config again (stored outputs are reused)"


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of one table of a run."""

    task: Task
    sources: Mapping[str, Source]  # by id
    references: Mapping[str, Mapping[str, str]]  # by version, then id
    annotations: tuple[tuple[object, ...], ...]  # those of each scored unit; empty if no metric reads them
    not_annotated: tuple[str, ...] = ()  # new metrics that no unit is annotated for


def add(run: Run, items: Sequence[str | Mapping[str, Any]]) -> tuple[TaskScores, ...]:
    """Add metrics to every table of a run, write the tables, and return their scores.

    A table without annotations for a metric of annotations gets a note instead of the column.

    Args:
        run: the run.
        items: the metrics, as `metrics.choose` takes them; relative paths are relative to the current folder.

    Raises:
        InputError: a metric is unknown, is in the tables already, or no table has annotations for it; or the dataset is
            not what was scored.
        FileError: a file of the run is missing or damaged, or cannot be written.
        ModelError: a metric's checkpoint cannot be found, loaded or run. Nothing is written then.
    """
    stored = run.read_scores()
    data = config_data.read(run.path / "config.yaml")
    manifest = run.read_manifest()
    settings = Resampling(**_settings(run).statistics.model_dump())
    tables: list[tuple[TaskScores, dict[str, Any], str, TestSet | None, _Outputs]] = []
    added: dict[str, dict[str, Any]] = {}
    absent: list[tuple[str, ...]] = []  # by table
    for raw in stored:
        table = serialisation.from_json(run.name, raw.get("statistics", {}))
        chosen = _chosen(items, table, run)
        texts = _texts(table, data, chosen, run)
        chosen = {name: options for name, options in chosen.items() if name not in texts.not_annotated}
        absent.append(texts.not_annotated)
        outputs = _all_outputs(run, table, manifest)
        new, test_set, rows, failed = _score(table, texts, chosen, outputs)
        if failed:
            raise ModelError("; ".join(f"{name}: {reason}" for name, reason in failed.items()), where=run.name)
        scores = replace(
            analysis.assess(test_set, rows, settings, notes=_notes(raw, texts)),
            published=tuple(PublishedScore(**each) for each in raw.get("published", ())),
        )
        content = {
            **to_json(scores),
            "statistics": serialisation.to_json(test_set, rows, str(table.shared["dataset"])),
        }
        tables.append((scores, content, slices.to_jsonl(test_set, rows), new, outputs))
        for name, options in chosen.items():
            item = metrics.written(name, options, run.path)
            added.setdefault(test_set.task, {})[name] = item
    if nowhere := [name for name in absent[0] if all(name in of_table for of_table in absent)] if absent else []:
        message = f"no unit of its tables has annotations for {', '.join(nowhere)}"
        raise InputError(message, where=f"run {run.name}")
    key = run.scored_key()
    run.write_scores([content for _, content, *_ in tables])
    for scores, _, segments, new, outputs in tables:
        run.write_table(scores.label, "segments.jsonl", segments)
        if new is not None:
            write_errors(run, new, outputs, before=run.read_table(scores.label, "errors.jsonl"))
    all_scores = tuple(scores for scores, *_ in tables)
    write_tables(run, all_scores, key)
    run.write_manifest(manifest_module.with_metrics(manifest, all_scores, added))
    return all_scores


def _notes(raw: Mapping[str, Any], texts: _Texts) -> tuple[str, ...]:
    """Return the notes of a stored table, and one on the new metrics that it has no annotations for."""
    names = ", ".join(texts.not_annotated)
    note = [f"{names}: n/a, because no unit of this table has such annotations"] if names else []
    return tuple(dict.fromkeys([*raw.get("notes", ()), *note]))


def extended(tasks: Sequence[Task], run: Run) -> tuple[Task, ...]:
    """Return the tasks of a config with the metrics that were added to its run."""
    added = manifest_module.added_metrics(run.read_manifest())
    return tuple(_extended(task, added.get(task.label, {}), run) for task in tasks)


def _extended(task: Task, added: Mapping[str, Any], run: Run) -> Task:
    options = dict(task.metric_options)
    names = list(task.metrics)
    for name, item in added.items():
        if name in names:
            continue
        ((_, of_item),) = metrics.choose([item], run.path).items()
        names.append(name)
        if of_item is not None:
            options[name] = of_item
    return replace(task, metrics=tuple(names), metric_options=options)


def _settings(run: Run) -> GateConfig:
    """Return the part of the run's config that says how intervals and tests are computed."""
    known = {key: value for key, value in run.read_config().items() if key in GateConfig.model_fields}
    return GateConfig.model_validate(known)


def _chosen(items: Sequence[str | Mapping[str, Any]], table: StoredTask, run: Run) -> dict[str, Metric.Options | None]:
    """Return the options of the metrics that are added to a table, by their names in it."""
    chosen: dict[str, Metric.Options | None] = {}
    for name, options in metrics.choose(items).items():
        if name not in table.test_set.metrics:
            chosen[name] = options
        elif options is not None and (longer := f"{name}[{options.label()}]") not in table.test_set.metrics:
            chosen[longer] = options
        else:
            raise InputError(f"{name} is in the table of {table.test_set.label} already", where=f"run {run.name}")
    return chosen


def _texts(table: StoredTask, data: config_data.Data, chosen: Mapping[str, Metric.Options | None], run: Run) -> _Texts:
    """Return the sources, references and annotations that the new metrics read.

    Raises:
        InputError: the dataset is not at hand, or has changed since.
    """
    test_set = table.test_set
    task = data.tasks.get(test_set.task)
    by_name: Mapping[str, Dataset] = data.datasets
    dataset = by_name.get(test_set.dataset) if test_set.dataset else next(iter(by_name.values()), None)
    if task is None or dataset is None:
        why = "; ".join(data.missing) or "config.yaml does not name the task and its dataset"
        raise InputError(f"its sources and references cannot be read: {why}", where=f"run {run.name}")
    if dataset.digest != table.shared["dataset"]:
        raise InputError(f"{dataset.name} has changed since the run; {_AGAIN}", where=f"run {run.name}")
    sources = {source.id: source for source in task_contract.sources(task, dataset)}
    plain = tuple(name for name, options in chosen.items() if options is None)
    absent = tuple(testset.not_annotated(replace(task, metrics=plain), dataset, test_set.ids))
    # The oracle row selects by the primary metric again.
    reading = replace(task, metrics=(*(name for name in plain if name not in absent), test_set.primary))
    annotations = testset.annotations_of(reading, dataset, test_set.ids)
    return _Texts(task, sources, task_contract.references(task, dataset), annotations, absent)


def _score(
    table: StoredTask,
    texts: _Texts,
    chosen: Mapping[str, Metric.Options | None],
    outputs: _Outputs,
) -> tuple[TestSet | None, TestSet, list[SystemStatistics], dict[str, str]]:
    """Return the test set with the new metrics alone, then that and the rows with all of them, and what failed.

    The first is None if no metric is new.
    """
    stored = table.test_set
    if not chosen:
        return None, stored, list(table.rows), {}
    new = replace(
        stored,
        metrics=tuple(chosen),
        primary=next(iter(chosen)),
        options={name: options for name, options in chosen.items() if options is not None},
        stored={},
        references={
            version: tuple(texts.references.get(version, {}).get(name) for name in stored.ids)
            for version in stored.references
        },
        sources=tuple(texts.sources[name].text for name in stored.ids),
        sentences=tuple(texts.sources[name].sentences for name in stored.ids),
        annotations=texts.annotations,
    )
    with_reference_row = any(row.role == "reference" for row in table.rows)
    prepared, failed = networks.prepare(new, outputs, reference_row=with_reference_row)
    if failed:
        return new, stored, [], failed
    rows = [_row(row, prepared, outputs, stored.primary) for row in table.rows]
    signatures = {metric.name: new.signature(metric) for metric in used_metrics(new)}
    both = replace(
        stored,
        metrics=(*stored.metrics, *chosen),
        options=new.options,
        stored={**stored.stored, **signatures},
    )
    return new, both, rows, {}


def _row(
    row: SystemStatistics, test_set: TestSet, outputs: Mapping[str, Sequence[Sequence[str]]], primary: str
) -> SystemStatistics:
    """Return a row with the statistics of the new metrics beside those that it has."""
    if row.error is not None:
        return row
    notes: tuple[str, ...] = ()
    if row.role == "system":
        new = systems_module.statistics_row(row.name, row.role, outputs[row.name], test_set)
        notes = networks.remarks(test_set, outputs[row.name])
    elif row.role == "reference":
        reference = bounds.reference(test_set)
        assert reference is not None  # the table has one
        new = reference
    else:
        # The extracts are those that the table's primary metric selects.
        whole = replace(test_set, metrics=(primary, *test_set.metrics), primary=primary)
        new = bounds.oracle(whole)
    names = test_set.metrics
    return replace(
        row,
        statistics={**row.statistics, **{name: np.asarray(new.statistics[name]) for name in names}},
        leave_one_out={
            **row.leave_one_out, **{name: new.leave_one_out[name] for name in names if name in new.leave_one_out}
        },
        notes=(*row.notes, *notes),
    )  # fmt: skip


def _all_outputs(run: Run, table: StoredTask, manifest: Mapping[str, Any]) -> _Outputs:
    """Return the texts of each system that was scored."""
    return {
        row.name: _outputs(run, table.test_set, row, manifest)
        for row in table.rows
        if row.role == "system" and row.error is None
    }


def _outputs(run: Run, test_set: TestSet, row: SystemStatistics, manifest: Mapping[str, Any]) -> list[list[str]]:
    """Return the texts of a system that were scored, [samples, ids].

    Raises:
        FileError: they are not in the run's folder.
    """
    task, ids = test_set.task, test_set.ids
    samples = next(iter(row.statistics.values())).shape[0]
    path = run.outputs_path(task, row.name)
    try:
        identity = manifest["systems"][row.name][task]["identity"]
    except (KeyError, TypeError):
        raise FileError(
            f"it does not say which outputs were scored; {_AGAIN}", where=run.path / "manifest.json"
        ) from None
    outputs = run.read_outputs(task, row.name, identity_digest(identity))
    outputs = pieces.of_run(run, test_set.label, row.name, outputs)
    stored: dict[tuple[str, int], Generation] = {
        (name, sample): generation for (name, _, sample), generation in outputs.items()
    }
    wanted = [[(name, sample) for name in ids] for sample in range(samples)]
    if missing := sum(each not in stored for of_sample in wanted for each in of_sample):
        raise FileError(f"{missing} of {len(ids) * samples} outputs that were scored are missing; {_AGAIN}", where=path)
    return [[stored[each].text for each in of_sample] for of_sample in wanted]
