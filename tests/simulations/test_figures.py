"""The figures that were written last are those of the code, and the README quotes them."""

import pytest

from tests.simulations import coverage, outputs, ranks, type_one
from tests.simulations.__main__ import modules, read

FIGURES = read()


def near(share: float, written: float, replications: int, before: int) -> bool:
    """Whether two shares differ by no more than chance explains: four standard errors, and a point."""
    spread = max(written * (1 - written), 0.02) * (1 / replications + 1 / before)
    return abs(share - written) <= 4 * spread**0.5 + 0.01


def test_every_simulation_has_its_figures_in_the_table():
    assert set(FIGURES) == set(modules()), "run: python -m tests.simulations"


@pytest.mark.slow
@pytest.mark.parametrize("units", [{"segments": 6}, {"segments": 50}, {"articles": 5}])
def test_intervals_cover_as_often_as_the_table_says(units):
    ((kind, count),) = units.items()
    for metric in outputs.METRICS:
        for name, share in coverage.shares(metric, f"{metric}, {count} {kind}", 100, **units).items():
            assert near(share, FIGURES["coverage"][name], 100, 400), name


@pytest.mark.slow
def test_tables_of_equals_make_as_few_claims_as_the_table_says():
    for name, share in type_one.of_tables(12, 40).items():
        assert near(share, FIGURES["type_one"][name], 40, 300), name


@pytest.mark.slow
def test_true_ranks_are_given_as_often_as_the_table_says():
    found = ranks.of_tables(200, 20)
    for name in ("200 segments: true rank given", "200 segments: all true ranks given"):
        assert near(found[name], FIGURES["ranks"][name], 20, 150), name
