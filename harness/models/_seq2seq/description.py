"""What `harness check` says of a system with weights. Asks a hub about the checkpoint, unless offline; loads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.core import hub
from harness.core.descriptions import (
    CheckpointDescription,
    Fault,
    FaultKind,
    OfFamily,
    Place,
    SystemDescription,
)
from harness.core.errors import HarnessError
from harness.engines import Decoding
from harness.models import _checkpoints
from harness.models._checkpoints import Checkpoint, Stated, hardware, headers
from harness.models._seq2seq import decoding as decoding_module

if TYPE_CHECKING:
    from harness.models._seq2seq.options import CheckpointOptions


def describe(options: CheckpointOptions) -> SystemDescription:
    """Return where the checkpoint is and what it is like, how it would run here, and what keeps it from running."""
    attempts = _Attempts(options)
    description = _checkpoint(options, attempts)
    decoding = limit = device = dtype = None
    if attempts.usable is not None:
        with attempts.step("wrong decoding"):
            decoding, limit = options.decoding_of(attempts.usable), options.limit_of(attempts.usable)
        with attempts.step("wrong tokenizer"):
            options.check_tokenizer(attempts.usable)
    with attempts.step("no such device"):
        device = hardware.device(options.device)
        dtype = hardware.dtype(options.dtype, device)
    return SystemDescription(
        name=options.name,
        family=options.family,
        samples=options.samples,
        checkpoint=description,
        device=device,
        dtype=dtype,
        input_tokens=limit or options.max_input_tokens or options.INPUT_TOKENS,
        longer=options.longer,
        decoding=_unusual(decoding or _authors_decoding(options)),
        assumed=decoding is None or limit is None,
        faults=tuple(attempts.faults),
    )


class _Attempts:
    """The first steps of a run, tried one by one, and the reasons why some of them fail."""

    def __init__(self, options: CheckpointOptions) -> None:
        self._name = str(options.checkpoint)
        self.faults: list[Fault] = []
        self.usable: Checkpoint | None = None  # the checkpoint, if the family can run it
        self.gated = False

    @contextmanager
    def step(self, kind: FaultKind) -> Iterator[None]:
        """Add a fault if this block fails, of this kind unless the error is the network's or a gate's."""
        try:
            yield
        except HarnessError as error:
            if isinstance(error, hub.NoNetworkError):
                kind = "no network"
            elif isinstance(error, hub.GatedError):
                kind, self.gated = "no access", True
            # The table shows the checkpoint, so the message does not repeat it.
            self.faults.append(Fault(kind, error.message if error.where == self._name else str(error)))


def _checkpoint(options: CheckpointOptions, attempts: _Attempts) -> CheckpointDescription:
    """Return what is known of the checkpoint, and keep it in `attempts.usable` if the family can run it."""
    checkpoint = None
    with attempts.step("not cached" if hub.offline() else "no checkpoint"):
        checkpoint = options.locate()
    description = _without_weights(options, checkpoint, Stated(gated=attempts.gated or None))
    if checkpoint is None:
        return description
    with attempts.step("wrong checkpoint"):
        options.check_type(checkpoint)
        attempts.usable = checkpoint
    if attempts.usable is None:
        return description
    with attempts.step("wrong weights"):
        description = _with_weights(options, checkpoint, description)
    if description.place == "hub" and (checkpoint.only_cached or hub.offline()):
        message = "its weights are not complete in the cache; run once with a network, or name a local folder"
        attempts.faults.append(Fault("not cached", message))
    return description


def _without_weights(
    options: CheckpointOptions, checkpoint: Checkpoint | None, stated: Stated
) -> CheckpointDescription:
    """Return the description of a checkpoint of which perhaps only the name is known; `stated` is for that case."""
    is_folder = isinstance(options.checkpoint, Path)
    stated = checkpoint.stated if checkpoint else stated
    name = str(options.checkpoint)
    family: dict[OfFamily, Any] = {"gated": name in options.GATED or None, "licence": options.LICENCES.get(name)}
    of_hub: dict[OfFamily, Any] = {"gated": stated.gated, "licence": stated.licence}
    return CheckpointDescription(
        name=name,
        revision=None if is_folder else checkpoint.commit if checkpoint else options.revision or "main",
        place="folder" if is_folder else "unknown",
        parameters=stated.parameters,
        gated=family["gated"] if stated.gated is None else stated.gated,
        licence=stated.licence or family["licence"],
        from_family=tuple(key for key, value in of_hub.items() if value is None and family[key] is not None),
    )


def _with_weights(
    options: CheckpointOptions, checkpoint: Checkpoint, description: CheckpointDescription
) -> CheckpointDescription:
    """Return the description with what the files of the weights add to it.

    Raises:
        InputError: there are no weights that can be loaded.
    """
    files = _checkpoints.weight_files(checkpoint, options.pickle)
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


def _authors_decoding(options: CheckpointOptions) -> Decoding:
    """Return how outputs are decoded if the checkpoint's files set nothing."""
    return decoding_module.resolve(options.decoding, config={}, generation={}, authors=options.AUTHORS)


def _unusual(decoding: Decoding) -> Mapping[str, Any]:
    """Return the settings that differ from greedy decoding without limits."""
    plain = asdict(Decoding(max_new_tokens=0))
    idle = ("length_penalty", "early_stopping") if decoding.num_beams == 1 else ()
    return {key: value for key, value in asdict(decoding).items() if value != plain[key] and key not in idle}
