"""Published sizes: their parameters are those of the published checkpoints, and an engine decodes what is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.core.errors import InputError
from harness.engines import Decoding, EngineSettings, Request, Weights, transformers
from harness.runs.bench import sizes
from harness.runs.bench.sizes import SIZES
from tests.models.tiny_sizes import tiny

# As the hub states them, from the headers of the checkpoints; those of IndicTrans2 from its paper, rounded.
PARAMETERS = {
    "mt5-small": 300_176_768,
    "mt5-base": 582_401_280,
    "mt5-large": 1_229_581_312,
    "indictrans2-200m": 211_780_608,
    "indictrans2-1b": 1_023_006_720,
    "nllb-600m": 615_073_792,
    "nllb-1.3b": 1_370_638_336,
    "qwen3-0.6b": 596_049_920,
    "gemma-3-1b": 999_885_952,
}


@pytest.mark.parametrize("name", SIZES)
def test_a_size_has_the_parameters_of_its_checkpoint(name: str) -> None:
    assert sizes.parameters(SIZES[name].architecture, SIZES[name].config) == PARAMETERS[name]


@pytest.mark.parametrize(
    "name", ["mt5-small", "indictrans2-200m", "indictrans2-1b", "nllb-600m", "qwen3-0.6b", "gemma-3-1b"]
)
def test_the_engine_decodes_what_is_written(name: str, tmp_path: Path) -> None:
    size = tiny(name)
    written = size.write(tmp_path)
    assert written == sizes.parameters(size.architecture, size.config)
    assert json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))["architectures"] == [
        size.architecture.rpartition(":")[2]
    ]
    weights = Weights(folder=tmp_path, files=(sizes.WEIGHTS,), pickled=False, architecture=size.architecture)
    engine = transformers.load(weights, EngineSettings(device="cpu", dtype="float32", padding=size.padding))
    lengths, _ = size.input_lengths([[9, 3], [30]])
    decoding = Decoding(**size.decoding, max_new_tokens=5, min_new_tokens=5)
    outputs = [
        each for batch in engine.decode([Request(ids) for ids in size.requests(lengths)], decoding) for each in batch
    ]
    assert sorted(each.request for each in outputs) == [*range(len(lengths))]
    assert {len(each.ids) for each in outputs} == {5}


@pytest.mark.parametrize(
    ("name", "articles", "lengths", "per_article"),
    [
        ("mt5-small", [[10, 20], [1000]], (42, 512), 1.0),
        ("indictrans2-200m", [[10, 20], [1000]], (16, 29, 256), 1.5),
    ],
)
def test_articles_of_a_config_give_the_lengths_up_to_the_limit(
    name: str, articles: list[list[int]], lengths: tuple[int, ...], per_article: float
) -> None:
    assert SIZES[name].input_lengths(articles) == (lengths, per_article)


def test_without_a_config_lengths_are_those_of_news() -> None:
    documents, _ = SIZES["mt5-small"].input_lengths()
    sentences, per_article = SIZES["nllb-600m"].input_lengths()
    assert (min(documents), max(documents), len(documents)) == (100, 500, 16)
    assert (len(sentences), per_article) == (19, 19.0)


def test_inputs_are_tokens_of_the_vocabulary_and_always_the_same() -> None:
    size = tiny("indictrans2-1b")
    requests = size.requests([5, 8])
    assert [len(ids) for ids in requests] == [5, 8]
    assert all(ids[-1] == 2 and max(ids) < 1000 for ids in requests)
    assert requests == size.requests([5, 8])


def test_an_unknown_size_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match=r"unknown size 'mt5-smal'; did you mean 'mt5-small'\?"):
        sizes.get("mt5-smal")
