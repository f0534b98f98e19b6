"""One run from plan to tables: generate what is missing, score, write everything down."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from time import perf_counter

from harness.config.plan import Plan
from harness.core.errors import FileError, InputError
from harness.core.hub import go_offline
from harness.core.records import Generation, TaskScores
from harness.core.registry import unknown
from harness.runs import differences, generate, interrupts, manifest, provenance, store
from harness.runs.generate import Progress, Result, Session
from harness.runs.score import score_run
from harness.runs.store import Run
from harness.runs.store.outputs import Generations
from harness.tasks import Task

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    run: Run
    scores: tuple[TaskScores, ...]  # of the tasks that were asked for
    traces: Mapping[str, str] = field(default_factory=dict)  # by "task: system", of errors that nobody foresaw

    @property
    def failed(self) -> bool:
        """Whether some system has no score."""
        return any(system.error for scores in self.scores for system in scores.systems)


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
) -> Outcome:
    """Generate, score, and store; with names given, only those systems and tasks are generated.

    What other systems of the config have stored before is scored with them. What is there already is not made again,
    unless it is to be `fresh`: outputs, scores, tables, and the manifest that says what made them.

    Raises:
        InputError: a name given is not in the config.
        FileError: the results folder cannot be written.
        Interrupted: the user, or the system, asked to stop; what was made is stored.
    """
    go_offline(offline)
    check_selection(plan, systems, tasks)
    began, started = perf_counter(), provenance.now()
    facts = cache(lambda: provenance.collect(command, started))
    counted = _Counted(progress)
    folder = store.create(results, plan.run_name)
    with store.generations(results) as generations:
        _say_what_changed(plan, folder, results)
        folder.write_config(plan.runnable(folder.path))
        session = generate.Session(
            plan=plan, run=folder, store=generations, progress=counted, fresh=fresh,
            origin=lambda: manifest.origin(facts(), folder.name),
        )  # fmt: skip
        with _saying_what_is_saved(counted, generations, folder):
            generated = generate.generate(
                session,
                systems=[system for system in plan.systems if not systems or system.name in systems],
                tasks=[task for task in plan.tasks if _asked(task, tasks)],
            )
            if systems or tasks:
                _add_stored(session, generated)
            all_scores, anew = score_run(plan, folder, generated)
        before = folder.read_manifest()
        made = any(result.made for result in generated.values())  # by --fresh, even where it came to the same texts
        if anew or made or not manifest.fits(before, generated):
            origins = generations.origins(list({name for result in generated.values() for name in result.origins}))
            now = {**facts(), "finished": provenance.now(), "seconds": round(perf_counter() - began, 3)}
            folder.write_manifest(manifest.build(plan, generated, all_scores, now=now, before=before, origins=origins))
    traces = {f"{task}: {name}": r.trace for (task, name), r in generated.items() if r.trace}
    labels = [task.label for task in plan.tasks if _asked(task, tasks)]
    return Outcome(folder, tuple(scores for scores in all_scores if scores.task in labels), traces)


class _Counted:
    """A progress that counts what is stored."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.made = 0
        self.begin, self.end = progress.begin, progress.end

    def advance(self, generation: Generation) -> None:
        self.made += 1
        self._progress.advance(generation)


@contextmanager
def _saying_what_is_saved(counted: _Counted, generations: Generations, folder: Run) -> Iterator[None]:
    """Add to what ends a run before its time how much is stored."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        told = f"{counted.made} outputs made now are saved in {generations.path}, with what was there before"
        raise interrupts.Interrupted(getattr(interrupt, "number", signal.SIGINT), told) from None
    except FileError as error:
        if not counted.made:
            raise
        saved = f"{counted.made} outputs made now are saved in {generations.path}"
        raise FileError(f"{error.message} ({saved})", where=error.where) from None


def _say_what_changed(plan: Plan, folder: Run, results: Path) -> None:
    """Where an edited config makes a new run beside an earlier one, say in what they differ."""
    other = store.latest(results, plan.name, but=folder) if folder.is_new else None
    if other is None:
        return
    changes = differences.changes(other.read_config(), plan.resolved(folder.path))
    if other.read_manifest().get("dataset", {}) != {"name": plan.dataset.name, "digest": plan.dataset.digest}:
        changes.append("the dataset's content")
    _LOG.warning(
        "%s is a new run: it differs from %s in %s; outputs that both need are not made again",
        folder.name, other.name, "; ".join(changes) or "what its systems or data are made of",
    )  # fmt: skip


def check_selection(plan: Plan, systems: Sequence[str], tasks: Sequence[str]) -> None:
    """Raise InputError for a name that the config has no system or task of, or where together they leave nothing to do.

    A task goes by its name or its label.
    """
    labels = [task.label for task in plan.tasks]
    for name in systems:
        if name not in (known := [system.name for system in plan.systems]):
            raise InputError(unknown(f"system of {plan.path}", name, known))
    for name in tasks:
        if name not in labels and name not in [task.name for task in plan.tasks]:
            raise InputError(unknown(f"task of {plan.path}", name, labels))
    chosen = [task.label for task in plan.tasks if _asked(task, tasks)]
    able = {system.name: system.tasks for system in plan.systems if not systems or system.name in systems}
    if not any(label in of_system for of_system in able.values() for label in chosen):
        raise InputError(
            f"none of the tasks {', '.join(chosen)} is one of {', '.join(able)}'s; "
            "choose others with --system or --task",
            where=plan.path,
        )


def _asked(task: Task, asked: Sequence[str]) -> bool:
    return not asked or task.label in asked or task.name in asked


def _add_stored(session: Session, generated: dict[tuple[str, str], Result]) -> None:
    """Add what systems that were not asked for have stored, where it is complete and up to date."""
    for system in session.plan.systems:
        for task in session.plan.tasks:
            if task.label in system.tasks and (task.label, system.name) not in generated:
                result = generate.stored(session, system, task)
                if result is not None:
                    generated[task.label, system.name] = result
