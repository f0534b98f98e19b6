"""Read and write files: text and JSON with errors that name file and line, atomic writes, digests."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any

from harness.core import lenient_json
from harness.core.errors import FileError
from harness.core.text import is_blank

# No article, reference or output is nearly as long. A longer line means a wrong file, or one without line ends.
MAX_LINE_BYTES = 10_000_000

# Characters that are safe in a file name on every system. Names of runs and of systems become file names.
# The first is not a dot: `.` and `..` are folders, and other names with a dot are hidden files.
FILE_NAME = r"^[\w+@-][\w.+@-]*$"
# Settings in the name of a member of a sweep, "num_beams=4, length_penalty=0.6", and such a name.
SWEPT_SETTINGS = r"[\w.+@-]+=[\w.+@-]+(?:, [\w.+@-]+=[\w.+@-]+)*"
SYSTEM_NAME = rf"{FILE_NAME[:-1]}(\[{SWEPT_SETTINGS}\])?$"


def read_text(path: Path, *, max_line: int | None = MAX_LINE_BYTES) -> str:
    """Return a UTF-8 file's text, characters unchanged (a BOM and CR stay).

    Raises:
        FileError: as `read_bytes`; or the file is blank, not UTF-8, or contains NUL bytes or a line of over `max_line`
            bytes. The message names the line.
    """
    content = decode(read_bytes(path), path, max_line=max_line)
    if is_blank(content):
        blank = " but for blank lines" if content.removeprefix("\ufeff") else ""
        raise FileError(f"the file is empty{blank}; expected UTF-8 text", where=path)
    return content


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        FileError: the path is missing, a directory, a device, or unreadable.
    """
    with _opened(path) as file:
        return file.read()


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    try:
        with path.open("rb") as file:
            kind = os.fstat(file.fileno()).st_mode
            if stat.S_ISCHR(kind) or stat.S_ISBLK(kind):  # reading /dev/zero has no end; a pipe has one
                raise FileError("expected a file, found a device", where=path)
            yield file
    except FileNotFoundError:
        raise FileError("no such file", where=path) from None
    except IsADirectoryError:
        raise FileError("expected a file, found a directory", where=path) from None
    except OSError as error:
        raise FileError(f"could not read ({error.strerror})", where=path) from None
    except ValueError as error:  # a NUL byte in the name itself
        raise FileError(f"not a file name ({error})", where=repr(str(path))) from None


def read_lines(path: Path) -> list[str]:
    r"""Return a text file's lines without their ends. This function alone decides where a line of a file ends.

    Only \n and \r\n end one, as for `wc -l` and JSON Lines; in a file without any \n, \r does, as old Macs wrote it and
    as sacreBLEU reads it. The other line ends of Unicode (U+2028, U+0085, form feeds) are part of a segment here,
    because a file of one segment per line must keep its count; in prose they end sentences and blocks
    (`harness.core.text.LINE_ENDS`). A BOM is dropped, and so is the one line end that closes the file.

    Raises:
        FileError: as `read_text`.
    """
    return split_lines(read_text(path))


def split_lines(text: str) -> list[str]:
    r"""Return the lines of a file's text as `read_lines` does: \n or \r\n ends a line, or \r alone in all of them."""
    lines = text.removeprefix("\ufeff").split("\n" if "\n" in text else "\r")
    if lines[-1] == "":
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def read_json(path: Path, *, remedy: str = "restore the file or delete it") -> Any:
    """Return a JSON file's value; its lines may have any length, because those of scores are long.

    Raises:
        FileError: as `read_text`, or the text is not JSON; the message ends with the remedy.
    """
    try:
        return json.loads(read_text(path, max_line=None))
    except json.JSONDecodeError as error:
        fault = f"text that is not JSON (line {error.lineno}, column {error.colno}: {error.msg})"
    except (ValueError, RecursionError) as error:
        fault = f"bad JSON ({lenient_json.json_fault(error)})"
    raise FileError(f"expected JSON, found {fault}; {remedy}", where=path)


def probe(folder: Path) -> None:
    """Raise OSError unless a file can be created in a folder."""
    file = folder / ".writable"
    file.touch()
    file.unlink(missing_ok=True)  # another process may have deleted it


def write_text(path: Path, text: str) -> None:
    """Write a file completely or not at all (see `write_parts`)."""
    write_parts(path, [text])


def write_parts(path: Path, parts: Iterable[str]) -> None:
    """Write a file completely or not at all: a reader never sees half of it, and a failure keeps the old file.

    The parts are written one after another, so that memory does not grow with their number.

    Raises:
        FileError: see `write_bytes`.
    """
    write_bytes(path, (part.encode() for part in parts))


