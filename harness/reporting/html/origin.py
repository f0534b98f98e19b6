"""Turn a manifest into a sentence and short lists on how the outputs were made.

The page shows the sentence; it folds the lists, and the whole manifest below them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.core import files

# The name of the harness among the libraries of a manifest.
PACKAGE = "hindi-eval-harness"
# Facts of the machine that a reader of the page does not need; paths say where somebody's home is.
_LEFT_OUT = ("executable",)


@dataclass(frozen=True, slots=True)
class RunOrigin:
    """How one run was made."""

    name: str
    sentence: str  # when, by which code, and on which data; what is not known is left out
    facts: list[tuple[str, str]]
    systems: list[tuple[str, str, str]]  # name, tasks, identity
    manifest: str  # as JSON


def of_run(name: str, manifest: Mapping[str, Any]) -> RunOrigin:
    """Return the origin of a run's outputs; what the manifest lacks is left out."""
    shown = {key: value for key, value in manifest.items() if key not in _LEFT_OUT}
    return RunOrigin(
        name,
        _sentence(manifest),
        list(_facts(manifest)),
        list(_systems(manifest)),
        files.dumps(shown, indent=2) if shown else "",
    )


def _sentence(manifest: Mapping[str, Any]) -> str:
    """Return the day, the version and commit of the harness, Python, and the data with their licences."""
    version = _mapping(manifest, "libraries").get(PACKAGE)
    code = [f"by harness {version}" if version else "by harness", *_commits(manifest)]
    if manifest.get("python"):
        code.append(f"on Python {manifest['python']}")
    day = f"Made on {str(manifest['finished'])[:10]}" if manifest.get("finished") else "Made"
    parts = [f"{day} {', '.join(code)}"] if len(code) > 1 or version or manifest.get("finished") else []
    if terms := "; ".join(_terms(manifest)):
        parts.append(f"Data: {terms}")
    return "".join(f"{part}. " for part in parts).rstrip()


def _commits(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield the commit of the last run, and those of earlier runs that made outputs which it reused."""
    git = _mapping(manifest, "git")
    if git.get("commit"):
        yield f"commit {_short(git)} ({'with local changes' if git.get('dirty') else 'clean'})"
    elif manifest.get("code"):
        yield f"not in a checkout (code {str(manifest['code'])[:12]})"
    earlier = dict.fromkeys(
        _short(_mapping(made, "git"))
        for tasks in _mapping(manifest, "systems").values() if isinstance(tasks, Mapping)
        for entry in tasks.values() if isinstance(entry, Mapping)
        for made in entry.get("made") or () if isinstance(made, Mapping)
    )  # fmt: skip
    if others := [commit for commit in earlier if commit not in ("", _short(git))]:
        yield f"with outputs of {'commit' if len(others) == 1 else 'commits'} {' and '.join(others)}"


def _short(git: Mapping[str, Any]) -> str:
    # 12 characters identify a commit well enough here.
    return str(git.get("commit") or "")[:12]


def _terms(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield each dataset with its licence."""
    for dataset in manifest.get("datasets") or [_mapping(manifest, "dataset")]:
        if isinstance(dataset, Mapping) and dataset.get("name"):
            licence = f", licence {dataset['licence']}" if dataset.get("licence") else ""
            yield f"{dataset['name']}{licence}"


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
