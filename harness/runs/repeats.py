"""Ask a system some segments again, to measure how much its scores change if nothing else does.

The answers are stored under the same identity and a task of their own, `<task>.repeats`, each as a sample. No table
scores them: `harness.scoring.noise` compares them with each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.config.plan import System
from harness.core.records import Generation, Source
from harness.models import Drains, Model, Repeat, Repeats
from harness.runs.assignment import Assignment
from harness.runs.attempt import Attempt
from harness.runs.generate import Identified, Result, Session

_SUFFIX = ".repeats"


def added(
    session: Session,
    system: System,
    task: str,
    identified: Identified,
    sources: Sequence[Source],
    result: Result,
    model: Model | None,
) -> Result:
    """Return a result with the repeated answers, if the system's options want some and it has all its outputs.

    Args:
        session: of the run.
        system: the system.
        task: the label of the task.
        identified: the system's identity.
        sources: of the task.
        result: of the system on the task.
        model: asked for the answers that are missing; None: use the stored ones only.
    """
    wanted = system.options.repeat if isinstance(system.options, Repeats) else None
    if wanted is None or result.error:
        return result
    assignment = Assignment.of(
        session.folder, session.store,
        task=f"{task}{_SUFFIX}", system=system.name, identity=identified.identity,
        sources=chosen(session.given(system, task, sources), wanted), samples=wanted.times,
    )  # fmt: skip
    reasons = _ask(session, assignment, wanted, model) if model is not None else {}
    assignment.export(reasons)
    generations = assignment.inventory().generations
    return replace(result, repeats={name: of for name, of in generations.items() if len(of) == wanted.times})


def chosen(sources: Sequence[Source], wanted: Repeat) -> list[Source]:
    """Return the sources that are asked again: spread evenly, the same in every run."""
    count = min(wanted.segments, len(sources))
    return [sources[index * len(sources) // count] for index in range(count)]


def _ask(session: Session, assignment: Assignment, wanted: Repeat, model: Model) -> Mapping[tuple[str, str], str]:
    """Generate the answers that are missing, one sample after the other; return why some are still missing."""
    missing = frozenset(assignment.keys) if session.fresh else assignment.recovered_inventory().missing
    if not missing:
        return {}
    total = len(assignment.keys)
    meter = session.progress.begin(assignment.system, assignment.task, total, total - len(missing))
    assignment.store.remember(assignment.identity)
    fault = None
    for sample in range(wanted.times):
        keys = [key for key in assignment.keys if key.sample == sample and key in missing]
        attempt = Attempt(assignment, keys, origin=session.origin, advance=meter.advance, replace=session.fresh)
        attempt.run(_AsSample(model, sample), own_process=session.own_process)
        fault = attempt.fault()
        if fault is not None:
            break
    meter.end(fault.reason if fault else None)
    return attempt.reasons


class _AsSample:
    """A model whose outputs have the number of a sample."""

    def __init__(self, model: Model, sample: int) -> None:
        self._model, self._sample = model, sample

    def generate(self, sources: Sequence[Source]) -> Iterator[Generation]:
        """Yield the model's outputs as this sample."""
        return self._numbered(self._model.generate(sources))

    def drain(self) -> Iterator[Generation]:
        """Yield the outputs that are under way as this sample."""
        return self._numbered(self._model.drain() if isinstance(self._model, Drains) else iter(()))

    def identity(self) -> Mapping[str, Any]:
        """Return the model's identity."""
        return self._model.identity()

    def close(self) -> None:
        """Do nothing: the model is used further."""

    def _numbered(self, generations: Iterator[Generation]) -> Iterator[Generation]:
        for generation in generations:
            yield replace(generation, sample=self._sample)
