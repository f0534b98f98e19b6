"""Outputs and references in, scores with per-segment statistics out; pure.

Beside the systems two rows are computed here, because they may look at references and so are no models:

    human    each reference version scored against the others, averaged: what a person reaches
    oracle   the sentences of the source that score best against the references: what extraction can reach

The human row has one reference fewer than the systems. For a fair comparison every row therefore also gets its primary
score on that footing (`one_fewer`): against all references but one, averaged over which one is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from math import comb
from typing import Literal

import numpy as np
import numpy.typing as npt

from harness import metrics, significance
from harness.errors import ScoringError
from harness.metrics import Metric
from harness.records import Comparison, Interval, Reading, Role, Score, SystemScores, TaskScores

FloatArray = npt.NDArray[np.float64]

# The oracle tries every choice of sentences while there are at most this many, and adds one at a time beyond that.
_MAX_CHOICES = 3000


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


@dataclass(frozen=True, slots=True)
class Settings:
    """How intervals and tests are made."""

    resamples: int
    seed: int
    confidence: float


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
    used = _metrics(trial)
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
        row = _row(name, "system", [[hypotheses] * len(streams) for hypotheses in samples], samples, streams, used)
        rows.append(replace(row, notes=remarks, reading=(readings or {}).get(name)))
    return rows


def human(trial: Trial) -> Row | None:
    """Return the human row, or None when there is just one reference to compare with nothing."""
    streams = list(trial.references.values())
    if len(streams) < 2:
        return None
    row = _row("human", "human", [streams], [], streams, _metrics(trial))
    return Row("human", "human", row.one_fewer, row.one_fewer, None, row.notes)


def oracle(trial: Trial) -> Row:
    """Return the oracle row, that of `best_extracts`."""
    texts = best_extracts(trial)
    streams = list(trial.references.values())
    return _row("oracle", "oracle", [[texts] * len(streams)], [texts], streams, _metrics(trial))


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


def assess(trial: Trial, rows: Sequence[Row], settings: Settings, *, notes: tuple[str, ...] = ()) -> TaskScores:
    """Return the scores, intervals and paired tests of a table's rows.

    Articles are resampled when there are several, else the segments of the one article. With one unit there is no
    interval, and with fewer than six no p-value: the data cannot carry them.
    """
    sampling = _Sampling.of(trial, settings)
    scored = [row for row in rows if row.error is None]
    scores: dict[str, dict[str, Score]] = {row.name: {} for row in scored}
    comparisons: list[Comparison] = []
    for metric in _metrics(trial):
        samples = sampling.draw(scored, metric)
        for row in scored:
            scores[row.name][metric.name] = _score(row, metric, samples, sampling, trial)
        comparisons += _compare([row for row in scored if row.role == "system"], metric, samples, sampling)
    return TaskScores(
        task=trial.task,
        primary=trial.primary,
        segments=len(trial.ids),
        articles=len(set(trial.articles)),
        references=tuple(trial.references),
        target=trial.target,
        systems=tuple(
            SystemScores(row.name, row.role, scores.get(row.name, {}), row.error, row.notes, row.reading)
            for row in rows
        ),
        comparisons=tuple(comparisons),
        notes=notes,
    )


@dataclass(frozen=True, slots=True)
class _Sampling:
    """What is resampled in a trial, and how."""

    unit: Literal["segment", "article"]
    units: int
    groups: tuple[str, ...]  # of each segment: the unit that it belongs to
    settings: Settings

    @classmethod
    def of(cls, trial: Trial, settings: Settings) -> _Sampling:
        articles = len(set(trial.articles))
        if articles > 1:
            return cls("article", articles, trial.articles, settings)
        return cls("segment", len(trial.ids), tuple(map(str, range(len(trial.ids)))), settings)

    def grouped(self, row: Row, metric: Metric) -> FloatArray:
        """Return a row's statistics summed over each unit, [views, units, d]."""
        return significance.by_group(row.statistics[metric.name], self.groups)

    def draw(self, rows: Sequence[Row], metric: Metric) -> dict[str, FloatArray]:
        """Return the resampled scores of each row, [resamples]; nothing where one unit is all there is."""
        if self.units < 2 or not rows:
            return {}
        statistics = [self.grouped(row, metric) for row in rows]
        drawn = significance.bootstrap(
            statistics, metric.score, resamples=self.settings.resamples, seed=self.settings.seed
        )
        return dict(zip([row.name for row in rows], drawn, strict=True))

    def interval(self, samples: FloatArray) -> Interval:
        low, high = significance.interval(samples, self.settings.confidence)
        return Interval(
            low=low,
            high=high,
            confidence=self.settings.confidence,
            method="percentile bootstrap",
            resamples=self.settings.resamples,
            seed=self.settings.seed,
            units=self.units,
            unit=self.unit,
        )


