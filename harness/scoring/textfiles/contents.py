"""Read the text of the files that `harness score` names: a file, `FILE:COLUMN`, standard input, each also gzipped."""

from __future__ import annotations

import sys
from pathlib import Path

from harness.core import files, plain_text
from harness.core.errors import FileError

STANDARD_INPUT = Path("-")


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
            FileError: the file cannot be read, is empty, is not UTF-8 text, or is larger than
                `plain_text.MAX_BYTES`.
        """
        if path not in self._texts:
            self._texts[path] = _read(path)
        return self._texts[path]


def _read(path: Path) -> str:
    data = _standard_input() if path == STANDARD_INPUT else files.read_bytes(path)
    return plain_text.decode(data, shown(path), gzipped=path.name.lower().endswith(".gz"))


def _standard_input() -> bytes:
    if sys.stdin is None:  # closed by the shell, with <&-
        raise FileError("expected text, found it closed", where=shown(STANDARD_INPUT))
    try:
        return sys.stdin.buffer.read(plain_text.MAX_BYTES + 1)
    except OSError as error:  # a folder, for example
        raise FileError(f"could not read ({error.strerror})", where=shown(STANDARD_INPUT)) from None


def _exists(path: Path) -> bool:
    """Whether there is a file of that name; False if the system refuses the name, because reading it says why."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
