"""Decide which requests are decoded together, and how much time a batch may take.

Outputs are stored when their batch is done, so the time of a batch is the work that an interrupt can lose. `Pace` sizes
each batch by the times of earlier ones. The first batch has no earlier one: `Watch` measures its first steps, and puts
back what cannot end in time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from harness.engines import Request

# Seconds that a batch takes at most, as `harness.engines` promises. A batch that would take a little longer is not
# decoded in two parts.
_PROMISED, _TOLERANCE = 30.0, 1.2
# Seconds that a batch should take. It is less than the promise, because later batches can be slower than measured.
SECONDS = 20.0
# A batch may have so many times the requests of the last one: a small batch predicts the time of a large one badly.
_GROWTH = 4


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """The largest batch."""

    tokens: int  # with every request padded to the longest
    rows: int  # requests


class Pace:
    """Limits of batches by measured time: after the first batch they grow until they take `SECONDS`."""

    def __init__(self, first: BatchLimits) -> None:
        """Begin with a batch within these limits."""
        self._limits = first

    def limits(self, at_most: BatchLimits) -> BatchLimits:
        """Return the limits of the next batch."""
        return BatchLimits(min(at_most.tokens, self._limits.tokens), min(at_most.rows, self._limits.rows))

    def measured(self, *, tokens: int, rows: int, seconds: float) -> None:
        """Learn from a batch of this size.

        Short requests take more time per token, and long ones take more time per request, so both are limited. Rows are
        a power of two: then small differences in time mostly lead to the same batches. So that they do not halve the
        rows either, a batch that took more than `SECONDS`, but no more than was promised, is followed by one as large.
        """
        factor = min(_GROWTH, SECONDS / max(seconds, 1e-9))
        if SECONDS < seconds <= _PROMISED:
            self._limits = BatchLimits(tokens, rows)
            return
        wanted = max(1, int(rows * factor))
        self._limits = BatchLimits(max(1, int(tokens * factor)), 1 << wanted.bit_length() - 1)


class Watch:
    """Says early in a batch how many of its sources can end in time, from the time of its first steps."""

    # Steps after which the time is looked at. Little is lost if a source is put back so early.
    LOOKS = (2, 4, 12)

    def __init__(self, steps: int, clock: Callable[[], float]) -> None:
        """Begin a batch that is expected to take so many steps."""
        self._steps = steps
        self._clock = clock
        self._started = self._measured_from = clock()
        self._before = 0  # steps that were done at `_measured_from`

    def affordable(self, step: int, sources: int) -> int:
        """Return how many of the unfinished sources the batch should keep, at least one.

        Args:
            step: the number of steps that were done.
            sources: unfinished sources in the batch.
        """
        if sources < 2 or step not in (1, *self.LOOKS):
            return sources
        now = self._clock()
        per_step = (now - self._measured_from) / (step - self._before)
        self._measured_from, self._before = now, step
        if step == 1:
            return sources  # this step also prepares caches and reads all tokens of the decoder's start
        elapsed, left = now - self._started, per_step * max(0, self._steps - step)
        # Allow at least half of the promised time, however much of it is gone.
        allowed = max(_PROMISED - elapsed, _PROMISED / 2)
        if left <= allowed or elapsed + left <= _PROMISED * _TOLERANCE:
            return sources
        return max(1, int(sources * allowed / left))


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
