"""The contract of a dataset format, which is one file here.

    load(path: Path) -> Dataset                  raises ProblemsError with every finding, or FileError

Reference kinds are what people wrote, by what it renders: `translations` of segments, `summaries` and `headlines` of
articles, `gists` of paragraphs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, cast

from harness.core import registry
from harness.core.records import Dataset

REFERENCE_KINDS = ("translations", "summaries", "headlines", "gists")


class DatasetFormat(Protocol):
    """What a module in this package provides."""

    def load(self, path: Path) -> Dataset:
        """Return the dataset at `path`."""


def get(name: str) -> DatasetFormat:
    """Return the format of that name.

    Raises:
        InputError: no such format.
    """
    return cast("DatasetFormat", registry.get("datasets", name))
