"""From a config to a plan, with every error in it at once; loads no model."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness import datasets, metrics, models, tasks
from harness.config import document as document_module
from harness.config import validation
from harness.config.document import Document, Location
from harness.config.plan import Plan, System
from harness.config.schema import DatasetChoice, TaskChoice
from harness.core import files, registry
from harness.core.errors import HarnessError, InputError, Problem, ProblemsError
from harness.core.records import Dataset
from harness.models import Family, SystemOptions
from harness.tasks import Task

# What is run if no config is named.
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
    paths: Sequence[Path], overrides: Sequence[str] = (), *, limit: int | None = None
) -> tuple[list[Plan], list[Problem]]:
    """Return the plans of all configs that are right, and the findings in all others, each once."""
    plans: list[Plan] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            plans.append(load(path, overrides, limit=limit))
        except HarnessError as error:
            problems += error.problems
    return plans, list(dict.fromkeys(problems))


def load(path: Path, overrides: Sequence[str] = (), *, limit: int | None = None) -> Plan:
    """Return the plan for a config.

    Raises:
        FileError: the config cannot be read.
        InputError: it is no YAML mapping.
        ProblemsError: anything in it, or in the datasets that it names, is wrong: all findings together.
    """
    document = document_module.read(path, overrides)
    run, problems = validation.validate(document)
    chosen_tasks, locations, task_problems = _tasks(document)
    found_datasets, dataset_problems = _datasets(document)
    systems, system_problems = _systems(document, chosen_tasks)
    dataset = None
    if found_datasets and not dataset_problems:
        dataset = _merge(found_datasets)
        task_problems += _unfit(document, chosen_tasks, locations, dataset)
    task_problems += _gated(document, chosen_tasks)
    findings = list(dict.fromkeys([*problems, *task_problems, *dataset_problems, *system_problems]))
    if findings or run is None or dataset is None:
        raise ProblemsError(sorted(findings, key=lambda problem: _line_order(problem, document)))
    return Plan(
        path=path,
        name=run.name,
        dataset=dataset,
        dataset_paths=tuple((folder, form) for folder, form, _ in found_datasets),
        tasks=tuple(chosen_tasks.values()),
        systems=tuple(systems),
        bounds=run.bounds,
        statistics=run.statistics,
        limit=run.limit if limit is None else limit,
        gate=run.gate,
    )


def _items(document: Document, key: str) -> list[tuple[Location, Any]]:
    """Return a list's items with their locations; nothing where the config has no list there (which is reported)."""
    value = document.tree.get(key)
    return [((key, index), item) for index, item in enumerate(value)] if isinstance(value, list) else []


def _choice(
    model: type[validation.ModelT], key: str, item: Any, document: Document, location: Location
) -> validation.ModelT | None:
    """Return an item as a model, a bare text being its `key`; None where it is neither, which `validate` reports."""
    if isinstance(item, str):
        return model(**{key: item})
    return validation.parse(model, item, document, location)[0] if isinstance(item, dict) else None


def _tasks(document: Document) -> tuple[dict[str, Task], dict[str, Location], list[Problem]]:
    """Return the tasks and where each stands, by label."""
    found: dict[str, Task] = {}
    locations: dict[str, Location] = {}
    problems: list[Problem] = []
    for location, item in _items(document, "tasks"):
        where = document.where(location)
        choice = _choice(TaskChoice, "name", item, document, location)
        if choice is None:
            continue
        try:
            task = tasks.get(choice.name).choose(unit=choice.unit, target=choice.target)
            names = tuple(dict.fromkeys(choice.metrics or task.metrics))
            for name in names:
                metrics.get(name, task.target)
            primary = choice.primary or (task.primary if task.primary in names else names[0])
            if primary not in names:
                raise InputError(registry.unknown("primary metric", primary, names))
            task = replace(task, metrics=names, primary=primary)
        except InputError as error:
            problems.append(Problem(where, str(error)))
            continue
        if task.label in found:
            problems.append(Problem(where, f"task {task.label!r} stands twice; keep one"))
        found[task.label] = task
        locations[task.label] = location
    return found, locations, problems


def _unfit(
    document: Document, chosen: dict[str, Task], locations: dict[str, Location], dataset: Dataset
) -> list[Problem]:
    """Return a problem for each task that the dataset has no sources or no references for."""
    problems = []
    for label, task in chosen.items():
        try:
            if not tasks.sources(task, dataset):
                raise InputError(f"dataset {dataset.name}: it has no segments that {label} reads")
            tasks.references(task, dataset)
        except InputError as error:
            problems.append(Problem(document.where(locations[label]), str(error)))
    return problems


