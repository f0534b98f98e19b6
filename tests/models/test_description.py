"""What `harness check` says of a system with weights: where each value of its decoding is from, and how much memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness import engines
from harness.core.checkpoints import hardware
from harness.engines import Decoding, EngineSettings, Estimates, Network, _memory
from harness.models import mt5
from harness.models._seq2seq import decoding as decoding_module
from harness.models._seq2seq import memory, origins
from harness.models._seq2seq.decoding import DecodingOptions
from tests.paths import TESTS

TINY = TESTS / "models" / "tiny-mt5"
AUTHORS = {"num_beams": 4, "length_penalty": 0.6, "max_length": 84}


def system(**options: Any) -> mt5.Options:
    return mt5.Options(name="x", family="mt5", checkpoint=TINY, device="cpu", **options)


@pytest.mark.parametrize(
    ("config", "files", "expected"),
    [
        ({}, {}, {"num_beams": "authors", "max_new_tokens": "authors", "length_penalty": "authors",
                  "early_stopping": "default", "beam_stop": "default"}),
        ({"num_beams": 2}, {"num_beams": 8, "max_length": 20},
         {"num_beams": "config", "max_new_tokens": "checkpoint", "length_penalty": "authors",
          "early_stopping": "default", "beam_stop": "default"}),
        ({"max_new_tokens": 9, "num_beams": 1}, {"length_penalty": 2.0, "forced_eos_token_id": 1},
         {"num_beams": "config", "max_new_tokens": "config", "forced_eos_token_id": "checkpoint"}),
        ({"do_sample": True}, {"num_beams": 4, "top_k": 50, "seed": 42},
         {"num_beams": "default", "max_new_tokens": "authors", "do_sample": "config", "temperature": "default",
          "top_k": "checkpoint", "top_p": "default", "samples": "default", "seed": "default"}),
        ({}, {"no_repeat_ngram_size": 2, "num_beams": 4},
         {"num_beams": "checkpoint", "max_new_tokens": "authors", "length_penalty": "authors",
          "early_stopping": "default", "beam_stop": "default", "no_repeat_ngram_size": "checkpoint"}),
    ],
)  # fmt: skip
def test_each_value_of_the_decoding_has_an_origin(config, files, expected):
    wanted = DecodingOptions(**config)
    decoding = decoding_module.resolve(wanted, config=files, generation={}, authors=AUTHORS)
    shown = origins.shown(decoding)
    assert origins.origins(shown, config=config, checkpoint=files, authors=AUTHORS) == expected


def test_a_description_has_an_origin_for_every_setting_and_for_the_limit():
    described = system(decoding={"num_beams": 3}).describe()
    assert set(described.origins) == {*described.decoding, "input_tokens"}
    assert described.origins["num_beams"] == "config"
    assert described.origins["input_tokens"] == "checkpoint"
    assert system(max_input_tokens=100).describe().origins["input_tokens"] == "config"


def test_sizes_are_those_of_the_configuration_and_parameters_those_of_the_headers():
    options = system()
    checkpoint = options.locate()
    described = options.describe()
    sizes = memory.network(checkpoint, described.checkpoint)
    config = checkpoint.json("config.json")
    assert sizes.parameters == described.checkpoint.parameters == 1_298_816
    assert (sizes.width, sizes.heads, sizes.inner) == (
        config["d_model"],
        config["num_heads"],
        config["num_heads"] * config["d_kv"],
    )
    assert (sizes.decoder_layers, sizes.vocabulary) == (config["num_decoder_layers"], config["vocab_size"])


def test_a_pickle_has_as_many_parameters_as_its_size_allows():
    options = system()
    described = replace(options.describe().checkpoint, parameters=None, size=8_000)
    assert memory.network(options.locate(), described).parameters in (2_000, 4_000)


NLLB_600M = Network(parameters=615_000_000, decoder_layers=12, width=1024, heads=16, inner=1024, vocabulary=256_206)
BEAMS = Decoding(max_new_tokens=199, num_beams=4)
CPU = EngineSettings(device="cpu", dtype="float32")


class TestEstimates:
    """The estimate of the engine that decodes by default; tests/benchmarks/memory.py compares it with measurements."""

    def estimate(self, settings: EngineSettings = CPU, decoding: Decoding = BEAMS, tokens: int = 512) -> int:
        loader = engines.get("transformers")
        assert isinstance(loader, Estimates)
        return loader.memory(NLLB_600M, settings, decoding, tokens)

    @pytest.mark.parametrize(
        ("settings", "decoding", "rows"),
        [
            (CPU, BEAMS, 16),  # 8192 tokens
            (CPU, replace(BEAMS, num_beams=64), 2),  # scores: 2**25 / (64 * vocabulary)
            (replace(CPU, batch_tokens=1024), BEAMS, 2),
            (replace(CPU, batch_tokens=1), BEAMS, 1),
        ],
    )
    def test_a_full_batch_keeps_the_engines_limits_of_tokens_and_scores(self, settings, decoding, rows):
        expected = _memory.peak(NLLB_600M, settings, decoding, rows, 512)
        assert self.estimate(settings, decoding) == expected

    def test_it_is_less_with_a_smaller_type_fewer_beams_a_smaller_batch_or_shorter_outputs(self):
        whole = self.estimate()
        for settings, decoding in (
            (replace(CPU, dtype="bfloat16"), BEAMS),
            (replace(CPU, batch_tokens=2048), BEAMS),
            (CPU, replace(BEAMS, num_beams=1)),
            (CPU, replace(BEAMS, max_new_tokens=20)),
        ):
            assert self.estimate(settings, decoding) < whole

    def test_too_little_memory_is_a_remark_with_a_batch_that_fits(self, monkeypatch):
        monkeypatch.setattr(hardware, "memory", lambda device: 400_000_000)
        (remark,) = system().describe().remarks
        assert "a full batch may need 0.5 GB of memory, and cpu has 0.4 GB; batch_tokens: " in remark
        monkeypatch.setattr(hardware, "memory", lambda device: 1_000)
        (remark,) = system().describe().remarks
        assert remark.endswith("not even one input fits")
        monkeypatch.setattr(hardware, "memory", lambda device: None)
        assert system().describe().remarks == ()
