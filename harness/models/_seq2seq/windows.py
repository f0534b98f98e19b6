"""Long sources in windows that a model can read; pure."""

from __future__ import annotations

from collections.abc import Sequence


def windows(lengths: Sequence[int], limit: int) -> list[slice]:
    """Return consecutive sentences, given by their lengths in tokens, as windows of at most `limit` tokens.

    As few windows as can be, of about equal length: a full window followed by a single sentence would give that
    sentence a summary of its own. A sentence over the limit has a window to itself.
    """
    count = len(_packed(lengths, limit))
    # The smallest limit that still needs no more windows spreads the sentences evenly.
    low, high = max(1, sum(lengths) // max(1, count)), limit
    while low < high:
        middle = (low + high) // 2
        if len(_packed(lengths, middle)) <= count:
            high = middle
        else:
            low = middle + 1
    return _packed(lengths, high)


def _packed(lengths: Sequence[int], limit: int) -> list[slice]:
    """Return windows that are filled one after another."""
    found: list[slice] = []
    start = total = 0
    for index, length in enumerate(lengths):
        if index > start and total + length > limit:
            found.append(slice(start, index))
            start, total = index, 0
        total += length
    if lengths:
        found.append(slice(start, len(lengths)))
    return found
