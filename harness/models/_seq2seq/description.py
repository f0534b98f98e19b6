"""Describe a system with weights for `harness check`: its checkpoint, how it would run, and what keeps it from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.core import checkpoints, hub
from harness.core.checkpoints import PICKLES, SAFETENSORS, Checkpoint, Stated, adapters, headers
from harness.core.descriptions import (
    CheckpointDescription,
    Fault,
    FaultKind,
    OfFamily,
    Origin,
    Place,
    SystemDescription,
)
from harness.core.errors import HarnessError
from harness.engines import DTYPE_BYTES, EngineSettings
from harness.models._seq2seq import decoding as decoding_module
from harness.models._seq2seq import engine_choice, memory, origins
from harness.models._seq2seq.options import CheckpointOptions

# After these faults the weights are not in the cache: it lacks even the small files that a checkpoint is located by.
_NOT_CACHED: frozenset[FaultKind] = frozenset({"no network", "no access", "not cached"})


class _Attempts:
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


class DescribedOptions(CheckpointOptions):
    """The options of a system with a checkpoint, which `harness check` describes."""

    def describe(self) -> SystemDescription:
        """Return where the checkpoint is, how it would run here, and what keeps it from running. May ask a hub."""
        return _describe(self)


def _describe(options: CheckpointOptions) -> SystemDescription:
    attempts = _Attempts(options.checkpoint)
    checkpoint, described = _checkpoint(options, attempts)
    decoding = limit = device = dtype = None
    if checkpoint is not None:
        with attempts.step("wrong decoding"):
            decoding, limit = options.decoding_of(checkpoint), options.limit_of(checkpoint)
            engine_choice.check(options, checkpoint, decoding)
        with attempts.step("wrong tokenizer"):
            options.check_tokenizer(checkpoint)
    remarks: tuple[str, ...] = ()
    is_here = isinstance(options.adapter, Path) or not hub.offline()
    with attempts.step("wrong adapter" if is_here else "not cached"):
        located = options.locate_adapter()
        remarks = (adapters.summary(*located),) if located else ()
    with attempts.step("no such device"):
        device = engine_choice.device(options)
        dtype = engine_choice.number_type(options, device)
    default = decoding_module.resolve(options.decoding, config={}, generation={}, authors=options.AUTHORS)
    shown = origins.shown(decoding or default)
    system = SystemDescription(
        name=options.name,
        family=options.family,
        samples=options.samples,
        checkpoint=described,
        device=device,
        dtype=dtype,
        input_tokens=limit or options.max_input_tokens or options.INPUT_TOKENS,
        longer=options.longer,
        decoding=shown,
        origins=_origins(options, checkpoint if decoding else None, shown, limit),
        assumed=decoding is None or limit is None,
        remarks=remarks,
        citation=options.CITATION,
        faults=tuple(attempts.faults),
    )
    if checkpoint is None or decoding is None or limit is None or device is None or dtype is None:
        return system
    settings = EngineSettings(device=device, dtype=dtype, batch_tokens=options.batch_tokens)
    system = replace(system, remarks=(*system.remarks, *_conversion(options, checkpoint, dtype, described)))
    return memory.describe(system, checkpoint, options.engine, settings, decoding)


def _conversion(
    options: CheckpointOptions, checkpoint: Checkpoint, dtype: str, described: CheckpointDescription
) -> Iterator[str]:
    """Yield how large the conversion of the weights is, or will be, in the user's cache."""
    engine = engine_choice.converter(options)
    if engine is None or engine.missing():
        return
    agreement = None
    with suppress(HarnessError):  # without weights or adapter there is no conversion
        key = options.weights_key(
            checkpoint, checkpoints.weight_files(checkpoint, options.pickle), options.locate_adapter()
        )
        agreement = engine.agreement(key, dtype)
    if agreement is not None:
        yield f"its weights in {dtype} take {agreement.size / 1e6:,.1f} MB of the cache"
    elif described.parameters is not None:
        size = described.parameters * DTYPE_BYTES[dtype]
        yield f"the first run converts its weights to {dtype}, which takes about {size / 1e6:,.1f} MB of the cache"


