"""Decode a text file, gzipped or not, as a whole or line by line, and name what else a file may be."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

from harness.core import files
from harness.core.errors import FileError

# A test set has a few megabytes. More than this after decompression is a wrong file, or made to fill the memory.
MAX_BYTES = 256_000_000
_PIECE = 1 << 20
_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
# First bytes of files that are not text, with their name and the way out.
_BINARY = (
    (b"PK\x03\x04", "a ZIP archive (.zip, .xlsx or .docx)", "unpack it, or save the sheet as CSV"),
    (b"BZh", "bzip2", "decompress it; only gzip is read as it is"),
    (b"\xfd7zXZ\x00", "xz", "decompress it; only gzip is read as it is"),
    (b"\x28\xb5\x2f\xfd", "Zstandard", "decompress it; only gzip is read as it is"),
    (b"PAR1", "Parquet", "save the texts as JSONL or CSV"),
    (b"ARROW1", "Arrow", "save the texts as JSONL or CSV"),
    (b"SQLite format 3", "an SQLite database", "save the texts as JSONL or CSV"),
    (b"\x80\x02", "a pickle", "save the texts as JSONL or CSV"),
    (b"\x80\x03", "a pickle", "save the texts as JSONL or CSV"),
    (b"\x80\x04", "a pickle", "save the texts as JSONL or CSV"),
    (b"\x80\x05", "a pickle", "save the texts as JSONL or CSV"),
    (b"%PDF", "a PDF", "save the texts as plain text"),
    (b"{\\rtf", "RTF", "save it as plain text"),
)


def decode(data: bytes, where: str, *, gzipped: bool = False) -> str:
    """Return the text of a file's bytes without a BOM; the bytes may be gzipped.

    Args:
        data: the content of the file.
        where: how messages name the file.
        gzipped: the file's name ends in `.gz`.

    Raises:
        FileError: the file is empty, is not UTF-8 text, or is larger than `MAX_BYTES`.
    """
    if data.startswith(_GZIP):
        data = _decompressed(data, where)
    elif gzipped and data:
        raise _not_packed(where)
    if len(data) > MAX_BYTES:
        raise FileError(f"expected at most {MAX_BYTES:,} bytes of text, found more", where=where)
    refuse_binary(data, where)
    if not data.removeprefix(_BOM).strip():
        raise _empty(where)
    return files.decode(data, where).removeprefix("\ufeff")


def lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text file as `files.split_lines` cuts them; the file may be gzipped and of any size.

    No more than a line is in memory, unless the file has no line feed at all.

    Raises:
        FileError: as `decode`, or the file cannot be read. Faults of a line are found when it is reached.
    """
    where = str(path)
    start = next(files.byte_lines(path), b"")
    is_packed = start.startswith(_GZIP)
    if start and not is_packed and path.name.lower().endswith(".gz"):
        raise _not_packed(where)
    is_empty = True
    for number, raw in enumerate(_unpacked(path) if is_packed else files.byte_lines(path), start=1):
        if number == 1:
            refuse_binary(raw, where)
        is_empty = is_empty and not raw.removeprefix(_BOM).strip()
        text = files.decode(raw, where, line=number)
        if number == 1 and not raw.endswith(b"\n"):  # the only line, unless \r ends lines
            yield from files.split_lines(text) if not is_empty else ()
            break
        text = text.removeprefix("\ufeff") if number == 1 else text
        yield text.removesuffix("\n").removesuffix("\r")
    if is_empty:
        raise _empty(where)


def refuse_binary(data: bytes, where: str) -> None:
    """Raise FileError if the first bytes of a file are those of a form that is not text."""
    for first, name, way_out in (*_BINARY, (_GZIP, "a gzip file in a gzip file", "decompress it once")):
        if data.startswith(first):
            raise FileError(f"expected text, found {name}; {way_out}", where=where)


def _unpacked(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path) as file:
            yield from file
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(error, str(path)) from None


def _not_packed(where: str) -> FileError:
    return FileError("the name ends in .gz, but the file is not gzipped; rename or compress it", where=where)


def _damaged(error: Exception, where: str) -> FileError:
    return FileError(f"damaged gzip ({error}); copy or compress the file again", where=where)


def _empty(where: str) -> FileError:
    return FileError("the file is empty; expected UTF-8 text", where=where)


def _decompressed(data: bytes, where: str) -> bytes:
    pieces: list[bytes] = []
    size = 0
    try:
        with gzip.open(io.BytesIO(data)) as file:
            while piece := file.read(_PIECE):
                pieces.append(piece)
                if (size := size + len(piece)) > MAX_BYTES:
                    raise FileError(f"expected at most {MAX_BYTES:,} bytes after decompression", where=where)
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(error, where) from None
    return b"".join(pieces)
