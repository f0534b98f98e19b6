"""The device that is checked, and the models that are checked on it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness import engines
from harness.core.checkpoints import hardware
from harness.engines import Decoding, Engine, EngineSettings, Request, Weights
from harness.runs.bench.sizes import SIZES, WEIGHTS, PublishedSize
from tests.models.tiny_sizes import tiny

MT5, INDICTRANS2 = "mt5-base", "indictrans2-1b"


@dataclass(frozen=True)
class Result:
    """One line of the table."""

    check: str
    found: str
    wanted: str
    passed: bool | None  # None: not judged here


@dataclass
class Machine:
    """The device, and whether the models are tiny: then nothing is judged by its time or memory."""

    device: str
    tiny: bool
    folder: Path  # for checkpoints
    _written: set[str] = field(default_factory=set)

    @property
    def is_gpu(self) -> bool:
        """Whether the device has memory of its own that torch counts."""
        return self.device.startswith("cuda")

    @property
    def dtype(self) -> str:
        """The type that `auto` chooses."""
        return hardware.dtype("auto", self.device)

    @property
    def sources(self) -> int:
        """Inputs of a job that is timed."""
        return 12 if self.tiny else 256

    def size(self, name: str) -> PublishedSize:
        """Return a published size, tiny if the machine's models are."""
        return tiny(name) if self.tiny else SIZES[name]

    def checkpoint(self, name: str) -> Path:
        """Return the folder of a checkpoint with random weights, written once."""
        if name not in self._written:
            self.size(name).write(self.folder / name)
            self._written.add(name)
        return self.folder / name

    def load(self, name: str, engine: str = "transformers", **settings: Any) -> Engine:
        """Return a loaded engine with a model of a published size."""
        published = self.size(name)
        weights = Weights(
            folder=self.checkpoint(name), files=(WEIGHTS,), pickled=False, architecture=published.architecture
        )
        known = {"device": self.device, "dtype": self.dtype, "padding": published.padding, **settings}
        return engines.get(engine).load(weights, EngineSettings(**known))

    def requests(self, name: str, count: int | None = None, length: int | None = None) -> list[Request]:
        """Return inputs of random tokens: as many as are timed or `count`, of an article's lengths or one length."""
        published, count = self.size(name), count or self.sources
        lengths, _ = published.input_lengths()
        repeated = (lengths * (count // len(lengths) + 1))[:count]
        return [Request(ids) for ids in published.requests([length] * count if length else repeated)]

    def decoding(self, name: str, **changes: Any) -> Decoding:
        """Return the authors' decoding with the same number of tokens for every output."""
        published = self.size(name)
        tokens = published.new_tokens
        plain = Decoding(**published.decoding, max_new_tokens=tokens, min_new_tokens=tokens)
        return replace(plain, **changes)

    def allocated(self) -> int:
        """Return the bytes of all tensors that are alive, on a GPU as its allocator counts them."""
        import torch

        gc.collect()
        if self.is_gpu:
            torch.cuda.synchronize(self.device)
            return int(torch.cuda.memory_allocated(self.device))
        storages = {
            tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes()
            for tensor in gc.get_objects()
            if type(tensor) in (torch.Tensor, torch.nn.Parameter)
        }
        return sum(storages.values())

    @contextmanager
    def limited(self, room: int) -> Iterator[None]:
        """Let torch allocate at most so many bytes more within this block; does nothing on a CPU."""
        import torch

        if not self.is_gpu:
            yield
            return
        torch.cuda.empty_cache()
        total = torch.cuda.get_device_properties(self.device).total_memory
        fraction = min(1.0, (torch.cuda.memory_reserved(self.device) + room) / total)
        torch.cuda.set_per_process_memory_fraction(fraction, self.device)
        try:
            yield
        finally:
            torch.cuda.set_per_process_memory_fraction(1.0, self.device)
            torch.cuda.empty_cache()


def decoded(engine: Engine, requests: list[Request], decoding: Decoding) -> dict[int, tuple[int, ...]]:
    """Return the ids of the first output of each request."""
    batches = engine.decode(requests, decoding)
    return {output.request: output.ids for batch in batches for output in batch if output.sample == 0}
