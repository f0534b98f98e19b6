"""Read JSON Lines: one object per line, with an error for each line that is not one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from harness.core import files, lenient_json
from harness.core.errors import Problem
from harness.core.text import is_blank


def read(path: Path, *, tolerant: bool = False) -> tuple[list[tuple[int, dict[str, Any]]], list[Problem]]:
    """Return (line number, object) for each line of a JSONL file, and a problem for each line that is not an object.

    Blank lines are skipped. If `tolerant`, a value that JSON does not allow or that Python cannot read becomes
    `Unusable`, and the rest of its line is read.

    Raises:
        FileError: as `files.read_text`.
    """
    return parse(files.read_lines(path), path, tolerant=tolerant)


def parse(
    lines: Iterable[str], path: object, *, tolerant: bool = False
) -> tuple[list[tuple[int, dict[str, Any]]], list[Problem]]:
    """Return what `read` returns, from lines; `path` names their file in the problems."""
    rows, faults = _parse_rows(lines, tolerant=tolerant)
    return rows, [Problem(f"{path} line {number}", message) for number, message in faults]


def read_rows(path: Path) -> tuple[list[tuple[int, dict[str, Any]]], list[tuple[int, str]]]:
    """Return (line number, object) for each line of a JSONL file, and (line number, message) for each other line.

    Blank lines are skipped.

    Raises:
        FileError: as `files.read_text`.
    """
    return _parse_rows(files.read_lines(path), tolerant=False)


def _parse_rows(
    lines: Iterable[str], *, tolerant: bool
) -> tuple[list[tuple[int, dict[str, Any]]], list[tuple[int, str]]]:
    rows: list[tuple[int, dict[str, Any]]] = []
    faults: list[tuple[int, str]] = []
    for number, row in iterate(lines, tolerant=tolerant):
        if isinstance(row, dict):
            rows.append((number, row))
        else:
            faults.append((number, row))
    return rows, faults


def iterate(lines: Iterable[str], *, tolerant: bool) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield (line number, object) for each line that is not blank, with a message in its place if it is not an object.

    `tolerant` is as in `read`.
    """
    for number, line in enumerate(lines, start=1):
        if is_blank(line):
            continue
        try:
            row = lenient_json.parse_json(line) if tolerant else _parse_strictly(line)
        except (ValueError, RecursionError) as error:
            yield number, f"expected one JSON object, found bad JSON ({lenient_json.json_fault(error)})"
        else:
            kind = type(row).__name__
            yield number, row if isinstance(row, dict) else f"expected one JSON object {{...}}, found {kind}"


def _parse_strictly(line: str) -> Any:
    row = json.loads(line, object_pairs_hook=_unique_keys, parse_constant=_no_constant)
    if "\\u" in line:
        files.dumps(row).encode()  # half of a surrogate pair can be read, but not written
    return row


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for key, value in pairs:
        if key in content:
            raise ValueError(f"key {key!r} stands twice")
        content[key] = value
    return content
