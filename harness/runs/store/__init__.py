"""The results folder: the only module that knows paths under results/.

results/store.sqlite                     every output of every run (see `harness.runs.store.outputs`)
results/endpoints/<digest>.json          what the next run has to know of an endpoint (`harness.models.openai`)
results/<name>-<digest>/
    config.yaml                          the resolved config
    manifest.json                        what produced the run
    outputs/<task>/<system>.jsonl        an export of the store: one generation per line, in the order of the sources
    outputs/<task>.repeats/<system>.jsonl  the same of segments that were answered again, to measure noise
    scores.json                          scores, and the statistics that they are computed from
    tables/<task>.<md|csv|tex|json|txt|segments.jsonl>
    tables/<task>.pieces.jsonl           where the pieces of outputs for whole articles are, if there are such outputs
    tables/<task>@<dataset>.*            the same of each dataset, if the config has several
    tables/overview.<md|tex|json|txt>    systems by datasets, then
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any

from harness.core import document
from harness.core import files as core_files
from harness.core.errors import FileError, InputError
from harness.core.records import Generation
from harness.runs.store import export_lines
from harness.runs.store.outputs import Generations
from harness.runs.store.tables import Export

# Raised when an older harness could misread a newer file.
SCHEMA = 1
# A temporary file that is older, in seconds, belongs to a process that was killed.
_ABANDONED = 86_400
# Characters that may be in the name of a dataset, and not in that of a file.
_UNSAFE = re.compile(r'[/\\:*?"<>|\s]')


@dataclass(frozen=True, slots=True)
class Run:
    """One run's folder."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def endpoints(self) -> Path:
        """The folder, shared by all runs, with what is known of each endpoint."""
        return self.path.parent / "endpoints"

    def outputs_path(self, task: str, system: str) -> Path:
        """Return the file with one system's outputs for one task."""
        return self.path / "outputs" / task / f"{system}.jsonl"

    def read_outputs(self, task: str, system: str, identity: str) -> dict[tuple[str, str, int], Generation]:
        """Return the exported outputs of one system, by source id, digest of the source and sample.

        `identity` is the digest of the system's identity. Outputs of another identity are left out, and so are damaged
        lines: their outputs are generated again.

        Raises:
            FileError: the file cannot be read.
        """
        path = self.outputs_path(task, system)
        outputs = {}
        for identity_of_row, source, row in export_lines.rows(path) if path.exists() else ():
            if identity_of_row == identity and isinstance(row, Generation):
                outputs[row.id, source, row.sample] = row
        return outputs

    def write_outputs(self, task: str, system: str, lines: Callable[[], Iterator[str]]) -> None:
        """Write one system's outputs for one task, in lines that the functions of `export_lines` return.

        A file that contains these lines already is not written again. `lines` may be called twice.

        Raises:
            FileError: the file cannot be written; the old file is unchanged.
        """
        path = self.outputs_path(task, system)
        if not core_files.contains(path, lines()):
            core_files.write_parts(path, lines())

    def exports(self) -> Iterator[Export]:
        """Yield the export of each system and task in the folder.

        Raises:
            FileError: a file in it cannot be read.
        """
        manifest = self.read_manifest()
        for path in sorted(self.path.glob("outputs/*/*.jsonl")):
            yield self._export(path, manifest)

    def export(self, task: str, system: str) -> Export | None:
        """Return the export of one system and task; None if the folder has none."""
        path = self.outputs_path(task, system)
        return self._export(path, self.read_manifest()) if path.exists() else None

    def _export(self, path: Path, manifest: Mapping[str, Any]) -> Export:
        task, identity, origin = path.parent.name, None, None
        try:
            entry = manifest["systems"][path.stem][task]
            identity = entry["identity"] if isinstance(entry["identity"], dict) else None
            (sole_origin,) = entry["made"]  # with several origins, that of each output is unknown
            origin = {key: value for key, value in sole_origin.items() if key != "outputs"}
        except (KeyError, TypeError, ValueError, AttributeError):
            pass
        return Export(task, identity, origin, export_lines.rows(path))

    def write_config(self, text: str) -> None:
        """Write the resolved config."""
        if not core_files.contains(self._config, [text]):
            core_files.write_text(self._config, text)

    def read_config(self) -> Mapping[str, Any]:
        """Return the resolved config; empty if it cannot be read."""
        try:
            return document.read(self._config).tree
        except InputError:
            return {}

    @property
    def _config(self) -> Path:
        return self.path / "config.yaml"

    @property
    def is_new(self) -> bool:
        """Return whether nothing was ever run in this folder."""
        return not self._config.exists()

    def read_manifest(self) -> dict[str, Any]:
        """Return the manifest of an earlier run in this folder; empty if it is missing or cannot be read."""
        path = self.path / "manifest.json"
        try:
            manifest = core_files.read_json(path) if path.exists() else {}
        except FileError:
            return {}
        return manifest if isinstance(manifest, dict) else {}

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Write the manifest."""
        core_files.write_text(self.path / "manifest.json", core_files.dumps(manifest, indent=2) + "\n")

    def write_scores(self, tasks: Iterable[Mapping[str, Any]]) -> None:
        """Write scores with their statistics, one task after another: those of many datasets are large."""
        core_files.write_parts(self.path / "scores.json", _parts({"schema": SCHEMA, "run": self.name}, tasks))

    def read_scores(self) -> list[dict[str, Any]]:
        """Return what `write_scores` wrote.

        Raises:
            FileError: the run has no scores, or the file is damaged.
            InputError: a newer harness wrote it.
        """
        path = self.path / "scores.json"
        if not path.exists():
            if "shard" in self.read_manifest():
                raise FileError("a shard has no scores; join all shards of the run with harness merge", where=self.path)
            raise FileError("no such file; finish the run first with harness run", where=path)
        scores = core_files.read_json(path)
        tasks = scores.get("tasks") if isinstance(scores, dict) else None
        if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
            raise FileError("expected a run's scores; delete it and run again to score anew", where=path)
        if scores.get("schema") != SCHEMA:
            raise InputError(
                f"schema {scores.get('schema')}, this harness reads {SCHEMA}; update the harness", where=path
            )
        return tasks

    def write_scored(self, key: str, scores: Iterable[Mapping[str, Any]]) -> None:
        """Write the numbers of the tables under a key (see `runs.score`), after all other score files."""
        head = {"schema": SCHEMA, "key": key, "files": self._files_of_scores()}
        core_files.write_parts(self.path / "scored.json", _parts(head, scores))

    def read_scored(self, key: str) -> Any | None:
        """Return the scores that were written under this key; None for another key, or if a file has changed since."""
        try:
            content = core_files.read_json(self.path / "scored.json")
            current = {"schema": SCHEMA, "key": key, "files": self._files_of_scores()}
            return content["tasks"] if {**content, **current} == content else None
        except (FileError, KeyError, TypeError):
            return None

    def scored_key(self) -> str | None:
        """Return the key of the scores in the folder; None if there is none, or if a file has changed since."""
        try:
            key = str(core_files.read_json(self.path / "scored.json")["key"])
        except (FileError, KeyError, TypeError):
            return None
        return key if self.read_scored(key) is not None else None

    def _files_of_scores(self) -> dict[str, str]:
        """Return the digests, by name, of all files that are computed from outputs."""
        files = [self.path / "scores.json", *sorted(self.path.glob("tables/[!.]*"))]
        return {str(path.relative_to(self.path)): core_files.digest_file(path) for path in files}

    def write_table(self, task: str, suffix: str, text: str) -> None:
        """Write the table of one test set in one format. `task` is the test set's label."""
        core_files.write_text(self.table_path(task, suffix), text)

    def table_path(self, task: str, suffix: str) -> Path:
        """Return the file of a table; `task` is the test set's label."""
        return self.path / "tables" / f"{_UNSAFE.sub('_', task)}.{suffix}"

    def read_table(self, task: str, suffix: str) -> str:
        """Return the text of a table that `write_table` wrote; empty without one."""
        path = self.table_path(task, suffix)
        return core_files.read_text(path, max_line=None) if path.exists() else ""

    def remove_tables(self, tasks: Sequence[str]) -> None:
        """Remove the tables of these test sets, in all formats.

        Raises:
            FileError: one of them cannot be removed.
        """
        for path in self.path.glob("tables/[!.]*"):
            if path.name.partition(".")[0] in tasks:
                try:
                    path.unlink()
                except OSError as error:
                    raise FileError(
                        f"could not remove this old table ({error.strerror}); delete it and run again", where=path
                    ) from None


