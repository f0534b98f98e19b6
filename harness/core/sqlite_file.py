"""Open a SQLite file, retry while another process is using it, and tell damage from other errors; knows no table.

The cache of statistics and the store of a run share this. They differ in what they do about damage: the cache begins
anew, the store rescues what it can.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar

T = TypeVar("T")

# Another process is using the file.
BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
# The file itself is wrong. ERROR: a statement does not fit the schema. TOOBIG: an impossible length. Our own statements
# cause neither on a sound file.
_DAMAGE = frozenset({
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_TOOBIG,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_CONSTRAINT,
})
_PAUSE = 0.05  # seconds between two tries when SQLite itself does not wait


class DamageError(sqlite3.DatabaseError):
    """Damage that SQLite does not detect."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


def connect(path: Path, patience: float) -> sqlite3.Connection:
    """Open a file, without implicit transactions; SQLite waits up to `patience` seconds for a lock."""
    connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
    # A flipped bit can be bad UTF-8. Let the caller's checksums detect it.
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit everything that is done inside the block, or nothing."""
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
    """Return what an operation returns; try again for `patience` seconds while another process uses the file.

    Raises:
        DamageError: the schema is not text.
        sqlite3.Error: any other error of SQLite.
    """
    deadline = monotonic() + patience
    while True:
        try:
            return operation()
        except sqlite3.OperationalError as error:
            if code(error) not in BUSY or monotonic() > deadline:
                raise
            sleep(_PAUSE)
        except UnicodeDecodeError:  # in SQLite's own message, which quotes the schema
            raise DamageError("malformed database schema") from None


def number(connection: sqlite3.Connection, query: str) -> int:
    """Return the first value of a query's first row; -1 if it is not an integer."""
    row = connection.execute(query).fetchone()
    return int(row[0]) if row is not None and isinstance(row[0], int) else -1


def code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; 0 if the error does not come from SQLite."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error means that the file is damaged, wherever it lies."""
    return code(error) in _DAMAGE or getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_SHORT_READ
