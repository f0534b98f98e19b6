"""Keep rows of statistics on disk between commands, if computing them takes long.

They are in one SQLite file, `statistics.sqlite` in the user's cache (see `harness.core.user_cache`). The file contains
digests and numbers, no texts. Several processes may use it at once.
It only saves time. If the file is damaged, it is deleted and begun anew; if it cannot be used, statistics are computed
without it; both with one warning. A row that is not exactly as it was written is not used.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from harness.core import user_cache
from harness.core.sqlite import DamageError, connect, integer, is_damage, retried, transaction

FloatArray = npt.NDArray[np.float64]
T = TypeVar("T")

# About two million rows of two numbers. Beyond it, the least recently used rows are deleted.
MAX_BYTES = 256 * 2**20
# Version of the file's layout; a file with another one is begun anew.
_LAYOUT = 1
_CHECK = 8  # bytes at the end of a value, a digest of its key and row, because SQLite has no checksums
_DAY = 24 * 60 * 60
_PATIENCE = 5.0  # seconds to wait for another process that writes
_LOG = logging.getLogger(__name__)
_warned: set[Path] = set()


def key(*parts: str | int | Sequence[str]) -> bytes:
    """Return the key of a row: a digest of everything that decides it."""
    return hashlib.sha256(json.dumps(parts).encode("ascii")).digest()


def read(keys: Iterable[bytes]) -> dict[bytes, FloatArray]:
    """Return the rows that the file has, by key, each of shape [d], d > 0, and finite."""
    wanted = list(keys)

    def select(connection: sqlite3.Connection) -> list[tuple[bytes, object, object]]:
        query = "SELECT key, value, used FROM rows WHERE key = ?"
        return [row for name in wanted for row in connection.execute(query, (name,))]

    def touch(connection: sqlite3.Connection) -> None:
        with transaction(connection):
            connection.executemany("UPDATE rows SET used = ? WHERE key = ?", [(_now(), name) for name in old])

    rows, old = {}, []
    for name, value, used in _on_file(select, create=False) or ():
        row = _unpacked(name, value)
        if row is not None:
            rows[name] = row
            # Note a use at most once a day, so that most reads write nothing.
            if not (isinstance(used, int) and 0 <= _now() - used < _DAY):
                old.append(name)
    if old and os.access(path(), os.W_OK):
        _on_file(touch, create=False)
    return rows


def write(rows: Mapping[bytes, FloatArray]) -> None:
    """Keep rows by key; rows that are not finite are left out."""
    values = [(name, _packed(name, row), _now()) for name, row in rows.items() if np.isfinite(row).all()]

    def insert(connection: sqlite3.Connection) -> None:
        oldest = "SELECT key FROM rows ORDER BY used LIMIT (SELECT (COUNT(*) + 3) / 4 FROM rows)"
        with transaction(connection):
            connection.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?)", values)
            while _size(connection) > MAX_BYTES:
                if not connection.execute(f"DELETE FROM rows WHERE key IN ({oldest})").rowcount:
                    break

    if values:
        _on_file(insert, create=True)


def path() -> Path:
    """Return where the file is.

    Raises:
        RuntimeError: no variable names the folder, and the user has no home folder.
    """
    return user_cache.folder() / "statistics.sqlite"


def _on_file(action: Callable[[sqlite3.Connection], T], *, create: bool) -> T | None:
    """Return what an action on the open file returns; None if there is no file, or it cannot be used."""
    file = Path("statistics.sqlite")
    try:
        file = path()
        if create:
            file.parent.mkdir(parents=True, exist_ok=True)
        elif not file.exists():
            return None
        try:
            return _opened(file, action)
        except sqlite3.Error as error:
            if not is_damage(error):
                raise
            _warn(file, f"damaged ({error}); begun anew")
            # Delete the journal first: SQLite would apply it to the new file.
            file.with_name(f"{file.name}-journal").unlink(missing_ok=True)
            file.unlink(missing_ok=True)
            return _opened(file, action)
    except (OSError, RuntimeError, sqlite3.Error) as error:
        _warn(file, f"could not use it ({error}); statistics are computed again each time")
        return None


def _opened(file: Path, action: Callable[[sqlite3.Connection], T]) -> T:
    with closing(connect(file, _PATIENCE)) as connection:

        def on_layout() -> T:
            layout = integer(connection, "PRAGMA user_version")
            if layout == 0:
                with transaction(connection):
                    connection.execute(
                        "CREATE TABLE IF NOT EXISTS rows (key BLOB PRIMARY KEY, value BLOB, used INTEGER)"
                    )
                    connection.execute(f"PRAGMA user_version = {_LAYOUT}")
            elif layout != _LAYOUT:
                raise DamageError(f"expected layout {_LAYOUT}, found {layout}")
            return action(connection)

        return retried(on_layout, _PATIENCE)


def _size(connection: sqlite3.Connection) -> int:
    """Return how many bytes of the file are in use."""
    pages, free, size = (
        integer(connection, f"PRAGMA {name}") for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size


def _packed(name: bytes, row: FloatArray) -> bytes:
    data = row.astype("<f8").tobytes()
    return data + hashlib.sha256(name + data).digest()[:_CHECK]


def _unpacked(name: bytes, value: object) -> FloatArray | None:
    """Return the row of a value; None unless `_packed` returned the value for that key."""
    if not isinstance(value, bytes) or len(value) <= _CHECK or len(value) % 8:
        return None
    row = np.frombuffer(value[:-_CHECK], dtype="<f8").astype(np.float64)
    return row if np.isfinite(row).all() and _packed(name, row) == value else None


def _now() -> int:
    """Return seconds since 1970."""
    return int(time.time())


def _warn(file: Path, message: str) -> None:
    """Warn about a file, once per process."""
    if file not in _warned:
        _warned.add(file)
        _LOG.warning("%s: %s", file, message)
