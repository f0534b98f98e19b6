"""Every output that was ever made, in one SQLite file that all runs of a results folder share.

A row is one generation. Its key is all that decides it: the digest of its system's identity, the task's label, the id
of its source and the digest of that source's text, and the number of the sample. Each row keeps a checksum over key and
content, so that a row in which a bit was flipped is noticed, dropped, and made again. The tables are described in
results/README.md.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from harness import jsonio
from harness.database import Database
from harness.records import Generation

_LOG = logging.getLogger(__name__)

# From each schema to the next, the first from an empty file. Never change one that was released: add another.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE identities (identity TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE origins (origin TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID",
        """CREATE TABLE generations (
            number INTEGER PRIMARY KEY, identity TEXT NOT NULL, task TEXT NOT NULL, id TEXT NOT NULL,
            source TEXT NOT NULL, sample INTEGER NOT NULL, content TEXT NOT NULL, checksum TEXT NOT NULL, origin TEXT
        )""",
        "CREATE UNIQUE INDEX one_of_each ON generations (identity, task, id, source, sample)",
        """CREATE TABLE failures (
            identity TEXT NOT NULL, task TEXT NOT NULL, id TEXT NOT NULL, source TEXT NOT NULL, reason TEXT NOT NULL,
            PRIMARY KEY (identity, task, id, source)
        ) WITHOUT ROWID""",
    ),
)

_FIELDS = [field.name for field in fields(Generation)]
# Keys that one statement asks for.
_CHUNK = 500
_COLUMNS = "identity, task, id, source, sample, content, checksum, origin"
_VALUES = "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_KEEP = f"INSERT OR IGNORE INTO generations ({_COLUMNS}) {_VALUES}"
_REPLACE = f"""INSERT INTO generations ({_COLUMNS}) {_VALUES} ON CONFLICT (identity, task, id, source, sample)
DO UPDATE SET content = excluded.content, checksum = excluded.checksum, origin = excluded.origin"""
_FAILURES = "failures (identity, task, id, source, reason) VALUES (?, ?, ?, ?, ?)"


class Key(NamedTuple):
    """Which output, of one system's for one task."""

    id: str  # of the source
    source: str  # digest of its text
    sample: int


@dataclass(frozen=True, slots=True)
class Stored:
    """One output as it is stored."""

    content: str  # the Generation, as a JSON object
    origin: str | None  # which session made it; None where nobody knows

    @property
    def generation(self) -> Generation:
        """The output."""
        return Generation(**json.loads(self.content))


@dataclass(frozen=True, slots=True)
class Failure:
    """A source that a system could not do."""

    id: str
    source: str  # digest
    reason: str


@dataclass(frozen=True, slots=True)
class Export:
    """What a run's folder keeps of one system and task."""

    task: str
    identity: Mapping[str, Any] | None  # of the system, where it is known
    origin: Mapping[str, Any] | None  # what made the outputs of that identity, where it is known for all of them
    rows: Iterable[
        tuple[str, str, Generation | Failure]
    ]  # digest of the identity, of the source, and what became of it


def identity_digest(identity: Mapping[str, Any]) -> str:
    """Return what stands for a system's identity in every row."""
    return jsonio.digest_json(dict(identity))[:16]


