"""What a run came to, as far as the gate looks at it, and the file that keeps it as the baseline for later runs.

A snapshot holds all that a verdict takes: per-segment statistics, counts of what is no score, ids, signatures, and
what every system was. A baseline is a snapshot that somebody blessed. The file's grammar is in results/README.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harness.core import files
from harness.core.errors import FileError, InputError
from harness.gate import Blessing, Change
from harness.gate.snapshot import Snapshot, SystemSnapshot, TaskSnapshot
from harness.scoring import diagnostics

# Raised when an older harness could misread a newer file. Schema 1 has `health` in the place of `diagnostics`.
SCHEMA = 2
_KIND = "harness baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline(Snapshot):
    """A snapshot that later runs are held against."""

    blessed: Blessing


# --- the file ---------------------------------------------------------------------------------------------------------


def write(path: Path, baseline: Baseline) -> None:
    """Write a baseline, whole or not at all.

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
    """Return a whole number as an int, which is shorter in JSON and the same number; counts are whole."""
    return int(number) if number.is_integer() else number


def read(path: Path) -> Baseline:
    """Return a baseline that `write` wrote.

    Raises:
        FileError: the file cannot be read, is no baseline, or is damaged.
        InputError: a newer harness wrote it.
    """
    content = files.read_json(path)
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
        # Through JSON, because pydantic's strict mode then takes lists for tuples but still no "3" for 3.
        baseline = TypeAdapter(Baseline).validate_json(files.dumps(content), strict=True)
        fault = next(_faults(baseline), None)
    except ValidationError as error:
        first = error.errors()[0]
        fault = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    except (ValueError, RecursionError) as error:  # NaN, which is no JSON
        fault = str(error)
    except (KeyError, TypeError, AttributeError) as error:
        fault = f"{type(error).__name__}: {error}"
    if fault:
        raise FileError(f"the baseline is damaged ({fault}); restore it, or delete it and bless a run anew", where=path)
    return baseline


def _faults(baseline: Baseline) -> Iterator[str]:
    """Yield what does not fit together."""
    if not any(task.systems for task in baseline.tasks):
        yield "it holds no system, so that any run would pass"
    for name, count in Counter(task.task for task in baseline.tasks).items():
        if count > 1:
            yield f"task {name} stands twice"
    for task in baseline.tasks:
        if not len(task.ids) == len(task.articles) == len(set(task.ids)):
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


# --- two snapshots ----------------------------------------------------------------------------------------------------


def differences(before: Snapshot, now: Snapshot) -> list[str]:
    """Return what must be equal for a comparison to mean anything and is not; one short text for each."""
    found = []
    if before.dataset != now.dataset:
        found.append(
            f"the dataset was {before.dataset.name} {before.dataset.digest[:12]} "
            f"and is {now.dataset.name} {now.dataset.digest[:12]}"
        )
    for old in before.tasks:
        new = now.task(old.task)
        found += [f"task {old.task} is not in the run"] if new is None else _task_differences(old, new)
    return found


def _task_differences(old: TaskSnapshot, new: TaskSnapshot) -> Iterator[str]:
    if old.ids != new.ids:
        gone, added = (sorted(set(a) - set(b)) for a, b in ((old.ids, new.ids), (new.ids, old.ids)))
        which = [f"{ids[0]} is {word}" for ids, word in ((gone, "gone"), (added, "new")) if ids] or [
            "their order changed"
        ]
        yield f"the segments of {old.task} were {len(old.ids)} and are {len(new.ids)} ({', '.join(which)})"
    elif old.articles != new.articles:
        yield f"the segments of {old.task} belong to other articles"
    for what, was, is_ in (
        ("output language", old.target, new.target),
        ("references", ", ".join(old.references), ", ".join(new.references)),
        *((f"signature of {m}", s, new.signatures.get(m, "missing")) for m, s in old.signatures.items()),
    ):
        if was != is_:
            yield f"the {what} in {old.task} was {was} and is {is_}"


def changes(before: Snapshot, now: Snapshot) -> tuple[Change, ...]:
    """Return what somebody may have changed on purpose: identities of systems, and versions."""
    where: dict[tuple[str, str, str], list[str]] = {}
    for key in _changed(before.versions, now.versions):
        where.setdefault(key, []).append("scoring")
    for task, old, new in matched(before, now):
        # A system that failed while it was loaded has no identity, and one that made nothing no versions.
        for was, is_ in ((_flat(old.identity), _flat(new.identity)), (old.versions, new.versions)):
            for key in _changed(was, is_) if was and is_ else ():
                where.setdefault(key, []).append(f"{task.task}: {old.name}")
    return tuple(Change(tuple(places), *key) for key, places in where.items())


def matched(before: Snapshot, now: Snapshot) -> Iterator[tuple[TaskSnapshot, SystemSnapshot, SystemSnapshot]]:
    """Yield each task and system of `before` with the system of that name that `now` has for that task, if it has."""
    for task in before.tasks:
        other = now.task(task.task)
        for system in task.systems:
            found = other.system(system.name) if other else None
            if found is not None:
                yield task, system, found


def _changed(was: Mapping[str, Any], is_: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for key in {**was, **is_}:
        if was.get(key) != is_.get(key):
            yield key, _shown(was, key), _shown(is_, key)


def _shown(values: Mapping[str, Any], key: str) -> str:
    if key not in values:
        return "none"
    value = values[key]
    return value if isinstance(value, str) else files.dumps(value)


def _flat(identity: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return a nested object as one: {"decoding": {"num_beams": 4}} as {"decoding.num_beams": 4}."""
    found: dict[str, Any] = {}
    for key, value in identity.items():
        found |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return found
