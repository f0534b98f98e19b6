"""Agreement of system scores: against slow second implementations, on all segments and on resamples."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import numpy.typing as npt
import pytest

from harness.metrics import Examples
from harness.metrics import get as get_metric
from harness.scoring.meta_evaluation.system_level import PairwiseAccuracy, Scored, SoftPairwiseAccuracy, SystemPearson

Floats = npt.NDArray[np.float64]


def means(values: Floats) -> Scored:
    """Return systems whose score is the mean of their segments, [systems, segments]."""
    return Scored(np.stack([values, np.ones_like(values)], axis=-1), lambda sums: sums[..., 0] / sums[..., 1])


def slow_p(a: Floats, b: Floats) -> float:
    """The one-sided p-value of "a is better" over all swaps of segments; equal differences count half."""
    observed = (a - b).mean()
    found = [(np.array(signs) * (a - b)).mean() for signs in product((1, -1), repeat=len(a))]
    larger = sum(each > observed + 1e-9 for each in found)
    return float((larger + sum(abs(each - observed) <= 1e-9 for each in found) / 2) / len(found))


def soft(metric: Scored, human: Scored) -> SoftPairwiseAccuracy:
    return SoftPairwiseAccuracy(metric, human, human.p_values(0), 0)


@pytest.fixture
def few() -> tuple[Floats, Floats]:
    """Metric and human scores of four systems on eight segments."""
    generator = np.random.default_rng(3)
    human = generator.integers(0, 6, (4, 8)) + np.arange(4.0)[:, None]
    return human + generator.normal(0, 2, (4, 8)), human


def test_soft_pairwise_accuracy_is_that_of_its_definition(few: tuple[Floats, Floats]) -> None:
    metric, human = few
    differences = [abs(slow_p(metric[a], metric[b]) - slow_p(human[a], human[b])) for a, b in combinations(range(4), 2)]
    assert soft(means(metric), means(human)).value == pytest.approx(1 - np.mean(differences))


def test_soft_pairwise_accuracy_does_not_depend_on_the_order_of_systems(few: tuple[Floats, Floats]) -> None:
    metric, human = (values.round() for values in few)  # with ties
    values = [soft(means(metric[order]), means(human[order])).value for order in ([0, 1, 2, 3], [3, 1, 0, 2])]
    assert values[0] == pytest.approx(values[1])


@pytest.mark.parametrize(("scale", "accuracy"), [(1.0, 1.0), (5.0, 1.0), (-1.0, 0.0)])
def test_a_metric_that_gives_the_same_p_values_is_right(scale: float, accuracy: float) -> None:
    human = np.arange(4.0)[:, None] * 10 + np.random.default_rng(0).normal(size=(4, 40))
    assert soft(means(scale * human), means(human)).value == pytest.approx(accuracy)


def test_a_metric_that_sees_no_difference_is_half_right_of_clear_differences() -> None:
    human = np.arange(4.0)[:, None] * 10 + np.random.default_rng(0).normal(size=(4, 40))
    assert soft(means(np.ones((4, 40))), means(human)).value == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("metric", "human", "accuracy"),
    [
        ([1, 2, 3], [1, 2, 3], 1.0),
        ([1, 2, 3], [3, 2, 1], 0.0),
        ([1, 3, 2], [1, 2, 3], 2 / 3),
        ([1, 1, 2], [1, 2, 3], 2 / 3),
        ([1, 1, 2], [2, 2, 3], 1.0),
    ],
)
def test_pairwise_accuracy_is_the_share_of_pairs_in_one_order(
    metric: list[float], human: list[float], accuracy: float
) -> None:
    found = PairwiseAccuracy(means(np.array([metric]).T), means(np.array([human]).T))
    assert found.value == pytest.approx(accuracy)


def test_statistics_of_a_resample_are_those_of_its_segments(few: tuple[Floats, Floats]) -> None:
    metric, human = few
    weights = np.random.default_rng(1).multinomial(8, np.full(8, 1 / 8), 5).astype(np.float64)
    pearson = SystemPearson(means(metric), means(human)).resampled(weights)
    accuracy = PairwiseAccuracy(means(metric), means(human)).resampled(weights)
    for index, of_resample in enumerate(weights.astype(int)):
        x, y = (values.repeat(of_resample, axis=1).mean(axis=1) for values in (metric, human))
        assert pearson[index] == pytest.approx(np.corrcoef(x, y)[0, 1])
        pairs = list(combinations(range(4), 2))
        assert accuracy[index] == pytest.approx(
            np.mean([np.sign(x[a] - x[b]) == np.sign(y[a] - y[b]) for a, b in pairs])
        )


def test_the_normal_limit_of_many_segments_is_the_permutation_test() -> None:
    generator = np.random.default_rng(5)
    human = generator.normal(size=(4, 300)) + np.arange(4.0)[:, None] / 12
    metric = human + generator.normal(0, 2, (4, 300))
    statistic = soft(means(metric), means(human))
    assert statistic.resampled(np.ones((1, 300)))[0] == pytest.approx(statistic.value, abs=0.02)


def test_the_score_of_a_system_is_that_of_the_tables_not_a_mean() -> None:
    """Corpus BLEU: the score of summed statistics. What segments add makes up nearly all of a difference."""
    metric = get_metric("bleu", "eng_Latn")
    references = [f"the {noun} sat on the red mat in the old house" for noun in ("cat", "dog", "cow", "hen")] * 5
    worse = [text.replace("red", "blue") for text in references]
    sums = np.stack([metric.statistics(Examples(texts, [references])) for texts in (references, worse)])
    scored = Scored(sums, metric.score)
    assert scored.scores[0] == pytest.approx(100)
    assert scored.effects().sum() == pytest.approx(scored.scores[0] - scored.scores[1], rel=0.1)


def test_random_swaps_depend_on_the_seed_only() -> None:
    human = np.random.default_rng(0).normal(size=(3, 30))
    same, again, other = (means(human).p_values(seed) for seed in (0, 0, 1))
    assert (same == again).all()
    assert (same != other).any()
    assert same == pytest.approx(other, abs=0.1)
