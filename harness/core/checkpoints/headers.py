"""Count a checkpoint's parameters from the headers of its safetensors files. Reads no weights, imports no torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from harness.core.checkpoints import Checkpoint, parts


def parameters(checkpoint: Checkpoint, files: Sequence[str]) -> int | None:
    """Return how many numbers the weights on this disk contain; a tensor that two layers share is stored once.

    None if a file is a pickle, is not here, or cannot be read: only safetensors states shapes in a header.
    """
    paths = [checkpoint.folder / name for name in parts(checkpoint, files)]
    if not all(path.suffix == ".safetensors" and path.is_file() for path in paths):
        return None
    counts = [_count(path) for path in paths]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _count(path: Path) -> int | None:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            shapes: list[list[int]] = [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118
    except (SafetensorError, OSError):
        return None
    return sum(map(math.prod, shapes))
