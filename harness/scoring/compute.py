"""Statistics of segments, read from the cache if the metric is `kept`; the cache never changes a result.

Statistics that were computed once, in this command or an earlier one, are not computed again (`cache.py`). A segment is
known by its texts: a hypothesis, its references, and whatever else the metric reads.
"""

from __future__ import annotations

import unicodedata
from importlib.metadata import version

import numpy as np

from harness.core import registry
from harness.metrics import Examples, FloatArray, Metric

# So many segments are computed before the next look for Ctrl-C; what is done by then is kept.
_CHUNK = 32


def statistics(metric: Metric, examples: Examples) -> FloatArray:
    """Return `metric.statistics(examples)`, from the cache if the metric is `kept`.

    Raises:
        ScoringError: as that method does.
    """
    if not metric.kept:
        return metric.statistics(examples)
    # Imported here, because most commands keep nothing and start faster without SQLite.
    from harness.scoring import cache

    examples.check(metric.needs)
    keys = _keys(metric, examples)
    rows = cache.read(dict.fromkeys(keys))
    if len({row.size for row in rows.values()}) > 1:
        rows = {}
    first: dict[bytes, int] = {}  # segments with equal texts are computed once
    for index, key in enumerate(keys):
        first.setdefault(key, index)
    missing = [index for key, index in first.items() if key not in rows]
    computed: dict[bytes, FloatArray] = {}
    try:
        for start in range(0, len(missing), _CHUNK):
            chunk = missing[start : start + _CHUNK]
            for index, row in zip(chunk, metric.statistics(examples.take(chunk)), strict=True):
                computed[keys[index]] = row
    finally:
        cache.write(computed)  # also after Ctrl-C
    rows |= computed
    return np.stack([rows[key] for key in keys])


def _keys(metric: Metric, examples: Examples) -> list[bytes]:
    """Return for each segment a digest of everything that decides its row."""
    texts = [
        (hypothesis, examples.references_of(index), *(repr(getattr(examples, name)[index]) for name in metric.needs))
        for index, hypothesis in enumerate(examples.hypotheses)
    ]
    settings = {count: _settings(metric, count) for count in {len(references) for _, references, *_ in texts}}
    from harness.scoring import cache

    return [cache.key(*settings[len(of_segment[1])], *of_segment) for of_segment in texts]


def _settings(metric: Metric, references: int) -> list[str | int]:
    """Return everything that decides a row against so many references, except the texts."""
    # The tables of these two decide which characters are letters and which are signs.
    tables = f"{unicodedata.unidata_version}|{version('regex')}"
    settings: list[str | int] = [metric.name, metric.language, metric.signature(references), metric.recipe, tables]
    package = registry.origin("metrics", metric.name.partition(":")[0])
    return settings if package is None else [*settings, package]
