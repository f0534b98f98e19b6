"""From outputs and references to a table's numbers: bounds, failures, and what the data can carry."""

import random
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from sacrebleu.metrics import CHRF

from harness import metrics
from harness.core.errors import InputError, ScoringError
from harness.core.records import ENGLISH, HINDI
from harness.metrics import Examples
from harness.metrics.chrf import Chrf
from harness.scoring import Resampling, TestSet, analysis, slices, systems
from harness.scoring import bounds as bounds_module
from harness.scoring.significance import PValue

SETTINGS = Resampling(resamples=300, seed=0, confidence=0.95)
REFERENCES = {
    "close": (
        "the minister met the ambassador", "rain fell on the city all day", "prices rose again in march",
        "the team won its last match", "schools open on monday", "the court heard the case",
        "farmers sold the wheat early", "the train left at noon",
    ),
    "news": (
        "the ambassador met the minister", "it rained on the city the whole day", "in march prices went up again",
        "the team won the final match", "schools reopen on monday", "judges heard the case",
        "wheat was sold early by farmers", "at noon the train departed",
    ),
    "free": (
        "minister and ambassador meet", "a day of rain in the city", "march brings higher prices",
        "victory in the last match", "monday is the first school day", "the case came to court",
        "an early sale of wheat", "the noon train has gone",
    ),
}  # fmt: skip
GOOD = list(REFERENCES["close"])
FAIR = [line.rpartition(" ")[0] for line in GOOD]
POOR = [line.partition(" ")[0] for line in GOOD]


def make_test_set(n=8, versions=("close", "news"), **changes):
    base = TestSet(
        task="translate",
        target=ENGLISH,
        primary="chrf++",
        metrics=("chrf++", "bleu"),
        ids=tuple(f"a#s{number}" for number in range(n)),
        articles=("a",) * n,
        references={version: REFERENCES[version][:n] for version in versions},
    )
    return replace(base, **changes)


def assess(of, outputs, settings=SETTINGS, bounds=()):
    samples = {name: [texts] for name, texts in outputs.items()}
    return analysis.assess(of, [*bounds, *systems.score_systems(of, samples, notes={})], settings)


def sacre(hypotheses, *streams):
    return CHRF(word_order=2).corpus_score(list(hypotheses), [list(stream) for stream in streams]).score


def extracts(of):
    judge = metrics.get(of.primary, of.target)
    return bounds_module.best_extracts(of, [judge])[judge.name][0]


def by_name(scores):
    return {system.name: system for system in scores.systems}


def pair(scores, metric="chrf++"):
    (found,) = [c for c in scores.comparisons if c.metric == metric]
    return found


# --- systems ----------------------------------------------------------------------------------------------------------


def test_a_score_is_sacrebleus_against_all_references_with_its_signature():
    scores = by_name(assess(make_test_set(), {"good": GOOD, "fair": FAIR}))
    for name, outputs in (("good", GOOD), ("fair", FAIR)):
        score = scores[name].metrics["chrf++"]
        assert score.value == pytest.approx(sacre(outputs, REFERENCES["close"], REFERENCES["news"]), abs=1e-9)
        assert score.segments == 8
        assert score.signature == metrics.get("chrf++", ENGLISH).signature(2)


def test_a_system_without_a_scored_word_gets_an_error_and_no_number_and_the_others_are_scored():
    scores = by_name(assess(make_test_set(), {"mute": [""] * 8, "good": GOOD, "dots": [" \u200d"] * 8}))
    assert scores["mute"].metrics == {} == scores["dots"].metrics
    assert "none of its 8 outputs contains a word that chrf++, bleu scores" in scores["mute"].error
    assert scores["good"].error is None and scores["good"].metrics["chrf++"].value > 90
    assert list(scores) == ["mute", "good", "dots"]


def test_hindi_output_for_an_english_summary_is_an_error_and_no_zero():
    of = make_test_set(primary="rougeL", metrics=("rougeL",))
    assert ENGLISH in by_name(assess(of, {"x": ["यह हिंदी है।"] * 8}))["x"].error


