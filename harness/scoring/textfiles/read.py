"""Read one file of texts: one segment per line, or JSONL with ids.

A line of a source or a reference may also have `article` and `kind`, and a line of a reference `version`. If one line
has such a key, all lines need it: articles for only some segments would silently change what is resampled. If lines of
references have `language`, those in another language than the outputs are ignored. So the files in `references/` can be
given unchanged.

A version may lack ids that another version has. An empty reference is a reference without words, unless `empty` is
"none": then the segment has no reference in this version.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from harness.core import files
from harness.core.errors import InputError

EmptyReference = Literal["text", "none"]


@dataclass(frozen=True, slots=True)
class Texts:
    """One file, or one version of a file of references."""

    path: Path
    ids: tuple[str, ...] | None
    texts: tuple[str | None, ...]  # None: a reference that this version does not have
    articles: tuple[str | None, ...] = ()  # of each text; None: unknown, because this version lacks the segment
    kinds: tuple[str | None, ...] = ()  # likewise
    version: str = ""  # if the file has several

    def __str__(self) -> str:
        return f"{self.path} (version {self.version})" if self.version else str(self.path)

    def present(self) -> list[str]:
        """Return the texts that there are."""
        return [content for content in self.texts if content is not None]

    def same_texts(self, other: Texts) -> bool:
        """Whether two files have the same texts; a missing one counts as empty."""
        return [content or "" for content in self.texts] == [content or "" for content in other.texts]

    def where(self, index: int) -> str:
        """Return the id of a text, or its line."""
        return self.ids[index] if self.ids else f"line {index + 1}"


def read(label: str, path: Path) -> Texts:
    """Return the texts of a source or a hypothesis; `label` says which.

    Raises:
        FileError: the file cannot be read.
        InputError: a line of JSONL has no id or text, or lacks a key that others have; or an id occurs twice.
    """
    if path.suffix != ".jsonl":
        return _read_lines(path)
    return _read_jsonl(label, path, () if label == "hypothesis" else ("article", "kind"))[None]


def read_references(paths: Sequence[Path], language: str, empty: EmptyReference = "text") -> dict[str, Texts]:
    """Return the references in a language by version, or by file name, or by path if two files share a name.

    Raises:
        FileError: a file cannot be read.
        InputError: a line of JSONL has no id or text, or lacks a key that others have; an id occurs twice in one
            version, or a version in two files.
    """
    names = Counter(path.name for path in paths)
    streams: dict[str, Texts] = {}
    for path in paths:
        name = path.name if names[path.name] == 1 else str(path)
        versions: dict[str | None, Texts] = {}
        if path.suffix == ".jsonl":
            versions = _read_jsonl("reference", path, ("article", "kind", "version"), language)
        else:
            versions[None] = _read_lines(path)
        for version, stream in versions.items():
            stream_name = name if version is None or len(versions) == 1 else version
            if stream_name in streams:
                raise InputError(
                    f"{path}: the reference {stream_name} is in {streams[stream_name].path} too; "
                    "give each version a name of its own"
                )
            streams[stream_name] = _without_empty(stream) if empty == "none" else stream
    return streams


def _without_empty(stream: Texts) -> Texts:
    return replace(stream, texts=tuple(content if content and content.strip() else None for content in stream.texts))


def _read_lines(path: Path) -> Texts:
    lines = files.read_lines(path)
    full = [line.strip() for line in lines if line.strip()]
    if full and all(line[0] == "{" and line[-1] == "}" for line in full) and _is_object(full[0]):
        raise InputError(f"{path}: expected one segment per line, found JSON objects; let the name end in .jsonl")
    return Texts(path, None, tuple(lines))


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _read_jsonl(
    label: str, path: Path, optional: Sequence[str], language: str | None = None
) -> dict[str | None, Texts]:
    """Return the texts of a JSONL file, of one language if one is given, by version: None if lines have no version."""
    rows, problems = files.read_jsonl(path)
    if problems:
        more = f" (and {len(problems) - 1} more lines)" if len(problems) > 1 else ""
        raise InputError(f"{problems[0].where}: {problems[0].message}{more}")
    if not rows:
        raise InputError(f"{path}: the file is empty; expected one JSON object per line")
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
                value = f"{row[key]!r}" if key in row else "none"
                raise InputError(
                    f"{where}: expected a text or a number for {key}, as other lines have one, found {value}"
                )
        of_version = by_version.setdefault(str(row["version"]) if "version" in given else None, {})
        if row["id"] in of_version:
            raise InputError(f"{where}: the {label} of {row['id']} occurs twice; expected one line per id")
        of_version[row["id"]] = row
    return {version: _texts(path, of_version, given, version or "") for version, of_version in by_version.items()}


def _texts(path: Path, rows: Mapping[str, Mapping[str, Any]], given: Sequence[str], version: str) -> Texts:
    articles, kinds = (
        tuple(str(row[key]) for row in rows.values()) if key in given else () for key in ("article", "kind")
    )
    return Texts(path, tuple(rows), tuple(row["text"] for row in rows.values()), articles, kinds, version)


def _is_name(value: object) -> bool:
    return (isinstance(value, str) and bool(value.strip())) or type(value) is int
