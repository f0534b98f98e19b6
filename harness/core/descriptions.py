"""What `harness check` says of a config: records that the plan fills in and `harness.reporting.plan` renders.

None stands for a value that is not known, such as the size of a checkpoint that the hub was not asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

# In words of a first line: "cannot start: no network (mt5-xlsum)".
FaultKind = Literal[
    "no network", "no access", "not cached", "no checkpoint", "wrong checkpoint", "wrong weights", "wrong decoding",
    "wrong tokenizer", "wrong adapter", "wrong prompt", "no such device", "no key", "not installed",
]  # fmt: skip

# Where a setting comes from: the harness's config, the checkpoint's files, the recipe of the family's authors, or none
# of them.
Origin = Literal["config", "checkpoint", "authors", "default"]

OfFamily = Literal["gated", "licence", "size"]  # facts that a family can state of a checkpoint
# The weights are in a folder of the user's; in the hub's cache; on the hub, to be downloaded; not to be found now.
Place = Literal["folder", "cache", "hub", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointDescription:
    """A checkpoint, as far as it can be described without loading its weights."""

    name: str  # a folder, or the name on the hub
    revision: str | None = None  # the commit, or the branch or tag while the commit is unknown; None for a folder
    place: Place
    parameters: int | None = None  # numbers in the weights, from the headers of their files or from the hub
    size: int | None = None  # of the weights in bytes
    download: int | None = None  # bytes of the weights that are still to be downloaded
    gated: bool | None = None  # whether the hub asks users to accept terms
    licence: str | None = None  # as the hub states it
    from_family: tuple[OfFamily, ...] = ()  # fields that the family states and the hub did not


@dataclass(frozen=True, slots=True)
class Fault:
    """A reason why a run on this machine would fail for a system."""

    kind: FaultKind
    message: str  # what was expected, what was found, what to do


@dataclass(frozen=True, slots=True)
class PromptDescription:
    """How a chat model is asked, for one source of one task."""

    task: str  # its label
    prompt: str  # the name of the contract
    text: str  # as the model reads it; without its template, the messages with their roles
    ids: tuple[int, ...] | None = None  # None: the tokenizer is not here
    note: str = ""  # why the text is not what the model reads, and doubts; empty if there is nothing to say


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemDescription:
    """What a system needs, how it would run on this machine, and what keeps it from running."""

    name: str
    family: str
    samples: int = 1  # outputs for each source
    checkpoint: CheckpointDescription | None = None  # None: the family has no weights
    device: str | None = None
    dtype: str | None = None
    input_tokens: int | None = None  # the longest input
    longer: str = ""  # what happens to longer inputs: "the rest is cut"
    decoding: Mapping[str, Any] = field(default_factory=dict)  # the settings that matter for this kind of search
    origins: Mapping[str, Origin] = field(default_factory=dict)  # of each setting in `decoding`, and of `input_tokens`
    memory: int | None = None  # bytes that a full batch needs at most on the device, weights included; an estimate
    assumed: bool = False  # limit and decoding are the family's, and the checkpoint may state others
    citation: str | None = None  # of the family: authors, year, title
    remarks: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    prompts: tuple[PromptDescription, ...] = ()  # one for each prompt that its tasks need


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDescription:
    """A metric with a checkpoint, and what keeps it from scoring on this machine."""

    name: str
    checkpoint: CheckpointDescription
    encoder: str | None = None  # the checkpoint whose configuration and tokenizer are read too
    fault: str = ""  # what was expected, what was found, what to do


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetDescription:
    """What is known of a dataset, whether it is here or has to be downloaded. None stands for what is not known."""

    name: str
    summary: str = ""  # what a public set is, and its size
    articles: int | None = None  # None too if the segments do not name their document
    segments: int | None = None
    hub: str | None = None  # the repository
    revision: str | None = None  # the commit if it is known, else what the config says
    branch: str | None = None  # the branch or tag that is read; None: a commit, or no repository
    licence: str | None = None
    gated: bool | None = None  # whether the hub asks users to accept terms
    citation: str | None = None
    page: str | None = None  # where they are accepted
    cached: bool  # everything is on this machine
    download: int | None = None  # bytes that are not on this machine
    missing: str = ""  # why the data cannot be had now: not in the cache, and the network is forbidden


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDescription:
    """A task, and the systems that are run on it."""

    label: str
    target: str  # language of the outputs
    sources: int | None  # None: a dataset is not on this machine
    references: tuple[str, ...]  # versions, of all datasets
    metrics: tuple[str, ...]
    primary: str  # the metric that ranks systems
    systems: tuple[str, ...]  # names
    references_of: Mapping[str, int] = field(
        default_factory=dict
    )  # number of versions by dataset, if there are several


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDescription:
    """A config, and everything that a run of it would do."""

    path: str  # as the user named it
    run: str  # the folder under results/
    dataset: str
    articles: int | None  # None: a dataset is not on this machine, or does not name the articles of its segments
    segments: int | None
    licence: str | None  # of the references
    tasks: tuple[TaskDescription, ...]
    systems: tuple[SystemDescription, ...]
    datasets: tuple[DatasetDescription, ...] = ()  # each of them
    metrics: tuple[MetricDescription, ...] = ()  # those that have a checkpoint

    @property
    def can_start(self) -> bool:
        """Whether every system can run here."""
        return not any(system.faults for system in self.systems)

    @property
    def scores_all(self) -> bool:
        """Whether every metric can score here."""
        return not any(metric.fault for metric in self.metrics)
