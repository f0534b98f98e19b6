"""Decide which requests are decoded together, and how much time a batch may take; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from harness.engines import Request

# Seconds that a batch should take. Outputs are stored when their batch is done, so an interrupt loses at most about
# this much work. It is less than the 30 seconds that are promised, because later batches can be slower than measured.
SECONDS = 20.0
# A batch may have so many times the requests of the last one: a small batch predicts the time of a large one badly.
_GROWTH = 4


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """The largest batch."""

    tokens: int  # with every request padded to the longest
    rows: int  # requests


class Pace:
    """Limits of batches by measured time: the first batch is small, and later ones grow until they take `SECONDS`."""

    def __init__(self, first_tokens: int) -> None:
        """Begin with a batch of at most so many tokens."""
        self._limits = BatchLimits(first_tokens, first_tokens)

    def limits(self, at_most: BatchLimits) -> BatchLimits:
        """Return the limits of the next batch."""
        return BatchLimits(min(at_most.tokens, self._limits.tokens), min(at_most.rows, self._limits.rows))

    def measured(self, *, tokens: int, rows: int, seconds: float) -> None:
        """Learn from a batch of this size.

        Short requests take more time per token, and long ones take more time per request, so both are limited. Rows are
        a power of two: then small differences in time mostly lead to the same batches.
        """
        factor = min(_GROWTH, SECONDS / max(seconds, 1e-9))
        wanted = max(1, int(rows * factor))
        self._limits = BatchLimits(max(1, int(tokens * factor)), 1 << wanted.bit_length() - 1)


def fill(requests: Sequence[Request], pending: Sequence[int], limits: Callable[[], BatchLimits]) -> Iterator[list[int]]:
    """Yield the indices in `pending` as batches, longest requests first.

    A batch has at most `limits().rows` requests, and at most `limits().tokens` tokens with every request padded to its
    longest. A longer request is a batch of its own. All requests of a batch have the same `start` and
    `first`. `limits` is called at the beginning of each batch, after the caller has used the previous one.
    """
    order = sorted(pending, key=lambda index: (_beginning(requests[index]), -len(requests[index].ids), index))
    for _, same_start in groupby(order, key=lambda index: _beginning(requests[index])):
        batch: list[int] = []
        now = limits()
        for index in same_start:
            # Sorted by length, so the others are padded to the first of a batch.
            if batch and (len(batch) == now.rows or (len(batch) + 1) * len(requests[batch[0]].ids) > now.tokens):
                yield batch
                batch = []
                now = limits()
            batch.append(index)
        yield batch


def _beginning(request: Request) -> tuple[tuple[int, ...], int]:
    """Return what the outputs of a request begin with; -1 stands for any token."""
    return request.start, -1 if request.first is None else request.first
