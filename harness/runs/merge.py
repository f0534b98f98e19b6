"""Join the shards of a run: check that they fit together, store their outputs, and score as `pipeline.run` does.

Nothing is written before every check is done. Each system's outputs for a task are stored in one transaction, and
each file is written whole or not at all, so that a merge that was killed can simply be started again.
"""

from __future__ import annotations

import signal
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import chain, repeat
from pathlib import Path
from time import perf_counter
from typing import Any

from harness.config import load
from harness.config.plan import Plan, System
from harness.core import files
from harness.core.errors import FileError, HarnessError, InputError, Problem
from harness.core.hub import without_network
from harness.core.records import Generation, Source
from harness.runs import attempt, interrupts, parts, pipeline, provenance, store
from harness.runs.assignment import Assignment, source_digest
from harness.runs.generate import Progress, Result
from harness.runs.parts import FinishedShard
from harness.runs.pipeline import Outcome
from harness.runs.shards import Shard
from harness.runs.store import Run, export_lines
from harness.runs.store.outputs import Generations
from harness.runs.store.tables import Failure, Key, identity_digest


def merge(
    folders: Sequence[Path],
    results: Path,
    progress: Progress,
    *,
    config: Path | None = None,
    mixed_versions: bool = False,
    offline: bool = False,
    command: Sequence[str] = (),
) -> Outcome:
    """Join all shards of a run, and score the run.

    Args:
        folders: results folders of shards, or folders in these (see `parts.find`).
        results: the folder that contains the folders of runs.
        progress: shows which outputs are joined.
        config: the config to score with; None: the one that the first shard has stored.
        mixed_versions: accept outputs that different versions of the code or the libraries generated.
        offline: make no request to a hub.
        command: the command line, for the manifest.

    Raises:
        InputError: the shards do not fit together, or their config or data cannot be read here.
        ProblemsError: shards or outputs are missing, or differ.
        FileError: the results folder cannot be written.
        Interrupted: the user or the system stopped the merge.
    """
    with _reporting_interrupts():
        return _merge(
            folders, results, progress,
            config=config, mixed_versions=mixed_versions, offline=offline, command=command,
        )  # fmt: skip


@contextmanager
def _reporting_interrupts() -> Iterator[None]:
    """If the user or the system stops the merge, add to the interrupt what is stored."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        number = getattr(interrupt, "number", signal.SIGINT)
        raise interrupts.Interrupted(number, "the shards are unchanged, and no file is half written") from None


def _merge(
    folders: Sequence[Path],
    results: Path,
    progress: Progress,
    *,
    config: Path | None,
    mixed_versions: bool,
    offline: bool,
    command: Sequence[str],
) -> Outcome:
    began, started = perf_counter(), provenance.now()
    facts = cache(lambda: provenance.collect(command, started))
    found = parts.find(folders)
    parts.check_agreement(found, mixed_versions=mixed_versions)
    with without_network(offline):
        plan = _plan(found[0], config)
        sources = {task.label: plan.sources(task) for task in plan.tasks}
        joined = [
            _Joined.of(found, system, label, of_task, partial(plan.given, system, label))
            for system in plan.systems
            for label, of_task in sources.items()
            if label in system.tasks
        ]
        _check_outputs(joined)
        figures = pipeline.figures_beside(plan, results)

        def now() -> dict[str, Any]:
            seconds = round(perf_counter() - began, 3)
            return {**facts(), "finished": provenance.now(), "seconds": seconds, "shards": [*map(_origin, found)]}

        folder = store.create(results, plan.run_name)
        with store.generations(results) as generations:
            folder.write_config(plan.runnable(folder.path))
            for shard in found:
                for name, origin in shard.origins.items():
                    generations.explain(name, origin)
            generated = {}
            for each in joined:
                meter = progress.begin(each.system.name, each.task, len(each.sources), len(each.sources))
                result = each.save(folder, generations)
                meter.end(result.error)
                generated[each.task, each.system.name] = result
            scores = pipeline.score(plan, folder, generations, sources, generated, figures, now=now)
    return Outcome(folder, scores, pipeline.traces(generated))


def _plan(shard: FinishedShard, config: Path | None) -> Plan:
    """Return the plan of the run, under the path that the shards were started with.

    Raises:
        InputError: the config or its data cannot be read, or have changed.
    """
    path = config or shard.run.path / "config.yaml"
    try:
        plan = load.load(path)
    except HarnessError as error:
        if config is not None:
            raise
        first, *others = error.problems
        more = f" (and {len(others)} more)" if others else ""
        raise InputError(
            f"the config of the shards cannot be used here: {first}{more}; name one that can, with --config", where=path
        ) from None
    if plan.digest != shard.manifest["config"].get("digest"):
        raise InputError(
            f"this config and its data give the run {plan.run_name}, and the shards are of {shard.run.name}; "
            "restore what has changed, or generate the shards again",
            where=path,
        )
    return replace(plan, path=config or Path(str(shard.manifest["config"].get("path", path))))


def _origin(shard: FinishedShard) -> dict[str, Any]:
    """Return what the merged manifest says of a shard; the origin of each system's outputs is beside these."""
    keys = ("started", "finished", "seconds", "command", "code", "python", "platform", "cpu", "cpus", "gpus")
    return {"shard": str(shard.shard), **{key: shard.manifest.get(key) for key in keys}}


