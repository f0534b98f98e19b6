"""The sizes of a checkpoint's network from its config.json, for the estimate of an engine's memory; loads nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness import engines
from harness.core.checkpoints import Checkpoint, hardware
from harness.core.descriptions import CheckpointDescription, SystemDescription
from harness.core.errors import InputError
from harness.engines import DTYPE_BYTES, Decoding, EngineSettings, Estimates, Network

# The keys of config.json: of T5 and its like, of BART and its like, and of IndicTrans2.
_WIDTH = ("d_model", "decoder_embed_dim")
_HEADS = ("num_heads", "decoder_attention_heads")
_LAYERS = ("num_decoder_layers", "decoder_layers", "num_layers")
_VOCABULARY = ("decoder_vocab_size", "vocab_size")
# No engine has larger batches by default.
_MOST = 32_768


def network(checkpoint: Checkpoint, described: CheckpointDescription) -> Network | None:
    """Return the sizes of a checkpoint's network; None if its configuration or its weights do not state them.

    A pickle does not state how many parameters it has: that is its size by the size of a number in it.
    """
    config = checkpoint.json("config.json")
    width, heads, layers, vocabulary = (_first(config, keys) for keys in (_WIDTH, _HEADS, _LAYERS, _VOCABULARY))
    parameters = described.parameters
    if parameters is None and described.size is not None:
        stored = config.get("dtype") or config.get("torch_dtype")
        parameters = described.size // DTYPE_BYTES.get(str(stored), 4)
    if not (width and heads and layers and vocabulary and parameters):
        return None
    inner = heads * (_first(config, ("d_kv",)) or width // heads)
    return Network(parameters, layers, width, heads, inner, vocabulary)


def describe(
    system: SystemDescription, checkpoint: Checkpoint, engine: str, settings: EngineSettings, decoding: Decoding
) -> SystemDescription:
    """Return the description with the memory that a full batch needs, and a remark if the device has less."""
    sizes = network(checkpoint, system.checkpoint) if system.checkpoint else None
    limit = system.input_tokens
    needed = estimate(engine, sizes, settings, decoding, limit) if sizes and limit else None
    if sizes is None or limit is None or needed is None:
        return system
    room = hardware.memory(settings.device)
    remarks = system.remarks
    if room is not None and needed > room:
        smaller = fitting(engine, sizes, settings, decoding, limit, room)
        what = f"a full batch may need {needed / 1e9:.1f} GB of memory, and {settings.device} has {room / 1e9:.1f} GB"
        advice = f"batch_tokens: {smaller[0]} needs {smaller[1] / 1e9:.1f} GB" if smaller else "not even one input fits"
        remarks = (*remarks, f"{what}; {advice}")
    return replace(system, memory=needed, remarks=remarks)


def estimate(
    engine: str, sizes: Network, settings: EngineSettings, decoding: Decoding, input_tokens: int
) -> int | None:
    """Return the bytes that an engine needs at most; None if the engine gives no estimate."""
    try:
        loader = engines.get(engine)
    except InputError:
        return None
    return loader.memory(sizes, settings, decoding, input_tokens) if isinstance(loader, Estimates) else None


def fitting(
    engine: str, sizes: Network, settings: EngineSettings, decoding: Decoding, input_tokens: int, room: int
) -> tuple[int, int] | None:
    """Return the largest `batch_tokens`, by halving those of a full batch, that needs at most `room`, with its bytes.

    None if not even one input fits.
    """
    tokens = settings.batch_tokens or _MOST
    while tokens >= input_tokens:
        smaller = replace(settings, batch_tokens=tokens)
        needed = estimate(engine, sizes, smaller, decoding, input_tokens)
        if needed is not None and needed <= room:
            return tokens, needed
        tokens //= 2
    return None


def _first(config: Mapping[str, Any], keys: tuple[str, ...]) -> int | None:
    """Return the first of these settings that is a whole number over 0."""
    return next((value for key in keys if isinstance(value := config.get(key), int) and value > 0), None)
