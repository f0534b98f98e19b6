"""Find the sources on which a model fails: after an error, ask for the rest in ever smaller parts.

`Isolation` decides what to ask for next, also if several parts are asked for at the same time. `isolated` asks a model
in this process, part after part. This module does not store outputs; its callers do.
"""

from __future__ import annotations

import logging
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.core import installation
from harness.core.errors import HarnessError, SourcesFailed, SystemStopped
from harness.core.records import Generation, Source

_LOG = logging.getLogger(__name__)

# After so many failures of single sources in a row, assume that the model is broken and not the sources.
MAX_FAILURES_IN_A_ROW = 5
# A worker process can die without any fault of its sources, so they are asked for this many times.
MAX_DEATHS = 3


@dataclass(frozen=True, slots=True)
class ErrorText:
    """An exception as text. The exception itself would keep alive the tensors of every frame on its traceback."""

    reason: str
    trace: str | None  # the traceback of an unforeseen error
    is_final: bool = False  # no other source can succeed now
    of_sources: Mapping[str, str] = field(default_factory=dict)  # why the model itself gave up sources, by id

    @classmethod
    def of(cls, error: Exception) -> ErrorText:
        """Return an exception as text."""
        if isinstance(error, HarnessError):
            reasons = error.reasons if isinstance(error, SourcesFailed) else {}
            return cls(str(error), None, isinstance(error, SystemStopped), reasons)
        if reason := installation.problem(error):
            return cls(reason, None)
        return cls(f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error)))


@dataclass(frozen=True, slots=True)
class SourceFailure:
    """The model failed when it was asked for this source alone."""

    source: Source
    fault: ErrorText


@dataclass(frozen=True, slots=True)
class Stopped:
    """The remaining sources were not tried.

    With a fault, the model failed on every source, for this reason. Without one, it succeeded on some, and then
    `MAX_FAILURES_IN_A_ROW` others failed.
    """

    fault: ErrorText | None


@dataclass(slots=True)
class _Chunk:
    """What is known of the parts that one chunk of the sources was split into."""

    number: int  # chunks are numbered in the order of the sources
    did_some: bool = False
    failures_in_a_row: int = 0  # since its last output


@dataclass(frozen=True, slots=True, eq=False)
class SourcePart:
    """Sources to ask a model for together."""

    sources: tuple[Source, ...]
    chunk: _Chunk
    deaths: int = 0  # workers that died with these sources, one after another, without an output of them