def _check_outputs(joined: Sequence[_Joined]) -> None:
    """Raise ProblemsError if outputs are missing without a reason, or differ between two folders."""
    lines = [line for each in joined for line in each.problems]
    if lines:
        raise parts.problems(lines)


@dataclass(frozen=True, slots=True)
class _Joined:
    """The outputs of one system for one task in all shards. They stay in their files; here are their keys."""

    shards: tuple[FinishedShard, ...]  # with an entry on the system and the task
    system: System
    task: str  # label
    sources: Sequence[Source]
    identity: Mapping[str, Any]  # empty if no shard could load the system
    reasons: Mapping[tuple[str, str], str] = field(default_factory=dict)  # of failures, by id and digest of the source
    missing: frozenset[Key] = frozenset()
    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(
        cls,
        found: Sequence[FinishedShard],
        system: System,
        task: str,
        of_task: Sequence[Source],
        given: Callable[[Sequence[Source]], Sequence[Source]],
    ) -> _Joined:
        """Read the exports of a system for a task, and note what is missing and what differs.

        `given` returns what the system is given for sources of the task: these, or the articles that contain them.
        """
        sources = given(of_task)
        shards = tuple(each for each in found if each.entry(task, system.name))
        identities = [entry["identity"] for each in shards if (entry := each.entry(task, system.name)).get("identity")]
        joined = cls(shards, system, task, sources, identities[0] if identities else {})
        digests: dict[Key, tuple[str, FinishedShard]] = {}
        reasons: dict[tuple[str, str], str] = {}
        problems: list[Problem] = []
        for shard in shards:
            for source, result, _ in joined._rows(shard):
                if isinstance(result, Failure):
                    reasons[result.id, source] = result.reason
                    continue
                key = Key(result.id, source, result.sample)
                digest = _digest(result)
                before, first = digests.setdefault(key, (digest, shard))
                if before != digest:
                    problems.append(_two_outputs(joined, key, first, shard))
        wanted = [
            Key(source.id, digest, sample)
            for source, digest in zip(sources, map(source_digest, sources), strict=True)
            for sample in range(system.samples)
        ]
        missing = frozenset(key for key in wanted if key not in digests)
        problems += _unfinished(joined, missing, found[0], lambda shard: given(shard.part(of_task)))
        return replace(joined, reasons=reasons, missing=missing, problems=tuple(problems))

    def _rows(self, shard: FinishedShard) -> Iterator[tuple[str, Generation | Failure, str | None]]:
        """Yield the rows of a shard's export: digest of the source, output or failure, and name of the origin.

        Raises:
            FileError: the export has changed since the shard was finished.
        """
        export = shard.export(self.task, self.system.name)
        path = shard.run.outputs_path(self.task, self.system.name)
        if not export:
            return
        if not path.exists() or files.digest_file(path) != export["sha256"]:
            raise parts.damaged(shard, f"outputs/{self.task}/{path.name} has changed")
        origins = chain.from_iterable(repeat(origin, count) for origin, count in export["origins"])
        wanted = identity_digest(self.identity)
        for identity, source, result in export_lines.rows(path):
            if identity == wanted:
                yield source, result, None if isinstance(result, Failure) else next(origins, None)

    def save(self, folder: Run, generations: Generations) -> Result:
        """Store the outputs, write their export, and return the result as one process would have it.

        Raises:
            FileError: the store cannot be written.
        """
        fault = self._fault()
        if not self.identity:
            return Result({}, {}, error=fault, trace=self._trace())
        assignment = Assignment.of(
            folder, generations, task=self.task, system=self.system.name, identity=self.identity,
            sources=self.sources, samples=self.system.samples,
        )  # fmt: skip
        generations.remember(self.identity)
        generations.replace(
            assignment.digest, self.task, lambda: (row for shard in self.shards for row in self._rows(shard))
        )
        inventory = assignment.inventory()
        if inventory.missing - self.missing:
            raise FileError("outputs were damaged in the store during the merge; merge again", where=generations.path)
        # The store may have outputs that the shards lack; a run in one process uses them too.
        fault = replace(self, missing=inventory.missing)._fault()
        assignment.export(self.reasons)
        return Result(
            inventory.generations,
            self.identity,
            inventory.origins,
            incomplete=frozenset(key.id for key in inventory.missing),
            parameters=self._first("parameters"),
            conversion=self._first("conversion"),
            error=fault,
            trace=self._trace() if fault else None,
        )

    def entry(self, shard: FinishedShard) -> Mapping[str, Any]:
        """Return what the shard's manifest says of these outputs."""
        return shard.entry(self.task, self.system.name)

    def _fault(self) -> str | None:
        """Return why outputs are missing, in the words of a run in one process if every failure has its reason."""
        if not self.missing and self.identity:
            return None
        errors: dict[str, list[str]] = defaultdict(list)
        for shard in self.shards:
            if error := self.entry(shard).get("error"):
                errors[error].append(str(shard.shard))
        if len(errors) == 1 and len(next(iter(errors.values()))) == len(self.shards):
            return next(iter(errors))
        reasons = {(key.id, key.source): self.reasons.get((key.id, key.source)) for key in self._in_order()}
        if reasons and all(reasons.values()):
            return attempt.summary({source: str(reason) for source, reason in reasons.items()}, len(self.sources))
        return "; ".join(f"shard {', '.join(numbers)}: {error}" for error, numbers in errors.items())

    def _in_order(self) -> list[Key]:
        """Return the missing keys in the order of the sources."""
        place = {source.id: number for number, source in enumerate(self.sources)}
        return sorted(self.missing, key=lambda key: (place[key.id], key.sample))

    def _trace(self) -> str | None:
        trace: str | None = self._first("traceback")
        return trace

    def _first(self, key: str) -> Any:
        """Return what the first shard that knows it says of the system; None if none does."""
        return next(filter(None, (self.entry(shard).get(key) for shard in self.shards)), None)


