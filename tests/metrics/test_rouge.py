"""ROUGE: equality with rouge-score and with XL-Sum's scorer, and the rules for several references and sentences."""

import json
import random
import re
import subprocess
import sys
from importlib.metadata import version

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score import rouge_scorer
from rouge_score.rouge_scorer import RougeScorer

from harness import metrics
from harness.core import registry, text
from harness.core.errors import InputError
from harness.core.records import ENGLISH, HINDI
from harness.core.text import sentences
from harness.metrics import Examples, _ngrams, _union_lcs, _xlsum, rouge
from tests.paths import DATA

TYPES = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
VARIANTS = {"strict": "", "lenient": "-lenient", "xlsum": "-xlsum", "xlsum-stem": "-xlsum-stem"}
LANGUAGES = {"hindi": HINDI, "english": ENGLISH}


def read(*path):
    return [json.loads(line) for line in DATA.joinpath(*path).read_text(encoding="utf-8").splitlines()]


def words_of(variant, content, language=HINDI, *, lsum=False):
    """Return the words of each sentence of a text, as a metric reads them from numbered pieces."""
    reader = rouge._reader(variant, language)
    words = (reader.lsum_tokens if lsum else reader.tokens).words
    ((numbers,),) = (units.by_text() for units in words.units([content]))
    names = [*words._tokens]
    return [[names[number] for number in sentence] for sentence in rouge._sentences(numbers)]


def corpus(metric, hypotheses, *streams):
    return float(metric.score(metric.statistics(Examples(hypotheses, streams)).sum(axis=0)))


def scores(hypothesis, *references, variant="", language=ENGLISH):
    return {
        name: corpus(metrics.get(name + variant, language), [hypothesis], *([reference] for reference in references))
        for name in TYPES
    }


def test_every_type_has_every_variant():
    expected = {name + variant for name in TYPES for variant in VARIANTS.values()}
    assert {name for name in registry.names("metrics") if name.startswith("rouge")} == expected


# --- golden values ----------------------------------------------------------------------------------------------------

# Origin: rouge_score 0.1.2 with the tokenizer of tokenizer_cases.jsonl, and XL-Sum's scorer.
PAIRS = read("hindi-rouge", "pairs.jsonl")
XLSUM_PAIRS = read("xlsum-rouge", "pairs.jsonl")


def test_the_golden_files_are_whole():
    assert len({pair["id"] for pair in PAIRS}) == 105
    assert [list(pair["expected"]) for pair in PAIRS] == [["xlsum", "xlsum-stem", "strict", "lenient"]] * 105
    assert [set(pair["expected"]["strict"]) for pair in PAIRS] == [set(TYPES)] * 105
    assert {pair["lang"] for pair in XLSUM_PAIRS} == set(LANGUAGES)


@pytest.mark.parametrize("kind", VARIANTS)
@pytest.mark.parametrize("name", TYPES)
def test_hindi_rouge_is_golden_on_each_pair(name, kind):
    pairs = [pair for pair in PAIRS if name in pair["expected"][kind]]
    if kind.startswith("xlsum") and name == "rougeLsum":  # not in that file
        pairs = [pair for pair in XLSUM_PAIRS if pair["lang"] == "hindi"]
    metric = metrics.get(name + VARIANTS[kind], HINDI)
    found = metric.statistics(Examples([p["hypothesis"] for p in pairs], [[p["reference"] for p in pairs]]))
    expected = [pair["expected"][kind][name] for pair in pairs]
    wrong = [(p["id"], g, e) for p, g, e in zip(pairs, found[:, 0], expected, strict=True) if abs(g - e) > 1e-4]
    assert not wrong
    assert float(metric.score(found.sum(axis=0))) == pytest.approx(np.mean(expected), abs=1e-4)


@pytest.mark.parametrize("pair", XLSUM_PAIRS, ids=lambda pair: f"{pair['id']}-{pair['lang']}")
@pytest.mark.parametrize("kind", ["xlsum", "xlsum-stem"])
def test_the_xlsum_variants_are_xl_sum_s_scorer(kind, pair):
    found = scores(pair["hypothesis"], pair["reference"], variant=VARIANTS[kind], language=LANGUAGES[pair["lang"]])
    assert found == pytest.approx(pair["expected"][kind], abs=1e-4)


