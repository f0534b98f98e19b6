"""Runs systems on a Ray cluster: workers generate, and this process stores what they send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from harness.config.plan import System
from harness.config.schema import ExecutorOptions
from harness.core import hub
from harness.core.errors import HarnessError, InputError
from harness.metrics import Examples, FloatArray, Metric
from harness.runs import provenance
from harness.runs.executors import _cluster, _scorers
from harness.runs.executors._pool import RayPool
from harness.runs.executors._schedule import Schedule, Started
from harness.runs.executors._systems import Needs, chunk
from harness.runs.executors._worker import Order
from harness.runs.generate import Identified, Result, Session, Sources

# Fewer chunks than this are computed in this process: one of a network has 256 segments, one of TER 32.
_WORTH_NETWORK, _WORTH_OTHERS = 2, 64
# The names of Ray for resources that have an argument of their own.
_OWN = ("num_cpus", "num_gpus", "memory")


def load(options: ExecutorOptions) -> RayExecutor:
    """Return the executor.

    Raises:
        InputError: ray is not installed.
    """
    _cluster.check_installed()
    return RayExecutor(options)


class RayExecutor:
    """The executor; see `harness.runs.executors`. It connects to the cluster when the first worker is needed."""

    def __init__(self, options: ExecutorOptions) -> None:
        """Prepare the executor."""
        self._options = options
        self._stack = ExitStack()
        self._ray: Any = None
        self._machines: dict[str, Mapping[str, Any]] = {}

    def identified(self, system: System) -> Identified:
        """Return the identity of a system; if it needs a GPU, as a worker has it."""
        needs = self._needs(system)
        if not needs.gpus:
            return Identified.of(system, system.family.load(system.options))
        pool = self._pool()
        number = pool.start(needs)
        while number is not None:
            for _, event in pool.events(1.0):
                if not isinstance(event, Started):
                    raise HarnessError(f"no worker could be started for {system.name}", where="executor ray")
                answer = pool.identified(number, Order.of(system, None))
                pool.stop(number)
                if isinstance(answer, Identified):
                    return answer
                raise HarnessError(str(answer), where=system.name)
        raise HarnessError(f"no room for a worker for {system.name}", where="executor ray")

    def generate(self, session: Session, systems: Sequence[System], sources: Sources) -> dict[tuple[str, str], Result]:
        """Return a result for each task in `sources` and each system that does it, by (task label, system name)."""
        schedule = Schedule(
            session, systems, sources, self._pool(), needs=self._needs, fault=difference, chunks=chunk
        )  # fmt: skip
        try:
            return schedule.run()
        finally:
            self._machines |= schedule.machines

    def rows(self, metric: Metric, chunks: Sequence[Examples]) -> Iterator[list[FloatArray]] | None:
        """Return the rows of each chunk, in order; None if there are few."""
        if len(chunks) < (_WORTH_NETWORK if metric.needs_network else _WORTH_OTHERS):
            return None
        ray, wanted = self._connection(), self._options.resources
        free = ray.available_resources()
        needs = {"num_cpus": wanted.get("num_cpus", 1.0), "num_gpus": 0.0}
        if metric.needs_network and free.get("GPU", 0) >= 1:
            needs["num_gpus"] = wanted.get("num_gpus", 1.0)
        asked = (("CPU", needs["num_cpus"]), ("GPU", needs["num_gpus"]))
        room = [int(free.get(name, 0) // amount) for name, amount in asked if amount]
        count = max(1, min([*room, len(chunks), self._options.workers or len(chunks)]))
        return _scorers.rows(
            ray, metric, chunks, count=count, needs=needs, offline=hub.offline(), check=self._accepted
        )  # fmt: skip

    def _accepted(self, facts: Mapping[str, Any]) -> None:
        """Remember the machine of a worker.

        Raises:
            InputError: it has other code than this process.
        """
        if reason := difference(facts):
            raise InputError(reason, where="executor ray")
        self._machines[facts["node"]] = facts

    def facts(self) -> Mapping[str, Any]:
        """Return the nodes whose workers generated or scored; nothing if none did."""
        if not self._machines:
            return {}
        options = self._options.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        return {"executor": {**options, "nodes": [_node(facts) for facts in self._machines.values()]}}

    def close(self) -> None:
        """Disconnect, and end a cluster that was started for this run."""
        self._stack.close()
        self._ray = None

    def _pool(self) -> RayPool:
        return RayPool(self._connection, most=self._options.workers, offline=hub.offline())

    def _connection(self) -> Any:
        if self._ray is None:
            cpus = self._options.resources.get("num_cpus", 1.0) * (self._options.workers or 1)
            self._ray = self._stack.enter_context(_cluster.connected(self._options, cpus))
        return self._ray

    def _needs(self, system: System) -> Needs:
        """Return the resources that a worker needs for a system."""
        wanted = self._options.resources
        others = {name: amount for name, amount in wanted.items() if name not in _OWN}
        if system.family.facts is None:
            return Needs(cpus=wanted.get("num_cpus", 1.0), others=others)
        device = str(getattr(system.options, "device", "auto"))
        gpus = 0.0
        if device == "auto" or device.startswith("cuda"):
            has_gpus = self._connection().cluster_resources().get("GPU", 0) >= 1
            gpus = wanted.get("num_gpus", 1.0 if has_gpus or device != "auto" else 0.0)
        memory = wanted["memory"] if "memory" in wanted else 0 if gpus else _memory(system)
        return Needs(wanted.get("num_cpus", 1.0), gpus, int(memory), others)


def difference(facts: Mapping[str, Any]) -> str:
    """Return in one line how the code of a worker differs from the driver's; empty if it does not."""
    theirs, ours = facts["libraries"], provenance.libraries()
    differences = [
        f"{name} {theirs.get(name, 'missing')} (here {ours.get(name, 'missing')})"
        for name in sorted({*theirs, *ours})
        if theirs.get(name) != ours.get(name)
    ]
    if not differences and facts["code"] != provenance.code():
        differences = [f"the harness's code {facts['code'][:8]} (here {provenance.code()[:8]})"]
    if not differences:
        return ""
    return (
        f"the worker on {facts['host']} is refused, because it has {', '.join(differences)}; install the same versions "
        "on every node"
    )


def _node(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key != "pid"}


def _memory(system: System) -> int:
    """Return the bytes that a worker on a CPU needs at most; 0 if they cannot be estimated."""
    try:
        return system.options.describe().memory or 0
    except HarnessError:
        return 0
