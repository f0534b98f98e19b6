"""TER equals sacreBLEU's: edits in every case that a limit decides, scores and signature."""

import functools
import json
import math
import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, TER
from sacrebleu.metrics.lib_ter import translation_edit_rate
from sacrebleu.tokenizers.tokenizer_intl import TokenizerV14International

from harness import metrics
from harness.core import text
from harness.core.records import ENGLISH, HINDI
from harness.metrics import Examples, _ter

SYSTEMS = ("google", "microsoft", "nllb", "bergamot-tiny", "argos", "opusmt")


def corpus(language, hypotheses, *streams):
    metric = metrics.get("ter", language)
    return float(metric.score(metric.statistics(Examples(hypotheses, streams)).sum(axis=0)))


def expected_edits(hypothesis, reference):
    return _expected_edits(tuple(hypothesis), tuple(reference))


@functools.cache
def _expected_edits(hypothesis, reference):
    return translation_edit_rate(list(hypothesis), list(reference))[0]


# --- edits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hypothesis", "reference", "edits"),
    [
        pytest.param("", "", 0, id="nothing"),
        pytest.param("", "a b c", 3, id="no-hypothesis"),
        pytest.param("a b c", "", 3, id="no-reference"),
        pytest.param("a b c d", "a b c d", 0, id="the-same"),
        pytest.param("a x c", "a b c", 1, id="substitution"),
        pytest.param("a c", "a b c", 1, id="insertion"),
        pytest.param("a b b c", "a b c", 1, id="deletion"),
        pytest.param("x y z a b c d", "a b c d x y z", 1, id="one-move-of-three-words"),
        pytest.param("d a b c", "a b c d", 1, id="one-move-of-a-word"),
        pytest.param("e a d b c", "a b c d e", 2, id="two-moves"),
        pytest.param("d a x c", "a b c d", 2, id="a-move-and-a-substitution"),
        pytest.param("a a a a", "a", 3, id="one-word-repeated"),
        pytest.param("a b a b a b", "b a b a b a", 1, id="words-that-alternate"),
    ],
)
def test_edits_counted_by_hand(hypothesis, reference, edits):
    assert _ter.edits(hypothesis.split(), reference.split()) == edits
    assert expected_edits(hypothesis.split(), reference.split()) == edits


def moved(seed, *, words, vocabulary, run, more):
    """Return a hypothesis and its reference of so many words: four runs moved anywhere, and more words inserted."""
    generator = random.Random(seed)

    def some(count):
        return [f"w{generator.randrange(vocabulary)}" for _ in range(count)]

    reference = some(words)
    hypothesis = list(reference)
    for _ in range(4):
        start = generator.randrange(len(hypothesis))
        taken = hypothesis[start : start + run]
        del hypothesis[start : start + run]
        place = generator.randrange(len(hypothesis) + 1)
        hypothesis[place:place] = taken
    place = generator.randrange(len(hypothesis) + 1)
    hypothesis[place:place] = some(more)
    return hypothesis, reference


LONGER = {"words": 60, "vocabulary": 80, "run": 30, "more": 30}
SHUFFLED = {"words": 60, "vocabulary": 80, "run": 15, "more": 0}


@pytest.mark.parametrize(
    ("limit", "without", "seed", "shape"),
    [
        pytest.param("_BEAM", 10**6, 4, LONGER, id="beam"),
        pytest.param("_fits", lambda *_: True, 4, LONGER, id="beam-that-takes-from-a-gain"),
        pytest.param("_MAX_SHIFT_DISTANCE", 10**6, 1, SHUFFLED, id="distance"),
        pytest.param("_MAX_SHIFT_SIZE", 10**6, 0, SHUFFLED, id="words-in-a-move"),
        pytest.param("_MAX_CANDIDATES", 10**6, 0, SHUFFLED, id="moves-tried"),
    ],
)
def test_limits_are_those_of_sacrebleu_if_they_decide(monkeypatch, limit, without, seed, shape):
    hypothesis, reference = moved(seed, **shape)
    edits = _ter.edits(hypothesis, reference)
    assert edits == expected_edits(hypothesis, reference)
    monkeypatch.setattr(_ter, limit, without)
    assert _ter.edits(hypothesis, reference) != edits  # so this limit decides


