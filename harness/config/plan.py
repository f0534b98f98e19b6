"""From a config to everything that a run will do, with every error in it at once; loads no model."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import tasks
from harness.config import document
from harness.config.schema import Statistics, Thresholds
from harness.core import files
from harness.core.records import Dataset, Source
from harness.models import Family, SystemOptions
from harness.tasks import Task


@dataclass(frozen=True, slots=True)
class System:
    """One row to be: options, and the tasks that it is run on."""

    options: SystemOptions
    family: Family
    tasks: tuple[str, ...]  # labels

    @property
    def name(self) -> str:
        """Its name in tables and files."""
        return self.options.name

    @property
    def samples(self) -> int:
        """Outputs for each source."""
        return self.options.samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A config with every name in it resolved."""

    path: Path
    name: str
    dataset: Dataset
    dataset_paths: tuple[tuple[Path, str], ...]  # folder and format
    tasks: tuple[Task, ...]
    systems: tuple[System, ...]
    bounds: tuple[str, ...]
    statistics: Statistics
    limit: int | None
    gate: Thresholds  # no part of the digest: it changes no result

    def sources(self, task: Task) -> list[Source]:
        """Return the task's sources, the first `limit` of them when there is a limit."""
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
        """Digest of all that decides the run's results: defaults filled in, files by their content."""
        # Runs keep their folders from when the reference row was called "human".
        bounds = ["human" if bound == "reference" else bound for bound in self.bounds]
        return files.digest_json({
            **self._settings(),
            "bounds": bounds,
            "datasets": [self.dataset.name, self.dataset.digest],
            "systems": [[system.options.fingerprint(), list(system.tasks)] for system in self.systems],
        })

    def runnable(self, folder: Path) -> str:
        """Return the resolved config as YAML, its paths relative to `folder`; run from there it is the same run."""
        return document.dump(self.resolved(folder))

    def resolved(self, folder: Path) -> dict[str, Any]:
        """Return the config with every default filled in, its paths relative to `folder`."""
        content: dict[str, Any] = {"name": self.name, "datasets": []}
        content["datasets"] = [
            {"path": os.path.relpath(path, folder), "format": form} for path, form in self.dataset_paths
        ]
        content |= self._settings()
        content["gate"] = self.gate.model_dump(mode="json")
        content["systems"] = []
        for system in self.systems:
            options = system.options.model_dump(mode="json", exclude_none=True) | {"tasks": list(system.tasks)}
            for key, value in system.options:
                if isinstance(value, Path):
                    options[key] = os.path.relpath(value, folder)
            content["systems"].append(options)
        return content

    def describe(self) -> str:
        """Return what a run would do, in lines for a person; asks a hub what its checkpoints are, unless offline."""
        segments = sum(len(article.segments) for article in self.dataset.articles)
        lines = [
            f"{self.path}: run {self.run_name}",
            f"  dataset {self.dataset.name}: {len(self.dataset.articles)} article(s), {segments} segments",
        ]
        for reference_kind, references in self.dataset.references.items():
            versions = dict.fromkeys(f"{reference.version} ({reference.language})" for reference in references)
            lines.append(f"    {reference_kind}: {', '.join(versions)}")
        for task in self.tasks:
            systems = [system for system in self.systems if task.label in system.tasks]
            lines.append(
                f"  task {task.label}: {len(self.sources(task))} source(s) into {task.target}, "
                f"{', '.join(task.metrics)} (ranked by {task.primary})"
            )
            lines += [f"    {system.name}: {system.options.family}" for system in systems] or ["    no system does it"]
        for system in self.systems:
            described = system.options.describe()
            if described:
                lines.append(f"  system {system.name}:")
                lines += [f"    {line}" for line in described]
        return "\n".join(lines) + "\n"

    @property
    def run_name(self) -> str:
        """The run's folder under results/: the config's name and the digest of everything resolved."""
        return f"{self.name}-{self.digest[:8]}"
