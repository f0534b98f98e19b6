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
from harness.engines import (
    Decoding,
    Engine,
    EngineSettings,
    Estimates,
    GivesProbabilities,
    Network,
    Request,
    Weights,
)
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
    "4 beams, ended by the scores": replace(BEAMS, early_stopping=False),
    "3 beams, ended by all scores, a small length penalty, no bigram twice": replace(
        BEAMS,
        num_beams=3,
        early_stopping=False,
        beam_stop="exhaustive",
        length_penalty=0.6,
        no_repeat_ngram_size=2,
        others=RENORMALISED,
    ),
    "4 beams, never ended early, a large length penalty": replace(BEAMS, early_stopping="never", length_penalty=2.0),
    "4 beams, no length penalty": replace(BEAMS, length_penalty=0.0),
    "4 beams, no length penalty, not ended early": replace(BEAMS, length_penalty=0.0, early_stopping=False),
}
LENGTHS = (1, 30, 5, 9, 9, 17, 2, 12)


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


class TestStarts:
    def test_each_request_has_its_own_start(self, pair):
        original, converted = pair("mt5, output not scaled")
        requests = requests_of(original, starts=(0, 7, 11))
        for decoding in (GREEDY, BEAMS):
            expected = outputs_of(original, requests, decoding)
            assert outputs_of(converted, requests, decoding) == expected
            assert len({*expected}) > 1

    def test_the_checkpoint_can_name_the_first_token(self, pair):
        original, converted = pair("nllb")
        requests, decoding = requests_of(original), replace(GREEDY, others={"forced_bos_token_id": 33})
        expected = outputs_of(original, requests, decoding)
        assert outputs_of(converted, requests, decoding) == expected
        assert {ids[0] for ids, _ in expected} == {33}


class TestAForcedEnd:
    """transformers writes the end at the greatest length; of the open beams it takes the best."""

    @pytest.mark.parametrize("name", ["indictrans2, output untied", "marian", "mbart50"])
    @pytest.mark.parametrize("penalty", [0.0, 0.6, 2.0])
    def test_outputs_are_those_of_the_engine_transformers(self, pair, name, penalty):
        original, converted = pair(name)
        requests = requests_of(original)
        end = original._special["eos_token_id"]
        for beams, most in ((1, 4), (2, 3), (4, 5), (4, 9)):
            decoding = Decoding(
                max_new_tokens=most, num_beams=beams, early_stopping=beams > 1, length_penalty=penalty,
                others={"forced_eos_token_id": end},
            )  # fmt: skip
            assert outputs_of(converted, requests, decoding) == outputs_of(original, requests, decoding), decoding


def test_tokens_that_may_never_be_written_are_not(pair) -> None:
    original, converted = pair("marian")
    requests = requests_of(original)
    written = {token for ids, _ in outputs_of(original, requests, BEAMS) for token in ids}
    words = [[token] for token in sorted(written)[:5]]
    decoding = replace(BEAMS, others={"bad_words_ids": words, **RENORMALISED})
    expected = outputs_of(original, requests, decoding)
    assert outputs_of(converted, requests, decoding) == expected
    assert not {token for ids, _ in expected for token in ids} & {word for (word,) in words}


class TestBatches:
    def test_they_have_no_more_tokens_than_their_budget_the_longest_first(self, weights):
        engine = engines.get("ctranslate2").load(weights("mt5, trained"), replace(CPU, batch_tokens=60))
        requests = [Request((5,) * 19 + (1,), key=str(number)) for number in range(4)] + [Request((5,) * 29 + (1,))]
        batches = [[output.request for output in batch] for batch in engine.decode(requests, GREEDY)]
        assert batches == [[4, 0], [1, 2, 3]]
        assert all(output.seconds > 0 for batch in engine.decode(requests, GREEDY) for output in batch)

    def test_what_shares_a_batch_changes_nothing(self, pair, weights):
        _, converted = pair("mt5, trained")
        alone = engines.get("ctranslate2").load(weights("mt5, trained"), replace(CPU, batch_tokens=1))
        requests = [Request((*range(40, 40 + length), 1)) for length in LENGTHS]
        assert outputs_of(alone, requests, BEAMS) == outputs_of(converted, requests, BEAMS)

    def test_smaller_ones_follow_when_memory_runs_out(self, weights, caplog):
        engine: Any = engines.get("ctranslate2").load(weights("mt5, trained"), CPU)
        requests = [Request((*range(40, 40 + length), 1)) for length in LENGTHS]
        expected = outputs_of(engine, requests, GREEDY)
        engine._translator = Small(engine._translator, rows=2)
        assert outputs_of(engine, requests, GREEDY) == expected
        assert "out of memory on cpu with" in caplog.text
        engine._translator = Small(engine._translator, rows=0)
        assert "with a single source of 31 tokens, 1 beams" in refusal(engine, GREEDY, requests)


