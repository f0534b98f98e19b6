"""A setting is recommended only if the spreads of the passes do not overlap."""

from __future__ import annotations

from typing import Any

import pytest

from harness.core.benchmarks import BenchRow, TimedPass
from harness.runs.bench import recommendation

INT8 = {"engine": "ctranslate2", "compute_type": "int8"}


def row(changes: dict[str, Any], *rates: float, **fields: Any) -> BenchRow:
    """Return a row whose passes have these rates."""
    return BenchRow(changes=changes, passes=tuple(TimedPass(2.0, round(2 * rate)) for rate in rates), **fields)


NOW = row({}, 10, 11, 12)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([NOW, row(INT8, 40, 44, 48)], [INT8]),
        ([NOW, row(INT8, 11.5, 44, 48)], []),
        ([NOW, row(INT8, 5, 6, 7)], []),
        ([NOW, row(INT8, 44)], []),
        ([row({}, 10), row(INT8, 40, 44)], []),
        ([row({}), row(INT8, 40, 44)], []),
        ([NOW, row(INT8, 0, 0)], []),
        ([NOW], []),
        ([], []),
        ([NOW, row(INT8, 40, 44), row({"threads": 1}, 20, 22)], [INT8, {"threads": 1}]),
        ([NOW, row(INT8, 40, 44), row({"threads": 1}, 41, 43)], [{"threads": 1}]),
        ([NOW, row({**INT8, "threads": 1}, 40, 44), row(INT8, 39, 41)], [INT8]),
        ([NOW, row({"threads": 1}, 40, 44), row({"batch_tokens": 64}, 20, 22)], [{"threads": 1}]),
    ],
    ids=[
        "faster", "spreads overlap", "slower", "one pass only", "one pass as configured", "no pass as configured",
        "no tokens", "nothing else measured", "no rows", "a slower one with the same outputs is second",
        "of two alike, the one with the same outputs", "of two alike, the one with fewer keys",
        "no second one if the first changes no output",
    ],
)  # fmt: skip
def test_the_settings_that_are_shown_to_be_faster(rows: list[BenchRow], expected: list[dict[str, Any]]) -> None:
    assert [dict(each.row.changes) for each in recommendation.faster(rows)] == expected


def test_the_ratio_is_of_the_medians_and_its_range_of_single_passes() -> None:
    (faster,) = recommendation.faster([row({}, 10, 11, 12, memory=400), row(INT8, 40, 44, 48, memory=100)])
    assert faster.ratio == pytest.approx(4)
    assert (faster.low, faster.high) == (pytest.approx(40 / 12), pytest.approx(48 / 10))
    assert faster.memory_ratio == 0.25


def test_memory_is_compared_on_the_gpu_if_there_is_one() -> None:
    rows = [row({}, 10, 12, memory=1, gpu_memory=400), row(INT8, 40, 48, memory=9, gpu_memory=100)]
    assert recommendation.faster(rows)[0].memory_ratio == 0.25
    unknown = [rows[0], row(INT8, 40, 48, memory=9)]
    assert recommendation.faster(unknown)[0].memory_ratio is None
