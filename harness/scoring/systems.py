"""Compute per-segment statistics from outputs and references; pure. `analysis.py` turns them into scores.

The rows `reference` and `oracle`, which are not models, are computed in `bounds.py`. The reference row has one
reference fewer than a system could have. For a fair comparison every row also gets statistics with one reference left
out (`leave_one_out.py`); `footing.py` says which statistics a table shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from harness.core.errors import InputError, ScoringError
from harness.core.scores import Diagnostics, Role
from harness.metrics import Metric
from harness.scoring import (
    SystemStatistics,
    TestSet,
    compute,
    leave_one_out,
    networks,
    residue,
    sentence_ends,
    significance,
    used_metrics,
)
from harness.scoring import diagnostics as diagnostics_module

# Signs, the characters that they begin with, their name in a note, and the remedy.
_SIGNS = (
    (
        re.compile("[\u2018\u2019\u201c\u201d]"),
        "\u2018\u2019\u201c\u201d",
        "curly quotes",
        "the metrics named -normalised do not",
    ),
    (
        re.compile(r"&(?:#\d+|#x[0-9A-Fa-f]+|amp|quot|apos|lt|gt|nbsp);"),
        "&",
        "HTML entities such as &#39;",
        "replace them by the characters that they stand for",
    ),
)


def score_systems(
    test_set: TestSet,
    outputs: Mapping[str, Sequence[Sequence[str]]],
    *,
    notes: Mapping[str, tuple[str, ...]],
    diagnostics: Mapping[str, Diagnostics] | None = None,
) -> list[SystemStatistics]:
    """Return a row for each system, in the order given; a system that cannot be scored gets a row with its error.

    `outputs` has, for each system, one text for each id, once for every sample; its scores are averaged over samples.
    Without `diagnostics` they are measured on these texts alone.

    Raises:
        InputError: a unit has no reference.
        ScoringError: the counts of outputs, references and ids differ.
    """
    used = used_metrics(test_set)
    _check_references(test_set)
    rows = []
    for name, samples in outputs.items():
        for hypotheses in samples:
            if len(hypotheses) != len(test_set.ids):
                raise ScoringError(
                    f"{name} has {len(hypotheses)} outputs for {len(test_set.ids)} segments", where=test_set.task
                )
            test_set.examples(used[0], hypotheses).check()
        texts = [text for hypotheses in samples for text in hypotheses]
        mute = [metric.name for metric in used if not any(metric.has_tokens(text) for text in texts)]
        if mute:
            error = (
                f"none of its {len(texts)} outputs contains a word that {', '.join(mute)} scores; "
                f"expected {test_set.target}: are the outputs empty, or in another language?"
            )
            rows.append(SystemStatistics(name, "system", {}, {}, error))
            continue
        if diagnostics is None:
            measured = diagnostics_module.measure_texts(
                samples, test_set.target, test_set.sources, kind=test_set.kind, beside_scores=True
            )
        else:
            measured = diagnostics[name]
        row = statistics_row(name, "system", samples, test_set)
        remarks = notes.get(name, ()) + residue.remarks(test_set, row, samples, measured)
        remarks += _foreign_signs(texts, test_set, used) + _sentence_ends(samples[0], test_set)
        remarks += networks.remarks(test_set, samples)
        rows.append(replace(row, notes=remarks, diagnostics=measured))
    return rows


def statistics_row(name: str, role: Role, samples: Sequence[Sequence[str]], test_set: TestSet) -> SystemStatistics:
    """Return the statistics of each sample (one text per unit) against all references, and with one left out."""
    used = used_metrics(test_set)
    statistics = {
        metric.name: np.stack([compute.statistics(metric, test_set.examples(metric, texts)) for texts in samples])
        for metric in used
    }
    views = leave_one_out.views(test_set)
    pairs = [(view, view.taking_part(texts)) for texts in samples for view in views]
    return SystemStatistics(name, role, statistics, leave_one_out.statistics(test_set, used, pairs))


def _check_references(test_set: TestSet) -> None:
    """Raise InputError unless every unit has a reference."""
    streams = test_set.references.values()
    if any(len(stream) != len(test_set.ids) for stream in streams):
        return  # `Examples.check` says which
    bare = [name for name, count in zip(test_set.ids, test_set.reference_counts, strict=True) if not count]
    if bare:
        more = f" and {len(bare) - 5} more" if len(bare) > 5 else ""
        raise InputError(
            f"{len(bare)} of {len(test_set.ids)} segments have no reference in any version "
            f"({', '.join(bare[:5])}{more}); write one for each, or leave these segments out",
            where=test_set.task,
        )


def _foreign_signs(outputs: Sequence[str], test_set: TestSet, used: Sequence[Metric]) -> tuple[str, ...]:
    """Return a note for each kind of sign that outputs have and references do not: it lowers scores."""
    references = [text for stream in test_set.references.values() for text in stream if text is not None]
    affected = [metric.name for metric in used if not (metric.normalises or metric.needs_network)]
    notes = []
    for signs, begin, what, remedy in _SIGNS:
        ours, theirs = (
            sum(bool(signs.search(texts[index])) for index in diagnostics_module.containing(begin, texts))
            for texts in (outputs, references)
        )
        # Ignore the sign if at most 1% of outputs have it, or if references have it at least half as often.
        if affected and ours > 0.01 * len(outputs) and theirs * len(outputs) < 0.5 * ours * len(references):
            notes.append(
                f"{ours} of {len(outputs)} outputs contain {what}, {theirs} of {len(references)} references do: "
                f"{', '.join(affected)} may count this as errors; {remedy}"
            )
    return tuple(notes)


def _sentence_ends(outputs: Sequence[str], test_set: TestSet) -> tuple[str, ...]:
    """Return a note if outputs and references end Hindi sentences with different marks, and this costs points."""

    def score(hypotheses: Sequence[str], streams: Sequence[sentence_ends.Texts]) -> dict[str, float]:
        changed = replace(test_set, references=dict(zip(test_set.references, map(tuple, streams), strict=True)))
        return {
            metric.name: significance.value(
                compute.statistics(metric, changed.examples(metric, hypotheses))[None], metric.score
            )
            for metric in used_metrics(test_set)
            if not metric.needs_network
        }

    remark = sentence_ends.remark(outputs, [*test_set.references.values()], test_set.target, score)
    return (remark,) if remark else ()
