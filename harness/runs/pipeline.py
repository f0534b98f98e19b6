"""One run from plan to tables: generate what is missing, score, write everything down."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

from harness.config.plan import Plan, System
from harness.config.schema import ExecutorOptions
from harness.core.errors import FileError
from harness.core.hub import without_network
from harness.core.records import Generation
from harness.core.scores import TaskScores
from harness.runs import (
    added_metrics,
    differences,
    executors,
    generate,
    interrupts,
    lookup,
    manifest,
    provenance,
    repeats,
    store,
)
from harness.runs.executors import Executor
from harness.runs.generate import Identified, Meter, Progress, Result, Session, Sources
from harness.runs.score import ScoreInputs, score_run
from harness.runs.selection import Selection
from harness.runs.store import Run
from harness.runs.store.outputs import Generations
from harness.scoring import published
from harness.scoring.published import Figure

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a run."""

    run: Run
    scores: tuple[TaskScores, ...]  # of the selected tasks
    traces: Mapping[str, str] = field(default_factory=dict)  # tracebacks of unforeseen errors, by "task: system"

    @property
    def failed(self) -> bool:
        """Return whether some system or metric has no score."""
        return any(scores.failed_metrics or any(system.error for system in scores.systems) for scores in self.scores)


def run_all(
    plans: Sequence[Plan],
    results: Path,
    progress: Progress,
    *,
    systems: Sequence[str] = (),
    tasks: Sequence[str] = (),
    offline: bool = False,
    fresh: bool = False,
    command: Sequence[str] = (),
    own_process: bool = False,
) -> list[Outcome]:
    """Run several configs one after another (see `run`); check first that each has the systems and tasks named."""
    for plan in plans:
        Selection.of(plan, systems, tasks)
    return [
        run(
            plan, results, progress, systems=systems, tasks=tasks,
            offline=offline, fresh=fresh, command=command, own_process=own_process,
        )
        for plan in plans
    ]  # fmt: skip


def run(
    plan: Plan,
    results: Path,
    progress: Progress,
    *,
    systems: Sequence[str] = (),
    tasks: Sequence[str] = (),
    offline: bool = False,
    fresh: bool = False,
    command: Sequence[str] = (),
    own_process: bool = False,
) -> Outcome:
    """Generate, score and store. Nothing that is up to date is generated or written again.

    Args:
        plan: the config.
        results: the folder that contains the folders of runs.
        progress: shows how far the run is.
        systems: generate with these systems only. Stored outputs of the config's other systems are scored too.
        tasks: do these tasks only.
        offline: make no request to a hub.
        fresh: generate stored outputs again, and replace them.
        command: the command line, for the manifest.
        own_process: the process does nothing but this run, so that its peak of memory may be reset.

    Raises:
        InputError: a name in `systems` or `tasks` is not in the config.
        FileError: the results folder cannot be written.
        Interrupted: the user or the system stopped the run; finished outputs are stored.
    """
    selection = Selection.of(plan, systems, tasks)
    began, started = perf_counter(), provenance.now()
    figures = figures_beside(plan, results)  # an error in them ends the run before it generates
    facts = cache(lambda: provenance.collect(command, started))
    counter = Counter(progress)
    folder = store.create(results, plan.run_name)
    sources = {task.label: plan.sources(task) for task in plan.tasks}
    with without_network(offline), store.generations(results) as generations:
        _log_changes(plan, folder, results)
        folder.write_config(plan.runnable(folder.path))
        session = Session(
            folder=folder, store=generations, progress=counter, fresh=fresh, own_process=own_process,
            origin=lambda: manifest.origin(facts(), folder.name), given=plan.given,
        )  # fmt: skip
        with reporting_saved_outputs(counter, generations), closing(executors.load(plan.executor)) as executor:
            selected = {task.label: sources[task.label] for task in selection.tasks}
            generated = generate_all(session, executor, selection.systems, selected)
            if not selection.is_whole:
                _add_stored(session, executor, plan, sources, generated)
            with executors.scoring(executor):
                all_scores = score(
                    plan, folder, generations, sources, generated, figures,
                    now=lambda: ended(facts(), executor, began),
                )  # fmt: skip
    labels = [task.label for task in selection.tasks]
    return Outcome(folder, tuple(scores for scores in all_scores if scores.task in labels), traces(generated))


def ended(facts: Mapping[str, Any], executor: Executor, began: float) -> dict[str, Any]:
    """Return the facts about a command that ends now, for the manifest; it began at `began` of `perf_counter`."""
    seconds = round(perf_counter() - began, 3)
    return {**facts, **executor.facts(), "finished": provenance.now(), "seconds": seconds}


def traces(generated: Mapping[tuple[str, str], Result]) -> dict[str, str]:
    """Return the tracebacks of unforeseen errors, by "task: system"."""
    return {f"{task}: {name}": result.trace for (task, name), result in generated.items() if result.trace}


def figures_beside(plan: Plan, results: Path) -> tuple[Figure, ...]:
    """Return the published figures that the tables of a run show, if the config asks for them.

    Raises:
        InputError: a file of figures is wrong.
    """
    return published.read(published.folder(results)) if plan.published else ()