def test_failed_systems_are_in_no_comparison():
    scores = assess(make_test_set(), {"mute": [""] * 8, "good": GOOD, "fair": FAIR})
    assert {(c.a, c.b) for c in scores.comparisons} == {("good", "fair")}


def test_empty_outputs_are_counted_in_a_note_after_the_notes_given():
    (row,) = systems.score_systems(make_test_set(), {"x": [[*GOOD[:6], "", " \n"]]}, notes={"x": ("1 source was cut",)})
    assert row.notes == ("1 source was cut", "2 of 8 outputs are empty")


@pytest.mark.parametrize(
    ("outputs", "metric", "note"),
    [
        pytest.param(["“yes”", *GOOD[1:]], "bleu", "1 of 8 outputs contain curly quotes, 0 of 16", id="curly"),
        pytest.param(["it&#39;s", "&quot;no&quot;", *GOOD[2:]], "chrf++", "2 of 8 outputs contain HTML", id="entities"),
        pytest.param(["“yes”", *GOOD[1:]], "bleu-normalised", None, id="curly-that-cost-nothing"),
        pytest.param(["AT&T; R&D", '"yes"', *GOOD[2:]], "bleu", None, id="straight-and-an-ampersand"),
    ],
)
def test_signs_that_the_references_do_not_write_are_noted_where_they_cost_points(outputs, metric, note):
    of = make_test_set(primary=metric, metrics=(metric,))
    (row,) = systems.score_systems(of, {"x": [outputs]}, notes={})
    assert [remark.startswith(note or "") for remark in row.notes] == ([True] if note else [])


def test_signs_that_the_references_write_too_are_no_habit_of_the_system():
    of = make_test_set(versions=("close",), references={"close": tuple(f"“{line}”" for line in GOOD)})
    (row,) = systems.score_systems(of, {"x": [[f"“{line}”" for line in FAIR]]}, notes={})
    assert row.notes == ()


@pytest.mark.parametrize("count", [0, 7, 9])
def test_a_count_that_differs_from_the_segments_is_refused(count):
    with pytest.raises(ScoringError, match=f"translate: x has {count} outputs for 8 segments"):
        systems.score_systems(make_test_set(), {"x": [(GOOD * 2)[:count]]}, notes={})


def test_references_that_do_not_cover_the_segments_are_refused():
    of = make_test_set(references={"close": REFERENCES["close"][:3]})
    with pytest.raises(ScoringError, match="8 hypotheses, but 3 texts in reference 1"):
        systems.score_systems(of, {"x": [GOOD]}, notes={})


def test_an_output_that_is_none_is_refused():
    with pytest.raises(ScoringError):
        systems.score_systems(make_test_set(), {"x": [[None, *GOOD[1:]]]}, notes={})


def test_zero_segments_are_refused():
    with pytest.raises(ScoringError):
        systems.score_systems(make_test_set(n=0), {"x": [[]]}, notes={})


def test_an_empty_output_among_few_makes_no_warning():
    assess(make_test_set(n=2), {"x": [GOOD[0], ""]})


# --- the reference row ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("versions", [("close", "news"), ("close", "news", "free")], ids=["two", "three"])
def test_the_reference_row_is_each_version_against_the_others_averaged(versions):
    of = make_test_set(versions=versions)
    scores = by_name(analysis.assess(of, [bounds_module.reference(of)], SETTINGS))
    expected = np.mean([
        sacre(REFERENCES[version], *(REFERENCES[other] for other in versions if other != version))
        for version in versions
    ])
    reference = scores["reference"]
    assert reference.role == "reference"
    assert reference.metrics["chrf++"].value == pytest.approx(expected, abs=1e-9)
    assert reference.metrics["chrf++"].all_references is None
    assert reference.metrics["chrf++"].signature == metrics.get("chrf++", ENGLISH).signature(len(versions) - 1)


def test_with_one_reference_there_is_no_reference_row():
    assert bounds_module.reference(make_test_set(versions=("close",))) is None


