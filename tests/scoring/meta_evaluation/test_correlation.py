"""Agreement of segment scores: against slow second implementations, on all outputs and on resamples."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from harness.scoring.meta_evaluation.correlation import AccuracyWithTies, KendallTauB, Pearson, kendall_tau_b

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def slow_tau_b(x: Floats, y: Floats) -> float:
    """Kendall's tau-b by its definition, pair by pair."""
    concordant = untied_x = untied_y = 0
    for i, j in combinations(range(len(x)), 2):
        a, b = np.sign(x[i] - x[j]), np.sign(y[i] - y[j])
        concordant += a * b
        untied_x += a != 0
        untied_y += b != 0
    return float(concordant / math.sqrt(untied_x * untied_y)) if untied_x and untied_y else math.nan


def slow_accuracy(metric: Floats, human: Floats, segments: Integers) -> tuple[float, float]:
    """Pairwise accuracy with the best of all epsilons that can matter, and that epsilon."""
    by_segment = [list(combinations(np.flatnonzero(segments == each), 2)) for each in np.unique(segments)]
    by_segment = [pairs for pairs in by_segment if pairs]
    best = (-1.0, math.nan)
    for epsilon in sorted({0.0, *(abs(metric[i] - metric[j]) for pairs in by_segment for i, j in pairs)}):
        accuracies = []
        for pairs in by_segment:
            right = 0
            for i, j in pairs:
                order = 0.0 if abs(metric[i] - metric[j]) <= epsilon else np.sign(metric[i] - metric[j])
                right += order == np.sign(human[i] - human[j])
            accuracies.append(right / len(pairs))
        if np.mean(accuracies) > best[0] + 1e-12:
            best = float(np.mean(accuracies)), float(epsilon)
    return best