def write_bytes(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file as `write_parts` does, from bytes.

    Raises:
        FileError: the disk is full, the folder is missing or read-only, or the path is a device; `where` is the path.
    """
    if path.exists() and not path.is_file() and not path.is_dir():  # replaced by a file, /dev/null is lost to all
        raise FileError("expected the name of a file to write, found a device or a pipe", where=path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise write_error(path, error) from None
        raise


def is_unfinished(path: Path) -> bool:
    """Return whether a file is a temporary one of `write_parts`, which is at work or was killed."""
    return re.fullmatch(r"\..+\.[a-z0-9_]{8}", path.name) is not None and path.is_file()


def contains(path: Path, parts: Iterable[str]) -> bool:
    """Return whether a file exists and contains exactly these parts, one after another."""
    try:
        with path.open("rb") as file:
            return all(file.read(len(data)) == data for data in map(str.encode, parts)) and not file.read(1)
    except OSError:
        return False


def byte_lines(path: Path) -> Iterator[bytes]:
    r"""Yield a file's lines as bytes, each with its \n; memory does not grow with the file.

    Raises:
        FileError: as `read_bytes`.
    """
    with _opened(path) as file:
        yield from file


def dumps(value: Any, *, indent: int | None = None) -> str:
    """Return JSON with readable Devanagari; NaN raises ValueError because JSON does not have it."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)


def pretty(value: Any, *, width: int = 100) -> str:
    """Return JSON for a file that people compare line by line; it ends with a line break.

    It is indented. A list of numbers is one line, and so is any list or object without nested ones that fits into
    `width` characters.
    """
    return _pretty(value, "", width) + "\n"


def _pretty(value: Any, margin: str, width: int) -> str:
    parts = list(value.values() if isinstance(value, dict) else value) if isinstance(value, dict | list) else []
    if not any(isinstance(part, dict | list) for part in parts):
        line = dumps(value)
        if len(line) <= width or not parts or all(isinstance(part, int | float) for part in parts):
            return line
    inner = margin + " "
    lines = [_pretty(part, inner, width) for part in parts]
    if isinstance(value, dict):
        lines = [f"{dumps(str(key))}: {line}" for key, line in zip(value, lines, strict=True)]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n{inner}" + f",\n{inner}".join(lines) + f"\n{margin}{closing}"


def digest(data: bytes | str) -> str:
    """Return the SHA-256 of bytes, or of a text's UTF-8, in hexadecimal."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes.

    Raises:
        FileError: the file cannot be read.
    """
    with _opened(path) as file:  # not read_bytes: weights can be larger than the memory
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_json(value: Any) -> str:
    """Return the SHA-256 of a JSON value in canonical form (sorted keys, no spaces)."""
    return digest(_canonical(value))


def digest_items(values: Iterable[Any]) -> str:
    """Return what `digest_json` returns for the list of these values; memory does not grow with their number."""
    hashed = hashlib.sha256(b"[")
    for number, value in enumerate(values):
        hashed.update(("," if number else "").encode() + _canonical(value).encode())
    hashed.update(b"]")
    return hashed.hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def write_error(path: Path, error: OSError) -> FileError:
    """Return the error for a write that the operating system refused."""
    return FileError(
        f"could not write ({error.strerror}); what was saved before is intact; "
        "free space or choose a writable folder (for a run, with --results), then run the same command again",
        where=path,
    )


def decode(data: bytes, path: object, *, max_line: int | None = MAX_LINE_BYTES, line: int = 1) -> str:
    """Return the text of a file's bytes, characters unchanged; `path` names the file, `line` is that of the first byte.

    Raises:
        FileError: as `read_text`, except for an empty file.
    """
    if b"\0" in data:
        line += data.count(b"\n", 0, data.index(b"\0"))
        raise FileError(
            "expected text, found a NUL byte; is this a binary or a UTF-16 file?", where=f"{path} line {line}"
        )
    if max_line is not None and len(data) > max_line:
        for number, raw in enumerate(data.split(b"\n"), start=line):
            if len(raw) > max_line:
                raise FileError(
                    f"expected lines of at most {max_line:,} bytes, found {len(raw):,}; "
                    "is this the right file, with one segment per line?",
                    where=f"{path} line {number}",
                )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line += data.count(b"\n", 0, error.start)
        raise FileError(
            f"expected UTF-8, found byte 0x{data[error.start]:02x}; convert it, for example with iconv -t UTF-8",
            where=f"{path} line {line}",
        ) from None
