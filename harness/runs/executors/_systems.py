"""The work of one system in a schedule: its tasks, their parts, how fast it is, and what was measured."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from harness.config.plan import System
from harness.core.records import Generation, Source
from harness.runs.executors._measurements import Measurements
from harness.runs.executors._worker import Order, PartEnd
from harness.runs.generate import Identified, Job, Result, Session, Sources, unloadable
from harness.runs.isolation import ErrorText, Isolation, SourceFailure, SourcePart
from harness.runs.store.tables import identity_digest

_LOG = logging.getLogger(__name__)

# The characters of a first chunk, while nobody knows how fast a system is: about forty sentences, or one article.
_FIRST = 4_000
# The seconds that a later chunk should take: many for full batches, few so that a dead worker loses little.
_SECONDS = 15.0
_LEAST = 1.0
# Near the end of a system's work, a chunk is the rest of it, divided by the number of its workers and by this.
_SHARE = 2


@dataclass(frozen=True, slots=True)
class Needs:
    """The resources that a worker needs for a system."""

    cpus: float = 1.0
    gpus: float = 0.0
    memory: int = 0  # bytes
    others: Mapping[str, float] = field(default_factory=dict)  # resources of the cluster by name

    def serve(self, others: Needs) -> bool:
        """Return whether a worker with these resources can take a system with other needs."""
        same = (self.cpus, self.gpus, self.others) == (others.cpus, others.gpus, others.others)
        return same and self.memory >= others.memory


class Chunks(Protocol):
    """Decides how many of the untried sources a worker gets at once."""

    def __call__(self, untried: Iterable[Source], left: int, seconds_each: float | None, workers: int) -> int:
        """Return a number of sources, 1 or more.

        Args:
            untried: the sources in the order in which they are given out.
            left: the number of their characters.
            seconds_each: how long the system takes per character of a source; None: not known yet.
            workers: how many work on the system.
        """


def chunk(untried: Iterable[Source], left: int, seconds_each: float | None, workers: int) -> int:
    """Return how many sources take a quarter of a minute, or less near the end; see `Chunks`."""
    usual, least = (_FIRST, _FIRST / 10) if seconds_each is None else (_SECONDS / seconds_each, _LEAST / seconds_each)
    wanted = max(min(usual, left / (_SHARE * max(workers, 1))), least)
    count, characters = 0, 0
    for source in untried:
        count, characters = count + 1, characters + len(source.text)
        if characters >= wanted:
            break
    return max(count, 1)


class SystemQueue:
    """What is to be done with one system."""

    def __init__(
        self,
        session: Session,
        system: System,
        sources: Sources,
        needs: Callable[[System], Needs],
        chunks: Chunks,
    ) -> None:
        """Prepare the work; nothing is loaded or looked up."""
        self._session, self._system, self._sources = session, system, sources
        self._needs_of, self._chunks = needs, chunks
        self._needs: Needs | None = None
        self._tasks: list[TaskWork] = []
        self._failed: dict[tuple[str, str], Result] = {}
        self._seconds_each: float | None = None
        self._startup = 0.0  # seconds from the first request to a worker to its first output
        self.name = system.name
        self.is_open = False
        self.workers = 0  # that have it loaded
        self.deaths = 0  # workers that died while they told its identity
        self.order = Order.of(system, None)

    @property
    def needs(self) -> Needs:
        """The resources that a worker needs for it."""
        if self._needs is None:
            self._needs = self._needs_of(self._system)
        return self._needs

    def open(self, answer: Identified | ErrorText | None) -> None:
        """Find out what is missing.

        Args:
            answer: the system's identity where it will run, or why it cannot run; None: as on this machine.
        """
        self.is_open = True
        if answer is None:
            try:
                answer = Identified.of(self._system, self._system.family.load(self._system.options))
            except Exception as error:
                answer = ErrorText.of(error)
        if isinstance(answer, ErrorText):
            for label, sources in self._sources.items():
                result = unloadable(self._session, self._system, label, len(sources), answer)
                self._failed[label, self._system.name] = result
            return
        self.order = Order.of(self._system, identity_digest(answer.identity))
        for label, sources in self._sources.items():
            self._tasks.append(TaskWork(label, Job(self._session, self._system, label, answer, sources), self))

    @property
    def is_done(self) -> bool:
        """Whether all results are known."""
        return self.is_open and all(task.result is not None for task in self._tasks)

    @property
    def has_parts(self) -> bool:
        """Whether a worker could begin with something now."""
        return any(not task.isolation.is_exhausted for task in self._tasks)

    @property
    def seconds_left(self) -> float:
        """How long the sources that nobody has begun with take, shared among the workers and one more."""
        return sum(task.left for task in self._tasks) * (self._seconds_each or 1.0) / (self.workers + 1)

    @property
    def is_worth_helping(self) -> bool:
        """Whether another worker would be of use: loading the model must not take longer than the work itself."""
        return self._seconds_each is None or self.seconds_left > self._startup

    def lacks_workers(self, starting: int) -> bool:
        """Return whether one more worker should be started, when so many are starting already."""
        if not self.is_open:
            return not starting
        parts = sum(task.isolation.most_parts for task in self._tasks)
        return parts > starting and (not self.workers or self.is_worth_helping)

    def take(self) -> tuple[TaskWork, SourcePart] | None:
        """Return the next part and its task; None if there is none now."""
        for task in self._tasks:
            most = self._chunks(task.isolation.untried, task.left, self._seconds_each, self.workers)
            if (part := task.take(most)) is not None:
                return task, part
        return None

    def learn(self, part: SourcePart, seconds: float, busy: float) -> None:
        """Take note of the seconds that a part took, and for how many of them the model was busy, if it tells."""
        if self._seconds_each is None and busy:
            self._startup = max(seconds - busy, 0.0)
        self._seconds_each = max(busy or seconds, 1e-6) / max(_characters(part), 1)

    def save(self) -> None:
        """Export what is stored, because an error ends the run."""
        for task in self._tasks:
            task.save()

    def results(self) -> dict[tuple[str, str], Result]:
        """Return the result of each task."""
        done = {(task.label, self._system.name): task.result for task in self._tasks}
        return self._failed | {key: result for key, result in done.items() if result is not None}


class TaskWork:
    """What is to be done with one system for one task."""

    def __init__(self, label: str, job: Job, system: SystemQueue) -> None:
        """Begin; if nothing is missing, the result is known at once."""
        self.label, self.name, self._job, self._system = label, f"{label}: {system.name}", job, system
        attempt = job.attempt
        sources = attempt.sources() if job.is_wanted else []
        self.left = sum(len(source.text) for source in sources)  # characters of sources that nobody has begun with
        self.isolation = Isolation(sources, attempt.is_done, works=attempt.works)
        self._under_way = 0
        self._conversion: Mapping[str, Any] | None = None
        self._measured, self._logged = Measurements(), set[str]()
        self.result: Result | None = None if job.is_wanted else job.end()

    def take(self, most: int | None) -> SourcePart | None:
        """Return the next part, of so many untried sources at most; None if there is none now."""
        untried = len(self.isolation.untried)
        part = self.isolation.take(most)
        if part is not None:
            self._under_way += 1
            self._measured.begin()
            if len(self.isolation.untried) < untried:
                self.left -= _characters(part)
        return part

    def receive(self, generations: Sequence[Generation]) -> None:
        """Store outputs.

        Raises:
            FileError: one could not be stored.
        """
        attempt = self._job.attempt
        with attempt.ending_at_its_errors():
            attempt.keep_outputs(generations)
        if attempt.stopped is not None:
            self.isolation.stop()

    def end(self, part: SourcePart, event: PartEnd, worker: int, facts: Mapping[str, Any]) -> None:
        """Take note of how a part ended; if it was the last one, the result is known.

        Raises:
            FileError: a failure could not be stored.
        """
        self._measured.add(event.measured, worker, facts)
        self._system.learn(part, float(event.measured.get("seconds", 0.0)), event.busy)
        for text in event.logged:
            if text not in self._logged:
                self._logged.add(text)
                _LOG.warning("%s: %s", self.name, text)
        for failure in self.isolation.given_up(part, event.fault):
            self._job.attempt.keep(failure)
        self._conversion = event.conversion or self._conversion
        self._close(self.isolation.end(part, event.fault))

    def died(self, part: SourcePart, reason: str, worker: int, facts: Mapping[str, Any]) -> int:
        """Take note that a worker died with a part, and return how many of its sources are not done.

        Raises:
            FileError: a failure could not be stored.
        """
        self._measured.add({}, worker, facts)
        left = sum(not self._job.attempt.is_done(source) for source in part.sources)
        self._close(self.isolation.died(part, reason))
        return left

    def save(self) -> None:
        """Export what is stored, because an error ends the run."""
        if self.result is None:
            self._job.save()

    def _close(self, failure: SourceFailure | None) -> None:
        """Store a failure of a part that has ended; after the last part, find out the result."""
        attempt = self._job.attempt
        self._under_way -= 1
        if failure is not None:
            attempt.keep(failure)
        attempt.keep_measurements(self._measured.content(attempt.tokens))
        if self._under_way or not self.isolation.is_exhausted or self.result is not None:
            return
        if attempt.stopped is None:
            attempt.stopped = self.isolation.verdict()
            with attempt.ending_at_its_errors():
                attempt.check_complete()
        result = self._job.end(self._measured.note)
        self.result = replace(result, conversion=self._conversion) if self._conversion else result


def _characters(part: SourcePart) -> int:
    return sum(len(source.text) for source in part.sources)