def test_bounds_are_compared_with_nobody():
    of = make_test_set()
    scores = assess(of, {"good": GOOD, "fair": FAIR}, bounds=[bounds_module.reference(of)])
    assert {name for c in scores.comparisons for name in (c.a, c.b)} == {"good", "fair"}


# --- references that differ in number from segment to segment ---------------------------------------------------------

C, N, F = (REFERENCES[version] for version in ("close", "news", "free"))
# 3, 2, 2, 2, 1, 1, 1, 1 references.
GAPS = {
    "close": (*C[:3], None, *C[4:7], None),
    "news": (N[0], N[1], None, N[3], None, None, None, N[7]),
    "free": (F[0], None, F[2], F[3], None, None, None, None),
}


def with_gaps(**changes):
    return make_test_set(references=GAPS, **changes)


def test_a_system_is_scored_with_the_references_that_each_segment_has():
    scores = assess(with_gaps(), {"fair": FAIR})
    score = by_name(scores)["fair"].metrics["chrf++"]
    assert score.value == pytest.approx(sacre(FAIR, *GAPS.values()), abs=1e-9)
    assert (score.segments, score.signature) == (8, metrics.get("chrf++", ENGLISH).signature(None))
    assert scores.reference_counts == {1: 4, 2: 3, 3: 1}


def test_without_gaps_there_is_one_number_of_references():
    assert assess(make_test_set(), {"fair": FAIR}).reference_counts == {}


# By hand. Three views, because a segment has up to three references. The third leaves out the first of two references.
LEFT_OUT = [(C[0], C[1], C[2], N[3]), (N[0], N[1], F[2], F[3]), (F[0], C[1], C[2], N[3])]
OTHERS = [
    [(N[0], N[1], F[2], F[3]), (F[0], None, None, None)],
    [(C[0], C[1], C[2], N[3]), (F[0], None, None, None)],
    [(C[0], N[1], F[2], F[3]), (N[0], None, None, None)],
]


def test_the_reference_row_is_on_the_segments_with_two_references_each_against_its_others():
    of = with_gaps()
    row = by_name(analysis.assess(of, [bounds_module.reference(of)], SETTINGS))["reference"].metrics["chrf++"]
    assert row.value == pytest.approx(np.mean([sacre(a, *b) for a, b in zip(LEFT_OUT, OTHERS, strict=True)]), abs=1e-9)
    assert (row.segments, row.interval.units) == (4, 4)
    assert row.signature == metrics.get("chrf++", ENGLISH).signature(None)  # 2, 1, 1 and 1


def test_systems_are_scored_on_the_footing_of_the_reference_row():
    of = with_gaps()
    score = by_name(assess(of, {"fair": FAIR}, bounds=[bounds_module.reference(of)]))["fair"].metrics["chrf++"]
    assert score.value == pytest.approx(np.mean([sacre(FAIR[:4], *b) for b in OTHERS]), abs=1e-9)
    assert (score.segments, score.interval.units) == (4, 4)
    assert score.signature == metrics.get("chrf++", ENGLISH).signature(None)
    assert score.all_references.value == pytest.approx(sacre(FAIR, *GAPS.values()), abs=1e-9)
    assert score.all_references.segments == 8


def test_the_interval_of_the_reference_row_is_that_of_its_segments_alone():
    of = with_gaps()
    alone = replace(
        of, ids=of.ids[:4], articles=of.articles[:4], references={v: stream[:4] for v, stream in GAPS.items()}
    )
    both = [by_name(analysis.assess(each, [bounds_module.reference(each)], SETTINGS)) for each in (of, alone)]
    assert both[0]["reference"].metrics == both[1]["reference"].metrics


def test_with_one_reference_for_each_segment_there_is_no_reference_row_whatever_the_versions():
    of = make_test_set(references={"close": (*C[:5], None, None, None), "news": (None,) * 5 + N[5:]})
    assert bounds_module.reference(of) is None
    score = by_name(assess(of, {"fair": FAIR}))["fair"].metrics["chrf++"]
    assert score.all_references is None
    assert score.signature == metrics.get("chrf++", ENGLISH).signature(1)


