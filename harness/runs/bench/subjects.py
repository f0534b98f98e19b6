"""The systems that a bench measures: those of a config, or published sizes with random weights."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from harness.config.plan import Plan, System
from harness.core import validation
from harness.core.checkpoints import hardware
from harness.core.descriptions import SystemDescription
from harness.core.errors import InputError, ModelError
from harness.core.records import Source
from harness.engines import EngineSettings
from harness.runs.bench import sizes
from harness.runs.bench.settings import Changes
from harness.runs.bench.sizes import PublishedSize
from harness.runs.bench.work import RandomWork, SystemWork, Work

# The keys of a system that decide where and how it runs.
_KEYS = ("engine", "dtype", "compute_type", "batch_tokens", "threads")
_MOST_SOURCES = 256


class BenchSubject(Protocol):
    """A system to measure."""

    @property
    def name(self) -> str:
        """Of the system or of the size."""

    @property
    def device(self) -> str:
        """Where it runs: "cpu", "cuda:1", ..."""

    @property
    def config(self) -> str | None:
        """The file that has it; None for a size."""

    @property
    def own(self) -> Changes:
        """Its engine, and the types, batch and threads that its config sets."""

    @property
    def dtype(self) -> str | None:
        """The type that it computes in as configured; None if it is not known."""

    @property
    def workload(self) -> str:
        """The task or the inputs, and the search, in words."""

    def work(self, changes: Changes) -> Work:
        """Return the work in a setting.

        Raises:
            InputError: the setting is wrong, or its engine is not installed.
            ModelError: the system cannot run on this machine.
        """


@dataclass(slots=True)
class ConfiguredSystem:
    """A system of a config, on sources of its first task that asks for texts."""

    system: System
    config: str
    sources: Sequence[Source]  # of the task
    article_characters: float
    name: str = field(init=False)
    device: str = field(init=False)
    _description: SystemDescription = field(init=False)

    def __post_init__(self) -> None:
        """Describe the system; this may ask a hub."""
        self.name = self.system.name
        self._description = self.system.options.describe()
        self.device = self._description.device or "cpu"

    @property
    def own(self) -> Changes:
        """The keys of the config."""
        options: Any = self.system.options
        own = {key: getattr(options, key, None) for key in _KEYS}
        return {key: value for key, value in own.items() if value not in (None, "auto")}

    @property
    def dtype(self) -> str | None:
        """The type of the description."""
        return self._description.dtype

    @property
    def workload(self) -> str:
        """The task and the search."""
        beams = self._description.decoding.get("num_beams", 1)
        return f"{self.sources[0].task}, {beams} beams" if beams > 1 else f"{self.sources[0].task}, no beams"

    def work(self, changes: Changes) -> SystemWork:
        """Return the work of the system with other keys."""
        for fault in self._description.faults:
            raise ModelError(fault.message)
        checkpoint = self._description.checkpoint
        if checkpoint is not None and (checkpoint.place == "hub" or checkpoint.download):
            raise ModelError(
                f"its weights are not on this machine; harness run {self.config} --system {self.name} --limit 1 "
                "downloads them"
            )
        options = self.system.options
        if changes:
            values = {key: value for key, value in options.model_dump().items() if key not in changes}
            values |= {key: value for key, value in changes.items() if value is not None}
            try:
                options = type(options).model_validate(values)
            except ValidationError as error:
                raise InputError(_message(error)) from None
            for message in options.faults(self.system.tasks):
                raise InputError(message)
        return SystemWork(options, self.sources, self.article_characters)


@dataclass(slots=True)
class RandomModel:
    """A published size with random weights."""

    name: str
    published: PublishedSize
    folder: Path  # where its checkpoint is, or will be
    articles: Sequence[Sequence[int]] = ()  # words of each sentence of each article; none: those of news
    config: str | None = None
    device: str = field(default_factory=lambda: hardware.device("auto"))

    @property
    def own(self) -> Changes:
        """The engine that a config without this key has."""
        return {"engine": "transformers"}

    @property
    def dtype(self) -> str | None:
        """The type that a config without this key has."""
        return hardware.dtype("auto", self.device)

    @property
    def workload(self) -> str:
        """The inputs and the search."""
        beams = self.published.decoding.get("num_beams", 1)
        of = {"document": "articles", "sentence": "sentences"}[self.published.unit]
        search = f"{beams} beams" if beams > 1 else "no beams"
        return f"random weights, random {of}, {search}, {self.published.new_tokens} new tokens for each"

    def work(self, changes: Changes) -> RandomWork:
        """Return the work of the engine in a setting."""
        settings = EngineSettings(
            device=self.device,
            dtype=changes.get("dtype") or changes.get("compute_type") or hardware.dtype("auto", self.device),
            threads=changes.get("threads"),
            batch_tokens=changes.get("batch_tokens"),
            padding=self.published.padding,
        )
        engine = changes.get("engine", self.own["engine"])
        lengths, per_article = self.published.input_lengths(self.articles)
        repeated = (lengths * -(-_MOST_SOURCES // len(lengths)))[:_MOST_SOURCES]
        return RandomWork(self.published, self.folder, engine, settings, _shuffled(repeated), per_article)


def of_plan(plan: Plan, names: Sequence[str]) -> tuple[list[ConfiguredSystem], list[str]]:
    """Return the systems of a plan that an engine decodes, and the names of the others.

    Args:
        plan: of the config.
        names: of the wanted systems; empty: all.
    """
    by_task = {task.label: plan.sources(task) for task in plan.tasks if task.kind != "ranking"}
    measured: list[ConfiguredSystem] = []
    left_out: list[str] = []
    for system in plan.systems:
        if names and system.name not in names:
            continue
        sources = next((by_task[label] for label in system.tasks if by_task.get(label)), None)
        if sources is None or "engine" not in type(system.options).model_fields:
            left_out.append(system.name)
            continue
        articles = len({source.article for source in sources})
        characters = sum(len(source.text) for source in sources) / articles
        some = _shuffled(sources)[:_MOST_SOURCES]
        measured.append(ConfiguredSystem(system, str(plan.path), some, characters))
    return measured, left_out


def of_sizes(names: Sequence[str], folder: Path, plan: Plan | None) -> list[RandomModel]:
    """Return published sizes whose checkpoints will be in a folder.

    Args:
        names: of the sizes.
        folder: to be written to; it exists.
        plan: the config whose articles give the lengths of the inputs; None: lengths of news articles.

    Raises:
        InputError: no such size.
    """
    articles = plan.dataset.articles if plan is not None else ()
    words = [[len(segment.text.split()) for segment in article.segments] for article in articles]
    return [RandomModel(name, sizes.get(name), folder / name, words) for name in dict.fromkeys(names)]


def _shuffled(items: Any) -> Any:
    """Return the items in an order in which the first ones are a fair sample; the same items give the same order."""
    shuffled = list(items)
    random.Random(0).shuffle(shuffled)
    return tuple(shuffled)


def _message(error: ValidationError) -> str:
    """Return the first mistake in a system's keys in a line."""
    first = error.errors()[0]
    key = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        return f"{key}: the engines of this installation have no such key"
    return f"{key}: expected {validation.expected_of(first)}, found {first['input']!r}"
