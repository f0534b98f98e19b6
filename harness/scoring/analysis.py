"""Turn statistics into a table's numbers: scores, intervals, paired tests, ranks and slices; pure.

`_resamples.py` draws resamples and computes intervals from them; `_pairs.py` compares systems.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

from harness.core.errors import InputError
from harness.core.registry import unknown
from harness.core.scores import Comparison, Interval, Rank, Score, Slice, Sweep, SystemScores, TaskScores
from harness.metrics import Metric
from harness.scoring import (
    Resampling,
    SystemStatistics,
    TestSet,
    _pairs,
    footing,
    sample_size,
    significance,
    slices,
    sweeps,
    uniform,
    used_metrics,
)
from harness.scoring._resamples import Resamples, Sampling
from harness.scoring.footing import Footing


def assess(
    test_set: TestSet,
    rows: Sequence[SystemStatistics],
    settings: Resampling,
    *,
    notes: tuple[str, ...] = (),
    baseline: str | None = None,
) -> TaskScores:
    """Return the scores, intervals, paired tests and slices of a table's rows, all on one footing (`footing.py`).

    Articles are resampled if there are several, else the segments of the one article. Tests and intervals of
    differences are over the same units, except with two to five articles. No test of so few articles can show anything,
    so tests are then over segments, and conditional on these articles as for one article.

    With fewer than three units there is no interval, and with fewer than six no p-value, because no test could be
    significant. All pairs of systems are compared, or with a `baseline` every other system with that one. Corrections
    are over the pairs of each metric.
    """
    main = footing.of(test_set, rows)
    scored = [row for row in main.rows if row.error is None]
    systems = [row for row in scored if row.role == "system"]
    used = used_metrics(test_set)
    over = Sampling.of(main.test_set, settings)
    tested = over.for_tests(main.test_set)
    drawn = over.draw(scored, used)
    pairs = _pairs.choose(systems, baseline)
    testing = tested.testing(len(pairs)) if pairs else None
    compared = _compared(systems, pairs, used, tested, drawn)
    scores: dict[str, dict[str, Score]] = {}  # by metric, then row
    swept: tuple[Sweep, ...] = ()
    for metric in used:
        ranked: dict[str, Rank] = {}
        if baseline is None and testing is not None:
            ranked = _pairs.rank([row.name for row in systems], metric, compared[metric.name], testing)
        scores[metric.name] = _scores(main, scored, metric, drawn[metric.name], ranked)
        if metric.name == test_set.primary:
            swept = _sweeps(systems, scores[metric.name], drawn[metric.name], metric)
    table = TaskScores(
        task=test_set.task,
        primary=test_set.primary,
        segments=len(main.test_set.ids),
        articles=len(set(main.test_set.articles)),
        references=tuple(test_set.references),
        target=test_set.target,
        systems=tuple(_system(row, scores) for row in rows),
        comparisons=tuple(chain.from_iterable(compared.values())),
        notes=notes,
        slices=tuple(_with_intervals(part, main, scored, settings) for part in slices.slices(main.test_set, scored)),
        baseline=baseline,
        reference_counts=_uneven(test_set.reference_counts),
        testing=testing,
        leaves_one_out=main.leaves_one_out,
        dataset=test_set.dataset,
        sweeps=swept,
    )
    return replace(table, more_data=sample_size.more_data(table, main, settings))


def check_baseline(baseline: str | None, names: Sequence[str]) -> None:
    """Raise InputError unless the baseline is one of the systems."""
    if baseline is not None and baseline not in names:
        raise InputError(unknown("--baseline", baseline, list(dict.fromkeys(names))))


def _compared(
    systems: Sequence[SystemStatistics],
    pairs: Sequence[tuple[int, int]],
    used: Sequence[Metric],
    tested: Sampling,
    drawn: Mapping[str, Resamples],
) -> dict[str, list[Comparison]]:
    """Return the comparison of each pair, by metric.

    Args:
        systems: the systems, without errors.
        pairs: indices of systems.
        used: what is compared.
        tested: the units that tests and intervals of differences are over.
        drawn: the resamples of the table's units, by metric.
    """
    same_units = all(resamples.sampling is tested for resamples in drawn.values())
    drawn_for_tests = drawn if same_units else tested.draw(systems if pairs else (), used)
    tests = tested.test(systems, pairs, used)
    return {
        metric.name: _pairs.compare(
            systems, pairs, metric, drawn_for_tests[metric.name], tests[metric.name],
            None if same_units else drawn[metric.name],
        )
        for metric in used
    }  # fmt: skip


def _system(row: SystemStatistics, scores: Mapping[str, Mapping[str, Score]]) -> SystemScores:
    """Return a row with its scores, which are by metric, then row; a row with an error has none."""
    own = {metric: of_rows[row.name] for metric, of_rows in scores.items() if row.name in of_rows}
    return SystemScores(row.name, row.role, own, row.error, row.notes, row.diagnostics, row.run, row.unit)


def _scores(
    main: Footing,
    rows: Sequence[SystemStatistics],
    metric: Metric,
    resamples: Resamples,
    ranked: dict[str, Rank],
) -> dict[str, Score]:
    """Return each row's score on one metric, by name."""
    against_all = main.against_all_references(metric)
    scores = {}
    for row in rows:
        value = significance.value(row.statistics[metric.name], metric.score)
        samples = resamples.scores.get(row.name)
        scores[row.name] = Score(
            value=value,
            signature=metric.signature(uniform(main.reference_counts)),
            segments=len(main.reference_counts),
            interval=None if samples is None else resamples.sampling.of_score(value, samples, metric),
            all_references=against_all.get(row.name),
            higher_is_better=metric.higher_is_better,
            rank=ranked.get(row.name),
            decimals=metric.decimals,
            noise=row.noise.get(metric.name),
        )
    return scores


def _with_intervals(part: Slice, main: Footing, rows: Sequence[SystemStatistics], settings: Resampling) -> Slice:
    """Return a slice with the intervals of its scores, if the dataset wants them and it has enough units."""
    labels = main.test_set.labels.get(part.facet)
    if labels is None or not labels.has_intervals:
        return part
    indices = [index for index, value in enumerate(labels.values) if value == part.value]
    test_set = main.test_set.take(indices)
    of_part = [
        replace(row, statistics={name: array[:, indices] for name, array in row.statistics.items()}) for row in rows
    ]
    drawn = Sampling.of(test_set, settings).draw(of_part, used_metrics(test_set))
    intervals = {
        row.name: {
            metric.name: interval
            for metric in used_metrics(test_set)
            if row.name in drawn[metric.name].scores
            and (interval := _interval(part.scores[row.name][metric.name], row.name, drawn[metric.name], metric))
        }
        for row in of_part
    }
    return replace(part, intervals=intervals)


def _interval(value: float, row: str, resamples: Resamples, metric: Metric) -> Interval | None:
    return resamples.sampling.of_score(value, resamples.scores[row], metric)


def _sweeps(
    systems: Sequence[SystemStatistics], scores: dict[str, Score], resamples: Resamples, metric: Metric
) -> tuple[Sweep, ...]:
    """Return the sweeps among the systems, by their scores on the primary metric."""
    return sweeps.of(
        [(row.name, row.run) for row in systems],
        {name: score.value for name, score in scores.items()},
        resamples.scores,
        units=resamples.sampling.units,
        higher_is_better=metric.higher_is_better,
    )


def _uneven(counts: Sequence[int]) -> dict[int, int]:
    """Return how many segments have how many references; nothing if all have the same number."""
    return {} if uniform(counts) is not None else dict(sorted(Counter(counts).items()))
