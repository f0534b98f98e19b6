"""A snapshot of a run: everything that the gate needs, which is statistics and counts of every system, and no text.

Statistics are against all references, whatever the footing of the run's tables (`harness.scoring.footing`): a baseline
then stays valid if a config shows the reference row or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import PlainValidator

from harness.core import files
from harness.core.errors import FileError
from harness.core.records import Generation
from harness.core.scores import Diagnostics, task_and_dataset
from harness.runs import pieces
from harness.runs.store import Run
from harness.runs.store.tables import identity_digest
from harness.scoring import SystemStatistics, TestSet, diagnostics, serialisation


def _array(value: Any) -> npt.NDArray[np.float64]:
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, OverflowError) as error:
        raise ValueError(str(error)) from None
    if array.ndim != 3 or not array.size or not np.isfinite(array).all():
        raise ValueError("expected numbers as [samples][segments][counts]")
    return array


# [views, segments, d]: one view for each sample of the outputs (see `harness.scoring.significance`)
StatisticsArray = Annotated[npt.NDArray[np.float64], PlainValidator(_array)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemSnapshot:
    """One system on one task."""

    name: str
    identity: Mapping[str, Any]  # everything that decides an output
    versions: Mapping[str, str]  # of Python and the libraries that made its outputs
    diagnostics: Diagnostics
    statistics: Mapping[str, StatisticsArray]  # by metric
    missing: tuple[str, ...] = ()  # ids without an output; a baseline has none
    error: str | None = None  # why it has no statistics; a baseline has none


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSnapshot:
    """One task and its systems; one task on one dataset, if the run has several datasets."""

    task: str  # label of the test set: "translate", "translate@in22-gen"
    target: str  # language of the outputs
    references: tuple[str, ...]  # versions
    signatures: Mapping[str, str]  # by metric
    ids: tuple[str, ...]  # of the segments
    articles: tuple[str, ...]  # the article of each segment
    systems: tuple[SystemSnapshot, ...]

    @property
    def generated_as(self) -> str:
        """The label of the task under which a run keeps its outputs, those of all datasets together."""
        return task_and_dataset(self.task)[0]

    def system(self, name: str) -> SystemSnapshot | None:
        """Return the system of that name, or None."""
        return next((system for system in self.systems if system.name == name), None)


@dataclass(frozen=True, slots=True)
class DatasetIdentity:
    """The data of a run."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One run."""

    run: str
    dataset: DatasetIdentity
    commit: str | None  # of the harness's repository; None if it ran outside one
    versions: Mapping[str, str]  # of Python and the libraries that computed the scores
    tasks: tuple[TaskSnapshot, ...]

    def task(self, label: str) -> TaskSnapshot | None:
        """Return the task of that label, or None."""
        return next((task for task in self.tasks if task.task == label), None)


def again(run: Run) -> str:
    """Return the command that completes a run in its own folder."""
    return f"harness run {run.path / 'config.yaml'} --results {run.path.parent}"


def snapshot(run: Run) -> Snapshot:
    """Return the snapshot of a run, from its folder alone.

    Raises:
        FileError: a file in the folder is missing or damaged, or the outputs are not those that were scored.
        InputError: the scores are damaged, or a newer harness wrote them.
    """
    stored = [serialisation.from_json(run.name, task.get("statistics", {})) for task in run.read_scores()]
    manifest = run.read_manifest()
    try:
        dataset = str(manifest["dataset"]["name"])
        ids: dict[str, list[str]] = {}  # by task, those of all datasets
        for each in stored:
            ids.setdefault(each.test_set.task, []).extend(each.test_set.ids)
        tasks = tuple(_task(run, each, ids[each.test_set.task], manifest["systems"]) for each in stored)
        is_one = not any(each.test_set.dataset for each in stored)
        digest = str(stored[0].shared["dataset"] if is_one else manifest["dataset"]["digest"]) if stored else ""
        commit = (manifest.get("git") or {}).get("commit")
        versions = _versions(manifest)
    except (KeyError, TypeError, AttributeError) as error:
        raise FileError(
            f"expected what made the run, found no {error}; run it again (stored outputs are reused): {again(run)}",
            where=run.path / "manifest.json",
        ) from None
    if not tasks:
        raise FileError("no task has scores; finish the run with harness run", where=run.path / "scores.json")
    return Snapshot(
        run=run.name,
        dataset=DatasetIdentity(dataset, digest),
        commit=commit,
        versions=versions,
        tasks=tasks,
    )


