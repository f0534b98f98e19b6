"""Read the entries of a config (tasks, datasets, systems) as their plugins define them, and collect all problems.

Loads datasets but no model. `_agreement.py` checks whether the entries fit each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import datasets, metrics, models, tasks
from harness.config import sweeps
from harness.config.plan import System
from harness.config.schema import SHORT_FORMS, RunConfig
from harness.core import registry, validation
from harness.core.descriptions import DatasetDescription
from harness.core.document import Document, Location
from harness.core.errors import InputError, Problem, ProblemsError
from harness.core.records import Dataset
from harness.datasets import DatasetOptions
from harness.models import Family, SystemOptions
from harness.tasks import Task

if TYPE_CHECKING:
    from harness.tasks import TaskOptions


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of a config, which are read as their plugins define them, and the problems with them."""

    document: Document
    problems: list[Problem] = field(default_factory=list)
    descriptions: list[DatasetDescription] = field(default_factory=list)  # of the datasets, if none is downloaded

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
        """Return the tasks without errors, each with its location, by label."""
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
                task = _task(named, choice, self.document.path.parent)
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

        Without `fetch`, each is described in `descriptions`, and one that is not on this machine is None.
        """
        loaded: list[tuple[DatasetOptions, Dataset | None]] = []
        for location, item in self.items("datasets"):
            options = self._dataset_options(location, item)
            if options is None:
                continue
            try:
                form = datasets.get(options.format)
                known = form.describe(options) if form.describe is not None and not fetch else None
                if known is not None and not known.cached:
                    self.descriptions.append(known)
                    loaded.append((options, None))
                    continue
                dataset = form.load(options)
                if not fetch:
                    self.descriptions.append(datasets.describe(dataset, known))
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
        """Return whether a list has items and `right`, the number of those without errors, is the number of all.

        If not, callers report nothing that may follow from the errors.
        """
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
                given = [options.given_task(chosen_tasks[label]).label for label in labels]
                for fault in options.faults(list(dict.fromkeys(given))):
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
                why = f"; it does {family.abilities()}"
                if family.lacks_probabilities(chosen_tasks[label]):
                    why = ": it gives no probabilities"
                message = f"family {options.family!r} does not do {label!r}{why}"
                self.report((*location, "tasks", index), message)
        return tuple(label for label in options.tasks if label in able)


def _long_form(key: str, text: str) -> dict[str, str]:
    """Return the mapping that a bare text in a list of the config is short for."""
    return {"public": text} if key == "datasets" and datasets.is_public(text) else {SHORT_FORMS[key]: text}


def _task(named: Task, choice: TaskOptions, folder: Path) -> Task:
    """Return a task with the choices of the config; paths in options of metrics are relative to `folder`.

    Raises:
        InputError: an unknown unit, language or metric.
    """
    task = named.choose(unit=choice.unit, target=choice.target, options=choice)
    chosen = metrics.choose(choice.metrics or task.metrics, folder)
    names = tuple(chosen)
    for name, options in chosen.items():
        metrics.get(name, task.target, options)
    primary = choice.primary or (task.primary if task.primary in names else names[0])
    if primary not in names:
        raise InputError(registry.unknown("primary metric", primary, names))
    options_of = {name: options for name, options in chosen.items() if options is not None}
    return replace(task, metrics=names, primary=primary, metric_options=options_of)
