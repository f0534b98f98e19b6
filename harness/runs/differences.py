"""Describe the differences between runs, or between configs; pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ABSENT = "none"
_LONGEST = 60  # characters of a value that are shown
_LONGEST_IN_LABEL = 24  # the same in the name of a row
_CONTENT = re.compile(r"\b[0-9a-f]{64}\b")
_MOST_KEYS = 3  # in a label

# Keys of a manifest that describe the whole run, in the order in which differences are listed.
_OF_RUN = (
    ("dataset",), ("config", "digest"), ("seed",), ("git", "commit"), ("git", "dirty"), ("code",), ("python",),
    ("libraries",), ("platform",), ("cpu",), ("gpus",),
)  # fmt: skip
# Keys of an origin: the machine, code and libraries that generated a system's outputs.
_OF_OUTPUTS = ("git", "code", "python", "libraries", "platform", "cpu", "gpus", "threads")


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs between runs."""

    key: str  # "libraries.torch", "systems.mt5.summarise.identity.decoding.num_beams"
    values: Mapping[str, str]  # by run, as text

    def __str__(self) -> str:
        groups: dict[str, list[str]] = {}
        for run, value in self.values.items():
            groups.setdefault(value, []).append(run)
        return f"{self.key}: " + "; ".join(f"{_shown(value)} in {', '.join(runs)}" for value, runs in groups.items())


def differences(manifests: Mapping[str, Mapping[str, Any]]) -> list[Difference]:
    """Return the differences between the manifests of runs, which are given by the names of the runs.

    Systems of the same name are compared on the tasks that they share. An empty manifest counts as missing or damaged.
    """
    known = {run: manifest for run, manifest in manifests.items() if manifest}
    differing: list[Difference] = []
    if len(known) < len(manifests):
        differing.append(
            Difference("manifest", {run: "there" if run in known else "missing or damaged" for run in manifests})
        )
    told = {run: _of_run(manifest) for run, manifest in known.items()}
    differing += _unequal(told)
    systems = {run: _of_systems(manifest) for run, manifest in known.items()}
    for name in dict.fromkeys(name for of_run in systems.values() for name in of_run):
        sharing = {run: of_run[name] for run, of_run in systems.items() if name in of_run}
        said = {difference.key for difference in differing}
        # Most origins equal the run itself. For each system, list only differences that are not listed for the run.
        differing += [each for each in _unequal(sharing, name) if each.key.partition(".made.")[2] not in said]
    return differing


def changes(before: Mapping[str, Any], after: Mapping[str, Any], where: str = "") -> list[str]:
    """Return the differences of two configs: "statistics.seed: 0, now 1", "systems.lead: added"."""
    old, new = _parts(before) or {}, _parts(after) or {}
    lines: list[str] = []
    for key in dict.fromkeys([*old, *new]):
        place = f"{where}.{key}" if where else key
        if key not in old or key not in new:
            lines.append(f"{place}: {'removed' if key in old else 'added'}")
        elif _parts(old[key]) and _parts(new[key]):
            lines += changes(old[key], new[key], place)
        elif _text(old[key]) != _text(new[key]):
            lines.append(f"{place}: {', now '.join(_shown_apart(_text(old[key]), _text(new[key])))}")
    return lines


def labels(manifests: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str, str], str]:
    """Return a short label for each system that several runs have: the differences between its identities.

    The key is (task, run, system); the label reads "num_beams=4, dtype=bfloat16". A system whose identity is the same
    in two runs has no label in these runs.
    """
    identities: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
    for run, manifest in manifests.items():
        systems = manifest.get("systems")
        for name, tasks in systems.items() if isinstance(systems, Mapping) else ():
            for task, entry in tasks.items() if isinstance(tasks, Mapping) else ():
                identity = entry.get("identity") if isinstance(entry, Mapping) else None
                if isinstance(identity, Mapping) and identity:
                    identities.setdefault((task, name), {})[run] = _flat(identity, "identity")
    by_system: dict[tuple[str, str, str], str] = {}
    for (task, name), by_run in identities.items():
        of_runs = _labels(by_run)
        times = Counter(of_runs.values())
        by_system |= {(task, run, name): label for run, label in of_runs.items() if label and times[label] == 1}
    return by_system


