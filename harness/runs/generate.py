"""The work of a run: for each system and task, what is missing, and the result. Stored outputs are reused.

An executor (see `harness.runs.executors`) decides where the work is done. A failing system stops no other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from harness.config.plan import System
from harness.core.errors import HarnessError
from harness.core.records import Generation, Source
from harness.models import HasConversion, HasParameters, KeepsState, Model
from harness.runs.assignment import Assignment, Inventory
from harness.runs.attempt import Attempt
from harness.runs.isolation import ErrorText
from harness.runs.store import Run
from harness.runs.store.outputs import Generations


class Meter(Protocol):
    """Shows how far a system is with a task."""

    def advance(self, generation: Generation) -> None:
        """One more output is stored."""

    def end(self, error: str | None, note: str = "") -> None:
        """The system has done the task, or failed; `note` says in words where it ran."""


class Progress(Protocol):
    """Shows how far a run is."""

    def begin(self, system: str, task: str, total: int, stored: int) -> Meter:
        """A system starts on a task; `stored` of `total` outputs exist already. Several may be under way at once."""


@dataclass(frozen=True, slots=True)
class Result:
    """The outputs of one system for one task after the run, or its error."""

    generations: Mapping[str, tuple[Generation, ...]]  # by source id, in the order of samples; complete unless error
    identity: Mapping[str, Any]
    origins: Mapping[str, int] = field(default_factory=dict)  # number of outputs by origin; "" if it is unknown
    new_outputs: int = 0  # outputs that this run generated
    incomplete: frozenset[str] = frozenset()  # ids of the sources that lack an output
    parameters: int | None = None  # of the system's weights, if it has some and they state it
    conversion: Mapping[str, Any] | None = None  # how converted weights agree with the original
    error: str | None = None
    trace: str | None = None  # the traceback of an unforeseen error
    # By source id: what the system answered when it was asked the same again (see `harness.runs.repeats`).
    repeats: Mapping[str, tuple[Generation, ...]] = field(default_factory=dict)

    def of(self, ids: Collection[str]) -> Result:
        """Return the result as far as these sources go: without the error if only others lack an output."""
        if not self.incomplete or any(name in self.incomplete or name not in self.generations for name in ids):
            return self
        return replace(self, error=None, trace=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The objects and settings that all systems of one run share."""

    folder: Run
    store: Generations
    progress: Progress
    origin: Callable[[], Mapping[str, Any]]  # the facts about this run when it starts; kept with the outputs
    # The sources that a system is given for those of a task, by its label (see `Plan.given`).
    given: Callable[[System, str, Sequence[Source]], Sequence[Source]] = lambda _, __, sources: sources
    fresh: bool = False  # generate stored outputs again
    own_process: bool = False  # see `Measured`


# The sources of each task, by its label.
Sources = Mapping[str, Sequence[Source]]


@dataclass(frozen=True, slots=True)
class Identified:
    """The facts about a system that are known before it generates."""

    identity: Mapping[str, Any]
    parameters: int | None = None  # of its weights, if it has some and they state it
    # How converted weights agree with the original; not known before the first use of a system, which converts them.
    conversion: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, system: System, model: Model) -> Identified:
        """Return the facts about a loaded system."""
        parameters = model.parameters() if isinstance(model, HasParameters) else None
        return cls(system.identity(model), parameters, conversion_of(model))


def conversion_of(model: Model) -> Mapping[str, Any] | None:
    """Return how a model's converted weights agree with the original; None if it has none."""
    return model.conversion() if isinstance(model, HasConversion) else None


def load(session: Session, system: System, *, may_ask: bool = True) -> Model:
    """Return a system's model, with the folder where it keeps what the next run has to know.

    Without `may_ask`, a model behind an endpoint sends no request to find out its identity.
    """
    model = system.family.load(system.options)
    if isinstance(model, KeepsState):
        model.keep_state(session.folder.endpoints, may_ask=may_ask)
    return model


class Job:
    """One system's work on one task: what is missing, the attempt to generate it, and the result.

    `end` is called once, after the attempt, also if nothing was missing. If an error ends the run before that, `save`
    is called instead.
    """

    def __init__(
        self, session: Session, system: System, task: str, identified: Identified, sources: Sequence[Source]
    ) -> None:
        """Find out which outputs are missing, and begin to show the progress."""
        self._identified = identified
        self._assignment = _assignment(session, system, task, identified, sources)
        self._inventory = self._assignment.recovered_inventory()
        total = len(self._assignment.keys)
        wanted = frozenset(self._assignment.keys) if session.fresh else self._inventory.missing
        self.is_wanted = bool(wanted)  # some outputs are to be generated
        self._meter = session.progress.begin(system.name, task, total, total - len(wanted))
        self.attempt = Attempt(
            self._assignment, wanted, origin=session.origin, advance=self._meter.advance, replace=session.fresh
        )
        if wanted:
            self._assignment.store.remember(identified.identity)

    def end(self, note: str = "") -> Result:
        """Export all stored outputs to the run's folder, and return them; `note` is added to the progress."""
        inventory, fault = self._inventory, None
        if self.is_wanted:
            inventory, fault = _verified(self._assignment, self.attempt.fault())
        self._meter.end(fault.reason if fault else None, note)
        self._assignment.export(self.attempt.reasons)
        result = replace(_result(self._assignment, inventory, self._identified), new_outputs=self.attempt.stored)
        return replace(result, error=fault.reason, trace=fault.trace) if fault else result

    def save(self) -> None:
        """Export the stored outputs because an error ends the run; that error counts, not one that follows from it."""
        with suppress(HarnessError):
            self._assignment.export(self.attempt.reasons)


def unloadable(session: Session, system: System, task: str, total: int, fault: ErrorText) -> Result:
    """Report a system that cannot be loaded as failed for a task, and return that as its result."""
    session.progress.begin(system.name, task, total, 0).end(fault.reason)
    return Result({}, {}, error=fault.reason, trace=fault.trace)


def stored(
    session: Session, system: System, task: str, identified: Identified, sources: Sequence[Source]
) -> Result | None:
    """Return the stored outputs of a system for a task; None if they are incomplete."""
    assignment = _assignment(session, system, task, identified, sources)
    inventory = assignment.recovered_inventory()
    if inventory.missing:
        return None
    assignment.export({})
    return _result(assignment, inventory, identified)


def _assignment(
    session: Session, system: System, task: str, identified: Identified, sources: Sequence[Source]
) -> Assignment:
    return Assignment.of(
        session.folder,
        session.store,
        task=task,
        system=system.name,
        identity=identified.identity,
        sources=session.given(system, task, sources),
        samples=system.samples,
    )


def _verified(assignment: Assignment, fault: ErrorText | None) -> tuple[Inventory, ErrorText | None]:
    """Return the inventory after an attempt, and its fault; if outputs vanished from the store, mend it once."""
    inventory = assignment.inventory()
    if not inventory.missing or fault is not None:
        return inventory, fault
    assignment.store.mend()
    inventory = assignment.inventory()
    if not inventory.missing:
        return inventory, None
    lost, total = len(inventory.missing), len(assignment.keys)
    return inventory, ErrorText(f"{lost} of {total} outputs were damaged in the store during this run; run again", None)


def _result(assignment: Assignment, inventory: Inventory, identified: Identified) -> Result:
    return Result(
        inventory.generations,
        assignment.identity,
        inventory.origins,
        incomplete=frozenset(key.id for key in inventory.missing),
        parameters=identified.parameters,
        conversion=identified.conversion,
    )