def _score(row: Row, metric: Metric, samples: Mapping[str, FloatArray], sampling: _Sampling, trial: Trial) -> Score:
    fewer = row.one_fewer.get(metric.name)
    return Score(
        value=significance.value(row.statistics[metric.name], metric.score),
        signature=metric.signature(len(trial.references) - (row.role == "human")),
        segments=len(trial.ids),
        interval=sampling.interval(samples[row.name]) if samples else None,
        one_fewer=None if fewer is None else significance.value(fewer, metric.score),
    )


def _compare(
    systems: Sequence[Row], metric: Metric, samples: Mapping[str, FloatArray], sampling: _Sampling
) -> list[Comparison]:
    """Return every pair of systems, with Holm's correction over the pairs of this metric."""
    settings = sampling.settings
    pairs = list(combinations(systems, 2))
    p_values: list[float] = []
    if sampling.units >= significance.MIN_UNITS:
        grouped = {row.name: sampling.grouped(row, metric) for row in systems}
        p_values = [
            significance.sign_flip(
                grouped[a.name], grouped[b.name], metric.score, resamples=settings.resamples, seed=settings.seed
            )
            for a, b in pairs
        ]
    adjusted = significance.holm(p_values)
    comparisons = []
    for number, (a, b) in enumerate(pairs):
        value_a, value_b = (significance.value(row.statistics[metric.name], metric.score) for row in (a, b))
        comparisons.append(
            Comparison(
                metric=metric.name,
                a=a.name,
                b=b.name,
                delta=value_a - value_b,
                interval=sampling.interval(samples[a.name] - samples[b.name]) if samples else None,
                p=p_values[number] if p_values else None,
                p_adjusted=adjusted[number] if p_values else None,
                significant=bool(p_values) and adjusted[number] < significance.level(settings.confidence),
            )
        )
    return comparisons


def _metrics(trial: Trial) -> list[Metric]:
    return [metrics.get(name, trial.target) for name in trial.metrics]


def _row(
    name: str,
    role: Role,
    left_out: Sequence[Sequence[Sequence[str]]],
    full: Sequence[Sequence[str]],
    streams: Sequence[Sequence[str]],
    used: Sequence[Metric],
) -> Row:
    """Return the statistics of each of `full` against all streams, and of `left_out[s][i]` against all but the i-th."""
    statistics = {m.name: np.stack([m.statistics(texts, streams) for texts in full]) for m in used} if full else {}
    one_fewer = {}
    if len(streams) > 1:
        others = [[*streams[:index], *streams[index + 1 :]] for index in range(len(streams))]
        views = [pair for texts in left_out for pair in zip(texts, others, strict=True)]
        for metric in used:
            one_fewer[metric.name] = np.stack([metric.statistics(texts, rest) for texts, rest in views])
    return Row(name, role, statistics, one_fewer)


def _best_extract(sentences: Sequence[str], references: tuple[str, ...], metric: Metric) -> str:
    def score_of(choices: Sequence[tuple[int, ...]]) -> FloatArray:
        texts = [" ".join(sentences[index] for index in choice) for choice in choices]
        return metric.score(metric.statistics(texts, [[reference] * len(texts) for reference in references]))

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
