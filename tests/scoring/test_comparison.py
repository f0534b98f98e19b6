"""Comparing runs from what they stored gives what scoring them together would give."""

import copy
import json
from dataclasses import replace

import pytest

from harness.core import files
from harness.core.errors import InputError
from harness.core.records import ENGLISH
from harness.core.scores import Count, Diagnostics
from harness.scoring import Resampling, SystemStatistics, TestSet, analysis, bounds, comparison, serialisation, systems

SETTINGS = Resampling(resamples=200, seed=0, confidence=0.95)
CLOSE = tuple(
    "the cat sat down|a dog ran off|birds fly in the sky|we drink tea|rain falls|he left early|it is".split("|")
)
NEWS = tuple(
    "a cat sat down|the dog ran away|birds fly high|we all drink tea|it rains|he went early|so it is".split("|")
)
GOOD = [line.replace("the", "a") for line in CLOSE]
FAIR = [line.partition(" ")[2] or line for line in CLOSE]
TRIAL = TestSet(
    task="translate", target=ENGLISH, primary="chrf++", metrics=("chrf++", "bleu"),
    ids=tuple(f"a#s{n}" for n in range(7)), articles=tuple("aabbccc"), references={"close": CLOSE, "news": NEWS},
)  # fmt: skip


def rows_of(outputs, test_set=TRIAL, notes=None):
    reference = bounds.reference(test_set)
    samples = {name: [texts] for name, texts in outputs.items()}
    return [*([reference] if reference else []), *systems.score_systems(test_set, samples, notes=notes or {})]


def stored(outputs, test_set=TRIAL, dataset="d1"):
    """Return what a run keeps, after a journey through a file."""
    return json.loads(files.dumps(serialisation.to_json(test_set, rows_of(outputs, test_set), dataset)))


def without_runs(scores):
    """Return the scores as they are if outputs come from no run."""
    return replace(scores, systems=tuple(replace(system, run="") for system in scores.systems))


def names(scores):
    return [system.name for system in scores.systems]


def test_a_stored_run_compared_alone_is_what_scoring_it_gave_to_the_last_bit():
    rows = rows_of({"good": GOOD, "mute": [""] * 7, "fair": FAIR}, notes={"fair": ("1 source was cut",)})
    rows[-1] = replace(rows[-1], diagnostics=Diagnostics(7, {"cut": Count(1, 7), "speed": Count(60, 2.5)}))
    kept = json.loads(files.dumps(serialisation.to_json(TRIAL, rows, "d1")))
    (scores,) = comparison.compare({"r": [kept]}, SETTINGS)
    assert {system.run for system in scores.systems} == {"r"}
    assert without_runs(scores) == analysis.assess(TRIAL, rows, SETTINGS)


def test_systems_of_two_runs_are_what_scoring_them_together_gives():
    together = analysis.assess(TRIAL, rows_of({"good": GOOD, "fair": FAIR}), SETTINGS)
    (apart,) = comparison.compare({"r1": [stored({"good": GOOD})], "r2": [stored({"fair": FAIR})]}, SETTINGS)
    assert [system.run for system in apart.systems] == ["r1", "r1", "r2"]
    assert without_runs(apart) == together
    assert together.comparisons[0].delta > 0


def test_bounds_stand_once():
    (scores,) = comparison.compare({"r1": [stored({"good": GOOD})], "r2": [stored({"fair": FAIR})]}, SETTINGS)
    assert names(scores) == ["reference", "good", "fair"]


def test_a_name_that_stands_in_two_runs_gets_the_run_and_the_others_keep_theirs():
    runs = {"r1": [stored({"good": GOOD, "only": FAIR})], "r2": [stored({"good": FAIR})]}
    (scores,) = comparison.compare(runs, SETTINGS)
    assert names(scores) == ["reference", "good (r1)", "only", "good (r2)"]
    values = {system.name: system.metrics["chrf++"].value for system in scores.systems}
    assert values["good (r1)"] > values["good (r2)"] == values["only"]


