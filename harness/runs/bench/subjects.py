"""The systems that a bench measures: those of a config, or published sizes with random weights."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from harness import engines, models
from harness.config.plan import Plan, System
from harness.core import validation
from harness.core.checkpoints import hardware
from harness.core.descriptions import SystemDescription
from harness.core.errors import HarnessError, InputError, ModelError
from harness.core.records import Source
from harness.engines import Converts, Decoding, EngineSettings
from harness.models import HasConversion, SystemOptions
from harness.runs.bench import sizes
from harness.runs.bench.settings import Changes
from harness.runs.bench.sizes import PublishedSize
from harness.runs.bench.work import RandomWork, SystemWork, Work

# The keys of a system that decide where and how it runs.
_KEYS = ("engine", "dtype", "compute_type", "batch_tokens", "threads")
_MOST_SOURCES = 256
# Keys of `decoding` that an engine may need to decode at all: none, or the one with which a beam search of CTranslate2
# excludes tokens as that of transformers does.
_ADDITIONS: tuple[dict[str, Any], ...] = ({}, {"renormalize_logits": True})
_OTHERS = ("renormalize_logits",)  # keys that are no field of `Decoding`


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

    @property
    def cache(self) -> Path | None:
        """Where conversions of its weights are kept; None: in the user's cache."""

    def settled(self, changes: Changes) -> Changes:
        """Return a setting with those keys of `decoding` without which its engine would refuse to decode."""

    def work(self, changes: Changes) -> Work:
        """Return the work in a setting.

        Raises:
            InputError: the setting is wrong, or its engine is not installed.
            ModelError: the system cannot run on this machine.
        """

    def unconverted(self, changes: Changes) -> bool:
        """Whether the engine of a setting would convert the weights first, which takes much time and memory."""

    def agreement(self, changes: Changes) -> tuple[int, int] | None:
        """Return how many outputs of the converted weights are the original's, of how many; None if not known."""


@dataclass(slots=True)
class ConfiguredSystem:
    """A system of a config, on sources of its first task that asks for texts."""

    system: System
    config: str
    sources: Sequence[Source]  # of the task
    article_characters: float
    name: str = field(init=False)
    device: str = field(init=False)
    cache: Path | None = field(default=None, init=False)
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
        return SystemWork(self._options(changes), self.sources, self.article_characters)

    def settled(self, changes: Changes) -> Changes:
        """Return the setting with the first addition to `decoding` that the engine does not refuse."""
        if _converter(changes.get("engine", self.own["engine"])) is None or not self._description.decoding:
            return changes
        options: Any = self.system.options
        own = options.decoding.model_dump(exclude_none=True)
        for keys in _ADDITIONS:
            wider = {**changes, "decoding": {**own, **keys}} if keys else changes
            try:
                faults = self._options(wider).describe().faults
            except HarnessError:
                continue
            if not faults:
                return wider
        return changes

    def unconverted(self, changes: Changes) -> bool:
        """Whether the model knows of no conversion."""
        if _converter(changes.get("engine", self.own["engine"])) is None:
            return False
        model = models.get(self.system.options.family).load(self._options(changes))
        return isinstance(model, HasConversion) and model.conversion() is None

    def agreement(self, changes: Changes) -> tuple[int, int] | None:
        """Return what the model says of its conversion."""
        if _converter(changes.get("engine", self.own["engine"])) is None:
            return None
        model = models.get(self.system.options.family).load(self._options(changes))
        said = model.conversion() if isinstance(model, HasConversion) else None
        return (int(said["identical"]), int(said["outputs"])) if said else None

    def _options(self, changes: Changes) -> SystemOptions:
        """Return the options with other keys.

        Raises:
            InputError: a value is wrong, or the engine is not installed or refuses the checkpoint.
        """
        options = self.system.options
        if not changes:
            return options
        values = {key: value for key, value in options.model_dump().items() if key not in changes}
        values |= {key: value for key, value in changes.items() if value is not None}
        try:
            options = type(options).model_validate(values)
        except ValidationError as error:
            raise InputError(_message(error)) from None
        for message in options.faults(self.system.tasks):
            raise InputError(message)
        return options


@dataclass(slots=True)
class RandomModel:
    """A published size with random weights."""

    name: str
    published: PublishedSize
    folder: Path  # where its checkpoint is, or will be
    articles: Sequence[Sequence[int]] = ()  # words of each sentence of each article; none: those of news
    config: str | None = None
    device: str = field(default_factory=lambda: hardware.device("auto"))
    _converted: set[tuple[str, str]] = field(default_factory=set, init=False)  # engines and types

    @property
    def cache(self) -> Path:
        """A folder beside the checkpoint: conversions of random weights are of no use later."""
        return self.folder.parent / "cache"

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

    def settled(self, changes: Changes) -> Changes:
        """Return the setting with the first addition to the authors' decoding that the engine does not refuse."""
        engine = _converter(changes.get("engine", self.own["engine"]))
        for keys in _ADDITIONS if engine is not None else ():
            wider = {**changes, "decoding": keys} if keys else changes
            if engine is not None and not engine.refusals(self.published.config_json, self._decoding(wider)):
                return wider
        return changes

    def work(self, changes: Changes) -> RandomWork:
        """Return the work of the engine in a setting."""
        name = changes.get("engine", self.own["engine"])
        dtype, engine = self._type(changes), _converter(name)
        if engine is not None and (fault := engine.missing()):
            raise InputError(f"engine {name} {fault}")
        if engine is not None:
            dtype = engine.compute_type(changes.get("compute_type") or "auto", self.device)
            for reason in engine.refusals(self.published.config_json, self._decoding(changes)):
                raise ModelError(reason)
        settings = EngineSettings(
            device=self.device,
            dtype=dtype,
            threads=changes.get("threads"),
            batch_tokens=changes.get("batch_tokens"),
            padding=self.published.padding,
        )
        lengths, per_article = self.published.input_lengths(self.articles)
        repeated = _shuffled((lengths * -(-_MOST_SOURCES // len(lengths)))[:_MOST_SOURCES])
        return RandomWork(self.published, self.folder, name, settings, self._decoding(changes), repeated, per_article)

    def unconverted(self, changes: Changes) -> bool:
        """Whether no earlier row had this engine and type."""
        name = changes.get("engine", self.own["engine"])
        if _converter(name) is None or (name, self._type(changes)) in self._converted:
            return False
        self._converted.add((name, self._type(changes)))
        return True

    def agreement(self, changes: Changes) -> tuple[int, int] | None:
        """Return None: outputs of random weights say nothing about those of trained ones."""
        return None

    def _type(self, changes: Changes) -> str:
        """Return the type of numbers; that of an engine that converts weights may be "auto"."""
        if _converter(changes.get("engine", self.own["engine"])) is not None:
            return changes.get("compute_type") or "auto"
        return changes.get("dtype") or hardware.dtype("auto", self.device)

    def _decoding(self, changes: Changes) -> Decoding:
        """Return the authors' decoding with the same number of tokens for every output."""
        tokens = self.published.new_tokens
        keys = {**self.published.decoding, **changes.get("decoding", {})}
        others = {key: keys.pop(key) for key in _OTHERS if key in keys}
        return Decoding(**keys, max_new_tokens=tokens, min_new_tokens=tokens, others=others)


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


def _converter(engine: str) -> Converts | None:
    """Return an engine if it converts weights, else None."""
    loader = engines.get(engine)
    return loader if isinstance(loader, Converts) else None


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
