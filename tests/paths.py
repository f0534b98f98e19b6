"""Where the tests find files: in the repository, and beside it."""

from __future__ import annotations

import os
from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.parent
DATA = TESTS / "data"
GOLDEN = TESTS / "golden"
REFERENCES = ROOT / "references"
DATASET = REFERENCES / "india-japan"


def shared() -> Path | None:
    """Return the folder of shared data: `$HARNESS_SHARED`, else `shared` beside the repository; None without one."""
    named = os.environ.get("HARNESS_SHARED")
    folder = Path(named) if named else ROOT.parent / "shared"
    return folder if folder.is_dir() else None


def wmt14() -> Path | None:
    """Return the folder of newstest2014 hi-en in the shared data; None without it."""
    folder = shared()
    return folder / "data" / "wmt14-hi-en" if folder and (folder / "data" / "wmt14-hi-en").is_dir() else None
