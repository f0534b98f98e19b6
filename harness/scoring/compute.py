"""Statistics of segments, read from the cache if the metric is `kept`; the cache never changes a result.

Statistics that were computed once, in this command or an earlier one, are not computed again (`cache.py`). A segment is
known by its texts: a hypothesis, its references, and whatever else the metric reads. What a network reads off segments
is written in chunks, so that a command that was killed goes on from there.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.metadata import version

import numpy as np

from harness.core import registry
from harness.core.scores import SEVERITIES, ErrorSpan
from harness.metrics import Examples, FloatArray, Metric, Readings

# So many segments are computed before the next look for Ctrl-C; what is done by then is kept.
_CHUNK = 32
# The same for a network, which reads similar lengths and a segment's source and references together.
_NETWORK_CHUNK = 256
# Rows of networks that are kept in memory, for a machine whose cache cannot be used.
_MOST_ROWS = 500_000
_rows_in_memory: dict[bytes, FloatArray] = {}
_OF_SPAN = 4  # numbers of an error span in a row

# Computes the rows of chunks, in order, in other processes; None: they are computed here.
Elsewhere = Callable[[Metric, Sequence[Examples]], Iterator[list[FloatArray]] | None]
_elsewhere: ContextVar[Elsewhere | None] = ContextVar("who computes rows", default=None)


@contextmanager
def elsewhere(rows: Elsewhere) -> Iterator[None]:
    """Within this block, let `rows` compute what takes long: rows of metrics that are `kept`, and of networks."""
    token = _elsewhere.set(rows)
    try:
        yield
    finally:
        _elsewhere.reset(token)


def statistics(metric: Metric, examples: Examples) -> FloatArray:
    """Return `metric.statistics(examples)`, from the cache if the metric is `kept`.

    Raises:
        ScoringError: as that method does.
        ModelError: the checkpoint of a metric with a network cannot be found, loaded or run.
    """
    if metric.needs_network:
        return np.stack([row[1 : 1 + int(row[0])] for row in _readings(metric, examples)])
    if not metric.kept:
        return metric.statistics(examples)
    # Imported here, because most commands keep nothing and start faster without SQLite.
    from harness.scoring import cache

    examples.check(metric.needs)
    keys = _keys(metric, examples)
    rows = cache.read(dict.fromkeys(keys))
    if len({row.size for row in rows.values()}) > 1:
        rows = {}
    missing = _missing(keys, rows)
    computed: dict[bytes, FloatArray] = {}
    try:
        chunks = [missing[start : start + _CHUNK] for start in range(0, len(missing), _CHUNK)]
        for chunk, of_chunk in zip(chunks, _of_chunks(metric, examples, chunks), strict=True):
            computed |= dict(zip([keys[index] for index in chunk], of_chunk, strict=True))
    finally:
        cache.write(computed)  # also after Ctrl-C
    rows |= computed
    return np.stack([rows[key] for key in keys])


def read(metric: Metric, examples: Examples, done: Callable[[int, int], None] = lambda count, total: None) -> None:
    """Let a metric with a network read segments, so that `statistics`, `cut` and `explain` find what it read.

    `done` is told after each chunk how many segments of how many are read; none if nothing is to be read.

    Raises:
        ScoringError, ModelError: as `statistics`.
    """
    _readings(metric, examples, done)


def cut(metric: Metric, examples: Examples) -> list[bool]:
    """Return for each segment whether a text was longer than the metric's network reads."""
    return [bool(row[1 + int(row[0])]) for row in _readings(metric, examples)]


def explain(metric: Metric, examples: Examples) -> list[tuple[ErrorSpan, ...]]:
    """Return for each segment the errors that the metric's network marks in the output."""
    return [tuple(_spans(row[2 + int(row[0]) :])) for row in _readings(metric, examples)]


def _readings(
    metric: Metric, examples: Examples, done: Callable[[int, int], None] = lambda count, total: None
) -> list[FloatArray]:
    """Return the packed readings of a metric with a network (see `_packed`)."""
    from harness.scoring import cache

    examples.check(metric.needs)
    keys = _keys(metric, examples)
    rows = {key: _rows_in_memory[key] for key in keys if key in _rows_in_memory}
    rows |= cache.read([key for key in dict.fromkeys(keys) if key not in rows])
    missing = _in_reading_order(_missing(keys, rows), examples)
    chunks = [missing[start : start + _NETWORK_CHUNK] for start in range(0, len(missing), _NETWORK_CHUNK)]
    count = 0
    for chunk, of_chunk in zip(chunks, _of_chunks(metric, examples, chunks), strict=True):
        computed = dict(zip([keys[index] for index in chunk], of_chunk, strict=True))
        cache.write(computed)
        rows |= computed
        count += len(chunk)
        done(count, len(missing))
    if len(_rows_in_memory) + len(rows) > _MOST_ROWS:
        _rows_in_memory.clear()
    _rows_in_memory.update(rows)
    return [rows[key] for key in keys]


