"""Two rows of a table that read references, and so are not models.

reference   each reference scored against the others, averaged: how far apart two permitted texts are
oracle      for each metric, the sentences of the source with the highest score that was found: the limit of extraction

If units have different numbers of references, the reference row is computed on those that have at least two, and each
of a unit's references is scored against its others (see `leave_one_out.py`). The oracle is scored as the systems are:
against all references, and on the footing of the reference row with extracts selected for that footing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from math import comb

import numpy as np

from harness.metrics import Examples, Metric
from harness.scoring import FloatArray, SystemStatistics, TestSet, compute, leave_one_out, metric_of, used_metrics

# For each source, the oracle tries every choice of sentences up to this many choices, and then adds one sentence at a
# time. For many sources the number is lower: the choices of all sources together are at most _MAX_IN_ALL, unless adding
# one sentence at a time needs more. All 3,000 choices of 9,000 articles would take over ten minutes.
_MAX_CHOICES = 3000
_MAX_IN_ALL = 3_000_000


def reference(test_set: TestSet) -> SystemStatistics | None:
    """Return the reference row, or None if no unit has two references."""
    pairs = [(view, view.left_out) for view in leave_one_out.views(test_set)]
    if not pairs:
        return None
    statistics = leave_one_out.statistics(test_set, used_metrics(test_set), pairs)
    return SystemStatistics("reference", "reference", statistics, statistics)


def oracle(test_set: TestSet) -> SystemStatistics:
    """Return the oracle row: for each metric its own extracts, against all references and with each one left out.

    A metric whose statistics take so long that they are kept (TER, and those with a network) is too slow for this. It
    scores the extracts that the primary metric selects. Notes say so, and how many choices were tried of each source
    if that is less than usual.
    """
    used = used_metrics(test_set)
    primary = metric_of(test_set, test_set.primary)
    judges = {metric.name: primary if _is_slow(metric) else metric for metric in used}
    views = leave_one_out.views(test_set)
    extracts = best_extracts(test_set, list({judge.name: judge for judge in judges.values()}.values()), views)
    statistics: dict[str, FloatArray] = {}
    left_out: dict[str, FloatArray] = {}
    for metric in used:
        for_all, *for_views = extracts[judges[metric.name].name]
        statistics[metric.name] = compute.statistics(metric, test_set.examples(metric, for_all))[None]
        left_out |= leave_one_out.statistics(test_set, [metric], list(zip(views, for_views, strict=True)))
    notes = (*_note(len(test_set.ids)), *_note_on_slow(test_set, used, primary))
    return SystemStatistics("oracle", "oracle", statistics, left_out, notes=notes)


def _is_slow(metric: Metric) -> bool:
    """Return whether a metric takes too long to score thousands of extracts."""
    return metric.kept or metric.needs_network


def _choices(sources: int) -> int:
    """Return how many choices of sentences are tried of each source before sentences are added one at a time."""
    return min(_MAX_CHOICES, _MAX_IN_ALL // max(sources, 1))


def _note(sources: int) -> tuple[str, ...]:
    if (most := _choices(sources)) == _MAX_CHOICES:
        return ()
    return (
        f"of each source up to {most:,} choices of sentences are tried, then sentences are added one at a time; with "
        f"{_MAX_IN_ALL // _MAX_CHOICES} sources or fewer it would be {_MAX_CHOICES:,}, which takes too long for "
        f"{sources:,}. The row may be a little too low",
    )


def _note_on_slow(test_set: TestSet, used: Sequence[Metric], primary: Metric) -> Iterator[str]:
    """Yield a note on metrics without a network that are too slow to select extracts, if there is a choice."""
    slow = [metric.name for metric in used if _is_slow(metric) and not metric.needs_network]
    if not slow or all(len(sentences) < 2 for sentences in test_set.sentences):
        return
    others = [name for name in slow if name != primary.name]
    if others:
        yield f"the extracts of {', '.join(others)} are those that {primary.name} selects; its own take minutes to find"
    if primary.name in slow:
        yield f"for {primary.name} sentences are added one at a time, so the row may be a little too low"


def best_extracts(
    test_set: TestSet, judges: Sequence[Metric], views: Sequence[leave_one_out.View] = ()
) -> dict[str, list[list[str]]]:
    """Return by metric, for each source, its sentences with the highest score, in reading order.

    The first list of a metric is for all references, then one follows for each view, of the units that take part.

    All choices are tried of one sentence, of two, and so on, up to `_choices` in total. Then sentences are added to
    the best choice one at a time, as long as the score rises. For a metric whose statistics are kept, because they take
    long, they are added one at a time from the first on.
    """
    count = len(test_set.ids)
    most = _choices(count)
    against = {
        judge.name: [
            (frozenset(range(count)), test_set.examples(judge, [""] * count)),
            *((frozenset(view.units), view.examples(test_set, judge, [""] * len(view.units))) for view in views),
        ]
        for judge in judges
    }
    extracts: dict[str, list[list[str]]] = {judge.name: [[] for _ in against[judge.name]] for judge in judges}
    # One source after another: metrics that read the same texts, such as ROUGE's types, keep what they computed of it.
    for unit, sentences in enumerate(test_set.sentences):
        for judge in judges:
            for texts, (units, examples) in zip(extracts[judge.name], against[judge.name], strict=True):
                if unit in units:
                    tried = 0 if _is_slow(judge) else most
                    texts.append(_best_extract(sentences, examples.take([len(texts)]), judge, tried))
    return extracts


def _best_extract(sentences: Sequence[str], unit: Examples, metric: Metric, most: int) -> str:
    """Return the best sentences of one source; `unit` has its references, and `most` choices are tried at first."""

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
        if tried <= most or size == 1:
            choices = list(combinations(range(len(sentences)), size))
        else:
            choices = [tuple(sorted((*best, i))) for i in range(len(sentences)) if i not in best]
            if not choices:
                break
        scores = scores_of(choices)
        top = int(scores.argmax())
        if scores[top] > best_score:
            best, best_score = choices[top], float(scores[top])
        elif tried > most:
            break
    return " ".join(sentences[index] for index in best)