def test_a_table_with_the_reference_row_scores_the_segments_that_have_two_references():
    of = with_gaps(kinds=("title",) * 3 + ("body",) * 5)
    rows = [bounds_module.reference(of), *systems.score_systems(of, {"fair": [FAIR]}, notes={})]
    scores = analysis.assess(of, rows, SETTINGS)
    assert scores.segments == 4
    assert scores.reference_counts == {1: 4, 2: 3, 3: 1}
    parts = {part.value: (part.segments, set(part.scores)) for part in scores.slices if part.facet == "kind"}
    assert parts == {"title": (3, {"reference", "fair"}), "body": (1, {"reference", "fair"})}
    by_segment = list(slices.by_segment(of, rows))
    assert [set(each["scores"]) for each in by_segment] == [{"reference", "fair"}] * 4 + [set()] * 4
    assert [set(each["all_references"]) for each in by_segment] == [{"fair"}] * 8


def test_a_segment_without_any_reference_is_refused_by_id():
    of = make_test_set(references={"close": (*C[:6], None, None), "news": (None,) * 7 + N[7:]})
    message = r"^translate: 1 of 8 segments have no reference in any version \(a#s6\); write one for each"
    with pytest.raises(InputError, match=message):
        systems.score_systems(of, {"x": [FAIR]}, notes={})


def test_the_oracle_uses_the_references_that_each_source_has():
    of = TestSet(
        task="summarise", target=ENGLISH, primary="rouge1", metrics=("rouge1",), ids=("a", "b"), articles=("a", "b"),
        references={"r": ("one two", None), "s": (None, "three four")},
        sentences=(("three four", "one two"),) * 2,
    )  # fmt: skip
    assert extracts(of) == ["one two", "three four"]


# --- what metrics ask for ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("needs", [(), ("sources",), ("sources", "annotations")], ids=["nothing", "sources", "both"])
def test_a_metric_gets_what_it_declares_that_it_needs_and_nothing_else(monkeypatch, needs):
    given = []
    original = Chrf._statistics

    def spy(self, batch):
        given.append((tuple(batch.sources), tuple(batch.annotations)))
        return original(self, batch)

    monkeypatch.setattr(Chrf, "needs", needs)
    monkeypatch.setattr(Chrf, "_statistics", spy)
    sources = tuple(f"source {number}" for number in range(8))
    annotations = tuple((number,) for number in range(8))
    of = with_gaps(metrics=("chrf++",), sources=sources, annotations=annotations)
    assess(of, {"fair": FAIR})
    # Against all references, segments with three, two and one reference are scored apart.
    received = [tuple(sorted(item for batch in given[:3] for item in batch[position])) for position in (0, 1)]
    assert received == [sources if "sources" in needs else (), annotations if "annotations" in needs else ()]


def test_a_metric_that_lacks_what_it_needs_is_an_error(monkeypatch):
    monkeypatch.setattr(Chrf, "needs", ("sources",))
    with pytest.raises(ScoringError, match="expected sources of 8 segments, found 0"):
        assess(make_test_set(metrics=("chrf++",)), {"fair": FAIR})


# --- oracle -----------------------------------------------------------------------------------------------------------

HINDI_SENTENCES = tuple(
    "भारत और जापान के बीच वार्ता हुई।|मौसम आज साफ रहा।|विदेश सचिव ने मंत्री से भेंट की।|बाजार बंद रहे।|दोनों देश सहमत हुए।".split("|")
)


def summary_trial(sentences, reference, primary="rougeL", target=HINDI):
    return TestSet(
        task="summarise", target=target, primary=primary, metrics=(primary,), ids=("a",), articles=("a",),
        references={"r": (reference,)}, sentences=(tuple(sentences),),
    )  # fmt: skip


