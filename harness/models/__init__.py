"""The contract of a model family: one file here with `FAMILY = Family(...)`.

`load` is quick. It resolves names, files and revisions, so that `identity` can answer; the first call of `generate`
reads the weights. So a finished run loads no model.

A family's options are the keys that a system of it may have in a config, beside those of every system. Generation never
sees references: `Source` has no field for them. Import heavy libraries inside the function that needs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, cast, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from harness import tasks as task_contract
from harness.core import files, registry
from harness.core.descriptions import PromptDescription, SystemDescription
from harness.core.records import Generation, RankingSource, Source
from harness.core.text.marks import Marks
from harness.tasks import Task, TaskKind, Unit


class SystemOptions(BaseModel):
    """The keys that any system may have in a config. A family's options extend them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Systems with these options give probabilities: their models can put given texts in order (see `Ranks`).
    RANKS: ClassVar[bool] = False

    name: str = Field(pattern=files.SYSTEM_NAME, max_length=80, description="the system's name in tables and files")
    family: str = Field(description="the model family")
    tasks: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="labels of the tasks to run it on; default: all that the family can do"
    )
    note: str | None = Field(
        default=None, min_length=1, max_length=200, description="shown below each table that has the system"
    )
    # It decides scores, and no output.
    align: Literal["marks", "chrf"] = Field(
        default="marks",
        exclude_if=lambda value: value == "marks",  # configs from before there was a choice keep their digests
        description="how outputs for whole articles or paragraphs are divided, in a task with shorter units; marks: by "
        "the marks that the system was asked to keep, and without them as chrf; chrf: by their similarity to the "
        "references (see Whole articles)",
    )
    # `config` expands it before systems are made, so it identifies none.
    sweep: dict[str, Any] | None = Field(
        default=None,
        exclude=True,
        description="settings with lists of values: a system for each combination (see Sweeps)",
    )

    def resolve(self, folder: Path) -> SystemOptions:
        """Return the options with relative paths made relative to `folder`, the config's own."""
        return self

    def faults(self, tasks: Sequence[str]) -> list[str]:
        """Return the mistakes in the options that can be detected before loading, such as a missing file.

        `tasks` are the labels of the system's tasks.
        """
        return []

    @property
    def samples(self) -> int:
        """How many outputs the system gives per source."""
        return 1

    @property
    def source_unit(self) -> Unit | None:
        """What one source of the system stands for, if that may be more than a unit of its task: its key `unit`."""
        unit = getattr(self, "unit", None)
        return unit if unit in ("paragraph", "article") else None

    def given_task(self, task: Task) -> Task:
        """Return the task whose sources the system is given: with longer units, if it reads whole articles."""
        unit = self.source_unit
        if unit is None or task.kind != "translation" or unit not in task.longer_units:
            return task
        return task_contract.get(task.name).choose(unit=unit, target=task.target, options=task.chosen)

    def asked_marks(self, task: Task) -> Marks:
        """Return the marks of segments that the system is asked to keep in its outputs for a task."""
        return "none"

    def describe(self) -> SystemDescription:
        """Return what a run needs, how it runs, and what keeps it from running here. May ask a hub."""
        return SystemDescription(name=self.name, family=self.family, samples=self.samples)

    def licences(self) -> Mapping[str, str | None]:
        """Return the licence of each thing that the system's weights come from, by its name; None if it is not known.

        May ask a hub.
        """
        return {}

    def fingerprint(self) -> dict[str, Any]:
        """Return as JSON what identifies this system in a config's digest: files by content, not by path."""
        return self.model_dump(mode="json", exclude={"tasks", "note"})


class Model(Protocol):
    """A loaded system."""

    def generate(self, sources: Sequence[Source]) -> Iterator[Generation]:
        """Yield the generations of every source (`samples` per source), in any order, each as soon as it is done."""

    def identity(self) -> Mapping[str, Any]:
        """Return as a JSON object everything that decides an output. Systems with one identity share their outputs."""

    def close(self) -> None:
        """Free the model's memory. It is called once, after the last `generate`."""


@runtime_checkable
class Ranks(Protocol):
    """A model that can put given texts in order by their probability."""

    def rank(self, sources: Sequence[RankingSource]) -> Iterator[Generation]:
        """Yield for every source the ranking of its candidates, as `generate` yields outputs.

        The text of an output is what `harness.core.rankings.write` returns.
        """


@runtime_checkable
class SharesWeights(Protocol):
    """A model that can take over the loaded weights of another one, such as the members of a sweep."""

    def take_weights(self, other: Model) -> None:
        """Take the weights that `other` has loaded, if they are the ones that this model would load in the same way.

        `other` does not have them any more. Otherwise do nothing.
        """


@runtime_checkable
class HasParameters(Protocol):
    """A model that knows how many numbers its weights contain."""

    def parameters(self) -> int | None:
        """Return the number from the headers of the weights' files, without loading them; None if none states it."""


