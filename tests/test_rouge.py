"""ROUGE: equality with rouge-score, given the words of Hindi, and what several references mean."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from harness import metrics, text
from harness.records import ENGLISH, HINDI

PAIRS = Path(__file__).parent / "data" / "hindi-rouge" / "pairs.jsonl"


def corpus(metric, hypotheses, *streams):
    return float(metric.score(metric.statistics(hypotheses, list(streams)).sum(axis=0)))


def rouge_pairs():
    # Origin: rouge_score 0.1.2 with the tokenizer of tokenizer_cases.jsonl, see /work/shared/golden/README.md.
    return [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]


def test_there_are_105_golden_pairs():
    assert len({pair["id"] for pair in rouge_pairs()}) == 105


@pytest.mark.parametrize("name", ["rouge1", "rouge2", "rougeL"])
def test_hindi_rouge_is_golden_on_each_pair(name):
    pairs = rouge_pairs()
    metric = metrics.get(name, HINDI)
    found = metric.statistics([p["hypothesis"] for p in pairs], [[p["reference"] for p in pairs]])
    expected = [pair["expected"]["strict"][name] for pair in pairs]
    wrong = [(p["id"], g, e) for p, g, e in zip(pairs, found[:, 0], expected, strict=True) if abs(g - e) > 1e-4]
    assert not wrong
    assert float(metric.score(found.sum(axis=0))) == pytest.approx(np.mean(expected), abs=1e-4)


class HindiWords:
    def tokenize(self, content):
        return text.words(content)


HINDI_LINES = st.lists(st.sampled_from("भारत जापान वार्ता की में 2006 है। नई-दिल्ली".split()), max_size=12).map(" ".join)
ENGLISH_LINES = st.lists(
    st.sampled_from("The talks, talk talking U.S. 2006 in-depth are held".split()), max_size=12
).map(" ".join)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(hypothesis=HINDI_LINES, reference=HINDI_LINES)
def test_hindi_rouge_is_rouge_score_with_a_tokenizer(hypothesis, reference):
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=HindiWords())
    for name, expected in scorer.score(reference, hypothesis).items():
        found = corpus(metrics.get(name, HINDI), [hypothesis], [reference])
        assert found == pytest.approx(100 * expected.fmeasure, abs=1e-9)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(hypothesis=ENGLISH_LINES, reference=ENGLISH_LINES)
def test_english_rouge_is_rouge_score_without_stemming(hypothesis, reference):
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"])
    for name, expected in scorer.score(reference, hypothesis).items():
        found = corpus(metrics.get(name, ENGLISH), [hypothesis], [reference])
        assert found == pytest.approx(100 * expected.fmeasure, abs=1e-9)


def test_hindi_rouge_reads_devanagari():
    # rouge-score's default: identical Hindi 0, unrelated texts that share "2006" 100.
    assert corpus(metrics.get("rouge1", HINDI), ["वह 2006 में आया"], ["राजा 2006 तक रहा"]) == pytest.approx(25)


def test_one_reference_is_best_for_all_rouge_types_together():
    hypothesis = "a b c d"
    scattered, ordered = "d c b a", "a b x y z w"  # ROUGE-1 100 against the first, ROUGE-2 higher with the second
    best = RougeScorer(["rouge1", "rouge2", "rougeL"]).score_multi([scattered, ordered], hypothesis)
    apart = {name: 100 * score.fmeasure for name, score in best.items()}
    found = {n: corpus(metrics.get(n, ENGLISH), [hypothesis], [scattered], [ordered]) for n in apart}
    # By hand. Against `scattered`: 4/4, 0/3, LCS 1 of 4. Against `ordered`: 2 of 4+6, 1 of 3+5, LCS 2 of 4+6.
    assert found == pytest.approx({"rouge1": 100, "rouge2": 0, "rougeL": 25})
    assert apart == pytest.approx({"rouge1": 100, "rouge2": 25, "rougeL": 40})


def test_the_best_reference_has_the_highest_sum_and_need_not_have_the_highest_rouge_1():
    streams = [["d c b a"], ["a b c x y"]]
    found = {n: corpus(metrics.get(n, ENGLISH), ["a b c d"], *streams) for n in ("rouge1", "rouge2", "rougeL")}
    # By hand. First: 100 + 0 + 25. Second: 3 of 4+5, 2 of 3+4, LCS 3 of 4+5, which sum to 190.5.
    assert found == pytest.approx({"rouge1": 600 / 9, "rouge2": 400 / 7, "rougeL": 600 / 9})


def test_rouge_of_a_system_is_the_mean_over_segments_each_with_its_best_reference():
    metric = metrics.get("rouge1", ENGLISH)
    found = metric.statistics(["a b", "c d"], [["a b", "x y"], ["x y", "c z"]])
    assert found.tolist() == [[100, 1], [50, 1]]
    assert float(metric.score(found.sum(axis=0))) == 75
