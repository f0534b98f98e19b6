"""Texts that IndicTrans2 ranks: its target tokens are those that it would write, placeholders too."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from harness import models
from harness.core import rankings
from harness.core.records import ENGLISH, HINDI, RankingSource
from harness.models import Ranks
from harness.models.indictrans2 import processor
from tests.paths import REFERENCES, TESTS

TINY = TESTS / "models" / "tiny-indictrans2"
NEWS = [
    json.loads(line)
    for line in (REFERENCES / "generated-news" / "translations.jsonl").read_text(encoding="utf-8").splitlines()[:60]
]
SOURCES = {
    row["id"]: row["text"]
    for line in (REFERENCES / "generated-news" / "articles.hin_Deva.jsonl").read_text(encoding="utf-8").splitlines()
    for row in [json.loads(line)]
}


def load(**options: Any) -> Any:
    family = models.get("indictrans2")
    given = {"name": "x", "family": "indictrans2", "checkpoint": TINY, "device": "cpu", **options}
    return family.load(family.options.model_validate(given))


@pytest.mark.parametrize("rules", ["corrected", "authors"])
def test_most_texts_come_back_as_they_were(rules: processor.TextRules) -> None:
    """The tokenizer of English does not undo every space, so a few texts differ."""
    same = 0
    for row in NEWS:
        values = processor.preprocess(SOURCES[row["id"]], HINDI, ENGLISH, rules).values
        written = processor.as_output(row["text"], ENGLISH, values, rules)
        same += processor.postprocess(written, ENGLISH, values, rules) == row["text"]
    assert same >= 0.9 * len(NEWS)


def test_a_value_of_the_source_is_written_as_its_placeholder_and_another_as_text() -> None:
    values = processor.preprocess("गाड़ी 12:30 पर आई, 11,45,600 लोग", HINDI, ENGLISH).values
    assert values == {1: "12:30", 2: "11,45,600"}
    assert processor.as_output("It came at 12:30.", ENGLISH, values) == "It came at < ID1 > ."
    assert processor.as_output("It came at 112:30.", ENGLISH, values) == "It came at 112 : 30 ."


def test_an_hour_that_is_not_the_sources_gets_another_probability() -> None:
    model = load()
    assert isinstance(model, Ranks)
    candidates = ("The train came at 11:30.", "The train came at 12:30.")
    (generation,) = model.rank([RankingSource("a", "a", "t", "गाड़ी 12:30 पर आई।", (), HINDI, ENGLISH, candidates)])
    one, other = rankings.read(generation.text)
    assert {one.text, other.text} == set(candidates)
    assert one.mean > other.mean


def test_the_probabilities_are_those_of_the_labels_of_the_network() -> None:
    import torch

    model = load()
    source = RankingSource(
        "a", "a", "t", SOURCES[NEWS[0]["id"]], (), HINDI, ENGLISH, (NEWS[0]["text"], NEWS[1]["text"])
    )
    (generation,) = model.rank([source])
    codec, network = model._ready(), model._loaded()._model
    sentence = codec.encode(source.text, HINDI, ENGLISH)
    ids = torch.tensor([codec.wrap(sentence.ids, HINDI, ENGLISH)])
    for each in rankings.read(generation.text):
        labels = torch.tensor([[*codec.write(each.text, ENGLISH, sentence.values), 2]])
        with torch.inference_mode():
            loss = float(network(input_ids=ids, labels=labels).loss)
        assert each.tokens == labels.shape[1]
        assert each.mean == pytest.approx(-loss, rel=1e-4)


def test_a_trained_model_prefers_the_translation_to_that_of_another_sentence() -> None:
    model = load()
    pairs = [(SOURCES[row["id"]], row["text"], other["text"]) for row, other in pairwise(NEWS)][:20]
    sources = [
        RankingSource(str(number), "a", "t", text, (text,), HINDI, ENGLISH, tuple(sorted((right, wrong))))
        for number, (text, right, wrong) in enumerate(pairs)
    ]
    best = {each.id: rankings.read(each.text)[0].text for each in model.rank(sources)}
    assert sum(best[str(number)] == right for number, (_, right, _) in enumerate(pairs)) >= 19
