"""Make standard output and standard error writable for any terminal, locale or shell.

The command line calls `prepare` once, before anything is printed. No other module changes the streams.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from contextlib import suppress
from typing import Any

# Signs of our tables, each with an ASCII sign of one column.
_PLAIN = str.maketrans({
    "─": "-", "–": "-", "—": "-", "−": "-", "≈": "~", "†": "+", "‡": "#", "§": "$", "¶": "^", "↓": "v", "…": "~",
    "±": "~", "·": ".",
    "“": '"', "”": '"', "‘": "'", "’": "'",
})  # fmt: skip
_HANDLER = "harness-plain"


class _Deaf(io.FileIO):
    """A stream that drops what it cannot write: a full disk or a closed pipe behind stderr must not change a result."""

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        """Write as much of the data as possible, and report all of it as written."""
        rest = memoryview(data)
        with suppress(OSError):
            while len(rest) and (written := super().write(rest)):
                rest = rest[written:]
        return len(data)


def prepare() -> None:
    """Open closed streams on the null device, and let no character and no failing stderr end a command.

    Output into a file or a pipe is UTF-8, as every file that the harness writes is: in cp1252, which Windows uses for a
    redirect, a table of Hindi would be lost. A terminal keeps its encoding, and a character that it lacks is replaced.
    """
    _open_closed_descriptors()
    codecs.register_error(_HANDLER, _plain)
    for name, number in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if stream is None:  # closed by the shell, as in `harness gate run >&-`
            stream = io.TextIOWrapper(_Deaf(number, "w", closefd=False), encoding="utf-8", write_through=True)
            setattr(sys, name, stream)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=stream.encoding if stream.isatty() else "utf-8", errors=_HANDLER)
    if sys.stderr is sys.__stderr__ and isinstance(sys.stderr, io.TextIOWrapper):
        raw: Any = _Deaf(2, "w", closefd=False)  # typeshed does not take a subclass of FileIO here
        raw = io.BufferedWriter(raw)
        sys.stderr = io.TextIOWrapper(raw, encoding=sys.stderr.encoding, errors=_HANDLER, line_buffering=True)


def _open_closed_descriptors() -> None:
    """Open the null device as each of 0, 1 and 2 that is closed, or the next file to be opened would get its number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Return signs of the same width, in ASCII, for characters that a stream cannot encode."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    known = text.translate(_PLAIN)
    if known.isascii():
        return known, error.end
    from harness.reporting.widths import width

    return "".join(c if c.isascii() else "?" * width(c) for c in known), error.end
