"""Turn a config into a plan, and report every error in it at once. Loads no model.

`_entries.py` reads the entries of the config, and `_agreement.py` checks whether they fit each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness import datasets, tasks
from harness.config import _agreement, coverage
from harness.config import overrides as overrides_module
from harness.config._entries import Entries
from harness.config.plan import Plan
from harness.core import document as document_module
from harness.core.document import Document
from harness.core.errors import HarnessError, InputError, Problem, ProblemsError
from harness.core.findings import Findings, Place

# The config that is run if none is named.
DEFAULT = Path("configs/quickstart.yaml")


def default() -> Path:
    """Return the config that is run if none is named.

    Raises:
        InputError: this folder does not contain it; the message says how to begin.
    """
    if not DEFAULT.exists():
        raise InputError(
            f"no config given, and no {DEFAULT} here; write one with datasets, tasks and systems as the README shows "
            "(harness list models, tasks or datasets lists what it can name), then: harness run CONFIG"
        )
    return DEFAULT


def load_all(
    paths: Sequence[Path], overrides: Sequence[str] = (), *, limit: int | None = None, fetch: bool = True
) -> tuple[list[Plan], list[Problem]]:
    """Return the plans of all configs without errors, and the findings in the others, each once (see `load`)."""
    plans: list[Plan] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            plans.append(load(path, overrides, limit=limit, fetch=fetch))
        except HarnessError as error:
            problems += error.problems
    return plans, list(dict.fromkeys(problems))


def load(path: Path, overrides: Sequence[str] = (), *, limit: int | None = None, fetch: bool = True) -> Plan:
    """Return the plan for a config.

    With `fetch`, datasets that are not on this machine are downloaded. Without it, the plan describes them
    (`Plan.descriptions`), and its dataset is empty if one of them is missing.

    Raises:
        FileError: the config cannot be read.
        InputError: the config is not a YAML mapping, or an override fits nothing.
        ProblemsError: something in the config or in its datasets is wrong; all findings together.
    """
    return resolved(document_module.read(path), overrides, limit=limit, fetch=fetch)


def resolved(
    document: Document, overrides: Sequence[str] = (), *, limit: int | None = None, fetch: bool = True
) -> Plan:
    """Return the plan for a config that was read already; see `load`.

    Raises:
        InputError: an override fits nothing.
        ProblemsError: as `load`.
    """
    document = overrides_module.apply(document, overrides)
    entries = Entries(document)
    run = entries.run()
    chosen_tasks = entries.tasks()
    loaded = entries.datasets(fetch=fetch)
    systems = entries.systems({label: task for label, (task, _) in chosen_tasks.items()})
    _agreement.check_tasks_and_systems(entries, chosen_tasks, systems)
    dataset, kept = None, tuple(task for task, _ in chosen_tasks.values())
    parts = [each for _, each in loaded if each is not None]
    if entries.are_all("datasets", len(loaded)):
        if len(parts) == len(loaded):
            dataset = datasets.merge(parts)
            _agreement.check_tasks_and_dataset(entries, chosen_tasks, dataset)
            kept = tuple(task for task in kept if not tasks.is_unwritten(task, dataset))
        else:
            dataset = datasets.absent([description.name for description in entries.descriptions])
    _agreement.check_gate_metrics(entries, [task for task, _ in chosen_tasks.values()])
    _agreement.check_reproduced_row(entries, systems)
    if entries.problems or run is None or dataset is None:
        raise ProblemsError(_grouped(entries.problems, document))
    kept_labels = {task.label for task in kept}
    systems = [replace(each, tasks=tuple(label for label in each.tasks if label in kept_labels)) for each in systems]
    missing = coverage.missing_references([task for task, _ in chosen_tasks.values()], dataset)
    return Plan(
        path=document.path,
        name=run.name,
        dataset=replace(dataset, warnings=(*dataset.warnings, *missing)),
        parts=tuple(parts) if len(parts) == len(loaded) else (),
        datasets=tuple(options for options, _ in loaded),
        descriptions=tuple(entries.descriptions),
        tasks=kept,
        systems=tuple(system for system in systems if system.tasks),
        bounds=run.bounds,
        statistics=run.statistics,
        limit=run.limit if limit is None else limit,
        published=run.published,
        licences=run.licences,
        usage=run.usage,
        columns=run.columns,
        reproduces=run.reproduces,
        gate=run.gate,
        executor=run.executor,
    )


def _grouped(problems: Sequence[Problem], document: Document) -> list[Problem]:
    """Return one problem for each cause, at most ten and a count; those with a line of the config first, by line."""
    own, others = [], []
    prefix = f"{document.path} line "
    for problem in dict.fromkeys(problems):
        line = problem.where.removeprefix(prefix)
        if line.isdecimal():
            own.append((Place(str(document.path), int(line)), problem.message))
        else:
            others.append((Place(problem.where), problem.message))
    findings = Findings()
    for place, message in [*sorted(own, key=lambda each: each[0].line or 0), *others]:
        findings.add(place, message, cause=re.sub(r"\.\d+\b", ".N", message))  # "tasks.0.name" and "tasks.1.name"
    return findings.problems(document.path)
