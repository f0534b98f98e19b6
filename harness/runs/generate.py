"""Sources through models into the store: what is stored already is not made again, and one failure stops no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from secrets import token_hex
from typing import Any, Protocol

from harness.config.plan import Plan, System
from harness.core import files
from harness.core.errors import FileError, HarnessError, ModelError
from harness.core.records import Generation, Source
from harness.models import Model
from harness.runs import store
from harness.runs.isolation import HOPELESS, Broken, Fault, Unable, isolated
from harness.runs.measure import Measured
from harness.runs.store import Run
from harness.runs.store.outputs import Generations
from harness.runs.store.tables import Failure, Key, StoredOutput, identity_digest
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
    origins: Mapping[str, int] = field(default_factory=dict)  # how many outputs by what made them; "" is unknown
    made: int = 0  # outputs made just now
    error: str | None = None
    trace: str | None = None  # the traceback, where the error was not foreseen


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What every system of one run shares."""

    plan: Plan
    run: Run
    store: Generations
    progress: Progress
    origin: Callable[[], Mapping[str, Any]]  # what is known of this run when it starts; kept with what it makes
    fresh: bool = False  # make again what is stored
    own_process: bool = False  # see `Measured`


def generate(session: Session, *, systems: Sequence[System], tasks: Sequence[Task]) -> dict[tuple[str, str], Result]:
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
            fault = Fault.of(error)
            for task in of_system:
                session.progress.begin(system.name, task.label, len(session.plan.sources(task)), 0)
                results[task.label, system.name] = Result({}, {}, error=fault.reason, trace=fault.trace)
                session.progress.end(fault.reason)
            continue
        try:
            for task in of_system:
                work = _Work.of(session, system, task, identity)
                results[task.label, system.name] = _generate_task(work, model, session)
        finally:
            model.close()  # before the next one is loaded: two may not fit
            del model
    return results


def stored(session: Session, system: System, task: Task) -> Result | None:
    """Return what a system has stored for a task if it is complete and what this config would make, else None."""
    try:
        identity = system.family.load(system.options).identity()
    except Exception:  # it is reported when that system's turn comes
        return None
    work = _Work.of(session, system, task, identity)
    result, missing = work.find()
    if missing:
        return None
    work.export({})
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One system on one task."""

    run: Run
    store: Generations
    task: str
    system: str
    identity: Mapping[str, Any]
    digest: str  # of the identity
    sources: Sequence[Source]
    keys: tuple[Key, ...]  # of all outputs that are wanted, in the order of the sources and samples

    @classmethod
    def of(cls, session: Session, system: System, task: Task, identity: Mapping[str, Any]) -> _Work:
        sources = session.plan.sources(task)
        digests = [(source.id, _digest(source)) for source in sources]
        return cls(
            run=session.run,
            store=session.store,
            task=task.label,
            system=system.name,
            identity=identity,
            digest=identity_digest(identity),
            sources=sources,
            keys=tuple(Key(name, digest, sample) for name, digest in digests for sample in range(system.samples)),
        )

    def read(self) -> Iterator[tuple[Key, StoredOutput | None]]:
        return zip(self.keys, self.store.read(self.digest, self.task, self.keys), strict=True)

    def find(self) -> tuple[Result, set[Key]]:
        """Return what is stored and what is not, after taking up what the run's own folder has and the store lacks."""
        result, missing = self.look()
        export = self.run.export(self.task, self.system) if missing else None
        if export is None:
            return result, missing
        self.store.take(export)
        return self.look()

    def export(self, failures: Mapping[tuple[str, str], str]) -> None:
        """Write what is stored into the run's folder, with the reason for what is not."""

        def lines() -> Iterator[str]:
            for key, found in self.read():
                if found is not None:
                    yield store.output_line(self.digest, key, found)
                elif key.sample == 0 and (reason := failures.get((key.id, key.source))) is not None:
                    yield store.failure_line(self.digest, Failure(key.id, key.source, reason))

        self.run.write_outputs(self.task, self.system, lines)

    def look(self) -> tuple[Result, set[Key]]:
        """Return what is stored, in order, and what is not; a source whose text has changed is another one."""
        found: dict[str, list[Generation]] = {}
        origins: Counter[str] = Counter()
        missing = set()
        for key, each in self.read():
            if each is None:
                missing.add(key)
            else:
                found.setdefault(key.id, []).append(each.generation)
                origins[each.origin or ""] += 1
        generations = {name: tuple(of_source) for name, of_source in found.items()}
        return Result(generations, self.identity, origins), missing


def _digest(source: Source) -> str:
    return files.digest_json([source.text, source.sentences, source.language, source.target])[:16]


