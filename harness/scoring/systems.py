"""Outputs and references in, per-segment statistics out; pure. What they come to is in `harness.scoring.analysis`.

The rows `reference` and `oracle`, which are no models, are computed in `bounds.py`. The reference row has one reference
fewer than the systems. For a fair comparison every row therefore also gets its scores on that footing
(`leave_one_out`): against all references but one, averaged over which one is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from harness import metrics
from harness.core.errors import ScoringError
from harness.core.records import Reading, Role
from harness.core.text import is_blank
from harness.metrics import Metric
from harness.scoring import SystemStatistics, TestSet, compute, sentence_ends, significance, used_metrics

# Signs, what they are called, and what to do about them.
_SIGNS = (
    (re.compile("[\u2018\u2019\u201c\u201d]"), "curly quotes", "the metrics named -normalised do not"),
    (
        re.compile(r"&(?:#\d+|#x[0-9A-Fa-f]+|amp|quot|apos|lt|gt|nbsp);"),
        "HTML entities such as &#39;",
        "replace them by what they stand for",
    ),
)


def score_systems(
    test_set: TestSet,
    outputs: Mapping[str, Sequence[Sequence[str]]],
    *,
    notes: Mapping[str, tuple[str, ...]],
    readings: Mapping[str, Reading] | None = None,
) -> list[SystemStatistics]:
    """Return a row for each system, in the order given; a system that cannot be scored gets a row with its error.

    `outputs` has, for each system, one text for each id, once for every sample; its scores are averaged over samples.

    Raises:
        ScoringError: the counts of outputs, references and ids differ.
    """
    used = used_metrics(test_set)
    streams = list(test_set.references.values())
    rows = []
    for name, samples in outputs.items():
        for hypotheses in samples:
            if len(hypotheses) != len(test_set.ids):
                raise ScoringError(
                    f"{test_set.task}: {name} has {len(hypotheses)} outputs for {len(test_set.ids)} segments"
                )
            metrics.check_streams(hypotheses, streams)
        texts = [text for hypotheses in samples for text in hypotheses]
        mute = [metric.name for metric in used if not any(metric.has_tokens(text) for text in texts)]
        if mute:
            error = (
                f"none of its {len(texts)} outputs holds a word that {', '.join(mute)} scores; "
                f"expected {test_set.target}: are the outputs empty, or in another language?"
            )
            rows.append(SystemStatistics(name, "system", {}, {}, error))
            continue
        empty = sum(map(is_blank, texts))
        remarks = notes.get(name, ()) + ((f"{empty} of {len(texts)} outputs are empty",) if empty else ())
        remarks += _foreign_signs(texts, streams, used) + _sentence_ends(samples[0], test_set)
        row = statistics_row(
            name, "system", [[hypotheses] * len(streams) for hypotheses in samples], samples, streams, used
        )
        rows.append(replace(row, notes=remarks, reading=(readings or {}).get(name)))
    return rows


def _foreign_signs(outputs: Sequence[str], streams: Sequence[Sequence[str]], used: Sequence[Metric]) -> tuple[str, ...]:
    """Return a note for each way of writing signs that outputs have and references have not: it costs points."""
    references = [reference for stream in streams for reference in stream]
    as_it_stands = [metric.name for metric in used if not metric.normalises]
    notes = []
    for signs, what, remedy in _SIGNS:
        found, known = (sum(bool(signs.search(text)) for text in texts) for texts in (outputs, references))
        # A few are no habit; nor is it foreign to references that have half as many.
        if as_it_stands and found > 0.01 * len(outputs) and known * len(outputs) < 0.5 * found * len(references):
            notes.append(
                f"{found} of {len(outputs)} outputs hold {what}, {known} of {len(references)} references do: "
                f"{', '.join(as_it_stands)} may count this as errors; {remedy}"
            )
    return tuple(notes)


def _sentence_ends(outputs: Sequence[str], test_set: TestSet) -> tuple[str, ...]:
    """Return a note if outputs and references end Hindi sentences with different marks, and this costs points."""

    def score(hypotheses: Sequence[str], references: Sequence[sentence_ends.Texts]) -> dict[str, float]:
        streams = [[text or "" for text in stream] for stream in references]
        return {
            metric.name: significance.value(compute.statistics(metric, hypotheses, streams)[None], metric.score)
            for metric in used_metrics(test_set)
        }

    remark = sentence_ends.remark(outputs, [*test_set.references.values()], test_set.target, score)
    return (remark,) if remark else ()


def statistics_row(
    name: str,
    role: Role,
    left_out: Sequence[Sequence[Sequence[str]]],
    full: Sequence[Sequence[str]],
    streams: Sequence[Sequence[str]],
    used: Sequence[Metric],
) -> SystemStatistics:
    """Return the statistics of each of `full` against all streams, and of `left_out[s][i]` against all but the i-th."""
    statistics = (
        {m.name: np.stack([compute.statistics(m, texts, streams) for texts in full]) for m in used} if full else {}
    )
    leave_one_out = {}
    if len(streams) > 1:
        others = [[*streams[:index], *streams[index + 1 :]] for index in range(len(streams))]
        views = [pair for texts in left_out for pair in zip(texts, others, strict=True)]
        for metric in used:
            leave_one_out[metric.name] = np.stack([compute.statistics(metric, texts, rest) for texts, rest in views])
    return SystemStatistics(name, role, statistics, leave_one_out)