@pytest.mark.parametrize("primary", ["rougeL", "rouge2", "chrf++", "bleu"])
def test_the_oracle_is_the_best_of_all_subsets_of_a_small_source(primary):
    reference = "भारत और जापान की वार्ता में दोनों देश सहमत हुए।"
    of = summary_trial(HINDI_SENTENCES, reference, primary)
    row, texts = bounds_module.oracle(of), extracts(of)
    metric = metrics.get(primary, HINDI)

    def score(content):
        return float(metric.score(metric.statistics(Examples([content], [[reference]])).sum(axis=0)))

    every = [" ".join(c) for size in range(1, 6) for c in combinations(HINDI_SENTENCES, size)]
    assert score(texts[0]) == max(map(score, every)) > score(HINDI_SENTENCES[1])
    assert texts[0] in every
    assert analysis.assess(of, [row], SETTINGS).systems[0].metrics[primary].value == score(texts[0])


def test_beyond_the_choices_that_are_tried_the_oracle_is_not_below_any_sentence_or_pair():
    generator = random.Random(4)
    vocabulary = [f"word{number}" for number in range(60)]
    sentences = [" ".join(generator.choices(vocabulary, k=6)) for _ in range(20)]
    reference = " ".join(generator.choices(vocabulary, k=30))
    of = summary_trial(sentences, reference, "rouge1", ENGLISH)
    texts = extracts(of)
    metric = metrics.get("rouge1", ENGLISH)
    tried = [*texts, *(" ".join(c) for size in (1, 2) for c in combinations(sentences, size))]
    values = metric.statistics(Examples(tried, [[reference] * len(tried)]))[:, 0]
    assert values[0] == values.max() > 0


def test_the_oracle_keeps_the_order_of_the_source():
    first, second = HINDI_SENTENCES[0], HINDI_SENTENCES[4]
    assert extracts(summary_trial(HINDI_SENTENCES, f"{second} {first}", "rouge1")) == [f"{first} {second}"]


def test_the_oracle_of_a_long_article_lists_no_more_choices_than_it_may_try(monkeypatch):
    listed = 0

    def counted(*arguments):
        nonlocal listed
        for choice in combinations(*arguments):
            listed += 1
            assert listed < 20_000
            yield choice

    monkeypatch.setattr(bounds_module, "combinations", counted)
    sentences = [f"w{number} x{number} y{number}" for number in range(24)]
    bounds_module.oracle(summary_trial(sentences, " ".join(sentences[::2]), "rouge1", ENGLISH))


# --- intervals and tests ----------------------------------------------------------------------------------------------


def test_one_segment_gives_a_score_and_no_interval_and_no_claim():
    scores = assess(make_test_set(n=1), {"good": GOOD[:1], "fair": FAIR[:1]})
    assert all(s.metrics["chrf++"].interval is None for s in scores.systems)
    found = pair(scores)
    assert found.delta > 0
    assert (found.interval, found.p, found.p_adjusted, found.significant) == (None, None, None, False)


def test_two_segments_give_no_interval_unless_a_percentile_interval_is_asked_for():
    outputs = {"good": GOOD[:2], "poor": POOR[:2]}
    assert pair(assess(make_test_set(n=2), outputs)).interval is None
    found = pair(assess(make_test_set(n=2), outputs, Resampling(interval="percentile")))
    assert (found.interval.units, found.p, found.significant) == (2, None, False)


@pytest.mark.parametrize("n", [3, 5])
def test_below_six_segments_there_is_an_interval_and_never_a_claim(n):
    scores = assess(make_test_set(n=n), {"good": GOOD[:n], "poor": POOR[:n]})
    found = pair(scores)
    assert found.interval.low > 0 and found.interval.units == n
    assert (found.p, found.p_adjusted, found.significant) == (None, None, False)


def test_from_six_segments_a_clear_difference_is_significant():
    found = pair(assess(make_test_set(n=6), {"good": GOOD[:6], "poor": POOR[:6]}))
    assert found.p == 2 / 64 == found.p_adjusted
    assert found.significant


def test_an_interval_says_how_it_was_made_and_holds_the_score():
    settings = Resampling(resamples=250, seed=3, confidence=0.9)
    score = by_name(assess(make_test_set(), {"fair": FAIR}, settings))["fair"].metrics["chrf++"]
    interval = score.interval
    assert interval.low < score.value < interval.high
    assert (interval.confidence, interval.resamples, interval.seed) == (0.9, 250, 3)
    assert (interval.method, interval.units, interval.unit) == ("t, bootstrap standard error", 8, "segment")


