"""`decoding: {beam_stop: ...}`: the rule that ends a beam search, in the config, the identity and the engine."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from harness import models
from harness.engines import Decoding, EngineSettings, Request, Weights, transformers
from harness.models import Model
from harness.models._seq2seq import decoding
from harness.models._seq2seq.decoding import DecodingOptions
from tests.paths import DATA, TESTS

FOLDERS = {"mt5": TESTS / "models" / "tiny-mt5", "indictrans2": TESTS / "models" / "tiny-indictrans2"}
PAD, END = 1, 2  # of IndicTrans2
DEFAULTS = {"mt5": "transformers", "indictrans2": "exhaustive"}


def load(family: str, **settings: Any) -> Model:
    found = models.get(family)
    options = found.options(name="x", family=family, checkpoint=FOLDERS[family], device="cpu", decoding=settings)
    return found.load(options.resolve(TESTS))


class TestIdentity:
    @pytest.mark.parametrize("family", FOLDERS)
    def test_the_default_of_a_family_is_not_in_it(self, family: str) -> None:
        """So the outputs of runs from before there was a choice are found."""
        plain = load(family).identity()
        assert "beam_stop" not in plain["decoding"]
        assert load(family, beam_stop=DEFAULTS[family]).identity() == plain

    @pytest.mark.parametrize(("family", "other"), [("mt5", "exhaustive"), ("indictrans2", "transformers")])
    def test_another_rule_is(self, family: str, other: str) -> None:
        assert load(family, beam_stop=other).identity()["decoding"]["beam_stop"] == other

    @pytest.mark.parametrize("family", FOLDERS)
    def test_with_one_beam_there_is_no_rule(self, family: str) -> None:
        assert "beam_stop" not in load(family, num_beams=1).identity()["decoding"]


class TestConfig:
    def test_an_unknown_rule_is_refused(self) -> None:
        with pytest.raises(ValidationError, match="transformers"):
            DecodingOptions(beam_stop="4.49")

    def test_a_rule_for_one_beam_is_a_fault(self) -> None:
        found = models.get("mt5")
        options = found.options(
            name="x", family="mt5", checkpoint=FOLDERS["mt5"], decoding={"num_beams": 1, "beam_stop": "exhaustive"}
        )
        assert options.resolve(TESTS).faults(["summarise"]) == [
            "decoding: beam_stop has no effect with one beam; remove beam_stop, or set num_beams to 2 or more"
        ]

    def test_the_files_of_a_checkpoint_do_not_set_it(self) -> None:
        files = {"num_beams": 4, "max_length": 20, "beam_stop": "exhaustive"}
        found = decoding.resolve(DecodingOptions(), config=files, generation=files, authors={})
        assert found.beam_stop == "transformers"


class TestEngine:
    def test_each_call_of_one_engine_has_its_own_rule(self) -> None:
        """The golden outputs were made with transformers 4.49 (tests/data/indictrans2/README.md)."""
        folder = DATA / "indictrans2" / "1b-like"
        examples = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["examples"]
        weights = Weights(
            folder=folder, files=("model.safetensors",), pickled=False,
            architecture="harness.models.indictrans2.network:IndicTransForConditionalGeneration",
        )  # fmt: skip
        engine = transformers.load(weights, EngineSettings(device="cpu", dtype="float32", padding="left"))
        requests = [Request(tuple(x for x in example["input_ids"] if x != PAD)) for example in examples]

        def ids(rule: Any) -> list[list[int]]:
            settings = Decoding(max_new_tokens=39, num_beams=5, beam_stop=rule)
            outputs = [output for batch in engine.decode(requests, settings) for output in batch]
            return [list(output.ids) for output in sorted(outputs, key=lambda output: output.request)]

        golden = [[x for x in example["beam5_ids"] if x not in (PAD, END)] for example in examples]
        assert ids("exhaustive") == golden
        assert sum(one != other for one, other in zip(ids("transformers"), golden, strict=True)) == 6
        assert ids("exhaustive") == golden
