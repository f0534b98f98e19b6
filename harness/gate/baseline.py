"""The file of a baseline: a snapshot of a run that somebody blessed. Its grammar is in results/README.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harness.core import files, validation
from harness.core.errors import FileError, InputError
from harness.gate import Blessing
from harness.gate.snapshot import Snapshot, SystemSnapshot
from harness.scoring import diagnostics

# Raised when an older harness could misread a newer file. Schema 1 has `health` in the place of `diagnostics`.
SCHEMA = 2
_KIND = "harness baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline(Snapshot):
    """A snapshot that later runs are compared with."""

    blessed: Blessing


def write(path: Path, baseline: Baseline) -> None:
    """Write a baseline; if this fails, the old file stays as it was.

    Raises:
        FileError: the file cannot be written.
    """
    content = {
        "kind": _KIND,
        "schema": SCHEMA,
        "blessed": asdict(baseline.blessed),
        "run": baseline.run,
        "dataset": asdict(baseline.dataset),
        "commit": baseline.commit,
        "versions": dict(baseline.versions),
        "tasks": [
            {
                "task": task.task,
                "target": task.target,
                "references": list(task.references),
                "signatures": dict(task.signatures),
                "ids": list(task.ids),
                "articles": list(task.articles),
                "systems": [_system_to_json(system) for system in task.systems],
            }
            for task in baseline.tasks
        ],
    }
    files.write_text(path, files.pretty(content))


def _system_to_json(system: SystemSnapshot) -> dict[str, Any]:
    return {
        "name": system.name,
        "identity": dict(system.identity),
        "versions": dict(system.versions),
        "diagnostics": asdict(system.diagnostics),
        "statistics": {
            name: [[[_short(number) for number in segment] for segment in view] for view in array.tolist()]
            for name, array in system.statistics.items()
        },
    }


def _short(number: float) -> int | float:
    """Return a whole number as an int: 3 is shorter than 3.0 in JSON, and most counts are whole."""
    return int(number) if number.is_integer() else number


def read(path: Path) -> Baseline:
    """Return a baseline that `write` wrote.

    Raises:
        FileError: the file cannot be read, is not a baseline, or is damaged.
        InputError: a newer harness wrote it.
    """
    content = files.read_json(path, remedy="name a baseline that harness bless wrote, or restore it")
    if not isinstance(content, dict) or content.get("kind") != _KIND:
        raise FileError(
            "expected a baseline that harness bless wrote, found something else; check the name", where=path
        )
    if content.get("schema") not in (1, SCHEMA):
        raise InputError(f"schema {content.get('schema')}, this harness reads {SCHEMA}; update the harness", where=path)
    try:
        if content["schema"] == 1:
            for system in (system for task in content["tasks"] for system in task["systems"]):
                system["diagnostics"] = asdict(diagnostics.from_health(system.pop("health")))
        # Validate JSON: pydantic's strict mode then accepts lists for tuples, but still refuses "3" for 3.
        baseline = TypeAdapter(Baseline).validate_json(files.dumps(content), strict=True)
        fault = next(_faults(baseline), None)
    except ValidationError as error:
        first = error.errors()[0]
        fault = f"{'.'.join(map(str, first['loc']))}: expected {validation.expected_of(first)}"
    except ValueError:  # `dumps` refuses them
        fault = "a number in it is NaN or infinite"
    except RecursionError:
        fault = "it is nested too deeply"
    except (KeyError, TypeError, AttributeError) as error:
        fault = f"{type(error).__name__}: {error}"
    if fault:
        raise FileError(f"the baseline is damaged ({fault}); restore it, or delete it and bless a run anew", where=path)
    return baseline


def _faults(baseline: Baseline) -> Iterator[str]:
    """Yield the contradictions in a baseline that has the right types."""
    if not any(task.systems for task in baseline.tasks):
        yield "it contains no system, so that any run would pass"
    for name, count in Counter(task.task for task in baseline.tasks).items():
        if count > 1:
            yield f"task {name} stands twice"
    for task in baseline.tasks:
        if len(task.articles) not in (0, len(task.ids)) or len(task.ids) != len(set(task.ids)):
            yield f"{task.task}: its ids and their articles are not equally many, or an id stands twice"
        for name, count in Counter(system.name for system in task.systems).items():
            if count > 1:
                yield f"{task.task}: system {name} stands twice"
        for system in task.systems:
            if set(system.statistics) != set(task.signatures):
                yield f"{task.task}: {system.name} has statistics of {', '.join(system.statistics) or 'no metric'}"
            for metric, array in system.statistics.items():
                if array.shape[1] != len(task.ids):
                    yield f"{task.task}: {system.name} has {metric} of {array.shape[1]} segments, not {len(task.ids)}"
