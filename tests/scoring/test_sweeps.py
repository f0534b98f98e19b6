"""Sweeps in a table: which rows are members, which is best, and how much it is overrated."""

import numpy as np
import pytest

from harness.scoring import significance, sweeps


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["mt5[num_beams=1]", "mt5[num_beams=4, length_penalty=0.6]"], {("mt5", ""): [0, 1]}),
        (["mt5[num_beams=1]", "other"], {}),  # one member is no sweep
        (["mt5[num_beams=1]", "mt5"], {}),
        (["a.b@c[x=1]", "a.b@c[x=2]", "d[x=1]", "d[x=2]"], {("a.b@c", ""): [0, 1], ("d", ""): [2, 3]}),
        (["mt5 [seed 1]", "mt5 [seed=2]"], {}),  # labels of `compare`
        (["mt5[x=1] (run-1)", "mt5[x=2]"], {("mt5", ""): [0, 1]}),
        (["file[1]", "file[2]"], {}),
    ],
)
def test_the_names_say_which_systems_are_members(names, expected):
    found = sweeps.members([(name, "") for name in names])
    assert found == {group: [names[place] for place in places] for group, places in expected.items()}


def test_each_run_has_its_own_sweep():
    systems = [(f"mt5[x={x}] ({run})", run) for run in ("r1", "r2") for x in (1, 2)]
    assert set(sweeps.members(systems)) == {("mt5", "r1"), ("mt5", "r2")}


@pytest.mark.parametrize(("higher", "best"), [(True, "a[x=2]"), (False, "a[x=1]")])
def test_the_best_member_is_that_of_the_metric_s_direction(higher, best):
    systems, values = [("a[x=1]", ""), ("a[x=2]", "")], {"a[x=1]": 1.0, "a[x=2]": 2.0}
    (sweep,) = sweeps.of(systems, values, {}, units=1, higher_is_better=higher)
    assert (sweep.best, sweep.optimism, sweep.optimism_if_equal) == (best, None, None)


def overrated(true, segments=100, systems=4, trials=300, shared=0.5, seed=0):
    """Return the mean over test sets of (what the best is overrated by, the estimate, its value if all are equal).

    A system's score is the mean over segments of values with standard deviation 10; part of it is the segment's.
    """
    generator = np.random.default_rng(seed)
    results = []
    for _ in range(trials):
        noise = generator.normal(size=(systems, segments)) * np.sqrt(1 - shared)
        noise += generator.normal(size=segments) * np.sqrt(shared)
        values = np.asarray(true)[:, None] + 10 * noise
        drawn = significance.bootstrap(
            [np.stack([row, np.ones(segments)], axis=1)[None] for row in values],
            lambda sums: sums[..., 0] / sums[..., 1],
            resamples=200,
            seed=int(generator.integers(2**31)),
        )
        best = values.mean(axis=1).argmax()
        results.append((values.mean(axis=1)[best] - true[best], *sweeps.optimism(drawn, segments)))
    return np.mean(results, axis=0)


def test_between_equal_systems_the_second_figure_is_right_and_the_first_too_low_by_a_third():
    truth, estimate, if_equal = overrated([0.0] * 4)
    assert if_equal == pytest.approx(truth, rel=0.1)
    assert 0.6 < estimate / truth < 0.85


def test_if_one_system_is_clearly_best_nothing_is_overrated():
    truth, estimate, if_equal = overrated([0.0, 0.0, 0.0, 10.0])
    assert abs(truth) < 0.15 and abs(estimate) < 0.15 and if_equal > 0.5


def test_equal_outputs_are_not_overrated():
    samples = np.random.default_rng(0).normal(size=300)
    assert sweeps.optimism(np.stack([samples] * 3), 20) == (0.0, 0.0)
