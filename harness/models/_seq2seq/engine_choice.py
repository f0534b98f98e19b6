"""What the chosen engine needs and cannot do: its device, its type of computation, and the decodings that it refuses.

An engine that converts weights (`harness.engines.Converts`) computes in a `compute_type`; others in a `dtype`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from harness import engines
from harness.core.checkpoints import Checkpoint, hardware
from harness.core.errors import InputError, ModelError
from harness.engines import Converts, Decoding


class EngineOptions(Protocol):
    """The options of a system that concern its engine; see `CheckpointOptions`."""

    @property
    def engine(self) -> str: ...
    @property
    def device(self) -> str: ...
    @property
    def dtype(self) -> str: ...
    @property
    def compute_type(self) -> str | None: ...
    @property
    def DTYPES(self) -> Mapping[str, str]: ...  # noqa: N802


def converter(options: EngineOptions) -> Converts | None:
    """Return the chosen engine if it converts weights, else None; also if there is no such engine (see `faults`)."""
    try:
        engine = engines.get(options.engine)
    except InputError:
        return None
    return engine if isinstance(engine, Converts) else None


def faults(options: EngineOptions) -> Iterator[str]:
    """Yield the mistakes in the choice of an engine that can be seen without a checkpoint.

    Raises:
        InputError: no such engine.
    """
    engines.get(options.engine)
    engine = converter(options)
    if engine is None:
        if options.compute_type is not None:
            yield f"compute_type: engine {options.engine} takes dtype instead; remove it, or set engine: ctranslate2"
        return
    if fault := engine.missing():
        yield f"engine: {options.engine} {fault}"
        return
    if options.dtype != "auto":
        yield f"dtype: engine {options.engine} takes compute_type instead; remove dtype"
    for name, reason in options.DTYPES.items():
        if options.compute_type in (name, f"int8_{name}"):
            yield f"compute_type: {options.compute_type} is refused: {reason}"


def device(options: EngineOptions) -> str:
    """Return the device that the engine runs on; an engine that converts weights does not run on Apple's GPUs.

    Raises:
        ModelError: torch does not see the wanted device.
    """
    chosen = hardware.device(options.device)
    return "cpu" if chosen == "mps" and options.device == "auto" and converter(options) else chosen


def number_type(options: EngineOptions, on: str) -> str:
    """Return the type of numbers that the engine computes in on a device.

    Raises:
        ModelError: the device does not compute in it, or the engine is not installed.
    """
    engine = converter(options)
    if engine is None:
        return hardware.dtype(options.dtype, on)
    if fault := engine.missing():
        raise ModelError(fault, where=f"engine {options.engine}")
    return engine.compute_type(options.compute_type or "auto", on)


def refusals(options: EngineOptions, checkpoint: Checkpoint, decoding: Decoding) -> list[str]:
    """Return why the engine cannot run a checkpoint: its network, or settings of its decoding."""
    engine = converter(options)
    return engine.refusals(checkpoint.json("config.json"), decoding) if engine else []


def check(options: EngineOptions, checkpoint: Checkpoint, decoding: Decoding) -> None:
    """Raise ModelError if the engine cannot run a checkpoint."""
    if reasons := refusals(options, checkpoint, decoding):
        raise ModelError("; ".join(reasons), where=checkpoint.label)