def _task(run: Run, stored: serialisation.StoredTask, ids: Sequence[str], systems: Mapping[str, Any]) -> TaskSnapshot:
    """Return the snapshot of one test set; `ids` are those of all test sets of its task."""
    test_set = stored.test_set
    return TaskSnapshot(
        task=test_set.label,
        target=test_set.target,
        references=tuple(test_set.references),
        signatures=dict(stored.shared["signatures"]),
        ids=test_set.ids,
        articles=test_set.articles,
        systems=tuple(
            _system(run, stored, row, ids, systems[row.name][test_set.task])
            for row in stored.rows
            if row.role == "system"
        ),
    )


def _system(
    run: Run, stored: serialisation.StoredTask, row: SystemStatistics, ids: Sequence[str], entry: Mapping[str, Any]
) -> SystemSnapshot:
    test_set = stored.test_set
    of_task = _outputs(run, test_set, row, entry, ids)
    outputs = {name: of_task[name] for name in test_set.ids if name in of_task}
    origins = entry["made"]
    measured = diagnostics.measure(diagnostics.Outputs(list(outputs.values()), test_set.target))
    if row.diagnostics is not None:  # some need sources, which a run's scores do not contain
        measured = replace(measured, counts={**row.diagnostics.counts, **measured.counts})
    return SystemSnapshot(
        name=row.name,
        identity=entry["identity"],
        versions=_versions(origins[-1]) if origins else {},
        diagnostics=measured,
        statistics=row.statistics,
        missing=tuple(name for name in test_set.ids if name not in outputs),
        error=row.error,
    )


def _outputs(
    run: Run, test_set: TestSet, row: SystemStatistics, entry: Mapping[str, Any], ids: Sequence[str]
) -> dict[str, tuple[Generation, ...]]:
    """Return the outputs that were scored, by id in the order of the ids, and in the order of the samples.

    Those that stood for more than a unit of the table are divided as they were for its scores.
    """
    task, system = test_set.task, row.name
    path = run.outputs_path(task, system)
    if entry["outputs"] and not path.exists():
        raise FileError(
            f"the outputs of {system} are missing; restore them from the store (no model runs): {again(run)}",
            where=path,
        )
    identity = identity_digest(entry["identity"])
    # The digest in a run's name covers the texts of the sources, so each id has one text; ignore its digest here.
    rows = run.read_outputs(task, system, identity)
    in_pieces = pieces.of_run(run, test_set.label, system, rows)
    outputs = _by_id(rows, ids if in_pieces == rows else list(dict.fromkeys(name for name, _, _ in rows)))
    texts = sorted([name, output.text] for name, of_source in outputs.items() for output in of_source)
    if files.digest_json(texts) != entry["digest"]:
        raise FileError(
            f"expected the outputs that were scored, found others (see the digest in "
            f"manifest.json); run it again: {again(run)}",
            where=path,
        )
    return _by_id(in_pieces, ids)


def _by_id(rows: Mapping[tuple[str, str, int], Generation], ids: Sequence[str]) -> dict[str, tuple[Generation, ...]]:
    by_sample = {(name, sample): generation for (name, _, sample), generation in rows.items()}
    samples = range(1 + max((sample for _, sample in by_sample), default=0))
    return {
        name: of_source
        for name in ids
        if (of_source := tuple(by_sample[key] for sample in samples if (key := (name, sample)) in by_sample))
    }


def _versions(origin: Mapping[str, Any]) -> dict[str, str]:
    return {"python": str(origin["python"]), **{name: str(version) for name, version in origin["libraries"].items()}}
