"""Scores as the JSON that the command line prints: one schema for score, run and compare.

results/README.md documents every key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from harness.core.scores import Comparison, Interval, Score, Slice, SystemScores, TaskScores
from harness.reporting import order
from harness.reporting.details import people_agree
from harness.reporting.without_references import system_to_json

# Goes up if a key changes its meaning or disappears; a new key does not change it.
# 2: in a table with a reference row, "value" leaves one reference out in turn, and "all_references" is beside it;
# "rank" replaces "cluster".
VERSION = 2


def document(
    tasks: Sequence[Mapping[str, Any]],
    *,
    runs: Sequence[str] = (),
    differences: Mapping[str, Mapping[str, Any]] | None = None,
    overviews: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the object that a command prints.

    Args:
        tasks: one object per table, from `to_json` or `without_references.to_json`.
        runs: names of the runs that the scores come from; none if they come from files.
        differences: in what the manifests of the runs differ: key to run to value.
        overviews: one object per task that has a table for each of several datasets; the key is absent without any.
    """
    return {
        "version": VERSION,
        "runs": list(runs),
        "tasks": list(tasks),
        **({"overviews": list(overviews)} if overviews else {}),
        "differences": dict(differences or {}),
    }


def to_json(scores: TaskScores) -> dict[str, Any]:
    """Return one task's object: numbers unrounded, None as null.

    If the table is mixed, what is true of some rows only is null, and each row says what its intervals are over.
    """
    of_all = not scores.mixed
    return {
        "task": scores.task,
        **({"dataset": scores.dataset} if scores.dataset else {}),
        "target": scores.target,
        "primary": scores.primary,
        "segments": scores.segments if of_all else None,
        "articles": scores.articles if of_all else None,
        "references": list(scores.references) if of_all else None,
        "reference_counts": {str(count): segments for count, segments in sorted(scores.reference_counts.items())},
        "leaves_one_out": scores.leaves_one_out if of_all else None,
        "intervals": _intervals(*scores.systems) if of_all else None,
        "systems": [_system(system, scores) for system in scores.systems],
        "baseline": scores.baseline,
        "tests": _tests(scores),
        "comparisons": [_comparison(pair, scores) for pair in scores.comparisons],
        "sweeps": [asdict(sweep) for sweep in scores.sweeps],
        "slices": [_slice(part) for part in scores.slices],
        "answers": asdict(scores.answers),
        "more_data": asdict(scores.more_data) if scores.more_data else None,
        "mixed": scores.mixed or None,
        "notes": list(scores.notes),
        **({"failed_metrics": dict(scores.failed_metrics)} if scores.failed_metrics else {}),
        "published": [asdict(each) for each in scores.published],
    }


def _slice(part: Slice) -> dict[str, Any]:
    """Return a slice; counts and intervals only if it has some."""
    counts = {row: {name: [each.part, each.whole] for name, each in of.items()} for row, of in part.counts.items()}
    intervals = {row: {name: _bounds(each) for name, each in of.items()} for row, of in part.intervals.items()}
    return {
        "facet": part.facet,
        "value": part.value,
        "segments": part.segments,
        "scores": {row: dict(of_row) for row, of_row in part.scores.items()},
        **({"counts": counts} if counts else {}),
        **({"intervals": intervals} if intervals else {}),
    }


def _system(system: SystemScores, scores: TaskScores) -> dict[str, Any]:
    """Return the object of a row: its metrics or its error, then its diagnostics and notes if it has them."""
    row: dict[str, Any] = {"name": system.name, "role": system.role, "run": system.run or None}
    if system.unit:
        row["unit"] = system.unit
    if system.error:
        row["error"] = system.error
    else:
        row["metrics"] = {name: _score(score, name, scores) for name, score in system.metrics.items()}
        if scores.mixed:
            row["intervals"] = _intervals(system)
            row["leaves_one_out"] = order.leaves_one_out(system)
    if system.diagnostics:
        row["diagnostics"] = system_to_json(system.diagnostics)
    if system.notes:
        row["notes"] = list(system.notes)
    return row


def _score(score: Score, metric: str, scores: TaskScores) -> dict[str, Any]:
    """Return the object of one metric of a row."""
    return {
        "value": score.value,
        "interval": _bounds(score.interval),
        "all_references": asdict(score.all_references) if score.all_references else None,
        "signature": score.signature,
        "segments": score.segments,
        "higher_is_better": score.higher_is_better,
        "role": _role(metric, scores),
        "rank": asdict(score.rank) if score.rank and not scores.mixed else None,
        **({} if score.noise is None else {"noise": score.noise}),
    }


def _comparison(pair: Comparison, scores: TaskScores) -> dict[str, Any]:
    """Return the object of a pair of systems on one metric."""
    content = asdict(pair)
    if pair.noise is None:
        del content["noise"]
    return content | {
        "role": _role(pair.metric, scores),
        "people_agree": people_agree(scores, pair),
        "interval": _bounds(pair.interval),
        "interval_single": _bounds(pair.interval_single),
        "interval_articles": _bounds(pair.interval_articles),
    }


def _tests(scores: TaskScores) -> dict[str, Any] | None:
    """Return how pairs were tested and how the intervals of differences were computed; None if nothing was compared."""
    if scores.testing is None:
        return None
    interval = next((pair.interval for pair in scores.comparisons if pair.interval), None)
    method = interval.method if interval else None
    return asdict(scores.testing) | {"can_show": scores.testing.can_show, "interval": method}


def _intervals(*systems: SystemScores) -> dict[str, Any] | None:
    """Return how the intervals of rows on the same footing were computed; None if they have none."""
    interval = next((s.interval for system in systems for s in system.metrics.values() if s.interval), None)
    if interval is None:
        return None
    return {key: value for key, value in asdict(interval).items() if key not in ("low", "high")}


def _bounds(interval: Interval | None) -> list[float] | None:
    return [interval.low, interval.high] if interval else None


def _role(metric: str, scores: TaskScores) -> str:
    return "primary" if metric == scores.primary else "secondary"
