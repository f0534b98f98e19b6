"""What differs between the snapshots of two runs: what makes them incomparable, and what may be meant to differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.core import files
from harness.gate import Change
from harness.gate.snapshot import Snapshot, SystemSnapshot, TaskSnapshot


def obstacles(before: Snapshot, now: Snapshot) -> list[str]:
    """Return why two snapshots are not comparable, one short text for each reason; empty if they are."""
    reasons = []
    if before.dataset != now.dataset:
        reasons.append(
            f"the dataset was {before.dataset.name} {before.dataset.digest[:12]} "
            f"and is {now.dataset.name} {now.dataset.digest[:12]}"
        )
    for old in before.tasks:
        new = now.task(old.task)
        reasons += [f"task {old.task} is not in the run"] if new is None else _task_obstacles(old, new)
    return reasons


def _task_obstacles(old: TaskSnapshot, new: TaskSnapshot) -> Iterator[str]:
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
    """Return settings of systems and versions that differ; somebody may have changed them on purpose."""
    where: dict[tuple[str, str, str], list[str]] = {}
    for key in _changed(before.versions, now.versions):
        where.setdefault(key, []).append("scoring")
    for task, old, new in matched(before, now):
        # A system that could not be loaded has no identity, and one without outputs has no versions.
        for was, is_ in ((_flat(old.identity), _flat(new.identity)), (old.versions, new.versions)):
            for key in _changed(was, is_) if was and is_ else ():
                where.setdefault(key, []).append(f"{task.task}: {old.name}")
    return tuple(Change(tuple(places), *key) for key, places in where.items())


def matched(before: Snapshot, now: Snapshot) -> Iterator[tuple[TaskSnapshot, SystemSnapshot, SystemSnapshot]]:
    """Yield each task and system of `before` with the system of the same name in `now`, if that has one."""
    for task in before.tasks:
        other = now.task(task.task)
        for system in task.systems:
            same = other.system(system.name) if other else None
            if same is not None:
                yield task, system, same


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
    flat: dict[str, Any] = {}
    for key, value in identity.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat
