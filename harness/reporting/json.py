"""Scores as the JSON objects that the command line prints, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from harness.records import TaskScores


def to_json(scores: TaskScores) -> dict[str, Any]:
    """Return one task's object: numbers unrounded, None as null."""
    systems = []
    for system in scores.systems:
        row: dict[str, Any] = {"name": system.name, "role": system.role}
        if system.error:
            row["error"] = system.error
        else:
            row["metrics"] = {
                name: {
                    "value": score.value,
                    "interval": [score.interval.low, score.interval.high] if score.interval else None,
                    "one_reference_fewer": score.one_fewer,
                    "signature": score.signature,
                    "segments": score.segments,
                    "higher_is_better": score.higher_is_better,
                    "role": "primary" if name == scores.primary else "secondary",
                    "cluster": score.cluster,
                }
                for name, score in system.metrics.items()
            }
        if system.reading:
            row["reading"] = asdict(system.reading)
        if system.notes:
            row["notes"] = list(system.notes)
        systems.append(row)
    interval = next((s.interval for system in scores.systems for s in system.metrics.values() if s.interval), None)
    comparisons = []
    for comparison in scores.comparisons:
        row = asdict(comparison)
        row["interval"] = [comparison.interval.low, comparison.interval.high] if comparison.interval else None
        comparisons.append(row)
    about = None
    if interval is not None:
        about = {key: value for key, value in asdict(interval).items() if key not in ("low", "high")}
    return {
        "task": scores.task,
        "target": scores.target,
        "primary": scores.primary,
        "segments": scores.segments,
        "articles": scores.articles,
        "references": list(scores.references),
        "intervals": about,
        "systems": systems,
        "baseline": scores.baseline,
        "comparisons": comparisons,
        "slices": [asdict(part) for part in scores.slices],
        "mixed": scores.mixed or None,
        "notes": list(scores.notes),
    }
