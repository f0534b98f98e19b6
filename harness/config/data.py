"""Read the tasks and the datasets of a config, for the texts of a run that was scored; looks at no system.

The models of a run need not be on the machine that shows its outputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.config._entries import Entries
from harness.core import document
from harness.core.errors import HarnessError, Problem
from harness.core.records import Dataset
from harness.tasks import Task


@dataclass(frozen=True, slots=True)
class Data:
    """What a config says of tasks and datasets, as far as it can be read."""

    tasks: Mapping[str, Task]  # by label
    datasets: Mapping[str, Dataset]  # by name; without those that are not on this machine
    missing: tuple[str, ...]  # why a task or a dataset is missing, one line each


def read(path: Path) -> Data:
    """Return the tasks and datasets of a config. Downloads nothing, and raises nothing: `missing` has the reasons."""
    try:
        entries = Entries(document.read(path))
        tasks = {label: task for label, (task, _) in entries.tasks().items()}
        loaded = [dataset for _, dataset in entries.datasets(fetch=False) if dataset is not None]
    except HarnessError as error:
        return Data({}, {}, tuple(str(problem) for problem in error.problems))
    absent = [
        Problem(f"dataset {each.name}", "not on this machine; harness run downloads it")
        for each in entries.descriptions
        if not each.cached
    ]
    missing = tuple(dict.fromkeys(str(problem) for problem in [*entries.problems, *absent]))
    return Data(tasks, {dataset.name: dataset for dataset in loaded}, missing)
