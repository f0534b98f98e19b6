"""Which settings are shown to be faster than the config's own; pure.

A setting counts as faster only if its slowest pass is faster than the fastest pass of the config's own setting. So
each needs two passes: one pass has no spread.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.benchmarks import BenchRow, FasterSetting

_LEAST_PASSES = 2


def faster(rows: Sequence[BenchRow]) -> tuple[FasterSetting, ...]:
    """Return the setting to recommend, and after it the best one that changes no output if that is another one.

    Of settings whose spreads overlap with that of the fastest, the first is one that changes no output, then the one
    with the fewest keys.

    Args:
        rows: of one system; the first is the system as configured.
    """
    baseline = rows[0] if rows else None
    if baseline is None or not baseline.is_baseline or not _has_spread(baseline):
        return ()
    shown = [row for row in rows[1:] if _has_spread(row) and row.rates[0] > baseline.rates[-1]]
    if not shown:
        return ()
    best = _best(shown)
    chosen = [best]
    if not best.keeps_outputs and (same := [row for row in shown if row.keeps_outputs]):
        chosen.append(_best(same))
    return tuple(_against(baseline, row) for row in chosen)


def _has_spread(row: BenchRow) -> bool:
    return len(row.passes) >= _LEAST_PASSES and row.rates[0] > 0


def _best(rows: Sequence[BenchRow]) -> BenchRow:
    fastest = max(rows, key=lambda row: row.rate or 0)
    level = [row for row in rows if row.rates[-1] >= fastest.rates[0]]
    return min(level, key=lambda row: (not row.keeps_outputs, len(row.changes), -(row.rate or 0)))


def _against(baseline: BenchRow, row: BenchRow) -> FasterSetting:
    assert row.rate is not None and baseline.rate is not None
    of_gpu = row.gpu_memory is not None or baseline.gpu_memory is not None
    ours, theirs = (row.gpu_memory, baseline.gpu_memory) if of_gpu else (row.memory, baseline.memory)
    return FasterSetting(
        row=row,
        ratio=row.rate / baseline.rate,
        low=row.rates[0] / baseline.rates[-1],
        high=row.rates[-1] / baseline.rates[0],
        memory_ratio=ours / theirs if ours and theirs else None,
    )