def generations(results: Path, *, alone: bool = False) -> Generations:
    """Open the store that all runs in a results folder share; fill a new store from the exports of these runs.

    With `alone`, no other process can open it until it is closed.

    Raises:
        FileError: it cannot be opened or written.
        InputError: a newer harness wrote it.
    """

    def of_every_run() -> Iterator[Export]:
        for folder in sorted(results.glob("*/outputs")):
            yield from Run(folder.parent).exports()

    return Generations(results / "store.sqlite", of_every_run, alone=alone)


def create(results: Path, name: str) -> Run:
    """Create a run's folder if it does not exist, check that it is writable, and return the run.

    Raises:
        FileError: the folder cannot be created or written to.
    """
    path = results / name
    try:
        path.mkdir(parents=True, exist_ok=True)
        core_files.probe(path)
        _sweep(path)
    except OSError as error:
        raise core_files.write_error(path, error) from None
    return Run(path)


def _parts(head: Mapping[str, Any], tasks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the JSON of an object with the keys of `head` and "tasks", in parts, so that one task is in memory."""
    yield core_files.dumps({**head, "tasks": []}).removesuffix("]}")
    for number, task in enumerate(tasks):
        yield (", " if number else "") + core_files.dumps(task)
    yield "]}\n"


def _sweep(folder: Path) -> None:
    """Delete temporary files of processes that were killed long ago."""
    for path in folder.rglob(".*"):
        if core_files.is_unfinished(path) and time() - path.stat().st_mtime > _ABANDONED:
            path.unlink(missing_ok=True)
