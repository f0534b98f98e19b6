"""Check whether the entries of a config fit each other: tasks, datasets, systems, the gate and the row to reproduce.

Each function adds its problems to those of the entries. If an entry that it compares is wrong, it reports nothing that
may follow from that.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness import tasks
from harness.config._entries import Entries
from harness.config.plan import System
from harness.core import registry
from harness.core.document import Location
from harness.core.errors import InputError
from harness.core.records import Dataset
from harness.tasks import Task


def check_tasks_and_dataset(entries: Entries, chosen: dict[str, tuple[Task, Location]], dataset: Dataset) -> None:
    """Report each task for which the dataset has no sources or no references.

    A task whose references are not written yet is reported if no other task of the config has any.
    """
    any_written = not all(tasks.is_unwritten(task, dataset) for task, _ in chosen.values())
    for label, (task, location) in chosen.items():
        try:
            if tasks.is_unwritten(task, dataset):
                if not any_written:
                    kind = task.reference_kind
                    message = f"{kind}.jsonl has no text yet; {label} needs one at least, so write some"
                    raise InputError(message, where=f"dataset {dataset.name}")
                continue
            if not tasks.sources(task, dataset):
                raise InputError(f"dataset {dataset.name}: it has no segments that {label} reads")
            tasks.references(task, dataset)
        except InputError as error:
            entries.report(location, str(error))


def check_tasks_and_systems(
    entries: Entries, chosen: dict[str, tuple[Task, Location]], systems: Sequence[System]
) -> None:
    """Report each task that no system does, unless an error in a system or task may be the reason."""
    if not entries.are_all("systems", len(systems)) or not entries.are_all("tasks", len(chosen)):
        return
    if any(not system.tasks for system in systems):
        return  # reported for the system
    for label, (_, location) in chosen.items():
        if not any(label in system.tasks for system in systems):
            entries.report(location, f"no system here does {label}; add one that does, or remove the task")


def check_reproduced_row(entries: Entries, systems: Sequence[System]) -> None:
    """Report a row to reproduce that no system has."""
    given = entries.document.tree.get("reproduces")
    row = given.get("row") if isinstance(given, dict) else None
    names = [system.name for system in systems]
    if isinstance(row, str) and row not in names and entries.are_all("systems", len(systems)):
        entries.report(("reproduces", "row"), registry.unknown("system of this config", row, names))


def check_gate_metrics(entries: Entries, chosen_tasks: Sequence[Task]) -> None:
    """Report each metric of the gate that no task is scored with."""
    gate = entries.document.tree.get("gate")
    named = gate.get("metrics") if isinstance(gate, dict) else None
    known = {metric for task in chosen_tasks for metric in task.metrics}
    complete = entries.are_all("tasks", len(chosen_tasks))
    for name in named if isinstance(named, dict) and complete else ():
        if name not in known:
            entries.report(("gate", "metrics", name), registry.unknown("metric of the tasks here", name, known))
