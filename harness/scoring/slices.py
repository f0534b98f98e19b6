"""Show where a score comes from: the score of each segment, and of slices of the segments; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isnan
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.core import files
from harness.core.scores import Count, Facet, Slice
from harness.metrics import Metric
from harness.scoring import SystemStatistics, TestSet, footing, used_metrics

# Upper ends, in words, of the slices by length. They are the same for every dataset, so that tables are comparable.
_LENGTHS = (10, 20, 40, 80, 160, 320)


def segment_scores(row: SystemStatistics, metric: Metric) -> npt.NDArray[np.float64]:
    """Return a row's score on each segment by itself, shape [n], averaged over the row's views."""
    scores: npt.NDArray[np.float64] = np.stack([metric.segment_scores(view) for view in row.statistics[metric.name]])
    return np.asarray(scores.mean(axis=0))


def by_segment(test_set: TestSet, rows: Sequence[SystemStatistics]) -> Iterator[dict[str, Any]]:
    """Yield for each segment its id, what is known of it, and {row: {metric: score}}.

    "scores" are the main scores (`footing.py`); a segment that the table does not score has none. If they leave one
    reference out, "all_references" has the scores of all rows but the reference row against all references.
    """
    main = footing.of(test_set, rows)
    scored = _by_id(main.test_set, main.rows)
    against_all = _by_id(test_set, [row for row in rows if row.role != "reference"]) if main.leaves_one_out else {}
    for index, name in enumerate(test_set.ids):
        known = {
            key: values[index]
            for key, values in (("article", test_set.articles), ("kind", test_set.kinds), ("words", test_set.lengths))
            if values
        }
        more = {"all_references": against_all[name]} if main.leaves_one_out else {}
        yield {"id": name, **known, "scores": scored.get(name, {}), **more}


def _by_id(test_set: TestSet, rows: Sequence[SystemStatistics]) -> dict[str, dict[str, dict[str, float]]]:
    """Return the scores of rows on each segment, by the segment's id, then row, then metric."""
    scores = {
        row.name: {metric.name: segment_scores(row, metric).tolist() for metric in used_metrics(test_set)}
        for row in rows
        if row.error is None
    }
    return {
        name: {
            row: {metric: values[index] for metric, values in of.items() if not isnan(values[index])}
            for row, of in scores.items()
        }
        for index, name in enumerate(test_set.ids)
    }


def to_jsonl(test_set: TestSet, rows: Sequence[SystemStatistics]) -> str:
    """Return `by_segment`, one JSON object per line."""
    return "".join(f"{files.dumps(each)}\n" for each in by_segment(test_set, rows))


def slices(test_set: TestSet, rows: Sequence[SystemStatistics]) -> tuple[Slice, ...]:
    """Return the scores on every part of the segments, for each facet that has more than one part.

    The rows must be on one footing: each has statistics of every segment of the test set.
    """
    scored = [row for row in rows if row.error is None]
    return tuple(
        Slice(facet, value, len(indices), of_part, _counts(test_set, facet, scored, indices))
        for facet in _facets(test_set)
        for (value, indices), of_part in _scored_parts(test_set, scored, parts(test_set, facet))
    )


def parts(test_set: TestSet, facet: Facet) -> dict[str, list[int]]:
    """Return the indices of the segments of each slice by a facet; nothing if all segments have the same value."""
    labels = _facets(test_set)[facet]
    return _parts(labels) if len(set(labels)) > 1 else {}


def _facets(test_set: TestSet) -> dict[Facet, Sequence[str]]:
    """Return the value of each segment by facet; empty if unknown."""
    ends = [next((end for end in _LENGTHS if words <= end), None) for words in test_set.lengths]
    labels = {name: labels.values for name, labels in test_set.labels.items()}
    return {"length": [_length(end) for end in ends], "kind": test_set.kinds, "article": test_set.articles, **labels}


def _length(end: int | None) -> str:
    if end is None:
        return f"over {_LENGTHS[-1]} words"
    start = next((before + 1 for before in reversed(_LENGTHS) if before < end), 1)
    return f"{start}-{end} words"


def _parts(labels: Sequence[str]) -> dict[str, list[int]]:
    """Return the segments of each value; lengths in their order, others in order of first appearance."""
    lengths = [_length(end) for end in (*_LENGTHS, None)]
    values = sorted(set(labels), key=lengths.index) if set(labels) <= set(lengths) else dict.fromkeys(labels)
    parts: dict[str, list[int]] = {value: [] for value in values}
    for index, label in enumerate(labels):
        parts[label].append(index)
    return parts


def _scored_parts(
    test_set: TestSet, rows: Sequence[SystemStatistics], parts: Mapping[str, list[int]]
) -> Iterator[tuple[tuple[str, list[int]], Mapping[str, Mapping[str, float]]]]:
    """Yield each part with its scores. Parts of one segment, such as thousands of articles, are scored at once."""
    if not parts or any(len(indices) > 1 for indices in parts.values()):
        yield from ((part, _scores(test_set, rows, part[1])) for part in parts.items())
        return
    order = [index for indices in parts.values() for index in indices]
    used = used_metrics(test_set)
    names = [metric.name for metric in used]
    of_rows = []
    for row in rows:
        values = [_mean(metric, row.statistics[metric.name][:, order]).tolist() for metric in used]
        of_rows.append([_without_nan(zip(names, of_part, strict=True)) for of_part in zip(*values, strict=True)])
    for part, *of_part in zip(parts.items(), *of_rows, strict=True):
        yield part, dict(zip((row.name for row in rows), of_part, strict=True))


def _scores(
    test_set: TestSet, rows: Sequence[SystemStatistics], indices: list[int]
) -> Mapping[str, Mapping[str, float]]:
    return {
        row.name: _without_nan(
            (metric.name, float(_mean(metric, row.statistics[metric.name][:, indices].sum(axis=1))))
            for metric in used_metrics(test_set)
        )
        for row in rows
    }


def _mean(metric: Metric, sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the score of sums of statistics [views, ..., d], averaged over views; NaN if a metric does not apply."""
    return np.asarray(np.where(metric.applies(sums), metric.score(sums), np.nan).mean(axis=0))


def _without_nan(scores: Iterable[tuple[str, float]]) -> dict[str, float]:
    return {name: value for name, value in scores if not isnan(value)}


def _counts(
    test_set: TestSet, facet: Facet, rows: Sequence[SystemStatistics], indices: list[int]
) -> dict[str, dict[str, Count]]:
    """Return part and whole of each metric that is a share, by row, averaged over the row's views.

    Only by a property that the dataset states: another facet can divide the pairs of a challenge set.
    """
    counts: dict[str, dict[str, Count]] = {}
    if facet not in test_set.labels:
        return counts
    for metric in used_metrics(test_set):
        if metric.is_share:
            for row in rows:
                part, whole = row.statistics[metric.name][:, indices, :2].sum(axis=1).mean(axis=0).tolist()
                # Shares of pairs are sums of halves, which rounding may leave beside a whole number.
                counts.setdefault(row.name, {})[metric.name] = Count(round(part, 6), round(whole, 6))
    return counts
