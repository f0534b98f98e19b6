"""The remarks on a system's outputs; those on residue say what the primary metric is without it.

Residue is text that a model or a tool left in an output and that is no part of the answer: tokens of the vocabulary, a
preamble, line numbers. A diagnostic that counts residue can also remove it (`Diagnostic.clean`).
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.scores import Diagnostics
from harness.scoring import SystemStatistics, TestSet, compute, diagnostics, metric_of, significance
from harness.scoring.diagnostics import Clean


def remarks(
    test_set: TestSet, row: SystemStatistics, samples: Sequence[Sequence[str]], measured: Diagnostics
) -> tuple[str, ...]:
    """Return `diagnostics.remarks`; those on residue say what the score would be without it.

    Residue that references have at least half as often is no fault of the system, and gets no remark; an example are
    headlines that are quotations. Only outputs that contain residue are scored again, and only on the primary metric.

    Args:
        test_set: the test set.
        row: the statistics of these outputs.
        samples: the outputs, [samples][units].
        measured: the diagnostics of these outputs.
    """
    costs, habits = {}, set()
    for name, diagnostic in diagnostics.every().items():
        if diagnostic.clean is None or not diagnostics.is_remarkable(name, measured):
            continue
        count = measured.counts[name]
        if 2 * _share_of_references(test_set, diagnostic.clean) >= count.part / count.whole:
            habits.add(name)
        else:
            costs[name] = _cost(test_set, row, samples, diagnostic.clean)
    return diagnostics.remarks(measured, costs, habits)


def _share_of_references(test_set: TestSet, clean: Clean) -> float:
    """Return the share of the references that contain such residue."""
    changed = total = 0
    for stream in test_set.references.values():
        texts = [content for content in stream if content is not None]
        changed += sum(before != after for before, after in zip(texts, clean(texts), strict=True))
        total += len(texts)
    return changed / total


def _cost(test_set: TestSet, row: SystemStatistics, samples: Sequence[Sequence[str]], clean: Clean) -> str:
    metric = metric_of(test_set, test_set.primary)
    statistics = row.statistics[metric.name].copy()
    for number, texts in enumerate(samples):
        cleaned = clean(texts)
        changed = [index for index, content in enumerate(texts) if cleaned[index] != content]
        if changed:
            examples = test_set.examples(metric, cleaned).take(changed)
            statistics[number, changed] = compute.statistics(metric, examples)
    before, after = (significance.value(each, metric.score) for each in (row.statistics[metric.name], statistics))
    # The table's own score of the metric may leave one reference out, so say which score this is.
    against = " against all references" if max(test_set.reference_counts) > 1 else ""
    return f"with it removed, {metric.name}{against} is {after:.1f} instead of {before:.1f}"
