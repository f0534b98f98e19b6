"""The lines of an export: the outputs of one system for one task, and the sources on which it failed, as JSON Lines.

A user may have edited the file, or a full disk may have cut it, so that each line is checked when it is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from harness.core import files, lenient_json
from harness.core.records import Generation
from harness.runs.store.tables import Failure, Key, StoredOutput

# The largest integer that SQLite can store.
_MAX_INTEGER = 2**63 - 1


def output_line(identity: str, key: Key, stored: StoredOutput) -> str:
    """Return an output as a line of an export."""
    # A digest contains no character that JSON would escape.
    return f'{{"identity": "{identity}", "source": "{key.source}", {stored.content[1:]}\n'


def failure_line(identity: str, failure: Failure) -> str:
    """Return a failed source as a line of an export."""
    row = {"identity": identity, "source": failure.source, "id": failure.id, "error": failure.reason}
    return files.dumps(row) + "\n"


def rows(path: Path) -> Iterator[tuple[str, str, Generation | Failure]]:
    """Yield the rows of an export: digest of the identity, digest of the source, and the output or failure.

    Damaged lines are skipped: their outputs are generated again.

    Raises:
        FileError: the file cannot be read.
    """
    for line in files.byte_lines(path):
        try:
            row = json.loads(line, parse_constant=_no_number)
            row_of = str(row.pop("identity")), str(row.pop("source"))
            stored = Failure(row["id"], row_of[1], row["error"]) if "error" in row else Generation(**row)
            if _is_sound(stored):
                yield *row_of, stored
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            continue


def _is_sound(stored: Generation | Failure) -> bool:
    """Return whether a row has the right types and possible counts; a user may have edited the file."""
    if isinstance(stored, Failure):
        return _is_text(stored.id) and _is_text(stored.reason)
    counts = (stored.sample, stored.sections, stored.split_sentences)
    tokens = (stored.input_tokens, stored.output_tokens, stored.cut_tokens, stored.unknown_tokens)
    return (
        _is_text(stored.id)
        and _is_text(stored.text)
        and all(map(_is_count, counts))
        and all(each is None or _is_count(each) for each in tokens)
        and (stored.seconds is None or (type(stored.seconds) in (int, float) and stored.seconds >= 0))
        and type(stored.truncated) is bool
        and (stored.departs is None or type(stored.departs) is bool)
        and stored.finish in ("end", "length")
        and (stored.raw is None or _is_text(stored.raw))
        and type(stored.rules) is tuple
        and all(map(_is_text, stored.rules))
        and isinstance(stored.facts, dict)
        and all(_is_text(name) and _is_fact(value) for name, value in stored.facts.items())
    )


def _is_fact(value: object) -> bool:
    return _is_text(value) if isinstance(value, str) else type(value) in (int, float)


def _is_text(value: object) -> bool:
    return type(value) is str and lenient_json.is_unicode(value)


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= _MAX_INTEGER


def _no_number(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")
