"""The store: every output that was ever generated, in one SQLite file that all runs of a results folder share.

`harness.runs.store.tables` has its tables and says what a row is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from harness.core import files
from harness.core.records import Generation
from harness.runs.store import tables
from harness.runs.store.database import Database
from harness.runs.store.tables import Export, Failure, Key, StoredOutput, identity_digest

T = TypeVar("T")
# Number of keys per SQL statement.
_CHUNK = 500


class Generations:
    """The open store."""

    def __init__(self, path: Path, exports: Callable[[], Iterable[Export]], *, alone: bool = False) -> None:
        """Open the store. A new one, or one that replaces a damaged one, is filled from the exports of runs.

        With `alone`, no other process can open it until it is closed.

        Raises:
            FileError: it cannot be opened or written.
            InputError: a newer harness wrote it.
        """

        def fill(new: sqlite3.Connection, old: sqlite3.Connection | None) -> int:
            if old is not None:
                tables.salvage(old, new)
            for export in exports():
                tables.take(new, export)
            return int(new.execute("SELECT count(*) FROM generations").fetchone()[0])

        self.path = path
        self._shared: dict[tuple[Hashable, int], tuple[object, Any]] = {}
        self._database = Database(path, tables.MIGRATIONS, fill, alone=alone)

    def close(self) -> None:
        """Close the store."""
        self._database.close()

    def __enter__(self) -> Generations:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def shared(self, name: Hashable, of: object, compute: Callable[[], T]) -> T:
        """Return what `compute` returns for an object; while the store is open, compute it once.

        The systems of a run have equal keys. A run with millions of outputs has them in memory once.
        """
        key = (name, id(of))
        if key not in self._shared:
            self._shared[key] = (of, compute())  # keep the object, so that no other one gets its id
        value: T = self._shared[key][1]
        return value

    def mend(self) -> None:
        """Rebuild the store from its rows and the exports, because a stored output is missing under its key.

        Raises:
            FileError: the store cannot be written.
        """
        self._database.rebuild("a stored output is not found under its key")

    # --- reading ------------------------------------------------------------------------------------------------------

    def read(self, identity: str, task: str, keys: Iterable[Key]) -> Iterator[StoredOutput | None]:
        """Yield the stored output of each key in turn; None if there is none, or if it was damaged and is dropped.

        Memory does not grow with the number of keys.

        Raises:
            FileError: the store cannot be read.
        """
        for chunk in _chunks(keys, _CHUNK):
            yield from self._database.do(partial(tables.read, identity=identity, task=task, keys=chunk))

    def failures(self, identity: str, task: str) -> dict[tuple[str, str], str]:
        """Return why sources failed at the last try, by id and digest."""
        query = "SELECT id, source, reason FROM failures WHERE identity = ? AND task = ?"
        rows = self._database.do(lambda connection: connection.execute(query, (identity, task)).fetchall())
        return {(str(name), str(source)): str(reason) for name, source, reason in rows}

    def identity(self, digest: str) -> dict[str, Any] | None:
        """Return the identity with this digest, or None."""
        query = "SELECT content FROM identities WHERE identity = ?"
        row = self._database.do(lambda connection: connection.execute(query, (digest,)).fetchone())
        identity = tables.as_object(row[0]) if row else None
        return identity if identity is not None and identity_digest(identity) == digest else None

    def origins(self, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return the origins with these names, which are in the rows of outputs; unknown names are left out."""

        def find(connection: sqlite3.Connection) -> dict[str, Any]:
            query = "SELECT content FROM origins WHERE origin = ?"
            return {name: row[0] for name in names for row in connection.execute(query, (name,))}

        origins = {name: tables.as_object(content) for name, content in self._database.do(find).items()}
        return {name: origin for name, origin in origins.items() if origin is not None}

    # --- writing ------------------------------------------------------------------------------------------------------

    def remember(self, identity: Mapping[str, Any]) -> str:
        """Store an identity, so that a digest in a row can be looked up, and return its digest.

        Raises:
            FileError: the store cannot be written.
        """
        digest = identity_digest(identity)
        if self.identity(digest) is None:
            row = (digest, files.dumps(dict(identity)))
            self._database.write(
                lambda connection: connection.execute("INSERT OR REPLACE INTO identities VALUES (?, ?)", row)
            )
        return digest

    def explain(self, name: str, origin: Mapping[str, Any]) -> None:
        """Store the origin of the outputs that have `name` in their rows; replace an origin stored under it before.

        Raises:
            FileError: the store cannot be written.
        """
        row = (name, files.dumps(dict(origin)))
        self._database.write(lambda connection: connection.execute("INSERT OR REPLACE INTO origins VALUES (?, ?)", row))

    def add(
        self,
        identity: str,
        task: str,
        outputs: Sequence[tuple[str, Generation]],
        *,
        origin: str | None,
        replace: bool = False,
    ) -> None:
        """Store outputs, all of them or none. An output under the same key is kept, unless `replace` is set.

        Args:
            identity: digest of the system's identity.
            task: label of the task.
            outputs: each with the digest of its source.
            origin: name of their origin.
            replace: replace outputs that are stored already.

        Raises:
            FileError: they could not be stored; earlier outputs are unchanged.
        """
        rows = [
            tables.row(identity, task, source, tables.content(each), each.id, each.sample, origin)
            for source, each in outputs
        ]
        forgotten = [(identity, task, each.id, source) for source, each in outputs]

        def add(connection: sqlite3.Connection) -> None:
            connection.executemany(tables.REPLACE if replace else tables.KEEP, rows)
            connection.executemany(tables.FORGET, forgotten)

        self._database.write(add)

    def replace(
        self, identity: str, task: str, rows: Callable[[], Iterable[tuple[str, Generation | Failure, str | None]]]
    ) -> None:
        """Store outputs and failures of one system, all of them or none; they replace what is stored under their keys.

        Args:
            identity: digest of the system's identity.
            task: label of the task.
            rows: returns the digest of each source, its output or failure, and the name of the output's origin. Called
                again if the store turns out to be damaged.

        Raises:
            FileError: they could not be stored.
        """
        self._database.write(lambda connection: tables.replace(connection, identity, task, rows()))

    def fail(self, identity: str, task: str, failures: Iterable[Failure]) -> None:
        """Store why sources failed.

        Raises:
            FileError: it could not be stored.
        """
        values = [(identity, task, failure.id, failure.source, failure.reason) for failure in failures]
        insertion = f"INSERT OR REPLACE INTO {tables.FAILURES}"
        self._database.write(lambda connection: connection.executemany(insertion, values))

    def take(self, export: Export) -> None:
        """Add the outputs of an export that the store lacks.

        Raises:
            FileError: the store cannot be written.
        """
        self._database.write(lambda connection: tables.take(connection, export))


def _chunks(keys: Iterable[Key], size: int) -> Iterator[list[Key]]:
    chunk: list[Key] = []
    for key in keys:
        chunk.append(key)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