def test_a_higher_confidence_is_a_wider_interval():
    widths = [
        (i := by_name(assess(make_test_set(), {"x": FAIR}, Resampling(300, 0, c)))["x"].metrics["chrf++"].interval).high
        - i.low
        for c in (0.5, 0.95)
    ]
    assert widths[0] < widths[1]


def test_delta_is_a_minus_b_and_lies_in_its_interval():
    scores = assess(make_test_set(), {"fair": FAIR, "good": GOOD})
    found, rows = pair(scores), by_name(scores)
    assert (found.a, found.b) == ("fair", "good")
    assert found.delta == rows["fair"].metrics["chrf++"].value - rows["good"].metrics["chrf++"].value
    assert found.interval.low < found.delta < found.interval.high < 0


def test_several_articles_are_resampled_by_article():
    articles = ("a", "a", "b", "b", "b", "c", "c", "c")
    scores = assess(make_test_set(articles=articles), {"good": GOOD, "poor": POOR})
    interval = by_name(scores)["good"].metrics["chrf++"].interval
    assert (interval.units, interval.unit, scores.articles, scores.segments) == (3, "article", 3, 8)
    # Three articles are too few for a test, so it is over the 8 segments, as for one article.
    assert pair(scores).p == pair(assess(make_test_set(), {"good": GOOD, "poor": POOR})).p


def test_six_articles_are_tested_on_the_sums_of_their_segments():
    articles = ("a", "a", "b", "c", "d", "e", "f", "f")
    assert pair(assess(make_test_set(articles=articles), {"good": GOOD, "poor": POOR})).p == 2 / 64


def test_without_articles_segments_are_resampled_and_none_are_counted():
    scores = assess(make_test_set(articles=()), {"good": GOOD})
    assert scores.articles == 0
    assert by_name(scores)["good"].metrics["chrf++"].interval.unit == "segment"


def test_scores_are_the_same_again_and_intervals_change_with_the_seed():
    outputs = {"good": GOOD, "fair": FAIR}
    first, again = assess(make_test_set(), outputs), assess(make_test_set(), outputs)
    other = assess(make_test_set(), outputs, Resampling(300, 1, 0.95))
    assert first == again
    intervals = [by_name(scores)["fair"].metrics["chrf++"].interval for scores in (first, other)]
    assert (intervals[0].low, intervals[0].high) != (intervals[1].low, intervals[1].high)
    values = [by_name(scores)["fair"].metrics["chrf++"].value for scores in (first, other)]
    assert values[0] == values[1]


def test_identical_systems_differ_by_0_with_p_1():
    found = pair(assess(make_test_set(), {"one": FAIR, "two": list(FAIR)}))
    assert (found.delta, found.interval.low, found.interval.high) == (0, 0, 0)
    assert (found.p, found.p_adjusted, found.significant) == (1, 1, False)


def test_p_values_are_corrected_over_all_pairs_of_a_metric():
    scores = assess(make_test_set(), {"good": GOOD, "fair": FAIR, "poor": POOR})
    for metric in ("chrf++", "bleu"):
        pairs = sorted((c for c in scores.comparisons if c.metric == metric), key=lambda c: c.p)
        assert len(pairs) == 3
        expected = [p.p * factor for p, factor in zip(pairs, (3, 2, 1), strict=True)]
        assert [c.p_adjusted for c in pairs] == pytest.approx(np.minimum(1, np.maximum.accumulate(expected)))
        assert all(c.p_adjusted > c.p for c in pairs[:1])


def test_an_adjusted_p_of_exactly_the_level_is_treated_alike_at_every_confidence(monkeypatch):
    found = []
    for confidence, level in ((0.95, 0.05), (0.9, 0.1)):
        monkeypatch.setattr(analysis.significance, "sign_flips", lambda *_, level=level, **__: [PValue(level, 100)])
        found.append(pair(assess(make_test_set(), {"a": GOOD, "b": FAIR}, Resampling(100, 0, confidence))).significant)
    assert found[0] == found[1]