@pytest.mark.parametrize("more", [0, 3, 140])
@pytest.mark.parametrize("shorter", ["hypothesis", "reference"])
def test_lengths_that_differ_much(more, shorter):
    # At 2 words against 142 the beam is wider than its usual 25.
    generator = random.Random(more)
    one, other = ([f"w{generator.randrange(40)}" for _ in range(count)] for count in (2, 2 + more))
    pair = (one, other) if shorter == "hypothesis" else (other, one)
    assert _ter.edits(*pair) == expected_edits(*pair)


FEW = st.lists(st.sampled_from("abcd"), max_size=14)
MANY = st.lists(st.sampled_from("abcdefghijklmnopqrst"), max_size=24)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(
    pair=st.one_of(
        st.tuples(FEW, FEW), st.tuples(MANY, MANY), MANY.flatmap(lambda m: st.tuples(st.permutations(m), st.just(m)))
    )
)
def test_edits_are_those_of_sacrebleu(pair):
    assert _ter.edits(*pair) == expected_edits(*pair)


def test_edits_are_those_of_sacrebleu_on_wmt14(wmt14):
    # All 6 x 2,507 segments were compared once, by hand. This compares a selection.
    texts = {name: [line.lower().split() for line in wmt14(name)] for name in (*SYSTEMS, "reference")}
    # The last system is in another order, so that texts with little in common are compared too.
    texts["shifted"] = [*texts["reference"][100:], *texts["reference"][:100]]
    for index, name in enumerate(SYSTEMS):
        for other in (SYSTEMS[index - 1], "reference", "shifted"):
            pairs = list(zip(texts[name], texts[other], strict=True))[7 * index :: 120]
            assert [_ter.edits(*pair) for pair in pairs] == [expected_edits(*pair) for pair in pairs]


# --- scores -----------------------------------------------------------------------------------------------------------

HYPOTHESES = ["The cat sat on the mat .", "today It rained a lot.", "", "Prices rose by 3.5 % , he said", "“late”"]
REFERENCES = [
    ["on the mat sat the cat.", "It rained a lot today.", "Nothing at all", "he said Prices rose 3.5 %", "\"late\""],
    ["The cat sat on a mat .", "it has rained", "", "Prices were up 3.5 % , he said", "It is late"],
    ["A cat", "a lot it rained today.", "None", "", "late"],
]  # fmt: skip


@pytest.mark.parametrize("count", [1, 2, 3])
def test_english_is_scored_as_by_sacrebleu_on_the_unchanged_text(count):
    found = corpus(ENGLISH, HYPOTHESES, *REFERENCES[:count])
    assert found == TER().corpus_score(HYPOTHESES, REFERENCES[:count]).score
    assert 20 < found < 90


@pytest.mark.parametrize("count", [1, 2, 3])
def test_rows_are_those_of_sacrebleu_fewest_edits_over_the_average_length(count):
    metric = metrics.get("ter", ENGLISH)
    expected = TER()._extract_corpus_statistics(HYPOTHESES, REFERENCES[:count])
    np.testing.assert_array_equal(metric.statistics(Examples(HYPOTHESES, REFERENCES[:count])), expected)


def test_two_references_by_hand():
    row = metrics.get("ter", ENGLISH).statistics(Examples(["a b c"], [["a b"], ["a b c d e"]]))[0]
    assert row.tolist() == [1, 3.5]


@pytest.mark.parametrize(
    ("hypothesis", "reference", "score"),
    [
        pytest.param("", "", 0, id="nothing-against-nothing"),
        pytest.param("a b", "", 100, id="something-against-nothing"),
        pytest.param("", "a b", 100, id="nothing-against-something"),
        pytest.param("x y z u v", "a", 500, id="over-100"),
        pytest.param("A B", "a b", 0, id="case-costs-nothing"),
        pytest.param("a b.", "a b", 50, id="english-signs-stay-on-the-word"),
    ],
)
def test_score_of_one_segment(hypothesis, reference, score):
    assert corpus(ENGLISH, [hypothesis], [reference]) == score
    assert TER().corpus_score([hypothesis], [[reference]]).score == score


