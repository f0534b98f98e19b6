"""Compare systems of several runs, from the scores and manifests that the runs store; reads no texts.

There is a table for each task and dataset. Runs share it whether they have other datasets or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core.scores import TaskScores, task_and_dataset, test_set_label
from harness.runs.differences import Difference, differences, labels
from harness.runs.store import Run
from harness.scoring import Resampling, comparison, published
from harness.scoring.questions import Questions


@dataclass(frozen=True, slots=True)
class ComparedRuns:
    """The tables of several runs, and what differs between the runs."""

    runs: tuple[str, ...]  # names
    scores: list[TaskScores]  # one for each task and dataset
    differences: list[Difference]  # between the manifests


def compare(
    runs: Mapping[str, Run],
    settings: Resampling,
    questions: Questions,
    *,
    baseline: str | None = None,
    mixed: bool = False,
    published_in: Path | None = None,
) -> ComparedRuns:
    """Compare the systems of runs, which are given by name (see `lookup.find_all`).

    Args:
        runs: the runs by name.
        settings: of intervals and tests.
        questions: what to answer beyond scores.
        baseline: compare each system with this one only.
        mixed: put runs on different data or metric signatures into one table too, untested.
        published_in: the folder of published figures to show beside the scores; None: show none.

    Raises:
        FileError: the published figures cannot be read.
        InputError: as `scoring.comparison.compare`.
        ProblemsError: the published figures are wrong.
    """
    statistics = {name: [task.get("statistics", {}) for task in run.read_scores()] for name, run in runs.items()}
    manifests = {name: run.read_manifest() for name, run in runs.items()}
    scores = comparison.compare(
        _with_datasets(statistics, manifests),
        settings,
        baseline=baseline,
        mixed=mixed,
        labels=labels(manifests),
        questions=questions,
    )
    if published_in is not None:
        scores = _beside_published(scores, manifests.values(), published_in)
    return ComparedRuns(tuple(runs), scores, differences(manifests))


def _with_datasets(
    statistics: Mapping[str, Sequence[Mapping[str, Any]]], manifests: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[Mapping[str, Any]]]:
    """Return the statistics with the name of a dataset in every label, if a run has several datasets.

    A run with one dataset does not name it in its labels. If another run has several, the name is that in the manifest
    or, if the other run has no such dataset, that of the dataset with the same content.
    """
    names = {
        task.get("dataset"): dataset
        for of_run in statistics.values()
        for task in of_run
        if (dataset := task_and_dataset(str(task.get("task", "")))[1])
    }

    def named(run: str, task: Mapping[str, Any]) -> Mapping[str, Any]:
        label, dataset = task_and_dataset(str(task.get("task", "")))
        own = manifests[run].get("dataset", {}).get("name")
        name = own if own in names.values() else names.get(task.get("dataset"), own)
        return {**task, "task": test_set_label(label, name)} if label and name and not dataset else task

    if not names:
        return {run: list(of_run) for run, of_run in statistics.items()}
    return {run: [named(run, task) for task in of_run] for run, of_run in statistics.items()}


def _beside_published(
    scores: Sequence[TaskScores], manifests: Iterable[Mapping[str, Any]], folder: Path
) -> list[TaskScores]:
    """Return the tables with the figures that others published on the same test sets."""
    figures = published.read(folder)
    # A table names its dataset only if its run has several.
    names = dict.fromkeys(str(manifest.get("dataset", {}).get("name")) for manifest in manifests)
    return [published.beside(task, task.dataset or "+".join(names), figures) for task in scores]
