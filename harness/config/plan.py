"""Everything that a run will do: a config with every name in it resolved."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness import datasets, metrics, tasks
from harness.config.schema import ExecutorOptions, Reproduces, Statistics, Thresholds
from harness.core import document, files, registry
from harness.core.descriptions import (
    DatasetDescription,
    Fault,
    MetricDescription,
    PlanDescription,
    SystemDescription,
    TaskDescription,
)
from harness.core.errors import HarnessError, InputError
from harness.core.records import Dataset, Source
from harness.datasets import DatasetOptions
from harness.models import Family, Model, ShowsPrompts, SystemOptions
from harness.tasks import Task


@dataclass(frozen=True, slots=True)
class System:
    """One system of a config, and the tasks that it is run on."""

    options: SystemOptions
    family: Family
    tasks: tuple[str, ...]  # labels

    @property
    def name(self) -> str:
        """The name in tables and files."""
        return self.options.name

    @property
    def samples(self) -> int:
        """How many outputs the system gives per source."""
        return self.options.samples

    @property
    def package(self) -> str | None:
        """The package that adds the family, with its version; None for a family of the harness."""
        return registry.origin("models", self.options.family)

    def identity(self, model: Model) -> Mapping[str, Any]:
        """Return everything that decides an output of the loaded system."""
        return {**model.identity(), "plugin": self.package} if self.package else model.identity()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A config with every name in it resolved."""

    path: Path
    name: str
    dataset: Dataset  # all datasets of the config, merged
    parts: tuple[Dataset, ...]  # each of them; empty if one is not on this machine
    datasets: tuple[DatasetOptions, ...]  # as the config names them
    descriptions: tuple[DatasetDescription, ...] = ()  # of each of them, if none was downloaded
    tasks: tuple[Task, ...]
    systems: tuple[System, ...]
    bounds: tuple[str, ...]
    statistics: Statistics
    limit: int | None
    published: bool = False  # not part of the digest, because it changes no score
    licences: bool = False  # likewise
    usage: bool = False  # likewise
    columns: tuple[str, ...] = ()  # likewise
    reproduces: Reproduces | None = None  # not part of the digest either
    executor: ExecutorOptions = field(default_factory=ExecutorOptions)  # likewise, and not part of the stored config
    gate: Thresholds  # not part of the digest, because it changes no result

    def sources(self, task: Task) -> list[Source]:
        """Return the task's sources that have a reference; if there is a limit, only the first ones of each dataset."""
        of_parts = datasets.split(tasks.scored(task, self.dataset), self.parts)
        return [source for _, of_part in of_parts for source in of_part[: self.limit]]

    def given(self, system: System, label: str, sources: Sequence[Source]) -> Sequence[Source]:
        """Return what a system is given for sources of a task: they, or the articles that contain them.

        An article belongs to the first of its sources, so that parts of a task's sources give parts of the articles.
        """
        task = next(task for task in self.tasks if task.label == label)
        asked = system.options.given_task(task)
        if asked is task:
            return sources
        every, wanted = {source.id for source in self.sources(task)}, {source.id for source in sources}
        parts = tasks.parts(task, asked.unit, self.dataset)
        whole = tasks.sources(asked, self.dataset)
        first = {source.id: next((part.id for part in parts[source.id] if part.id in every), None) for source in whole}
        return [source for source in whole if first[source.id] in wanted]

    def without_probabilities(self, task: Task) -> tuple[str, ...]:
        """Return the systems that translate, but cannot do the task because they give no probabilities."""
        return tuple(system.name for system in self.systems if system.family.lacks_probabilities(task))

    def _settings(self, folder: Path | None) -> dict[str, Any]:
        """Return the keys that are no entries, with paths relative to `folder`; None: as a digest has them."""
        return {
            "tasks": [
                {
                    "name": t.name,
                    "unit": t.unit,
                    "target": t.target,
                    "metrics": _metrics(t, folder),
                    "primary": t.primary,
                }
                # Without the defaults: a run from before the task had the option keeps its digest.
                | t.changed_options
                for t in self.tasks
            ],
            "bounds": list(self.bounds),
            "statistics": self.statistics.stored(),
            "limit": self.limit,
        }

    @property
    def digest(self) -> str:
        """Digest of everything that decides the results: defaults filled in, files by content and not by path."""
        # The reference row was called "human" once, and earlier runs must keep their folders.
        bounds = ["human" if bound == "reference" else bound for bound in self.bounds]
        return files.digest_json({
            **self._settings(None),
            "bounds": bounds,
            "datasets": [self.dataset.name, self.dataset.digest],
            "systems": [[system.options.fingerprint(), list(system.tasks)] for system in self.systems],
        })

    def runnable(self, folder: Path) -> str:
        """Return the resolved config as YAML, with paths relative to `folder`. Run from there, it is the same run."""
        return document.dump(self.resolved(folder))

    def resolved(self, folder: Path) -> dict[str, Any]:
        """Return the config with every default filled in, its paths relative to `folder`."""
        of_datasets = [_relative(options, folder) for options in self.datasets]
        for options in of_datasets:
            options["format"] = options.pop("format")  # last, as in the configs that earlier runs stored
        return {
            "name": self.name,
            "datasets": of_datasets,
            **self._settings(folder),
            **({"published": True} if self.published else {}),
            **({"licences": True} if self.licences else {}),
            **({"usage": True} if self.usage else {}),
            **({"columns": list(self.columns)} if self.columns else {}),
            **({"reproduces": self.reproduces.model_dump(mode="json")} if self.reproduces else {}),
            "gate": self.gate.model_dump(mode="json"),
            "systems": [_relative(each.options, folder) | {"tasks": list(each.tasks)} for each in self.systems],
        }

    @property
    def is_absent(self) -> bool:
        """Whether a dataset is not on this machine, so that the number of sources is not known."""
        return not all(description.cached for description in self.descriptions)

    def describe(self) -> PlanDescription:
        """Return what a run would do, and what keeps it from starting. Asks a hub about checkpoints, unless offline."""
        return PlanDescription(
            path=str(self.path),
            run=self.run_name,
            dataset=self.dataset.name,
            articles=len(self.dataset.articles) if self.dataset.knows_articles and not self.is_absent else None,
            segments=None if self.is_absent else sum(len(article.segments) for article in self.dataset.articles),
            licence=self.dataset.licence,
            datasets=self.descriptions,
            tasks=tuple(self._describe_task(task) for task in self.tasks),
            systems=tuple(self._describe_system(system) for system in self.systems),
            metrics=tuple(self._describe_metrics()),
        )

    def _describe_metrics(self) -> Iterator[MetricDescription]:
        """Yield what is known of each metric that has a checkpoint, once for all tasks."""
        chosen = {
            (name, task.metric_options.get(name)): metrics.get(name, task.target, task.metric_options.get(name))
            for task in self.tasks
            for name in task.metrics
        }
        for metric in chosen.values():
            description = metric.describe()
            if description is not None:
                yield description

    def _describe_task(self, task: Task) -> TaskDescription:
        return TaskDescription(
            label=task.label,
            target=task.target,
            sources=None if self.is_absent else len(self.sources(task)),
            references=() if self.is_absent else tuple(tasks.references(task, self.dataset)),
            metrics=task.metrics,
            primary=task.primary,
            systems=tuple(system.name for system in self.systems if task.label in system.tasks),
            references_of={part.name: _versions(task, part) for part in self.parts} if len(self.parts) > 1 else {},
        )

    def _describe_system(self, system: System) -> SystemDescription:
        description, options = system.options.describe(), system.options
        origin = f"family {options.family} is of {system.package}" if system.package else None
        remarks = (*description.remarks, *filter(None, (options.note, origin)))
        if not isinstance(options, ShowsPrompts):
            return replace(description, remarks=remarks)
        tasks_of_system = [task for task in self.tasks if task.label in system.tasks]
        if self.is_absent:
            given = [system.options.given_task(task) for task in tasks_of_system]
            sources = [
                Source("", "", task.label, "(the source)", ("(the source)",), task.source, task.target)
                for task in given
            ]
        else:
            sources = [each for task in tasks_of_system for each in self.given(system, task.label, self.sources(task))]
        try:
            return replace(description, remarks=remarks, prompts=options.prompts(sources))
        except HarnessError as error:
            fault = Fault("wrong prompt", str(error))
            return replace(description, remarks=remarks, faults=(*description.faults, fault))

    @property
    def run_name(self) -> str:
        """The run's folder under results/: the config's name and the beginning of its digest."""
        return f"{self.name}-{self.digest[:8]}"


def _metrics(task: Task, folder: Path | None) -> list[Any]:
    """Return the metrics of a task as a config has them, or with what identifies their options."""
    if folder is not None:
        return [metrics.written(name, task.metric_options.get(name), folder) for name in task.metrics]
    of = task.metric_options
    return [{name: of[name].fingerprint()} if name in of else name for name in task.metrics]


def _versions(task: Task, dataset: Dataset) -> int:
    """Return how many versions of references a dataset has for a task."""
    try:
        return len(tasks.references(task, dataset))
    except InputError:
        return 0


def _relative(options: DatasetOptions | SystemOptions, folder: Path) -> dict[str, Any]:
    """Return the keys that options have in a config, with paths relative to `folder`."""
    content = options.model_dump(mode="json", exclude_none=True)
    fields = type(options).model_fields
    # A null that is not the default says something, for example `temperature: null`.
    nulls = [key for key, value in options if value is None and key in fields and fields[key].default is not None]
    content |= dict.fromkeys(nulls)
    return content | {key: os.path.relpath(value, folder) for key, value in options if isinstance(value, Path)}
