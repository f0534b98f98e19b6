"""Decide which worker does what next, store what comes back, and ask again for what a dead worker did not finish.

Knows no cluster: a `Pool` starts workers and passes their events on. Everything here runs in the driver's main thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from harness.config.plan import System
from harness.core.errors import InputError
from harness.core.records import Generation, Source
from harness.runs.executors._systems import Chunks, Needs, SystemQueue, TaskWork
from harness.runs.executors._worker import Order, PartEnd
from harness.runs.generate import Identified, Result, Session, Sources
from harness.runs.isolation import MAX_DEATHS, ErrorText, SourcePart

_LOG = logging.getLogger(__name__)

# Seconds to wait for an event before work is given out again.
_TICK = 0.5
# Workers that died one after another before they could start.
_MAX_FAILED_STARTS = 3


@dataclass(frozen=True, slots=True)
class Started:
    """A worker is ready; `facts` are what `Worker.facts` returns."""

    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Died:
    """A worker is gone, and with it what it had not sent."""

    reason: str


Event = list[Generation] | PartEnd | Started | Died


class Pool(Protocol):
    """Starts workers and passes on what they send."""

    def start(self, needs: Needs) -> int | None:
        """Start a worker and return its number; None if there is no room for it now.

        Raises:
            InputError: no machine has so much.
        """

    def identified(self, worker: int, order: Order) -> Identified | ErrorText | Died:
        """Return what `Worker.identified` of an idle worker returns."""

    def ask(self, worker: int, order: Order, sources: Sequence[Source]) -> None:
        """Let an idle worker generate."""

    def events(self, seconds: float) -> Iterator[tuple[int, Event]]:
        """Yield what has arrived; wait so many seconds for the first event."""

    def stop(self, worker: int) -> None:
        """End a worker."""

    def refuse(self, worker: int, fault: str) -> None:
        """End a worker, and start no other on its machine.

        Raises:
            InputError: there is no other machine.
        """


@dataclass(slots=True, eq=False)
class _Hand:
    """One worker, as the schedule sees it."""

    number: int
    needs: Needs
    facts: Mapping[str, Any] | None = None  # None until it has started
    system: SystemQueue | None = None  # whose model it has loaded
    task: TaskWork | None = None  # None: it is idle
    part: SourcePart | None = None


class Schedule:
    """The work of one run, and who does it."""

    def __init__(
        self,
        session: Session,
        systems: Sequence[System],
        sources: Sources,
        pool: Pool,
        *,
        needs: Callable[[System], Needs],
        fault: Callable[[Mapping[str, Any]], str],
        chunks: Chunks,
    ) -> None:
        """Prepare the work.

        Args:
            session: the run.
            systems: in the order of the config.
            sources: of each task, by its label.
            pool: of workers.
            needs: returns the resources that a system needs.
            fault: returns how a worker with these facts differs from the driver; empty if it does not.
            chunks: decides how many sources a worker gets at once.
        """
        self._session, self._pool, self._fault_of = session, pool, fault
        self._systems = [
            SystemQueue(session, system, of_system, needs, chunks)
            for system in systems
            if (of_system := {label: of_task for label, of_task in sources.items() if label in system.tasks})
        ]
        self._hands: dict[int, _Hand] = {}
        self._failed_starts = 0
        self._refusals: set[str] = set()
        self.machines: dict[str, Mapping[str, Any]] = {}  # facts of the workers' machines, by their node's id

    def run(self) -> dict[tuple[str, str], Result]:
        """Do all work, and return a result for each system and task.

        Raises:
            FileError: an output could not be stored.
            InputError: no worker can do the work.
        """
        try:
            while not self._give_out():
                for number, event in self._pool.events(_TICK):
                    self._receive(self._hands[number], event)
        except BaseException:
            for system in self._systems:
                system.save()
            raise
        finally:
            for number in list(self._hands):
                self._pool.stop(number)
        return {key: result for system in self._systems for key, result in system.results().items()}

    # --- giving out work ----------------------------------------------------------------------------------------------

    def _give_out(self) -> bool:
        """Give every idle worker a part, and start workers for what is left; return whether all work is done."""
        self._look_ahead()
        for hand in list(self._hands.values()):
            while hand.number in self._hands and hand.facts is not None and hand.task is None:
                if not self._employ(hand):
                    break
        if all(system.is_done for system in self._systems):
            return True
        for system in self._current():
            while system.lacks_workers(self._starting(system)) and self._start(system):
                pass
        if not self._hands:
            raise InputError("the cluster has no room for a single worker; wait for other work, or ask for less")
        return False

    def _look_ahead(self) -> None:
        """Open the next systems until one has something to do: what is stored already needs no worker."""
        for system in self._systems:
            if not system.is_open and not system.needs.gpus:
                system.open(None)
            if system.has_parts and not system.workers:
                break

    def _current(self) -> Iterator[SystemQueue]:
        """Yield the open systems and the next one: systems are opened one after another, as each takes memory."""
        for system in self._systems:
            yield system
            if not system.is_open:
                return

    def _starting(self, system: SystemQueue) -> int:
        """Return how many workers are about to be free for a system."""
        return sum(hand.facts is None and hand.needs.serve(system.needs) for hand in self._hands.values())

    def _start(self, system: SystemQueue) -> bool:
        """Start a worker for a system; if there is no room, end idle ones that it cannot use."""
        number = self._pool.start(system.needs)
        if number is None:
            idle = [hand for hand in self._hands.values() if hand.facts is not None and hand.task is None]
            useless = [hand for hand in idle if not hand.needs.serve(system.needs)]
            for hand in useless:
                self._dismiss(hand)
            number = self._pool.start(system.needs) if useless else None
        if number is None:
            return False
        self._hands[number] = _Hand(number, system.needs)
        return True

    def _employ(self, hand: _Hand) -> bool:
        """Give an idle worker its next part; return False if there is none for it."""
        system = self._choice(hand)
        if system is None:
            return False
        if not system.is_open:
            self._open(system, hand)
            return True  # look again: perhaps nothing was missing
        taken = system.take()
        if taken is None:
            return False
        hand.task, hand.part = taken
        if hand.system is not system:
            if hand.system is not None:
                hand.system.workers -= 1
            system.workers += 1
            hand.system = system
        self._pool.ask(hand.number, system.order, hand.part.sources)
        return True

    def _choice(self, hand: _Hand) -> SystemQueue | None:
        """Return the system that a worker should work on: its last one, else one without workers, else help another."""
        if hand.system is not None and hand.system.has_parts:
            return hand.system
        fitting = [each for each in self._current() if not each.is_done and hand.needs.serve(each.needs)]
        for system in fitting:
            if not system.is_open or (system.has_parts and not system.workers):
                return system
        helped = [each for each in fitting if each.has_parts and each.is_worth_helping]
        return max(helped, key=lambda each: each.seconds_left, default=None)

    def _open(self, system: SystemQueue, hand: _Hand) -> None:
        """Find out what a system has to do."""
        if not system.needs.gpus:
            system.open(None)
            return
        # A GPU decides which type `dtype: auto` is, and the driver may have none.
        answer = self._pool.identified(hand.number, system.order)
        if isinstance(answer, Died):
            self._bury(hand, answer)
            system.deaths += 1
            if system.deaths == MAX_DEATHS:
                system.open(ErrorText(f"its worker died {MAX_DEATHS} times: {answer.reason}", None))
        else:
            system.open(answer)

    # --- what comes back ----------------------------------------------------------------------------------------------

    def _receive(self, hand: _Hand, event: Event) -> None:
        if isinstance(event, Started):
            self._welcome(hand, event.facts)
        elif isinstance(event, Died):
            self._bury(hand, event)
        elif hand.task is not None and hand.part is not None and hand.facts is not None:
            if isinstance(event, PartEnd):
                task, part = hand.task, hand.part
                hand.task = hand.part = None
                task.end(part, event, hand.number, hand.facts)
            else:
                hand.task.receive(event)

    def _welcome(self, hand: _Hand, facts: Mapping[str, Any]) -> None:
        if fault := self._fault_of(facts):
            if fault not in self._refusals:
                self._refusals.add(fault)
                _LOG.warning("%s", fault)
            self._hands.pop(hand.number)
            self._pool.refuse(hand.number, fault)
            return
        self._failed_starts = 0
        hand.facts = facts
        self.machines[str(facts["node"])] = facts

    def _bury(self, hand: _Hand, event: Died) -> None:
        self._dismiss(hand)
        if hand.facts is None:
            self._failed_starts += 1
            if self._failed_starts == _MAX_FAILED_STARTS:
                raise InputError(f"no worker could be started: {event.reason}", where="executor ray")
        elif hand.task is None or hand.part is None:
            _LOG.warning("an idle worker on %s died: %s", hand.facts["host"], event.reason)
        else:
            left = hand.task.died(hand.part, event.reason, hand.number, hand.facts)
            _LOG.warning(
                "%s: a worker on %s died (%s); %d sources are done again",
                hand.task.name, hand.facts["host"], event.reason, left,
            )  # fmt: skip

    def _dismiss(self, hand: _Hand) -> None:
        if hand.system is not None:
            hand.system.workers -= 1
        self._hands.pop(hand.number)
        self._pool.stop(hand.number)
