"""How busy the machine is with other programs; reads /proc and starts nothing."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

_STAT = Path("/proc/stat")


def load_average() -> float | None:
    """Return how many processes were running or waiting for a CPU in the last minute; None if it is not known."""
    with suppress(AttributeError, OSError):  # Windows has none
        return os.getloadavg()[0]
    return None


class Others:
    """The share of this process's CPUs that other programs use while a piece of work is measured."""

    def __init__(self) -> None:
        """Begin to measure."""
        self._busy, self._own, self._started = busy_seconds(), _own_seconds(), time.perf_counter()

    def share(self) -> float | None:
        """Return the share since the beginning, 0 to 1; None if the system does not say how busy its CPUs are."""
        now = busy_seconds()
        if self._busy is None or now is None:
            return None
        elapsed = time.perf_counter() - self._started
        other = (now - self._busy) - (_own_seconds() - self._own)
        return min(1.0, max(0.0, other / max(elapsed * cpus(), 1e-9)))


def cpus() -> int:
    """Return the number of CPUs that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def busy_seconds(stat: Path = _STAT) -> float | None:
    """Return how many seconds the CPUs of this process have been busy since the start of the system.

    Only Linux says it (man 5 proc, /proc/stat). Waiting for a disk counts as idle. Time that a host took from a virtual
    machine (steal) counts as busy, because it is as lost to this process as that of another program.
    """
    try:
        lines = stat.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    ours = {f"cpu{number}" for number in os.sched_getaffinity(0)}
    ticks = 0
    for line in lines:
        name, *fields = line.split() or [""]
        if name in ours:
            user, nice, system, _idle, _iowait, irq, softirq, *steal = map(int, fields[:8])
            ticks += user + nice + system + irq + softirq + sum(steal)
    return ticks / os.sysconf("SC_CLK_TCK")


def _own_seconds() -> float:
    return time.process_time()
