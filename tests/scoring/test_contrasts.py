"""Contrasts between slices and the rest."""

import numpy as np
import pytest

from harness import metrics
from harness.core.records import ENGLISH
from harness.scoring.contrasts import contrasts
from tests.simulations import contrasts as simulation
from tests.simulations import ratio

PARTS = {"short": range(30), "long": range(30, 80), "tiny": range(3)}


def draw(gain=0.0, n=80, seed=0):
    """Return two systems; the first is better by `gain` points on the short slice."""
    generator = np.random.default_rng(seed)
    lengths = ratio.lengths(generator, n)
    hardness = generator.normal(50, 12, n)
    a = hardness + generator.normal(0, 6, n) + gain * (np.arange(n) < 30)
    return [ratio.statistics(a, lengths), ratio.statistics(hardness + generator.normal(0, 6, n), lengths)]


def contrasts_of(systems, parts=PARTS, score=ratio.score, groups=None, pairs=((0, 1),), seed=0):
    groups = groups or [*map(str, range(systems[0].shape[1]))]
    return contrasts(systems, parts, score, groups=groups, pairs=pairs, resamples=999, seed=seed)


def test_a_contrast_is_the_difference_inside_and_outside():
    a, b = systems = draw(gain=10)
    contrast = contrasts_of(systems)[0]
    for half, expected in ((slice(30), contrast.inside), (slice(30, 80), contrast.outside)):
        scores = [float(ratio.score(system[0, half].sum(axis=0))) for system in (a, b)]
        assert scores[0] - scores[1] == pytest.approx(expected)


@pytest.mark.parametrize(("gain", "shown"), [(0, False), (10, True), (-10, True)])
def test_a_large_gain_on_one_slice_is_shown(gain, shown):
    short = contrasts_of(draw(gain))[0]
    assert (short.part, short.p < 0.05) == ("short", shown)


def test_a_slice_of_fewer_than_six_units_is_not_tested():
    assert [contrast.part for contrast in contrasts_of(draw())] == ["short", "long"]
    assert contrasts_of(draw(), parts={"all but five": range(75)}) == []


def test_a_slice_and_its_complement_have_the_same_p():
    short, long = contrasts_of(draw(gain=6))
    assert short.p == long.p
    assert (short.inside, short.outside) == pytest.approx((long.outside, long.inside))


def test_the_order_of_a_pair_changes_the_signs_and_not_p():
    there, back = contrasts_of(draw(6)), contrasts_of(draw(6), pairs=((1, 0),))
    assert [contrast.p for contrast in there] == [contrast.p for contrast in back]
    assert there[0].inside == pytest.approx(-back[0].inside)


def test_more_slices_and_pairs_are_corrected_for():
    systems = [*draw(gain=6), draw(seed=1)[1]]
    alone = contrasts_of(systems, parts={"short": PARTS["short"]})[0].p
    blocks = {str(start): range(start, start + 10) for start in range(0, 80, 10)}
    among = contrasts_of(systems, parts={"short": PARTS["short"], **blocks}, pairs=((0, 1), (0, 2), (1, 2)))[0].p
    assert alone < among


def test_identical_systems_have_p_1():
    a, _ = draw()
    assert {contrast.p for contrast in contrasts_of([a, a.copy()])} == {1.0}


def test_units_can_have_segments_in_a_slice_and_outside_it():
    articles = [str(index % 20) for index in range(80)]
    contrast = contrasts_of(draw(gain=10), groups=articles)[0]
    assert contrast.p < 0.05
    assert contrasts_of(draw(gain=10), groups=[str(index % 5) for index in range(80)]) == []


@pytest.mark.parametrize("seed", [0, 1])
def test_the_seed_decides_p(seed):
    first, again = (contrasts_of(draw(gain=4), seed=seed)[0].p for _ in range(2))
    assert first == again


@pytest.mark.parametrize("name", ["bleu", "chrf++", "ter", "rougeL"])
def test_swaps_change_only_the_sign_whatever_the_metric(name):
    """After all outputs of a slice are swapped, the test is that of the swapped systems: p of the pair is the same."""
    words = "the cat sat on a mat while rain fell over all of our old town".split()
    generator = np.random.default_rng(0)
    references = [" ".join(generator.permutation(words)[:8]) for _ in range(30)]
    metric = metrics.get(name, ENGLISH)
    outputs = [
        [" ".join(text.split()[k:]) + " x" * (index % 3) for index, text in enumerate(references)] for k in (1, 2)
    ]
    a, b = (metric.statistics(metrics.Examples(texts, [references]))[None] for texts in outputs)
    found = contrasts_of([a, b], parts={"first": range(10)}, score=metric.score)
    back = contrasts_of([b, a], parts={"first": range(10)}, score=metric.score)
    assert found[0].p == back[0].p
    assert 0 < found[0].p <= 1


def test_twins_get_few_false_claims():
    """Two settings of the simulation; `python -m tests.simulations` runs all of them."""
    twins = [simulation.claims("twins", 100, seed) for seed in range(150)]
    assert np.mean([false for false, _ in twins]) <= 0.1
    better = [simulation.claims("one slice", 500, seed) for seed in range(20)]
    assert np.mean([right for _, right in better]) >= 0.8
