"""Throughput of the engine against plain `generate`, and of int8."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Any

from harness.core import registry
from harness.core.errors import HarnessError
from harness.engines import Request
from tests.device.machine import INDICTRANS2, MT5, Machine, Result, decoded

# The engine against plain `generate`, by the size of its batches.
AIMS = {8: 3.0, 32: 1.3}
# The beam search that both engines have.
SHARED: dict[str, Any] = {"others": {"renormalize_logits": True}}


def against_generate(machine: Machine) -> Iterator[Result]:
    """Compare tokens per second. Every output has the same number of tokens, so that all do the same work."""
    for name in (MT5, INDICTRANS2):
        ours, _ = _engine(machine, name, "transformers", machine.dtype)
        for size, theirs in _plain(machine, name).items():
            found = f"{ours / theirs:.2f}x ({ours:,.0f} against {theirs:,.0f} tokens/s)"
            met = None if machine.tiny else ours / theirs >= AIMS[size]
            yield Result(f"{name}, engine against generate in batches of {size}", found, f"at least {AIMS[size]}x", met)


def int8(machine: Machine) -> Iterator[Result]:
    """Decode in int8 with CTranslate2, and compare its rate with that of the transformers engine."""
    if not registry.is_known("engines", "ctranslate2"):
        yield Result("int8 with ctranslate2", "no such engine in this installation", "", None)
        return
    for name in (MT5, INDICTRANS2):
        check = f"int8 with ctranslate2, {name}"
        try:
            rate, outputs = _engine(machine, name, "ctranslate2", "int8", **SHARED)
        except HarnessError as error:
            yield Result(check, str(error)[:160], "outputs", passed=False)
            continue
        theirs, _ = _engine(machine, name, "transformers", machine.dtype, **SHARED)
        found = f"{outputs} outputs, {rate / theirs:.2f}x transformers in {machine.dtype}"
        yield Result(check, found, "all outputs", outputs == machine.sources)


def _engine(machine: Machine, name: str, engine: str, dtype: str, **decoding_keys: Any) -> tuple[float, int]:
    """Return the tokens per second of an engine, after a warm-up, and the number of whole outputs."""
    requests, decoding = machine.requests(name), machine.decoding(name, **decoding_keys)
    loaded = machine.load(name, engine, dtype=dtype)
    decoded(loaded, requests[:8], decoding)
    begun = perf_counter()
    outputs = decoded(loaded, requests, decoding)
    seconds = perf_counter() - begun
    loaded.close()
    whole = sum(len(ids) == decoding.max_new_tokens for ids in outputs.values())
    return whole * decoding.max_new_tokens / seconds, whole


def _plain(machine: Machine, name: str) -> dict[int, float]:
    """Return the tokens per second of plain `generate` by the size of its batches, after a warm-up."""
    model, requests = _plain_model(machine, name), machine.requests(name)
    _generate(machine, name, model, requests[:8])
    rates = {}
    for size in AIMS:
        begun = perf_counter()
        for start in range(0, len(requests), size):
            _generate(machine, name, model, requests[start : start + size])
        rates[size] = len(requests) * machine.size(name).new_tokens / (perf_counter() - begun)
    return rates


def _plain_model(machine: Machine, name: str) -> Any:
    """Return the model as transformers loads it, without anything of the engine."""
    import torch

    module, _, architecture = machine.size(name).architecture.partition(":")
    model_class = getattr(importlib.import_module(module), architecture)
    model = model_class.from_pretrained(machine.checkpoint(name), dtype=getattr(torch, machine.dtype))
    return model.to(machine.device).eval()


def _generate(machine: Machine, name: str, model: Any, batch: Sequence[Request]) -> None:
    """Decode one batch as most scripts do: padded to its longest input, in the order in which inputs come."""
    import torch
    from transformers import GenerationConfig

    size = machine.size(name)
    pad, width = size.config["pad_token_id"], max(len(request.ids) for request in batch)
    rows = [
        [*request.ids, *[pad] * (width - len(request.ids))]
        if size.padding == "right"
        else [*[pad] * (width - len(request.ids)), *request.ids]
        for request in batch
    ]
    ids = torch.tensor(rows, device=machine.device)
    special = {key: value for key, value in size.config.items() if key.endswith("_token_id")}
    ways = {key: value for key, value in size.decoding.items() if key != "beam_stop"}
    settings = GenerationConfig(**special, **ways, max_new_tokens=size.new_tokens, min_new_tokens=size.new_tokens)  # type: ignore[no-untyped-call]
    with torch.inference_mode():
        outputs = model.generate(input_ids=ids, attention_mask=(ids != pad).long(), generation_config=settings)
    outputs.tolist()  # waits for the GPU
