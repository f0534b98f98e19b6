"""An assignment, one system on one task: its wanted outputs, its stored outputs, and their export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.core import files
from harness.core.records import Generation, RankingSource, Source
from harness.runs.store import Run, export_lines
from harness.runs.store.outputs import Generations
from harness.runs.store.tables import Failure, Key, StoredOutput, identity_digest


@dataclass(frozen=True, slots=True)
class Inventory:
    """The wanted outputs that are in the store, and the keys of those that are not."""

    generations: Mapping[str, tuple[Generation, ...]]  # by source id, in the order of the samples
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
        digests = [(source.id, source_digest(source)) for source in sources]
        return cls(
            folder=folder,
            store=generations,
            task=task,
            system=system,
            identity=identity,
            digest=identity_digest(identity),
            sources=sources,
            keys=tuple(Key(name, digest, sample) for name, digest in digests for sample in range(samples)),
        )

    def inventory(self) -> Inventory:
        """Return what is stored and what is missing. A source whose text has changed counts as another source."""
        generations: dict[str, list[Generation]] = {}
        origins: Counter[str] = Counter()
        missing = set()
        for key, output in self.stored():
            if output is None:
                missing.add(key)
            else:
                generations.setdefault(key.id, []).append(output.generation)
                origins[output.origin or ""] += 1
        by_source = {name: tuple(of_source) for name, of_source in generations.items()}
        return Inventory(by_source, origins, frozenset(missing))

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


def source_digest(source: Source) -> str:
    """Return the digest of everything that a model is given of a source."""
    candidates = [source.candidates] if isinstance(source, RankingSource) else []
    return files.digest_json([source.text, source.sentences, source.language, source.target, *candidates])[:16]
