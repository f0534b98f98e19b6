"""The tables of the store: rows, their keys and checksums, and filling a new file; functions on a connection.

A row is one generation. Its key is everything that decides it: the digest of its system's identity, the task's label,
the id of its source and the digest of that source's text, and the number of the sample. Each row has a checksum over
key and content: a row with a flipped bit is dropped, and its output is generated again. results/README.md describes the
tables.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from typing import Any, NamedTuple

from harness.core import files
from harness.core.records import Generation

_LOG = logging.getLogger(__name__)

# The steps from each schema to the next; the first starts from an empty file. Never change a released step: add one.
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
# Stored only if they say something: most families have none of them, and outputs from before they existed lack them.
_IF_SET: Mapping[str, Any] = {"departs": None, "raw": None, "rules": (), "facts": {}}
_COLUMNS = "identity, task, id, source, sample, content, checksum, origin"
_VALUES = "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
KEEP = f"INSERT OR IGNORE INTO generations ({_COLUMNS}) {_VALUES}"
REPLACE = f"""INSERT INTO generations ({_COLUMNS}) {_VALUES} ON CONFLICT (identity, task, id, source, sample)
DO UPDATE SET content = excluded.content, checksum = excluded.checksum, origin = excluded.origin"""
_REPLACE_CHANGED = f"{REPLACE} WHERE content != excluded.content OR checksum != excluded.checksum"
FORGET = "DELETE FROM failures WHERE identity = ? AND task = ? AND id = ? AND source = ?"
FAILURES = "failures (identity, task, id, source, reason) VALUES (?, ?, ?, ?, ?)"


class Key(NamedTuple):
    """The key of an output, among those of one system for one task."""

    id: str  # of the source
    source: str  # digest of its text
    sample: int


@dataclass(frozen=True, slots=True)
class StoredOutput:
    """One output in its stored form."""

    content: str  # the Generation, as a JSON object
    origin: str | None  # name of the session that made it; None if unknown

    @property
    def generation(self) -> Generation:
        """The output."""
        return Generation(**json.loads(self.content))


@dataclass(frozen=True, slots=True)
class Failure:
    """A source on which a system failed."""

    id: str
    source: str  # digest
    reason: str


@dataclass(frozen=True, slots=True)
class Export:
    """The outputs of one system for one task in a run's folder."""

    task: str
    identity: Mapping[str, Any] | None  # of the system; None if unknown
    origin: Mapping[str, Any] | None  # of the outputs of that identity; None if not known for all of them
    # The digest of the identity, the digest of the source, and its output or failure.
    rows: Iterable[tuple[str, str, Generation | Failure]]


def identity_digest(identity: Mapping[str, Any]) -> str:
    """Return the digest of a system's identity, which is in each of its rows."""
    return files.digest_json(dict(identity))[:16]


def read(connection: sqlite3.Connection, identity: str, task: str, keys: Sequence[Key]) -> list[StoredOutput | None]:
    """Return the stored output of each key, or None; a row whose checksum is wrong is dropped."""
    values = ", ".join(f"({place}, ?, ?, ?)" for place in range(len(keys)))
    query = f"""WITH wanted (place, id, source, sample) AS (VALUES {values})
        SELECT place, number, content, checksum, origin FROM wanted CROSS JOIN generations AS g
        ON identity = ? AND task = ? AND g.id = wanted.id AND g.source = wanted.source AND g.sample = wanted.sample"""
    outputs: list[StoredOutput | None] = [None] * len(keys)
    rows = connection.execute(query, (*chain(*keys), identity, task)).fetchall()
    for place, number, content, checksum, origin in rows:
        name, source, sample = keys[place]
        if checksum == _checksum(identity, task, name, source, sample, content):
            outputs[place] = StoredOutput(content, origin)
            continue
        _LOG.warning("%s, %s: the stored output was damaged, and is made again", task, name)
        connection.execute("DELETE FROM generations WHERE number = ?", (number,))
    return outputs