def _labels(identities: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return for each run the values of the first keys that differ; empty without a difference."""
    # Leave out digests of contents: the run's name already has a digest.
    keys = [each.key for each in _unequal(identities) if not any(map(_CONTENT.search, each.values.values()))]
    # The last part of a key is enough, unless another key ends alike.
    ends = Counter(key.rpartition(".")[2] for key in keys)
    names = {key: end if ends[end := key.rpartition(".")[2]] == 1 else key.removeprefix("identity.") for key in keys}
    more = ", ..." if len(keys) > _MOST_KEYS else ""
    return {
        run: ", ".join(
            f"{names[key]}={_shown(identity.get(key, _ABSENT), _LONGEST_IN_LABEL)}" for key in keys[:_MOST_KEYS]
        )
        + more
        for run, identity in identities.items()
    }


def _flat(value: Any, prefix: str) -> dict[str, str]:
    """Return the leaves of a JSON value as text, by their place."""
    parts = {} if value == [] else _parts(value)
    if parts is None:
        return {prefix: _text(value)}
    return {where: text for key, part in parts.items() for where, text in _flat(part, f"{prefix}.{key}").items()}


def _parts(value: Any) -> dict[str, Any] | None:
    """Return an object's values by key, or the items of a list of named objects by name; None for anything else."""
    if isinstance(value, Mapping):
        return {str(key): part for key, part in value.items()}
    if isinstance(value, list) and value and all(isinstance(part, Mapping) and "name" in part for part in value):
        named = {str(part["name"]): part for part in value}
        return named if len(named) == len(value) else None
    return None


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_text, value)) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_text(part)}" for key, part in value.items()) + "}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _ABSENT if value is None else str(value)


def _shown(value: str, longest: int = _LONGEST) -> str:
    # 12 characters identify a digest well enough here.
    if len(value) >= 40 and set(value) <= set("0123456789abcdef"):
        return value[:12]
    return value if len(value) <= longest else value[: longest - 3] + "..."


def _shown_apart(was: str, now: str) -> tuple[str, str]:
    """Return two texts as shown; without their common beginning if they would look the same."""
    if _shown(was) != _shown(now):
        return _shown(was), _shown(now)
    same = next((at for at, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
    same = max(same - _LONGEST // 3, 0)
    return f"...{_shown(was[same:])}", f"...{_shown(now[same:])}"


def _of_run(manifest: Mapping[str, Any]) -> dict[str, str]:
    leaves: dict[str, str] = {}
    for path in _OF_RUN:
        value: Any = manifest
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        leaves |= _flat(value, ".".join(path))
    return leaves


def _of_systems(manifest: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return the leaves of each "systems.NAME.TASK"."""
    leaves: dict[str, dict[str, str]] = {}
    systems = manifest.get("systems")
    for name, tasks in systems.items() if isinstance(systems, Mapping) else ():
        for task, entry in tasks.items() if isinstance(tasks, Mapping) else ():
            if isinstance(entry, Mapping):
                origins = entry.get("made")
                last = origins[-1] if isinstance(origins, list) and origins and isinstance(origins[-1], Mapping) else {}
                leaves[f"systems.{name}.{task}"] = _flat(entry.get("identity"), "identity") | _flat(
                    {key: last[key] for key in _OF_OUTPUTS if key in last}, "made"
                )
    return leaves


def _unequal(told: Mapping[str, Mapping[str, str]], prefix: str = "") -> list[Difference]:
    differing = []
    for key in dict.fromkeys(key for of_run in told.values() for key in of_run):
        values = {run: of_run.get(key, _ABSENT) for run, of_run in told.items()}
        if len(set(values.values())) > 1:
            differing.append(Difference(f"{prefix}.{key}" if prefix else key, values))
    return differing