def score(
    plan: Plan,
    folder: Run,
    generations: Generations,
    sources: Sources,
    generated: Mapping[tuple[str, str], Result],
    figures: tuple[Figure, ...],
    *,
    now: Callable[[], Mapping[str, Any]],
) -> tuple[TaskScores, ...]:
    """Score the outputs of a run, and write tables and manifest; what is up to date is not written again.

    Args:
        plan: the config.
        folder: of the run.
        generations: the store, which knows the origins of outputs.
        sources: of each task of the config, by its label.
        generated: the result of each system for each task, by (task label, system name).
        figures: published figures to show beside the scores.
        now: returns the facts about this command, for the manifest.

    Raises:
        FileError: a file cannot be written.
    """
    inputs = ScoreInputs.of(plan, sources, figures)
    inputs = replace(inputs, tasks=added_metrics.extended(inputs.tasks, folder))
    all_scores, is_new = score_run(folder, generated, inputs)
    # With `fresh`, outputs are new even if their texts are the same.
    has_new_outputs = any(result.new_outputs for result in generated.values())
    if is_new or has_new_outputs or not manifest.fits(folder.read_manifest(), generated):
        folder.write_manifest(describe(plan, folder, generations, generated, all_scores, now()))
    return all_scores


def describe(
    plan: Plan,
    folder: Run,
    generations: Generations,
    generated: Mapping[tuple[str, str], Result],
    scores: Sequence[TaskScores],
    now: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the manifest of outputs and their scores; `now` are the facts about this command."""
    names = {name for result in generated.values() for name in result.origins}
    return manifest.build(
        generated,
        scores,
        config={"path": str(plan.path), "digest": plan.digest},
        dataset=_dataset(plan),
        parts=plan.parts,
        seed=plan.statistics.seed,
        now=now,
        before=folder.read_manifest(),
        origins=generations.origins(list(names)),
    )


def _dataset(plan: Plan) -> dict[str, Any]:
    origins = [dict(origin) for origin in plan.dataset.origins]
    return {"name": plan.dataset.name, "digest": plan.dataset.digest, **({"origins": origins} if origins else {})}


class Counter:
    """Passes progress on, and counts the outputs that are stored."""

    def __init__(self, progress: Progress) -> None:
        """Count the outputs that `progress` is shown."""
        self._progress = progress
        self.stored = 0

    def begin(self, system: str, task: str, total: int, stored: int) -> Meter:
        """Begin to count the outputs of a system for a task, too."""
        return _CountingMeter(self, self._progress.begin(system, task, total, stored))


class _CountingMeter:
    def __init__(self, counter: Counter, meter: Meter) -> None:
        self._counter, self._meter = counter, meter
        self.end = meter.end

    def advance(self, generation: Generation) -> None:
        self._counter.stored += 1
        self._meter.advance(generation)


@contextmanager
def reporting_saved_outputs(counter: Counter, generations: Generations) -> Iterator[None]:
    """Add to an error that ends the run how many outputs are saved."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        saved = f"{counter.stored} outputs made now are saved in {generations.path}, with those made before"
        raise interrupts.Interrupted(getattr(interrupt, "number", signal.SIGINT), saved) from None
    except FileError as error:
        if not counter.stored:
            raise
        saved = f"{counter.stored} outputs made now are saved in {generations.path}"
        raise FileError(f"{error.message} ({saved})", where=error.where) from None


def _log_changes(plan: Plan, folder: Run, results: Path) -> None:
    """If an edited config makes a new run beside an earlier one, log how the two differ."""
    other = lookup.latest(results, plan.name, but=folder) if folder.is_new else None
    if other is None:
        return
    changes = differences.changes(other.read_config(), plan.resolved(folder.path))
    if other.read_manifest().get("dataset", {}) != _dataset(plan):
        changes.append("the dataset's content")
    _LOG.warning(
        "%s is a new run: it differs from %s in %s; outputs that both need are not made again",
        folder.name, other.name, "; ".join(changes) or "the content of its systems or data",
    )  # fmt: skip


def _add_stored(
    session: Session,
    executor: Executor,
    plan: Plan,
    sources: Sources,
    generated: dict[tuple[str, str], Result],
) -> None:
    """Add the stored outputs of systems and tasks that are not selected, if they are complete and up to date."""
    for system in plan.systems:
        for task in system.tasks:
            if (task, system.name) not in generated:
                try:
                    identified = _identified(session, executor, system)
                except Exception:  # reported when it is this system's turn
                    continue
                result = generate.stored(session, system, task, identified, sources[task])
                if result is not None:
                    result = repeats.added(session, system, task, identified, sources[task], result, None)
                    generated[task, system.name] = result


def generate_all(
    session: Session, executor: Executor, systems: Sequence[System], sources: Sources
) -> dict[tuple[str, str], Result]:
    """Return the results of all systems. Those behind an endpoint are asked from this process, after the others.

    So the endpoint's limits hold for all requests together, its state has one writer, and its key stays here.
    """
    endpoints = [system for system in systems if system.family.endpoint]
    others = [system for system in systems if not system.family.endpoint]
    results = executor.generate(session, others, sources) if others else {}
    if endpoints:
        with closing(executors.load(ExecutorOptions())) as local:
            results |= local.generate(session, endpoints, sources)
    return results


def _identified(session: Session, executor: Executor, system: System) -> Identified:
    """Return the identity of a system that is not selected; an endpoint is not asked for it."""
    if system.family.endpoint:
        return Identified.of(system, generate.load(session, system, may_ask=False))
    return executor.identified(system)
