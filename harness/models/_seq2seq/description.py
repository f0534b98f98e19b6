"""The parts of what `harness check` says of a system with weights; `CheckpointOptions.describe` puts them together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from harness.core import hub
from harness.core.descriptions import CheckpointDescription, Fault, FaultKind, OfFamily, Place
from harness.core.errors import HarnessError
from harness.models import _checkpoints
from harness.models._checkpoints import Checkpoint, Stated, headers

# After these faults the weights are not in the cache: it lacks even the small files that a checkpoint is located by.
NOT_CACHED: frozenset[FaultKind] = frozenset({"no network", "no access", "not cached"})


class Attempts:
    """The first steps of a run, tried one by one, and the reasons why some of them fail."""

    def __init__(self, checkpoint: str | Path) -> None:
        """Begin without faults; `checkpoint` is as the config names it."""
        self._name = str(checkpoint)
        self.faults: list[Fault] = []

    @property
    def kinds(self) -> set[FaultKind]:
        """What went wrong so far."""
        return {fault.kind for fault in self.faults}

    @contextmanager
    def step(self, kind: FaultKind) -> Iterator[None]:
        """Add a fault if this block fails, of this kind unless the error is the network's or a gate's."""
        try:
            yield
        except HarnessError as error:
            if isinstance(error, hub.NoNetworkError):
                kind = "no network"
            elif isinstance(error, hub.GatedError):
                kind = "no access"
            # The table shows the checkpoint. A message without it is the same for several checkpoints.
            is_checkpoint = error.where.partition(" @ ")[0] == self._name
            self.faults.append(Fault(kind, error.message if is_checkpoint else str(error)))


@dataclass(frozen=True, slots=True)
class Asked:
    """A checkpoint as a config asks for it, and what its family states of it."""

    name: str | Path
    revision: str | None
    family: Stated

    def describe(self, checkpoint: Checkpoint | None, kinds: set[FaultKind]) -> CheckpointDescription:
        """Return the description without weights; without a checkpoint, `kinds` say why it was not located."""
        is_folder = isinstance(self.name, Path)
        hub_states = checkpoint.stated if checkpoint else Stated(gated="no access" in kinds or None)
        return CheckpointDescription(
            name=str(self.name),
            revision=None if is_folder else checkpoint.commit if checkpoint else self.revision or "main",
            place="folder" if is_folder else "unknown",
            parameters=hub_states.parameters,
            gated=self.family.gated if hub_states.gated is None else hub_states.gated,
            licence=hub_states.licence or self.family.licence,
            from_family=tuple(_only_family(hub_states, self.family)),
        )


def _only_family(hub_states: Stated, family: Stated) -> Iterator[OfFamily]:
    """Yield the facts that the family states and the hub does not."""
    if hub_states.gated is None and family.gated is not None:
        yield "gated"
    if hub_states.licence is None and family.licence is not None:
        yield "licence"


def with_weights(
    description: CheckpointDescription, checkpoint: Checkpoint, files: Sequence[str]
) -> CheckpointDescription:
    """Return the description with what the files of the weights add to it.

    Raises:
        ModelError: the index of the weights is damaged.
    """
    absent = _checkpoints.missing(checkpoint, files)
    here: Place = "folder" if checkpoint.commit is None else "cache"
    return replace(
        description,
        place="hub" if absent else here,
        parameters=headers.parameters(checkpoint, files) or description.parameters,
        size=_total(checkpoint, _checkpoints.parts(checkpoint, files)),
        download=_total(checkpoint, absent),
    )


def _total(checkpoint: Checkpoint, files: Iterable[str]) -> int | None:
    """Return the size of files in bytes; None if one is unknown."""
    sizes = [checkpoint.files.get(file) for file in files]
    return None if None in sizes else sum(size or 0 for size in sizes)
