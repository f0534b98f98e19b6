"""Which sources a model fails on: when it raises, the rest is asked for in ever smaller parts; pure control flow."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

from harness.core.errors import HarnessError
from harness.core.records import Generation, Source

_LOG = logging.getLogger(__name__)

# Single sources that fail one after another: then it is the system that is broken, not so many sources.
HOPELESS = 5


@dataclass(frozen=True, slots=True)
class Fault:
    """An exception in words. The exception itself would keep the tensors of all frames that it came through."""

    reason: str
    trace: str | None  # the traceback, where nobody foresaw the error

    @classmethod
    def of(cls, error: Exception) -> Fault:
        """Return an exception in words."""
        if isinstance(error, HarnessError):
            return cls(str(error), None)
        return cls(f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error)))


@dataclass(frozen=True, slots=True)
class Unable:
    """A source that a model failed on when it was asked for nothing else."""

    source: Source
    fault: Fault


@dataclass(frozen=True, slots=True)
class Broken:
    """The model itself fails: it did nothing, and here is why; or, without a fault, it stopped doing anything."""

    fault: Fault | None


def isolated(
    generate: Callable[[Sequence[Source]], Iterator[Generation]],
    sources: Sequence[Source],
    done: Callable[[Source], bool],
    *,
    works: bool,
) -> Iterator[Generation | Unable | Broken]:
    """Yield what a model gives, and the sources that it raises on when each is alone.

    After an exception, the sources that are not done are halved, and so on. A log says so where no single one fails.
    After `HOPELESS` single failures in a row the rest is not tried. `Broken` comes last, if at all.

    Args:
        generate: the model's; called anew for each part.
        sources: what to ask for.
        done: whether all that is wanted of a source has been yielded.
        works: whether the model is known to have done a source before: a few that fail are then not its fault.
    """
    parts = [list(sources)] if sources else []
    first: Fault | None = None
    failed = in_a_row = 0
    did = False
    while parts and in_a_row < HOPELESS:
        part = parts.pop()
        fault = yield from _stream(generate, part)
        left = [source for source in part if not done(source)]
        if len(left) < len(part):
            did, in_a_row = True, 0
        if fault is None:
            continue
        first = first or fault
        if len(part) == 1 and left:
            failed, in_a_row = failed + 1, in_a_row + 1
            yield Unable(part[0], fault)
        elif left:
            middle = (len(left) + 1) // 2
            parts += [half for half in (left[middle:], left[:middle]) if half]
    if first is not None and not did and (parts or not works):
        yield Broken(first)
    elif parts:
        yield Broken(None)
    elif first is not None and not failed:
        _LOG.warning("an error with several sources together, and none with fewer: %s", first.reason)


def _stream(
    generate: Callable[[Sequence[Source]], Iterator[Generation]], part: Sequence[Source]
) -> Generator[Generation, None, Fault | None]:
    """Yield what a model gives for some sources, and return what it raised."""
    try:
        stream = generate(part)
    except Exception as error:
        return Fault.of(error)
    while True:
        # Only what the model raises is caught here, and nothing of what is done with its outputs.
        try:
            generation = next(stream)
        except StopIteration:
            return None
        except Exception as error:
            return Fault.of(error)
        yield generation
