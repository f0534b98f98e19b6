"""Snapshots made of numbers, for tests of the gate: segment scores in, no text and no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from harness import metrics
from harness.core.records import HINDI
from harness.core.scores import Count, Diagnostics
from harness.gate import Blessing
from harness.gate.baseline import Baseline
from harness.gate.snapshot import DatasetIdentity, Snapshot, SystemSnapshot, TaskSnapshot

HEALTHY = Diagnostics(
    100,
    {
        **{name: Count(0, 100) for name in ("empty", "cut", "stopped", "repetition", "wrong_script", "spacing")},
        "unknown": Count(0, 10_000),
        "speed": Count(1000, 10.0),
    },
)
BLESSING = Blessing("Asha <asha@example.org>", "2026-03-01T09:00:00+00:00", "first release", "c0ffee")


def unhealthy(**changes: Count | None) -> Diagnostics:
    """Return healthy outputs with other counts; None: nothing to count."""
    counts = {**HEALTHY.counts, **changes}
    return replace(HEALTHY, counts={name: count for name, count in counts.items() if count is not None})


def system(name: str, values: Mapping[str, Sequence[float]], **changes: Any) -> SystemSnapshot:
    """Return a system with these scores of each segment, by metric; the metrics are means, as ROUGE's are."""
    statistics = {
        metric: np.stack([np.asarray(each, dtype=np.float64), np.ones(len(each))], axis=-1)[None]
        for metric, each in values.items()
    }
    made = SystemSnapshot(
        name=name,
        identity={"family": "replay"},
        versions={"python": "3.12.1"},
        diagnostics=HEALTHY,
        statistics=statistics,
    )
    return replace(made, **changes)


def task(*systems: SystemSnapshot, label: str = "gist", **changes: Any) -> TaskSnapshot:
    first = next((each for each in systems if each.statistics), None)
    names = list(first.statistics) if first else ["rougeL"]
    count = first.statistics[names[0]].shape[1] if first else 1
    made = TaskSnapshot(
        task=label,
        target=HINDI,
        references=("close",),
        signatures={name: metrics.get(name, HINDI).signature(1) for name in names},
        ids=tuple(f"a#s{number}" for number in range(count)),
        articles=("a",) * count,
        systems=systems,
    )
    return replace(made, **changes)


def run(*tasks: TaskSnapshot, **changes: Any) -> Snapshot:
    made = Snapshot(
        run="now-2", dataset=DatasetIdentity("a", "d1"), commit="abc", versions={"python": "3.12.1"}, tasks=tasks
    )
    return replace(made, **changes)


def baseline(*tasks: TaskSnapshot, **changes: Any) -> Baseline:
    made = Baseline(
        run="old-1", dataset=DatasetIdentity("a", "d1"), commit="abb", versions={"python": "3.12.1"}, tasks=tasks,
        blessed=BLESSING,
    )  # fmt: skip
    return replace(made, **changes)
