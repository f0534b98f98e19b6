"""Measurements of one system on one task by several workers, added up for the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any

# Facts about a machine that stand beside the outputs that it generated.
_HARDWARE = ("platform", "machine", "cpu", "cpus", "gpus")


class Measurements:
    """What the workers measured in the parts that have ended."""

    def __init__(self) -> None:
        """Begin without parts."""
        self._started: float | None = None
        self._workers: set[int] = set()
        self._machines: dict[str, dict[str, Any]] = {}  # facts by node
        self._hosts: dict[str, str] = {}  # names by node
        self._greatest: dict[str, int] = {}
        self._warnings: dict[str, None] = {}
        self._busy = 0.0

    def begin(self) -> None:
        """Take note that a part begins: time counts from the first one."""
        if self._started is None:
            self._started = perf_counter()

    def add(self, measured: Mapping[str, Any], worker: int, facts: Mapping[str, Any]) -> None:
        """Add what a worker measured in one part.

        Args:
            measured: as `harness.runs.measure.Measured` returns it.
            worker: its number.
            facts: about its machine.
        """
        self._workers.add(worker)
        self._machines[str(facts["node"])] = {key: facts[key] for key in _HARDWARE}
        self._hosts[str(facts["node"])] = str(facts["host"])
        for key in ("peak_memory", "peak_gpu_memory", "threads"):
            if isinstance(value := measured.get(key), int):
                self._greatest[key] = max(value, self._greatest.get(key, 0))
        self._warnings |= dict.fromkeys(measured.get("warnings", ()))
        self._busy += measured.get("seconds", 0.0)

    def content(self, tokens: int) -> dict[str, Any]:
        """Return what the manifest says: of a single process, the greatest value; the machine itself, if it is one."""
        seconds = perf_counter() - (self._started or perf_counter())
        (one, *others) = self._machines.values() or ({},)
        return {
            **(one if all(other == one for other in others) else {}),
            "seconds": round(seconds, 3),
            "busy_seconds": round(self._busy, 3),  # of all workers together
            **({"tokens": tokens, "tokens_per_second": round(tokens / max(seconds, 1e-9), 1)} if tokens else {}),
            **self._greatest,
            "warnings": list(self._warnings),
            "workers": len(self._workers),
            "nodes": [{"node": node, "host": self._hosts[node], **facts} for node, facts in self._machines.items()],
        }

    @property
    def note(self) -> str:
        """In words, who did it."""
        workers, machines = len(self._workers), len(self._machines)
        of_workers = f"{workers} worker{'s' * (workers != 1)}"
        return f"{of_workers} on {machines} node{'s' * (machines != 1)}" if workers else ""
