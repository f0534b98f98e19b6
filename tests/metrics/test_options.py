"""Options of metrics: their text form, their place in signatures, and equality with sacreBLEU under each."""

from dataclasses import fields

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF, TER

from harness import metrics
from harness.core import registry
from harness.core.errors import InputError
from harness.core.records import ENGLISH, HINDI
from harness.metrics import Examples
from harness.metrics.bleu import Bleu
from harness.metrics.chrf import Chrf
from harness.metrics.entities import Entities
from harness.metrics.facts import FactRecall
from harness.metrics.rouge import Rouge, XlsumRouge
from harness.metrics.ter import Ter

# Each option of each class with a value that is not its default.
CHANGED = {
    Bleu: {"tokenize": "intl", "lowercase": "true"},
    Chrf: {"char_order": "4", "word_order": "1", "lowercase": "true"},
    Ter: {"normalized": "true", "no_punct": "true", "case_sensitive": "true"},
    Rouge: {"best": "each"},
    XlsumRouge: {"best": "each"},
    FactRecall: {"vital": "3"},
    Entities: {"type": "person"},
}
NAMES = {
    Bleu: "bleu",
    Chrf: "chrf",
    Ter: "ter",
    Rouge: "rouge1",
    XlsumRouge: "rouge1-xlsum",
    FactRecall: "facts",
    Entities: "entities",
}
EACH = [
    pytest.param(NAMES[metric], key, value, id=f"{NAMES[metric]}-{key}")
    for metric, options in CHANGED.items()
    for key, value in options.items()
]


# Those with a checkpoint are in test_neural.py.
WITHOUT_NETWORK = [name for name in registry.names("metrics") if not metrics.get(name, HINDI).needs_network]


def test_every_option_of_every_metric_is_tested_here():
    for name in WITHOUT_NETWORK:
        metric = type(metrics.get(name, HINDI))
        assert {field.name for field in fields(metric.Options)} == set(CHANGED.get(metric, {})), name


@pytest.mark.parametrize(("name", "key", "value"), EACH)
def test_an_option_that_is_not_the_default_changes_the_signature(name, key, value):
    chosen, default = metrics.get(f"{name}:{key}={value}", ENGLISH), metrics.get(name, ENGLISH)
    assert chosen.name == f"{name}:{key}={value}"
    assert chosen.signature(1) != default.signature(1)


@pytest.mark.parametrize("name", registry.names("metrics"))
def test_without_options_the_defaults_are_used(name):
    metric = metrics.get(name, HINDI)
    assert metric.options == type(metric).Options()
    assert (metric.name, metric.plain_name) == (name, name)


HYPOTHESES = ["The Cat sat, on the mat.", "IT rained a lot-today", "", "Prices rose 3.5% (he said)"]
REFERENCES = [
    ["On the mat sat the cat.", "it rained a lot today", "Nothing", "He said prices rose 3.5 %"],
    ["The cat sat on a mat", "It has rained-a lot", "none", "Prices: up 3.5%"],
]


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("bleu:tokenize=intl", BLEU(tokenize="intl", force=True)),
        ("bleu:tokenize=none,lowercase=true", BLEU(tokenize="none", lowercase=True, force=True)),
        ("chrf:char_order=9", CHRF(char_order=9)),
        ("chrf:word_order=2", CHRF(word_order=2)),
        ("chrf++:word_order=3,lowercase=true", CHRF(word_order=3, lowercase=True)),
        ("ter:case_sensitive=true", TER(case_sensitive=True)),
        ("ter:normalized=true,no_punct=true", TER(normalized=True, no_punct=True)),
    ],
)
def test_with_options_a_metric_is_sacrebleus_with_the_same_options(name, theirs):
    metric = metrics.get(name, ENGLISH)
    statistics = metric.statistics(Examples(HYPOTHESES, REFERENCES))
    np.testing.assert_array_equal(statistics, theirs._extract_corpus_statistics(HYPOTHESES, REFERENCES))
    assert metric.signature(2) == str(theirs.get_signature())


def test_options_given_in_python_are_those_of_the_text():
    given = Bleu("bleu", ENGLISH, Bleu.Options(lowercase=True))
    assert given.options == metrics.get("bleu:lowercase=true", ENGLISH).options


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "bleu:tokenise=intl",
            "metric bleu:tokenise=intl: unknown option of bleu 'tokenise'; did you mean 'tokenize'?",
        ),
        (
            "bleu:tokenize=moses",
            "metric bleu:tokenize=moses: tokenize: expected '13a', 'intl' or 'none', found 'moses'",
        ),
        ("bleu:lowercase=maybe", "lowercase: expected true or false, found 'maybe'"),
        ("chrf:char_order=six", "char_order: expected a whole number, found 'six'"),
        ("bleu:lowercase", "expected key=value, found 'lowercase'"),
        ("bleu:", "metric bleu:: expected key=value, found ''"),
        ("bleu:lowercase=true,lowercase=false", "option lowercase is given twice"),
        ("chrf:char_order=0", "metric chrf:char_order=0: expected char_order from 1 and word_order from 0"),
        ("rougeL:f=2", "metric rougeL:f=2: unknown option of rougeL 'f'"),
        ("rougeL:best=all", "metric rougeL:best=all: best: expected 'jointly' or 'each', found 'all'"),
        ("bloo:x=1", "unknown metric 'bloo'"),
    ],
)
def test_a_wrong_option_is_one_line(name, message):
    with pytest.raises(InputError) as error:
        metrics.get(name, ENGLISH)
    assert message in str(error.value) and "\n" not in str(error.value)


def test_an_option_of_a_metric_without_options_is_refused():
    with pytest.raises(InputError, match="plain has no options; write plain"):
        metrics._options("plain", metrics.Metric, {"f": "2"}, "metric plain:f=2")
