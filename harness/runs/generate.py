"""Generate the outputs of every system for every task. Stored outputs are reused; a failing system stops no other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from harness.config.plan import System
from harness.core.errors import HarnessError
from harness.core.records import Generation, Source
from harness.models import HasConversion, HasParameters, Model, SharesWeights
from harness.runs.assignment import Assignment, Inventory
from harness.runs.attempt import Attempt
from harness.runs.isolation import ErrorText
from harness.runs.store import Run
from harness.runs.store.outputs import Generations


class Progress(Protocol):
    """Shows how far a run is."""

    def begin(self, system: str, task: str, total: int, stored: int) -> None:
        """A system starts on a task; `stored` of `total` outputs exist already."""

    def advance(self, generation: Generation) -> None:
        """One more output is stored."""

    def end(self, error: str | None) -> None:
        """The system has done the task, or failed."""


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
    fresh: bool = False  # generate stored outputs again
    own_process: bool = False  # see `Measured`


# The sources of each task, by its label.
Sources = Mapping[str, Sequence[Source]]


def generate(session: Session, systems: Sequence[System], sources: Sources) -> dict[tuple[str, str], Result]:
    """Return a result for each task in `sources` and each system that does it, by (task label, system name).

    Raises:
        FileError: an output could not be stored.
    """
    results: dict[tuple[str, str], Result] = {}
    previous = _Previous()
    try:
        for system in systems:
            of_system = {label: of_task for label, of_task in sources.items() if label in system.tasks}
            if of_system:
                for label, result in _generate_system(session, system, of_system, previous).items():
                    results[label, system.name] = result
    finally:
        previous.close()
    return results


class _Previous:
    """The model of the last system, which is kept until the next one had the chance to take its weights."""

    def __init__(self) -> None:
        self._model: Model | None = None

    def follow(self, model: Model) -> None:
        """Let the next model take the weights if they are the same, and close the last one.

        It is closed before another model reads its weights: two may not fit into memory.
        """
        if self._model is not None and isinstance(model, SharesWeights):
            model.take_weights(self._model)
        self.close()
        self._model = model

    def close(self) -> None:
        model, self._model = self._model, None
        if model is not None:
            model.close()


def stored(session: Session, system: System, task: str, sources: Sequence[Source]) -> Result | None:
    """Return the stored outputs of a system for a task; None if they are incomplete, or not those of this config."""
    try:
        model = system.family.load(system.options)
        identity = system.identity(model)
    except Exception:  # reported when it is this system's turn
        return None
    assignment = _assignment(session, system, task, identity, sources)
    inventory = assignment.recovered_inventory()
    if inventory.missing:
        return None
    assignment.export({})
    return _result(assignment, inventory, model)


def _generate_system(session: Session, system: System, sources: Sources, previous: _Previous) -> dict[str, Result]:
    """Return a system's result for each task, by label; the model is loaded once."""
    try:
        model = system.family.load(system.options)
        identity = system.identity(model)
    except Exception as error:
        fault = ErrorText.of(error)
        return {label: _unloadable(session, system, label, len(of_task), fault) for label, of_task in sources.items()}
    previous.follow(model)
    return {
        label: _generate_task(session, _assignment(session, system, label, identity, of_task), model)
        for label, of_task in sources.items()
    }


def _unloadable(session: Session, system: System, task: str, total: int, fault: ErrorText) -> Result:
    session.progress.begin(system.name, task, total, 0)
    session.progress.end(fault.reason)
    return Result({}, {}, error=fault.reason, trace=fault.trace)


def _assignment(
    session: Session, system: System, task: str, identity: Mapping[str, Any], sources: Sequence[Source]
) -> Assignment:
    return Assignment.of(
        session.folder, session.store,
        task=task, system=system.name, identity=identity, sources=sources, samples=system.samples,
    )  # fmt: skip


def _generate_task(session: Session, assignment: Assignment, model: Model) -> Result:
    """Generate the missing outputs of an assignment, and return all of its stored outputs."""
    inventory = assignment.recovered_inventory()
    total = len(assignment.keys)
    wanted = frozenset(assignment.keys) if session.fresh else inventory.missing
    session.progress.begin(assignment.system, assignment.task, total, total - len(wanted))
    attempt = Attempt(
        assignment, wanted, origin=session.origin, advance=session.progress.advance, replace=session.fresh
    )
    fault = None
    if wanted:
        try:
            assignment.store.remember(assignment.identity)
            attempt.run(model, own_process=session.own_process)
        except BaseException:
            # Report the error that stopped the run, not one that follows from it here.
            with suppress(HarnessError):
                assignment.export(attempt.reasons)
            raise
        fault = attempt.fault()
        inventory, fault = _verified(assignment, fault)
    session.progress.end(fault.reason if fault else None)
    assignment.export(attempt.reasons)
    result = replace(_result(assignment, inventory, model), new_outputs=attempt.stored)
    return replace(result, error=fault.reason, trace=fault.trace) if fault else result


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


def _result(assignment: Assignment, inventory: Inventory, model: Model) -> Result:
    return Result(
        inventory.generations,
        assignment.identity,
        inventory.origins,
        incomplete=frozenset(key.id for key in inventory.missing),
        parameters=model.parameters() if isinstance(model, HasParameters) else None,
        conversion=model.conversion() if isinstance(model, HasConversion) else None,
    )
