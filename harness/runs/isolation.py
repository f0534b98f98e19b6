"""Find the sources on which a model fails: after an error, ask for the rest in ever smaller parts.

This module does not store outputs; its caller does.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

from harness.core import installation
from harness.core.errors import HarnessError
from harness.core.records import Generation, Source

_LOG = logging.getLogger(__name__)

# After so many failures of single sources in a row, assume that the model is broken and not the sources.
MAX_FAILURES_IN_A_ROW = 5


@dataclass(frozen=True, slots=True)
class ErrorText:
    """An exception as text. The exception itself would keep alive the tensors of every frame on its traceback."""

    reason: str
    trace: str | None  # the traceback of an unforeseen error

    @classmethod
    def of(cls, error: Exception) -> ErrorText:
        """Return an exception as text."""
        if isinstance(error, HarnessError):
            return cls(str(error), None)
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


def isolated(
    generate: Callable[[Sequence[Source]], Iterator[Generation]],
    sources: Sequence[Source],
    is_done: Callable[[Source], bool],
    *,
    works: bool,
) -> Iterator[Generation | SourceFailure | Stopped]:
    """Yield the outputs of a model, and each source on which it raises when asked for that source alone.

    After an exception, the sources that are not done are split in two halves, and so on. `Stopped` is yielded last, if
    the model is broken. If sources failed together and none failed alone, log that.

    Args:
        generate: the model's method; called anew for each part.
        sources: the sources to ask for.
        is_done: whether all wanted outputs of a source have been yielded.
        works: whether the model is known to have done a source before. If so, a few failures count as the sources' own.
    """
    parts = [list(sources)] if sources else []  # a stack: the next part is the last
    first_fault: ErrorText | None = None
    failures = failures_in_a_row = 0
    did_some = False
    while parts and failures_in_a_row < MAX_FAILURES_IN_A_ROW:
        part = parts.pop()
        fault = yield from _outputs(generate, part)
        rest = [source for source in part if not is_done(source)]
        if len(rest) < len(part):
            did_some, failures_in_a_row = True, 0
        if fault is None:
            continue
        first_fault = first_fault or fault
        if len(part) == 1 and rest:
            failures, failures_in_a_row = failures + 1, failures_in_a_row + 1
            yield SourceFailure(part[0], fault)
        elif rest:
            middle = (len(rest) + 1) // 2
            parts += [half for half in (rest[middle:], rest[:middle]) if half]
    if first_fault is not None and not did_some and (parts or not works):
        yield Stopped(first_fault)
    elif parts:
        yield Stopped(None)
    elif first_fault is not None and not failures:
        _LOG.warning("an error with several sources together, and none with fewer: %s", first_fault.reason)


def _outputs(
    generate: Callable[[Sequence[Source]], Iterator[Generation]], part: Sequence[Source]
) -> Generator[Generation, None, ErrorText | None]:
    """Yield the model's outputs for some sources, and return the exception that it raised, if any."""
    try:
        outputs = generate(part)
    except Exception as error:
        return ErrorText.of(error)
    while True:
        # Catch only what the model raises: an error in the code that consumes an output must pass.
        try:
            generation = next(outputs)
        except StopIteration:
            return None
        except Exception as error:
            return ErrorText.of(error)
        yield generation
