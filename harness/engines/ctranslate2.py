"""Decode with CTranslate2, which is faster than PyTorch in int8 and needs less memory (measured in tests/benchmarks/).

The weights are converted once and kept in the user's cache (see `_ctranslate2.conversion`). A conversion to float32
must give the original's outputs and probabilities before any is used; how others agree is kept, for the table.
Settings of a decoding that CTranslate2 does not reproduce are refused by name (see `_ctranslate2.search`).

One difference is left. If outputs begin with a given token (`Request.first`), a beam search of CTranslate2 considers an
output of nothing but this token only if it is the best of all: transformers also counts a worse one as complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

from harness.core.errors import ModelError
from harness.engines import (
    DTYPE_BYTES,
    ConversionAgreement,
    Decoding,
    Engine,
    EngineSettings,
    Network,
    Weights,
    _memory,
)
from harness.engines._ctranslate2 import conversion, networks, search, translator


def load(weights: Weights, settings: EngineSettings) -> Engine:
    """Load converted weights; convert and verify them first if need be (see `harness.engines.Loader`)."""
    if fault := missing():
        raise ModelError(fault, where="engine ctranslate2")
    made = conversion.ensure(weights, settings)
    return translator.CTranslate2(made.folder, made.sizes, settings)


def missing() -> str | None:
    """Return what must be installed before the engine can be used (see `harness.engines.Converts`)."""
    if find_spec("ctranslate2") is not None:
        return None
    return "needs ctranslate2, which is not installed; pip install 'hindi-eval-harness[ctranslate2]'"


def compute_type(wanted: str, device: str) -> str:
    """Return the type that weights are converted to and computed in (see `harness.engines.Converts`).

    "auto" is bfloat16 on a GPU that computes in it, else float32: int8 changes outputs, so that it must be asked for.
    """
    import ctranslate2

    kind = device.partition(":")[0]
    if kind not in translator.BATCH_TOKENS:
        raise ModelError("engine ctranslate2 runs on cpu and cuda; set device: cpu", where=f"device {device}")
    known = ctranslate2.get_supported_compute_types(kind) & DTYPE_BYTES.keys()
    if wanted == "auto":
        return "bfloat16" if kind == "cuda" and "bfloat16" in known else "float32"
    if wanted not in known:
        raise ModelError(
            f"ctranslate2 computes in {', '.join(sorted(known))} on {kind} here; choose one of these",
            where=f"compute_type {wanted}",
        )
    return wanted


def refusals(config: Mapping[str, Any], decoding: Decoding) -> list[str]:
    """Return why the engine cannot run a checkpoint (see `harness.engines.Converts`)."""
    kind = config.get("model_type")
    if not networks.supports(kind):
        return [networks.unsupported(kind)]
    return [f"engine ctranslate2 does not decode with {each}" for each in search.refusals(decoding)]


def agreement(key: str, compute_type: str) -> ConversionAgreement | None:
    """Return how a conversion agrees with its original (see `harness.engines.Converts`)."""
    return conversion.agreement(key, compute_type) if missing() is None else None


def memory(network: Network, settings: EngineSettings, decoding: Decoding, input_tokens: int) -> int:
    """Return how much memory a full batch needs at most, without that of the conversion (see `Estimates`).

    CTranslate2 keeps activations in float32, or in the type of 16 bits that it computes in.
    """
    kind = settings.device.partition(":")[0]
    half = settings.dtype.endswith("float16")
    activations = replace(settings, dtype="bfloat16" if half else "float32")
    tokens = settings.batch_tokens or translator.BATCH_TOKENS[kind]
    rows = _memory.rows(network, decoding, tokens, translator.BATCH_SCORES[kind], input_tokens)
    whole = _memory.peak(network, activations, decoding, rows, input_tokens)
    return whole - network.parameters * (DTYPE_BYTES[activations.dtype] - DTYPE_BYTES[settings.dtype])