def _digest(generation: Generation) -> str:
    """Return a digest of an output without the time that it took."""
    return files.digest_json([getattr(generation, name) for name in _COMPARED])[:16]


_COMPARED = tuple(name for name in Generation.__dataclass_fields__ if name != "seconds")


def _two_outputs(joined: _Joined, key: Key, first: FinishedShard, second: FinishedShard) -> Problem:
    return Problem(
        joined.system.name,
        f"{joined.task}, {key.id}: {first.label} in {first.results} and {second.label} in {second.results} have "
        "different outputs; merge only one of these folders",
    )


def _unfinished(
    joined: _Joined, missing: frozenset[Key], some: FinishedShard, given: Callable[[Shard], Sequence[Source]]
) -> Iterator[Problem]:
    """Yield a line for each shard that lacks outputs without saying why.

    `some` is any shard of the run, and `given` returns the sources that a shard gives to the system.
    """
    names = {key.id for key in missing}
    if not names:
        return
    for number in range(1, (of := some.shard.of) + 1):
        part = {source.id for source in given(Shard(number, of))} & names
        shards = [each for each in joined.shards if each.shard.number == number]
        if part and not any(joined.entry(each).get("error") for each in shards):
            command = (shards or [some])[0].command(number)
            yield Problem(
                joined.system.name,
                f"{joined.task}: {len(part)} sources of shard {number}/{of} have no output; run again: {command}",
            )
