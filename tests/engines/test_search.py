"""Finished sources leave their batch: no output, score or finish changes, and fewer rows are computed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from transformers import GenerationConfig

from harness.engines import Decoding, Engine, EngineSettings, Request, _batches, _beam_search, _beam_stop, _search
from harness.engines.transformers import Transformers
from tests.engines.test_transformers import build, load, model_of, outputs_of, requests_of, texts_of

LONG = Decoding(max_new_tokens=40)
SAMPLED = replace(LONG, do_sample=True, temperature=0.9)
SEARCHED = replace(LONG, num_beams=4, length_penalty=0.6, no_repeat_ngram_size=2)
WAYS = {
    "greedy": LONG,
    "greedy, repetition penalised": replace(LONG, repetition_penalty=1.7),
    "sampling": SAMPLED,
    "sampling 3": replace(SAMPLED, samples=3, top_k=30, seed=4),
    "beams": SEARCHED,
    "beams, the best 3": replace(SEARCHED, samples=3),
    "beams, stopped early": replace(SEARCHED, num_beams=3, length_penalty=1.0, early_stopping=True),
    "beams, never stopped early": replace(SEARCHED, num_beams=2, length_penalty=2.0, early_stopping="never"),
    "beams, exhaustive": replace(SEARCHED, num_beams=5, length_penalty=1.0, beam_stop="exhaustive"),
    "beams, exhaustive, at least 9 tokens": replace(SEARCHED, min_new_tokens=9, beam_stop="exhaustive"),
}
# When finished sources leave: never; at an eighth of the batch, as usual; each as soon as it ends.
NEVER, USUAL, AT_ONCE = 0, 8, 10**9
# Matrices of other sizes are multiplied in another order.
ROUNDING = {"rtol": 1e-4, "atol": 1e-4}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("mt5") / "checkpoint", seed=2)


@pytest.fixture(scope="module")
def engine(folder) -> Engine:
    return load(folder)


@pytest.fixture
def searches(monkeypatch) -> list[_search.Search]:
    """The searches of all batches that are decoded from now on."""
    found = []

    class Recorded(_search.Search):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            found.append(self)

    monkeypatch.setattr(_search, "Search", Recorded)
    return found


@pytest.fixture
def scores(monkeypatch) -> list[torch.Tensor]:
    """The scores of the finished outputs of each beam search from now on, best first, [sources, beams]."""
    recorded: list[torch.Tensor] = []

    class Recorded(_beam_search.BeamSearch):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            self._all = self._scores.clone()
            self._places = torch.arange(len(self._all))
            recorded.append(self._all)

        def keep(self, sources: torch.Tensor) -> None:
            self._all[self._places] = self._scores
            self._places = self._places[sources]
            super().keep(sources)

    monkeypatch.setattr(_search, "BeamSearch", Recorded)
    return recorded


@pytest.fixture
def rows(engine, monkeypatch) -> list[int]:
    """The rows of every step from now on."""
    found: list[int] = []
    hook = model_of(engine).lm_head.register_forward_pre_hook(lambda _, arguments: found.append(len(arguments[0])))
    yield found
    hook.remove()


def various(seed: int) -> list[Request]:
    """Return up to 24 requests of random lengths."""
    generator = random.Random(seed)
    return requests_of([generator.randint(1, 60) for _ in range(generator.randint(1, 24))], seed=seed)


class TestSameOutputs:
    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("way", WAYS)
    def test_leaving_changes_no_output_no_score_and_no_finish(self, engine, scores, monkeypatch, way, seed):
        requests, found, scores_of = various(seed), [], []
        for one_in in (NEVER, USUAL, AT_ONCE):
            monkeypatch.setattr(_search, "_ONE_IN", one_in)
            found.append(texts_of(engine, requests, WAYS[way]))
            scores_of.append(scores[:])
            scores.clear()
        assert found[1] == found[2] == found[0]
        assert bool(scores_of[0]) == (WAYS[way].num_beams > 1)
        torch.testing.assert_close(scores_of[1:], [scores_of[0]] * 2, **ROUNDING)

    @pytest.mark.parametrize("way", [way for way, decoding in WAYS.items() if decoding.num_beams > 1])
    def test_scores_and_ids_are_those_of_transformers_for_one_source_after_another(
        self, engine, folder, scores, monkeypatch, way
    ):
        monkeypatch.setattr(_search, "_ONE_IN", AT_ONCE)
        decoding, requests = WAYS[way], requests_of([40, 31, 30, 22, 17, 9, 3], seed=5)
        outputs = outputs_of(engine, requests, decoding)
        (scores_of_batch,) = scores
        model = transformers.MT5ForConditionalGeneration.from_pretrained(folder).eval()
        if decoding.beam_stop == "exhaustive":
            model.__class__ = _beam_stop.exhaustive(type(model))
        names = ("max_new_tokens", "num_beams", "length_penalty", "early_stopping", "no_repeat_ngram_size")
        settings = {name: getattr(decoding, name) for name in names}
        settings |= {"min_new_tokens": decoding.min_new_tokens or None, "num_return_sequences": decoding.samples}
        for number, request in enumerate(requests):
            alone = model.generate(
                torch.tensor([request.ids]), output_scores=True, return_dict_in_generate=True,
                generation_config=GenerationConfig(
                    **settings, eos_token_id=1, pad_token_id=0, decoder_start_token_id=0
                ),
            )  # fmt: skip
            expected = [tuple(row[: row.index(1)] if 1 in row else row) for row in alone.sequences[:, 1:].tolist()]
            assert [output.ids for output in outputs if output.request == number] == expected
            torch.testing.assert_close(scores_of_batch[number, : decoding.samples], alone.sequences_scores, **ROUNDING)

    def test_the_compared_outputs_end_at_many_places(self, engine):
        for way in ("greedy", "sampling", "beams", "beams, exhaustive"):
            lengths = [len(output.ids) for seed in range(4) for output in outputs_of(engine, various(seed), WAYS[way])]
            assert len(set(lengths)) > 8, way
            assert 40 in lengths, way

    def test_a_model_without_an_encoder_loses_nothing_either(self, monkeypatch):
        torch.manual_seed(1)
        config = transformers.LlamaConfig(
            vocab_size=60, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
            bos_token_id=0, eos_token_id=1, pad_token_id=2,
        )  # fmt: skip
        model = transformers.LlamaForCausalLM(config).eval()
        model.lm_head.weight.data[1] *= 3
        engine = Transformers(model, EngineSettings(device="cpu", dtype="float32", padding="left"))
        generator = random.Random(0)
        requests = [Request(tuple(generator.choices(range(3, 60), k=size))) for size in (9, 2, 5, 7, 5, 1)]
        for decoding in (LONG, replace(LONG, num_beams=3)):
            found = []
            for one_in in (NEVER, AT_ONCE):
                monkeypatch.setattr(_search, "_ONE_IN", one_in)
                found.append(texts_of(engine, requests, decoding))
            assert found[0] == found[1]
            assert len({len(ids) for *_, ids in found[0]}) > 2


class TestRows:
    @pytest.mark.parametrize("way", ["greedy", "beams", "beams, exhaustive", "sampling 3"])
    def test_a_step_has_the_rows_of_the_sources_that_have_not_ended(self, engine, monkeypatch, rows, way):
        monkeypatch.setattr(_search, "_ONE_IN", AT_ONCE)
        decoding = WAYS[way]
        outputs = outputs_of(engine, requests_of([20] * 12), decoding)
        copies = max(decoding.num_beams, decoding.samples)
        assert rows == sorted(rows, reverse=True)
        assert rows[0] == 12 * copies
        assert not [count for count in rows if count % copies]
        assert rows[-1] < rows[0]
        if decoding.num_beams == 1:
            ends = [
                max(len(output.ids) + (output.finish == "end") for output in outputs if output.request == number)
                for number in range(12)
            ]
            assert rows == [copies * sum(end > step for end in ends) for step in range(max(ends))]

    def test_a_few_finished_sources_wait_for_others(self, engine, rows):
        outputs_of(engine, requests_of([20] * 24), LONG)
        sizes = sorted(set(rows), reverse=True)
        assert len(sizes) > 2
        assert all((before - after) * USUAL >= before for before, after in pairwise(sizes))


class TestPuttingBack:
    """Sources that would end too late are taken out early, and decoded in the next batches."""

    @pytest.fixture(autouse=True)
    def slow(self, monkeypatch) -> None:
        monkeypatch.setattr(
            _batches.Watch, "affordable",
            lambda _, step, sources: max(1, sources // 3) if step in _batches.Watch.LOOKS else sources,
        )  # fmt: skip

    @pytest.mark.parametrize("way", WAYS)
    def test_they_have_the_same_outputs(self, engine, searches, monkeypatch, way):
        requests = various(3)
        found = texts_of(engine, requests, WAYS[way])
        assert sum(bool(search.put_back) for search in searches) > 1
        assert _all_once(found, requests, WAYS[way])
        monkeypatch.undo()
        assert found == texts_of(engine, requests, WAYS[way])

    def test_the_longest_go_on(self, engine):
        first = next(engine.decode(requests_of([5, 50, 20, 30, 40, 10, 60]), LONG))
        assert 6 in {output.request for output in first}
        assert {output.request for output in first} <= {6, 1}


def _all_once(found: Sequence[tuple[Any, ...]], requests: Sequence[Request], decoding: Decoding) -> bool:
    expected = [(number, sample) for number in range(len(requests)) for sample in range(decoding.samples)]
    return [each[:2] for each in found] == expected
