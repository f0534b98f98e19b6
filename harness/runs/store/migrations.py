"""Check that a SQLite file is ours and sound, and bring its schema to the newest version.

The version is kept twice, in the file's header and in a table. Otherwise a flipped bit would look like the file
of a newer harness.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from harness.core.errors import InputError
from harness.core.sqlite import DamageError, integer, transaction

# "HRNS", in the file's header: another program's database must not be taken for ours.
_APPLICATION = 0x48524E53
# Larger files are not checked when they are opened: 150 MB with 200,000 rows take half a second. Damage in them is
# detected when a damaged row is read.
_MAX_CHECKED = 256_000_000


def prepare(
    connection: sqlite3.Connection,
    path: Path,
    migrations: Sequence[Sequence[str]],
    fill: Callable[[sqlite3.Connection], int],
) -> int | None:
    """Check a file and bring it to the newest schema.

    Args:
        connection: to the file.
        path: of the file.
        migrations: the statements that lead from each schema to the next; the first, from an empty file to schema 1.
        fill: adds the first rows to a new file, and returns how many.

    Returns:
        The number of rows that a new file was filled with; None if the file had its tables already.

    Raises:
        InputError: a newer harness or another program wrote the file.
        DamageError: the file is damaged.
    """
    _refuse_foreign(connection, path)
    connection.execute("PRAGMA journal_mode = WAL")  # a file system that cannot do it keeps the old mode
    if path.stat().st_size <= _MAX_CHECKED:
        verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if verdict != "ok":
            raise DamageError(verdict)
    newest, rows = len(migrations), None
    version = _version(connection)
    if version < newest:
        with transaction(connection):
            version = _version(connection)  # another process may have migrated the file meanwhile
            for number in range(version, newest):
                _migrate(connection, number, migrations[number])
            if version == 0:
                rows = fill(connection)
    if version > newest:
        raise InputError(
            f"schema {version}, this harness reads {newest}; update the harness, or keep this run elsewhere with "
            "--results",
            where=path,
        )
    return rows


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    """Raise InputError for a sound database of another program, which must not be changed or set aside."""
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    if names and "about" not in names and integer(connection, "PRAGMA application_id") != _APPLICATION:
        raise InputError(
            f"another program's database (tables: {', '.join(map(str, names[:3]))}); move it, or keep this run "
            "elsewhere with --results",
            where=path,
        )


def _version(connection: sqlite3.Connection) -> int:
    version = integer(connection, "PRAGMA user_version")
    if not version and not integer(connection, "SELECT count(*) FROM sqlite_schema"):
        return 0
    if integer(connection, "PRAGMA application_id") != _APPLICATION:
        raise DamageError("its header has another program's mark")
    if integer(connection, "SELECT schema FROM about") != version:
        raise DamageError(f"its header has schema {version}, its table another")
    return version


def _migrate(connection: sqlite3.Connection, version: int, statements: Sequence[str]) -> None:
    """Lead the file from one schema to the next."""
    if version == 0:
        connection.execute("CREATE TABLE about (schema INTEGER NOT NULL)")
        connection.execute("INSERT INTO about VALUES (0)")
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
    for statement in statements:
        connection.execute(statement)
    connection.execute("UPDATE about SET schema = ?", (version + 1,))
    connection.execute(f"PRAGMA user_version = {version + 1}")
