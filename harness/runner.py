"""Sources through models into the store: what is stored already is not made again, and one failure stops no other."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol

from harness import jsonio
from harness.errors import HarnessError, ModelError
from harness.models import Model
from harness.plan import Plan, System
from harness.records import Generation, Source
from harness.store import Run
from harness.tasks import Task


class Progress(Protocol):
    """Who is told how far a run is."""

    def begin(self, system: str, task: str, total: int, stored: int) -> None:
        """A system starts on a task; `stored` of `total` outputs are there already."""

    def advance(self) -> None:
        """One more output is stored."""

    def end(self, error: str | None) -> None:
        """The system has done the task, or failed."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one system has for one task after the run."""

    generations: Mapping[str, Generation]  # by source id; complete unless there is an error
    identity: Mapping[str, Any]
    seconds: float  # spent generating just now
    made: int  # outputs made just now
    error: str | None = None
    trace: str | None = None  # the traceback, where the error was not foreseen


def generate(
    plan: Plan, run: Run, *, systems: Sequence[System], tasks: Sequence[Task], progress: Progress
) -> dict[tuple[str, str], Result]:
    """Return a result for each (task label, system name) that the plan has among those asked for.

    Raises:
        FileError: an output could not be stored.
    """
    results: dict[tuple[str, str], Result] = {}
    for system in systems:
        of_system = [task for task in tasks if task.label in system.tasks]
        if not of_system:
            continue
        try:
            model = system.family.load(system.options)
            identity = model.identity()
        except Exception as error:
            for task in of_system:
                progress.begin(system.name, task.label, len(plan.sources(task)), 0)
                results[task.label, system.name] = _failure({}, {}, 0.0, 0, error)
                progress.end(str(error))
            continue
        for task in of_system:
            outputs = _Outputs(run, task.label, system.name, jsonio.digest_json(identity)[:16])
            results[task.label, system.name] = _generate_task(plan.sources(task), model, identity, outputs, progress)
        del model  # before the next one is loaded: two may not fit
    return results


def stored(plan: Plan, run: Run, system: System, task: Task) -> Result | None:
    """Return what a system has stored for a task if it is complete and what this config would make, else None."""
    try:
        identity = system.family.load(system.options).identity()
    except Exception:  # it is reported when that system's turn comes
        return None
    sources = plan.sources(task)
    done = _Outputs(run, task.label, system.name, jsonio.digest_json(identity)[:16]).read(sources)
    if len(done) < len(sources):
        return None
    return Result({source.id: done[source.id] for source in sources}, identity, 0.0, 0)


@dataclass(frozen=True, slots=True)
class _Outputs:
    """One system's outputs for one task in the store."""

    run: Run
    task: str
    system: str
    identity: str  # digest

    def read(self, sources: Sequence[Source]) -> dict[str, Generation]:
        """Return what is stored for these very sources, by id: a changed text is another source."""
        kept = self.run.read_outputs(self.task, self.system, self.identity)
        return {source.id: kept[key] for source in sources if (key := (source.id, _digest(source))) in kept}

    def append(self, source: Source, generation: Generation) -> None:
        self.run.append_output(self.task, self.system, self.identity, _digest(source), generation)


def _digest(source: Source) -> str:
    return jsonio.digest_json([source.text, source.sentences, source.language, source.target])[:16]


def _generate_task(
    sources: Sequence[Source], model: Model, identity: Mapping[str, Any], outputs: _Outputs, progress: Progress
) -> Result:
    wanted = {source.id: source for source in sources}
    outputs.run.mend_outputs(outputs.task, outputs.system)
    done = outputs.read(sources)
    missing = [source for source in sources if source.id not in done]
    progress.begin(outputs.system, outputs.task, len(sources), len(done))
    started, before = perf_counter(), len(done)
    failure: Exception | None = None
    stream = _started(model, missing)
    while True:
        # Only the model's own failure is the system's; a disk that refuses the output ends the run.
        try:
            generation = next(stream)
            if generation.id not in wanted or generation.id in done:
                raise ModelError(f"gave an output for {generation.id!r}, which was not asked for (any more)")
        except StopIteration:
            break
        except Exception as error:
            failure = error
            break
        outputs.append(wanted[generation.id], generation)
        done[generation.id] = generation
        progress.advance()
    absent = [name for name in wanted if name not in done]
    if failure is None and absent:
        failure = ModelError(f"gave no output for {len(absent)} of {len(wanted)} sources, the first {absent[0]}")
    seconds, made = perf_counter() - started, len(done) - before
    progress.end(None if failure is None else str(failure))
    if failure is not None:
        return _failure(done, identity, seconds, made, failure)
    return Result({name: done[name] for name in wanted}, identity, seconds, made)


def _started(model: Model, missing: Sequence[Source]) -> Iterator[Generation]:
    """Yield the model's generations; it is called when the first is asked for, and not at all when none is missing."""
    if missing:
        yield from model.generate(missing)


def _failure(
    done: Mapping[str, Generation], identity: Mapping[str, Any], seconds: float, made: int, error: Exception
) -> Result:
    if isinstance(error, HarnessError):
        return Result(done, identity, seconds, made, str(error))
    trace = "".join(traceback.format_exception(error))
    return Result(done, identity, seconds, made, f"{type(error).__name__}: {error}", trace)
