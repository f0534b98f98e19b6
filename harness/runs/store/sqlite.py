"""A SQLite file that several processes write to, that may be damaged, and whose schema grows; it knows no table.

Facts about SQLite (sqlite.org/wal.html, /pragma.html, /rescode.html): in WAL mode readers and one writer do not wait
for each other; with synchronous=NORMAL a commit survives the death of the process but not a power cut, with FULL both;
the database itself survives both either way. `user_version` and DDL are part of a transaction.
"""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import TypeVar

from harness.core import files
from harness.core.errors import FileError, InputError

_LOG = logging.getLogger(__name__)

T = TypeVar("T")
# Fills a new, empty database within the transaction that makes its tables; given the one that it replaces, if any.
Fill = Callable[[sqlite3.Connection, sqlite3.Connection | None], int]

_APPLICATION = 0x48524E53  # "HRNS": so that another program's database is not taken for ours
# Seconds that another process may hold the file, and between two tries where SQLite itself does not wait.
_PATIENCE = 300.0
_PAUSE = 0.05
# What waiting for the disk may take of the time since the file was opened, before commits go without.
_SHARE_OF_TIME = 0.05
# Larger files are not read through at the start (150 MB with 200,000 rows take half a second); damage in them is found
# when it is met.
_MAX_CHECKED = 256_000_000