def _generate_task(work: _Work, model: Model, session: Session) -> Result:
    result, missing = work.find()
    wanted = set(work.keys) if session.fresh else missing
    session.progress.begin(work.system, work.task, len(work.keys), len(work.keys) - len(wanted))
    attempt = _Attempt(work, session, wanted)
    fault = None
    if wanted:
        try:
            work.store.remember(work.identity)
            attempt.make(model)
        except BaseException:
            # What stopped the run is what the user should read, not what it stopped in turn.
            with suppress(HarnessError):
                work.export(attempt.reasons)
            raise
        fault = attempt.fault()
        result, missing = work.look()
        if missing and fault is None:
            work.store.mend()
            result, missing = work.look()
        if missing and fault is None:
            fault = Fault(
                f"{len(missing)} of {len(work.keys)} outputs were damaged in the store just now; run again", None
            )
    session.progress.end(fault.reason if fault else None)
    work.export(attempt.reasons)
    result = replace(result, made=attempt.made)
    return replace(result, error=fault.reason, trace=fault.trace) if fault else result


class _Attempt:
    """One system's attempt to make what is missing of one task."""

    def __init__(self, work: _Work, session: Session, missing: set[Key]) -> None:
        self._work, self._session, self.missing = work, session, missing
        self._of_source: dict[str, list[Key]] = {}
        for key in work.keys:
            self._of_source.setdefault(key.id, []).append(key)
        self._key = {(key.id, key.sample): key for key in work.keys}
        self._name = token_hex(8)
        self._broken: Broken | None = None
        self._trace: str | None = None  # of the first source that failed
        self.reasons: dict[tuple[str, str], str] = {}  # why sources have no output, by id and digest
        self.made = 0
        self._tokens = 0

    def make(self, model: Model) -> None:
        """Ask the model for all sources that lack an output, and store what it gives."""
        work = self._work
        failed_before = work.store.failures(work.digest, work.task)
        absent = {(key.id, key.source) for key in self.missing}
        self.reasons = {key: reason for key, reason in failed_before.items() if key in absent}
        troubled = {name for name, _ in self.reasons}
        # Those that failed before come last, so that they cannot keep the others from their turn.
        sources = sorted(
            (source for source in work.sources if not self._is_done(source)), key=lambda source: source.id in troubled
        )
        with Measured(own_process=self._session.own_process) as measured:
            try:
                self._store_all(model, sources)
            except FileError:  # the disk's, which ends the run
                raise
            except ModelError as error:
                self._broken = Broken(Fault.of(error))
            finally:
                if self.made:
                    told = {"made": self.made, **measured.result(self._tokens)}
                    with suppress(HarnessError):  # of what follows from a full disk, the first is told
                        work.store.explain(self._name, {**self._session.origin(), **told})

    def _store_all(self, model: Model, sources: Sequence[Source]) -> None:
        for item in isolated(model.generate, sources, self._is_done, works=len(self.missing) < len(self._work.keys)):
            if isinstance(item, Unable):
                self._fail(item.source.id, item.fault)
            elif isinstance(item, Broken):
                self._broken = item
            else:
                self._store(item)
        unexplained = {key.id: None for key in self._work.keys if key in self.missing and key[:2] not in self.reasons}
        if unexplained and not self._broken:
            count, total = len(unexplained), len(self._work.sources)
            raise ModelError(f"gave no output for {count} of {total} sources, the first {next(iter(unexplained))}")

    def _is_done(self, source: Source) -> bool:
        return not any(key in self.missing for key in self._of_source[source.id])

    def _store(self, generation: Generation) -> None:
        work, key = self._work, self._key.get((generation.id, generation.sample))
        if key is None:
            raise ModelError(f"gave an output for {generation.id!r}, which was not asked for")
        if key not in self.missing:
            if not any(other in self.missing for other in self._of_source[key.id]):
                raise ModelError(f"gave an output for {key.id!r}, which was not asked for any more")
            return  # the source had some of its samples: the others cannot be asked for alone
        try:
            generation.text.encode()
        except UnicodeEncodeError as error:
            self._fail(generation.id, Fault(f"its output is no text that can be written down ({error.reason})", None))
            return
        if not self.made:
            work.store.explain(self._name, self._session.origin())
        work.store.add(work.digest, work.task, key.source, generation, origin=self._name, replace=self._session.fresh)
        self.missing.remove(key)
        self.reasons.pop((key.id, key.source), None)
        self.made += 1
        self._tokens += generation.output_tokens or 0
        self._session.progress.advance(generation)

    def _fail(self, name: str, fault: Fault) -> None:
        key = self._of_source[name][0]
        self._trace = self._trace or fault.trace
        self.reasons[key.id, key.source] = fault.reason
        self._work.store.fail(self._work.digest, self._work.task, [Failure(key.id, key.source, fault.reason)])

    def fault(self) -> Fault | None:
        """Return why there are outputs missing; None where all went well."""
        if self._broken is not None and self._broken.fault is not None:
            return self._broken.fault
        if not self.reasons:
            return None
        (first, _), reason = next(iter(self.reasons.items()))
        count, total = len(self.reasons), len(self._work.sources)
        told = f"{count} of {total} segments failed: {first}: {reason}"
        if count > 1:
            told += f" (and {count - 1} more; their reasons are in the outputs)"
        if self._broken is not None:
            told += f"; after {HOPELESS} in a row the rest was not tried"
        return Fault(told, self._trace)
