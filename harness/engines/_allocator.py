"""Keep glibc from giving large blocks back to the system after every tensor.

A decoding step allocates and frees tensors of tens of megabytes (rows by vocabulary). By default glibc maps each of
them anew, and the kernel clears every page of it on first touch: with mT5's vocabulary that took about a third of the
time (see tests/benchmarks/). With mapping switched off, freed blocks are used again.
"""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

# From glibc's malloc.h, with mallopt(3)'s defaults.
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
_DEFAULTS = {_TRIM_THRESHOLD: 128 * 1024, _MMAP_MAX: 65536}


@contextmanager
def reused() -> Iterator[None]:
    """Within this, freed memory is kept for the next tensor; afterwards it is given back. Without glibc, do nothing."""
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


def give_back() -> None:
    """Return freed memory to the system."""
    libc = _glibc()
    if libc is not None:
        libc.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
