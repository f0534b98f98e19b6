"""Measure how fast systems decode on this machine, and with how much memory: `harness bench`.

Each system is measured as its config has it, then in other settings (`settings`): engines, types, batches, threads.
Every row is a process of its own (`process`, `worker`), so that its peak of memory is its own, and a crash is a row.
Passes over the same sources are repeated; `recommendation` says which setting is shown to be faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter

from harness.core.benchmarks import Bench, BenchRow, SystemBench, named
from harness.core.errors import HarnessError
from harness.runs import provenance
from harness.runs.bench import machine, process, recommendation
from harness.runs.bench.process import Ended
from harness.runs.bench.settings import Changes
from harness.runs.bench.subjects import BenchSubject, RandomModel
from harness.runs.bench.work import Convert, Work, WriteWeights
from harness.runs.bench.worker import BenchJob

# A process needs several seconds to import its libraries, so with less than this there is nothing to measure.
_LEAST_SECONDS = 15.0
_LIBRARIES = ("torch", "transformers", "ctranslate2")
# A row may take so many times its share of the time, and these seconds for imports, before it is stopped.
_PATIENCE, _GRACE = 1.5, 20.0
_LEAST_PREPARATION = 120.0  # seconds after which writing or converting weights is given up, if the budget is less


class Measuring:
    """The rows that are measured so far. An interrupt of `run` loses none of them."""

    def __init__(
        self,
        subjects: Sequence[tuple[BenchSubject, Sequence[Changes]]],
        *,
        budget: float,
        repeats: int,
        sources: int | None,
        say: Callable[[str], None],
    ) -> None:
        """Prepare to measure.

        Args:
            subjects: each with its settings, of which the first is the empty one.
            budget: seconds for everything, about.
            repeats: passes of each row.
            sources: in a pass; None: as many as the time allows, the same in every row of a system.
            say: called with a line on what is measured next.
        """
        self._subjects, self._budget, self._repeats, self._say = subjects, budget, repeats, say
        self._sources: dict[str, int] = {} if sources is None else {each.name: sources for each, _ in subjects}
        self._rows: dict[str, list[BenchRow]] = {each.name: [] for each, _ in subjects}
        self._failed: dict[str, str] = {}  # why no weights were written, by system
        self._started, self._load = perf_counter(), machine.load_average()

    def run(self) -> None:
        """Measure everything that the time allows: first each system as configured, then the other settings in turn."""
        rows = list(self._in_order())
        for number, (subject, changes) in enumerate(rows):
            left = self._budget - (perf_counter() - self._started)
            if number and left < _LEAST_SECONDS:
                self._rows[subject.name].append(BenchRow(changes=changes, error=self._no_time(len(rows))))
                continue
            share = max(_LEAST_SECONDS, left / min(len(rows) - number, max(1, left // _LEAST_SECONDS)))
            self._say(f"{number + 1}/{len(rows)} {subject.name}, {named(changes)}: about {share:.0f} s")
            self._rows[subject.name].append(self._row(subject, changes, share))

    def _in_order(self) -> Iterator[tuple[BenchSubject, Changes]]:
        longest = max((len(settings) for _, settings in self._subjects), default=0)
        for number in range(longest):
            for subject, settings in self._subjects:
                if number < len(settings):
                    yield subject, settings[number]

    def _no_time(self, rows: int) -> str:
        enough = max(rows * 2 * _LEAST_SECONDS, 2 * self._budget)
        return f"not measured: the time was up; --budget {enough:.0f} should do for every row"

    def _row(self, subject: BenchSubject, changes: Changes, share: float) -> BenchRow:
        deadline = share * _PATIENCE + _GRACE
        try:
            changes = subject.settled(changes)
            work = subject.work(changes)
            if isinstance(subject, RandomModel) and (fault := self._written(subject)):
                return BenchRow(changes=changes, error=fault)
            if subject.unconverted(changes) and (fault := self._converted(subject, changes, work)):
                return BenchRow(changes=changes, error=fault)
        except HarnessError as error:
            return BenchRow(changes=changes, error=str(error))
        sources = self._sources.get(subject.name)
        job = BenchJob(work=work, seconds=share, repeats=self._repeats, sources=sources, cache=subject.cache)
        row = process.row(changes, process.run(job, deadline), deadline)
        if not row.passes:
            return row
        self._sources.setdefault(subject.name, row.sources)
        return replace(row, agreement=subject.agreement(changes))

    def _converted(self, subject: BenchSubject, changes: Changes, work: Work) -> str:
        """Convert the weights for an engine, in a process of its own; return why that failed, empty if it did not."""
        deadline = max(self._budget, _LEAST_PREPARATION)
        self._say(f"{subject.name}, {named(changes)}: converting the weights, which is not measured")
        job = BenchJob(work=Convert(work), seconds=0, repeats=0, cache=subject.cache)
        return _fault(process.run(job, deadline), deadline, "its weights were not converted")

    def _written(self, subject: RandomModel) -> str:
        """Write the random weights of a model, once; return why that failed, empty if it did not."""
        if subject.name not in self._failed:
            job = BenchJob(work=WriteWeights(subject.published, subject.folder), seconds=0, repeats=0)
            deadline = max(self._budget, _LEAST_PREPARATION)
            ended = process.run(job, deadline)
            self._failed[subject.name] = _fault(ended, deadline, "its random weights were not written")
        return self._failed[subject.name]

    def result(self, notes: Sequence[str] = ()) -> Bench:
        """Return the rows so far, and which settings are shown to be faster."""
        systems = [
            SystemBench(
                name=subject.name,
                workload=subject.workload,
                device=subject.device,
                rows=tuple(self._rows[subject.name]),
                faster=recommendation.faster(self._rows[subject.name]),
                config=subject.config,
            )
            for subject, _ in self._subjects
            if self._rows[subject.name]
        ]
        return Bench(
            systems=tuple(systems),
            machine=provenance.describe(),
            versions=dict(_versions()),
            load_average=(self._load, machine.load_average()),
            seconds=perf_counter() - self._started,
            notes=tuple(notes),
        )


def _fault(ended: Ended, deadline: float, late: str) -> str:
    """Return why a preparation failed; empty if it did not."""
    return f"{late} in {deadline:.0f} s" if ended.late else process.fault(ended, deadline)


def _versions() -> Iterator[tuple[str, str]]:
    for library in _LIBRARIES:
        try:
            yield library, version(library)
        except PackageNotFoundError:
            continue
