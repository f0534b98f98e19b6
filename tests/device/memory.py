"""Memory of the device: estimates, batches that fit what is free, recovery when it runs out, and leaks."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from harness.core import checkpoints
from harness.core.checkpoints import headers
from harness.core.descriptions import CheckpointDescription
from harness.engines import EngineSettings, Network, _batches, _memory, transformers
from harness.models._seq2seq import memory
from harness.runs.bench.sizes import WEIGHTS
from tests.device.machine import INDICTRANS2, MT5, Machine, Result, decoded

LEAK = 4_000_000  # bytes that may stay after a system was closed


def estimate(machine: Machine) -> Iterator[Result]:
    """Compare the peak of a full batch of the longest inputs with the estimate of `harness check`."""
    for name in (MT5, INDICTRANS2):
        settings = EngineSettings(device=machine.device, dtype=machine.dtype, padding=machine.size(name).padding)
        sizes, decoding, longest = _network(machine, name), machine.decoding(name), machine.size(name).input_tokens
        kind = machine.device.partition(":")[0]
        tokens, scores = transformers._BATCH_TOKENS[kind], transformers._BATCH_SCORES[kind]
        rows = 4 if machine.tiny else _memory.rows(sizes, decoding, tokens, scores, longest)
        expected = transformers.memory(sizes, settings, decoding, longest)
        engine = machine.load(name)
        peak = _peak(machine, engine, machine.requests(name, rows, longest), decoding)
        engine.close()
        off = f"{peak / 1e9:.1f} GB, estimated {expected / 1e9:.1f} GB"
        fits = 0.4 * expected <= peak <= 1.1 * expected if machine.is_gpu and not machine.tiny else None
        yield Result(f"estimate for {rows} x {longest} tokens, {name}", off, "40% to 110% of the estimate", fits)


def free_memory(machine: Machine) -> Iterator[Result]:
    """Decode with the `batch_tokens` that `harness check` names for little free memory: it must not run out."""
    decoding, longest = machine.decoding(MT5), machine.size(MT5).input_tokens
    sizes = _network(machine, MT5)
    settings = EngineSettings(device=machine.device, dtype=machine.dtype)
    rows = 4 if machine.tiny else 16
    room = transformers.memory(sizes, replace(settings, batch_tokens=rows * longest), decoding, longest)
    smaller = memory.fitting("transformers", sizes, settings, decoding, longest, room)
    assert smaller is not None
    with machine.limited(room), HarnessWarnings() as warnings:
        engine = machine.load(MT5, batch_tokens=smaller[0])
        requests = machine.requests(MT5, 2 * rows, longest)
        outputs = decoded(_eager(engine, smaller[0]), requests, decoding)
        engine.close()
    halved = [text for text in warnings.texts if "out of memory" in text]
    found = f"batch_tokens {smaller[0]:,} in {room / 1e9:.1f} GB: {len(outputs)} outputs, {len(halved)} times halved"
    yield Result(
        "batch_tokens for little memory",
        found,
        "all, never halved",
        not halved and len(outputs) == len(requests),
    )


def halving(machine: Machine) -> Iterator[Result]:
    """Let memory run out for real: the batch is halved, and every output is there."""
    decoding, longest = machine.decoding(MT5), machine.size(MT5).input_tokens
    requests = machine.requests(MT5, 8 if machine.tiny else 64, longest)
    engine = machine.load(MT5)
    tokens = len(requests) * longest
    with machine.limited(1_500_000_000), HarnessWarnings() as warnings:
        eager = _eager(engine, tokens)
        if not machine.is_gpu:
            _run_out(eager, rows=3)
        outputs = decoded(eager, requests, decoding)
    left = eager._budget.tokens
    engine.close()
    lengths = {len(ids) for ids in outputs.values()}
    complete = len(outputs) == len(requests) and lengths == {decoding.max_new_tokens}
    found = f"{tokens:,} to {left:,} tokens; {len(outputs)} of {len(requests)} outputs"
    halved = left < tokens and any("out of memory" in text for text in warnings.texts)
    yield Result("out of memory", found, "halved, all outputs", complete and halved)


def leaks(machine: Machine) -> Iterator[Result]:
    """Run two systems one after the other, twice: closing one gives all of its memory back."""
    before = machine.allocated()
    kept: list[int] = []
    for name in (MT5, INDICTRANS2, MT5, INDICTRANS2):
        engine = machine.load(name)
        decoded(engine, machine.requests(name, 8), machine.decoding(name, max_new_tokens=4, min_new_tokens=4))
        engine.close()
        del engine
        kept.append(machine.allocated() - before)
    found = f"{max(kept) / 1e6:.1f} MB kept after one of four"
    yield Result("two systems in turns", found, f"at most {LEAK / 1e6:.0f} MB", max(kept) <= LEAK)


def _network(machine: Machine, name: str) -> Network:
    checkpoint = checkpoints.in_folder(machine.checkpoint(name))
    parameters = headers.parameters(checkpoint, (WEIGHTS,))
    sizes = memory.network(checkpoint, CheckpointDescription(name=name, place="folder", parameters=parameters))
    assert sizes is not None
    return sizes


def _eager(engine: Any, tokens: int) -> Any:
    """Return the engine, which from now on begins with full batches of so many tokens instead of growing to them."""
    engine._budget.tokens = tokens
    engine._budget._first = _batches.BatchLimits(tokens, tokens)
    return engine


def _run_out(engine: Any, rows: int) -> None:
    """Let batches of more rows fail as if memory had run out, on a device whose memory cannot be limited."""
    generate = engine._generate

    def failing(requests: Any, indices: Any, decoding: Any) -> Any:
        if len(indices) > rows:
            raise MemoryError("out of memory, as on a GPU")
        return generate(requests, indices, decoding)

    engine._generate = failing


def _peak(machine: Machine, engine: Any, requests: Any, decoding: Any) -> int:
    """Return the most bytes that were allocated while the requests were decoded in one batch."""
    import torch

    if machine.is_gpu:
        torch.cuda.reset_peak_memory_stats(machine.device)
    assert len(decoded(_eager(engine, 10**9), requests, decoding)) == len(requests)
    return int(torch.cuda.max_memory_allocated(machine.device)) if machine.is_gpu else machine.allocated()


class HarnessWarnings(logging.Handler):
    """Collect the harness's warnings within a block, and show none."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())

    def __enter__(self) -> HarnessWarnings:
        logging.getLogger("harness").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("harness").removeHandler(self)
