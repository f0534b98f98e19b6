"""Two rows of a table that read references, and so are not models.

reference   each reference scored against the others, averaged: how far apart two permitted texts are
oracle      for each metric, the sentences of the source with the highest score that was found: the limit of extraction

If units have different numbers of references, the reference row is computed on those that have at least two, and each
of a unit's references is scored against its others (see `leave_one_out.py`). The oracle is scored as the systems are:
against all references, and on the footing of the reference row with extracts selected for that footing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from math import comb

import numpy as np

from harness import metrics
from harness.metrics import Examples, Metric
from harness.scoring import FloatArray, SystemStatistics, TestSet, compute, leave_one_out, used_metrics

# The oracle tries every choice of sentences up to this many choices, and then adds one sentence at a time.
_MAX_CHOICES = 3000


def reference(test_set: TestSet) -> SystemStatistics | None:
    """Return the reference row, or None if no unit has two references."""
    pairs = [(view, view.left_out) for view in leave_one_out.views(test_set)]
    if not pairs:
        return None
    statistics = leave_one_out.statistics(test_set, used_metrics(test_set), pairs)
    return SystemStatistics("reference", "reference", statistics, statistics)


def oracle(test_set: TestSet) -> SystemStatistics:
    """Return the oracle row: for each metric its own extracts, against all references and with each one left out.

    A metric that needs a network is too slow for this. It scores the extracts that the primary metric selects.
    """
    primary = metrics.get(test_set.primary, test_set.target)
    views = leave_one_out.views(test_set)
    extracts: dict[
        str, tuple[list[str], list[list[str]]]
    ] = {}  # by the metric that selects: for all, and for each view
    statistics, left_out = {}, {}
    for metric in used_metrics(test_set):
        judge = primary if metric.needs_network else metric
        if judge.name not in extracts:
            extracts[judge.name] = best_extracts(test_set, judge), [_of_view(test_set, view, judge) for view in views]
        for_all, for_views = extracts[judge.name]
        statistics[metric.name] = compute.statistics(metric, test_set.examples(metric, for_all))[None]
        pairs = list(zip(views, for_views, strict=True))
        left_out |= leave_one_out.statistics(test_set, [metric], pairs)
    return SystemStatistics("oracle", "oracle", statistics, left_out)


def best_extracts(test_set: TestSet, metric: Metric) -> list[str]:
    """Return for each source its sentences with the highest score against all references, in reading order.

    All choices are tried of one sentence, of two, and so on, up to 3,000 choices in total. Then sentences are added to
    the best choice one at a time, as long as the score rises.
    """
    examples = test_set.examples(metric, [""] * len(test_set.ids))
    return _best_extracts(test_set.sentences, examples, metric)


def _of_view(test_set: TestSet, view: leave_one_out.View, metric: Metric) -> list[str]:
    """Return the same for the units of a view, against the references that it does not leave out."""
    sources = [test_set.sentences[unit] for unit in view.units]
    return _best_extracts(sources, view.examples(test_set, metric, [""] * len(sources)), metric)


def _best_extracts(sources: Sequence[Sequence[str]], examples: Examples, metric: Metric) -> list[str]:
    return [_best_extract(sentences, examples.take([unit]), metric) for unit, sentences in enumerate(sources)]


def _best_extract(sentences: Sequence[str], unit: Examples, metric: Metric) -> str:
    """Return the best sentences of one source; `unit` has its references."""

    def scores_of(choices: Sequence[tuple[int, ...]]) -> FloatArray:
        texts = [" ".join(sentences[index] for index in choice) for choice in choices]
        scores = metric.score(compute.statistics(metric, replace(unit.take([0] * len(texts)), hypotheses=texts)))
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
        scores = scores_of(choices)
        top = int(scores.argmax())
        if scores[top] > best_score:
            best, best_score = choices[top], float(scores[top])
        elif tried > _MAX_CHOICES:
            break
    return " ".join(sentences[index] for index in best)
