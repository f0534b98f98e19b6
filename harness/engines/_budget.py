"""Compute requests batch by batch within a budget of tokens, and go on with half the budget if memory runs out.

`_batches` decides which requests share a batch and how much time it may take. This module runs the batches, for
decoding as for scoring.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import TypeVar

from harness.core.errors import ModelError
from harness.engines import Request, _allocator, _batches, _library_errors

_LOG = logging.getLogger(__name__)
T = TypeVar("T")


class Budget:
    """The number of tokens that an engine puts into a batch. It stays halved once memory has run out."""

    def __init__(self, tokens: int, first: _batches.BatchLimits, device: str) -> None:
        """Begin each job with a batch within `first`, and allow later ones so many input tokens, padding included."""
        self.tokens = tokens
        self._first = first
        self._device = device

    def batches(
        self, requests: Sequence[Request], rows: int, compute: Callable[[list[int]], Mapping[int, T]], advice: str
    ) -> Iterator[tuple[Mapping[int, T], float]]:
        """Yield the results of one batch after another, and the seconds of each result.

        Args:
            requests: their ids count against the budget.
            rows: how many requests a batch has at most.
            compute: returns the results of a batch, by index. An index without a result belongs to a later batch.
            advice: ends the message of the error if a single request does not fit in memory.

        Raises:
            ModelError: a single request does not fit in memory.
        """
        pending = list(range(len(requests)))
        pace = _batches.Pace(self._first)
        while pending:
            for batch in _batches.fill(requests, pending, lambda: pace.limits(_batches.BatchLimits(self.tokens, rows))):
                started = perf_counter()
                results = _unless_out_of_memory(compute, batch)
                if results is None:
                    self._halve([requests[index] for index in batch], advice)
                    break  # fill smaller batches with what is left
                seconds = perf_counter() - started
                longest = max(len(requests[index].ids) for index in results)
                pace.measured(tokens=len(results) * longest, rows=len(results), seconds=seconds)
                pending = [index for index in pending if index not in results]
                yield results, seconds / len(results)
                if len(results) < len(batch):
                    break  # what was put back belongs to the next batches

    def _halve(self, batch: Sequence[Request], advice: str) -> None:
        """Halve the tokens of a batch; raise ModelError, with this advice, if the batch is a single source."""
        _allocator.free(self._device)
        longest = max(len(request.ids) for request in batch)
        where = f"out of memory on {self._device}"
        if len(batch) == 1:
            raise ModelError(f"{where} with a single source of {longest} {advice} a smaller dtype or another device")
        self.tokens = max(1, len(batch) * longest // 2)
        _LOG.warning(
            "%s with %d sources of up to %d tokens; from here on a batch has at most %d tokens (batch_tokens)",
            where, len(batch), longest, self.tokens,
        )  # fmt: skip


def _unless_out_of_memory(compute: Callable[[list[int]], T], batch: list[int]) -> T | None:
    """Return the results, or None if there was not enough memory for them.

    The caller frees memory after that, because a caught exception keeps the tensors of its stack frames alive.
    """
    try:
        return compute(batch)
    except (MemoryError, RuntimeError) as error:
        if not _library_errors.is_out_of_memory(error):
            raise
    return None
