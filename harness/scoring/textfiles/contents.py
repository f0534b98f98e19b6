"""Read the text of the files that `harness score` names: a file, `FILE:COLUMN`, standard input, each also gzipped."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from pathlib import Path

from harness.core import files
from harness.core.errors import FileError

STANDARD_INPUT = Path("-")
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


def locate(given: Path) -> tuple[Path, str | None]:
    """Return the file and the column that an argument names; the column is None if it names none.

    A file whose name contains a colon is that file.
    """
    name = str(given)
    if given != STANDARD_INPUT and not _exists(given):
        for index in (index for index, character in enumerate(name) if character == ":"):
            file, column = Path(name[:index]), name[index + 1 :]
            if name[:index] and column and (file == STANDARD_INPUT or _exists(file)):
                return file, column
    return given, None


def shown(given: Path) -> str:
    """Return how messages and tables name an argument."""
    name = str(given)
    return f"standard input{name[1:]}" if name == "-" or name.startswith("-:") else name


def suffix(path: Path) -> str:
    """Return the suffix that names a file's form, in small letters: that before `.gz`, if there is one."""
    return Path(stem(path, of_form=False)).suffix.lower()


def stem(path: Path, *, of_form: bool = True) -> str:
    """Return a file's name without `.gz` and, if `of_form`, without the suffix before it."""
    name = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    return name.removesuffix(Path(name).suffix) if of_form else name


def is_stream(path: Path) -> bool:
    """Whether a path has no name of its own that could tell the form: standard input, or a pipe of the shell."""
    return path == STANDARD_INPUT or str(path) == "/dev/stdin" or str(path).startswith("/dev/fd/")


class Contents:
    """The texts of files. Each file is read once, so that standard input can have several columns."""

    def __init__(self) -> None:
        """Start without any file."""
        self._texts: dict[Path, str] = {}

    def text(self, path: Path) -> str:
        """Return a file's text without a BOM; the file may be gzipped.

        Raises:
            FileError: the file cannot be read, is empty, is not UTF-8 text, or is larger than `MAX_BYTES`.
        """
        if path not in self._texts:
            self._texts[path] = _read(path)
        return self._texts[path]


def _read(path: Path) -> str:
    where = shown(path)
    data = _standard_input() if path == STANDARD_INPUT else files.read_bytes(path)
    if data.startswith(_GZIP):
        data = _decompressed(data, where)
    elif path.name.lower().endswith(".gz") and data:
        raise FileError("the name ends in .gz, but the file is not gzipped; rename or compress it", where=where)
    if len(data) > MAX_BYTES:
        raise FileError(f"expected at most {MAX_BYTES:,} bytes of text, found more", where=where)
    for first, name, way_out in (*_BINARY, (_GZIP, "a gzip file in a gzip file", "decompress it once")):
        if data.startswith(first):
            raise FileError(f"expected text, found {name}; {way_out}", where=where)
    if not data.removeprefix(b"\xef\xbb\xbf").strip():
        raise FileError("the file is empty; expected UTF-8 text", where=where)
    return files.decode(data, where).removeprefix("\ufeff")


def _standard_input() -> bytes:
    if sys.stdin is None:  # closed by the shell, with <&-
        raise FileError("expected text, found it closed", where=shown(STANDARD_INPUT))
    try:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    except OSError as error:  # a folder, for example
        raise FileError(f"could not read ({error.strerror})", where=shown(STANDARD_INPUT)) from None


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


def _exists(path: Path) -> bool:
    """Whether there is a file of that name; False if the system refuses the name, because reading it says why."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