def row(
    identity: str, task: str, source: str, content: str, name: str, sample: int, origin: str | None
) -> tuple[Any, ...]:
    """Return the values of `_COLUMNS`."""
    checksum = _checksum(identity, task, name, source, sample, content)
    return identity, task, name, source, sample, content, checksum, origin


def content(generation: Generation) -> str:
    """Return the JSON of an output."""
    # The same as `asdict`, which also copies every value.
    values = {name: getattr(generation, name) for name in _FIELDS}
    return files.dumps({name: value for name, value in values.items() if name not in _IF_SET or value != _IF_SET[name]})


def _checksum(*parts: object) -> str:
    return files.digest("\0".join(map(str, parts)))[:16]


def take(connection: sqlite3.Connection, export: Export) -> None:
    """Add an export's rows; existing rows are kept."""
    origin = known = None
    if export.identity is not None:
        known = identity_digest(export.identity)
        values = (known, files.dumps(dict(export.identity)))
        connection.execute("INSERT OR IGNORE INTO identities VALUES (?, ?)", values)
    if export.origin is not None:
        origin = files.digest_json(dict(export.origin))[:16]
        connection.execute("INSERT OR IGNORE INTO origins VALUES (?, ?)", (origin, files.dumps(dict(export.origin))))
    for identity, source, result in export.rows:
        if isinstance(result, Failure):
            failure = (identity, export.task, result.id, source, result.reason)
            connection.execute(f"INSERT OR IGNORE INTO {FAILURES}", failure)
            continue
        # After a run was stopped, the folder can contain outputs of an identity that its manifest does not describe.
        origin_of_row = origin if identity == known else None
        values = row(identity, export.task, source, content(result), result.id, result.sample, origin_of_row)
        connection.execute(KEEP, values)


def replace(
    connection: sqlite3.Connection,
    identity: str,
    task: str,
    rows: Iterable[tuple[str, Generation | Failure, str | None]],
) -> None:
    """Store outputs and failures in place of those that have the same keys; see `Generations.replace`."""
    for source, result, origin in rows:
        if isinstance(result, Failure):
            connection.execute(f"INSERT OR REPLACE INTO {FAILURES}", (identity, task, result.id, source, result.reason))
            continue
        values = row(identity, task, source, content(result), result.id, result.sample, origin)
        connection.execute(_REPLACE_CHANGED, values)
        connection.execute(FORGET, (identity, task, result.id, source))


def salvage(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """Copy all readable rows with a right checksum, from both ends of the table up to the damaged pages."""
    for table in ("identities", "origins"):
        _copy(old, f"SELECT * FROM {table}", new, f"INSERT OR IGNORE INTO {table} VALUES (?, ?)")
    _copy(old, "SELECT identity, task, id, source, reason FROM failures", new, f"INSERT OR IGNORE INTO {FAILURES}")
    for order in ("ASC", "DESC"):
        query = f"SELECT {_COLUMNS} FROM generations NOT INDEXED ORDER BY number {order}"
        _copy(old, query, new, KEEP, lambda row: bool(row[6] == _checksum(*row[:6])))


def _copy(
    old: sqlite3.Connection,
    query: str,
    new: sqlite3.Connection,
    insertion: str,
    sound: Callable[[tuple[Any, ...]], bool] = lambda row: True,
) -> None:
    """Copy the sound rows of a query, up to the first error."""
    try:
        rows = old.execute(query)
    except (sqlite3.Error, UnicodeDecodeError):
        return
    while True:
        try:
            values = next(rows)
        except (StopIteration, sqlite3.Error, UnicodeDecodeError):
            return
        if sound(values):
            new.execute(insertion, values)


def as_object(content: object) -> dict[str, Any] | None:
    """Return the content of a stored JSON object; None if it is damaged."""
    try:
        value = json.loads(str(content))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
