"""The process that measures one row: `python -m harness.runs.bench.worker`, a job on stdin, events on stdout.

The job is a pickle from the process that started this one. Each event is a line of JSON, written as soon as it
happens, so that a crash or a deadline loses only what was not done yet:

    loaded   seconds                        the weights are read and the first source is decoded once
    sources  sources, articles              how many sources each pass has
    pass     seconds, tokens, others        one pass
    memory   peak_memory, threads, warnings as `harness.runs.measure` has them
    error    message                        nothing more follows

Whatever a library prints goes to stderr.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from harness.core.errors import HarnessError
from harness.runs.bench.machine import Others
from harness.runs.bench.work import Convert, Work, WriteWeights
from harness.runs.measure import Measured

_FIRST = 4  # sources of the first trial
_GROWTH = 4  # a trial has so many times the sources of the one before
_TRIALS = 0.15  # of the time left: the longest trial to begin
_PASSES = 0.6  # of the time left after the trials, for the passes of the first row; later rows may be slower
_KEPT = 0.5  # of the time of a job that passes have, however long loading took


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchJob:
    """What a worker does."""

    work: Work | Convert | WriteWeights
    seconds: float  # after which no pass begins, except the first
    repeats: int
    sources: int | None = None  # in a pass; None: as many as the time allows
    cache: Path | None = None  # where conversions of weights are kept; None: in the user's cache


Emit = Callable[..., None]


def measure(job: BenchJob, emit: Emit) -> None:
    """Do the passes of a job, or what it prepares for the passes of another.

    Raises:
        HarnessError: the system failed.
    """
    work = job.work
    if isinstance(work, WriteWeights):
        work.published.write(work.folder)
        return
    if isinstance(work, Convert):
        work.work.open()
        work.work.run(1)
        return
    with Measured(own_process=True) as measured:
        started = perf_counter()
        work.open()
        work.run(1)
        loaded = perf_counter()
        again = _timed(work, 1)
        emit("loaded", seconds=max(0.0, loaded - started - again))
        end = max(started + job.seconds, loaded + _KEPT * job.seconds)
        sources = min(job.sources or work.size, work.size)
        if job.sources is None:
            sources = _affordable(work, again, job.repeats, end)
        elif sources > 1:
            work.run(min(_FIRST, sources))
        emit("sources", sources=sources, articles=work.articles(sources))
        for _ in range(job.repeats):
            others, begun = Others(), perf_counter()
            tokens = work.run(sources)
            now = perf_counter()
            emit("pass", seconds=now - begun, tokens=tokens, others=others.share())
            emit("memory", **measured.result(0))
            if now + (now - begun) > end:
                break  # the next pass would end too late


def _timed(work: Work, sources: int) -> float:
    """Return the seconds that the first sources take."""
    begun = perf_counter()
    work.run(sources)
    return perf_counter() - begun


def _affordable(work: Work, of_one: float, repeats: int, end: float) -> int:
    """Return how many sources leave time for all passes. The trials that tell it warm the model up too.

    Larger batches take less time for each source, so trials grow while there is time. A few sources say little about
    an article, so a pass has at least `_FIRST` of them if that leaves time for one pass.
    """
    sources, taken = 1, of_one
    while sources < work.size:
        larger = min(work.size, _FIRST if sources == 1 else sources * _GROWTH)
        if taken * larger / sources > _TRIALS * (end - perf_counter()):
            break
        sources, taken = larger, _timed(work, larger)
    left, each = max(0.0, end - perf_counter()), max(taken / sources, 1e-9)
    least = _FIRST if each * _FIRST < left else 1
    return min(work.size, max(least, int(_PASSES * left / repeats / each)))


def main() -> None:
    """Read a job, do it, and report it."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as events:
        os.dup2(2, 1)  # what libraries print must not stand between events

        def emit(event: str, **values: Any) -> None:
            events.write(json.dumps({"event": event, **values}) + "\n")
            events.flush()

        job: BenchJob = pickle.load(sys.stdin.buffer)
        if job.cache is not None:
            os.environ["HARNESS_CACHE"] = str(job.cache)
        try:
            measure(job, emit)
        except HarnessError as error:
            emit("error", message=str(error))
        except Exception as error:  # of a library or another package: a row with its reason, not the end of the table
            emit("error", message=f"{type(error).__name__}: {' '.join(str(error).split())[:300]}")


if __name__ == "__main__":
    main()
