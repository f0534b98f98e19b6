"""Check the file of an option that writes an HTML page."""

from __future__ import annotations

from pathlib import Path


def refuse_overwriting(path: Path, option: str) -> None:
    """Keep an option from replacing a file that is no page, such as a config.

    Raises:
        InputError: the file exists and is no HTML.
    """
    if not path.is_file():
        return
    from harness.core import files
    from harness.core.errors import InputError

    content = files.read_bytes(path).lstrip()[:15]
    if content and content.lower() != b"<!doctype html>":
        raise InputError("expected a new file or an old page in HTML; choose another name", where=f"{option} {path}")