@pytest.mark.parametrize("case", read("xlsum-rouge", "tokens.jsonl"), ids=lambda case: f"{case['lang']}: {case['why']}")
def test_xlsum_s_words_and_stems(case):
    stem = {"hindi": _xlsum.hindi_stem, "english": _xlsum.english_stem}[case["lang"]]
    words, basic = _xlsum.words(case["text"]), _xlsum.basic_words(case["text"])
    assert (words, basic) == (case["words"], case["basic"])
    assert ([stem(word) for word in words], [stem(word) for word in basic]) == (case["stems"], case["basic_stems"])


@settings(derandomize=True, deadline=None, max_examples=500)
@given(
    content=st.text(st.sampled_from("a1,।क\u093fिΑΣ\u0345ς \n\t\x1c\u2028\u200d\ufffd漢▁$\xa0"), max_size=14)
    | st.text(max_size=60)
)
def test_xlsum_s_words_are_the_same_if_each_piece_is_read_by_itself(content):
    ((words,), lines) = words_of("xlsum", content), words_of("xlsum", content, lsum=True)
    assert words == _xlsum.words(content)
    assert lines == [_xlsum.basic_words(line) for line in content.split("\n")]


def test_white_space_is_white_space_for_xlsum_or_makes_it_read_a_text_at_once():
    spaces = {chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()}
    assert {sign for sign in spaces if _xlsum._PLAIN[ord(sign)] != " "} == set(_xlsum._JOINING)


# --- equality with rouge-score ----------------------------------------------------------------------------------------


class HindiWords:
    def __init__(self, *, fold):
        self.fold = fold

    def tokenize(self, content):
        return text.words(content, fold=self.fold)


HINDI_LINES = st.lists(
    st.sampled_from("भारत जापान वार्ता की में 2006 है। नई-दिल्ली हिन्दी हिंदी? हँस! गये गए॥ \n".split(" ")), max_size=14
).map(" ".join)
ENGLISH_LINES = st.lists(
    st.sampled_from("The talks, talk talking U.S. 2006 in-depth are held. Who? Now! \n".split(" ")), max_size=14
).map(" ".join)


@pytest.mark.parametrize("variant", ["", "-lenient"])
@settings(derandomize=True, deadline=None, max_examples=100)
@given(hypothesis=HINDI_LINES, reference=HINDI_LINES)
def test_hindi_rouge_is_rouge_score_with_a_tokenizer(variant, hypothesis, reference):
    scorer = RougeScorer(TYPES, tokenizer=HindiWords(fold=bool(variant)))
    split = [re.sub("[।॥?!]", "\n", text.normalise(content, HINDI)) for content in (reference, hypothesis)]
    expected = {name: 100 * score.fmeasure for name, score in scorer.score(*split).items()}
    assert scores(hypothesis, reference, variant=variant, language=HINDI) == pytest.approx(expected, abs=1e-9)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(hypothesis=ENGLISH_LINES, reference=ENGLISH_LINES)
def test_english_rouge_is_rouge_score_without_stemming_given_the_same_sentences(hypothesis, reference):
    split = []
    for content in (reference, hypothesis):
        content = text.normalise(content, ENGLISH)
        split.append("\n".join(content[start:end] for start, end in sentences.split(content)))
    expected = {name: 100 * score.fmeasure for name, score in RougeScorer(TYPES).score(*split).items()}
    assert scores(hypothesis, reference) == pytest.approx(expected, abs=1e-9)


# Signs that the rules of text.words read, next to those that end a sentence.
NASTY = st.text(st.sampled_from("12,.:।॥?!\n अतःकनम्\u0901\u093cयेीABaΣİ'\u200d"), max_size=16)


@pytest.mark.parametrize("fold", [False, True], ids=["strict", "lenient"])
@settings(derandomize=True, deadline=None, max_examples=300)
@given(content=NASTY)
def test_the_words_of_the_sentences_are_those_of_the_text(fold, content):
    cut = words_of("lenient" if fold else "", content)
    assert cut == [text.words(sentence, fold=fold) for sentence in re.split("[।॥?!\n]", content)]
    assert [word for sentence in cut for word in sentence] == text.words(content, fold=fold)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(content=NASTY)
