"""Let a model generate the missing outputs of an assignment; each output is stored as soon as it is generated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from secrets import token_hex
from typing import Any

from harness.core.errors import FileError, HarnessError, ModelError
from harness.core.records import Generation, RankingSource, Source
from harness.models import Drains, Model, Ranks
from harness.runs.assignment import Assignment
from harness.runs.isolation import MAX_FAILURES_IN_A_ROW, ErrorText, SourceFailure, Stopped, isolated
from harness.runs.measure import Measured
from harness.runs.store.tables import Failure, Key


class Attempt:
    """One attempt: its stored outputs, its failures and the fault that ended it."""

    def __init__(
        self,
        assignment: Assignment,
        wanted: Iterable[Key],
        *,
        origin: Callable[[], Mapping[str, Any]],
        advance: Callable[[Generation], None],
        replace: bool = False,
    ) -> None:
        """Prepare an attempt.

        Args:
            assignment: the system and the task.
            wanted: the keys of the outputs to generate.
            origin: the facts about this run; kept in the store with the outputs.
            advance: called with each output once it is stored.
            replace: replace outputs that are stored already.
        """
        self._assignment, self._origin, self._advance, self._replace = assignment, origin, advance, replace
        self._wanted = _Wanted(assignment.keys, wanted)
        self._origin_name = token_hex(8)
        self._first_trace: str | None = None
        self.stopped: Stopped | None = None  # why sources were not tried
        self.reasons: dict[tuple[str, str], str] = {}  # why a source has no output, by its id and digest
        self.stored = 0  # outputs stored by this attempt
        self.tokens = 0  # of these outputs

    def run(self, model: Model, *, own_process: bool = False) -> None:
        """Ask the model for all wanted outputs and store them; see `fault` for errors.

        Raises:
            FileError: an output could not be stored.
        """
        sources = self.sources()
        with Measured(own_process=own_process) as measured:
            try:
                ask = method(model, sources)
                with self.ending_at_its_errors():
                    try:
                        for item in isolated(ask, sources, self.is_done, works=self.works):
                            self.keep(item)
                    except KeyboardInterrupt:
                        self._drain(model)
                        raise
                    self.check_complete()
            finally:
                self.keep_measurements(measured.result(self.tokens))

    def _drain(self, model: Model) -> None:
        """Store the outputs that were under way when the run was interrupted."""
        for generation in model.drain() if isinstance(model, Drains) else ():
            if not self._wanted.is_done(generation.id):
                self.keep_outputs([generation])

    @contextmanager
    def ending_at_its_errors(self) -> Iterator[None]:
        """Within this block, an error of the model ends the attempt, and nothing else.

        Raises:
            FileError: an output could not be stored; this ends the run.
        """
        try:
            yield
        except FileError:
            raise
        except ModelError as error:
            self.stopped = Stopped(ErrorText.of(error))

    def fault(self) -> ErrorText | None:
        """Return why outputs are missing; None if nothing went wrong."""
        if self.stopped is not None and self.stopped.fault is not None:
            return self.stopped.fault
        if not self.reasons:
            return None
        # In the order of the sources, whatever the order in which they failed.
        order = {key[:2]: place for place, key in enumerate(self._assignment.keys)}
        reasons = dict(sorted(self.reasons.items(), key=lambda failure: order[failure[0]]))
        text = summary(reasons, len(self._assignment.sources))
        if self.stopped is not None:
            text += f"; after {MAX_FAILURES_IN_A_ROW} in a row the rest was not tried"
        return ErrorText(text, self._first_trace)

    def sources(self) -> list[Source]:
        """Return the sources to ask for. Those that failed in an earlier run come last, so that they delay no other."""
        assignment = self._assignment
        absent = self._wanted.sources()
        earlier = assignment.store.failures(assignment.digest, assignment.task)
        self.reasons = {source: reason for source, reason in earlier.items() if source in absent}
        failed = {name for name, _ in self.reasons}
        unfinished = [source for source in assignment.sources if not self._wanted.is_done(source.id)]
        return sorted(unfinished, key=lambda source: source.id in failed)

    def is_done(self, source: Source) -> bool:
        """Return whether all wanted outputs of a source are stored."""
        return self._wanted.is_done(source.id)

    @property
    def works(self) -> bool:
        """Whether the system has done some source of the task before."""
        return self._wanted.some_are_done()

    def keep(self, item: Generation | SourceFailure | Stopped) -> None:
        """Store an output or a failure, or take note that the rest is not tried.

        Raises:
            ModelError: the output was not asked for.
            FileError: it could not be stored.
        """
        if isinstance(item, SourceFailure):
            self._keep_failure(item.source.id, item.fault)
        elif isinstance(item, Stopped):
            self.stopped = item
        else:
            self.keep_outputs([item])

    def check_complete(self) -> None:
        """Check that every source has an output or a reason why it has none, unless the attempt was stopped.

        Raises:
            ModelError: the model gave no output for some sources, and no reason.
        """
        forgotten = [name for name, digest in self._wanted.sources() if (name, digest) not in self.reasons]
        if forgotten and not self.stopped:
            total = len(self._assignment.sources)
            raise ModelError(f"gave no output for {len(forgotten)} of {total} sources, the first {forgotten[0]}")

    def keep_measurements(self, measured: Mapping[str, Any]) -> None:
        """Add to the origin of the stored outputs how many they are, and what was measured."""
        if self.stored:
            with suppress(HarnessError):  # after a full disk, let the first error pass
                self._keep_origin({"made": self.stored, **measured})

    def keep_outputs(self, generations: Sequence[Generation]) -> None:
        """Store outputs together, which takes much less time than one by one.

        Raises:
            ModelError: an output was not asked for; those before it are stored.
            FileError: they could not be stored.
        """
        wanted: list[tuple[Key, Generation]] = []
        try:
            for generation in generations:
                key = self._wanted.key(generation)
                if key is not None and self._is_text(generation):
                    self._wanted.remove(key)
                    wanted.append((key, generation))
        finally:
            self._store(wanted)

    def _is_text(self, generation: Generation) -> bool:
        """Return whether an output can be stored; if not, keep that as the failure of its source."""
        try:
            generation.text.encode()
        except UnicodeEncodeError as error:
            self._keep_failure(generation.id, ErrorText(f"its output is not valid Unicode text ({error.reason})", None))
            return False
        return True

    def _store(self, outputs: Sequence[tuple[Key, Generation]]) -> None:
        if not outputs:
            return
        if not self.stored:
            self._keep_origin({})
        assignment = self._assignment
        assignment.store.add(
            assignment.digest, assignment.task, [(key.source, generation) for key, generation in outputs],
            origin=self._origin_name, replace=self._replace,
        )  # fmt: skip
        for key, generation in outputs:
            self.reasons.pop((key.id, key.source), None)
            self.stored += 1
            self.tokens += generation.output_tokens or 0
            self._advance(generation)

    def _keep_failure(self, name: str, fault: ErrorText) -> None:
        source = self._wanted.digest(name)
        self._first_trace = self._first_trace or fault.trace
        self.reasons[name, source] = fault.reason
        assignment = self._assignment
        assignment.store.fail(assignment.digest, assignment.task, [Failure(name, source, fault.reason)])

    def _keep_origin(self, measured: Mapping[str, Any]) -> None:
        self._assignment.store.explain(self._origin_name, {**self._origin(), **measured})


def summary(reasons: Mapping[tuple[str, str], str], total: int) -> str:
    """Return a line on sources that failed, of `total`; `reasons` are by the id and the digest of each."""
    (first, _), reason = next(iter(reasons.items()))
    more = f" (and {len(reasons) - 1} more; their reasons are in the outputs)" if len(reasons) > 1 else ""
    return f"{len(reasons)} of {total} segments failed: {first}: {reason}{more}"


def method(model: Model, sources: Sequence[Source]) -> Callable[[Any], Iterator[Generation]]:
    """Return the method that a task asks for: `rank` if its sources have candidates, else `generate`."""
    is_ranking = bool(sources) and isinstance(sources[0], RankingSource)  # all sources of a task are of one kind
    return model.rank if is_ranking and isinstance(model, Ranks) else model.generate


class _Wanted:
    """The keys of the outputs that are still to be generated."""

    def __init__(self, keys: Sequence[Key], wanted: Iterable[Key]) -> None:
        self._keys = {(key.id, key.sample): key for key in keys}
        self._of_source: dict[str, list[Key]] = {}
        for key in keys:
            self._of_source.setdefault(key.id, []).append(key)
        self._wanted = set(wanted)

    def sources(self) -> dict[tuple[str, str], None]:
        """Return the id and digest of each source that lacks an output, in the order of the keys."""
        return {(key.id, key.source): None for key in self._keys.values() if key in self._wanted}

    def digest(self, name: str) -> str:
        return self._of_source[name][0].source

    def is_done(self, name: str) -> bool:
        return not any(key in self._wanted for key in self._of_source[name])

    def some_are_done(self) -> bool:
        return len(self._wanted) < len(self._keys)

    def key(self, generation: Generation) -> Key | None:
        """Return the key of an output; None if it is stored already and other samples of its source are wanted.

        A model is asked for sources and not for single samples, so it repeats the stored ones.

        Raises:
            ModelError: no output of this source is wanted.
        """
        key = self._keys.get((generation.id, generation.sample))
        if key is None:
            raise ModelError(f"gave an output for {generation.id!r}, which was not asked for")
        if key in self._wanted:
            return key
        if self.is_done(key.id):
            raise ModelError(f"gave an output for {key.id!r}, which was not asked for any more")
        return None

    def remove(self, key: Key) -> None:
        self._wanted.remove(key)
