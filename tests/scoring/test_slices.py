"""Scores of single segments, and of slices of them."""

from dataclasses import replace

import pytest
from sacrebleu import sentence_bleu, sentence_chrf

from harness import metrics
from harness.core.records import ENGLISH
from harness.scoring import SystemStatistics, TestSet, slices, systems

REFERENCE = (
    "the minister met the ambassador today",
    "rain fell on the city all day long",
    "prices rose again in march",
    "the team won",
)
OUTPUT = ["the minister met an ambassador today", "rain fell in the city", "march again rose prices", "the team won"]
TRIAL = TestSet(
    task="translate", target=ENGLISH, primary="chrf++", metrics=("chrf++", "bleu"), ids=("a#1", "a#2", "b#1", "b#2"),
    articles=("a", "a", "b", "b"), references={"r": REFERENCE}, lengths=(6, 11, 10, 500),
    kinds=("title", "body", "body", "body"),
)  # fmt: skip


def rows(test_set=TRIAL, samples=(OUTPUT,)):
    return systems.score_systems(test_set, {"x": samples}, notes={})


def sacre(function, output, reference, **options):
    return function(output, [reference], **options).score


def test_each_segment_has_the_score_that_sacrebleu_gives_to_a_sentence():
    (row,) = rows()
    chrf, bleu = (slices.segment_scores(row, metrics.get(name, ENGLISH)) for name in ("chrf++", "bleu"))
    pairs = list(zip(OUTPUT, REFERENCE, strict=True))
    assert list(chrf) == pytest.approx([sacre(sentence_chrf, *pair, word_order=2) for pair in pairs])
    assert list(bleu) == pytest.approx([sacre(sentence_bleu, *pair) for pair in pairs])
    assert bleu[3] == pytest.approx(100)  # three words, all right: BLEU without effective order gives 0


def test_samples_are_averaged_segment_by_segment():
    other = [line[:-3] for line in OUTPUT]
    (both,), (one,), (two,) = rows(samples=[OUTPUT, other]), rows(), rows(samples=[other])
    metric = metrics.get("chrf++", ENGLISH)
    found, first, second = (slices.segment_scores(row, metric) for row in (both, one, two))
    assert list(found) == pytest.approx([(a + b) / 2 for a, b in zip(first, second, strict=True)])


def test_a_segment_is_told_with_what_is_known_of_it_and_the_scores_of_every_row():
    found = list(slices.by_segment(TRIAL, [*rows(), SystemStatistics("broken", "system", {}, {}, "no memory")]))
    assert [each["id"] for each in found] == list(TRIAL.ids)
    assert {key: found[1][key] for key in ("article", "kind", "words")} == {
        "article": "a", "kind": "body", "words": 11,
    }  # fmt: skip
    assert found[3]["scores"] == {"x": {"chrf++": pytest.approx(100), "bleu": pytest.approx(100)}}
    bare = replace(TRIAL, articles=(), kinds=(), lengths=())
    assert set(next(iter(slices.by_segment(bare, rows(bare))))) == {"id", "scores"}


def test_slices_are_by_length_kind_and_article_each_with_its_n():
    found = slices.slices(TRIAL, rows())
    assert [(part.facet, part.value, part.segments) for part in found] == [
        ("length", "1-10 words", 2), ("length", "11-20 words", 1), ("length", "over 320 words", 1),
        ("kind", "title", 1), ("kind", "body", 3), ("article", "a", 2), ("article", "b", 2),
    ]  # fmt: skip


def test_the_score_of_a_slice_is_that_of_its_segments_as_a_corpus():
    part = next(each for each in slices.slices(TRIAL, rows()) if each.value == "body")
    alone = replace(TRIAL, ids=TRIAL.ids[1:], references={"r": REFERENCE[1:]}, articles=(), lengths=(), kinds=())
    (row,) = rows(alone, [OUTPUT[1:]])
    for name in ("chrf++", "bleu"):
        expected = metrics.get(name, ENGLISH).score(row.statistics[name].sum(axis=1))[0]
        assert part.scores["x"][name] == pytest.approx(expected)


def test_articles_of_one_segment_have_the_score_of_that_segment():
    each = replace(TRIAL, articles=("a", "b", "c", "d"))
    of_rows = rows(each, samples=[OUTPUT, OUTPUT[::-1]])
    found = [part for part in slices.slices(each, of_rows) if part.facet == "article"]
    assert [(part.value, part.segments) for part in found] == [("a", 1), ("b", 1), ("c", 1), ("d", 1)]
    for name in ("chrf++", "bleu"):
        alone = metrics.get(name, ENGLISH).score(of_rows[0].statistics[name]).mean(axis=0)
        assert [part.scores["x"][name] for part in found] == list(alone)


def test_a_facet_with_one_value_is_no_slice_and_what_failed_is_in_none():
    alike = replace(TRIAL, articles=("a",) * 4, kinds=(), lengths=(3, 4, 5, 10))
    assert slices.slices(alike, rows(alike)) == ()
    found = slices.slices(TRIAL, [*rows(), SystemStatistics("broken", "system", {}, {}, "no memory")])
    assert all(set(part.scores) == {"x"} for part in found)


@pytest.mark.parametrize(
    ("words", "value"),
    [(0, "1-10 words"), (10, "1-10 words"), (11, "11-20 words"), (41, "41-80 words"), (320, "161-320 words"),
     (321, "over 320 words")],
)  # fmt: skip
def test_the_ends_of_lengths_are_the_same_for_every_dataset(words, value):
    test_set = replace(TRIAL, lengths=(words, 5 if words > 10 else 30, 30, 30), articles=(), kinds=())
    assert value in [part.value for part in slices.slices(test_set, rows(test_set)) if part.facet == "length"]
