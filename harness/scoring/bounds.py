"""Two rows of a table that look at references and so are no models.

reference   each reference version scored against the others, averaged: how far apart two permitted texts are
oracle      the sentences of the source that score best against the references: what extraction can reach
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb

import numpy as np

from harness import metrics
from harness.metrics import Metric
from harness.scoring import FloatArray, SystemStatistics, TestSet, compute, used_metrics
from harness.scoring.systems import statistics_row

# The oracle tries every choice of sentences while there are at most this many, and adds one at a time beyond that.
_MAX_CHOICES = 3000


def reference(test_set: TestSet) -> SystemStatistics | None:
    """Return the reference row, or None when there is just one reference to compare with nothing."""
    streams = list(test_set.references.values())
    if len(streams) < 2:
        return None
    row = statistics_row("reference", "reference", [streams], [], streams, used_metrics(test_set))
    return SystemStatistics("reference", "reference", row.leave_one_out, row.leave_one_out, None, row.notes)


def oracle(test_set: TestSet) -> SystemStatistics:
    """Return the oracle row, that of `best_extracts`."""
    texts = best_extracts(test_set)
    streams = list(test_set.references.values())
    return statistics_row("oracle", "oracle", [[texts] * len(streams)], [texts], streams, used_metrics(test_set))


def best_extracts(test_set: TestSet) -> list[str]:
    """Return for each source its sentences with the highest primary score, in reading order.

    All choices of up to as many sentences as stay within 3,000 choices are tried; from the best of them, sentences
    are then added one at a time while that helps.
    """
    metric = metrics.get(test_set.primary, test_set.target)
    by_source = zip(*test_set.references.values(), strict=True)
    return [
        _best_extract(sentences, references, metric)
        for sentences, references in zip(test_set.sentences, by_source, strict=True)
    ]


def _best_extract(sentences: Sequence[str], references: tuple[str, ...], metric: Metric) -> str:
    def score_of(choices: Sequence[tuple[int, ...]]) -> FloatArray:
        texts = [" ".join(sentences[index] for index in choice) for choice in choices]
        streams = [[reference] * len(texts) for reference in references]
        scores = metric.score(compute.statistics(metric, texts, streams))
        return scores if metric.higher_is_better else -scores

    size, tried = 0, 0
    best: tuple[int, ...] = ()
    best_score = -np.inf
    while size < len(sentences):
        size += 1
        tried += comb(len(sentences), size)
        if tried <= _MAX_CHOICES or size == 1:
            choices = list(combinations(range(len(sentences)), size))
        else:
            choices = [tuple(sorted((*best, i))) for i in range(len(sentences)) if i not in best]
            if not choices:
                break
        found = score_of(choices)
        top = int(found.argmax())
        if found[top] > best_score:
            best, best_score = choices[top], float(found[top])
        elif tried > _MAX_CHOICES:
            break
    return " ".join(sentences[index] for index in best)