def test_p_values_are_corrected_anew_over_the_systems_of_all_runs():
    test_set = TestSet(**{**{f: getattr(TRIAL, f) for f in TestSet.__slots__}, "articles": ("a",) * 7})
    runs = {
        "r1": [stored({"x": GOOD, "y": FAIR}, test_set)],
        "r2": [stored({"z": [line[:2] for line in CLOSE]}, test_set)],
    }
    alone = comparison.compare({"r1": runs["r1"]}, SETTINGS)[0].comparisons[0]
    both = next(c for c in comparison.compare(runs, SETTINGS)[0].comparisons if (c.a, c.b) == ("x", "y"))
    assert alone.p == both.p == alone.p_adjusted < both.p_adjusted


def test_tasks_are_compared_apart_in_the_order_of_the_runs():
    other = {**stored({"good": GOOD}), "task": "gist"}
    runs = {"r1": [stored({"good": GOOD})], "r2": [other, stored({"fair": FAIR})]}
    found = comparison.compare(runs, SETTINGS)
    assert [(scores.task, names(scores)) for scores in found] == [
        ("translate", ["reference", "good", "fair"]),
        ("gist", ["reference", "good"]),
    ]


def test_a_system_that_failed_keeps_its_error_and_its_place():
    failed = json.loads(
        files.dumps(serialisation.to_json(TRIAL, [SystemStatistics("x", "system", {}, {}, "no memory")], "d1"))
    )
    (scores,) = comparison.compare({"r1": [failed], "r2": [stored({"fair": FAIR})]}, SETTINGS)
    assert [(system.name, system.error) for system in scores.systems] == [("x", "no memory"), ("fair", None)]


def changed(**changes):
    return {**copy.deepcopy(stored({"fair": FAIR})), **changes}


SIGNATURES = stored({"fair": FAIR})["signatures"]


@pytest.mark.parametrize(
    ("other", "named"),
    [
        pytest.param(changed(dataset="d2"), r"dataset \(digest\) differ \(d1 and d2\)", id="dataset"),
        pytest.param(changed(ids=[f"b#s{number}" for number, _ in enumerate(TRIAL.ids)]), "segments differ", id="ids"),
        pytest.param(changed(articles=["z"]), "articles of the segments differ", id="articles"),
        pytest.param(changed(references=["close"]), "references differ", id="references"),
        pytest.param(changed(target="hin_Deva"), "output language differ", id="target"),
        pytest.param(changed(primary="bleu"), "primary metric differ", id="primary"),
        pytest.param(
            changed(signatures={**SIGNATURES, "chrf++": SIGNATURES["chrf++"].replace("case:mixed", "case:lc")}),
            r"metric signatures differ \(chrf\+\+: case:mixed and case:lc\)$", id="signature",
        ),
    ],
)  # fmt: skip
def test_runs_that_do_not_share_their_footing_are_refused_by_name(other, named):
    with pytest.raises(InputError, match=f"translate: runs r1 and r2 cannot be compared: .*--mixed; their {named}"):
        comparison.compare({"r1": [stored({"good": GOOD})], "r2": [other]}, SETTINGS)


def test_runs_with_other_metrics_are_refused_with_the_metrics_that_only_one_has():
    one = stored({"good": GOOD})
    for row in one["rows"]:
        for arrays in (row["statistics"], row["leave_one_out"]):
            arrays["ter"] = arrays.pop("chrf++", [])
    other = changed(signatures={"chrf++": SIGNATURES["chrf++"]})
    one["signatures"] = {"bleu": SIGNATURES["bleu"], "ter": "tok:tercom"}
    with pytest.raises(InputError) as error:
        comparison.compare({"r1": [one], "r2": [other]}, SETTINGS)
    assert str(error.value) == (
        "translate: runs r1 and r2 cannot be compared: score both with the same metrics (`harness score RUN "
        "--add-metric NAME` adds one), or see them side by side with --mixed; only r1 has bleu, ter; only r2 has chrf++"
    )


