"""Keep an option that writes a file from replacing a file of another kind, such as a config or a baseline.

A file in a folder that does not exist is often a typing error, so the new folder is said.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

# By kind: what an old file of the kind is called in a message, and the ways in which its content can begin.
_KINDS = {
    "html": ("page in HTML", (b"<!doctype html>",)),
    "xml": ("report in XML", (b"<", b"\xef\xbb\xbf<")),
}


def refuse(path: Path | None, option: str, kind: Literal["html", "xml"]) -> None:
    """Check the file that an option names; an empty file can be replaced. Say if its folder will be made.

    Raises:
        InputError: the file exists, and its content is not of this kind.
    """
    if path is None:
        return
    if not path.parent.exists():
        sys.stderr.write(f"harness: {path.parent}: no such folder; it is made\n")
    if not path.is_file():
        return
    from harness.core import files
    from harness.core.errors import InputError

    name, beginnings = _KINDS[kind]
    content = files.read_bytes(path).lstrip()[:15]
    if content and not content.lower().startswith(beginnings):
        raise InputError(f"expected a new file or an old {name}; choose another name", where=f"{option} {path}")
