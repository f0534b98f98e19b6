"""Rules for every metric, and equality with the reference implementations."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu import sentence_bleu, sentence_chrf
from sacrebleu.metrics import BLEU, CHRF

from harness import metrics
from harness.core import registry, text
from harness.core.errors import InputError, ScoringError
from harness.core.records import ENGLISH, HINDI
from harness.metrics import Examples
from tests.metrics.annotated import examples

# Those of a challenge set read conditions or rankings; `test_verdicts.py` has the same rules for them. Those with a
# checkpoint are in test_neural.py.
NAMES = [
    name
    for name in registry.names("metrics")
    if not ((metric := metrics.get(name, HINDI)).is_share or metric.needs_network)
]
HINDI_ONLY = {name for name in NAMES if name.endswith("-lenient")}
COMBINED = [(n, language) for n in NAMES for language in (HINDI, ENGLISH) if language == HINDI or n not in HINDI_ONLY]
EVERY = [pytest.param(name, language, id=f"{name}-{language}") for name, language in COMBINED]
IN_BOTH = [name for name in NAMES if name not in HINDI_ONLY]
NORMALISING = {
    lang: [name for name, language in COMBINED if language == lang and metrics.get(name, lang).normalises]
    for lang in (HINDI, ENGLISH)
}

TEXTS = {
    HINDI: [
        "भारत और जापान के बीच द्विपक्षीय वार्ता हुई।",
        "विदेश सचिव ने नई दिल्ली में मंत्री से भेंट की।",
        "दोनों देश सहयोग के नए आयामों पर सहमत हुए।",
    ],
    ENGLISH: [
        "India and Japan held bilateral talks this week.",
        "The foreign secretary met the minister in New Delhi.",
        "Both countries agreed on new areas of cooperation.",
    ],
}
OTHER = {
    HINDI: [
        "भारत और जापान के बीच वार्ता हुई।",
        "विदेश सचिव ने दिल्ली में मंत्री से भेंट की।",
        "दोनों देश नए आयामों पर सहमत हैं।",
    ],
    ENGLISH: [
        "India and Japan held talks this week.",
        "The secretary met the minister in Delhi today.",
        "Both countries have agreed on areas of cooperation.",
    ],
}


def corpus(metric, hypotheses, *streams):
    return float(metric.score(metric.statistics(examples(metric, hypotheses, streams)).sum(axis=0)))


def best(metric):
    return metric.scale[1] if metric.higher_is_better else metric.scale[0]


def is_better(metric, one, other):
    return one > other if metric.higher_is_better else one < other


# --- every registered metric ----------------------------------------------------------------------------------------


def test_all_existing_metrics_of_the_design_are_tested():
    assert {"bleu", "chrf", "chrf++", "rouge1", "rouge2", "rougeL", "rougeLsum", "ter"} <= set(NAMES)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_identical_text_scores_the_best_of_the_scale_and_other_text_less(name, language):
    metric = metrics.get(name, language)
    assert corpus(metric, TEXTS[language], TEXTS[language]) == pytest.approx(best(metric), abs=1e-9)
    partial = corpus(metric, OTHER[language], TEXTS[language])
    assert metric.scale[0] < partial < metric.scale[1]


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_an_empty_hypothesis_is_legal_and_makes_the_score_worse(name, language):
    metric = metrics.get(name, language)
    some = corpus(metric, [*TEXTS[language][:2], ""], TEXTS[language])
    assert is_better(metric, best(metric), some)
    assert is_better(metric, some, corpus(metric, [""] * 3, TEXTS[language]))


@pytest.mark.parametrize("nothing", ["", " \n\t", "\u200d\ufeff"], ids=["empty", "space", "invisible"])
@pytest.mark.parametrize(("name", "language"), EVERY)
def test_empty_hypotheses_alone_score_the_worst_without_a_warning(name, language, nothing):
    metric = metrics.get(name, language)
    # If less is better, there is no worst score: a longer output can cost more than all missing words.
    worst = metric.scale[0] if metric.higher_is_better else 100
    assert corpus(metric, [nothing] * 3, TEXTS[language]) == worst


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_signature_names_the_references_and_any_normalisation_and_a_citation_has_a_link(name, language):
    metric = metrics.get(name, language)
    one, two = metric.signature(1), metric.signature(2)
    assert "nrefs:1" in one and "nrefs:2" in two and one.replace("nrefs:1", "nrefs:2") == two
    assert one.endswith(f"|norm:{language[:3]}.{metrics.NORMALISATION}") is metric.normalises
    assert "https://" in metric.citation


@pytest.mark.parametrize("name", [name for name in IN_BOTH if name in NORMALISING[HINDI]])
def test_signature_differs_between_the_languages(name):
    assert metrics.get(name, HINDI).signature(1) != metrics.get(name, ENGLISH).signature(1)


@pytest.mark.parametrize(
    ("name", "hindi", "english"),
    [
        pytest.param("{}", True, False, id="plain"),
        pytest.param("{}-normalised", True, True, id="normalised"),
        pytest.param("{}-raw", False, False, id="raw"),
    ],
)
@pytest.mark.parametrize("metric", ["bleu", "chrf", "chrf++"])
def test_hindi_is_normalised_unless_the_name_decides_otherwise(metric, name, hindi, english):
    found = [metrics.get(name.format(metric), language).normalises for language in (HINDI, ENGLISH)]
    assert found == [hindi, english]


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_segment_scores_are_one_number_per_segment_and_the_best_if_it_is_identical(name, language):
    metric = metrics.get(name, language)
    best = metric.scale[1] if metric.higher_is_better else metric.scale[0]
    hypotheses = [TEXTS[language][0], *OTHER[language][1:]]
    scores = metric.segment_scores(metric.statistics(examples(metric, hypotheses, [TEXTS[language]])))
    assert scores.shape == (3,)
    assert scores[0] == pytest.approx(best, abs=1e-9)
    assert not np.isclose(scores[1:], best).any()


def test_metrics_of_sacrebleu_have_different_signatures():
    assert len({metrics.get(name, HINDI).signature(1) for name in ("bleu", "chrf", "chrf++")}) == 3


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_statistics_are_one_row_per_segment_and_do_not_depend_on_other_segments(name, language):
    metric = metrics.get(name, language)
    rows = metric.statistics(examples(metric, OTHER[language], [TEXTS[language]]))
    assert rows.shape[0] == 3 and rows.ndim == 2 and rows.dtype == np.float64
    alone = [
        metric.statistics(examples(metric, [h], [[r]]))[0]
        for h, r in zip(OTHER[language], TEXTS[language], strict=True)
    ]
    np.testing.assert_array_equal(rows, alone)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_score_works_on_any_leading_axes(name, language):
    metric = metrics.get(name, language)
    rows = metric.statistics(examples(metric, OTHER[language], [TEXTS[language]]))
    weights = np.random.default_rng(3).integers(0, 4, size=(2, 5, 3)) + 1
    summed = weights @ rows
    scores = metric.score(summed)
    assert scores.shape == (2, 5)
    one_by_one = [[float(metric.score(summed[i, j])) for j in range(5)] for i in range(2)]
    np.testing.assert_allclose(scores, one_by_one, rtol=0, atol=1e-12)
    assert np.ptp(scores) > 0


# Language, a text, the same text in another encoding, and what differs.
ENCODINGS = [
    (HINDI, "बड\u093cा बाज\u093cार", "ब\u095cा बा\u095bार", "precomposed-nukta-U+095B-095C"),
    (HINDI, "न\u093cई र\u093cात ळ\u093cक", "\u0929ई \u0931ात \u0934क", "nukta-that-NFC-composes"),
    (HINDI, "वक्त की बात", "वक्\u200dत की बात", "zwj"),
    (HINDI, "वक्त की बात", "वक्\u200cत की बात", "zwnj"),
    (HINDI, '"शांति" की बात', "“शांति” की बात", "curly-quotes-hindi"),
    (HINDI, "सन 2006 में", "सन २००६ में", "devanagari-digits"),
    (HINDI, "वह घर गया।", "वह घर गया|", "pipe-for-danda"),
    (ENGLISH, 'He said "it\'s late" again', "He said “it’s late” again", "curly-quotes-english"),
    (ENGLISH, "a caf\u00e9 in town now", "a cafe\u0301 in town now", "decomposed-accent"),
    (ENGLISH, "a plain line of text", " a  plain\u00a0line of\ttext\ufeff", "space-and-bom"),
]


@pytest.mark.parametrize(
    ("name", "language", "plain", "variant"),
    [pytest.param(name, *case[:3], id=f"{name}-{case[3]}") for case in ENCODINGS for name in NORMALISING[case[0]]],
)
def test_the_encoding_of_either_side_changes_no_score_if_texts_are_normalised(name, language, plain, variant):
    assert plain != variant
    metric = metrics.get(name, language)
    # Four more words, so that even BLEU has its 4-grams.
    tail = {HINDI: " और यह भी सच है", ENGLISH: " and this is also true"}[language]
    same = metric.statistics(examples(metric, [plain + tail], [[plain + tail]]))
    np.testing.assert_array_equal(metric.statistics(examples(metric, [variant + tail], [[plain + tail]])), same)
    np.testing.assert_array_equal(metric.statistics(examples(metric, [plain + tail], [[variant + tail]])), same)
    assert float(metric.score(same.sum(axis=0))) == pytest.approx(best(metric))


TWO = ["one two", "three four"]


@pytest.mark.parametrize(
    ("hypotheses", "references", "message"),
    [
        pytest.param(TWO, [["a"]], "2 hypotheses, but 1 texts in reference 1", id="too-few-references"),
        pytest.param(TWO, [TWO, [*TWO, "c"]], "2 hypotheses, but 3 texts in reference 2", id="second-stream-too-long"),
        pytest.param(TWO, [["a"], ["b"]], "look transposed", id="transposed"),
        pytest.param(TWO, TWO, "bare string", id="stream-is-a-string"),
        pytest.param(TWO, "ab", "bare string", id="references-are-a-string"),
        pytest.param("ab", [["a", "b"]], "bare string", id="hypotheses-are-a-string"),
        pytest.param([], [[]], "found 0 hypotheses", id="no-segments"),
        pytest.param(TWO, [], "0 references", id="no-references"),
        pytest.param([None, "a"], [TWO], "expected texts, found None", id="none-hypothesis"),
        pytest.param(
            TWO, [["a", None]], "1 of 2 segments have no reference, first segment 2", id="no-reference-for-one"
        ),
        pytest.param(TWO, [["a", 3]], "expected texts, found 3", id="a-number"),
        pytest.param([b"a", "b"], [TWO], "expected texts, found b'a'", id="bytes"),
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_wrong_shapes_are_refused_with_a_reason(name, hypotheses, references, message):
    with pytest.raises(ScoringError, match=re.escape(message)):
        metrics.get(name, HINDI).statistics(Examples(hypotheses, references))


def test_a_missing_stream_is_refused_with_a_reason():
    with pytest.raises(ScoringError):
        metrics.get("bleu", ENGLISH).statistics(Examples(TWO, [None]))


def test_an_unknown_metric_is_answered_with_the_nearest():
    with pytest.raises(InputError, match="did you mean 'rouge1'"):
        metrics.get("rouge-1", HINDI)


@pytest.mark.parametrize(
    ("name", "language", "content", "expected"),
    [
        pytest.param("rouge1", ENGLISH, "यह हिंदी है।", False, id="hindi-has-no-word-for-english-rouge"),
        pytest.param("rouge1", HINDI, "यह हिंदी है।", True, id="hindi-has-words-for-hindi-rouge"),
        pytest.param("rougeL", HINDI, "।॥ -", False, id="signs-are-no-words"),
        pytest.param("bleu", HINDI, "।", True, id="danda-is-a-token-of-bleu"),
        pytest.param("chrf", HINDI, "\u200d ", False, id="invisible-is-nothing"),
        pytest.param("chrf", ENGLISH, "\u200d ", False, id="what-cannot-be-seen-is-nothing-even-as-it-stands"),
        pytest.param("chrf-raw", HINDI, " \n", False, id="space-is-nothing"),
    ],
)
def test_has_tokens(name, language, content, expected):
    assert metrics.get(name, language).has_tokens(content) is expected


# --- sacreBLEU --------------------------------------------------------------------------------------------------------


def sacre(name, language):
    if name.startswith("bleu"):
        return BLEU(tokenize="intl" if language == HINDI else "13a", force=True)
    return CHRF(word_order=2 if name.startswith("chrf++") else 0)


def as_scored(name, language, texts):
    normalised = name.endswith("-normalised") or (language == HINDI and not name.endswith("-raw"))
    return [text.normalise(content, language) for content in texts] if normalised else texts


def assert_is_sacrebleu(name, language, hypotheses, *streams):
    texts, *others = (as_scored(name, language, stream) for stream in (hypotheses, *streams))
    expected = sacre(name, language).corpus_score(texts, others).score
    assert corpus(metrics.get(name, language), hypotheses, *streams) == pytest.approx(expected, abs=1e-9)
    return expected


SACRE = [
    pytest.param(name, language, id=f"{name}-{language}")
    for name in NAMES
    if name.startswith(("bleu", "chrf"))
    for language in (HINDI, ENGLISH)
]
# Curly quotes, a composed nukta and an invisible character, which normalising removes.
TYPED = {
    HINDI: ["“भारत” और जापान की बा\u200dत हुई।", "विदेश सचिव ने न\u095bर भेंट की।", "दोनों देश सहमत हुए।"],
    ENGLISH: ["“India” and Japan held talks.", "The secretary’s visit, a caf\u00e9\u200b away.", "Both agreed."],
}


@pytest.mark.parametrize(("name", "language"), SACRE)
class TestScoresAreThoseOfSacrebleu:
    def test_single_reference(self, name, language):
        assert 20 < assert_is_sacrebleu(name, language, OTHER[language], TEXTS[language]) < 95

    def test_two_references_that_are_each_best_for_one_segment(self, name, language):
        first, second = TEXTS[language], [OTHER[language][0], *TEXTS[language][:2]]
        both = assert_is_sacrebleu(name, language, OTHER[language], first, second)
        assert both > assert_is_sacrebleu(name, language, OTHER[language], first)

    def test_some_empty_hypotheses(self, name, language):
        assert assert_is_sacrebleu(name, language, ["", *OTHER[language][1:]], TEXTS[language]) > 0

    def test_no_match_at_all(self, name, language):
        assert assert_is_sacrebleu(name, language, ["zq zq zq zq zq"] * 3, ["ab ab ab ab ab"] * 3) == 0

    def test_no_fourgram_matches(self, name, language):
        hypotheses = [" ".join(reversed(line.split())) for line in TEXTS[language]]
        assert 0 < assert_is_sacrebleu(name, language, hypotheses, TEXTS[language]) < 90

    def test_hypotheses_shorter_than_the_order(self, name, language):
        assert_is_sacrebleu(name, language, ["ab", "cd ef", "gh"], ["ab", "cd ef", "gh ij"])

    def test_texts_that_normalising_changes(self, name, language):
        typed, normal = TYPED[language], [text.normalise(content, language) for content in TYPED[language]]
        score = assert_is_sacrebleu(name, language, typed, normal)
        assert (score == pytest.approx(100)) == metrics.get(name, language).normalises


@pytest.mark.parametrize(("name", "language"), SACRE)
@pytest.mark.parametrize(
    "hypotheses",
    [
        pytest.param(OTHER, id="partly-right"),
        pytest.param(TEXTS, id="identical"),
        pytest.param({HINDI: ["", "सहमत", "विदेश सचिव"], ENGLISH: ["", "Both", "The foreign"]}, id="short"),
        pytest.param({HINDI: ["क ख ग घ ङ"] * 3, ENGLISH: ["zq zq zq zq zq"] * 3}, id="nothing-right"),
        pytest.param(TYPED, id="typed"),
    ],
)
def test_segment_scores_are_sentence_scores_of_sacrebleu(name, language, hypotheses):
    metric, streams = metrics.get(name, language), [TEXTS[language], OTHER[language][::-1]]
    found = metric.segment_scores(metric.statistics(Examples(hypotheses[language], streams)))
    texts, *others = (as_scored(name, language, stream) for stream in (hypotheses[language], *streams))
    pairs = zip(texts, zip(*others, strict=True), strict=True)
    if name.startswith("bleu"):
        tokenizer = "intl" if language == HINDI else "13a"
        expected = [sentence_bleu(one, list(references), tokenize=tokenizer).score for one, references in pairs]
    else:
        order = 2 if name.startswith("chrf++") else 0
        expected = [sentence_chrf(one, list(references), word_order=order).score for one, references in pairs]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_a_segment_without_fourgrams_has_a_bleu_but_a_corpus_of_such_segments_scores_0():
    # TRAPS.md: BLEU().sentence_score is not sentence_bleu.
    metric = metrics.get("bleu", ENGLISH)
    statistics = metric.statistics(Examples(["a b"], [["a b c"]]))
    # By hand: two precisions of 1, and the penalty for the missing third of the reference.
    assert metric.segment_scores(statistics)[0] == pytest.approx(100 * np.exp(1 - 3 / 2))
    assert metric.score(statistics)[0] == 0


SHORT_LINES = st.lists(st.sampled_from("a b c d e f. g, ab abc".split()), max_size=12).map(" ".join)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(hypothesis=SHORT_LINES, first=SHORT_LINES, second=SHORT_LINES, name=st.sampled_from(["chrf", "chrf++"]))
def test_chrf_is_sacrebleus_to_the_last_bit(hypothesis, first, second, name):
    # The choice among references with nearly equal scores depends on it.
    metric = metrics.get(name, ENGLISH)
    found = metric.score(metric.statistics(Examples([hypothesis], [[first], [second]])))[0]
    assert found == sacre(name, ENGLISH).sentence_score(hypothesis, [first, second]).score


LINES = st.lists(st.sampled_from("a b c d e .".split()), max_size=9).map(" ".join)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(
    pairs=st.lists(st.tuples(LINES, LINES, LINES, st.integers(0, 3)), min_size=1, max_size=5),
    name=st.sampled_from(["bleu", "chrf", "chrf++"]),
)
def test_weighting_statistics_is_repeating_segments(pairs, name):
    # One more segment, so that every draw has a token.
    pairs = [*pairs, ("a b c d e", "a b c e d", "b c d", 1)]
    metric = metrics.get(name, ENGLISH)
    hypotheses, first, second, weights = (list(column) for column in zip(*pairs, strict=True))
    statistics = metric.statistics(Examples(hypotheses, [first, second]))
    weighted = float(metric.score(np.asarray(weights, dtype=float) @ statistics))
    again = [index for index, weight in enumerate(weights) for _ in range(weight)]
    streams = [[stream[index] for index in again] for stream in (first, second)]
    expected = sacre(name, ENGLISH).corpus_score([hypotheses[index] for index in again], streams).score
    assert weighted == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "language", "options"),
    [
        pytest.param("bleu", ENGLISH, ["-m", "bleu"], id="bleu-english"),
        pytest.param("bleu", HINDI, ["-m", "bleu", "-tok", "intl"], id="bleu-hindi"),
        pytest.param("chrf", HINDI, ["-m", "chrf"], id="chrf-hindi"),
        pytest.param("chrf++", ENGLISH, ["-m", "chrf", "--chrf-word-order", "2"], id="chrf++-english"),
        pytest.param("chrf", ENGLISH, ["-m", "chrf"], id="chrf-english"),
        pytest.param("chrf++-raw", HINDI, ["-m", "chrf", "--chrf-word-order", "2"], id="chrf++-raw-hindi"),
        pytest.param("bleu-normalised", ENGLISH, ["-m", "bleu"], id="bleu-normalised-english"),
    ],
)
def test_score_and_signature_are_those_of_sacrebleu_s_command_line(tmp_path, name, language, options):
    hypotheses, reference = [*OTHER[language], *TYPED[language]], [*TEXTS[language], *TYPED[language][::-1]]
    for file, lines in (("h", hypotheses), ("r", reference)):
        lines = as_scored(name, language, lines)
        (tmp_path / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "sacrebleu", "r", "-i", "h", *options, "-w", "8", "-f", "json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, encoding="utf-8")
    answer = json.loads(done.stdout)
    metric = metrics.get(name, language)
    assert corpus(metric, hypotheses, reference) == pytest.approx(answer["score"], abs=1e-8)
    added = f"|norm:{language[:3]}.{metrics.NORMALISATION}" if metric.normalises else ""
    assert metric.signature(1) == answer["signature"] + added


def test_hindi_bleu_takes_the_danda_off_the_word():
    # 13a leaves `जीता।` whole, so no word order above 2 would match.
    hypothesis, reference = ["भारत ने कल मैच जीता"], ["भारत ने कल मैच जीता।"]
    ours = metrics.get("bleu", HINDI).statistics(Examples(hypothesis, [reference]))[0]
    assert list(ours) == [5, 6, 5, 4, 3, 2, 5, 4, 3, 2]
    assert BLEU(tokenize="13a").corpus_score(hypothesis, [reference]).counts == [4, 3, 2, 1]


# --- WMT14, if the shared data are on this machine -------------------------------------------------------------------

# Origin: README.md of that folder (mozilla/firefox-translations-models), sacreBLEU with 13a on *raw* text.
PUBLISHED = {"google": 35.4, "microsoft": 34.7, "nllb": 30.1, "bergamot-tiny": 28.9, "argos": 20.5, "opusmt": 13.4}
# Measured: the gain from normalising both sides. argos and google write curly quotes, the reference straight ones.
ADDED = {"google": 0.124, "microsoft": 0.003, "nllb": 0.0, "bergamot-tiny": 0.009, "argos": 0.857, "opusmt": 0.0}


@pytest.mark.slow
@pytest.mark.parametrize("system", PUBLISHED)
def test_wmt14_has_its_published_bleu_and_normalising_raises_it(system, wmt14):
    bleu = corpus(metrics.get("bleu", ENGLISH), wmt14(system), wmt14("reference"))
    assert f"{bleu:.1f}" == f"{PUBLISHED[system]:.1f}"
    normalised = corpus(metrics.get("bleu-normalised", ENGLISH), wmt14(system), wmt14("reference"))
    assert normalised - bleu == pytest.approx(ADDED[system], abs=0.002)
