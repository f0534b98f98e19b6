"""Find the shards of a run in results folders, and check that they fit together; reads manifests only.

`harness.runs.merge` joins the shards.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core.errors import FileError, InputError, Problem, ProblemsError
from harness.runs import differences
from harness.runs.shards import FOLDER, KEY, Shard
from harness.runs.store import Run

# Number of lines that an error lists; the others are counted.
_MOST = 10
# What else decides an output, beside its system's identity: keys of its origin.
_VERSIONS = ("code", "python", "libraries")


@dataclass(frozen=True, slots=True)
class FinishedShard:
    """A shard that ended, with or without failures: its folder and its manifest."""

    run: Run  # the shard's part of the run
    shard: Shard
    manifest: Mapping[str, Any]

    @property
    def results(self) -> Path:
        """The results folder that the shard was generated in."""
        return self.run.path.parent.parent.parent

    @property
    def label(self) -> str:
        """The shard as messages name it."""
        return f"shard {self.shard}"

    def entry(self, task: str, system: str) -> Mapping[str, Any]:
        """Return what the manifest says of a system's outputs for a task; empty if it has none."""
        entry: Mapping[str, Any] = self.manifest.get("systems", {}).get(system, {}).get(task, {})
        return entry

    def export(self, task: str, system: str) -> Mapping[str, Any]:
        """Return the digest and the origins of an export; empty if the shard has none."""
        export: Mapping[str, Any] = self.manifest[KEY]["exports"].get(task, {}).get(system, {})
        return export

    @property
    def origins(self) -> Mapping[str, Mapping[str, Any]]:
        """The origins of all outputs, by name."""
        origins: Mapping[str, Mapping[str, Any]] = self.manifest[KEY]["origins"]
        return origins

    def command(self, number: int) -> str:
        """Return the command that generates shard `number` of the same run."""
        given = self.manifest.get("command")
        words = [str(word) for word in given if word != "--fresh"] if isinstance(given, list) else []
        wanted = f"{number}/{self.shard.of}"
        for place, word in enumerate(words):
            if word.startswith("--shard="):
                return shlex.join([*words[:place], f"--shard={wanted}", *words[place + 1 :]])
            if word == "--shard" and place + 1 < len(words):
                return shlex.join([*words[:place], word, wanted, *words[place + 2 :]])
        config = self.manifest.get("config", {}).get("path", "CONFIG")
        return shlex.join(["harness", "run", str(config), "--shard", wanted, "--results", str(self.results)])


def find(folders: Sequence[Path]) -> list[FinishedShard]:
    """Return the finished shards of one run in some folders, by number.

    A folder is a results folder, its `shards`, the folder of one shard, or a run in that.

    Raises:
        InputError: a folder does not exist or contains no shard, or the shards are of different runs.
        ProblemsError: shards are missing.
    """
    shards: dict[Path, FinishedShard] = {}
    for folder in folders:
        if not folder.is_dir():
            raise InputError("no such folder; name a results folder of `harness run --shard`", where=folder)
        inside = list(_in(folder))
        if not inside:
            raise InputError(
                f"no finished shard in this folder; expected {FOLDER}/1-of-N and so on, "
                f"as `harness run CONFIG --shard 1/N --results {folder}` writes them",
                where=folder,
            )
        shards |= {each.run.path.resolve(): each for each in inside}
    found = sorted(shards.values(), key=lambda each: (each.shard, str(each.run.path)))
    _check_same_run(found)
    _check_complete(found)
    return found


def _in(folder: Path) -> Iterator[FinishedShard]:
    for pattern in (".", "*", "*/*", f"{FOLDER}/*/*"):
        for path in sorted(folder.glob(pattern)) if pattern != "." else [folder]:
            if (path / "manifest.json").exists() and (shard := _read(Run(path))) is not None:
                yield shard


def _read(run: Run) -> FinishedShard | None:
    """Return a shard; None if the folder is something else, or its manifest is damaged."""
    manifest = run.read_manifest()
    try:
        shard = Shard(int(manifest[KEY]["number"]), int(manifest[KEY]["of"]))
        expected = (manifest[KEY]["exports"], manifest[KEY]["origins"], manifest["systems"], manifest["config"])
    except (KeyError, TypeError, ValueError):
        return None
    return FinishedShard(run, shard, manifest) if all(isinstance(each, dict) for each in expected) else None


