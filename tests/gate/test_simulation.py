"""How often the gate errs: the committed figures against a smaller rerun, and against what the README says."""

from __future__ import annotations

import json

import pytest

from tests.simulations import gate as simulation

FIGURES: dict[str, float] = json.loads(simulation.FIGURES.read_text(encoding="utf-8"))


def test_the_readme_has_the_committed_figures() -> None:
    (between,) = simulation.MARKS.findall(simulation.README.read_text(encoding="utf-8"))
    assert between.strip() == simulation.tables(FIGURES), "run: python -m tests.simulations.gate"


@pytest.mark.slow
def test_a_smaller_rerun_is_near_the_committed_figures() -> None:
    """Of 40 runs, a share of a half has a standard error of 8 points."""
    again = simulation.figures({60: 40}, [60])
    assert set(again) == {key for key in FIGURES if key.startswith("n = 60,")}
    assert {key: value for key, value in again.items() if abs(value - FIGURES[key]) > 0.25} == {}


def test_the_default_fails_far_fewer_runs_in_which_nothing_dropped() -> None:
    for size in simulation.SIZES:
        for condition in simulation.NULL:
            old, new, strict, confirmed = (
                FIGURES[f"n = {size}, {condition}, 2 metrics, {rule}, fails"] for rule in simulation.COLUMNS
            )
            assert new <= 0.85 * old or old - new < 0.02
            assert max(strict, confirmed) <= new
