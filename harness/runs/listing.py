"""List runs for `harness list runs`: date, systems, tasks and primary scores; reads small files only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness import metrics
from harness.core import files
from harness.core.errors import FileError, InputError
from harness.reporting import numbers
from harness.runs import lookup
from harness.runs.store import Run

# Number of systems of a task that are listed; the others are counted.
_MOST = 4


def lines(results: Path) -> Iterator[str]:
    """Yield a table of all runs, the latest first; one line for each task of a run.

    Raises:
        InputError: there is no such folder.
    """
    runs = lookup.every(results)
    if not runs:
        yield f"no run in {results}"
        return
    width = max(len("run"), *(len(run.name) for run in runs))
    yield f"{'run':{width}}  {'date (UTC)':16}  primary scores by task"
    for run in runs:
        first, *others = _tasks(run) or [_unscored(run)]
        yield f"{run.name:{width}}  {_date(run):16}  {first}"
        yield from (f"{'':{width}}  {'':16}  {other}" for other in others)


def _date(run: Run) -> str:
    """Return the time of the run, to the minute: that in the manifest, else the folder's."""
    manifest = run.read_manifest()
    for key in ("finished", "started"):
        try:
            return f"{datetime.fromisoformat(manifest[key]).astimezone(UTC):%Y-%m-%d %H:%M}"
        except (KeyError, TypeError, ValueError):
            continue
    return f"{datetime.fromtimestamp(run.path.stat().st_mtime, UTC):%Y-%m-%d %H:%M}"


def _unscored(run: Run) -> str:
    return "no scores; finish the run with harness run" if not run.is_new else "config.yaml and scores are missing"


def _tasks(run: Run) -> list[str]:
    """Return a line for each task with scores."""
    lines = []
    for path in sorted(run.path.glob("tables/[!.]*.json"), key=lambda path: path.stem):
        try:
            content = files.read_json(path)
            # Earlier versions wrote the table alone.
            lines += [_task(table) for table in content.get("tasks", [content])]
        except (FileError, KeyError, TypeError, AttributeError):
            lines.append(f"{path.stem}: {path.name} is damaged; run it again")
    return lines


def _task(scores: Mapping[str, Any]) -> str:
    """Return one task: the systems with their primary scores, the best first, then those that failed."""
    primary, systems = scores["primary"], [row for row in scores["systems"] if row["role"] == "system"]
    scored = [(row["name"], row["metrics"][primary]) for row in systems if primary in row.get("metrics", {})]
    sign = -1 if all(score["higher_is_better"] for _, score in scored) else 1
    decimals = _decimals(primary)
    scored.sort(key=lambda item: sign * item[1]["value"])
    parts = [f"{name} {numbers.score(score['value'], decimals)}" for name, score in scored[:_MOST]]
    if len(scored) > _MOST:
        parts.append(f"{len(scored) - _MOST} more")
    parts += [f"{row['name']} failed" for row in systems if "error" in row]
    title = f"{scores['task']}: {scores['dataset']}" if "dataset" in scores else scores["task"]
    return f"{title} ({primary}): {', '.join(parts) or 'no system'}"


def _decimals(metric: str) -> int:
    """Return the decimals of a metric's scores; 1 if the package that has the metric is not installed."""
    try:
        return metrics.class_of(metric).decimals
    except InputError:
        return 1
