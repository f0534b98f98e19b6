"""What the chosen engine needs and cannot do: its device, its type of computation, and the decodings that it refuses.

An engine that converts weights (`harness.engines.Converts`) computes in a `compute_type`; others in a `dtype`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from harness import engines
from harness.core.checkpoints import Checkpoint, hardware
from harness.core.errors import HarnessError, ModelError
from harness.engines import Converts, Decoding

if TYPE_CHECKING:
    from harness.models._seq2seq.options import CheckpointOptions


def converter(options: CheckpointOptions) -> Converts | None:
    """Return the chosen engine if it converts weights, else None.

    Raises:
        InputError: no such engine.
    """
    engine = engines.get(options.engine)
    return engine if isinstance(engine, Converts) else None


def faults(options: CheckpointOptions) -> Iterator[str]:
    """Yield the mistakes in the choice of an engine that can be seen without a checkpoint."""
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
    try:
        number_type(options, device(options))
    except HarnessError as error:
        yield str(error)


def device(options: CheckpointOptions) -> str:
    """Return the device that the engine runs on; an engine that converts weights does not run on Apple's GPUs.

    Raises:
        ModelError: torch does not see the wanted device.
    """
    chosen = hardware.device(options.device)
    return "cpu" if chosen == "mps" and options.device == "auto" and converter(options) else chosen


def number_type(options: CheckpointOptions, on: str) -> str:
    """Return the type of numbers that the engine computes in on a device.

    Raises:
        ModelError: the device does not compute in it, or the engine is not installed.
    """
    engine = converter(options)
    if engine is None:
        return hardware.dtype(options.dtype, on)
    check_installed(options)
    wanted = options.compute_type or "auto"
    chosen = engine.compute_type(wanted, on)
    if reason := next(
        (options.DTYPES[name] for name in options.DTYPES if chosen.endswith(f"_{name}") or chosen == name), None
    ):
        raise ModelError(f"{chosen} is refused: {reason}", where="compute_type")
    return chosen


def check_installed(options: CheckpointOptions) -> None:
    """Raise ModelError if the library of the engine is not installed."""
    engine = converter(options)
    if engine is not None and (fault := engine.missing()):
        raise ModelError(fault, where=f"engine {options.engine}")


def refusals(options: CheckpointOptions, checkpoint: Checkpoint, decoding: Decoding) -> list[str]:
    """Return why the engine cannot run a checkpoint: its network, or settings of its decoding."""
    engine = converter(options)
    return engine.refusals(checkpoint.json("config.json"), decoding) if engine else []


def check(options: CheckpointOptions, checkpoint: Checkpoint, decoding: Decoding) -> None:
    """Raise ModelError if the engine cannot run a checkpoint."""
    if reasons := refusals(options, checkpoint, decoding):
        raise ModelError("; ".join(reasons), where=checkpoint.label)
