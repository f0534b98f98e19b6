"""Read the outputs of a run and of the run that was blessed, as far as the results folder has them.

A baseline's file has statistics and no texts. The blessed run's own folder has them, or the store, which keeps the
outputs of every identity. Both may be absent, on a machine for continuous integration for example.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from harness.core.errors import HarnessError
from harness.core.records import Generation
from harness.gate.baseline import Baseline
from harness.gate.evidence import OutputPairs
from harness.gate.snapshot import Snapshot
from harness.runs import pieces, store
from harness.runs.store import Run
from harness.runs.store.tables import Key, identity_digest

# By source id, digest of the source and sample.
_Rows = Mapping[tuple[str, str, int], Generation]


def read(run: Run, before: Baseline, now: Snapshot, failed: set[tuple[str, str]], *, results: Path) -> OutputPairs:
    """Return the outputs of the systems in `failed`, which are (task, system).

    `results` is the folder that may contain the blessed run and its store.
    """
    was: dict[tuple[str, str], Mapping[str, Sequence[Generation]]] = {}
    is_: dict[tuple[str, str], Mapping[str, Sequence[Generation]]] = {}
    blessed = Run(results / before.run)
    for task in now.tasks:
        for system in task.systems:
            old_task = before.task(task.task)
            old = old_task.system(system.name) if old_task else None
            if old is None or (task.task, system.name) not in failed:
                continue
            rows = run.read_outputs(task.generated_as, system.name, identity_digest(system.identity))
            is_[task.task, system.name] = _by_id(pieces.of_run(run, task.task, system.name, rows))
            digest = identity_digest(old.identity)
            earlier: _Rows = {}
            with suppress(HarnessError):
                earlier = blessed.read_outputs(task.generated_as, system.name, digest)
            earlier = earlier or _stored(results, digest, task.generated_as, rows)
            was[task.task, system.name] = _by_id(pieces.of_run(blessed, task.task, system.name, earlier))
    return OutputPairs(was, is_, before.run)


def _stored(results: Path, digest: str, task: str, rows: _Rows) -> _Rows:
    """Return the outputs of an identity that the store has for the sources of `rows`; none if it cannot be read."""
    if not (results / "store.sqlite").exists():
        return {}
    keys = [Key(name, source, sample) for name, source, sample in rows]
    with suppress(HarnessError), store.generations(results) as generations:
        stored = zip(keys, generations.read(digest, task, keys), strict=True)
        return {(key.id, key.source, key.sample): output.generation for key, output in stored if output is not None}
    return {}


def _by_id(rows: _Rows) -> dict[str, tuple[Generation, ...]]:
    by_id: dict[str, list[Generation]] = {}
    for (name, _, _), generation in sorted(rows.items()):
        by_id.setdefault(name, []).append(generation)
    return {name: tuple(generations) for name, generations in by_id.items()}
