"""The folder for files that are kept between commands and can be made again."""

from __future__ import annotations

import os
from pathlib import Path


def folder() -> Path:
    """Return `$HARNESS_CACHE`, else `harness` in the user's folder of caches; it may not exist yet.

    Raises:
        RuntimeError: no variable names the folder, and the user has no home folder.
    """
    if named := os.environ.get("HARNESS_CACHE"):
        return Path(named)
    import platformdirs

    caches = Path(platformdirs.user_cache_dir("harness", appauthor=False))
    if not caches.is_absolute():
        raise RuntimeError("the user has no home folder; set HARNESS_CACHE to a folder")
    return caches
