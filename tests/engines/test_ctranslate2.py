"""CTranslate2 decodes as the engine `transformers` does, for every network that it converts; the rest is refused."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ctranslate2", reason="the extra ctranslate2 is not installed")

from harness import engines
from harness.core.errors import ModelError
from harness.engines import Decoding, Engine, EngineSettings, GivesProbabilities, Request, Weights
from tests.models import tiny_mt5, tiny_translators
from tests.paths import DATA, TESTS

CPU = EngineSettings(device="cpu", dtype="float32", threads=1)
MT5, INDICTRANS2 = (
    "transformers:MT5ForConditionalGeneration",
    "harness.models.indictrans2.network:IndicTransForConditionalGeneration",
)
BUILDERS: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "bart": ("transformers:BartForConditionalGeneration", lambda to: tiny_translators.generic(to, "bart")),
    "indicbart": ("transformers:MBartForConditionalGeneration", tiny_translators.indicbart),
    "indictrans2, embeddings normalised, output tied": (INDICTRANS2, lambda _: DATA / "indictrans2" / "dist200m-like"),
    "indictrans2, output untied": (INDICTRANS2, lambda _: DATA / "indictrans2" / "1b-like"),
    "indictrans2, trained": (INDICTRANS2, lambda _: TESTS / "models" / "tiny-indictrans2"),
    "m2m100": ("transformers:M2M100ForConditionalGeneration", tiny_translators.m2m100),
    "madlad400": ("transformers:T5ForConditionalGeneration", tiny_translators.madlad400),
    "marian": ("transformers:MarianMTModel", tiny_translators.marian),
    "mbart50": ("transformers:MBartForConditionalGeneration", tiny_translators.mbart50),
    "mt5, output scaled": (MT5, lambda to: tiny_mt5.build(to, decoding={}, tied=True)),
    "mt5, output not scaled": (MT5, lambda to: tiny_mt5.build(to, decoding={})),
    "mt5, trained": (MT5, lambda _: TESTS / "models" / "tiny-mt5"),
    "nllb": ("transformers:M2M100ForConditionalGeneration", tiny_translators.nllb),
    "pegasus": ("transformers:PegasusForConditionalGeneration", lambda to: tiny_translators.generic(to, "pegasus")),
    "t5": ("transformers:T5ForConditionalGeneration", lambda to: tiny_translators.generic(to, "t5")),
    "umt5": ("transformers:UMT5ForConditionalGeneration", lambda to: tiny_translators.generic(to, "umt5")),
}
GREEDY = Decoding(max_new_tokens=14)
BEAMS = Decoding(max_new_tokens=14, num_beams=4, early_stopping=True)
RENORMALISED = {"renormalize_logits": True}
WAYS = {
    "greedy": GREEDY,
    "greedy, no bigram twice, at least 5 tokens": replace(GREEDY, no_repeat_ngram_size=2, min_new_tokens=5),
    "4 beams": BEAMS,
    "5 beams, a small length penalty, no bigram twice": replace(
        BEAMS, num_beams=5, length_penalty=0.6, no_repeat_ngram_size=2, others=RENORMALISED
    ),
    "2 beams, a large length penalty, at least 6 tokens": replace(
        BEAMS, num_beams=2, length_penalty=2.0, min_new_tokens=6, others=RENORMALISED
    ),
    "4 beams, no length penalty": replace(BEAMS, length_penalty=0.0),
    "4 beams, no length penalty, not ended early": replace(BEAMS, length_penalty=0.0, early_stopping=False),
}
LENGTHS = (1, 30, 5, 9, 9, 17, 2, 12)


@pytest.fixture(scope="session")
def conversions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the cache of all tests here, so that each checkpoint is converted once."""
    return tmp_path_factory.mktemp("conversions")