@runtime_checkable
class KeepsState(Protocol):
    """A model that has to know in a later run what happened in an earlier one, such as a model behind an endpoint."""

    def keep_state(self, folder: Path, *, may_ask: bool) -> None:
        """Read and write the facts in a folder that all runs of a results folder share; called before `identity`.

        Without `may_ask`, `identity` must send no request: it raises ModelError if it cannot answer without one.
        """


@runtime_checkable
class ShowsPrompts(Protocol):
    """Options of a system that is asked with a prompt, which `harness check` shows."""

    def prompts(self, sources: Sequence[Source]) -> tuple[PromptDescription, ...]:
        """Return each prompt that these sources need, once, as the first source with it is asked. May ask a hub.

        Raises:
            HarnessError: the prompt is wrong, or an example in it is one of the sources.
        """


@runtime_checkable
class Drains(Protocol):
    """A model that has requests under way when a run is interrupted."""

    def drain(self) -> Iterator[Generation]:
        """Begin no new request, wait a bounded time for those under way, and yield their outputs.

        It may yield outputs again that `generate` has yielded.
        """


class Repeat(BaseModel):
    """How the noise of a system is measured: some segments are answered again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    segments: int = Field(default=50, ge=2, description="so many segments of each task, spread over the test set")
    times: int = Field(default=3, ge=1, le=20, description="how often each of them is answered again")


@runtime_checkable
class Repeats(Protocol):
    """Options of a system that may answer otherwise if it is asked the same again."""

    @property
    def repeat(self) -> Repeat | None:
        """How its noise is measured; None: not at all."""


@runtime_checkable
class HasConversion(Protocol):
    """A model whose weights may be converted, so that its outputs are not exactly those of the original."""

    def conversion(self) -> Mapping[str, Any] | None:
        """Return as a JSON object how they agree; None if nothing was converted.

        See `harness.engines.ConversionAgreement`.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the table of families in configs/README.md says of a family with weights, beside its authors' decoding."""

    architecture: str
    directions: str  # languages, in words
    unit: str  # one input: a document, a sentence, or what a config says
    licence: str  # of the published checkpoints
    tested: str  # what its tests compare
    confirmed: bool = True  # the authors' decoding was read at the source


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A model family: its options, what it can do, and how to load it."""

    options: type[SystemOptions]
    load: Callable[[Any], Model]  # takes an instance of `options`; raises ModelError
    kinds: tuple[TaskKind, ...]  # the kinds of task that it does
    languages: Literal["same", "different", "any"]  # whether output and source may, or must, share a language
    reads: tuple[str, ...] | None = None  # languages of the sources; None: any
    facts: Facts | None = None  # None for a family without weights
    # A service generates, over the network. A run asks it from the driver with every executor, so the service's limits
    # hold for all requests together, and its key stays on this machine.
    endpoint: bool = False

    def does(self, task: Task) -> bool:
        """Return whether the family can do the task, in the task's languages."""
        fits = {"same": task.source == task.target, "different": task.source != task.target, "any": True}
        kind = "translation" if task.kind == "ranking" else task.kind
        able = kind in self.kinds and not self.lacks_probabilities(task)
        return able and fits[self.languages] and (self.reads is None or task.source in self.reads)

    def lacks_probabilities(self, task: Task) -> bool:
        """Return whether the family translates, but cannot rank translations because it gives no probabilities."""
        return task.kind == "ranking" and "translation" in self.kinds and not self.options.RANKS

    def abilities(self) -> str:
        """Return in words what the family does: "summarisation in the source's own language"."""
        languages = {"same": " in the source's own language", "different": " into another language", "any": ""}
        sources = f" from {' or '.join(self.reads)}" if self.reads else ""
        return " and ".join(self.kinds) + sources + languages[self.languages]


def get(name: str) -> Family:
    """Return the family of that name.

    Raises:
        InputError: no such family, or one of another package that cannot be used.
    """
    expected = "FAMILY, a harness.models.Family whose options extend SystemOptions"
    return cast("Family", registry.contract("models", name, "FAMILY", _keeps_contract, expected))


def prompts() -> list[registry.Listed]:
    """Return the prompt contracts of chat models, each with a line on it."""
    from harness.models import _prompts

    return _prompts.listing()


def _keeps_contract(family: Any) -> bool:
    return isinstance(family, Family) and issubclass(family.options, SystemOptions)


@dataclass(frozen=True, slots=True)
class PerSource:
    """A model without weights: a pure function from one source to its output."""

    produce: Callable[[Source], str]
    description: Mapping[str, Any]

    def generate(self, sources: Sequence[Source]) -> Iterator[Generation]:
        """Yield the output of each source in turn."""
        for source in sources:
            yield Generation(source.id, self.produce(source))

    def identity(self) -> Mapping[str, Any]:
        """Return the description."""
        return self.description

    def close(self) -> None:
        """Do nothing: there is nothing to free."""
