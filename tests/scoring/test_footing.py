"""All rows of a table are on one footing: the same segments and number of references, for every metric."""

import json
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF

from harness import metrics, tasks
from harness.core import files
from harness.core.errors import InputError
from harness.core.records import ENGLISH, HINDI
from harness.datasets import FolderOptions, handwritten
from harness.metrics import Examples
from harness.scoring import Resampling, TestSet, analysis, bounds, comparison, serialisation, slices, systems
from tests.paths import DATASET

SETTINGS = Resampling(resamples=200, seed=0, confidence=0.95)
CLOSE = tuple(
    "the cat sat down|a dog ran off|birds fly in the sky|we drink tea|rain falls|he left early|it is so".split("|")
)
NEWS = tuple(
    "a cat sat down|the dog ran away|birds fly high|we all drink tea|it rains|he went early|so it is".split("|")
)
FREE = tuple("a cat is sitting|off ran the dog|high in the sky are birds|tea is drunk|rain|gone early|yes".split("|"))
GOOD = [line.replace("the", "a") for line in CLOSE]
FAIR = [line.partition(" ")[2] or line for line in CLOSE]
TRIAL = TestSet(
    task="translate", target=ENGLISH, primary="chrf++", metrics=("chrf++", "bleu"),
    ids=tuple(f"a#s{n}" for n in range(7)), articles=("a",) * 7, references={"close": CLOSE, "news": NEWS},
)  # fmt: skip
THREE = replace(TRIAL, references={**TRIAL.references, "free": FREE})
PEERS = {"chrf++": CHRF(word_order=2), "bleu": BLEU()}


def rows_of(of, outputs, *, reference=True):
    """Return the rows of a table; a system's outputs are one list, or several samples."""
    samples = {name: texts if isinstance(texts[0], list) else [list(texts)] for name, texts in outputs.items()}
    scored = systems.score_systems(of, samples, notes={})
    return [*([bounds.reference(of)] if reference else []), *scored]


def table(of, outputs, **options):
    return analysis.assess(of, rows_of(of, outputs, **options), SETTINGS)


def by_name(scores):
    return {system.name: system.metrics for system in scores.systems}


def values(scores, metric):
    return {name: of_row[metric].value for name, of_row in by_name(scores).items()}


def sacre(metric, hypotheses, *streams):
    return PEERS[metric].corpus_score(list(hypotheses), [list(stream) for stream in streams]).score


# --- which footing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["chrf++", "bleu"])
@pytest.mark.parametrize("of", [TRIAL, THREE], ids=["two", "three"])
def test_beside_a_reference_row_every_score_is_the_mean_over_the_reference_left_out(of, metric):
    found = by_name(table(of, {"good": GOOD, "fair": FAIR}))
    streams = list(of.references.values())
    for name, outputs in (("good", GOOD), ("fair", FAIR)):
        score = found[name][metric]
        rest = list(combinations(streams, len(streams) - 1))
        assert score.value == pytest.approx(np.mean([sacre(metric, outputs, *some) for some in rest]), abs=1e-9)
        assert score.signature == metrics.get(metric, ENGLISH).signature(len(streams) - 1)
        assert score.all_references.value == pytest.approx(sacre(metric, outputs, *streams), abs=1e-9)
        assert score.all_references.signature == metrics.get(metric, ENGLISH).signature(len(streams))


@pytest.mark.parametrize("metric", ["chrf++", "bleu"])
def test_without_a_reference_row_scores_are_against_all_references_as_published(metric):
    found = table(TRIAL, {"good": GOOD}, reference=False)
    score = by_name(found)["good"][metric]
    assert score.value == pytest.approx(sacre(metric, GOOD, CLOSE, NEWS), abs=1e-9)
    assert score.signature == metrics.get(metric, ENGLISH).signature(2)
    assert (score.all_references, found.leaves_one_out) == (None, False)


def test_the_rows_of_a_table_share_references_segments_and_units_in_every_metric():
    found = table(THREE, {"good": GOOD, "fair": FAIR})
    assert found.leaves_one_out
    for metric in THREE.metrics:
        footings = {
            (score.signature, score.segments, score.interval.units)
            for score in (of_row[metric] for of_row in by_name(found).values())
        }
        assert footings == {(metrics.get(metric, ENGLISH).signature(2), 7, 7)}