class Small:
    """A translator that runs out of memory with more requests than these."""

    def __init__(self, translator: Any, rows: int) -> None:
        self._translator, self._rows = translator, rows

    def translate_batch(self, source: list[list[str]], *arguments: Any, **named: Any) -> Any:
        if len(source) > self._rows:
            raise RuntimeError("mkl_alloc: failed to allocate memory")
        return self._translator.translate_batch(source, *arguments, **named)


class TestRefusals:
    @pytest.mark.parametrize(
        ("decoding", "said"),
        [
            (replace(GREEDY, do_sample=True), "do_sample: its random numbers depend on the batch"),
            (replace(BEAMS, samples=3), "do_sample"),
            (replace(GREEDY, repetition_penalty=1.2), "repetition_penalty 1.2: set it to 1.0"),
            (replace(GREEDY, no_repeat_ngram_size=1), "no_repeat_ngram_size 1: set it to 0, or to 2 or more"),
            (replace(BEAMS, length_penalty=-1.0), "length_penalty -1.0: set it to 0 or more"),
            (
                replace(BEAMS, no_repeat_ngram_size=2, min_new_tokens=2),
                "no_repeat_ngram_size, min_new_tokens without renormalising: set renormalize_logits: true",
            ),
            (replace(GREEDY, others={"sequence_bias": [[[1], 2.0]]}), "sequence_bias of the checkpoint"),
            (replace(GREEDY, others={"bad_words_ids": [[1, 2]]}), "bad_words_ids of more than one token each"),
            (replace(GREEDY, others={"forced_eos_token_id": [1, 2]}), "several tokens in forced_eos_token_id"),
            (replace(GREEDY, others={"forced_eos_token_id": 9}), "forced_eos_token_id 9, which ends no output"),
            (Decoding(max_new_tokens=1, others={"forced_eos_token_id": 1}), "max_new_tokens 1 with forced_eos"),
        ],
    )  # fmt: skip
    def test_a_setting_that_is_decoded_differently_is_named(self, pair, decoding, said):
        _, converted = pair("mt5, trained")
        message = refusal(converted, decoding)
        assert message.startswith("engine ctranslate2 does not decode with ")
        assert said in message

    def test_all_settings_of_a_decoding_that_can_be_set_otherwise_are_named_at_once(self, pair):
        _, converted = pair("mt5, trained")
        message = refusal(converted, replace(BEAMS, repetition_penalty=2.0, no_repeat_ngram_size=2))
        assert "repetition_penalty 2.0" in message
        assert "renormalize_logits: true" in message

    def test_a_start_of_several_tokens(self, pair):
        _, converted = pair("mt5, trained")
        assert "starts with several tokens" in refusal(converted, GREEDY, [Request((5, 1), (0, 7))])

    @pytest.mark.parametrize("request_", [Request(()), Request((10**6,)), Request((5,), (10**6,))])
    def test_ids_that_the_model_does_not_have(self, pair, request_):
        original, converted = pair("mt5, trained")
        assert refusal(converted, GREEDY, [request_]) == refusal(original, GREEDY, [request_])

    def test_an_input_of_more_tokens_than_the_model_has_positions(self, pair):
        _, converted = pair("mbart50")
        message = refusal(converted, GREEDY, [Request((5,) * 400)])
        assert message.startswith("a source or an output is too long for the model (")

    def test_a_device_that_it_does_not_run_on(self):
        with pytest.raises(ModelError, match="device mps: engine ctranslate2 runs on cpu and cuda"):
            engines.get("ctranslate2").compute_type("auto", "mps")

    def test_a_type_that_the_device_does_not_compute_in(self):
        with pytest.raises(ModelError, match=r"compute_type int4: ctranslate2 computes in .*float32.* on cpu here"):
            engines.get("ctranslate2").compute_type("int4", "cpu")


def test_memory_is_less_in_int8() -> None:
    loader = engines.get("ctranslate2")
    assert isinstance(loader, Estimates)
    network = Network(200_000_000, 18, 512, 8, 512, 32_296)
    needed = {
        kind: loader.memory(network, replace(CPU, dtype=kind, batch_tokens=512), BEAMS, 256)
        for kind in ("float32", "int8")
    }
    assert needed["float32"] - needed["int8"] == 600_000_000


def test_closing_frees_the_weights(weights) -> None:
    engine: Any = engines.get("ctranslate2").load(weights("mt5, trained"), CPU)
    translator = engine._translator
    engine.close()
    assert not translator.model_is_loaded
