"""References that differ in number from segment to segment: metrics use those that a segment has."""

import random

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF, TER

from harness import metrics
from harness.core import registry
from harness.core.records import ENGLISH, HINDI
from harness.metrics import Examples
from tests.metrics.annotated import examples

WORDS = "the a cat dog sat ran on in mat house day rain fell he she left went out , . today".split()
SACRE = {"bleu": BLEU, "chrf": CHRF, "chrf++": lambda: CHRF(word_order=2), "ter": TER}


def drawn(seed, *, gaps, segments=40):
    """Return hypotheses and three reference streams; each text is missing with that chance, but never all of them."""
    draw = random.Random(seed)
    texts = [[" ".join(draw.choices(WORDS, k=draw.randint(0, 9))) for _ in range(segments)] for _ in range(4)]
    streams = [[None if draw.random() < gaps else content for content in stream] for stream in texts[1:]]
    for segment in range(segments):
        if all(stream[segment] is None for stream in streams):
            streams[draw.randrange(3)][segment] = texts[1][segment]
    return texts[0], streams


@pytest.mark.parametrize("name", SACRE)
@pytest.mark.parametrize("gaps", [0.0, 0.3, 0.7])
@pytest.mark.parametrize("seed", range(5))
def test_statistics_score_and_signature_are_those_of_sacrebleu_with_none(name, gaps, seed):
    hypotheses, streams = drawn(seed, gaps=gaps)
    theirs, ours = SACRE[name](), metrics.get(name, ENGLISH)
    statistics = ours.statistics(Examples(hypotheses, streams))
    np.testing.assert_array_equal(statistics, theirs._extract_corpus_statistics(hypotheses, streams))
    assert float(ours.score(statistics.sum(axis=0))) == pytest.approx(
        theirs.corpus_score(hypotheses, streams).score, abs=1e-9
    )
    counts = {sum(content is not None for content in of_segment) for of_segment in zip(*streams, strict=True)}
    assert (len(counts) > 1) == (gaps > 0)
    assert ours.signature(None if gaps else 3) == str(theirs.get_signature())


@pytest.mark.parametrize("name", ["bleu", "chrf++"])
def test_wmt14_with_a_second_reference_for_some_segments_is_sacrebleus(name, wmt14):
    first = wmt14("reference")
    second = [content if index % 5 == 0 else None for index, content in enumerate(wmt14("google"))]
    ours = metrics.get(name, ENGLISH)
    statistics = ours.statistics(Examples(wmt14("nllb"), [first, second]))
    expected = SACRE[name]().corpus_score(wmt14("nllb"), [first, second]).score
    assert float(ours.score(statistics.sum(axis=0))) == pytest.approx(expected, abs=1e-9)


# Those with a checkpoint are in test_neural.py.
NAMES = [name for name in registry.names("metrics") if not metrics.get(name, HINDI).needs_network]


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("-lenient")])
@pytest.mark.parametrize("language", [HINDI, ENGLISH])
def test_every_metric_scores_each_segment_with_the_references_that_it_has(name, language):
    metric = metrics.get(name, language)
    hypotheses, streams = drawn(7, gaps=0.4, segments=12)
    rows = metric.statistics(examples(metric, hypotheses, streams))
    for index, hypothesis in enumerate(hypotheses):
        references = [[stream[index]] for stream in streams if stream[index] is not None]
        np.testing.assert_array_equal(rows[index], metric.statistics(examples(metric, [hypothesis], references))[0])


@pytest.mark.parametrize("name", NAMES)
def test_a_signature_says_that_the_number_of_references_varies(name):
    assert metrics.get(name, HINDI).signature(None) == metrics.get(name, HINDI).signature(1).replace(
        "nrefs:1", "nrefs:var"
    )


@pytest.mark.parametrize(
    ("signature", "number"),
    [("nrefs:2|case:lc", 2), ("nrefs:12|x", 12), ("nrefs:var|case:lc", None), ("of an older harness", 1)],
)
def test_the_number_of_references_is_read_from_a_signature(signature, number):
    assert metrics.references_in(signature) == number