def _origins(
    options: CheckpointOptions, checkpoint: Checkpoint | None, shown: Mapping[str, Any], limit: int | None
) -> dict[str, Origin]:
    """Return where each setting that is shown comes from, and the limit; without a checkpoint, not from it."""
    ours = options.decoding.model_dump(exclude_none=True)
    files: dict[str, Any] = {}
    for file in (checkpoint.json("config.json"), checkpoint.json("generation_config.json")) if checkpoint else ():
        files |= {key: value for key, value in file.items() if value is not None}
    of_checkpoint = (checkpoint.input_limit, options.positions_of(checkpoint)) if checkpoint else ()
    of_limit: Origin = "checkpoint" if limit in of_checkpoint else "authors"
    if options.max_input_tokens is not None:
        of_limit = "config"
    of_decoding = origins.origins(shown, config=ours, checkpoint=files, authors=options.AUTHORS)
    return {**of_decoding, "input_tokens": of_limit}


def _checkpoint(options: CheckpointOptions, attempts: _Attempts) -> tuple[Checkpoint | None, CheckpointDescription]:
    """Return the checkpoint, None if the family cannot run it, and what is known of it."""
    checkpoint = usable = None
    with attempts.step("not cached" if hub.offline() else "no checkpoint"):
        checkpoint = options.locate()
    described = _without_weights(options, checkpoint, attempts.kinds)
    if checkpoint is not None:
        with attempts.step("wrong checkpoint"):
            options.check_type(checkpoint)
            usable = checkpoint
    if usable is not None:
        described = _with_weights(options, usable, described, attempts)
    if described.place == "unknown" and attempts.kinds & _NOT_CACHED:
        described = replace(described, place="hub")
    return usable, described


def _without_weights(
    options: CheckpointOptions, checkpoint: Checkpoint | None, kinds: set[FaultKind]
) -> CheckpointDescription:
    """Return what config, hub and family say of a checkpoint; without one, `kinds` say why it was not located."""
    name, is_folder = str(options.checkpoint), isinstance(options.checkpoint, Path)
    family = Stated(gated=name in options.GATED or None, licence=options.LICENCES.get(name))
    hub_states = checkpoint.stated if checkpoint else Stated(gated="no access" in kinds or None)
    return CheckpointDescription(
        name=name,
        revision=None if is_folder else checkpoint.commit if checkpoint else options.revision or "main",
        place="folder" if is_folder else "unknown",
        parameters=hub_states.parameters,
        gated=family.gated if hub_states.gated is None else hub_states.gated,
        licence=hub_states.licence or family.licence,
        from_family=tuple(_only_family(hub_states, family)),
    )


def _only_family(hub_states: Stated, family: Stated) -> Iterator[OfFamily]:
    """Yield the facts that the family states and the hub does not."""
    if hub_states.gated is None and family.gated is not None:
        yield "gated"
    if hub_states.licence is None and family.licence is not None:
        yield "licence"


def _with_weights(
    options: CheckpointOptions, checkpoint: Checkpoint, described: CheckpointDescription, attempts: _Attempts
) -> CheckpointDescription:
    """Return the description with what the files of the weights add to it."""
    named = checkpoint.files.keys() & {*SAFETENSORS, *PICKLES}
    with attempts.step("not cached" if checkpoint.only_cached and not named else "wrong weights"):
        files = checkpoints.weight_files(checkpoint, options.pickle)
        absent = checkpoints.missing(checkpoint, files)
        here: Place = "folder" if checkpoint.commit is None else "cache"
        described = replace(
            described,
            place="hub" if absent else here,
            parameters=headers.parameters(checkpoint, files) or described.parameters,
            size=_total(checkpoint, checkpoints.parts(checkpoint, files)),
            download=_total(checkpoint, absent),
        )
    if described.place == "hub" and (checkpoint.only_cached or hub.offline()):
        message = "its weights are not complete in the cache; run once with a network, or name a local folder"
        attempts.faults.append(Fault("not cached", message))
    return described


def _total(checkpoint: Checkpoint, files: Iterable[str]) -> int | None:
    """Return the size of files in bytes; None if one is unknown."""
    sizes = [checkpoint.files.get(file) for file in files]
    return None if None in sizes else sum(size or 0 for size in sizes)