def test_mixed_runs_stand_side_by_side_where_that_is_wanted_and_the_table_says_why():
    runs = {
        "r1": [stored({"good": GOOD, "fair": FAIR})],
        "r2": [changed(dataset="d2")],
        "r3": [changed(dataset="d2", rows=stored({"free": NEWS})["rows"])],
    }
    (scores,) = comparison.compare(runs, SETTINGS, mixed=True)
    assert names(scores) == ["reference", "good", "fair (r1)", "reference (r2)", "fair (r2)", "free"]
    assert "runs r1 and r2: their dataset (digest) differ (d1 and d2)" in scores.mixed
    assert scores.testing is None
    pairs = {frozenset((pair.a, pair.b)) for pair in scores.comparisons}
    assert pairs == {frozenset(("good", "fair (r1)")), frozenset(("fair (r2)", "free"))}
    alone = comparison.compare({"r1": runs["r1"]}, SETTINGS)[0]
    assert scores.systems[1].metrics == alone.systems[1].metrics


def test_mixed_says_nothing_where_runs_are_on_one_footing():
    runs = {"r1": [stored({"good": GOOD})], "r2": [stored({"fair": FAIR})]}
    assert comparison.compare(runs, SETTINGS, mixed=True) == comparison.compare(runs, SETTINGS)


def test_a_refusal_tells_of_the_way_out():
    with pytest.raises(
        InputError, match=r": run both configs on the same data, or see them side by side with --mixed; "
    ):
        comparison.compare({"r1": [stored({"good": GOOD})], "r2": [changed(dataset="d2")]}, SETTINGS)


def test_a_run_scored_with_other_settings_than_todays_is_refused():
    old = stored({"good": GOOD})
    old["signatures"]["bleu"] = "nrefs:2|tok:older"
    with pytest.raises(InputError, match=r"run r1 was scored with bleu nrefs:2\|tok:older, this harness has nrefs:2"):
        comparison.compare({"r1": [old]}, SETTINGS)


def test_gaps_of_references_are_stored_and_the_scores_are_the_same_again():
    with_gaps = replace(TRIAL, references={"close": CLOSE, "news": (*NEWS[:4], None, None, NEWS[6])})
    rows = rows_of({"good": GOOD, "fair": FAIR}, with_gaps)
    kept = json.loads(files.dumps(serialisation.to_json(with_gaps, rows, "d1")))
    assert kept["gaps"] == {"news": ["a#s4", "a#s5"]}
    (scores,) = comparison.compare({"r": [kept]}, SETTINGS)
    assert without_runs(scores) == analysis.assess(with_gaps, rows, SETTINGS)
    assert scores.reference_counts == {1: 2, 2: 5}


def test_without_gaps_nothing_is_stored_of_them():
    assert "gaps" not in stored({"good": GOOD})


def test_an_unknown_baseline_is_answered_with_the_nearest():
    with pytest.raises(InputError, match="did you mean 'good'"):
        comparison.compare({"r1": [stored({"good": GOOD, "fair": FAIR})]}, SETTINGS, baseline="god")


def test_what_is_stored_is_strict_json_and_holds_no_text():
    kept = files.dumps(serialisation.to_json(TRIAL, rows_of({"good": GOOD}), "d1"))
    assert CLOSE[2] not in kept and GOOD[2] not in kept


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda kept: {}, id="nothing in it"),
        pytest.param(lambda kept: {**kept, "rows": [{}]}, id="a row without its keys"),
        pytest.param(lambda kept: {**kept, "rows": None}, id="no list of rows"),
        pytest.param(lambda kept: {**kept, "signatures": 3}, id="no signatures"),
        pytest.param(lambda kept: {**kept, "ids": kept["ids"][:-1]}, id="a segment lost"),
        pytest.param(lambda kept: {**kept, "rows": [{**kept["rows"][0], "statistics": {}}]}, id="statistics lost"),
    ],
)
def test_damaged_statistics_are_refused_with_the_next_step(damage):
    with pytest.raises(InputError, match=r"^run r1: its scores.json is damaged .*; run it again"):
        comparison.compare({"r1": [damage(stored({"fair": FAIR}))]}, SETTINGS)
