"""Connect to a Ray cluster, or start one on this machine, and say in one line why that failed."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from importlib.util import find_spec
from io import TextIOBase
from math import ceil
from typing import Any

from harness.config.schema import ExecutorOptions
from harness.core.errors import InputError

_LOG = logging.getLogger(__name__)

# Bytes of Ray's object store on a cluster that the harness starts: outputs are small, and weights do not go through it.
_OBJECT_STORE = 100 * 2**20
_ADDRESS = "RAY_ADDRESS"  # the variable in which a job on a cluster has the address


def check_installed() -> None:
    """Check that ray is installed, without importing it.

    Raises:
        InputError: it is not.
    """
    if find_spec("ray") is None:
        raise InputError("executor ray needs the package ray; run `pip install 'hindi-eval-harness[ray]'`")


@contextmanager
def connected(options: ExecutorOptions, cpus: float) -> Iterator[Any]:
    """Within this block, be connected to a cluster; yield the module `ray`.

    A connection that the process has already is used, and left as it is.

    Args:
        options: with the address.
        cpus: that the workers need together; a new cluster has at least so many.

    Raises:
        InputError: there is no cluster at the address.
    """
    import ray

    if ray.is_initialized():
        with _quiet():
            yield ray
        return
    with _quiet():
        _connect(ray, options.address or os.environ.get(_ADDRESS) or "local", cpus)
        try:
            yield ray
        finally:
            ray.shutdown()


def _connect(ray: Any, address: str, cpus: float) -> None:
    new: dict[str, Any] = {}
    if address == "local":
        available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        new = {
            "num_cpus": max(available, ceil(cpus)),
            "include_dashboard": False,
            "object_store_memory": _OBJECT_STORE,
        }
    try:
        with _own_handlers(), _environment({"RAY_USAGE_STATS_ENABLED": "0"} if new else {}):
            ray.init(address=address, log_to_driver=False, configure_logging=False, **new)
    except (ConnectionError, RuntimeError, ValueError, OSError, TimeoutError) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"no connection to a Ray cluster at {address} ({reason}); start one with `ray start --head`, leave the "
            "address out to use this machine alone, or, if the cluster has a token, set RAY_AUTH_MODE=token and copy "
            "the token here",
            where="executor ray",
        ) from None


@contextmanager
def _own_handlers() -> Iterator[None]:
    """Keep the handler of SIGTERM: Ray replaces it by one that ends the process before its outputs are exported."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables that the processes started within this block inherit, unless the user has set them."""
    added = [name for name in values if name not in os.environ]
    os.environ.update({name: values[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


@contextmanager
def _quiet() -> Iterator[None]:
    """Log what Ray prints and logs at the level of debugging: stdout has the results alone, and the rest is said here.

    Ray prints a paragraph on stdout for each worker that dies.
    """
    logger = logging.getLogger("ray")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with redirect_stdout(_Log()):
            yield
    finally:
        logger.setLevel(level)


class _Log(TextIOBase):
    """A stream whose lines are logged."""

    def write(self, text: str) -> int:
        if text.strip():
            _LOG.debug("%s", text.strip())
        return len(text)
