"""Let metrics with a network read all outputs of a table at once, before its rows are computed.

Systems share sources and references, so reading all systems together encodes each text once. A metric whose checkpoint
is missing, or whose network fails, is left out of the table with the reason; the other metrics are not touched.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, replace
from time import perf_counter
from typing import Any

from harness.core.errors import ModelError
from harness.metrics import Examples, Metric
from harness.scoring import TestSet, compute, leave_one_out, used_metrics

# While a network reads, a line says how far it is, at least this many seconds after the last one.
_INTERVAL = 10.0
_say: ContextVar[Callable[[str], None] | None] = ContextVar("where progress is written", default=None)


@contextmanager
def progress(say: Callable[[str], None] | None = None) -> Iterator[None]:
    """Write how far networks are in this block, one line at a time; without `say`, on stderr."""
    token = _say.set(say or (lambda line: _to_stderr(line)))
    try:
        yield
    finally:
        _say.reset(token)


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def prepare(
    test_set: TestSet, outputs: Mapping[str, Sequence[Sequence[str]]], *, reference_row: bool = False
) -> tuple[TestSet, dict[str, str]]:
    """Let the networks read all outputs; return the test set with the metrics that can score, and why others cannot.

    Args:
        test_set: the test set.
        outputs: of each system, one text for each id, once for every sample.
        reference_row: the references are scored against each other too.

    Raises:
        ModelError: no metric is left.
    """
    failed: dict[str, str] = {}
    for metric in used_metrics(test_set):
        if not metric.needs_network:
            continue
        metric.renew()
        try:
            for examples in _examples(test_set, metric, outputs, reference_row=reference_row):
                compute.read(metric, examples, counter(f"{test_set.label}: {metric.name}"))
        except ModelError as error:
            failed[metric.name] = str(error)
    if not failed:
        return test_set, failed
    left = tuple(name for name in test_set.metrics if name not in failed)
    if not left:
        raise ModelError("; ".join(f"{name}: {reason}" for name, reason in failed.items()), where=test_set.label)
    primary = test_set.primary if test_set.primary in left else left[0]
    return replace(test_set, metrics=left, primary=primary), failed


def remarks(test_set: TestSet, samples: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return a remark for each metric whose network did not read all of a system's segments to their end."""
    found = []
    for metric in used_metrics(test_set):
        if metric.needs_network and metric.stored is None:
            is_cut = [any(each) for each in zip(*_cut(test_set, metric, samples), strict=True)]
            if count := sum(is_cut):
                are = "segment was" if count == 1 else "segments were"
                found.append(f"{count:,} of {len(is_cut):,} {are} longer than {metric.name} reads, and scored in part")
    return tuple(found)


def marked(test_set: TestSet, outputs: Mapping[str, Sequence[Sequence[str]]]) -> Iterator[dict[str, Any]]:
    """Yield for each output in which a metric marks errors its id, system, sample, the metric, and the errors."""
    for metric in used_metrics(test_set):
        if not metric.needs_network or metric.stored is not None:
            continue
        for system, samples in outputs.items():
            for sample, texts in enumerate(samples):
                found = compute.explain(metric, test_set.examples(metric, texts))
                for name, errors in zip(test_set.ids, found, strict=True):
                    if errors:
                        where = {"id": name, "system": system, "sample": sample, "metric": metric.name}
                        yield where | {"errors": [asdict(error) for error in errors]}


def _cut(test_set: TestSet, metric: Metric, samples: Sequence[Sequence[str]]) -> list[list[bool]]:
    return [compute.cut(metric, test_set.examples(metric, texts)) for texts in samples]


def _examples(
    test_set: TestSet, metric: Metric, outputs: Mapping[str, Sequence[Sequence[str]]], *, reference_row: bool
) -> list[Examples]:
    """Return everything that the table will ask of a metric: in one piece, unless all references weight each other."""
    pieces = []
    views = leave_one_out.views(test_set) if metric.reads_references else []
    for samples in outputs.values():
        for texts in samples:
            pieces.append(test_set.examples(metric, texts))
            pieces += [view.examples(test_set, metric, view.taking_part(texts)) for view in views]
    if reference_row:
        pieces += [view.examples(test_set, metric, view.left_out) for view in leave_one_out.views(test_set)]
    if not pieces or any(metric.context(piece) for piece in pieces):
        return pieces
    return [_joined(pieces)]


def _joined(pieces: Sequence[Examples]) -> Examples:
    """Return examples one after another; a piece with fewer references than another has gaps."""
    width = max(len(piece.references) for piece in pieces)
    streams: list[list[str | None]] = [[] for _ in range(width)]
    for piece in pieces:
        for number, stream in enumerate(streams):
            given = piece.references[number] if number < len(piece.references) else [None] * len(piece.hypotheses)
            stream += given
    return Examples(
        [text for piece in pieces for text in piece.hypotheses],
        streams,
        [text for piece in pieces for text in piece.sources],
        [each for piece in pieces for each in piece.annotations],
    )


def counter(name: str) -> Callable[[int, int], None]:
    """Return a function that writes how many segments are read, and how long the others will take."""
    say = _say.get()
    started = spoke = perf_counter()

    def done(count: int, total: int) -> None:
        nonlocal spoke
        now = perf_counter()
        if say is not None and (now - spoke > _INTERVAL or count == total):
            left = (now - started) / count * (total - count)
            rest = f"{left:,.0f} s left" if count < total else f"in {now - started:,.1f} s"
            say(f"{name}: {count:,}/{total:,} segments, {rest}")
            spoke = now

    return done