class Generations:
    """The store, open."""

    def __init__(self, path: Path, exports: Callable[[], Iterable[Export]]) -> None:
        """Open the store; a new one, or one in place of a damaged one, is filled with what runs have exported.

        Raises:
            FileError: it cannot be opened or written.
            InputError: a newer harness made it.
        """

        def fill(new: sqlite3.Connection, old: sqlite3.Connection | None) -> int:
            if old is not None:
                _salvage(old, new)
            for export in exports():
                _take(new, export)
            return int(new.execute("SELECT count(*) FROM generations").fetchone()[0])

        self.path = path
        self._database = Database(path, MIGRATIONS, fill)

    def close(self) -> None:
        """Close the store."""
        self._database.close()

    def __enter__(self) -> Generations:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def mend(self) -> None:
        """Make the store anew from its rows and the exports: what was stored is not found under its key.

        Raises:
            FileError: the store cannot be written.
        """
        self._database.distrust("what was stored is not found under its key")

    # --- reading ------------------------------------------------------------------------------------------------------

    def read(self, identity: str, task: str, keys: Iterable[Key]) -> Iterator[Stored | None]:
        """Yield, for each key in turn, what is stored; None where nothing is, or something damaged was and is dropped.

        Memory does not grow with the number of keys.

        Raises:
            FileError: the store cannot be read.
        """
        for chunk in _chunks(keys, _CHUNK):
            yield from self._database.do(partial(_read, identity=identity, task=task, keys=chunk))

    def failures(self, identity: str, task: str) -> dict[tuple[str, str], str]:
        """Return why sources could not be done when last tried, by id and digest."""
        query = "SELECT id, source, reason FROM failures WHERE identity = ? AND task = ?"
        rows = self._database.do(lambda connection: connection.execute(query, (identity, task)).fetchall())
        return {(str(name), str(source)): str(reason) for name, source, reason in rows}

    def identity(self, digest: str) -> dict[str, Any] | None:
        """Return the identity that a digest stands for, where it is known."""
        query = "SELECT content FROM identities WHERE identity = ?"
        row = self._database.do(lambda connection: connection.execute(query, (digest,)).fetchone())
        found = _object(row[0]) if row else None
        return found if found is not None and identity_digest(found) == digest else None

    def origins(self, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return what made outputs, by the names that rows have for it; those that nobody knows are left out."""

        def find(connection: sqlite3.Connection) -> dict[str, Any]:
            query = "SELECT content FROM origins WHERE origin = ?"
            return {name: row[0] for name in names for row in connection.execute(query, (name,))}

        found = {name: _object(content) for name, content in self._database.do(find).items()}
        return {name: origin for name, origin in found.items() if origin is not None}

    # --- writing ------------------------------------------------------------------------------------------------------

    def remember(self, identity: Mapping[str, Any]) -> str:
        """Keep an identity, so that its rows can be explained, and return its digest.

        Raises:
            FileError: the store cannot be written.
        """
        digest = identity_digest(identity)
        if self.identity(digest) is None:
            row = (digest, jsonio.dumps(dict(identity)))
            self._database.write(
                lambda connection: connection.execute("INSERT OR REPLACE INTO identities VALUES (?, ?)", row)
            )
        return digest

    def explain(self, name: str, origin: Mapping[str, Any]) -> None:
        """Keep what makes the outputs that have `name` as their origin; what was kept of it before is replaced.

        Raises:
            FileError: the store cannot be written.
        """
        row = (name, jsonio.dumps(dict(origin)))
        self._database.write(lambda connection: connection.execute("INSERT OR REPLACE INTO origins VALUES (?, ?)", row))

    def add(
        self,
        identity: str,
        task: str,
        source: str,
        generation: Generation,
        *,
        origin: str | None,
        replace: bool = False,
    ) -> None:
        """Store an output and commit it; one that is there already stays, unless it is to be replaced.

        Raises:
            FileError: it could not be stored; what was stored before is as it was.
        """
        row = _row(identity, task, source, _content(generation), generation.id, generation.sample, origin)
        forget = "DELETE FROM failures WHERE identity = ? AND task = ? AND id = ? AND source = ?"

        def add(connection: sqlite3.Connection) -> None:
            connection.execute(_REPLACE if replace else _KEEP, row)
            connection.execute(forget, (identity, task, generation.id, source))

        self._database.write(add)

    def fail(self, identity: str, task: str, failures: Iterable[Failure]) -> None:
        """Keep why sources could not be done.

        Raises:
            FileError: it could not be stored.
        """
        rows = [(identity, task, failure.id, failure.source, failure.reason) for failure in failures]
        self._database.write(lambda connection: connection.executemany(f"INSERT OR REPLACE INTO {_FAILURES}", rows))

    def take(self, export: Export) -> None:
        """Take up what a run's folder keeps and the store lacks.

        Raises:
            FileError: the store cannot be written.
        """
        self._database.write(lambda connection: _take(connection, export))


def _chunks(keys: Iterable[Key], size: int) -> Iterator[list[Key]]:
    chunk: list[Key] = []
    for key in keys:
        chunk.append(key)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _read(connection: sqlite3.Connection, identity: str, task: str, keys: Sequence[Key]) -> list[Stored | None]:
    values = ", ".join(f"({place}, ?, ?, ?)" for place in range(len(keys)))
    query = f"""WITH wanted (place, id, source, sample) AS (VALUES {values})
        SELECT place, number, content, checksum, origin FROM wanted CROSS JOIN generations AS g
        ON identity = ? AND task = ? AND g.id = wanted.id AND g.source = wanted.source AND g.sample = wanted.sample"""
    found: list[Stored | None] = [None] * len(keys)
    rows = connection.execute(query, (*chain(*keys), identity, task)).fetchall()
    for place, number, content, checksum, origin in rows:
        name, source, sample = keys[place]
        if checksum == _checksum(identity, task, name, source, sample, content):
            found[place] = Stored(content, origin)
            continue
        _LOG.warning("%s, %s: the stored output was damaged, and is made again", task, name)
        connection.execute("DELETE FROM generations WHERE number = ?", (number,))
    return found


def _row(
    identity: str, task: str, source: str, content: str, name: str, sample: int, origin: str | None
) -> tuple[Any, ...]:
    return (
        identity,
        task,
        name,
        source,
        sample,
        content,
        _checksum(identity, task, name, source, sample, content),
        origin,
    )


def _content(generation: Generation) -> str:
    # What `asdict` gives, without the copies that it makes of every value.
    return jsonio.dumps({name: getattr(generation, name) for name in _FIELDS})


def _checksum(*parts: object) -> str:
    return jsonio.digest("\0".join(map(str, parts)))[:16]


def _take(connection: sqlite3.Connection, export: Export) -> None:
    """Add an export's rows to those that are there."""
    origin = known = None
    if export.identity is not None:
        known = identity_digest(export.identity)
        row = (known, jsonio.dumps(dict(export.identity)))
        connection.execute("INSERT OR IGNORE INTO identities VALUES (?, ?)", row)
    if export.origin is not None:
        origin = jsonio.digest_json(dict(export.origin))[:16]
        connection.execute("INSERT OR IGNORE INTO origins VALUES (?, ?)", (origin, jsonio.dumps(dict(export.origin))))
    for identity, source, made in export.rows:
        if isinstance(made, Failure):
            failure = (identity, export.task, made.id, source, made.reason)
            connection.execute(f"INSERT OR IGNORE INTO {_FAILURES}", failure)
            continue
        # A run that was stopped leaves outputs of another identity beside the manifest of an earlier one.
        made_by = origin if identity == known else None
        content = _content(made)
        connection.execute(_KEEP, _row(identity, export.task, source, content, made.id, made.sample, made_by))


def _salvage(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """Copy what can be read, from both ends up to what is damaged, without rows that have changed by themselves."""
    for table in ("identities", "origins"):
        _copy(old, f"SELECT * FROM {table}", new, f"INSERT OR IGNORE INTO {table} VALUES (?, ?)")
    _copy(old, "SELECT identity, task, id, source, reason FROM failures", new, f"INSERT OR IGNORE INTO {_FAILURES}")
    for order in ("ASC", "DESC"):
        query = f"SELECT {_COLUMNS} FROM generations NOT INDEXED ORDER BY number {order}"
        _copy(old, query, new, _KEEP, lambda row: bool(row[6] == _checksum(*row[:6])))


def _copy(
    old: sqlite3.Connection,
    query: str,
    new: sqlite3.Connection,
    insertion: str,
    sound: Callable[[tuple[Any, ...]], bool] = lambda row: True,
) -> None:
    """Copy the sound rows of a query as far as it gets."""
    try:
        rows = old.execute(query)
    except (sqlite3.Error, UnicodeDecodeError):
        return
    while True:
        try:
            row = next(rows)
        except (StopIteration, sqlite3.Error, UnicodeDecodeError):
            return
        if sound(row):
            new.execute(insertion, row)


def _object(content: object) -> dict[str, Any] | None:
    try:
        value = json.loads(str(content))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
