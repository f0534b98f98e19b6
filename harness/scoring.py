"""Outputs and references in, per-segment statistics out; pure. What they come to is in `harness.assessing`.

Beside the systems two rows are computed here, because they may look at references and so are no models:

    human    each reference version scored against the others, averaged: what a person reaches
    oracle   the sentences of the source that score best against the references: what extraction can reach

The human row has one reference fewer than the systems. For a fair comparison every row therefore also gets its scores
on that footing (`one_fewer`): against all references but one, averaged over which one is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt

from harness import computing, metrics
from harness.errors import ScoringError
from harness.metrics import Metric
from harness.records import Reading, Role

FloatArray = npt.NDArray[np.float64]

# The oracle tries every choice of sentences while there are at most this many, and adds one at a time beyond that.
_MAX_CHOICES = 3000

# Signs, what they are called, and what to do about them.
_SIGNS = (
    (re.compile("[\u2018\u2019\u201c\u201d]"), "curly quotes", "the metrics named -normalised do not"),
    (
        re.compile(r"&(?:#\d+|#x[0-9A-Fa-f]+|amp|quot|apos|lt|gt|nbsp);"),
        "HTML entities such as &#39;",
        "replace them by what they stand for",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the systems of one table were asked, and what people wrote for it."""

    task: str  # label
    target: str  # language of the outputs
    primary: str
    metrics: tuple[str, ...]
    ids: tuple[str, ...]  # of the scored units
    articles: tuple[str, ...]  # the article of each unit; empty where nobody knows
    references: Mapping[str, tuple[str, ...]]  # by version, one text for each unit
    sentences: tuple[tuple[str, ...], ...] = ()  # of each source, where an oracle is wanted
    lengths: tuple[int, ...] = ()  # words of each unit's source, or else of its first reference; for slices
    kinds: tuple[str, ...] = ()  # of each unit: title, body, ...; empty where nobody knows


@dataclass(frozen=True, slots=True)
class Row:
    """One row's statistics, by metric: [views, n, d] against all references, and with each left out in turn."""

    name: str
    role: Role
    statistics: Mapping[str, FloatArray]
    one_fewer: Mapping[str, FloatArray]
    error: str | None = None
    notes: tuple[str, ...] = field(default=())
    reading: Reading | None = None


def score_systems(
    trial: Trial,
    outputs: Mapping[str, Sequence[Sequence[str]]],
    *,
    notes: Mapping[str, tuple[str, ...]],
    readings: Mapping[str, Reading] | None = None,
) -> list[Row]:
    """Return a row for each system, in the order given; a system that cannot be scored gets a row with its error.

    `outputs` has, for each system, one text for each id, once for every sample; its scores are averaged over samples.

    Raises:
        ScoringError: the counts of outputs, references and ids differ.
    """
    used = used_metrics(trial)
    streams = list(trial.references.values())
    rows = []
    for name, samples in outputs.items():
        for hypotheses in samples:
            if len(hypotheses) != len(trial.ids):
                raise ScoringError(f"{trial.task}: {name} has {len(hypotheses)} outputs for {len(trial.ids)} segments")
            metrics.check_streams(hypotheses, streams)
        texts = [text for hypotheses in samples for text in hypotheses]
        mute = [metric.name for metric in used if not any(metric.has_tokens(text) for text in texts)]
        if mute:
            error = (
                f"none of its {len(texts)} outputs holds a word that {', '.join(mute)} scores; "
                f"expected {trial.target}: are the outputs empty, or in another language?"
            )
            rows.append(Row(name, "system", {}, {}, error))
            continue
        empty = sum(not text.strip() for text in texts)
        remarks = notes.get(name, ()) + ((f"{empty} of {len(texts)} outputs are empty",) if empty else ())
        remarks += _foreign_signs(texts, streams, used)
        row = _row(name, "system", [[hypotheses] * len(streams) for hypotheses in samples], samples, streams, used)
        rows.append(replace(row, notes=remarks, reading=(readings or {}).get(name)))
    return rows


def human(trial: Trial) -> Row | None:
    """Return the human row, or None when there is just one reference to compare with nothing."""
    streams = list(trial.references.values())
    if len(streams) < 2:
        return None
    row = _row("human", "human", [streams], [], streams, used_metrics(trial))
    return Row("human", "human", row.one_fewer, row.one_fewer, None, row.notes)


def oracle(trial: Trial) -> Row:
    """Return the oracle row, that of `best_extracts`."""
    texts = best_extracts(trial)
    streams = list(trial.references.values())
    return _row("oracle", "oracle", [[texts] * len(streams)], [texts], streams, used_metrics(trial))


def best_extracts(trial: Trial) -> list[str]:
    """Return for each source its sentences with the highest primary score, in reading order.

    All choices of up to as many sentences as stay within 3,000 choices are tried; from the best of them, sentences
    are then added one at a time while that helps.
    """
    metric = metrics.get(trial.primary, trial.target)
    by_source = zip(*trial.references.values(), strict=True)
    return [
        _best_extract(sentences, references, metric)
        for sentences, references in zip(trial.sentences, by_source, strict=True)
    ]


def used_metrics(trial: Trial) -> tuple[Metric, ...]:
    """Return the metrics of a trial, which keep what they have prepared of its references."""
    return _metrics(trial.metrics, trial.target)


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


@lru_cache(maxsize=16)
def _metrics(names: tuple[str, ...], target: str) -> tuple[Metric, ...]:
    return tuple(metrics.get(name, target) for name in names)


def _row(
    name: str,
    role: Role,
    left_out: Sequence[Sequence[Sequence[str]]],
    full: Sequence[Sequence[str]],
    streams: Sequence[Sequence[str]],
    used: Sequence[Metric],
) -> Row:
    """Return the statistics of each of `full` against all streams, and of `left_out[s][i]` against all but the i-th."""
    statistics = (
        {m.name: np.stack([computing.statistics(m, texts, streams) for texts in full]) for m in used} if full else {}
    )
    one_fewer = {}
    if len(streams) > 1:
        others = [[*streams[:index], *streams[index + 1 :]] for index in range(len(streams))]
        views = [pair for texts in left_out for pair in zip(texts, others, strict=True)]
        for metric in used:
            one_fewer[metric.name] = np.stack([computing.statistics(metric, texts, rest) for texts, rest in views])
    return Row(name, role, statistics, one_fewer)


def _best_extract(sentences: Sequence[str], references: tuple[str, ...], metric: Metric) -> str:
    def score_of(choices: Sequence[tuple[int, ...]]) -> FloatArray:
        texts = [" ".join(sentences[index] for index in choice) for choice in choices]
        streams = [[reference] * len(texts) for reference in references]
        scores = metric.score(computing.statistics(metric, texts, streams))
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
