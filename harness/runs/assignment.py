"""An assignment, one system on one task: its wanted outputs, its stored outputs, and their export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.core import files
from harness.core.errors import FileError
from harness.core.records import Generation, RankingSource, Source
from harness.runs.store import Run, export_lines
from harness.runs.store.outputs import Generations
from harness.runs.store.tables import Failure, Key, StoredOutput, identity_digest

# Number of sources whose outputs are read from the store, and kept in memory, together.
_WINDOW = 500


@dataclass(frozen=True, slots=True)
class Inventory:
    """The wanted outputs that are in the store, and the keys of those that are not."""

    generations: Mapping[str, tuple[Generation, ...]]  # by source id, in the order of the samples; read when needed
    origins: Mapping[str, int]  # number of outputs by origin (the session that made them); "" if it is unknown
    missing: frozenset[Key]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One system on one task."""

    folder: Run
    store: Generations
    task: str  # label
    system: str  # name
    identity: Mapping[str, Any]
    digest: str  # of the identity
    sources: Sequence[Source]
    keys: tuple[Key, ...]  # of all wanted outputs, in the order of the sources and their samples

    @classmethod
    def of(
        cls,
        folder: Run,
        generations: Generations,
        *,
        task: str,
        system: str,
        identity: Mapping[str, Any],
        sources: Sequence[Source],
        samples: int,
    ) -> Assignment:
        """Return the assignment for a system that gives `samples` outputs for each source."""
        return cls(
            folder=folder,
            store=generations,
            task=task,
            system=system,
            identity=identity,
            digest=identity_digest(identity),
            sources=sources,
            keys=_keys(generations, sources, samples),
        )

    def inventory(self) -> Inventory:
        """Return what is stored and what is missing. A source whose text has changed counts as another source."""
        origins: Counter[str] = Counter()
        missing = set()
        for key, output in self.stored():
            if output is None:
                missing.add(key)
            else:
                origins[output.origin or ""] += 1
        return Inventory(_StoredGenerations(self, missing), origins, frozenset(missing))

    def recovered_inventory(self) -> Inventory:
        """Return the inventory, after adding to the store any output that only the run's own folder has."""
        inventory = self.inventory()
        export = self.folder.export(self.task, self.system) if inventory.missing else None
        if export is None:
            return inventory
        self.store.take(export)
        return self.inventory()

    def export(self, failures: Mapping[tuple[str, str], str]) -> None:
        """Write the stored outputs into the run's folder; for a source without outputs, write why it failed.

        Args:
            failures: the reason of each failure, by id and digest of the source.
        """

        def lines() -> Iterator[str]:
            for key, output in self.stored():
                if output is not None:
                    yield export_lines.output_line(self.digest, key, output)
                elif key.sample == 0 and (reason := failures.get((key.id, key.source))) is not None:
                    yield export_lines.failure_line(self.digest, Failure(key.id, key.source, reason))

        self.folder.write_outputs(self.task, self.system, lines)

    def stored(self) -> Iterator[tuple[Key, StoredOutput | None]]:
        """Yield each wanted output as it is stored, with its key; None if it is missing."""
        return zip(self.keys, self.store.read(self.digest, self.task, self.keys), strict=True)


class _StoredGenerations(Mapping[str, tuple[Generation, ...]]):
    """The stored outputs of an assignment, by source id; a window of them is in memory.

    Millions of outputs do not fit into memory together. They are asked for in the order of the sources, several times.
    """

    def __init__(self, assignment: Assignment, missing: Collection[Key]) -> None:
        """Take the keys of outputs that are not stored."""
        self._assignment, self._missing = assignment, missing
        self._samples = len(assignment.keys) // max(len(assignment.sources), 1)
        lacking = Counter(key.id for key in missing)
        self._absent = frozenset(name for name, count in lacking.items() if count == self._samples)
        self._places = _places(assignment.store, assignment.keys)
        self._window: dict[str, tuple[Generation, ...]] = {}

    def __getitem__(self, name: str) -> tuple[Generation, ...]:
        if name not in self._window:
            self._read(name)
        return self._window[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._places if name not in self._absent)

    def __len__(self) -> int:
        return len(self._places) - len(self._absent)

    def __contains__(self, name: object) -> bool:
        return name in self._places and name not in self._absent

    def _read(self, name: str) -> None:
        """Read the outputs of a source, and of those after it.

        Raises:
            KeyError: the source has no output.
            FileError: outputs have vanished from the store since the inventory.
        """
        if name not in self:
            raise KeyError(name)
        assignment, first = self._assignment, self._places[name]
        keys = assignment.keys[first : first + _WINDOW * self._samples]
        outputs: dict[str, list[Generation]] = {}
        for key, output in zip(keys, assignment.store.read(assignment.digest, assignment.task, keys), strict=True):
            if output is not None:
                outputs.setdefault(key.id, []).append(output.generation)
            elif key not in self._missing:
                raise FileError(
                    "stored outputs were removed or damaged during the run; run again", where=assignment.store.path
                )
        self._window = {source: tuple(of_source) for source, of_source in outputs.items()}


def _keys(generations: Generations, sources: Sequence[Source], samples: int) -> tuple[Key, ...]:
    """Return the keys of all outputs for some sources, the same object for every system."""

    def compute() -> tuple[Key, ...]:
        digests = [(source.id, source_digest(source)) for source in sources]
        return tuple(Key(name, digest, sample) for name, digest in digests for sample in range(samples))

    return generations.shared(("keys", samples), sources, compute)


def _places(generations: Generations, keys: tuple[Key, ...]) -> dict[str, int]:
    """Return the place of the first key of each source, by its id."""
    return generations.shared(
        ("places",), keys, lambda: {key.id: place for place, key in enumerate(keys) if key.sample == 0}
    )


def source_digest(source: Source) -> str:
    """Return the digest of everything that a model is given of a source."""
    candidates = [source.candidates] if isinstance(source, RankingSource) else []
    return files.digest_json([source.text, source.sentences, source.language, source.target, *candidates])[:16]
