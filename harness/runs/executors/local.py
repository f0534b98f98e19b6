"""Runs one system after another in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.config.plan import System
from harness.config.schema import ExecutorOptions
from harness.models import Model, SharesWeights
from harness.runs import repeats
from harness.runs.generate import Identified, Job, Result, Session, Sources, conversion_of, unloadable
from harness.runs.generate import load as load_model
from harness.runs.isolation import ErrorText


def load(options: ExecutorOptions) -> Local:
    """Return the executor. It has no options."""
    return Local()


class Local:
    """The executor; see `harness.runs.executors`."""

    def identified(self, system: System) -> Identified:
        """Return the identity of a system on this machine."""
        return Identified.of(system, system.family.load(system.options))

    def generate(self, session: Session, systems: Sequence[System], sources: Sources) -> dict[tuple[str, str], Result]:
        """Return a result for each task in `sources` and each system that does it, by (task label, system name)."""
        results: dict[tuple[str, str], Result] = {}
        previous = _Previous()
        try:
            for system in systems:
                of_system = {label: of_task for label, of_task in sources.items() if label in system.tasks}
                if of_system:
                    for label, result in _generate(session, system, of_system, previous).items():
                        results[label, system.name] = result
        finally:
            previous.close()
        return results

    def facts(self) -> Mapping[str, Any]:
        """Return nothing: the manifest describes this machine anyway."""
        return {}

    def close(self) -> None:
        """Do nothing."""


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


def _generate(session: Session, system: System, sources: Sources, previous: _Previous) -> dict[str, Result]:
    """Return a system's result for each task, by label; the model is loaded once."""
    try:
        model = load_model(session, system)
        identified = Identified.of(system, model)
    except Exception as error:
        fault = ErrorText.of(error)
        return {label: unloadable(session, system, label, len(of_task), fault) for label, of_task in sources.items()}
    previous.follow(model)
    results = {}
    for label, of_task in sources.items():
        job = Job(session, system, label, identified, of_task)
        if job.is_wanted:
            try:
                job.attempt.run(model, own_process=session.own_process)
            except BaseException:
                job.save()
                raise
        # The first use of the model may have converted its weights.
        result = replace(job.end(), conversion=conversion_of(model))
        results[label] = repeats.added(session, system, label, identified, of_task, result, model)
    return results
