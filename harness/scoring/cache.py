"""Rows of statistics that took long to compute, kept on disk from one command to the next.

They lie in one SQLite file, `statistics.sqlite` in the folder `$HARNESS_CACHE`, else in `harness` below
`$XDG_CACHE_HOME` or `~/.cache`. It holds digests and numbers, no texts, and several processes may use it at once. It
only ever saves time: a damaged file is begun anew, one that cannot be used is done without, with one warning either
way, and a row that is not exactly as it was written counts as not kept.
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

FloatArray = npt.NDArray[np.float64]
T = TypeVar("T")

# About two million rows of two numbers; beyond it, those that have not been used for longest are dropped.
MAX_BYTES = 256 * 2**20
# Of the file; one with another layout is begun anew.
_LAYOUT = 1
_CHECK = 8  # bytes at the end of a value, a digest of its key and row: SQLite has none of its own
_DAY = 24 * 60 * 60
_PATIENCE = 5.0  # seconds to wait for another process that writes
# After these the file may be sound and its surroundings are not; any other error means that the file is damaged.
_UNUSABLE = {
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOLFS,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}
_LOG = logging.getLogger(__name__)
_warned: set[Path] = set()


def key(*parts: str | int | Sequence[str]) -> bytes:
    """Return the key of a row: a digest of all that decides it."""
    return hashlib.sha256(json.dumps(parts).encode("ascii")).digest()


def read(keys: Iterable[bytes]) -> dict[bytes, FloatArray]:
    """Return the rows that are kept, by key, each of shape [d], d > 0, and finite."""
    wanted = list(keys)

    def select(connection: sqlite3.Connection) -> list[tuple[bytes, object, object]]:
        query = "SELECT key, value, used FROM rows WHERE key = ?"
        return [found for name in wanted for found in connection.execute(query, (name,))]

    def touch(connection: sqlite3.Connection) -> None:
        connection.executemany("UPDATE rows SET used = ? WHERE key = ?", [(_now(), name) for name in old])

    rows, old = {}, []
    for name, value, used in _on_file(select, create=False) or ():
        row = _unpacked(name, value)
        if row is not None:
            rows[name] = row
            # Once a day is often enough to know what is still in use, and most reads then write nothing.
            if not (isinstance(used, int) and 0 <= _now() - used < _DAY):
                old.append(name)
    if old and os.access(path(), os.W_OK):
        _on_file(touch, create=False)
    return rows


def write(rows: Mapping[bytes, FloatArray]) -> None:
    """Keep rows by key; one that is not finite is left out."""
    values = [(name, _packed(name, row), _now()) for name, row in rows.items() if np.isfinite(row).all()]

    def insert(connection: sqlite3.Connection) -> None:
        connection.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?)", values)
        oldest = "SELECT key FROM rows ORDER BY used LIMIT (SELECT (COUNT(*) + 3) / 4 FROM rows)"
        while _size(connection) > MAX_BYTES:
            if not connection.execute(f"DELETE FROM rows WHERE key IN ({oldest})").rowcount:
                break

    if values:
        _on_file(insert, create=True)


def path() -> Path:
    """Return where the file is.

    Raises:
        RuntimeError: no variable says so, and the user has no home.
    """
    if folder := os.environ.get("HARNESS_CACHE"):
        return Path(folder) / "statistics.sqlite"
    caches = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not caches.is_absolute():  # then it is not valid, says the XDG Base Directory Specification
        caches = Path.home() / ".cache"
    return caches / "harness" / "statistics.sqlite"


def _on_file(action: Callable[[sqlite3.Connection], T], *, create: bool) -> T | None:
    """Return what an action on the open file answers; None where there is no file, or none that can be used."""
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
            if _code(error) in _UNUSABLE:
                raise
            _warn(file, f"damaged ({error}); begun anew")
            # The journal first: beside a new file it would be taken for that one's.
            file.with_name(f"{file.name}-journal").unlink(missing_ok=True)
            file.unlink(missing_ok=True)
            return _opened(file, action)
    except (OSError, RuntimeError, sqlite3.Error) as error:
        _warn(file, f"could not use it ({error}); statistics are computed again each time")
        return None


def _opened(file: Path, action: Callable[[sqlite3.Connection], T]) -> T:
    with closing(sqlite3.connect(file, timeout=_PATIENCE)) as connection, connection:
        (layout,) = connection.execute("PRAGMA user_version").fetchone()
        if not layout:
            connection.execute("CREATE TABLE IF NOT EXISTS rows (key BLOB PRIMARY KEY, value BLOB, used INTEGER)")
            connection.execute(f"PRAGMA user_version = {_LAYOUT}")
        elif layout != _LAYOUT:
            raise sqlite3.DatabaseError(f"expected layout {_LAYOUT}, found {layout}")
        return action(connection)


def _code(error: sqlite3.Error) -> int | None:
    """Return the primary code of an error that SQLite reported."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _size(connection: sqlite3.Connection) -> int:
    """Return how many bytes of the file are in use."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def _packed(name: bytes, row: FloatArray) -> bytes:
    data = row.astype("<f8").tobytes()
    return data + hashlib.sha256(name + data).digest()[:_CHECK]


def _unpacked(name: bytes, value: object) -> FloatArray | None:
    """Return the row of a value, None unless it is one that `_packed` made for that key."""
    if not isinstance(value, bytes) or len(value) <= _CHECK or len(value) % 8:
        return None
    row = np.frombuffer(value[:-_CHECK], dtype="<f8").astype(np.float64)
    return row if np.isfinite(row).all() and _packed(name, row) == value else None


def _now() -> int:
    """Return seconds since 1970."""
    return int(time.time())


def _warn(file: Path, message: str) -> None:
    """Say something about a file, once in a process."""
    if file not in _warned:
        _warned.add(file)
        _LOG.warning("%s: %s", file, message)
