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

    def advance(self, generation: Generation) -> None:
        """One more output is stored."""

    def end(self, error: str | None) -> None:
        """The system has done the task, or failed."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one system has for one task after the run."""

    generations: Mapping[str, tuple[Generation, ...]]  # by source id, in order of samples; complete unless error
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
        try:
            for task in of_system:
                outputs = _Outputs(run, task.label, system.name, jsonio.digest_json(identity)[:16], system.samples)
                result = _generate_task(plan.sources(task), model, identity, outputs, progress)
                results[task.label, system.name] = result
        finally:
            model.close()  # before the next one is loaded: two may not fit
            del model
    return results


def stored(plan: Plan, run: Run, system: System, task: Task) -> Result | None:
    """Return what a system has stored for a task if it is complete and what this config would make, else None."""
    try:
        identity = system.family.load(system.options).identity()
    except Exception:  # it is reported when that system's turn comes
        return None
    sources = plan.sources(task)
    outputs = _Outputs(run, task.label, system.name, jsonio.digest_json(identity)[:16], system.samples)
    done = outputs.read(sources)
    if len(done) < len(sources) * system.samples:
        return None
    return Result(_by_source(sources, done), identity, 0.0, 0)


@dataclass(frozen=True, slots=True)
class _Outputs:
    """One system's outputs for one task in the store."""

    run: Run
    task: str
    system: str
    identity: str  # digest
    samples: int  # for each source

    def read(self, sources: Sequence[Source]) -> dict[tuple[str, int], Generation]:
        """Return what is stored for these very sources, by id and sample: a changed text is another source."""
        kept = self.run.read_outputs(self.task, self.system, self.identity)
        return {
            (source.id, sample): kept[key]
            for source in sources
            for sample in range(self.samples)
            if (key := (source.id, _digest(source), sample)) in kept
        }

    def append(self, source: Source, generation: Generation) -> None:
        self.run.append_output(self.task, self.system, self.identity, _digest(source), generation)


def _digest(source: Source) -> str:
    return jsonio.digest_json([source.text, source.sentences, source.language, source.target])[:16]


def _generate_task(
    sources: Sequence[Source], model: Model, identity: Mapping[str, Any], outputs: _Outputs, progress: Progress
) -> Result:
    wanted = {(source.id, sample): source for source in sources for sample in range(outputs.samples)}
    outputs.run.mend_outputs(outputs.task, outputs.system)
    done = outputs.read(sources)
    missing = list({source.id: source for key, source in wanted.items() if key not in done}.values())
    # Of a source that has some of its samples, the others cannot be asked for alone; those come a second time.
    again = {source.id for source in missing}
    repeated = {key for key in done if key[0] in again}
    progress.begin(outputs.system, outputs.task, len(wanted), len(done))
    started, before = perf_counter(), len(done)
    failure: Exception | None = None
    stream = _started(model, missing)
    while True:
        # Only the model's own failure is the system's; a disk that refuses the output ends the run.
        try:
            generation = next(stream)
            key = generation.id, generation.sample
            if key in repeated:
                repeated.remove(key)
                continue
            if key not in wanted or key in done:
                raise ModelError(f"gave an output for {generation.id!r}, which was not asked for (any more)")
        except StopIteration:
            break
        except Exception as error:
            failure = error
            break
        outputs.append(wanted[key], generation)
        done[key] = generation
        progress.advance(generation)
    absent = list(dict.fromkeys(name for name, sample in wanted if (name, sample) not in done))
    if failure is None and absent:
        failure = ModelError(f"gave no output for {len(absent)} of {len(sources)} sources, the first {absent[0]}")
    seconds, made = perf_counter() - started, len(done) - before
    progress.end(None if failure is None else str(failure))
    if failure is not None:
        return _failure(_by_source(sources, done), identity, seconds, made, failure)
    return Result(_by_source(sources, done), identity, seconds, made)


def _by_source(
    sources: Sequence[Source], done: Mapping[tuple[str, int], Generation]
) -> dict[str, tuple[Generation, ...]]:
    """Return generations by source in the order of the sources, each source's in the order of its samples."""
    found: dict[str, tuple[Generation, ...]] = {}
    samples = range(1 + max((sample for _, sample in done), default=0))
    for source in sources:
        of_source = tuple(done[key] for sample in samples if (key := (source.id, sample)) in done)
        if of_source:
            found[source.id] = of_source
    return found


def _started(model: Model, missing: Sequence[Source]) -> Iterator[Generation]:
    """Yield the model's generations; it is called when the first is asked for, and not at all when none is missing."""
    if missing:
        yield from model.generate(missing)


def _failure(
    done: Mapping[str, tuple[Generation, ...]], identity: Mapping[str, Any], seconds: float, made: int, error: Exception
) -> Result:
    if isinstance(error, HarnessError):
        return Result(done, identity, seconds, made, str(error))
    trace = "".join(traceback.format_exception(error))
    return Result(done, identity, seconds, made, f"{type(error).__name__}: {error}", trace)