def test_english_words_are_those_of_rouge_score_however_sentences_end(content):
    words = rouge_scorer.tokenizers.DefaultTokenizer().tokenize(content)
    cut = words_of("", content, ENGLISH)
    assert words == [word for sentence in cut for word in sentence]


# --- ROUGE-Lsum -------------------------------------------------------------------------------------------------------


def assert_hits_are_those_of_rouge_score(hypothesis, reference):
    score = rouge_scorer._summary_level_lcs(reference, hypothesis)
    hits = _union_lcs.union_hits(hypothesis, reference)
    length = sum(map(len, reference)) if any(hypothesis) else 0
    assert hits == pytest.approx(score.recall * length, abs=1e-9)
    return hits


# Few words, so that there are many longest common subsequences to choose from.
SENTENCES = st.lists(st.text("abcd", max_size=9).map(list), max_size=5)


@settings(derandomize=True, deadline=None, max_examples=500)
@given(hypothesis=SENTENCES, reference=SENTENCES)
def test_the_union_of_subsequences_is_that_of_rouge_score(hypothesis, reference):
    assert_hits_are_those_of_rouge_score(hypothesis, reference)


@pytest.mark.parametrize(("words", "longest"), [(2, 6), (3, 12), (6, 25), (40, 90)])
def test_the_union_of_subsequences_of_drawn_texts_is_that_of_rouge_score(words, longest):
    draw = random.Random(words)

    def drawn():
        return [
            [str(draw.randrange(words)) for _ in range(draw.randint(0, longest))] for _ in range(draw.randint(0, 6))
        ]

    hits = [assert_hits_are_those_of_rouge_score(drawn(), drawn()) for _ in range(4000 // longest)]
    assert len(set(hits)) > 5


@pytest.mark.parametrize(
    ("hypothesis", "reference", "hits"),
    [
        # By hand. "ab" and "ba" share "a" or "b"; the walk from the end meets "b" of the reference in both first.
        pytest.param(["ba"], ["ab"], 1, id="one-of-two"),
        # Each of the two sentences gives one word, and they differ: the union has both.
        pytest.param(["a", "b"], ["ab"], 2, id="union"),
        # Against "ab" both sentences give "b" alone: the union is no larger.
        pytest.param(["ba", "bca"], ["ab"], 1, id="same-choice"),
        pytest.param(["a"], ["a", "a"], 1, id="clipped-by-the-hypothesis"),
        pytest.param(["a", "a"], ["a"], 1, id="a-position-counts-once"),
        pytest.param(["", "ab", ""], ["", "ab"], 2, id="empty-sentences"),
        pytest.param([], ["ab"], 0, id="no-hypothesis"),
        pytest.param(["ab"], [], 0, id="no-reference"),
        pytest.param(["cd"], ["ab"], 0, id="nothing-in-common"),
        # A carry out of the first sentence must not reach the second.
        pytest.param(["aaa", "bbb"], ["aaab"], 4, id="sentences-side-by-side"),
    ],
)
def test_hits_by_hand(hypothesis, reference, hits):
    assert _union_lcs.union_hits(hypothesis, reference) == hits
    assert assert_hits_are_those_of_rouge_score(hypothesis, reference) == hits


@pytest.mark.parametrize(
    ("language", "variant", "hypothesis", "reference", "alike"),
    [
        pytest.param(HINDI, "", "क ख। ग घ", "ग घ। क ख", True, id="danda"),
        pytest.param(HINDI, "-lenient", "क ख॥ ग घ?", "ग घ! क ख", True, id="double-danda-and-others"),
        pytest.param(HINDI, "", "क ख\nग घ", "ग घ\r\nक ख", True, id="hindi-lines"),
        pytest.param(HINDI, "", "क ख. ग घ", "ग घ. क ख", False, id="hindi-full-stop"),
        pytest.param(ENGLISH, "", "He left. We stayed.", "We stayed. He left.", True, id="english-prose"),
        pytest.param(ENGLISH, "", "he left\nwe stayed", "we stayed\nhe left", True, id="english-lines"),
        pytest.param(ENGLISH, "", "Mr. Rao left", "Rao Mr. left", False, id="english-abbreviation"),
        pytest.param(HINDI, "-xlsum", "क ख\nग घ", "ग घ\nक ख", True, id="xlsum-lines"),
        pytest.param(HINDI, "-xlsum", "क ख। ग घ", "ग घ। क ख", False, id="xlsum-danda"),
        pytest.param(ENGLISH, "-xlsum-stem", "He left. We stayed.", "We stayed. He left.", False, id="xlsum-prose"),
    ],
)
def test_order_of_sentences_costs_rouge_lsum_nothing(language, variant, hypothesis, reference, alike):
    found = scores(hypothesis, reference, variant=variant, language=language)
    assert found["rouge1"] == 100 > found["rougeL"]
    assert found["rougeLsum"] == (100 if alike else found["rougeL"])


@settings(derandomize=True, deadline=None, max_examples=60)
@given(hypothesis=st.text("abcd ", max_size=20), reference=st.text("abcd ", max_size=20))
def test_with_one_sentence_on_either_side_lsum_is_l(hypothesis, reference):
    found = scores(hypothesis, reference)
    assert found["rougeLsum"] == pytest.approx(found["rougeL"], abs=1e-9)


# --- several references -----------------------------------------------------------------------------------------------


def test_one_reference_is_best_for_all_rouge_types_together():
    hypothesis = "a b c d"
    scattered, ordered = "d c b a", "a b x y z w"  # ROUGE-1 100 against the first, ROUGE-2 higher with the second
    best = RougeScorer(TYPES).score_multi([scattered, ordered], hypothesis)
    # By hand. Against `scattered`: 4/4, 0/3, LCS 1 of 4. Against `ordered`: 2 of 4+6, 1 of 3+5, LCS 2 of 4+6.
    assert scores(hypothesis, scattered, ordered) == pytest.approx({
        "rouge1": 100,
        "rouge2": 0,
        "rougeL": 25,
        "rougeLsum": 25,
    })
    apart = {name: 100 * score.fmeasure for name, score in best.items()}
    assert apart == pytest.approx({"rouge1": 100, "rouge2": 25, "rougeL": 40, "rougeLsum": 40})
    assert scores(hypothesis, scattered, ordered, variant=":best=each") == pytest.approx(apart)


TEXTS = st.text("abcd ", min_size=1, max_size=20)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(hypothesis=TEXTS, references=st.lists(TEXTS, min_size=1, max_size=4))
def test_with_the_best_for_each_type_scores_are_those_of_rouge_score(hypothesis, references):
    expected = RougeScorer(TYPES).score_multi(references, hypothesis)
    found = scores(hypothesis, *references, variant=":best=each")
    assert found == pytest.approx({name: 100 * score.fmeasure for name, score in expected.items()})


def test_the_types_of_a_variant_are_computed_once(monkeypatch):
    calls = []

    def compute(key):
        calls.append(len(key[1]))
        return rouge._compute_joint(key)

    monkeypatch.setattr(rouge, "_latest", rouge.Latest(compute, lambda *_: 1, lambda: 10))
    monkeypatch.setattr(_ngrams, "_SEGMENTS", 2)
    values = [metrics.get(name, ENGLISH).statistics(Examples(["a b", "b a", "b"], [["a b"] * 3]))[:, 0].tolist()
              for name in TYPES[:3]]  # fmt: skip
    assert values == [[100, 100, pytest.approx(200 / 3)], [100, 0, 0], [100, 50, pytest.approx(200 / 3)]]
    assert calls == [2, 1]


def test_one_type_can_fall_if_a_reference_is_added_and_the_best_is_joint():
    one, two = ["d c b a"], ["d c b a", "a b c x y"]
    joint, each = ([scores("a b c d", *of, variant=best)["rouge1"] for of in (one, two)] for best in ("", ":best=each"))
    assert joint[1] < joint[0] and each[1] >= each[0]


@pytest.mark.parametrize(
    ("name", "best"), [("rouge1", "joint"), ("rouge1:best=jointly", "joint"), ("rouge1:best=each", "each")]
)
def test_the_signature_says_how_the_best_reference_is_chosen(name, best):
    assert f"|best:{best}|" in metrics.get(name, ENGLISH).signature(2)


def test_the_best_reference_has_the_highest_sum_and_need_not_have_the_highest_rouge_1():
    # By hand. First: 100 + 0 + 25. Second: 3 of 4+5, 2 of 3+4, LCS 3 of 4+5, which sum to 190.5.
    assert scores("a b c d", "d c b a", "a b c x y") == pytest.approx({
        "rouge1": 600 / 9,
        "rouge2": 400 / 7,
        "rougeL": 600 / 9,
        "rougeLsum": 600 / 9,
    })


def test_lsum_does_not_affect_the_choice_of_the_reference():
    # By hand. `turned`: 100, 2 of 3+3 bigrams, LCS 2 of 4+4: 216.7, and Lsum 100. `longer`: 4 of 4+5 words, 3 of 3+4
    # bigrams, LCS 4 of 4+5: 263.5, and Lsum 4 of 4+5.
    hypothesis, turned, longer = "a b\nc d", "c d\na b", "a b\nc d e"
    assert scores(hypothesis, turned)["rougeLsum"] == 100
    for references in ((turned, longer), (longer, turned)):
        assert scores(hypothesis, *references)["rougeLsum"] == pytest.approx(800 / 9)


def test_the_first_of_equal_references_is_best():
    # By hand. Both: 3 of 4+4 words, no bigram, LCS 1 of 4+4. Lsum: of the one line of `first` the walk takes "b" with
    # "a b" and "c" with "c d", 2 of 4+4; of the lines of `second` all but "x", 3 of 4+4.
    hypothesis, first, second = "a b\nc d", "x c b a", "c\nb\na x"
    expected = {"rouge1": 75, "rouge2": 0, "rougeL": 25}
    assert scores(hypothesis, first, second) == {**expected, "rougeLsum": 50}
    assert scores(hypothesis, second, first) == {**expected, "rougeLsum": 75}


def test_rouge_of_a_system_is_the_mean_over_segments_each_with_its_best_reference():
    metric = metrics.get("rouge1", ENGLISH)
    found = metric.statistics(Examples(["a b", "c d"], [["a b", "x y"], ["x y", "c z"]]))
    assert found.tolist() == [[100, 1], [50, 1]]
    assert float(metric.score(found.sum(axis=0))) == 75


# --- variants ---------------------------------------------------------------------------------------------------------


def test_hindi_rouge_reads_devanagari():
    # rouge-score's default: identical Hindi 0, unrelated texts that share "2006" 100.
    assert corpus(metrics.get("rouge1", HINDI), ["वह 2006 में आया"], ["राजा 2006 तक रहा"]) == pytest.approx(25)


@pytest.mark.parametrize(
    ("hypothesis", "reference", "alike"),
    [
        pytest.param("हिन्दी", "हिंदी", {"-lenient"}, id="homorganic-nasal"),
        pytest.param("गये", "गए", {"-lenient"}, id="glide"),
        pytest.param("नेताओं", "नेता", {"-xlsum-stem"}, id="inflection"),
        pytest.param("ब\u095cा", "बड\u093cा", {"", "-lenient"}, id="encodings-of-nukta"),
        pytest.param("वक्\u200dत", "वक्त", set(VARIANTS.values()), id="zwj"),
        pytest.param("२००६", "2006", {"", "-lenient"}, id="digits"),
        pytest.param("जापान", "भारत", set(), id="other-words"),
    ],
)
def test_each_variant_merges_its_own_spellings_of_a_hindi_word(hypothesis, reference, alike):
    found = {v: scores(hypothesis, reference, variant=v, language=HINDI)["rougeL"] for v in VARIANTS.values()}
    assert found == {variant: 100 if variant in alike else 0 for variant in VARIANTS.values()}


def test_xlsum_lsum_leaves_digits_at_letters_as_xl_sum_does():
    found = scores("2006में", "2006 में", variant="-xlsum", language=HINDI)
    assert found == {"rouge1": 100, "rouge2": 100, "rougeL": 100, "rougeLsum": 0}


STRICT = "nrefs:1|best:joint|tok:hindi-words.1|fold:no|stem:no"
LATIN = f"nrefs:1|best:joint|tok:rouge-score-{version('rouge-score')}|fold:no|stem:no"
SNOWBALL = f"stem:xlsum-english.1.nltk-{version('nltk')}"


@pytest.mark.parametrize(
    ("name", "language", "expected"),
    [
        ("rouge1", HINDI, f"{STRICT}|case:lc|f:1|agg:mean|norm:hin.1"),
        ("rougeLsum", HINDI, f"{STRICT}|split:hindi-marks-and-lines.1|case:lc|f:1|agg:mean|norm:hin.1"),
        ("rougeL-lenient", HINDI, f"{STRICT.replace('fold:no', 'fold:hindi.1')}|case:lc|f:1|agg:mean|norm:hin.1"),
        ("rouge2", ENGLISH, f"{LATIN}|case:lc|f:1|agg:mean|norm:eng.1"),
        ("rougeLsum", ENGLISH, f"{LATIN}|split:harness-sentences.2|case:lc|f:1|agg:mean|norm:eng.1"),
        (
            "rouge1-xlsum",
            HINDI,
            "nrefs:1|best:joint|tok:xlsum-hindi.1|fold:no|stem:no|case:lc|f:1|agg:mean|norm:no",
        ),
        (
            "rougeLsum-xlsum-stem",
            HINDI,
            "nrefs:1|best:joint|tok:xlsum-hindi-basic.1|fold:no|stem:xlsum-hindi.1|split:lines"
            "|case:lc|f:1|agg:mean|norm:no",
        ),
        (
            "rougeL-xlsum-stem",
            ENGLISH,
            f"nrefs:1|best:joint|tok:xlsum-english.1|fold:no|{SNOWBALL}|case:lc|f:1|agg:mean|norm:no",
        ),
    ],
)
def test_a_signature_names_all_settings_that_decide_a_score(name, language, expected):
    assert metrics.get(name, language).signature(1) == expected


@pytest.mark.parametrize("name", TYPES)
def test_variants_have_different_signatures(name):
    assert len({metrics.get(name + variant, HINDI).signature(1) for variant in VARIANTS.values()}) == 4


@pytest.mark.parametrize(
    ("name", "language", "message"),
    [
        ("rougeL-lenient", ENGLISH, "-lenient merge spellings of Hindi, and eng_Latn has none .* use the name without"),
        ("rouge1-xlsum", "tha_Thai", "-xlsum-stem score Hindi and English, not tha_Thai"),
        ("rouge1-xlsum-stem", "tam_Taml", "-xlsum-stem score Hindi and English, not tam_Taml"),
        ("rougeL-strict", HINDI, "unknown metric 'rougeL-strict'; did you mean"),
    ],
)
def test_a_variant_that_is_not_defined_is_refused_before_anything_is_scored(name, language, message):
    with pytest.raises(InputError, match=message):
        metrics.get(name, language)


@pytest.mark.parametrize(
    ("name", "language", "content", "expected"),
    [
        pytest.param("rouge1", ENGLISH, "यह हिंदी है।", False, id="hindi-has-no-word-for-english-rouge"),
        pytest.param("rouge1-xlsum", ENGLISH, "यह हिंदी है।", True, id="xl-sum-keeps-every-script"),
        pytest.param("rougeLsum-lenient", HINDI, "।॥ -", False, id="signs-are-no-words"),
        pytest.param("rougeL-xlsum-stem", HINDI, " \u200d।॥ -", False, id="nor-for-xl-sum"),
    ],
)
def test_has_tokens(name, language, content, expected):
    assert metrics.get(name, language).has_tokens(content) is expected


def test_only_xl_sum_s_english_stems_load_nltk():
    names = [name for name in registry.names("metrics") if name.startswith("rouge")]
    script = (
        "import sys\nfrom harness import metrics\n"
        f"for name in {names}:\n"
        "    for language in ('hin_Deva', 'eng_Latn'):\n"
        "        if language == 'eng_Latn' and name.endswith(('-lenient', '-stem')): continue\n"
        "        metrics.get(name, language).statistics(metrics.Examples(['a क.'], [['a क.']]))\n"
        "print('nltk' in sys.modules)\n"
        "metrics.get('rouge1-xlsum-stem', 'eng_Latn').statistics(metrics.Examples(['talking'], [['talked']]))\n"
        "print('nltk' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