class _DamageError(sqlite3.DatabaseError):
    """Damage that SQLite does not see."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


class Database:
    """One open file. What goes wrong is a FileError of one line; a damaged file is replaced, and nobody notices."""

    def __init__(self, path: Path, migrations: Sequence[Sequence[str]], fill: Fill) -> None:
        """Open the file, made and filled if it is not there, brought to the newest schema if it is older.

        Args:
            path: the file.
            migrations: the statements that lead from each schema to the next; the first from an empty file to schema 1.
            fill: what a new file is filled with; it returns the number of rows.

        Raises:
            FileError: the file cannot be opened or written.
            InputError: a newer harness made it, or another program.
        """
        self._path, self._migrations, self._fill = path, migrations, fill
        self._since, self._waited = perf_counter(), 0.0
        self._inode: tuple[int, int] | None = None
        try:
            self._connection = self._open(None)
        except sqlite3.Error as error:
            if not self._is_damage(error):
                raise self._told(error) from None
            self._connection = self._replaced(error)

    def do(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        """Return what an operation does with the connection; after damage it is done once more, on the new file.

        Raises:
            FileError: SQLite or the operating system refuse.
        """
        try:
            if self._moved():
                self._connection = self._follow()
            return self._patiently(lambda: operation(self._connection))
        except sqlite3.Error as error:
            if not self._is_damage(error):
                raise self._told(error) from None
            self._connection.close()
            self._connection = self._replaced(error)
        try:
            return operation(self._connection)
        except sqlite3.Error as error:
            raise self._told(error) from None

    def write(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        """Return what an operation does within a transaction of its own (see `do`).

        A commit waits for the disk, unless outputs come so fast that this would take more than a twentieth of the time.
        """

        def transaction(connection: sqlite3.Connection) -> T:
            durable = self._waited <= _SHARE_OF_TIME * (perf_counter() - self._since)
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            with _transaction(connection):
                made = operation(connection)
                started = perf_counter()
            if durable:
                self._waited += perf_counter() - started
            return made

        return self.do(transaction)

    def distrust(self, reason: str) -> None:
        """Replace the file as one that is damaged, which whoever uses it has found.

        Raises:
            FileError: it cannot be.
        """
        self._connection.close()
        self._connection = self._replaced(_DamageError(reason))

    def close(self) -> None:
        """Close the file; the last process that does folds the write-ahead log into it."""
        with suppress(sqlite3.Error):
            self._connection.close()

    # --- opening ------------------------------------------------------------------------------------------------------

    def _open(self, old: sqlite3.Connection | None) -> sqlite3.Connection:
        """Return what is at the path, ready for use, with the rows of `old` if there is one."""
        self._inode = _inode(self._path)
        connection = _connect(self._path)
        try:
            rows = self._patiently(lambda: self._prepare(connection, old))
            if rows is None and old is not None:
                with _transaction(connection):
                    rows = self._fill(connection, old)
        except BaseException:
            connection.close()
            raise
        self._rows = rows or 0
        self._inode = _inode(self._path)
        return connection

    def _prepare(self, connection: sqlite3.Connection, old: sqlite3.Connection | None) -> int | None:
        """Check the file and bring it to the newest schema; return how many rows a new one was filled with."""
        self._refuse_foreign(connection)
        connection.execute("PRAGMA journal_mode = WAL")  # where the file system cannot do it, it stays as it was
        if self._path.stat().st_size <= _MAX_CHECKED:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if found != "ok":
                raise _DamageError(found)
        newest, rows = len(self._migrations), None
        version = self._version(connection)
        if version < newest:
            with _transaction(connection):
                version = self._version(connection)  # another process may have been faster
                for number in range(version, newest):
                    self._migrate(connection, number)
                if version == 0:
                    rows = self._fill(connection, old)
        if version > newest:
            raise InputError(
                f"schema {version}, this harness reads {newest}; update the harness, or keep this run "
                "elsewhere with --results",
                where=self._path,
            )
        return rows

    def _refuse_foreign(self, connection: sqlite3.Connection) -> None:
        """Raise InputError for a sound database of another program, which nobody must set aside or change."""
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        if names and "about" not in names and _number(connection, "PRAGMA application_id") != _APPLICATION:
            raise InputError(
                f"another program's database (tables: {', '.join(map(str, names[:3]))}); move it, or "
                "keep this run elsewhere with --results",
                where=self._path,
            )

    def _version(self, connection: sqlite3.Connection) -> int:
        version = _number(connection, "PRAGMA user_version")
        if not version and not _number(connection, "SELECT count(*) FROM sqlite_schema"):
            return 0
        if _number(connection, "PRAGMA application_id") != _APPLICATION:
            raise _DamageError("its header has another program's mark")
        # Said twice, because a flipped bit in one of them would look like a newer harness's file.
        if _number(connection, "SELECT schema FROM about") != version:
            raise _DamageError(f"its header has schema {version}, its table another")
        return version

    def _migrate(self, connection: sqlite3.Connection, version: int) -> None:
        if version == 0:
            connection.execute("CREATE TABLE about (schema INTEGER NOT NULL)")
            connection.execute("INSERT INTO about VALUES (0)")
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        for statement in self._migrations[version]:
            connection.execute(statement)
        connection.execute("UPDATE about SET schema = ?", (version + 1,))
        connection.execute(f"PRAGMA user_version = {version + 1}")

    # --- a file that is damaged, or no longer there -------------------------------------------------------------------

    def _replaced(self, error: sqlite3.Error) -> sqlite3.Connection:
        """Set the damaged file aside, and return a new one with all that can be had."""
        try:
            if self._moved():  # another process has set it aside already
                return self._open(None)
            aside = self._set_aside()
            with closing(_connect(aside)) as old:
                connection = self._open(old)
        except OSError as refused:
            raise files.write_error(self._path, refused) from None
        except sqlite3.Error as again:
            raise self._told(again) from None
        _LOG.warning(
            "%s is damaged (%s); it was set aside as %s, and a new one made with %d outputs, from what can be read in "
            "it and from the runs beside it; what is missing is made again",
            self._path, " ".join(str(error).split()), aside.name, self._rows,
        )  # fmt: skip
        return connection

    def _set_aside(self) -> Path:
        stem = f"{self._path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        number = 1
        while (aside := self._path.with_name(stem if number == 1 else f"{stem}-{number}")).exists():
            number += 1
        self._path.replace(aside)
        for suffix in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                self._path.with_name(self._path.name + suffix).replace(aside.with_name(aside.name + suffix))
        return aside

    def _moved(self) -> bool:
        """Whether the open file is no longer the one at its path: set aside by another process, or deleted."""
        return self._inode is not None and _inode(self._path) != self._inode

    def _follow(self) -> sqlite3.Connection:
        """Return what is at the path now, with what the file that was open had beyond it."""
        old = self._connection
        connection = self._open(old)
        with suppress(sqlite3.Error):
            old.close()  # SQLite sees that its file was moved, and leaves the log of the new one alone
        return connection

    # --- errors -------------------------------------------------------------------------------------------------------

    def _patiently(self, operation: Callable[[], T]) -> T:
        """Return what an operation returns, tried again while another process is in the way."""
        deadline = monotonic() + _PATIENCE
        while True:
            try:
                return operation()
            except sqlite3.OperationalError as error:
                if _code(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL):
                    raise
                if monotonic() > deadline:
                    raise
                sleep(_PAUSE)
            except UnicodeDecodeError:  # in SQLite's own message, which quotes the schema
                raise _DamageError("malformed database schema") from None

    def _is_damage(self, error: sqlite3.Error) -> bool:
        code = _code(error)
        if code == sqlite3.SQLITE_READONLY:
            # A flipped bit in the header says "read-only" too.
            return os.access(self._path, os.W_OK) and _writable(self._path.parent)
        # ERROR: a statement that no longer fits the schema. TOOBIG: a length that cannot be. Neither can happen here
        # with a sound file.
        return code in (
            sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_TOOBIG,
            sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_CONSTRAINT,
        ) or getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_SHORT_READ  # fmt: skip

    def _told(self, error: sqlite3.Error) -> FileError:
        code = _code(error)
        if code == 0:  # no answer of SQLite's, but a misuse of its module
            raise error
        if code == sqlite3.SQLITE_FULL:
            return files.write_error(self._path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL):
            return FileError(
                f"another process has kept it locked for {_PATIENCE:.0f} s; end that process, or keep "
                "this run elsewhere with --results",
                where=self._path,
            )
        return files.write_error(self._path, OSError(errno.EIO, str(error)))


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
    # A flipped bit can be bad UTF-8; whoever keeps checksums finds it all the same.
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what is done within, or nothing of it."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        raise


def _number(connection: sqlite3.Connection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row is not None and isinstance(row[0], int) else -1


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; 0 where the error is not SQLite's."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_dev, state.st_ino


def _writable(folder: Path) -> bool:
    try:
        files.probe(folder)
    except OSError:
        return False
    return True
