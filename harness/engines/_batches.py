"""Which requests are decoded together; pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from harness.engines import Request


def fill(requests: Sequence[Request], pending: Sequence[int], *, tokens: int, rows: int) -> list[list[int]]:
    """Return the indices in `pending` as batches, longest requests first.

    A batch holds at most `rows` requests, and at most `tokens` tokens with every request padded to its longest; a
    request that is longer than that makes a batch of its own. All requests of a batch start their decoder alike.
    """
    order = sorted(pending, key=lambda index: (requests[index].start, -len(requests[index].ids), index))
    batches: list[list[int]] = []
    for _, same_start in groupby(order, key=lambda index: requests[index].start):
        batch: list[int] = []
        for index in same_start:
            # Sorted by length, so the first of a batch is what the others are padded to.
            if batch and (len(batch) == rows or (len(batch) + 1) * len(requests[batch[0]].ids) > tokens):
                batches.append(batch)
                batch = []
            batch.append(index)
        batches.append(batch)
    return batches
