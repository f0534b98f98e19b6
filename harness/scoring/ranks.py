"""The ranks that a system may have, from the pairs that are shown to differ; numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from harness.core.scores import Rank


def intervals(names: Sequence[str], better: Collection[tuple[str, str]]) -> dict[str, Rank]:
    """Return each system's ranks: from 1 + how many are shown better, to all - how many are shown worse.

    `better` contains the pairs (better, worse) that are shown to differ. If no such pair is wrong, every true rank is
    in its interval, so the intervals contain all true ranks at once as often as the tests make no false claim.
    """
    return {
        name: Rank(
            best=1 + sum(worse == name for _, worse in better),
            worst=len(names) - sum(leader == name for leader, _ in better),
        )
        for name in names
    }


def group_ends(order: Sequence[str], better: Collection[tuple[str, str]]) -> tuple[int, ...]:
    """Return after how many systems of `order`, best first, a line can stand.

    There is a line only if every system above it is shown to be better than every system below it.
    """
    return tuple(
        end
        for end in range(1, len(order))
        if all((above, below) in better for above in order[:end] for below in order[end:])
    )
