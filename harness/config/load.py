"""Turn a config into a plan, and report every error in it at once. Loads no model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import datasets, metrics, models, tasks
from harness.config import coverage, sweeps
from harness.config import overrides as overrides_module
from harness.config.plan import Plan, System
from harness.config.schema import SHORT_FORMS, RunConfig
from harness.core import document as document_module
from harness.core import registry, validation
from harness.core.descriptions import DatasetDescription
from harness.core.document import Document, Location
from harness.core.errors import HarnessError, InputError, Problem, ProblemsError
from harness.core.findings import Findings, Place
from harness.core.records import Dataset
from harness.datasets import DatasetOptions
from harness.models import Family, SystemOptions
from harness.tasks import Task

if TYPE_CHECKING:
    from harness.tasks import TaskOptions

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
    """Return the plans of all configs that are right, and the findings in all others, each once (see `load`)."""
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
    document = overrides_module.apply(document_module.read(path), overrides)
    reader = _Reader(document)
    run = reader.run()
    chosen_tasks = reader.tasks()
    loaded = reader.datasets(fetch=fetch)
    systems = reader.systems({label: task for label, (task, _) in chosen_tasks.items()})
    reader.check_that_tasks_have_systems(chosen_tasks, systems)
    dataset, kept = None, tuple(task for task, _ in chosen_tasks.values())
    parts = [each for _, each in loaded if each is not None]
    if loaded and len(loaded) == len(reader.items("datasets")):
        if len(parts) == len(loaded):
            dataset = datasets.merge(parts)
            reader.check_that_tasks_fit(chosen_tasks, dataset)
            kept = tuple(task for task in kept if not tasks.is_unwritten(task, dataset))
        else:
            dataset = datasets.absent([description.name for description in reader.descriptions])
    reader.check_gate([task for task, _ in chosen_tasks.values()])
    reader.check_reproduces(systems)
    if reader.problems or run is None or dataset is None:
        raise ProblemsError(_grouped(reader.problems, document))
    systems = [replace(each, tasks=_those_in(kept, each.tasks)) for each in systems]
    missing = coverage.missing_references([task for task, _ in chosen_tasks.values()], dataset)
    return Plan(
        path=path,
        name=run.name,
        dataset=replace(dataset, warnings=(*dataset.warnings, *missing)),
        parts=tuple(parts) if len(parts) == len(loaded) else (),
        datasets=tuple(options for options, _ in loaded),
        descriptions=tuple(reader.descriptions),
        tasks=kept,
        systems=tuple(system for system in systems if system.tasks),
        bounds=run.bounds,
        statistics=run.statistics,
        limit=run.limit if limit is None else limit,
        published=run.published,
        reproduces=run.reproduces,
        gate=run.gate,
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Read the parts of a config that plugins define, and collect their problems."""

    document: Document
    problems: list[Problem] = field(default_factory=list)
    descriptions: list[DatasetDescription] = field(default_factory=list)  # of datasets that may have to be downloaded

    def run(self) -> RunConfig | None:
        """Return the config as a whole, with the defaults of its keys; None if something in it is wrong."""
        tree = {"name": self.document.path.stem, **self.document.tree}
        for key in SHORT_FORMS:
            if isinstance(tree.get(key), list):
                tree[key] = [item for _, item in self.items(key)]
        run, problems = validation.parse(RunConfig, tree, self.document, ())
        self.problems.extend(problems)
        return run

    def items(self, key: str) -> list[tuple[Location, Any]]:
        """Return the items of a list with their locations, in long form; none if the config has no list there."""
        items = self.document.tree.get(key)
        short = SHORT_FORMS.get(key)
        return [
            ((key, index), _long_form(key, item) if short and isinstance(item, str) else item)
            for index, item in enumerate(items if isinstance(items, list) else ())
        ]

    def report(self, location: Location, message: str) -> None:
        """Add a problem with the value at a location."""
        self.problems.append(Problem(self.document.where(location), message))

    def tasks(self) -> dict[str, tuple[Task, Location]]:
        """Return the tasks that are right, each with its location, by label."""
        chosen: dict[str, tuple[Task, Location]] = {}
        for location, item in self.items("tasks"):
            named = self._named_task(location, item)
            if named is None:
                continue
            choice, problems = validation.parse(tasks.options(named), item, self.document, location)
            self.problems.extend(problems)
            if choice is None:
                continue
            try:
                task = _task(named, choice)
            except InputError as error:
                self.report(location, str(error))
                continue
            if task.label in chosen:
                self.report(location, f"task {task.label!r} stands twice; keep one")
            chosen[task.label] = task, location
        return chosen

    def _named_task(self, location: Location, item: Any) -> Task | None:
        """Return the task that an entry names, as it is declared; None if the entry names none."""
        if not isinstance(item, dict):
            return None  # RunConfig reports it
        if not isinstance(item.get("name"), str):
            self.problems.extend(validation.parse(tasks.options(), item, self.document, location)[1])
            return None
        try:
            return tasks.get(item["name"])
        except InputError as error:
            self.report(location, str(error))
            return None

    def datasets(self, *, fetch: bool) -> list[tuple[DatasetOptions, Dataset | None]]:
        """Return the datasets that can be loaded, each with its options.

        Without `fetch`, a dataset that is not on this machine is None, and is described in `descriptions`.
        """
        loaded: list[tuple[DatasetOptions, Dataset | None]] = []
        for location, item in self.items("datasets"):
            options = self._dataset_options(location, item)
            if options is None:
                continue
            try:
                form = datasets.get(options.format)
                if form.describe is not None and not fetch:
                    self.descriptions.append(form.describe(options))
                    if not self.descriptions[-1].cached:
                        loaded.append((options, None))
                        continue
                dataset = form.load(options)
            except ProblemsError as error:
                self.problems.extend(error.problems)
                continue
            except InputError as error:
                self.report(location, str(error))
                continue
            if any(other is not None and dataset.name == other.name for _, other in loaded):
                self.report(location, f"dataset {dataset.name!r} stands twice; keep one")
            loaded.append((options, dataset))
        return loaded

    def _dataset_options(self, location: Location, item: Any) -> DatasetOptions | None:
        """Return the options of a dataset, None if they are wrong."""
        if not isinstance(item, dict):
            return None  # RunConfig reports it
        try:
            item = datasets.expand(item)
        except InputError as error:
            self.report((*location, "public"), str(error))
            return None
        name = item.get("format", DatasetOptions().format)
        if not isinstance(name, str):
            self.report((*location, "format"), f"format: expected text, found {validation.shown(name)}")
            return None
        try:
            form = datasets.get(name)
        except InputError as error:
            self.report((*location, "format") if "format" in item else location, str(error))
            return None
        options, problems = validation.parse(form.options, item, self.document, location)
        self.problems.extend(problems)
        return options.resolve(self.document.path.parent) if options else None

    def are_all(self, key: str, right: int) -> bool:
        """Return whether all items of a list are right. If not, findings that may follow from it are not reported."""
        return 0 < right == len(self.items(key))

    def systems(self, chosen_tasks: dict[str, Task]) -> list[System]:
        """Return the systems whose options are right."""
        systems: list[System] = []
        items = [(location, item) for location, item in self.items("systems") if isinstance(item, dict)]
        self._check_names(items)
        for location, item in items:
            for key, fault in sweeps.faults(item):
                self.report((*location, *key), fault)
            family = self._family(location, item)
            if family is None:
                continue
            options, problems = validation.parse(family.options, item, self.document, location)
            self.problems.extend(problems)
            if options is not None:
                options = options.resolve(self.document.path.parent)
                labels = self._labels(location, options, family, chosen_tasks)
                for fault in options.faults(labels):
                    self.report(location, fault)
                systems.append(System(options, family, labels))
        return systems

    def _check_names(self, items: Sequence[tuple[Location, dict[str, Any]]]) -> None:
        """Report names of systems that stand twice or are reserved."""
        # Names become file names, and some file systems do not tell upper from lower case.
        places: dict[str, list[tuple[Location, str]]] = {}
        for location, item in items:
            name = item.get("name")
            if not isinstance(name, str):
                continue
            places.setdefault(name.lower(), []).append(((*location, "name"), name))
            if name.lower() in ("reference", "oracle"):
                self.report((*location, "name"), f"{name!r} is the name of a bound's row; choose another")
        for same in places.values():
            if len(same) > 1:
                first, (location, name) = self.document.where(same[0][0]), same[-1]
                count = "twice" if len(same) == 2 else f"{len(same)} times"
                self.report(location, f"system name {name!r} stands {count}, first at {first}; choose another")

    def _family(self, location: Location, item: dict[str, Any]) -> Family | None:
        """Return the family of a system; None if the system names none that exists."""
        name = item.get("family")
        location = (*location, "family")
        if name is None:
            self.report(location, "key 'family' is missing (see harness list models)")
        elif not isinstance(name, str):
            self.report(location, f"family: expected text, found {name!r} (see harness list models)")
        else:
            try:
                return models.get(name)
            except InputError as error:
                self.report(location, str(error))
        return None

    def _labels(
        self, location: Location, options: SystemOptions, family: Family, chosen_tasks: dict[str, Task]
    ) -> tuple[str, ...]:
        """Return the labels of the tasks that a system is run on."""
        able = tuple(label for label, task in chosen_tasks.items() if family.does(task))
        complete = self.are_all("tasks", len(chosen_tasks))
        if options.tasks is None:
            if complete and not able:
                message = f"family {options.family!r} does none of the tasks here ({', '.join(chosen_tasks)})"
                self.report(location, f"{message}; it does {family.abilities()}")
            return able
        for index, label in enumerate(options.tasks):
            if label not in chosen_tasks:
                if complete:
                    message = registry.unknown("task of this config", label, chosen_tasks)
                    self.report((*location, "tasks", index), message)
            elif label not in able:
                message = f"family {options.family!r} does not do {label!r}; it does {family.abilities()}"
                self.report((*location, "tasks", index), message)
        return tuple(label for label in options.tasks if label in able)

    def check_that_tasks_fit(self, chosen: dict[str, tuple[Task, Location]], dataset: Dataset) -> None:
        """Report each task for which the dataset has no sources or no references.

        A task whose references are not written yet is reported if no other task of the config has any.
        """
        others = not all(tasks.is_unwritten(task, dataset) for task, _ in chosen.values())
        for label, (task, location) in chosen.items():
            try:
                if tasks.is_unwritten(task, dataset):
                    if not others:
                        kind = task.reference_kind
                        message = f"{kind}.jsonl has no text yet; {label} needs one at least, so write some"
                        raise InputError(message, where=f"dataset {dataset.name}")
                    continue
                if not tasks.sources(task, dataset):
                    raise InputError(f"dataset {dataset.name}: it has no segments that {label} reads")
                tasks.references(task, dataset)
            except InputError as error:
                self.report(location, str(error))

    def check_that_tasks_have_systems(
        self, chosen: dict[str, tuple[Task, Location]], systems: Sequence[System]
    ) -> None:
        """Report each task that no system does, unless an error in a system or task may be the reason."""
        if not self.are_all("systems", len(systems)) or not self.are_all("tasks", len(chosen)):
            return
        if any(not system.tasks for system in systems):
            return  # reported for the system
        for label, (_, location) in chosen.items():
            if not any(label in system.tasks for system in systems):
                self.report(location, f"no system here does {label}; add one that does, or remove the task")

    def check_reproduces(self, systems: Sequence[System]) -> None:
        """Report a row to reproduce that no system has."""
        given = self.document.tree.get("reproduces")
        row = given.get("row") if isinstance(given, dict) else None
        names = [system.name for system in systems]
        if isinstance(row, str) and row not in names and self.are_all("systems", len(systems)):
            self.report(("reproduces", "row"), registry.unknown("system of this config", row, names))

    def check_gate(self, chosen_tasks: Sequence[Task]) -> None:
        """Report each metric of the gate that no task is scored with."""
        gate = self.document.tree.get("gate")
        named = gate.get("metrics") if isinstance(gate, dict) else None
        known = {metric for task in chosen_tasks for metric in task.metrics}
        complete = self.are_all("tasks", len(chosen_tasks))
        for name in named if isinstance(named, dict) and complete else ():
            if name not in known:
                self.report(("gate", "metrics", name), registry.unknown("metric of the tasks here", name, known))


def _those_in(chosen: Sequence[Task], labels: Sequence[str]) -> tuple[str, ...]:
    """Return the labels that are those of chosen tasks."""
    return tuple(label for label in labels if label in {task.label for task in chosen})


def _long_form(key: str, text: str) -> dict[str, str]:
    """Return the mapping that a bare text in a list of the config is short for."""
    return {"public": text} if key == "datasets" and datasets.is_public(text) else {SHORT_FORMS[key]: text}


def _task(named: Task, choice: TaskOptions) -> Task:
    """Return a task with the choices of the config.

    Raises:
        InputError: an unknown unit, language or metric.
    """
    task = named.choose(unit=choice.unit, target=choice.target, options=choice)
    names = tuple(dict.fromkeys(choice.metrics or task.metrics))
    for name in names:
        metrics.get(name, task.target)
    primary = choice.primary or (task.primary if task.primary in names else names[0])
    if primary not in names:
        raise InputError(registry.unknown("primary metric", primary, names))
    return replace(task, metrics=names, primary=primary)


def _grouped(problems: Sequence[Problem], document: Document) -> list[Problem]:
    """Return one problem for each cause, at most ten and a count; the config's own first, by line."""
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