def rows(metric: Metric, examples: Examples) -> list[FloatArray]:
    """Return the row of each segment, computed here: its statistics, or what a network reads, packed.

    Raises:
        ScoringError, ModelError: as `statistics`.
    """
    return _rows(metric, examples, range(len(examples.hypotheses)))


def _rows(metric: Metric, examples: Examples, indices: Sequence[int]) -> list[FloatArray]:
    if metric.needs_network:
        return _packed(metric.read(examples, indices))
    return list(metric.statistics(examples.take(indices)))


def _of_chunks(metric: Metric, examples: Examples, chunks: Sequence[Sequence[int]]) -> Iterator[list[FloatArray]]:
    """Yield the rows of each chunk of segments.

    If all segments of `examples` weight each other, a chunk alone is not enough, and the rows are computed here.
    """
    send = _elsewhere.get()
    sent = None
    if send is not None and chunks and not metric.context(examples):
        sent = send(metric, [examples.take(chunk) for chunk in chunks])
    yield from sent if sent is not None else (_rows(metric, examples, chunk) for chunk in chunks)


def _packed(readings: Readings) -> list[FloatArray]:
    """Return a row per segment: the number of its statistics, these, whether a text was cut, four numbers per span."""
    spans = readings.spans or [()] * len(readings.cut)
    return [
        np.array([
            float(len(row)), *row, float(is_cut),
            *(
                number
                for span in of_segment
                for number in (span.start, span.end, SEVERITIES.index(span.severity), span.confidence)
            ),
        ])
        for row, is_cut, of_segment in zip(readings.statistics, readings.cut, spans, strict=True)
    ]  # fmt: skip


def _spans(numbers: FloatArray) -> Iterator[ErrorSpan]:
    for start, end, severity, confidence in numbers.reshape(-1, _OF_SPAN).tolist():
        yield ErrorSpan(int(start), int(end), SEVERITIES[int(severity)], confidence)


def _missing(keys: Sequence[bytes], rows: Mapping[bytes, FloatArray]) -> list[int]:
    """Return the index of the first segment of each key without a row: segments with equal texts are computed once."""
    first: dict[bytes, int] = {}
    for index, key in enumerate(keys):
        first.setdefault(key, index)
    return [index for key, index in first.items() if key not in rows]


def _in_reading_order(indices: Sequence[int], examples: Examples) -> list[int]:
    """Return indices with the longest texts first, and those of one source together, so that it is encoded once."""
    sources = examples.sources or [examples.references_of(index)[0] for index in range(len(examples.hypotheses))]
    longest: dict[str, int] = {}
    for index in indices:
        length = len(sources[index]) + len(examples.hypotheses[index])
        longest[sources[index]] = max(longest.get(sources[index], 0), length)
    return sorted(indices, key=lambda index: (-longest[sources[index]], sources[index]))


def _keys(metric: Metric, examples: Examples) -> list[bytes]:
    """Return for each segment a digest of everything that decides its row."""
    texts = [
        (
            hypothesis,
            examples.references_of(index) if metric.reads_references else (),
            *(repr(getattr(examples, name)[index]) for name in metric.needs),
        )
        for index, hypothesis in enumerate(examples.hypotheses)
    ]
    settings = {count: _settings(metric, count) for count in {len(references) for _, references, *_ in texts}}
    if context := metric.context(examples):
        settings = {count: [*of_count, context] for count, of_count in settings.items()}
    from harness.scoring import cache

    return [cache.key(*settings[len(of_segment[1])], *of_segment) for of_segment in texts]


def _settings(metric: Metric, references: int) -> list[str | int]:
    """Return everything that decides a row against so many references, except the texts."""
    package = registry.origin("metrics", metric.plain_name)
    if metric.needs_network:  # its signature has everything, whatever it is called in a table
        settings: list[str | int] = ["network", metric.signature(references), metric.recipe]
    else:
        # The tables of these two decide which characters are letters and which are signs.
        tables = f"{unicodedata.unidata_version}|{version('regex')}"
        settings = [metric.name, metric.language, metric.signature(references), metric.recipe, tables]
    return settings if package is None else [*settings, package]
