"""Read the segments of runs with their texts, for pages, the terminal and notebooks.

Scores come from the statistics that a run stores, and outputs from its export. Sources and references are in the
dataset, which the run's config names. If the dataset is not at hand, its texts are missing and a note says why.
Flags are computed from the texts. Nothing is written and nothing is downloaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness import tasks as task_contract
from harness.config import data as config_data
from harness.core.errors import HarnessError
from harness.core.records import Dataset, Generation
from harness.core.segments import OutputView, SegmentView, TaskView
from harness.runs import pieces
from harness.runs.differences import labels
from harness.runs.store import Run
from harness.runs.store.tables import identity_digest
from harness.scoring import SystemStatistics, TestSet, comparison, segments, serialisation
from harness.scoring.segments import SegmentTexts, SystemOutputs
from harness.scoring.serialisation import StoredTask
from harness.tasks import Task

__all__ = ["OutputView", "SegmentView", "TaskView", "load"]


def load(runs: Mapping[str, Run], *, by_run: bool = False) -> tuple[TaskView, ...]:
    """Return the segments of runs, which are given by name (see `lookup.find_all`).

    Runs that were scored on the same segments, references and metric signatures are in one view, in which systems have
    the names that `scoring.comparison.compare` gives them. Other runs have views of their own. If a system has several
    samples, the view has the first. With `by_run`, systems of one name are told apart by their runs only, not by what
    differs in their settings.

    Raises:
        FileError: a run has no scores, or a file is damaged.
        InputError: the scores are damaged, or a newer harness wrote them.
    """
    folders = {name: _Folder.of(run) for name, run in runs.items()}
    names_of_same = {} if by_run else labels({name: folder.manifest for name, folder in folders.items()})
    by_label: dict[str, dict[str, StoredTask]] = {}
    for name, run in runs.items():
        for raw in run.read_scores():
            stored = serialisation.from_json(name, raw.get("statistics", {}))
            by_label.setdefault(stored.test_set.label, {})[name] = stored
    views = []
    for of_runs in by_label.values():
        names = comparison.system_names(of_runs, names_of_same)
        for footing in comparison.grouped(of_runs):
            views.append(_view(footing, folders, names))
    return tuple(views)


@dataclass(frozen=True, slots=True)
class _Folder:
    """A run with the small files that every task needs."""

    run: Run
    manifest: Mapping[str, Any]
    data: config_data.Data

    @classmethod
    def of(cls, run: Run) -> _Folder:
        return cls(run, run.read_manifest(), config_data.read(run.path / "config.yaml"))


def _view(
    footing: Mapping[str, StoredTask], folders: Mapping[str, _Folder], names: Mapping[tuple[str, str], str]
) -> TaskView:
    """Return the view of runs on one footing."""
    first = next(iter(footing.values()))
    of_runs = [_texts(first, folders[run]) for run in footing]
    texts = next((found for found in of_runs if not found.notes), of_runs[0])
    systems, notes = [], []
    for run, stored in footing.items():
        for row in stored.rows:
            if row.role != "system":
                continue
            name = names[run, row.name]
            if row.error is not None:
                notes.append(f"{name} failed: {row.error}")
                continue
            outputs, remarks = _outputs(folders[run], first.test_set, row)
            notes += [f"{name}: {remark}" for remark in remarks]
            systems.append(SystemOutputs(name, row, outputs))
    return segments.view(first.test_set, texts, systems, runs=tuple(footing), notes=notes)


def _outputs(folder: _Folder, test_set: TestSet, row: SystemStatistics) -> tuple[dict[str, Generation], list[str]]:
    """Return the first sample of a system's outputs by segment, and remarks on outputs that are not shown."""
    task, ids = test_set.task, test_set.ids
    try:
        identity = folder.manifest["systems"][row.name][task]["identity"]
        rows = folder.run.read_outputs(task, row.name, identity_digest(identity))
        rows = pieces.of_run(folder.run, test_set.label, row.name, rows)
    except (KeyError, TypeError, ValueError):
        return {}, ["manifest.json does not tell which outputs were scored; run it again (stored outputs are reused)"]
    outputs = {name: generation for (name, _, sample), generation in rows.items() if sample == 0}
    remarks = []
    if missing := sum(name not in outputs for name in ids):
        path = folder.run.outputs_path(task, row.name)
        remarks.append(f"{missing} of {len(ids)} outputs are not in {path}; run it again (stored outputs are reused)")
    samples = next(iter(row.statistics.values())).shape[0]
    if samples > 1:
        remarks.append(f"the first of {samples} samples of each source is shown, with its own scores")
    return outputs, remarks


def _texts(stored: StoredTask, folder: _Folder) -> SegmentTexts:
    """Return the sources and references of a task in the dataset that a run's config names."""
    test_set, data = stored.test_set, folder.data
    name = test_set.dataset or str(folder.manifest.get("dataset", {}).get("name", ""))
    task = data.tasks.get(test_set.task)
    dataset = data.datasets.get(test_set.dataset) if test_set.dataset else next(iter(data.datasets.values()), None)
    if task is None or dataset is None:
        why = "; ".join(data.missing) or f"{folder.run.path / 'config.yaml'} does not name the task and its dataset"
        return SegmentTexts(name, task.source if task else "", notes=(_absent(why),))
    try:
        return _of_dataset(task, dataset, stored, test_set.ids)
    except HarnessError as error:
        return SegmentTexts(dataset.name, task.source, notes=(_absent(str(error)),))


def _of_dataset(task: Task, dataset: Dataset, stored: StoredTask, ids: Iterable[str]) -> SegmentTexts:
    """Return a task's texts in a dataset.

    Raises:
        InputError: the dataset does not fit the task any more.
    """
    sources = {source.id: source.text for source in task_contract.sources(task, dataset)}
    notes = []
    if dataset.digest != stored.shared["dataset"]:
        notes.append(
            f"{dataset.name} has changed since the run: sources and references are those of today; run it again"
        )
    if missing := sum(name not in sources for name in ids):
        notes.append(f"{dataset.name} has no source for {missing} of the segments that were scored")
    return SegmentTexts(dataset.name, task.source, sources, task_contract.references(task, dataset), tuple(notes))


def _absent(why: str) -> str:
    return f"sources and references are not shown, because the dataset could not be read: {why}"
