"""Divide a long source into windows that a model can read. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def windows(lengths: Sequence[int], limit: int) -> list[slice]:
    """Return windows of at most `limit` tokens over consecutive sentences, given their lengths in tokens.

    There are as few windows as possible, of about equal length. If only the first ones were full, a last sentence could
    be alone and get a summary of its own. A sentence over the limit has its own window.
    """
    count = len(_packed(lengths, limit))
    # Search for the smallest limit with the same number of windows: it spreads the sentences evenly.
    low, high = max(1, sum(lengths) // max(1, count)), limit
    while low < high:
        middle = (low + high) // 2
        if len(_packed(lengths, middle)) <= count:
            high = middle
        else:
            low = middle + 1
    return _packed(lengths, high)


def _packed(lengths: Sequence[int], limit: int) -> list[slice]:
    """Return windows, each filled before the next one begins."""
    packed: list[slice] = []
    start = total = 0
    for index, length in enumerate(lengths):
        if index > start and total + length > limit:
            packed.append(slice(start, index))
            start, total = index, 0
        total += length
    if lengths:
        packed.append(slice(start, len(lengths)))
    return packed
