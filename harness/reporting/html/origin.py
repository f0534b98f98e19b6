"""Turn a manifest into short lists of how the outputs were made; the page has the whole manifest below them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.core import files

# Facts of the machine that a reader of the page does not need; paths say where somebody's home is.
_LEFT_OUT = ("executable",)


@dataclass(frozen=True, slots=True)
class RunOrigin:
    """How one run was made."""

    name: str
    facts: list[tuple[str, str]]
    systems: list[tuple[str, str, str]]  # name, tasks, identity
    manifest: str  # as JSON


def of_run(name: str, manifest: Mapping[str, Any]) -> RunOrigin:
    """Return the origin of a run's outputs; what the manifest lacks is left out."""
    shown = {key: value for key, value in manifest.items() if key not in _LEFT_OUT}
    return RunOrigin(
        name, list(_facts(manifest)), list(_systems(manifest)), files.dumps(shown, indent=2) if shown else ""
    )


def _facts(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if command := manifest.get("command"):
        yield "command", " ".join(map(str, command))
    config, dataset = _mapping(manifest, "config"), _mapping(manifest, "dataset")
    if config:
        yield "config", f"{config.get('path')} (digest {str(config.get('digest'))[:16]})"
    if dataset:
        yield "dataset", f"{dataset.get('name')} (digest {str(dataset.get('digest'))[:16]})"
    if manifest.get("finished"):
        yield "finished", str(manifest["finished"])
    git = _mapping(manifest, "git")
    if git:
        yield "harness", f"commit {str(git.get('commit'))[:12]}{', with local changes' if git.get('dirty') else ''}"
    if manifest.get("seed") is not None:
        yield "seed", str(manifest["seed"])
    libraries = _mapping(manifest, "libraries")
    if libraries:
        yield "libraries", ", ".join(f"{name} {version}" for name, version in libraries.items())
    machine = [manifest.get("platform"), manifest.get("cpu"), *(
        gpu.get("name") for gpu in manifest.get("gpus") or () if isinstance(gpu, Mapping)
    )]  # fmt: skip
    if any(machine):
        yield "machine", ", ".join(str(part) for part in machine if part)


def _systems(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the systems with their settings; tasks with the same settings share a line."""
    for name, tasks in _mapping(manifest, "systems").items():
        by_identity: dict[str, list[str]] = {}
        for task, entry in tasks.items() if isinstance(tasks, Mapping) else ():
            identity = entry.get("identity") if isinstance(entry, Mapping) else None
            told = ", ".join(_flat(identity)) if isinstance(identity, Mapping) else ""
            by_identity.setdefault(told, []).append(str(task))
        for told, of_identity in by_identity.items():
            yield str(name), ", ".join(of_identity), told


def _flat(identity: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in identity.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif value is not None:
            text = str(value)
            # 12 characters identify a digest well enough here.
            is_digest = len(text) >= 40 and set(text) <= set("0123456789abcdef")
            yield f"{prefix}{key}: {text[:12] if is_digest else text}"


def _mapping(manifest: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = manifest.get(key)
    return value if isinstance(value, Mapping) else {}
