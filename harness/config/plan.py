"""Everything that a run will do: a config with every name in it resolved."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import tasks
from harness.config.schema import Statistics, Thresholds
from harness.core import document, files
from harness.core.records import Dataset, Source
from harness.datasets import DatasetDescription, DatasetOptions
from harness.models import Family, SystemOptions
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A config with every name in it resolved."""

    path: Path
    name: str
    dataset: Dataset  # all datasets of the config, merged
    datasets: tuple[DatasetOptions, ...]  # as the config names them
    descriptions: tuple[DatasetDescription, ...] = ()  # of those that may have to be downloaded, if none was
    tasks: tuple[Task, ...]
    systems: tuple[System, ...]
    bounds: tuple[str, ...]
    statistics: Statistics
    limit: int | None
    gate: Thresholds  # not part of the digest, because it changes no result

    def sources(self, task: Task) -> list[Source]:
        """Return the task's sources; if there is a limit, only the first ones."""
        return tasks.sources(task, self.dataset)[: self.limit]

    def _settings(self) -> dict[str, Any]:
        return {
            "tasks": [
                {"name": t.name, "unit": t.unit, "target": t.target, "metrics": list(t.metrics), "primary": t.primary}
                for t in self.tasks
            ],
            "bounds": list(self.bounds),
            "statistics": self.statistics.model_dump(mode="json"),
            "limit": self.limit,
        }

    @property
    def digest(self) -> str:
        """Digest of everything that decides the results: defaults filled in, files by content and not by path."""
        # The reference row was called "human" once, and earlier runs must keep their folders.
        bounds = ["human" if bound == "reference" else bound for bound in self.bounds]
        return files.digest_json({
            **self._settings(),
            "bounds": bounds,
            "datasets": [self.dataset.name, self.dataset.digest],
            "systems": [[system.options.fingerprint(), list(system.tasks)] for system in self.systems],
        })

    def runnable(self, folder: Path) -> str:
        """Return the resolved config as YAML, with paths relative to `folder`. Run from there, it is the same run."""
        return document.dump(self.resolved(folder))

    def resolved(self, folder: Path) -> dict[str, Any]:
        """Return the config with every default filled in, its paths relative to `folder`."""
        datasets = [_relative(options, folder) for options in self.datasets]
        for options in datasets:
            options["format"] = options.pop("format")  # last, as in the configs that earlier runs stored
        return {
            "name": self.name,
            "datasets": datasets,
            **self._settings(),
            "gate": self.gate.model_dump(mode="json"),
            "systems": [_relative(each.options, folder) | {"tasks": list(each.tasks)} for each in self.systems],
        }

    def describe(self) -> str:
        """Return in words what a run would do. Asks a hub about its checkpoints, unless offline."""
        segments = sum(len(article.segments) for article in self.dataset.articles)
        lines = [
            f"{self.path}: run {self.run_name}",
            f"  dataset {self.dataset.name}: {len(self.dataset.articles)} article(s), {segments} segments",
        ]
        lines += [f"    licence: {line}" for line in (self.dataset.licence or "not stated").splitlines()]
        lines += [f"    {line}" for description in self.descriptions for line in described(description)]
        for reference_kind, references in self.dataset.references.items():
            versions = dict.fromkeys(f"{reference.version} ({reference.language})" for reference in references)
            lines.append(f"    {reference_kind}: {', '.join(versions)}")
        for task in self.tasks:
            systems = [system for system in self.systems if task.label in system.tasks]
            lines.append(
                f"  task {task.label}: {len(self.sources(task))} source(s) into {task.target}, "
                f"{', '.join(task.metrics)} (ranked by {task.primary})"
            )
            lines += [f"    {system.name}: {system.options.family}" for system in systems]
        for system in self.systems:
            of_system = system.options.describe()
            if of_system:
                lines.append(f"  system {system.name}:")
                lines += [f"    {line}" for line in of_system]
        return "\n".join(lines) + "\n"

    @property
    def run_name(self) -> str:
        """The run's folder under results/: the config's name and the beginning of its digest."""
        return f"{self.name}-{self.digest[:8]}"


def described(dataset: DatasetDescription) -> list[str]:
    """Return in words where a dataset is, what must be downloaded, and under which terms."""
    if dataset.cached:
        where = "in the cache"
    elif dataset.download is None:
        where = "not in the cache; size unknown"
    else:
        where = f"not in the cache; {dataset.download / 1e6:,.1f} MB to download"
    lines = [f"{dataset.name} at {dataset.revision or 'main'}: {where}; licence: {dataset.licence or 'not stated'}"]
    if dataset.gated:
        lines.append(f"{dataset.name} is gated: accept its terms at {dataset.page}, then hf auth login")
    if dataset.missing:
        lines.append(f"{dataset.name} cannot be read now: {dataset.missing}")
    return lines


def _relative(options: DatasetOptions | SystemOptions, folder: Path) -> dict[str, Any]:
    """Return the keys that options have in a config, with paths relative to `folder`."""
    content = options.model_dump(mode="json", exclude_none=True)
    return content | {key: os.path.relpath(value, folder) for key, value in options if isinstance(value, Path)}