def _gated(document: Document, chosen: dict[str, Task]) -> list[Problem]:
    """Return a problem for each metric of the gate's that no task is scored with."""
    gate = document.tree.get("gate")
    named = gate.get("metrics") if isinstance(gate, dict) else None
    known = {metric for task in chosen.values() for metric in task.metrics}
    return [
        Problem(document.where(("gate", "metrics", name)), registry.unknown("metric of the tasks here", name, known))
        for name in (named if isinstance(named, dict) and known else ())
        if name not in known
    ]


def _datasets(document: Document) -> tuple[list[tuple[Path, str, Dataset]], list[Problem]]:
    found: list[tuple[Path, str, Dataset]] = []
    problems: list[Problem] = []
    for location, item in _items(document, "datasets"):
        choice = _choice(DatasetChoice, "path", item, document, location)
        if choice is None:
            continue
        folder = Path(os.path.normpath(document.path.parent / choice.path))
        try:
            dataset = datasets.get(choice.format).load(folder)
        except ProblemsError as error:
            problems += error.problems
        except InputError as error:
            problems.append(Problem(document.where(location), str(error)))
        else:
            if any(dataset.name == other.name for _, _, other in found):
                problems.append(Problem(document.where(location), f"dataset {dataset.name!r} stands twice; keep one"))
            found.append((folder, choice.format, dataset))
    return found, problems


def _systems(document: Document, chosen: dict[str, Task]) -> tuple[list[System], list[Problem]]:
    found: list[System] = []
    problems: list[Problem] = []
    items = [(location, item) for location, item in _items(document, "systems") if isinstance(item, dict)]
    # Names become file names, and some file systems do not tell upper from lower case.
    names = Counter(str(item.get("name")).lower() for _, item in items)
    for location, item in items:
        name = item.get("name")
        if isinstance(name, str):
            if names[name.lower()] > 1:
                problems.append(Problem(document.where((*location, "name")), f"system name {name!r} stands twice"))
            if name.lower() in ("reference", "oracle"):
                problems.append(Problem(document.where((*location, "name")), f"{name!r} is the name of a bound's row"))
        family_name = item.get("family")
        if not isinstance(family_name, str):
            missing = (
                "key 'family' is missing" if family_name is None else f"family: expected text, found {family_name!r}"
            )
            problems.append(Problem(document.where((*location, "family")), f"{missing} (see harness list models)"))
            continue
        try:
            family = models.get(family_name)
        except InputError as error:
            problems.append(Problem(document.where((*location, "family")), str(error)))
            continue
        options, faults = validation.parse(family.options, item, document, location)
        problems += faults
        if options is not None:
            options = options.resolve(document.path.parent)
            labels, faults = _labels(document, location, options, family, chosen)
            problems += faults
            problems += [Problem(document.where(location), fault) for fault in options.faults(labels)]
            found.append(System(options, family, labels))
    return found, problems


def _labels(
    document: Document, location: Location, options: SystemOptions, family: Family, chosen: dict[str, Task]
) -> tuple[tuple[str, ...], list[Problem]]:
    """Return the tasks that a system is run on."""
    able = tuple(label for label, t in chosen.items() if family.does(t.name, t.source, t.target))
    if options.tasks is None:
        if able or not chosen:
            return able, []
        tasks_here = ", ".join(chosen)
        return (), [
            Problem(document.where(location), f"family {options.family!r} does none of the tasks here ({tasks_here})")
        ]
    does = ", ".join(family.tasks)
    problems = []
    for index, label in enumerate(options.tasks):
        where = document.where((*location, "tasks", index))
        if label not in chosen:
            problems.append(Problem(where, registry.unknown("task of this config", label, chosen)))
        elif label not in able:
            problems.append(Problem(where, f"family {options.family!r} does not do {label!r} (it does: {does})"))
    return tuple(label for label in options.tasks if label in able), problems


def _merge(found: Sequence[tuple[Path, str, Dataset]]) -> Dataset:
    """Return several datasets as one; ids cannot clash because each starts with its dataset's name."""
    if len(found) == 1:
        return found[0][2]
    parts = [dataset for _, _, dataset in found]
    reference_kinds = dict.fromkeys(reference_kind for dataset in parts for reference_kind in dataset.references)
    return Dataset(
        name="+".join(dataset.name for dataset in parts),
        digest=files.digest_json([dataset.digest for dataset in parts]),
        articles=tuple(article for dataset in parts for article in dataset.articles),
        references={m: tuple(r for dataset in parts for r in dataset.references.get(m, ())) for m in reference_kinds},
    )


def _line_order(problem: Problem, document: Document) -> tuple[bool, int]:
    """Sort the config's own problems by line, and put those of other files after them, as they come."""
    prefix = f"{document.path} line "
    if problem.where.startswith(prefix):
        return False, int(problem.where.removeprefix(prefix))
    return True, 0
