"""Statistics of segments, and what makes them fast for metrics that are `expensive`; a result never depends on it.

What has been computed once, in this command or an earlier one, is not computed again (`cache.py`): each pair of a
hypothesis and its references counts once. What takes seconds all the same is shared out over processes. These are
plain subprocesses that get texts and answer with numbers, and not multiprocessing's: those run the user's script once
more from its top, or copy a process with threads.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryFile
from time import perf_counter
from typing import IO

import numpy as np

from harness import metrics
from harness.metrics import FloatArray, Metric
from harness.scoring import cache

Pair = tuple[str, tuple[str, ...]]  # a hypothesis and its references

# Seconds that must have gone by, and be left to go by, before processes are worth their start.
_WORTHWHILE = 2.0
_CHUNK = 32  # segments between two looks at the clock
_MAX_PROCESSES = 8


def statistics(metric: Metric, hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> FloatArray:
    """Return `metric.statistics(hypotheses, references)`, in less time where the metric is expensive.

    Raises:
        ScoringError: as that method does.
    """
    if not metric.expensive:
        return metric.statistics(hypotheses, references)
    metrics.check_streams(hypotheses, references)
    pairs = list(zip(hypotheses, zip(*references, strict=True), strict=True))
    decides = _decides(metric, len(references))
    keys = {pair: cache.key(*decides, *pair) for pair in pairs}
    rows = cache.read(keys.values())
    if len({row.size for row in rows.values()}) > 1:
        rows = {}
    missing = [pair for pair, key in keys.items() if key not in rows]
    made: dict[bytes, FloatArray] = {}
    try:
        for pair, row in _compute(metric, missing):
            made[keys[pair]] = row
    finally:
        cache.write(made)  # also what there is when somebody presses Ctrl-C
    rows |= made
    return np.stack([rows[keys[pair]] for pair in pairs])


def serve() -> None:
    """Answer the request on stdin, as `_worker` makes it, on stdout."""
    request = json.load(sys.stdin)
    metric = metrics.get(request["metric"], request["language"])
    pairs = [(hypothesis, tuple(references)) for hypothesis, references in request["pairs"]]
    if _decides(metric, len(pairs[0][1])) != request["decides"]:
        sys.exit("expected the metric of the process that asks, found another")
    json.dump([row.tolist() for _, row in _alone(metric, pairs)], sys.stdout)


def _decides(metric: Metric, references: int) -> list[str | int]:
    """Return all that decides a row, except the texts."""
    # What is a letter or a sign is decided by the tables of these two.
    tables = f"{unicodedata.unidata_version}|{version('regex')}"
    return [metric.name, metric.language, metric.signature(references), metric.recipe, tables]


def _compute(metric: Metric, pairs: Sequence[Pair]) -> Iterator[tuple[Pair, FloatArray]]:
    """Yield each pair with its row, in any order; in several processes once it is seen to take long."""
    started = perf_counter()
    for done in range(0, len(pairs), _CHUNK):
        left = len(pairs) - done
        spent = perf_counter() - started
        if done and spent >= _WORTHWHILE and spent * left / done >= _WORTHWHILE:
            yield from _together(metric, pairs[done:])
            return
        yield from _alone(metric, pairs[done : done + _CHUNK])


def _alone(metric: Metric, pairs: Sequence[Pair]) -> Iterator[tuple[Pair, FloatArray]]:
    for start in range(0, len(pairs), _CHUNK):
        chunk = pairs[start : start + _CHUNK]
        hypotheses, references = zip(*chunk, strict=True)
        streams = [list(stream) for stream in zip(*references, strict=True)]
        yield from zip(chunk, metric.statistics(list(hypotheses), streams), strict=True)


def _together(metric: Metric, pairs: Sequence[Pair]) -> Iterator[tuple[Pair, FloatArray]]:
    """Yield each pair with its row, every n-th computed here and the others by a process for each remaining n-th.

    What a process does not bring, for whatever reason, is computed here.
    """
    number = min(_processors(), _MAX_PROCESSES, len(pairs))
    own, *others = [pairs[first::number] for first in range(number)]
    with ExitStack() as stack:
        answers = [stack.enter_context(_worker(metric, part)) for part in others]
        yield from _alone(metric, own)
        for part, answer in zip(others, answers, strict=True):
            rows = answer()
            yield from _alone(metric, part) if rows is None else zip(part, rows, strict=True)


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _worker(metric: Metric, pairs: Sequence[Pair]) -> Iterator[Callable[[], FloatArray | None]]:
    """Start a process that computes rows, and end it; its answer is waited for, and None if there is none to be had."""
    request = {
        "metric": metric.name,
        "language": metric.language,
        "decides": _decides(metric, len(pairs[0][1])),
        "pairs": pairs,
    }
    # It imports what this process does, and nothing from the folder where the user happens to be.
    command = [sys.executable or "", "-P", "-c", "from harness.scoring import compute; compute.serve()"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)}
    with ExitStack() as stack:
        try:
            given, answer = stack.enter_context(TemporaryFile()), stack.enter_context(TemporaryFile())
            given.write(json.dumps(request).encode("ascii"))
            given.seek(0)
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=given,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for this process, which then ends that one
            )
        except OSError:
            yield lambda: None
            return
        stack.callback(process.wait)
        stack.callback(process.kill)
        yield lambda: _rows(process, answer, len(pairs))


def _rows(process: subprocess.Popen[bytes], answer: IO[bytes], count: int) -> FloatArray | None:
    """Wait for a process and return its rows, [count, d]; None if it did not do what it should."""
    if process.wait() != 0:
        return None
    answer.seek(0)
    try:
        rows = np.asarray(json.load(answer), dtype=np.float64)
    except (ValueError, TypeError):
        return None
    return rows if rows.ndim == 2 and len(rows) == count else None
