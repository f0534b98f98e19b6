"""Keep glibc from giving large blocks back to the system after every tensor.

A decoding step allocates and frees tensors of tens of megabytes (rows x vocabulary). By default glibc maps new memory
for each of them, and the kernel clears every page on first use. With mT5's vocabulary this took about a third of the
time (see tests/benchmarks/). Without mapping, glibc uses freed blocks again.
"""

from __future__ import annotations

import ctypes
import gc
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

# From glibc's malloc.h, with mallopt(3)'s defaults.
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
_DEFAULTS = {_TRIM_THRESHOLD: 128 * 1024, _MMAP_MAX: 65536}


@contextmanager
def reused() -> Iterator[None]:
    """Keep freed memory for the next tensor, and give it back to the system at the end. Without glibc, do nothing."""
    libc = _glibc()
    if libc is None:
        yield
        return
    libc.mallopt(_MMAP_MAX, 0)
    libc.mallopt(_TRIM_THRESHOLD, 2**31 - 1)
    try:
        yield
    finally:
        for parameter, value in _DEFAULTS.items():
            libc.mallopt(parameter, value)
        libc.malloc_trim(0)


def free(device: str) -> None:
    """Free the memory of tensors that nothing refers to, on the device and in this process."""
    import torch

    gc.collect()
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
    give_back()


def give_back() -> None:
    """Return freed memory to the system."""
    libc = _glibc()
    if libc is not None:
        libc.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
