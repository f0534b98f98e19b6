"""SQLite files that several processes use: opening, transactions, waiting for other processes, error codes.

Facts about SQLite (sqlite.org/wal.html, /pragma.html, /rescode.html): in WAL mode readers and one writer do not wait
for each other. With synchronous=NORMAL a commit survives the death of the process but not a power cut; with FULL it
survives both. The database file itself survives both either way. `user_version` and DDL are part of a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar

T = TypeVar("T")

# Seconds between two tries if SQLite itself does not wait for another process.
_PAUSE = 0.05
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)
# Result codes that mean damage. A sound file gives none of the last four: they come from a statement that does not fit
# the (damaged) schema, an impossible length, and values that break the types or constraints of a table.
_DAMAGE = (
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_TOOBIG,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_CONSTRAINT,
)


class DamageError(sqlite3.DatabaseError):
    """Damage to a file that SQLite itself does not report."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


def connect(path: Path, patience: float, *, alone: bool = False) -> sqlite3.Connection:
    """Open a file, in autocommit mode; wait up to `patience` seconds for other processes.

    With `alone`, this connection locks the file until it is closed. SQLite then shares no memory with other processes,
    which does not work on a network disk.
    """
    connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
    if alone:  # before the first access to the file
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    # A flipped bit can make a text invalid UTF-8. Read it anyway: the row's checksum then shows the damage.
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit everything that is done within this block, or nothing of it."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        raise


def retried(operation: Callable[[], T], patience: float) -> T:
    """Return the result of an operation; while another process blocks it, try again for up to `patience` seconds."""
    deadline = monotonic() + patience
    while True:
        try:
            return operation()
        except sqlite3.OperationalError as error:
            if not is_busy(error) or monotonic() > deadline:
                raise
            sleep(_PAUSE)
        except UnicodeDecodeError:  # from SQLite's own message, which quotes the damaged schema
            raise DamageError("malformed database schema") from None


def primary_code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; 0 if Python's sqlite3 module raised the error itself."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def is_busy(error: sqlite3.Error) -> bool:
    """Return whether another process uses the file at the moment."""
    return primary_code(error) in _BUSY


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether an error means that the file is damaged."""
    short_read = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_SHORT_READ
    return primary_code(error) in _DAMAGE or short_read


def integer(connection: sqlite3.Connection, query: str) -> int:
    """Return the single whole number that a query gives; -1 if it gives something else, as in a damaged file."""
    row = connection.execute(query).fetchone()
    return int(row[0]) if row is not None and isinstance(row[0], int) else -1
