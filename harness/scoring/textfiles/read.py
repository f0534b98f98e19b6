"""One file of texts: one segment a line, or JSONL with ids.

A line of a source or a reference may also say its `article` and `kind`, one of a reference its `version`. What one
line says all have to say: an article here and there would change what is resampled, and nobody would know. Where the
lines of references say their `language`, those in another than the outputs' are left out; so the files of references
in `references/` can be given as they are.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.core import files
from harness.core.errors import InputError
from harness.scoring.textfiles.checks import Texts


def read(label: str, path: Path) -> Texts:
    """Return the texts of a source or a hypothesis, which is what the label says.

    Raises:
        FileError: the file cannot be read.
        InputError: a line of JSONL has no id or text, or lacks what others have; or an id stands twice.
    """
    if path.suffix != ".jsonl":
        return _read_lines(path)
    return _read_jsonl(label, path, () if label == "hypothesis" else ("article", "kind"))[None]


def read_references(paths: Sequence[Path], language: str) -> dict[str, Texts]:
    """Return the reference streams in a language by file name, or by path where two files share a name, or by version.

    Raises:
        FileError: a file cannot be read.
        InputError: a line of JSONL has no id or text, or lacks what others have; an id stands twice in one version,
            or a version in two files.
    """
    names = Counter(path.name for path in paths)
    streams: dict[str, Texts] = {}
    for path in paths:
        name = path.name if names[path.name] == 1 else str(path)
        found: dict[str | None, Texts] = {}
        if path.suffix == ".jsonl":
            found = _read_jsonl("reference", path, ("article", "kind", "version"), language)
        else:
            found[None] = _read_lines(path)
        for version, stream in found.items():
            called = name if version is None or len(found) == 1 else version
            if called in streams:
                raise InputError(
                    f"{path}: the reference {called} stands in {streams[called].path} too; "
                    "give each version a name of its own"
                )
            streams[called] = stream
    return streams


def _read_lines(path: Path) -> Texts:
    lines = files.read_lines(path)
    full = [line.strip() for line in lines if line.strip()]
    if full and all(line[0] == "{" and line[-1] == "}" for line in full) and _is_object(full[0]):
        raise InputError(f"{path}: expected one segment a line, found JSON objects; let the name end in .jsonl")
    return Texts(path, None, tuple(lines))


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _read_jsonl(
    label: str, path: Path, optional: Sequence[str], language: str | None = None
) -> dict[str | None, Texts]:
    """Return the texts of a JSONL file, of one language if one is given, by version: None where lines name none."""
    rows, problems = files.read_jsonl(path)
    if problems:
        more = f" (and {len(problems) - 1} more lines)" if len(problems) > 1 else ""
        raise InputError(f"{problems[0].where}: {problems[0].message}{more}")
    if not rows:
        raise InputError(f"{path}: the file is empty; expected one JSON object a line")
    languages = dict.fromkeys(str(row.get("language", language)) for _, row in rows)
    if language is not None:
        rows = [(number, row) for number, row in rows if row.get("language", language) == language]
        if not rows:
            raise InputError(f"{path}: expected {label}s in {language}, found {', '.join(languages)}; check --target")
    given = [key for key in optional if any(row.get(key) is not None for _, row in rows)]
    by_version: dict[str | None, dict[str, dict[str, Any]]] = {}
    for number, row in rows:
        where = f"{path} line {number}"
        for key in ("id", "text"):
            if not isinstance(row.get(key), str):
                raise InputError(f'{where}: expected {{"id": "...", "text": "..."}}, found {key} {row.get(key)!r}')
        for key in given:
            if not _is_name(row.get(key)):
                found = f"{row[key]!r}" if key in row else "none"
                raise InputError(
                    f"{where}: expected a text or a number for {key}, as other lines have one, found {found}"
                )
        of_version = by_version.setdefault(str(row["version"]) if "version" in given else None, {})
        if row["id"] in of_version:
            raise InputError(f"{where}: the {label} of {row['id']} stands twice; expected one line for each id")
        of_version[row["id"]] = row
    return {version: _texts(path, of_version, given, version or "") for version, of_version in by_version.items()}


def _texts(path: Path, rows: Mapping[str, Mapping[str, Any]], given: Sequence[str], version: str) -> Texts:
    articles, kinds = (
        tuple(str(row[key]) for row in rows.values()) if key in given else () for key in ("article", "kind")
    )
    return Texts(path, tuple(rows), tuple(row["text"] for row in rows.values()), articles, kinds, version)


def _is_name(value: object) -> bool:
    return (isinstance(value, str) and bool(value.strip())) or type(value) is int