def scores(seed: int, levels: int, outputs: int = 40) -> tuple[Floats, Floats, Integers]:
    """Return metric scores, human scores with as many levels, and segments of one to five outputs."""
    generator = np.random.default_rng(seed)
    human = generator.integers(0, levels, outputs).astype(np.float64)
    metric = np.round(human + generator.normal(0, levels, outputs), 0 if levels < 5 else 1)
    segments = np.sort(generator.integers(0, outputs // 3, outputs))
    shuffled = generator.permutation(outputs)
    return metric[shuffled], human[shuffled], np.unique(segments, return_inverse=True)[1][shuffled].astype(np.int64)


CASES = [scores(seed, levels) for seed, levels in enumerate((2, 3, 5, 26, 26, 1000))]


def replicated(weights: Floats, units: Integers) -> tuple[Integers, Integers]:
    """Return the outputs of a resample, and which copy of its unit each belongs to."""
    outputs, copies = [], []
    for unit, times in enumerate(weights.astype(int)):
        for copy in range(times):
            outputs.extend(np.flatnonzero(units == unit))
            copies.extend([unit * 100 + copy] * int((units == unit).sum()))
    return np.array(outputs), np.array(copies)


def resamples(units: Integers, count: int = 8) -> Floats:
    number = int(units.max()) + 1
    return np.random.default_rng(7).multinomial(number, np.full(number, 1 / number), count).astype(np.float64)


@pytest.mark.parametrize(("metric", "human", "_segments"), CASES)
def test_tau_b_is_that_of_its_definition(metric: Floats, human: Floats, _segments: Integers) -> None:
    assert kendall_tau_b(metric, human) == pytest.approx(slow_tau_b(metric, human), abs=1e-12)


def test_tau_b_is_that_of_scipys_documentation() -> None:
    assert kendall_tau_b(np.array([12, 2, 1, 12, 2]), np.array([1, 4, 7, 1, 0])) == pytest.approx(-0.4714045207910316)


@pytest.mark.parametrize(
    ("x", "y", "tau"),
    [
        ([1, 2, 3], [1, 2, 3], 1.0),
        ([1, 2, 3], [3, 2, 1], -1.0),
        ([1, 2, 3], [1, 3, 2], 1 / 3),
        ([1, 1, 1], [1, 2, 3], math.nan),
        ([1, 2, 3], [5, 5, 5], math.nan),
        ([1], [1], math.nan),
    ],
)
def test_tau_b_of_short_sequences(x: list[int], y: list[int], tau: float) -> None:
    assert kendall_tau_b(np.array(x), np.array(y)) == pytest.approx(tau, nan_ok=True)


def test_tau_b_of_many_outputs_is_fast() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=200_000)
    start = time.process_time()
    assert kendall_tau_b(x, x + generator.normal(size=200_000)) == pytest.approx(0.5, abs=0.01)  # 2 / pi * asin(r)
    assert time.process_time() - start < 15  # a loop over all pairs takes hours


@pytest.mark.parametrize(("metric", "human", "units"), CASES)
def test_tau_b_of_a_resample_is_that_of_its_outputs(metric: Floats, human: Floats, units: Integers) -> None:
    weights = resamples(units)
    found = KendallTauB(metric, human, units).resampled(weights)
    for value, of_resample in zip(found, weights, strict=True):
        outputs, _ = replicated(of_resample, units)
        assert value == pytest.approx(slow_tau_b(metric[outputs], human[outputs]), nan_ok=True)


def test_tau_b_of_a_resample_does_not_depend_on_the_size_of_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    metric, human, units = CASES[3]
    weights = resamples(units)
    statistic = KendallTauB(metric, human, units)
    expected = statistic.resampled(weights)
    for cells in (1, 100, 500):
        monkeypatch.setattr("harness.scoring.meta_evaluation.correlation._SIGNS", cells)
        monkeypatch.setattr("harness.scoring.meta_evaluation.correlation._CELLS", cells)
        assert statistic.resampled(weights) == pytest.approx(expected, nan_ok=True)


def test_units_of_more_outputs_than_a_byte_counts_are_summed() -> None:
    """A document of 300 outputs that all agree has more concordant pairs than eight bits hold."""
    x = np.arange(600.0)
    units = np.repeat([0, 1], 300)
    assert KendallTauB(x, x, units).resampled(np.array([[1.0, 1.0]])) == pytest.approx([1.0])


@pytest.mark.parametrize(("metric", "human", "units"), CASES)
def test_pearson_is_numpys_on_all_outputs_and_on_resamples(metric: Floats, human: Floats, units: Integers) -> None:
    statistic = Pearson(metric + 1e6, human, units)
    assert statistic.value == pytest.approx(np.corrcoef(metric, human)[0, 1])
    weights = resamples(units)
    for value, of_resample in zip(statistic.resampled(weights), weights, strict=True):
        outputs, _ = replicated(of_resample, units)
        assert value == pytest.approx(np.corrcoef(metric[outputs], human[outputs])[0, 1])


@pytest.mark.parametrize("statistic", [Pearson, KendallTauB])
def test_a_constant_metric_has_no_correlation(
    statistic: Callable[[Floats, Floats, Integers], Pearson | KendallTauB],
) -> None:
    found = statistic(np.full(6, 0.1), np.arange(6.0), np.arange(6))
    assert math.isnan(found.value)
    assert np.isnan(found.resampled(np.ones((2, 6)))).all()


@pytest.mark.parametrize(("metric", "human", "segments"), CASES)
def test_accuracy_with_ties_has_the_best_of_all_epsilons(metric: Floats, human: Floats, segments: Integers) -> None:
    statistic = AccuracyWithTies(metric, human, segments, segments)
    accuracy, epsilon = slow_accuracy(metric, human, segments)
    assert statistic.value == pytest.approx(accuracy)
    assert statistic.epsilon == pytest.approx(epsilon)


@pytest.mark.parametrize(("metric", "human", "segments"), CASES)
def test_accuracy_with_ties_of_a_resample_counts_copies_as_segments(
    metric: Floats, human: Floats, segments: Integers
) -> None:
    units = segments // 2  # documents of two segments
    weights = resamples(units)
    found = AccuracyWithTies(metric, human, segments, units).resampled(weights)
    for value, of_resample in zip(found, weights, strict=True):
        outputs, copies = replicated(of_resample, units)
        accuracy, _ = slow_accuracy(metric[outputs], human[outputs], copies * 100 + segments[outputs])
        assert value == pytest.approx(accuracy)


@pytest.mark.parametrize(
    ("metric", "human", "accuracy", "epsilon"),
    [
        ([1, 2, 3], [1, 2, 3], 1.0, 0.0),
        ([1, 2, 3], [3, 2, 1], 0.0, 0.0),
        ([1.0, 1.1, 3.0], [5, 5, 9], 1.0, 0.1),  # a small difference is a tie of the people
        ([1.0, 1.0, 3.0], [5, 5, 9], 1.0, 0.0),  # equal scores are a tie already
        ([1, 2, 9], [5, 5, 5], 1.0, 8.0),  # the people tie everything
        ([1, 1, 1], [1, 2, 3], 0.0, 0.0),  # a metric that ties everything is never right where people differ
    ],
)
def test_accuracy_with_ties_of_one_segment(
    metric: list[float], human: list[float], accuracy: float, epsilon: float
) -> None:
    one = np.zeros(len(metric), dtype=np.int64)
    statistic = AccuracyWithTies(np.array(metric, dtype=float), np.array(human, dtype=float), one, one)
    assert (statistic.value, statistic.epsilon) == (pytest.approx(accuracy), pytest.approx(epsilon))


def test_segments_with_one_output_have_no_pairs() -> None:
    each = np.arange(4)
    statistic = AccuracyWithTies(np.arange(4.0), np.arange(4.0), each, each)
    assert statistic.pairs == 0
    assert math.isnan(statistic.value)
    assert math.isnan(statistic.epsilon)
