"""newstest2014 hi-en with six systems' outputs, from the shared data; they are not part of this project."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from tests.paths import shared

SYSTEMS = ("google", "microsoft", "nllb", "bergamot-tiny", "argos", "opusmt")


def folder() -> Path | None:
    """Return the folder with source.hi, reference.en and one .en file for each system; None without shared data."""
    data = shared()
    return data / "data" / "wmt14-hi-en" if data and (data / "data" / "wmt14-hi-en").is_dir() else None


needs_wmt = pytest.mark.skipif(
    folder() is None, reason="needs data/wmt14-hi-en in ../shared or $HARNESS_SHARED; it is never copied"
)


@functools.cache
def lines(name: str) -> list[str]:
    """Return the segments of a system or of "reference"."""
    path = folder()
    assert path is not None
    return (path / f"{name}.en").read_text(encoding="utf-8").split("\n")[:-1]
