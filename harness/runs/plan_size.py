"""Plan how much data a run's differences need, from the statistics that it stores; reads no texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.core import registry
from harness.core.errors import InputError
from harness.runs.store import Run
from harness.scoring import Resampling
from harness.scoring.questions import Questions
from harness.scoring.sample_size import Curve, curve
from harness.scoring.serialisation import StoredTask, from_json


def curves(
    run: Run, difference: float | None, *, tasks: Sequence[str] = (), metric: str | None = None
) -> dict[str, Curve | str]:
    """Return the curve of each table of a run, by its label; or in words why it has none.

    Args:
        run: a scored run.
        difference: the true difference to show, in points; None: the observed one of the two best systems.
        tasks: only these tables; all without a name.
        metric: None: the primary metric of each table.

    Raises:
        FileError: the run's scores are missing or damaged.
        InputError: the difference is not above 0, or a name is unknown.
    """
    Questions(difference=difference)  # refuses a difference that is not above 0
    stored = {task.test_set.label: task for task in _stored(run)}
    for name in tasks:
        if name not in stored:
            raise InputError(registry.unknown("task of this run", name, list(stored)))
    wanted = {label: task for label, task in stored.items() if not tasks or label in tasks}
    metrics = list(dict.fromkeys(name for task in wanted.values() for name in task.test_set.metrics))
    if metric is not None and metric not in metrics:
        raise InputError(registry.unknown("metric of this run", metric, metrics))
    settings = Resampling(confidence=_confidence(run.read_config()))
    return {
        label: curve(task.test_set, task.rows, settings, metric or task.test_set.primary, difference)
        for label, task in wanted.items()
        if metric is None or metric in task.test_set.metrics
    }


def _stored(run: Run) -> Iterator[StoredTask]:
    for raw in run.read_scores():
        yield from_json(run.name, raw.get("statistics", {}))


def _confidence(config: Mapping[str, Any]) -> float:
    """Return the confidence of the run's tests; the default if its config cannot be read."""
    return float((config.get("statistics") or {}).get("confidence", Resampling().confidence))
