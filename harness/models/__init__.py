"""The contract of a model family: one file here with `FAMILY = Family(...)`.

`load` is quick: it resolves names, files and revisions, so that `identity` can answer, but weights are read by the
first call of `generate`. So a finished run loads no model.

A family's options are the keys that a system of it may have in a config, beside those of every system. Generation
never sees references: `Source` has no field for them. Heavy libraries are imported
inside the function that needs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, cast

from pydantic import BaseModel, ConfigDict, Field

from harness.core import files, registry
from harness.core.records import Generation, Source
from harness.tasks import Task, TaskKind


class SystemOptions(BaseModel):
    """What a config may say of any system; a family's options extend it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=files.FILE_NAME, max_length=80, description="its row in the table")
    family: str = Field(description="the file in harness/models/ that implements it")
    tasks: tuple[str, ...] | None = Field(default=None, min_length=1, description="labels; default: all it can do")
    note: str | None = Field(default=None, min_length=1, max_length=200, description="said below each of its tables")

    def resolve(self, folder: Path) -> SystemOptions:
        """Return the options with relative paths made relative to `folder`, the config's own."""
        return self

    def faults(self, tasks: Sequence[str]) -> list[str]:
        """Return what can be seen to be wrong before anything is loaded, such as a missing file; `tasks` are labels."""
        return []

    @property
    def samples(self) -> int:
        """How many outputs the system gives for each source."""
        return 1

    def describe(self) -> list[str]:
        """Return, in lines for a person, what a run would need beside this machine and the config; may ask a hub."""
        return []

    def fingerprint(self) -> dict[str, Any]:
        """Return, as JSON, what tells this system from others in a config's digest: files by content, not by place."""
        return self.model_dump(mode="json", exclude={"tasks", "note"})


class Model(Protocol):
    """A loaded system."""

    def generate(self, sources: Sequence[Source]) -> Iterator[Generation]:
        """Yield each source's generations (the options' `samples`), in any order, each as soon as it is done."""

    def identity(self) -> Mapping[str, Any]:
        """Return, as a JSON object, all that decides an output: two systems that differ in it share no outputs."""

    def close(self) -> None:
        """Free what the model holds; it is called once, after the last `generate`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A model family, as the harness sees it before anything is loaded."""

    options: type[SystemOptions]
    load: Callable[[Any], Model]  # takes an instance of `options`; raises ModelError
    kinds: tuple[TaskKind, ...]  # the kinds of task that it does
    languages: Literal["same", "different", "any"]  # whether output and source may, or must, share a language

    def does(self, task: Task) -> bool:
        """Whether the family can do the task, in the task's languages."""
        fits = {"same": task.source == task.target, "different": task.source != task.target, "any": True}
        return task.kind in self.kinds and fits[self.languages]

    def abilities(self) -> str:
        """Return in words what the family does: "summarisation in the source's own language"."""
        languages = {"same": " in the source's own language", "different": " into another language", "any": ""}
        return " and ".join(self.kinds) + languages[self.languages]


def get(name: str) -> Family:
    """Return the family of that name.

    Raises:
        InputError: no such family.
    """
    return cast("Family", registry.get("models", name).FAMILY)


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
        """Return what was given at construction."""
        return self.description

    def close(self) -> None:
        """Do nothing: nothing is held."""
