"""Decode the bytes of a text file, gzipped or not, and name what else a file may be; pure."""

from __future__ import annotations

import gzip
import io
import zlib

from harness.core import files
from harness.core.errors import FileError

# A test set has a few megabytes. More than this after decompression is a wrong file, or made to fill the memory.
MAX_BYTES = 256_000_000
_PIECE = 1 << 20
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
        raise FileError("the name ends in .gz, but the file is not gzipped; rename or compress it", where=where)
    if len(data) > MAX_BYTES:
        raise FileError(f"expected at most {MAX_BYTES:,} bytes of text, found more", where=where)
    for first, name, way_out in (*_BINARY, (_GZIP, "a gzip file in a gzip file", "decompress it once")):
        if data.startswith(first):
            raise FileError(f"expected text, found {name}; {way_out}", where=where)
    if not data.removeprefix(b"\xef\xbb\xbf").strip():
        raise FileError("the file is empty; expected UTF-8 text", where=where)
    return files.decode(data, where).removeprefix("\ufeff")


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
        raise FileError(f"damaged gzip ({error}); copy or compress the file again", where=where) from None
    return b"".join(pieces)