def test_a_reference_scored_as_a_system_has_the_score_of_a_permitted_text_and_not_100():
    found = by_name(table(TRIAL, {"copy": list(CLOSE), "fair": FAIR}))
    assert found["copy"]["chrf++"].all_references.value == pytest.approx(100)
    # With `news` left out it is the reference itself; with `close` left out it is scored as the reference row is.
    assert found["copy"]["chrf++"].value == pytest.approx((100 + sacre("chrf++", CLOSE, NEWS)) / 2, abs=1e-9)


def test_a_segment_with_one_reference_takes_part_in_no_row():
    gap = replace(TRIAL, references={"close": CLOSE, "news": (None, *NEWS[1:])})
    found = by_name(table(gap, {"good": GOOD}))
    for row in ("reference", "good"):
        assert (found[row]["chrf++"].segments, found[row]["chrf++"].interval.units) == (6, 6)
    expected = np.mean([sacre("chrf++", GOOD[1:], stream[1:]) for stream in (CLOSE, NEWS)])
    assert found["good"]["chrf++"].value == pytest.approx(expected, abs=1e-9)
    assert found["good"]["chrf++"].all_references.segments == 7


# --- intervals and tests belong to it ---------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["chrf++", "bleu"])
def test_differences_wins_and_slices_are_of_the_main_scores(metric):
    of = replace(TRIAL, kinds=("title",) * 2 + ("body",) * 5)
    found = table(of, {"good": GOOD, "fair": FAIR})
    main = values(found, metric)
    (pair,) = [pair for pair in found.comparisons if pair.metric == metric]
    assert pair.delta == pytest.approx(main["good"] - main["fair"], abs=1e-9)
    assert pair.interval.low <= pair.delta <= pair.interval.high
    expected = np.mean([sacre(metric, GOOD[:2], close[:2]) for close in (CLOSE, NEWS)])
    assert found.slices[0].scores["good"][metric] == pytest.approx(expected, abs=1e-9)


def test_a_test_swaps_systems_within_one_choice_of_the_reference_left_out():
    # With one choice only, p is that of the plain test against the references that remain.
    shifted = replace(TRIAL, references={"close": CLOSE, "same": CLOSE})
    (main,), (plain,) = (
        [pair for pair in scores.comparisons if pair.metric == "chrf++"]
        for scores in (
            table(shifted, {"good": GOOD, "fair": FAIR}),
            table(replace(TRIAL, references={"close": CLOSE}), {"good": GOOD, "fair": FAIR}, reference=False),
        )
    )
    assert (main.p, main.delta, main.wins) == (plain.p, pytest.approx(plain.delta), plain.wins)
    assert (main.interval.low, main.interval.high) == pytest.approx((plain.interval.low, plain.interval.high))


def test_samples_of_a_system_are_averaged_on_the_same_footing():
    found = by_name(table(TRIAL, {"one": GOOD, "other": FAIR, "both": [GOOD, FAIR]}))
    for metric in TRIAL.metrics:
        mean = (found["one"][metric].value + found["other"][metric].value) / 2
        assert found["both"][metric].value == pytest.approx(mean, abs=1e-9)


def test_a_system_that_failed_stays_in_the_table():
    found = table(TRIAL, {"mute": [""] * 7, "good": GOOD})
    assert [(system.name, bool(system.error)) for system in found.systems] == [
        ("reference", False), ("mute", True), ("good", False),
    ]  # fmt: skip


def test_each_segment_has_its_main_scores_and_those_against_all_references():
    first = next(slices.by_segment(TRIAL, rows_of(TRIAL, {"good": GOOD})))
    assert first["scores"]["good"]["chrf++"] < first["all_references"]["good"]["chrf++"]
    assert set(first["scores"]) == {"reference", "good"} != set(first["all_references"])
    plain = next(slices.by_segment(TRIAL, rows_of(TRIAL, {"good": GOOD}, reference=False)))
    assert plain == {"id": "a#s0", "article": "a", "scores": first["all_references"]}


# --- runs that were stored --------------------------------------------------------------------------------------------


def stored(outputs, **options):
    rows = rows_of(TRIAL, outputs, **options)
    return json.loads(files.dumps(serialisation.to_json(TRIAL, rows, "d1")))


def test_the_first_run_of_a_comparison_decides_whether_there_is_a_reference_row_and_so_the_footing():
    with_row, without = stored({"good": GOOD}), stored({"fair": FAIR}, reference=False)
    (one,) = comparison.compare({"a": [with_row], "b": [without]}, SETTINGS)
    (other,) = comparison.compare({"b": [without], "a": [with_row]}, SETTINGS)
    assert (one.leaves_one_out, other.leaves_one_out) == (True, False)
    for name in ("good", "fair"):
        assert by_name(one)[name]["bleu"].all_references.value == by_name(other)[name]["bleu"].value


