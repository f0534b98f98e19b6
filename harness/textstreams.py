"""One file of texts: one segment a line, or JSONL with ids and perhaps with versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness import jsonio
from harness.errors import InputError
from harness.filechecks import Texts


def read(label: str, path: Path) -> Texts:
    """Return the texts of a source or a hypothesis, which is what the label says.

    Raises:
        FileError: the file cannot be read.
        InputError: a line of JSONL has no id or text, or an id stands twice.
    """
    if path.suffix != ".jsonl":
        return Texts(path, None, tuple(jsonio.read_lines(path)))
    return next(iter(_read_jsonl(label, path, versions=False).values()))


def read_references(paths: Sequence[Path]) -> dict[str, Texts]:
    """Return the reference streams by file name, or by path where two files share a name, or by version.

    Raises:
        FileError: a file cannot be read.
        InputError: a line of JSONL has no id or text, or an id stands twice in one version.
    """
    names = Counter(path.name for path in paths)
    streams: dict[str, Texts] = {}
    for path in paths:
        name = path.name if names[path.name] == 1 else str(path)
        if path.suffix == ".jsonl":
            found = _read_jsonl("reference", path, versions=True)
            streams |= {version if len(found) > 1 else name: stream for version, stream in found.items()}
        else:
            streams[name] = Texts(path, None, tuple(jsonio.read_lines(path)))
    return streams


def _read_jsonl(label: str, path: Path, *, versions: bool) -> dict[str, Texts]:
    """Return the texts of a JSONL file by version; there is one, "", where lines name none."""
    rows, problems = jsonio.read_jsonl(path)
    if problems:
        more = f" (and {len(problems) - 1} more lines)" if len(problems) > 1 else ""
        raise InputError(f"{problems[0].where}: {problems[0].message}{more}")
    by_version: dict[str, dict[str, dict[str, Any]]] = {}
    for number, row in rows:
        where = f"{path} line {number}"
        for key in ("id", "text"):
            if not isinstance(row.get(key), str):
                raise InputError(f'{where}: expected {{"id": "...", "text": "..."}}, found {key} {row.get(key)!r}')
        of_version = by_version.setdefault(str(row.get("version", "")) if versions else "", {})
        if row["id"] in of_version:
            raise InputError(f"{where}: the {label} of {row['id']} stands twice; expected one line for each id")
        of_version[row["id"]] = row
    if not by_version:
        raise InputError(f"{path}: the file is empty; expected one JSON object a line")
    return {version: _texts(path, of_version) for version, of_version in by_version.items()}


def _texts(path: Path, rows: Mapping[str, Mapping[str, Any]]) -> Texts:
    def known(key: str) -> tuple[str, ...]:
        return tuple(str(row[key]) for row in rows.values()) if all(key in row for row in rows.values()) else ()

    return Texts(path, tuple(rows), tuple(row["text"] for row in rows.values()), known("article"), known("kind"))