def _check_same_run(found: Sequence[FinishedShard]) -> None:
    """Raise InputError if shards are of runs with different configs or data, or of splits into different numbers."""
    by_run: dict[tuple[str, str, str], list[FinishedShard]] = defaultdict(list)
    for each in found:
        dataset = each.manifest.get("dataset", {}).get("digest")
        by_run[each.run.name, str(each.manifest["config"].get("digest")), str(dataset)].append(each)
    if len(by_run) > 1:
        (first, *_), (second, *_) = list(by_run.values())[:2]
        changes = differences.changes(first.run.read_config(), second.run.read_config())
        if first.manifest.get("dataset") != second.manifest.get("dataset"):
            changes.append("the dataset's content")
        groups = [f"{_listed(shards)} of {shards[0].run.name}" for shards in by_run.values()]
        what = "; ".join(changes) or "the content of systems"
        raise InputError(
            f"the shards are of different runs: {'; '.join(groups)} ({what}); "
            f"name the folders of one run: {_narrower(first, f'*/{first.run.name}')}"
        )
    by_count: dict[int, list[FinishedShard]] = defaultdict(list)
    for each in found:
        by_count[each.shard.of].append(each)
    if len(by_count) > 1:
        groups = [_listed(shards) for shards in by_count.values()]
        chosen = by_count[max(by_count)][0]
        raise InputError(
            f"{chosen.run.name} was split in two ways: {'; '.join(groups)}; name the folders of one split: "
            f"{_narrower(chosen, f'*-of-{chosen.shard.of}/{chosen.run.name}')}"
        )


def _narrower(shard: FinishedShard, pattern: str) -> str:
    return f"harness merge {shard.results / FOLDER}/{pattern}"


def _listed(shards: Iterable[FinishedShard]) -> str:
    names = list(dict.fromkeys(str(each.shard) for each in shards))
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"{'shard' if len(names) == 1 else 'shards'} {', '.join(names[:_MOST])}{more}"


def _check_complete(found: Sequence[FinishedShard]) -> None:
    """Raise ProblemsError if a number is missing."""
    finished = {each.shard.number for each in found}
    of = found[0].shard.of
    missing = [number for number in range(1, of + 1) if number not in finished]
    if missing:
        raise problems(
            Problem(
                found[0].run.name, f"shard {number}/{of} is missing or not finished; run: {found[0].command(number)}"
            )
            for number in missing
        )


def problems(lines: Iterable[Problem]) -> ProblemsError:
    """Return an error of several lines; of many, the first ones and a count."""
    every = list(dict.fromkeys(lines))
    more = [Problem(every[0].where, f"and {len(every) - _MOST} more like these")] if len(every) > _MOST else []
    return ProblemsError([*every[:_MOST], *more])


def check_agreement(found: Sequence[FinishedShard], *, mixed_versions: bool = False) -> None:
    """Check that all outputs of a system are of one identity, and of one version of the code and the libraries.

    Args:
        found: the shards.
        mixed_versions: accept outputs of different versions.

    Raises:
        ProblemsError: they differ; each line says in what, and which shards.
    """
    differing = differences.differences({name: {"systems": each} for name, each in _identities(found).items()})
    lines = [
        Problem(found[0].run.name, f"the shards differ in {each}; generate all of them alike") for each in differing
    ]
    if not lines and not mixed_versions:
        advice = "generate all of them with one version (--fresh), or accept this with --mixed-versions"
        lines = [
            Problem(found[0].run.name, f"the shards differ in {each}; {advice}")
            for each in differences.differences(_versions(found))
        ]
    if lines:
        raise problems(lines)


def _identities(found: Sequence[FinishedShard]) -> dict[str, dict[str, Any]]:
    """Return the identity of each system that each shard could load, as manifests have them, by shard."""
    return {
        _unique(each, found): {
            system: {task: {"identity": entry["identity"]} for task, entry in tasks.items() if entry.get("identity")}
            for system, tasks in each.manifest["systems"].items()
        }
        for each in found
    }


def _versions(found: Sequence[FinishedShard]) -> dict[str, dict[str, Any]]:
    """Return the versions that made outputs, as manifests have them, by shard; several if a shard was resumed."""
    versions: dict[str, dict[str, Any]] = {}
    for each in found:
        sessions: list[dict[str, Any]] = []
        for origin in each.origins.values():
            session = {key: origin.get(key) for key in _VERSIONS}
            if session not in sessions:
                sessions.append(session)
        for number, session in enumerate(sessions, start=1):
            name = _unique(each, found)
            versions[name if number == 1 else f"{name} (resumed)"] = session
    return versions


def _unique(shard: FinishedShard, among: Sequence[FinishedShard]) -> str:
    """Return the name of a shard; with its folder if another folder has the same shard."""
    doubled = sum(each.shard == shard.shard for each in among) > 1
    return f"{shard.label} in {shard.results}" if doubled else shard.label


def damaged(shard: FinishedShard, what: str) -> FileError:
    """Return the error for a shard that has changed since it was finished."""
    return FileError(
        f"{what} since {shard.label} was finished; run again: {shard.command(shard.shard.number)}",
        where=shard.run.path,
    )