def test_statistics_with_one_reference_left_out_that_are_damaged_are_named():
    damaged = stored({"good": GOOD})
    damaged["rows"][1]["leave_one_out"]["bleu"] = [[[1.0]]]
    with pytest.raises(
        InputError, match=r"run a: its scores\.json is damaged .*good has statistics of shape \(1, 1, 1\)"
    ):
        comparison.compare({"a": [damaged]}, SETTINGS)


# --- the article of this project --------------------------------------------------------------------------------------

INDIA_JAPAN = handwritten.load(FolderOptions(path=DATASET))


def hindi(task, *, versions=None):
    """Return the test set of a task on the article; of the versions that are named, whatever their length."""
    sources = tasks.sources(task, INDIA_JAPAN)
    texts = {
        version: tuple(by_id.get(source.id) for source in sources)
        for version, by_id in tasks.references(task, INDIA_JAPAN).items()
    }
    if versions:
        written = INDIA_JAPAN.references[task.reference_kind]
        texts = {name: tuple(r.text for r in written if (r.version, r.language) == (name, HINDI)) for name in versions}
    return TestSet(
        task=task.label, target=task.target, primary=task.primary, metrics=task.metrics,
        ids=tuple(source.id for source in sources), articles=tuple(source.article for source in sources),
        references=texts, sentences=tuple(source.sentences for source in sources),
    )  # fmt: skip


def leads(of, count):
    return [" ".join(sentences[:count]) for sentences in of.sentences]


def test_lead_1_stands_above_the_reference_row_only_if_it_has_more_references():
    """The case that showed it: the summaries of all lengths, rouge1."""
    of = hindi(tasks.get("summarise"), versions=("sentence", "brief-a", "brief-b"))
    found = by_name(table(of, {"lead-1": leads(of, 1)}))
    lead, reference = found["lead-1"]["rouge1"], found["reference"]["rouge1"]
    assert lead.all_references.value > reference.value > lead.value


@pytest.mark.parametrize("name", ["summarise", "headline", "gist"])
def test_no_extract_stands_above_the_oracle_in_any_metric_on_either_footing(name):
    of = hindi(tasks.get(name))
    extracts = {f"lead-{count}": leads(of, count) for count in (1, 2, 3)}
    extracts |= {
        f"second-{place}": [sentences[place % len(sentences)] for sentences in of.sentences] for place in (1, 4)
    }
    rows = [bounds.reference(of), bounds.oracle(of), *rows_of(of, extracts, reference=False)]
    found = by_name(analysis.assess(of, rows, SETTINGS))
    for metric in of.metrics:
        oracle = found["oracle"][metric]
        for extract in extracts:
            score = found[extract][metric]
            assert score.value <= oracle.value + 1e-9, (metric, extract)
            assert score.all_references.value <= oracle.all_references.value + 1e-9, (metric, extract)


def test_the_oracle_selects_anew_for_each_reference_left_out():
    sentences = ("cats sleep all day", "dogs run all night")
    of = TestSet(
        task="summarise", target=ENGLISH, primary="rouge1", metrics=("rouge1",), ids=("a",), articles=("a",),
        references={"one": (sentences[0],), "two": (sentences[1],)}, sentences=(sentences,),
    )  # fmt: skip
    oracle = by_name(analysis.assess(of, [bounds.reference(of), bounds.oracle(of)], SETTINGS))["oracle"]["rouge1"]
    assert (oracle.value, oracle.all_references.value) == (100, 100)


def test_a_metric_that_needs_a_network_scores_the_extract_of_the_primary_metric(monkeypatch):
    of = hindi(tasks.get("summarise"))
    rouge2 = type(metrics.get("rouge2", HINDI))
    calls = []
    original = rouge2.statistics

    def counted(self, examples: Examples):
        calls.append((self.name, len(examples.hypotheses)))
        return original(self, examples)

    monkeypatch.setattr(rouge2, "statistics", counted)
    monkeypatch.setattr(rouge2, "needs_network", property(lambda self: self.name == "rouge2"))
    row = bounds.oracle(of)
    assert [count for name, count in calls if name == "rouge2"] == [1, 1, 1]  # all references, and two views
    assert set(row.statistics) == {"rougeL", "rouge1", "rouge2"}
