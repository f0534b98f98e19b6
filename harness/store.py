"""Where a run is kept: the only module that knows paths under results/.

results/<name>-<digest>/
    config.yaml                      the resolved config
    manifest.json                    what produced the run
    outputs/<task>/<system>.jsonl    one generation a line, in the order in which they were made
    scores.json                      scores, and the statistics that they are sums of
    tables/<task>.<md|csv|tex|json|txt>
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness import jsonio
from harness.errors import FileError, InputError
from harness.records import Generation

# Raised when an older harness could misread a newer file.
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Run:
    """One run's folder."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    def outputs_path(self, task: str, system: str) -> Path:
        """Return the file with one system's outputs for one task."""
        return self.path / "outputs" / task / f"{system}.jsonl"

    def read_outputs(self, task: str, system: str, identity: str) -> dict[tuple[str, str, int], Generation]:
        """Return what is stored of one system, by source id, digest of the source and sample.

        `identity` is the digest of the system's: what another one made is left out, and so is a damaged line; what it
        held is made again.

        Raises:
            FileError: the file cannot be read.
        """
        path = self.outputs_path(task, system)
        found = {}
        for line in jsonio.read_bytes(path).split(b"\n") if path.exists() else ():
            try:
                row = json.loads(line)
                if row.pop("identity") == identity:
                    source = str(row.pop("source"))
                    generation = Generation(**row)
                    if (type(generation.id), type(generation.text), type(generation.sample)) == (str, str, int):
                        found[generation.id, source, generation.sample] = generation
            except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
                continue
        return found

    def mend_outputs(self, task: str, system: str) -> None:
        """Drop the line that a dying run left unfinished, so that the next one starts on a line of its own.

        Raises:
            FileError: the file cannot be read or written.
        """
        jsonio.drop_unfinished_line(self.outputs_path(task, system))

    def append_output(self, task: str, system: str, identity: str, source: str, generation: Generation) -> None:
        """Append a generation with the digests of the system's identity and of its source.

        Raises:
            FileError: the write failed; the file is as before.
        """
        row = {"identity": identity, "source": source, **asdict(generation)}
        jsonio.append_lines(self.outputs_path(task, system), [row])

    def write_config(self, text: str) -> None:
        """Write the resolved config."""
        jsonio.write_text(self.path / "config.yaml", text)

    def read_manifest(self) -> dict[str, Any]:
        """Return the manifest of an earlier run in this folder; empty where there is none that can be read."""
        path = self.path / "manifest.json"
        try:
            manifest = jsonio.read_json(path) if path.exists() else {}
        except FileError:
            return {}
        return manifest if isinstance(manifest, dict) else {}

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Write the manifest."""
        jsonio.write_text(self.path / "manifest.json", jsonio.dumps(manifest, indent=2) + "\n")

    def write_scores(self, tasks: Sequence[Mapping[str, Any]]) -> None:
        """Write scores with their statistics."""
        scores = {"schema": SCHEMA, "run": self.name, "tasks": list(tasks)}
        jsonio.write_text(self.path / "scores.json", jsonio.dumps(scores) + "\n")

    def read_scores(self) -> list[dict[str, Any]]:
        """Return what `write_scores` wrote.

        Raises:
            FileError: the run has no scores, or the file is damaged.
            InputError: a newer harness wrote it.
        """
        path = self.path / "scores.json"
        if not path.exists():
            raise FileError(f"{path}: no such file; finish the run first with harness run")
        scores = jsonio.read_json(path)
        tasks = scores.get("tasks") if isinstance(scores, dict) else None
        if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
            raise FileError(f"{path}: expected a run's scores; delete it and run again to score anew")
        if scores.get("schema") != SCHEMA:
            raise InputError(f"{path}: schema {scores.get('schema')}, this harness reads {SCHEMA}; update the harness")
        return tasks

    def write_table(self, task: str, suffix: str, text: str) -> None:
        """Write one task's table in one format."""
        jsonio.write_text(self.path / "tables" / f"{task}.{suffix}", text)


def create(results: Path, name: str) -> Run:
    """Return the run of that name, its folder made and known to be writable.

    Raises:
        FileError: the folder cannot be made or written to.
    """
    path = results / name
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise jsonio.write_error(path, error) from None
    return Run(path)


def find(results: Path, run: str) -> Run:
    """Return a run given by its folder, or by its name or an unambiguous beginning of it under `results`.

    Raises:
        InputError: there is none, or several.
    """
    if (Path(run) / "config.yaml").exists():
        return Run(Path(run))
    matches = sorted(path.parent for path in results.glob("*/config.yaml") if path.parent.name.startswith(run))
    exact = [path for path in matches if path.name == run]
    if len(exact or matches) == 1:
        return Run((exact or matches)[0])
    if matches:
        raise InputError(f"run {run!r} fits several: {', '.join(path.name for path in matches)}; give more of the name")
    known = ", ".join(sorted(path.parent.name for path in results.glob("*/config.yaml"))) or "none"
    raise InputError(f"no run {run!r} in {results} (runs there: {known})")


def find_all(results: Path, runs: Sequence[str]) -> dict[str, Run]:
    """Return several runs, found as by `find`, by name; by path where two folders share a name.

    Raises:
        InputError: one is not there, or is given twice.
    """
    found = [find(results, run) for run in runs]
    names = [run.name for run in found]
    by_path: dict[Path, Run] = {}
    for given, run in zip(runs, found, strict=True):
        if run.path.resolve() in by_path:
            raise InputError(f"run {given!r} is given twice; name each run once")
        by_path[run.path.resolve()] = run
    return {run.name if names.count(run.name) == 1 else str(run.path): run for run in found}
