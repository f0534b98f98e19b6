"""A SQLite file that several processes write to; a damaged file is set aside and rebuilt. Knows no table."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from harness.core import files
from harness.core.errors import FileError
from harness.core.sqlite import DamageError, connect, is_busy, is_damage, primary_code, retried, transaction
from harness.runs.store import migrations as migration

_LOG = logging.getLogger(__name__)

T = TypeVar("T")
# Fills a new, empty file, within the transaction that creates its tables. The second argument is the damaged file that
# it replaces, if any. Returns the number of rows.
Fill = Callable[[sqlite3.Connection, sqlite3.Connection | None], int]

# Seconds to wait for another process.
_PATIENCE = 300.0
# Commits wait for the disk as long as this takes at most this share of the time since the file was opened.
_SHARE_OF_TIME = 0.05
# Bytes by which SQLite enlarges the file of the shared memory.
_SHARED_MEMORY = 32_768


class Database:
    """One open file. Every error is a FileError of one line; after damage, work goes on with a rebuilt file.

    Another process may set the file aside, or a user may delete it. Each operation first compares the path with the
    open file, and uses the file that is at the path at that moment.
    """

    def __init__(self, path: Path, migrations: Sequence[Sequence[str]], fill: Fill, *, alone: bool = False) -> None:
        """Open the file; create and fill it if it does not exist, and bring an older one to the newest schema.

        Args:
            path: the file.
            migrations: see `migrations.prepare`.
            fill: adds the first rows to a new file.
            alone: let no other process open the file (see `sqlite.connect`).

        Raises:
            FileError: the file cannot be opened or written.
            InputError: a newer harness or another program wrote it.
        """
        self._path, self._migrations, self._fill, self._alone = path, migrations, fill, alone
        self._since, self._waited = perf_counter(), 0.0  # when the file was opened; seconds that commits have waited
        self._inode: tuple[int, int] | None = None  # of the open file
        try:
            self._connection = self._open(None)
        except sqlite3.Error as error:
            if not self._is_damage(error):
                raise self._file_error(error) from None
            self._connection = self._rebuild(error)

    def do(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        """Return the result of an operation on the connection; after damage, repeat it once on the rebuilt file.

        Raises:
            FileError: SQLite or the operating system refused.
        """
        try:
            if self._is_moved():
                self._connection = self._reopen()
            return retried(lambda: operation(self._connection), _PATIENCE)
        except sqlite3.Error as error:
            if not self._is_damage(error):
                raise self._file_error(error) from None
            self._connection.close()
            self._connection = self._rebuild(error)
        try:
            return operation(self._connection)
        except sqlite3.Error as error:
            raise self._file_error(error) from None

    def write(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        """Return the result of an operation within a transaction of its own (see `do`).

        A commit waits for the disk, unless outputs come so fast that waiting would take over a twentieth of the time.
        """

        def work(connection: sqlite3.Connection) -> T:
            durable = self._waited <= _SHARE_OF_TIME * (perf_counter() - self._since)
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            with transaction(connection):
                result = operation(connection)
                started = perf_counter()
            if durable:
                self._waited += perf_counter() - started
            return result

        return self.do(work)

    def rebuild(self, reason: str) -> None:
        """Treat the file as damaged: a caller detected damage that SQLite does not see.

        Raises:
            FileError: the new file cannot be written.
        """
        self._connection.close()
        self._connection = self._rebuild(DamageError(reason))

    def close(self) -> None:
        """Close the file. The last process to close it folds the write-ahead log into it."""
        with suppress(sqlite3.Error):
            self._connection.close()

    # --- opening ------------------------------------------------------------------------------------------------------

    def _open(self, old: sqlite3.Connection | None) -> sqlite3.Connection:
        """Open the file at the path, and fill it from `old` if that is given."""
        self._inode = _inode(self._path)
        connection = connect(self._path, _PATIENCE, alone=self._alone)

        def prepare() -> int | None:
            return migration.prepare(connection, self._path, self._migrations, lambda new: self._fill(new, old))

        try:
            rows = retried(prepare, _PATIENCE)
            if rows is None and old is not None:  # another process has created the file
                with transaction(connection):
                    rows = self._fill(connection, old)
        except BaseException:
            connection.close()
            raise
        self._rows = rows or 0
        self._inode = _inode(self._path)
        return connection

    def _is_moved(self) -> bool:
        """Return whether the open file is no longer the file at the path: another process moved it, or it is gone."""
        return self._inode is not None and _inode(self._path) != self._inode

    def _reopen(self) -> sqlite3.Connection:
        """Open the file that is at the path now, and add the rows that only the file open until now contains."""
        old = self._connection
        connection = self._open(old)
        with suppress(sqlite3.Error):
            old.close()  # SQLite notices that this file was moved, and does not touch the new file's log
        return connection

    # --- a damaged file -----------------------------------------------------------------------------------------------

    def _is_damage(self, error: sqlite3.Error) -> bool:
        if primary_code(error) == sqlite3.SQLITE_READONLY:
            # A flipped bit in the header also gives "read-only", although file and folder are writable.
            return os.access(self._path, os.W_OK) and _is_writable(self._path.parent)
        return is_damage(error)

    def _rebuild(self, error: sqlite3.Error) -> sqlite3.Connection:
        """Set the damaged file aside, and return a new one with everything that can be recovered."""
        try:
            if self._is_moved():  # another process has set it aside already
                return self._open(None)
            aside = self._set_aside()
            with closing(connect(aside, _PATIENCE)) as old:
                connection = self._open(old)
        except OSError as refused:
            raise files.write_error(self._path, refused) from None
        except sqlite3.Error as again:
            raise self._file_error(again) from None
        _LOG.warning(
            "%s is damaged (%s); it was set aside as %s and rebuilt with %d outputs, from its readable rows and the "
            "folders of runs beside it; missing outputs are made again",
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

    # --- errors -------------------------------------------------------------------------------------------------------

    def _file_error(self, error: sqlite3.Error) -> FileError:
        code = primary_code(error)
        if code == 0:  # a wrong use of the sqlite3 module: a bug
            raise error
        # SQLite reports an input/output error if it cannot enlarge the file of the memory that processes share.
        if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _is_full(self._path.parent)):
            return files.write_error(self._path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        if is_busy(error):
            return FileError(
                f"another process has kept it locked for {_PATIENCE:.0f} s; end that process, or keep this run "
                "elsewhere with --results",
                where=self._path,
            )
        return files.write_error(self._path, OSError(errno.EIO, str(error)))


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_dev, state.st_ino


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _SHARED_MEMORY
    except OSError:
        return False


def _is_writable(folder: Path) -> bool:
    try:
        files.probe(folder)
    except OSError:
        return False
    return True
