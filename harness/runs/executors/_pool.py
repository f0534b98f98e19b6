"""Workers as Ray actors; see `_schedule.Pool`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from harness.core.errors import InputError
from harness.core.records import Source
from harness.runs.executors._schedule import Died, Event, Started
from harness.runs.executors._systems import Needs
from harness.runs.executors._worker import Order, PartEnd, Worker
from harness.runs.generate import Identified
from harness.runs.isolation import ErrorText

_NODE_LABEL = "ray.io/node-id"  # each node has it


class RemoteWorker(Worker):
    """A worker in a process of its own on a node of the cluster."""

    def facts(self) -> dict[str, Any]:
        """Return the facts, with the id of the node."""
        import ray

        return {**super().facts(), "node": ray.get_runtime_context().get_node_id()}


class RayPool:
    """The workers of one run."""

    def __init__(self, connect: Callable[[], Any], *, most: int | None, offline: bool) -> None:
        """Prepare a pool without workers.

        Args:
            connect: returns the module `ray`, connected to a cluster; called when there is work for a worker.
            most: the number of workers at one time; None: as many as the cluster has room for.
            offline: workers make no request to a hub.
        """
        self._connect, self._most, self._offline = connect, most, offline
        self._ray: Any = None
        self._numbers = 0
        self._actors: dict[int, Any] = {}
        self._needs: dict[int, Needs] = {}
        self._starting: dict[Any, int] = {}  # by the reference to the answer
        self._streams: dict[Any, int] = {}  # by the generator of references
        self._nodes: dict[int, str] = {}  # ids, of workers that have started
        self._refused: dict[str, str] = {}  # why nodes are not used, by their ids

    def start(self, needs: Needs) -> int | None:
        """Start a worker; see `_schedule.Pool`."""
        if self._most is not None and len(self._actors) >= self._most:
            return None
        self._ray = self._connect()
        if not self._has_room(needs):
            return None
        self._numbers += 1
        number = self._numbers
        actor = self._ray.remote(RemoteWorker).options(**self._options(needs)).remote(offline=self._offline)
        self._actors[number], self._needs[number] = actor, needs
        self._starting[actor.facts.remote()] = number
        return number

    def identified(self, worker: int, order: Order) -> Identified | ErrorText | Died:
        """Ask an idle worker for the identity of a system."""
        try:
            answer: Identified | ErrorText = self._ray.get(self._actors[worker].identified.remote(order))
        except self._ray.exceptions.RayError as error:
            return Died(self._reason(error))
        return answer

    def ask(self, worker: int, order: Order, sources: Sequence[Source]) -> None:
        """Let an idle worker generate."""
        generate = self._actors[worker].generate.options(num_returns="streaming")
        self._streams[generate.remote(order, tuple(sources))] = worker

    def events(self, seconds: float) -> Iterator[tuple[int, Event]]:
        """Yield what has arrived; see `_schedule.Pool`."""
        waiting = [*self._starting, *self._streams]
        if not waiting:
            return
        ready, _ = self._ray.wait(waiting, num_returns=1, timeout=seconds)
        if ready:
            ready, _ = self._ray.wait(waiting, num_returns=len(waiting), timeout=0)
        for each in ready:
            yield self._received(each)

    def stop(self, worker: int) -> None:
        """End a worker, also in the middle of its work."""
        self._forget(worker)
        self._needs.pop(worker, None)
        if (actor := self._actors.pop(worker, None)) is not None:
            self._ray.kill(actor, no_restart=True)

    def refuse(self, worker: int, fault: str) -> None:
        """End a worker, and use its node no more."""
        self._refused[self._nodes.get(worker, "")] = fault
        self.stop(worker)
        if all(node["NodeID"] in self._refused for node in self._alive()):
            raise InputError(fault, where="executor ray")

    # --- actors -------------------------------------------------------------------------------------------------------

    def _options(self, needs: Needs) -> dict[str, Any]:
        selector = {_NODE_LABEL: f"!in({','.join(self._refused)})"} if self._refused else {}
        return {
            "num_cpus": needs.cpus,
            "num_gpus": needs.gpus,
            "memory": min(needs.memory, max(self._amounts("memory"), default=0)) or None,
            "resources": dict(needs.others),
            "max_restarts": 0,
            **({"label_selector": selector} if selector else {}),
        }

    def _alive(self) -> list[Mapping[str, Any]]:
        return [node for node in self._ray.nodes() if node["Alive"]]

    def _amounts(self, resource: str) -> list[int]:
        """Return how much each node that may be used has of a resource."""
        usable = [node for node in self._alive() if node["NodeID"] not in self._refused]
        return [int(node["Resources"].get(resource, 0)) for node in usable]

    def _has_room(self, needs: Needs) -> bool:
        """Return whether the cluster has enough for another worker beside those of this run.

        Raises:
            InputError: no node has enough, even without any other worker.
        """
        wanted = {"CPU": needs.cpus, "GPU": needs.gpus, **needs.others}
        for name, amount in wanted.items():
            amounts = self._amounts(name)
            if amount > max(amounts, default=0):
                raise InputError(
                    f"a worker needs {name}: {amount:g}, and no node of the cluster has more than "
                    f"{max(amounts, default=0)}; ask for less with resources, or add a node",
                    where="executor ray",
                )
            used = sum(self._amount(each, name) for each in self._needs.values())
            if amount and used + amount > sum(amounts):
                return False
        memory = self._amounts("memory")
        used = sum(min(each.memory, max(memory, default=0)) for each in self._needs.values())
        return not needs.memory or used + min(needs.memory, max(memory, default=0)) <= sum(memory)

    @staticmethod
    def _amount(needs: Needs, name: str) -> float:
        return {"CPU": needs.cpus, "GPU": needs.gpus}.get(name, needs.others.get(name, 0.0))

    def _received(self, waited: Any) -> tuple[int, Event]:
        """Return the event of a reference that is ready."""
        number = self._starting.pop(waited, None)
        if number is not None:
            try:
                facts = self._ray.get(waited)
            except self._ray.exceptions.RayError as error:
                return number, Died(self._reason(error))
            self._nodes[number] = facts["node"]
            return number, Started(facts)
        number = self._streams[waited]
        try:
            event: Event = self._ray.get(next(waited))
        except self._ray.exceptions.RayTaskError as error:
            raise error.as_instanceof_cause() from None  # a bug of the worker: it passes the errors of models on
        except (self._ray.exceptions.RayError, StopIteration) as error:
            event = Died(self._reason(error))
        if isinstance(event, PartEnd | Died):
            del self._streams[waited]
        return number, event

    def _reason(self, error: Exception) -> str:
        """Return in a few words why a worker is gone: Ray says it in a paragraph."""
        text, exceptions = str(error), self._ray.exceptions
        if isinstance(error, exceptions.OutOfMemoryError) or "low on memory" in text:
            return "its node ran out of memory"
        if isinstance(error, exceptions.NodeDiedError) or "node has died" in text or "node was terminated" in text:
            return "its node was lost"
        if "creation task" in text:
            return text.strip().splitlines()[-1].strip()
        return "its process was killed or crashed"

    def _forget(self, worker: int) -> None:
        for waited in (self._starting, self._streams):
            for key in [key for key, number in waited.items() if number == worker]:
                del waited[key]
