"""Choose the requests that are decoded together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from harness.engines import Request


def fill(requests: Sequence[Request], pending: Sequence[int], *, tokens: int, rows: int) -> list[list[int]]:
    """Return the indices in `pending` as batches, longest requests first.

    A batch has at most `rows` requests, and at most `tokens` tokens, each request padded to the length of the longest.
    A request with more tokens is alone in its batch. All requests of a batch have the same decoder start.
    """
    order = sorted(pending, key=lambda index: (requests[index].start, -len(requests[index].ids), index))
    batches: list[list[int]] = []
    for _, same_start in groupby(order, key=lambda index: requests[index].start):
        batch: list[int] = []
        for index in same_start:
            # The requests are sorted, so the first one of a batch is the longest.
            if batch and (len(batch) == rows or (len(batch) + 1) * len(requests[batch[0]].ids) > tokens):
                batches.append(batch)
                batch = []
            batch.append(index)
        batches.append(batch)
    return batches
