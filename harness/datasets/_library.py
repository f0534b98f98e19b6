"""Read Parquet and Arrow files with the library `datasets`, row by row; its bars and warnings are kept quiet."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.core.errors import FileError

_BATCH = 500  # rows


def columns(path: Path, form: str) -> tuple[str, ...]:
    """Return the columns of a file; `form` is "parquet" or "arrow".

    Raises:
        FileError: the file is damaged.
    """
    with _opened(path, form, None) as table:
        return tuple(table.features or next(iter(table), ()))


def rows(path: Path, form: str, wanted: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file with the wanted columns; no more than a batch of them is in memory.

    Nested records are dictionaries. Images and the like, which no format reads, are not decoded.

    Raises:
        FileError: the file is damaged.
    """
    with _opened(path, form, wanted) as table:
        # Arrow's own batches: the library's conversion of single rows takes twice as long.
        for batch in table.with_format("arrow").iter(batch_size=_BATCH):
            names = batch.column_names
            for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                yield dict(zip(names, values, strict=True))


@contextmanager
def _opened(path: Path, form: str, wanted: Sequence[str] | None) -> Iterator[Any]:
    import pyarrow

    with tempfile.TemporaryDirectory() as cache, _quiet():
        import datasets

        try:
            # Streaming: without it, the library copies the file into a cache of its own.
            # Its own batches of Parquet are row groups: often the whole file, and an error if the first is empty.
            settings = {"columns": wanted and list(wanted), "batch_size": _BATCH} if form == "parquet" else {}
            yield datasets.load_dataset(
                form, data_files=[str(path)], split="train", streaming=True, cache_dir=cache, **settings
            )
        except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
            reason = " ".join(str(error).split())[:120]
            raise FileError(
                f"expected {form.capitalize()}, found a damaged file ({reason}); delete it and fetch it again",
                where=path.resolve(),  # in the hub's cache, the file and not the link to it
            ) from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Switch off the library's progress bars and its messages below an error within this block."""
    import logging

    import datasets

    level, bars = datasets.logging.get_verbosity(), datasets.are_progress_bars_disabled()
    datasets.logging.set_verbosity(logging.CRITICAL)
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        datasets.logging.set_verbosity(level)
        if not bars:
            datasets.enable_progress_bars()