@pytest.fixture(autouse=True)
def cached(conversions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(conversions))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Weights]:
    """Return the weights of a checkpoint, which is built once; more of its outputs end than those of random weights."""
    built: dict[str, Weights] = {}

    def call(name: str) -> Weights:
        if name not in built:
            architecture, build = BUILDERS[name]
            folder = build(tmp_path_factory.mktemp("checkpoint") / "tiny")
            built[name] = Weights(folder=folder, files=("model.safetensors",), pickled=False, architecture=architecture)
        return built[name]

    return call


@pytest.fixture(scope="module")
def pair(weights: Callable[[str], Weights]) -> Callable[[str], tuple[Any, Engine]]:
    """Return the engine `transformers` and a converted one, loaded once."""
    loaded: dict[str, tuple[Any, Engine]] = {}

    def call(name: str) -> tuple[Any, Engine]:
        if name not in loaded:
            loaded[name] = (
                engines.get("transformers").load(weights(name), CPU),
                engines.get("ctranslate2").load(weights(name), CPU),
            )
        return loaded[name]

    return call


def requests_of(engine: Any, *, first: bool = False, starts: Sequence[int] = ()) -> list[Request]:
    """Return random requests for an engine `transformers`; with `first`, outputs begin with one of two tokens."""
    draw = random.Random(1)
    special = engine._special
    end = special["eos_token_id"]
    if special["decoder_start_token_id"] is None:
        starts = starts or (end,)  # IndicBART's starts are those of its family

    def token(size: int) -> int:
        return draw.choice([one for one in range(size) if one not in (end, special["pad_token_id"])])

    firsts = [token(engine._written) for _ in range(2)] if first else [None]
    return [
        Request(
            (*(token(engine.vocabulary) for _ in range(length)), end),
            (starts[number % len(starts)],) if starts else (),
            str(number),
            firsts[number % len(firsts)],
        )
        for number, length in enumerate(LENGTHS)
    ]


def outputs_of(engine: Engine, requests: Sequence[Request], decoding: Decoding) -> list[tuple[tuple[int, ...], str]]:
    made = {each.request: each for batch in engine.decode(requests, decoding) for each in batch}
    return [(made[number].ids, made[number].finish) for number in range(len(requests))]


def totals(engine: Engine, requests: Sequence[Request], targets: Sequence[Sequence[int]]) -> list[tuple[float, int]]:
    assert isinstance(engine, GivesProbabilities)
    made = {each.request: each for batch in engine.score(requests, targets) for each in batch}
    return [(made[number].total, made[number].tokens) for number in range(len(requests))]


def refusal(engine: Engine, decoding: Decoding, requests: Sequence[Request] = (Request((5, 1)),)) -> str:
    with pytest.raises(ModelError) as error:
        list(engine.decode(requests, decoding))
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("name", BUILDERS)
class TestEveryNetwork:
    def test_outputs_are_those_of_the_engine_transformers(self, pair, name):
        original, converted = pair(name)
        requests = requests_of(original)
        for way, decoding in WAYS.items():
            assert outputs_of(converted, requests, decoding) == outputs_of(original, requests, decoding), way

    def test_so_are_outputs_that_begin_with_a_given_token(self, pair, name):
        original, converted = pair(name)
        requests = requests_of(original, first=True)
        # An output of nothing but the given token is considered only if it is the best, so it is not allowed here.
        for decoding in (GREEDY, replace(BEAMS, min_new_tokens=2, length_penalty=0.6, others=RENORMALISED)):
            assert outputs_of(converted, requests, decoding) == outputs_of(original, requests, decoding)

    def test_probabilities_of_targets_are_those_of_the_engine_transformers(self, pair, name):
        original, converted = pair(name)
        draw = random.Random(2)
        targets = [tuple(draw.randrange(original._written) for _ in range(length)) for length in LENGTHS]
        for first in (False, True):
            requests = requests_of(original, first=first)
            expected = totals(original, requests, targets)
            found = totals(converted, requests, targets)
            assert [each[1] for each in found] == [each[1] for each in expected]
            for (one, tokens), (other, _) in zip(found, expected, strict=True):
                assert one == pytest.approx(other, abs=1e-3 * tokens)
