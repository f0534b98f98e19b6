"""Slices by the labels that a dataset states: counts, and intervals if the dataset wants them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.core.records import ENGLISH, Check, Condition
from harness.core.scores import Slice, TaskScores
from harness.reporting.details import own_facets, slices_table
from harness.scoring import Resampling, TestSet, UnitLabels, analysis, serialisation, systems

CHECK = Check(must=((Condition("pattern", ("a",)),),), must_not=(Condition("pattern", ("x",)),))
# Eight pairs: six of group g, two of group h; each pair is a phenomenon of its own.
ARTICLES = tuple(str(number // 2) for number in range(16))
TRIAL = TestSet(
    task="challenge",
    target=ENGLISH,
    primary="pairs-passed",
    metrics=("pairs-passed", "items-passed", "items-failed", "items-undecided"),
    ids=tuple(f"i{number}" for number in range(16)),
    articles=ARTICLES,
    references={"correct-1": ("a",) * 16},
    annotations=((CHECK,),) * 16,
    labels={
        "group": UnitLabels(("g",) * 12 + ("h",) * 4, has_intervals=True),
        "phenomenon": UnitLabels(ARTICLES, has_intervals=False),
    },
)


def assess(outputs: Sequence[str], test_set: TestSet = TRIAL) -> TaskScores:
    rows = systems.score_systems(test_set, {"one": [outputs]}, notes={})
    return analysis.assess(test_set, rows, Resampling(resamples=200))


def part(scores: TaskScores, value: str) -> Slice:
    return next(each for each in scores.slices if each.value == value and each.facet in own_facets(scores))


# Pairs 0 to 2 pass; of pair 3 one item fails; pairs 4 and 5 are undecided; of group h one pair passes.
OUTPUTS = [*"aaaaaa", *"ax", *"----", *"aa", *"xx"]


def test_a_group_has_counts_of_pairs_and_items_and_an_interval_over_pairs() -> None:
    found = part(assess(OUTPUTS), "g")
    counts = {name: (count.part, count.whole) for name, count in found.counts["one"].items()}
    assert counts == {
        "pairs-passed": (3, 6), "items-passed": (7, 12), "items-failed": (1, 12), "items-undecided": (4, 12),
    }  # fmt: skip
    interval = found.intervals["one"]["pairs-passed"]
    assert (interval.unit, interval.units) == ("article", 6)
    assert 0 <= interval.low < 50 < interval.high <= 100


def test_too_few_pairs_have_counts_and_no_interval() -> None:
    found = part(assess(OUTPUTS), "h")
    assert found.counts["one"]["pairs-passed"].part == 1
    assert found.intervals["one"] == {}


def test_a_phenomenon_has_counts_only() -> None:
    found = part(assess(OUTPUTS), "3")
    assert (found.counts["one"]["pairs-passed"].part, found.counts["one"]["items-passed"].part) == (0, 1)
    assert found.intervals == {}


def test_the_whole_is_resampled_by_pairs() -> None:
    score = assess(OUTPUTS).systems[0].metrics["pairs-passed"]
    assert score.interval is not None
    assert (score.value, score.interval.units) == (50, 8)


@pytest.mark.parametrize(("output", "value"), [("a", 100.0), ("x", 0.0)])
def test_all_or_nothing_has_an_interval_of_some_width(output: str, value: float) -> None:
    score = assess([output] * 16).systems[0].metrics["pairs-passed"]
    assert score.interval is not None
    assert (score.value, score.interval.high - score.interval.low) == (value, pytest.approx(36.94, abs=0.01))
    assert value in (score.interval.low, score.interval.high)


def test_labels_survive_a_run_s_file() -> None:
    rows = systems.score_systems(TRIAL, {"one": [OUTPUTS]}, notes={})
    stored = serialisation.from_json("run", serialisation.to_json(TRIAL, rows, "digest")).test_set
    assert stored.labels == TRIAL.labels
    assert serialisation.to_json(replace(TRIAL, labels={}), rows, "digest").get("labels") is None


def test_the_table_shows_counts_with_the_other_verdicts_and_explains_them() -> None:
    table = slices_table(assess(OUTPUTS), "phenomenon")
    assert table is not None
    cells = {row[0].text: row[2].text for row in table.rows}
    assert cells["3"] == "0/1 · 1 1 0"
    assert any(
        line.startswith("Each cell: pairs-passed, as part of the whole · counts of") for line in table.legend.methods
    )
    groups = slices_table(assess(OUTPUTS), "group")
    assert groups is not None
    assert groups.rows[0][2].text.startswith("3/6 = 50.0 [")