class Isolation:
    """The sources that a model is still to be asked for, and what to conclude from its errors.

    A caller takes a part, asks the model for it, and reports how that ended. After an exception, the sources of the
    part that are not done are split in two halves, and so on, until a source fails alone.

    Callers may have several parts under way at once. So that their order decides nothing, the failures in a row are
    counted for each chunk. Only failures in chunks without any output are counted together: the model may be broken.
    """

    def __init__(self, sources: Sequence[Source], is_done: Callable[[Source], bool], *, works: bool) -> None:
        """Begin with all sources.

        Args:
            sources: the sources to ask for.
            is_done: whether all wanted outputs of a source have been received.
            works: whether the model is known to have done a source before. If so, a few failures count as the sources'
                own.
        """
        self.untried = deque(sources)  # no part had them yet
        self._is_done, self._works = is_done, works
        self._parts: list[SourcePart] = []  # a stack: the next part is the last
        self._faults: dict[int, ErrorText] = {}  # the first fault of each chunk, by its number
        self._final: ErrorText | None = None
        self._chunks = 0
        self._failures = self._failures_in_a_row = 0
        self._did_some = self._stopped = False

    def take(self, most: int | None = None) -> SourcePart | None:
        """Return the next part to ask for; None if there is none now. Parts under way can lead to more.

        Args:
            most: the size of a part of sources that were in no part yet; None: all of them.
        """
        if self._stopped:
            return None
        if self._parts:
            return self._parts.pop()
        count = len(self.untried) if most is None else min(most, len(self.untried))
        if not count:
            return None
        self._chunks += 1
        return SourcePart(tuple(self.untried.popleft() for _ in range(count)), _Chunk(self._chunks))

    def died(self, part: SourcePart, reason: str) -> SourceFailure | None:
        """Take note that a worker died with a part; return its source if that alone was to blame.

        The unfinished sources are asked for again, `MAX_DEATHS` times at most if none of them is done. Then they are
        split, as after an exception; a half is asked for once, a single source `MAX_DEATHS` times again.
        """
        rest = self._rest(part)
        if not rest:
            self.end(part, None)
            return None
        deaths = 1 if len(rest) < len(part.sources) else part.deaths + 1
        if deaths < MAX_DEATHS:
            self._parts.append(SourcePart(rest, part.chunk, deaths))
            return None
        fault = ErrorText(f"its worker died {MAX_DEATHS} times: {reason}", None)
        count = len(self._parts)
        failure = self.end(part, fault)
        halves = self._parts[count:]
        self._parts[count:] = [
            SourcePart(half.sources, half.chunk, 0 if len(half.sources) == 1 else MAX_DEATHS - 1) for half in halves
        ]
        return failure

    def stop(self) -> None:
        """Let `take` return nothing more."""
        self._stopped = True

    def end(self, part: SourcePart, fault: ErrorText | None) -> SourceFailure | None:
        """Take note of how a part ended; return its source if it failed alone.

        Args:
            part: as `take` returned it.
            fault: the exception that the model raised, if any.
        """
        rest, chunk = self._rest(part), part.chunk
        if len(rest) < len(part.sources):
            self._did_some = chunk.did_some = True
            self._failures_in_a_row = chunk.failures_in_a_row = 0
        if fault is None or fault.of_sources:
            return None
        if fault.is_final:
            self._final, self._stopped = fault, True
            return None
        self._faults.setdefault(chunk.number, fault)
        if len(part.sources) == 1 and rest:
            self._count_failure(chunk)
            return SourceFailure(rest[0], fault)
        middle = (len(rest) + 1) // 2
        self._parts += [SourcePart(half, chunk) for half in (rest[middle:], rest[:middle]) if half]
        return None

    def given_up(self, part: SourcePart, fault: ErrorText | None) -> Iterator[SourceFailure]:
        """Yield the sources of a part that the model itself gave up: it has tried them enough, and did the others."""
        reasons = fault.of_sources if fault else {}
        for source in self._rest(part):
            if source.id in reasons:
                yield SourceFailure(source, ErrorText(reasons[source.id], None))

    @property
    def is_exhausted(self) -> bool:
        """Whether `take` has nothing to return, unless parts under way lead to more."""
        return self._stopped or not (self._parts or self.untried)

    @property
    def most_parts(self) -> int:
        """How many parts there could be now, if each untried source were one."""
        return 0 if self._stopped else len(self._parts) + len(self.untried)

    def verdict(self) -> Stopped | None:
        """Return why the remaining sources were not tried; to be called once, after the last part ended.

        If sources failed together and none failed alone, log that.
        """
        if self._final is not None:
            return Stopped(self._final)
        left = bool(self._parts or self.untried)
        # The first in the order of the sources, whatever the order in which chunks failed.
        fault = self._faults[min(self._faults)] if self._faults else None
        if fault is not None and not self._did_some and (left or not self._works):
            return Stopped(fault)
        if left:
            return Stopped(None)
        if fault is not None and not self._failures:
            _LOG.warning("an error with several sources together, and none with fewer: %s", fault.reason)
        return None

    def _rest(self, part: SourcePart) -> tuple[Source, ...]:
        return tuple(source for source in part.sources if not self._is_done(source))

    def _count_failure(self, chunk: _Chunk) -> None:
        self._failures += 1
        chunk.failures_in_a_row += 1
        if not chunk.did_some:
            self._failures_in_a_row += 1
        if max(self._failures_in_a_row, chunk.failures_in_a_row) >= MAX_FAILURES_IN_A_ROW:
            self._stopped = True


def isolated(
    generate: Callable[[Sequence[Source]], Iterator[Generation]],
    sources: Sequence[Source],
    is_done: Callable[[Source], bool],
    *,
    works: bool,
) -> Iterator[Generation | SourceFailure | Stopped]:
    """Yield the outputs of a model, and each source on which it raises when asked for that source alone.

    `Stopped` is yielded last, if the model is broken.

    Args:
        generate: the model's method; called anew for each part.
        sources: the sources to ask for.
        is_done: whether all wanted outputs of a source have been yielded.
        works: see `Isolation`.
    """
    isolation = Isolation(sources, is_done, works=works)
    while (part := isolation.take()) is not None:
        fault = yield from outputs(generate, part.sources)
        yield from isolation.given_up(part, fault)
        if (failure := isolation.end(part, fault)) is not None:
            yield failure
    if (stopped := isolation.verdict()) is not None:
        yield stopped


def outputs(
    generate: Callable[[Sequence[Source]], Iterator[Generation]], sources: Sequence[Source]
) -> Generator[Generation, None, ErrorText | None]:
    """Yield the model's outputs for some sources, and return the exception that it raised, if any."""
    try:
        generations = generate(sources)
    except Exception as error:
        return ErrorText.of(error)
    while True:
        # Catch only what the model raises: an error in the code that consumes an output must pass.
        try:
            generation = next(generations)
        except StopIteration:
            return None
        except Exception as error:
            return ErrorText.of(error)
        yield generation