def test_scores_of_resamples_some_of_which_have_no_length():
    metric = metrics.get("ter", ENGLISH)
    summed = np.array([[[0.0, 0.0], [3.0, 0.0]], [[3.0, 4.0], [9.0, 1.5]]])
    assert metric.score(summed).tolist() == [[0, 100], [75, 600]]
    assert metric.score(summed)[1].tolist() == [TER()._compute_score_from_stats(row).score for row in summed[1]]


def test_less_is_better_and_there_is_no_worst_score():
    metric = metrics.get("ter", ENGLISH)
    assert not metric.higher_is_better
    assert metric.scale == (0, math.inf)


# --- Hindi ------------------------------------------------------------------------------------------------------------


def test_in_hindi_the_danda_and_other_signs_are_words_of_their_own():
    # By hand: one of six. With sacreBLEU's own cut at spaces it is one of five, as if another word were wrong.
    assert corpus(HINDI, ["भारत ने कल मैच जीता"], ["भारत ने कल मैच जीता।"]) == pytest.approx(100 / 6)
    assert TER().corpus_score(["भारत ने कल मैच जीता"], [["भारत ने कल मैच जीता।"]]).score == pytest.approx(20)
    # "नई-दिल्ली" is three words, the comma one: two deletions of "नई दिल्ली, आज" as the reference has it.
    assert metrics.get("ter", HINDI).statistics(Examples(["नई-दिल्ली, आज"], [["नई दिल्ली आज"]])).tolist() == [[2, 3]]


def test_hindi_is_sacrebleu_on_the_words_of_bleu():
    hypotheses = ["विदेश सचिव ने दिल्ली में मंत्री से (कल) भेंट की।", "“वार्ता” १०:३० बजे हुई|", "जापान, भारत"]
    references = ["विदेश सचिव ने कल नई-दिल्ली में मंत्री से भेंट की।", "10:30 बजे \"वार्ता\" हुई।", "भारत, जापान"]  # fmt: skip
    cut = TokenizerV14International()
    assert isinstance(BLEU(tokenize="intl").tokenizer, TokenizerV14International)

    def plain(texts):
        return [cut(text.normalise(content, HINDI)) for content in texts]

    expected = TER().corpus_score(plain(hypotheses), [plain(references)]).score
    assert corpus(HINDI, hypotheses, references) == expected > 0
    assert corpus(HINDI, hypotheses, references) != TER().corpus_score(hypotheses, [references]).score


def test_signature_names_the_differences_from_sacrebleu():
    hindi, english = (metrics.get("ter", language).signature(2) for language in (HINDI, ENGLISH))
    scorer = TER()
    scorer.corpus_score(["a"], [["a"], ["b"]])
    assert english == str(scorer.get_signature())
    assert hindi == english.replace("tok:tercom", "tok:intl+tercom") + f"|norm:hin.{metrics.NORMALISATION}"


# --- command line of sacreBLEU ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2])
def test_score_and_signature_are_those_of_sacrebleu_s_command_line(tmp_path, count):
    files = [tmp_path / f"reference-{number}" for number in range(count)]
    (tmp_path / "hypothesis").write_text("\n".join(HYPOTHESES) + "\n", encoding="utf-8")
    for file, stream in zip(files, REFERENCES, strict=False):
        file.write_text("\n".join(stream) + "\n", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "sacrebleu",
        *map(str, files),
        "-i",
        "hypothesis",
        "-m",
        "ter",
        "-w",
        "9",
        "-f",
        "json",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, encoding="utf-8")
    answer = json.loads(done.stdout)
    metric = metrics.get("ter", ENGLISH)
    assert corpus(ENGLISH, HYPOTHESES, *REFERENCES[:count]) == pytest.approx(answer["score"], abs=1e-9)
    assert metric.signature(count) == answer["signature"]
