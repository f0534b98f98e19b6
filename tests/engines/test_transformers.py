"""Decoding: an engine's outputs are those of transformers' own `generate` for one request, in any batch."""

import gc
import json
import logging
import os
import random
import subprocess
import sys
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from harness import engines
from harness.core.errors import InputError, ModelError
from harness.engines import (
    Decoding,
    Engine,
    EngineSettings,
    Output,
    Request,
    Weights,
    _allocator,
    _batches,
    _beams,
    _checks,
)
from harness.engines._batches import BatchLimits, Pace, Watch
from harness.engines._sampling import Draw
from tests.models import tiny_mt5

ARCHITECTURE = "transformers:MT5ForConditionalGeneration"
ROWS = 848  # of the tiny models' embedding
CPU = EngineSettings(device="cpu", dtype="float32")

GREEDY = Decoding(max_new_tokens=12)
SAMPLING = Decoding(max_new_tokens=12, do_sample=True)
BEAMS = Decoding(max_new_tokens=12, num_beams=4, no_repeat_ngram_size=2, length_penalty=0.6)
WAYS = {
    "greedy": GREEDY,
    "greedy, at least 8 tokens": replace(GREEDY, min_new_tokens=8),
    "greedy, repetition penalised": replace(GREEDY, repetition_penalty=1.7),
    "greedy, no token twice": replace(GREEDY, no_repeat_ngram_size=1),
    "4 beams, as XL-Sum's authors": BEAMS,
    "4 beams, at least 8 tokens": replace(BEAMS, min_new_tokens=8),
    "5 beams, stopped early": replace(BEAMS, num_beams=5, length_penalty=1.0, early_stopping=True),
    "3 beams, never stopped early": replace(BEAMS, num_beams=3, length_penalty=2.0, early_stopping="never"),
    "2 beams, repetition penalised": Decoding(max_new_tokens=12, num_beams=2, repetition_penalty=1.7),
    "4 beams, the best 3": replace(BEAMS, samples=3),
}
DRAWN = {
    "sampling": SAMPLING,
    "sampling 4 from a few": replace(SAMPLING, samples=4, temperature=0.7, top_k=20, top_p=0.9, seed=5),
}


def build(folder: Path, **options: Any) -> Path:
    """Make a checkpoint some of whose outputs end before their limit: `</s>` has twice the weight of the rest."""
    tiny_mt5.build(folder, **{"decoding": {}, **options})
    if "tied" not in options and options.get("weights", "safetensors") == "safetensors" and "shards" not in options:
        rewrite(folder, lambda tensors: tensors["lm_head.weight"].__setitem__(1, tensors["lm_head.weight"][1] * 2))
    return folder


def rewrite(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the tensors in a checkpoint's file."""
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def weights_of(folder: Path, file: str = "model.safetensors") -> Weights:
    return Weights(folder=folder, files=(file,), pickled=file.startswith("pytorch"), architecture=ARCHITECTURE)


def load(folder: Path, file: str = "model.safetensors", **options: Any) -> Engine:
    return engines.get("transformers").load(weights_of(folder, file), replace(CPU, **options))


def model_of(engine: Engine) -> Any:
    return engine._model


def requests_of(lengths: Sequence[int], seed: int = 0, start: tuple[int, ...] = ()) -> list[Request]:
    """Return random requests of these lengths, `</s>` at the end of each."""
    generator = random.Random(seed)
    ids = [(*(generator.randrange(3, 830) for _ in range(length - 1)), 1) for length in lengths]
    return [Request(each, start, key=f"{seed}-{number}") for number, each in enumerate(ids)]


def outputs_of(engine: Engine, requests: Sequence[Request], decoding: Decoding) -> list[Output]:
    """Return all outputs, in the order of requests and samples."""
    made = [output for batch in engine.decode(requests, decoding) for output in batch]
    return sorted(made, key=lambda output: (output.request, output.sample))


def texts_of(engine: Engine, requests: Sequence[Request], decoding: Decoding) -> list[tuple[Any, ...]]:
    """Return the outputs without their seconds."""
    return [(each.request, each.sample, each.finish, each.ids) for each in outputs_of(engine, requests, decoding)]


def one_line(error: pytest.ExceptionInfo[ModelError]) -> str:
    message = str(error.value)
    assert "\n" not in message
    return message


# The checkpoint of `pairs`, and the start of the decoder.
STARTS = {
    "its own start": (0, ()),
    "its own start, another model": (1, ()),
    "another start": (0, (5,)),
    "a start of two": (1, (0, 14)),
    "another start of two": (0, (10, 14)),
}

# From one token to more than a hundred, unsorted, some lengths twice.
LENGTHS = [3, 120, 41, 7, 64, 64, 12, 99, 1, 30, 5, 88, 17, 41, 2, 110]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("mt5") / "checkpoint")


@pytest.fixture(scope="module")
def engine(folder) -> Engine:
    return load(folder)


def fill(requests: Sequence[Request], pending: Sequence[int], *, tokens: int, rows: int) -> list[list[int]]:
    """Return all batches with limits that stay the same."""
    return list(_batches.fill(requests, pending, lambda: BatchLimits(tokens, rows)))


class TestBatches:
    @pytest.mark.parametrize(
        ("lengths", "tokens", "rows", "batches"),
        [
            pytest.param([], 100, 8, [], id="nothing to do"),
            pytest.param([5], 100, 8, [[0]], id="one"),
            pytest.param([1, 3, 2], 100, 8, [[1, 2, 0]], id="longest first"),
            pytest.param([2, 2, 2], 100, 8, [[0, 1, 2]], id="of one length, in their order"),
            pytest.param([5, 5, 5, 5], 10, 8, [[0, 1], [2, 3]], id="exactly the budget"),
            pytest.param([5, 5, 5, 5], 9, 8, [[0], [1], [2], [3]], id="one token short of the budget"),
            pytest.param([6, 1, 1], 12, 8, [[0, 1], [2]], id="padding counts"),
            pytest.param([50, 3, 60, 3], 10, 8, [[2], [0], [1, 3]], id="over the budget, alone"),
            pytest.param([1] * 5, 100, 2, [[0, 1], [2, 3], [4]], id="rows are limited"),
            pytest.param([9, 9], 1, 1, [[0], [1]], id="the smallest limits"),
        ],
    )
    def test_they_are_filled_to_their_limits(self, lengths, tokens, rows, batches):
        requests = [Request((7,) * length) for length in lengths]
        assert fill(requests, range(len(requests)), tokens=tokens, rows=rows) == batches

    def test_requests_whose_outputs_begin_differently_are_never_together(self):
        requests = [Request((7,) * 4, first=first) for first in (None, 0, 5, None, 5)]
        assert fill(requests, range(5), tokens=1000, rows=100) == [[0, 3], [1], [2, 4]]

    def test_requests_with_different_starts_are_never_together(self):
        requests = [Request((7,) * 4, start) for start in [(), (0, 14), (0,), (5,), (), (5,), (0, 10)]]
        batches = fill(requests, range(7), tokens=1000, rows=100)
        assert sorted(batches) == [[0, 4], [1], [2], [3, 5], [6]]

    def test_only_pending_requests_are_in_them(self):
        requests = [Request((7,) * length) for length in [5, 1, 9, 3]]
        assert fill(requests, [3, 1, 2], tokens=1000, rows=100) == [[2, 3, 1]]

    @given(
        shapes=st.lists(st.tuples(st.integers(1, 60), st.sampled_from([(), (0,), (5,), (0, 14)])), max_size=40),
        tokens=st.integers(1, 300),
        rows=st.integers(1, 12),
        data=st.data(),
    )
    @settings(derandomize=True, max_examples=300, deadline=None)
    def test_every_pending_request_is_in_one_batch_and_no_batch_is_over_or_needlessly_small(
        self, shapes, tokens, rows, data
    ):
        requests = [Request((7,) * length, start) for length, start in shapes]
        pending = data.draw(st.permutations(range(len(requests))))
        pending = pending[: data.draw(st.integers(0, len(pending)))]
        batches = fill(requests, pending, tokens=tokens, rows=rows)
        assert sorted(index for batch in batches for index in batch) == sorted(pending)
        lengths = [[len(requests[index].ids) for index in batch] for batch in batches]
        starts = [{requests[index].start for index in batch} for batch in batches]
        for batch, start in zip(lengths, starts, strict=True):
            assert batch == sorted(batch, reverse=True)
            assert len(start) == 1
            assert len(batch) == 1 or len(batch) * batch[0] <= tokens
            assert len(batch) <= rows
        for number in range(len(batches) - 1):
            this, following = lengths[number], lengths[number + 1]
            if starts[number] == starts[number + 1]:
                assert this[-1] >= following[0]
                # The next request would not have fitted.
                assert len(this) == rows or (len(this) + 1) * this[0] > tokens


@pytest.fixture(scope="module")
def pairs(tmp_path_factory) -> list[tuple[Engine, Any]]:
    """Two checkpoints, each loaded by the engine and by transformers."""
    folders = [build(tmp_path_factory.mktemp("mt5") / "checkpoint", seed=seed) for seed in (0, 1)]
    return [(load(each), transformers.MT5ForConditionalGeneration.from_pretrained(each).eval()) for each in folders]


def durations(requests: Sequence[Request], per_row: float, per_token: float) -> list[float]:
    """Return the seconds of each batch on a machine that takes so many seconds per row and per token.

    A tenth of the time is the encoder's, which takes at most 10 seconds in the first batch. The rest is 40 equal steps.
    """
    longest = max(len(each.ids) for each in requests)
    pace = Pace(BatchLimits(int(100 / (per_row / longest + per_token)), 64))
    found, pending = [], list(range(len(requests)))
    while pending:
        for batch in _batches.fill(requests, pending, lambda: pace.limits(BatchLimits(8192, 10_000))):
            width = len(requests[batch[0]].ids)
            seconds, rows = decoded(len(batch), per_row + width * per_token)
            found.append(seconds)
            pace.measured(tokens=rows * width, rows=rows, seconds=seconds)
            pending = [index for index in pending if index not in batch[:rows]]
            if rows < len(batch):
                break
    return found


def decoded(rows: int, seconds_per_row: float) -> tuple[float, int]:
    """Return the seconds of a batch, and the rows that its watch did not put back."""
    clock = [0.0]
    watch = Watch(40, lambda: clock[0])
    clock[0] += rows * seconds_per_row * 0.1
    for step in range(1, 41):
        clock[0] += rows * seconds_per_row * 0.9 / 40
        rows = watch.affordable(step, rows)
    return clock[0], rows


class TestPace:
    """Outputs are stored when their batch is done, so a batch must not take long."""

    SENTENCES = tuple(Request((7,) * (5 + number % 90)) for number in range(244))
    ARTICLES = tuple(Request((7,) * (100 + number % 412)) for number in range(244))
    STARTS = tuple(replace(each, start=(number % 3,)) for number, each in enumerate((*SENTENCES, *ARTICLES)))

    @pytest.mark.parametrize("requests", [SENTENCES, ARTICLES, STARTS], ids=["sentences", "articles", "three starts"])
    @pytest.mark.parametrize(("per_row", "per_token"), [(1.0, 0.0), (0.0, 0.02), (0.5, 0.02), (10, 0.0), (0.0, 0.05)])
    def test_no_batch_takes_more_than_30_seconds_on_a_slow_machine(self, requests, per_row, per_token):
        seconds = durations(requests, per_row, per_token)
        assert max(seconds[1:]) <= 30
        assert seconds[0] <= 36

    @pytest.mark.parametrize("requests", [SENTENCES, ARTICLES], ids=["sentences", "articles"])
    def test_a_fast_machine_soon_fills_its_budget(self, requests):
        seconds = durations(requests, 0.0, 1e-6)
        tokens = sum(len(each.ids) for each in requests)
        assert len(seconds) <= tokens / 8192 * 1.5 + 4

    def test_a_job_that_is_known_to_fit_is_one_batch(self):
        assert len(durations(self.SENTENCES[:19], 0.0, 0.01)) == 1

    def test_a_request_that_takes_longer_is_a_batch_of_its_own(self):
        assert durations([Request((7,) * 300)] * 5, 100.0, 0.0) == [100.0] * 5

    def test_a_batch_is_at_most_four_times_the_last_and_its_rows_are_a_power_of_two(self):
        pace = Pace(BatchLimits(512, 64))
        assert pace.limits(BatchLimits(8192, 9)) == BatchLimits(512, 9)
        assert pace.limits(BatchLimits(8192, 900)) == BatchLimits(512, 64)
        pace.measured(tokens=500, rows=5, seconds=0.1)
        assert pace.limits(BatchLimits(8192, 100)) == BatchLimits(2000, 16)
        pace.measured(tokens=2000, rows=16, seconds=20.0)
        assert pace.limits(BatchLimits(8192, 100)) == BatchLimits(2000, 16)
        pace.measured(tokens=2000, rows=15, seconds=29.0)
        assert pace.limits(BatchLimits(8192, 100)) == BatchLimits(2000, 15)
        pace.measured(tokens=2000, rows=16, seconds=80.0)
        assert pace.limits(BatchLimits(8192, 100)) == BatchLimits(500, 4)
        pace.measured(tokens=1, rows=1, seconds=1e9)
        assert pace.limits(BatchLimits(8192, 100)) == BatchLimits(1, 1)

    @pytest.mark.parametrize(
        ("steps", "encoder", "each", "kept"),
        [
            pytest.param(40, 1.0, 0.5, [64, 64, 64], id="it ends in time"),
            pytest.param(40, 1.0, 0.85, [64, 64, 64], id="it ends a little late"),
            pytest.param(40, 1.0, 2.0, [21, 21, 21], id="too slow from the first step"),
            pytest.param(20, 100.0, 0.5, [64, 64, 64], id="the time is gone, but the end is near"),
            pytest.param(100, 100.0, 1.0, [9, 9, 9], id="the time is gone, and the end is far"),
            pytest.param(100, 0.0, 1000.0, [1, 1, 1], id="one always goes on"),
            pytest.param(2, 100.0, 1000.0, [64, 64, 64], id="more steps than expected"),
        ],
    )
    def test_a_watch_keeps_the_sources_that_can_end_in_time(self, steps, encoder, each, kept):
        clock, rows, found = [0.0], 64, []
        watch = Watch(steps, lambda: clock[0])
        clock[0] += encoder
        for step in range(1, 13):
            clock[0] += each * rows / 64
            rows = watch.affordable(step, rows)
            if step in Watch.LOOKS:
                found.append(rows)
        assert found == kept

    def test_a_pace_never_allows_more_than_the_memory_does(self):
        pace = Pace(BatchLimits(512, 64))
        for _ in range(9):
            pace.measured(tokens=500, rows=5, seconds=0.0)
        assert pace.limits(BatchLimits(100, 3)) == BatchLimits(100, 3)

    def test_the_first_batch_is_smaller_the_larger_the_encoder_is(self, folder, monkeypatch):
        module = engines.get("transformers")
        parameters = model_of(load(folder)).get_encoder().num_parameters(exclude_embeddings=True)
        sizes = []
        for tokens in (100, 200):
            monkeypatch.setitem(module._FIRST_WORK, "cpu", parameters * tokens)
            sizes.append([len(batch) for batch in load(folder).decode(requests_of([20] * 16), GREEDY)])
        assert sizes == [[5, 11], [10, 6]]

    def test_the_first_batch_of_short_requests_is_limited_too(self, folder, monkeypatch):
        monkeypatch.setitem(engines.get("transformers")._FIRST_ROWS, "cpu", 6)
        assert [len(batch) for batch in load(folder).decode(requests_of([2] * 16), GREEDY)] == [6, 10]

    def test_an_interrupt_after_half_of_a_slow_job_finds_the_outputs_of_what_was_done(self, folder, monkeypatch):
        engine, clock = load(folder), [0.0]
        for module in ("transformers", "_budget"):
            monkeypatch.setattr(sys.modules[f"harness.engines.{module}"], "perf_counter", lambda: clock[0])

        def slow(_: Any, arguments: tuple[torch.Tensor, ...]) -> None:
            # Each of an output's 12 tokens takes a sixth of a second, so the job takes at most 488 seconds.
            clock[0] += arguments[0].shape[0] / 6
            if clock[0] > 244:
                raise KeyboardInterrupt

        model_of(engine).lm_head.register_forward_pre_hook(slow)
        done = []
        with pytest.raises(KeyboardInterrupt):
            for batch in engine.decode(requests_of([5 + number % 90 for number in range(244)]), GREEDY):
                done += batch
        assert len(done) >= 122 - 15


class TestEqualsTransformers:
    """The reference is a few lines of transformers: one request, no padding, no code of the engine."""

    @staticmethod
    def alone(model: Any, request: Request, decoding: Decoding) -> list[tuple[str, tuple[int, ...]]]:
        options = {
            name: getattr(decoding, name)
            for name in ("max_new_tokens", "num_beams", "no_repeat_ngram_size", "repetition_penalty")
        }
        if decoding.num_beams > 1:
            options |= {"length_penalty": decoding.length_penalty, "early_stopping": decoding.early_stopping}
        if decoding.min_new_tokens:
            options["min_new_tokens"] = decoding.min_new_tokens
        if request.start:
            # Without the first, transformers treats a start that is not the checkpoint's own as a part of the output.
            options["decoder_start_token_id"] = request.start[0]
            options["decoder_input_ids"] = torch.tensor([request.start])
        made = model.generate(
            torch.tensor([request.ids]), do_sample=False, num_return_sequences=decoding.samples, **options
        )
        found = []
        for row in made[:, len(request.start) or 1 :].tolist():
            end = row.index(1) if 1 in row else None
            found.append(("length" if end is None else "end", tuple(row[:end])))
        return found

    @pytest.mark.parametrize(
        ("way", "started"),
        # Each decoding with the model's own start and a longer one; the decodings of the two families with all starts.
        [
            (way, start)
            for way in WAYS
            for start in STARTS
            if start in ("its own start", "a start of two") or way in ("greedy", "4 beams, as XL-Sum's authors")
        ],
    )
    def test_a_batch_decodes_as_each_request_alone_in_generate(self, pairs, way, started):
        decoding, (checkpoint, start) = WAYS[way], STARTS[started]
        engine, model = pairs[checkpoint]
        requests = requests_of([3, 40, 17], seed=3, start=start)
        expected = [each for request in requests for each in self.alone(model, request, decoding)]
        assert [(output.finish, output.ids) for output in outputs_of(engine, requests, decoding)] == expected

    def test_the_compared_outputs_have_both_finishes_and_many_lengths(self, engine):
        # A comparison of outputs that are all cut off at the same place would miss most mistakes.
        for decoding in (GREEDY, BEAMS):
            made = outputs_of(engine, requests_of(LENGTHS), decoding)
            assert {output.finish for output in made} == {"end", "length"}
            assert len({len(output.ids) for output in made}) >= 4
            assert len({output.ids for output in made}) == len(made)

    def test_decoding_settings_in_the_checkpoint_change_nothing(self, engine, tmp_path):
        # The checkpoint's settings are in Decoding already. transformers must not add settings that Decoding lacks.
        said = {
            "num_beams": 3, "max_length": 5, "min_length": 4, "no_repeat_ngram_size": 1, "repetition_penalty": 3.0,
            "suppress_tokens": list(range(3, 800)), "do_sample": True, "exponential_decay_length_penalty": [1, 2.0],
        }  # fmt: skip
        folder = build(tmp_path / "checkpoint")
        special = {"eos_token_id": 1, "pad_token_id": 0, "decoder_start_token_id": 0}
        (folder / "generation_config.json").write_text(json.dumps(special | said), encoding="utf-8")
        requests = requests_of([3, 40, 17])
        assert texts_of(load(folder), requests, GREEDY) == texts_of(engine, requests, GREEDY)

    def test_other_settings_reach_generate(self, engine):
        requests = requests_of([3, 40, 17])
        usual = outputs_of(engine, requests, GREEDY)
        banned = sorted({token for output in usual for token in output.ids})
        others = outputs_of(engine, requests, replace(GREEDY, others={"suppress_tokens": banned}))
        assert not {token for output in others for token in output.ids} & set(banned)

    def test_every_token_that_the_checkpoint_ends_with_is_an_end(self, engine, tmp_path):
        request = requests_of([40])
        (usual,) = outputs_of(engine, request, GREEDY)
        end = next(token for token in usual.ids if token > 1)
        folder = build(tmp_path / "checkpoint", decoding={"eos_token_id": [1, end]})
        (output,) = outputs_of(load(folder), request, GREEDY)
        assert (output.finish, output.ids) == ("end", usual.ids[: usual.ids.index(end)])


@pytest.fixture(scope="module")
def expected(folder) -> Callable[[Decoding], list[tuple[Any, ...]]]:
    """The outputs with every request in a batch of its own, computed once."""
    alone = load(folder, batch_tokens=1)
    found: dict[str, list[tuple[Any, ...]]] = {}

    def of(decoding: Decoding) -> list[tuple[Any, ...]]:
        assert all(len(batch) == decoding.samples for batch in alone.decode(requests_of([3, 9]), decoding))
        key = repr(decoding)
        if key not in found:
            found[key] = texts_of(alone, requests_of(LENGTHS), decoding)
        return found[key]

    return of


class TestBatchSize:
    """In float32 on a CPU, the requests that share a batch do not change an output."""

    @pytest.mark.parametrize("padding", ["right", "left"])
    @pytest.mark.parametrize("tokens", [None, 100])
    @pytest.mark.parametrize("decoding", [GREEDY, BEAMS, *DRAWN.values()], ids=["greedy", "beams", *DRAWN])
    def test_any_budget_gives_the_outputs_of_batches_of_one(self, folder, expected, decoding, tokens, padding):
        engine = load(folder, batch_tokens=tokens, padding=padding)
        assert texts_of(engine, requests_of(LENGTHS), decoding) == expected(decoding)

    @pytest.mark.parametrize("decoding", [GREEDY, BEAMS, *DRAWN.values()], ids=["greedy", "beams", *DRAWN])
    def test_the_order_of_requests_does_not_matter(self, engine, expected, decoding):
        requests = requests_of(LENGTHS)
        order = random.Random(1).sample(range(len(requests)), len(requests))
        shuffled = texts_of(engine, [requests[index] for index in order], decoding)
        again = [(order[index], *rest) for index, *rest in shuffled]
        assert sorted(again, key=lambda each: each[:2]) == expected(decoding)

    def test_a_batch_with_different_starts_gives_the_same_outputs(self, folder, engine):
        starts = [(), (0, 14), (0,), (5,), (0, 10), ()]
        requests = [
            replace(each, start=start) for each, start in zip(requests_of([9, 40, 3, 17, 8, 60]), starts, strict=True)
        ]
        alone = load(folder, batch_tokens=1)
        assert texts_of(engine, requests, BEAMS) == texts_of(alone, requests, BEAMS)
        # The start is not part of an output, but it decides the output.
        same = [replace(requests[0], start=start) for start in [(), (0,), (5,), (0, 14)]]
        first, explicit, *others = (output.ids for output in outputs_of(engine, same, GREEDY))
        assert first == explicit
        assert len({first, *others}) == 3

    @pytest.mark.parametrize("neighbour", [None, (0,), (7,)], ids=["alone", "beside the usual start", "beside another"])
    def test_a_start_is_never_taken_for_a_part_of_the_output(self, engine, folder, neighbour):
        # transformers puts its own start before decoder_input_ids if no row of a batch begins with it.
        request = replace(requests_of([17])[0], start=(5,))
        model = transformers.MT5ForConditionalGeneration.from_pretrained(folder).eval()
        made = model.generate(torch.tensor([request.ids]), decoder_start_token_id=5, max_new_tokens=12, num_beams=1)
        expected = made[0, 1:].tolist()
        requests = [request] if neighbour is None else [request, replace(request, start=neighbour)]
        output = outputs_of(engine, requests, GREEDY)[0]
        assert list(output.ids) == (expected[: expected.index(1)] if 1 in expected else expected)

    def test_batches_come_longest_first_each_as_soon_as_it_is_done(self, folder, monkeypatch):
        engine = load(folder, batch_tokens=100)
        calls = []
        generate = model_of(engine).generate
        monkeypatch.setattr(
            model_of(engine), "generate", lambda **options: (calls.append(options), generate(**options))[1]
        )
        requests = requests_of(LENGTHS)
        longest = []
        for number, batch in enumerate(engine.decode(requests, GREEDY), start=1):
            assert len(calls) == number
            longest.append(max(LENGTHS[output.request] for output in batch))
            ids = calls[-1]["input_ids"]
            assert ids.shape == (len(batch), longest[-1])
            assert ids.numel() <= 100 or len(batch) == 1
        assert longest == sorted(longest, reverse=True)
        assert longest[0] == 120

    def test_many_short_sources_are_split_by_the_scores_of_a_step(self, folder, monkeypatch):
        # 64 sources of one token are few input tokens; 64 x 4 beams x a vocabulary of 250,000 would be gigabytes.
        monkeypatch.setitem(sys.modules["harness.engines.transformers"]._BATCH_SCORES, "cpu", ROWS * 4 * 10)
        engine = load(folder)
        sizes = [len(batch) for batch in engine.decode(requests_of([1] * 25), BEAMS)]
        assert sizes == [10, 10, 5]
        # Even if one source alone exceeds the limit.
        sizes = [len(batch) for batch in engine.decode(requests_of([1] * 2), replace(BEAMS, num_beams=60))]
        assert sizes == [1, 1]


class TestSampling:
    REQUESTS = requests_of([3, 40, 17, 8])

    def test_the_same_seed_gives_the_same_and_another_another(self, engine):
        first = texts_of(engine, self.REQUESTS, SAMPLING)
        assert texts_of(engine, self.REQUESTS, SAMPLING) == first
        other = texts_of(engine, self.REQUESTS, replace(SAMPLING, seed=1))
        assert all(one[3] != another[3] for one, another in zip(first, other, strict=True))

    def test_four_samples_are_four_different_outputs_numbered_from_0(self, engine):
        made = outputs_of(engine, self.REQUESTS, replace(SAMPLING, samples=4))
        assert [(output.request, output.sample) for output in made] == [(r, s) for r in range(4) for s in range(4)]
        assert len({output.ids for output in made}) == 16

    def test_more_samples_do_not_change_the_first_ones(self, engine):
        one = texts_of(engine, self.REQUESTS, SAMPLING)
        four = texts_of(engine, self.REQUESTS, replace(SAMPLING, samples=4))
        assert [each for each in four if each[1] == 0] == one

    def test_other_requests_in_the_batch_do_not_change_a_sample(self, engine):
        together = texts_of(engine, self.REQUESTS, SAMPLING)
        for number, request in enumerate(self.REQUESTS):
            ((_, *alone),) = texts_of(engine, [request], SAMPLING)
            assert alone == list(together[number][1:])

    def test_requests_with_the_same_ids_and_different_keys_are_sampled_differently(self, engine):
        same = replace(self.REQUESTS[0], key="a")
        made = [output.ids for output in outputs_of(engine, [same, same, replace(same, key="b")], SAMPLING)]
        assert made[0] == made[1] != made[2]

    def test_torchs_own_random_numbers_do_not_matter_and_are_not_seeded(self, engine):
        made = []
        for seed in (1, 2):
            torch.manual_seed(seed)
            made.append(texts_of(engine, self.REQUESTS, SAMPLING))
            assert torch.initial_seed() == seed
        assert made[0] == made[1]

    @pytest.mark.parametrize("options", [{"top_k": 1}, {"top_p": 1e-6}, {"temperature": 1e-4}], ids=str)
    def test_with_one_token_to_choose_from_it_is_greedy(self, engine, options):
        greedy = texts_of(engine, self.REQUESTS, GREEDY)
        assert texts_of(engine, self.REQUESTS, replace(SAMPLING, **options)) == greedy

    def test_tokens_that_decoding_rules_out_are_never_drawn(self, engine):
        for output in outputs_of(engine, self.REQUESTS, replace(SAMPLING, no_repeat_ngram_size=1, samples=8)):
            assert len(set(output.ids)) == len(output.ids)
        wanted = replace(SAMPLING, min_new_tokens=10, samples=50, temperature=3.0)
        assert all(len(output.ids) >= 10 for output in outputs_of(engine, self.REQUESTS, wanted))

    def test_the_first_token_has_the_models_own_probabilities(self, engine, folder):
        request = self.REQUESTS[1]
        decoding = replace(SAMPLING, max_new_tokens=1, samples=4000)
        made = outputs_of(engine, [request], decoding)
        model = transformers.MT5ForConditionalGeneration.from_pretrained(folder).eval()
        with torch.inference_mode():
            scores = model(input_ids=torch.tensor([request.ids]), decoder_input_ids=torch.tensor([[0]])).logits[0, -1]
        counts = torch.zeros(ROWS)
        for output in made:
            counts[output.ids[0] if output.ids else 1] += 1
        assert agree(counts, torch.softmax(scores, dim=-1))


def agree(counts: torch.Tensor, probabilities: torch.Tensor) -> bool:
    """Pearson's chi-squared test of counts, at five standard deviations; rare outcomes count as one."""
    expected = probabilities.double() * counts.sum()
    common = expected >= 5
    pairs = list(zip(counts[common].double(), expected[common], strict=True))
    rest = float(expected[~common].sum())
    if rest >= 5:
        pairs.append((counts[~common].double().sum(), expected[~common].sum()))
    elif float(counts[~common].sum()) > rest + 5 * (rest**0.5 + 1):
        return False
    statistic = float(sum((found - wanted) ** 2 / wanted for found, wanted in pairs))
    freedom = len(pairs) - 1
    return statistic <= freedom + 5 * (2 * freedom) ** 0.5


class TestDraw:
    """The processor alone, compared with the probabilities that it must use."""

    SCORES = torch.randn(12, generator=torch.Generator().manual_seed(4)) * 1.5

    def drawn(self, decoding: Decoding, *, scores: torch.Tensor = SCORES, steps: int = 100) -> torch.Tensor:
        """Count the tokens of 20,000 draws: so many steps of 200 sequences, 2 samples of each of 100 keys."""
        keys = [str(number) for number in range(100)]
        draw = Draw(replace(decoding, samples=2, do_sample=True), keys)
        counts = torch.zeros(scores.shape)
        for _ in range(steps):
            left = draw(torch.zeros((200, 1), dtype=torch.long), scores.expand(200, -1).clone())
            assert torch.equal((left == 0).sum(dim=1), torch.ones(200, dtype=torch.long))
            assert torch.isneginf(left[left != 0]).all()
            counts += (left == 0).sum(dim=0)
        return counts

    def test_20000_draws_have_the_softmax_of_the_scores(self):
        counts = self.drawn(SAMPLING)
        assert counts.sum() == 20_000
        assert agree(counts, torch.softmax(self.SCORES, dim=0))
        # Show that the test would detect a temperature of 0.9.
        assert not agree(counts, torch.softmax(self.SCORES / 0.9, dim=0))

    @pytest.mark.parametrize("temperature", [0.5, 2.0])
    def test_temperature_divides_the_scores(self, temperature):
        counts = self.drawn(replace(SAMPLING, temperature=temperature))
        assert agree(counts, torch.softmax(self.SCORES / temperature, dim=0))

    def test_top_k_leaves_the_best_with_their_ratios(self):
        counts = self.drawn(replace(SAMPLING, top_k=4))
        best = self.SCORES.topk(4).indices
        assert set(counts.nonzero().flatten().tolist()) == set(best.tolist())
        assert agree(counts[best], torch.softmax(self.SCORES[best], dim=0))

    @pytest.mark.parametrize("top_p", [0.3, 0.6, 0.9])
    def test_top_p_leaves_the_fewest_that_reach_it(self, top_p):
        counts = self.drawn(replace(SAMPLING, top_p=top_p))
        ordered = torch.softmax(self.SCORES, dim=0).sort(descending=True)
        size = int((ordered.values.cumsum(dim=0) < top_p).sum()) + 1
        kept = ordered.indices[:size]
        assert set(counts.nonzero().flatten().tolist()) <= set(kept.tolist())
        assert agree(counts[kept], ordered.values[:size] / ordered.values[:size].sum())

    def test_temperature_comes_before_top_p_as_in_transformers(self):
        counts = self.drawn(replace(SAMPLING, temperature=3.0, top_p=0.6))
        ordered = torch.softmax(self.SCORES / 3.0, dim=0).sort(descending=True)
        size = int((ordered.values.cumsum(dim=0) < 0.6).sum()) + 1
        kept = ordered.indices[:size]
        assert agree(counts[kept], ordered.values[:size] / ordered.values[:size].sum())

    def test_excluded_tokens_are_not_drawn_at_either_end_of_the_random_numbers(self):
        scores = self.SCORES.clone()
        scores[[0, 5, 11]] = -float("inf")
        counts = self.drawn(SAMPLING, scores=scores)
        assert counts[[0, 5, 11]].sum() == 0
        assert agree(counts, torch.softmax(scores, dim=0))

    def test_scores_of_half_precision_are_drawn_from_without_rounding_their_sum(self):
        # In bfloat16 there are 128 numbers between a half and 1: of 2,000 equal tokens most could not be drawn.
        counts = self.drawn(SAMPLING, scores=torch.zeros(2000, dtype=torch.bfloat16), steps=50)
        assert (counts > 0).sum() > 1950

    def test_successive_steps_are_independent(self):
        # A generator that was created anew at every step would draw the same number each time.
        draw = Draw(SAMPLING, ["a"])
        scores = torch.zeros((1, 1000))
        drawn = [int(draw(torch.zeros((1, 1)), scores.clone()).argmax()) for _ in range(50)]
        assert len(set(drawn)) > 40


def with_rows(options: dict[str, Any]) -> int:
    return int(options["input_ids"].shape[0])


OUT_OF_MEMORY = {
    "of a GPU": lambda: torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    "of torch on a CPU": lambda: RuntimeError(
        "[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to "
        "allocate 9216000000 bytes. Error code 12 (Cannot allocate memory)"
    ),
    "of Python": MemoryError,
}


class Small:
    """Memory for a number of rows: `generate` fails with more."""

    def __init__(self, engine: Engine, rows: int, failure: Callable[[], Exception]) -> None:
        self.rows, self.failure = rows, failure
        self.calls: list[int] = []
        self.failures = 0
        self._generate = model_of(engine).generate

    def __call__(self, **options: Any) -> Any:
        self.calls.append(with_rows(options))
        if with_rows(options) > self.rows:
            self.failures += 1
            raise self.failure()
        return self._generate(**options)


class TestOutOfMemory:
    @pytest.fixture
    def small(self, folder, monkeypatch) -> Callable[..., tuple[Engine, Small]]:
        def make(rows: int, failure: Callable[[], Exception] = MemoryError) -> tuple[Engine, Small]:
            engine = load(folder)
            generate = Small(engine, rows, failure)
            monkeypatch.setattr(model_of(engine), "generate", generate)
            return engine, generate

        return make

    @pytest.mark.parametrize("rows", [1, 3])
    @pytest.mark.parametrize("failure", OUT_OF_MEMORY.values(), ids=OUT_OF_MEMORY)
    def test_all_outputs_still_come_once_and_unchanged(self, engine, small, failure, rows):
        requests = requests_of(LENGTHS[:8])
        tight, generate = small(rows, failure)
        assert texts_of(tight, requests, BEAMS) == texts_of(engine, requests, BEAMS)
        assert generate.failures > 0
        assert max(generate.calls[-2:]) <= rows

    @pytest.mark.parametrize("decoding", DRAWN.values(), ids=DRAWN)
    def test_samples_are_the_same_too(self, engine, small, decoding):
        requests = requests_of(LENGTHS[:8])
        assert texts_of(small(3)[0], requests, decoding) == texts_of(engine, requests, decoding)

    def test_the_budget_is_halved_and_stays_small(self, small):
        requests = requests_of([20] * 16)
        engine, generate = small(4)
        list(engine.decode(requests, GREEDY))
        assert generate.calls == [16, 8, 4, 4, 4, 4]
        generate.calls.clear()
        list(engine.decode(requests, GREEDY))
        assert generate.calls == [4, 4, 4, 4]

    def test_requests_that_are_done_are_not_decoded_again(self, small, folder):
        # Two long requests fit together; the many short ones after them do not.
        engine, generate = small(5)
        lengths = [600, 600] + [100] * 8
        engine._budget.tokens = 1200
        seen = [sorted(output.request for output in batch) for batch in engine.decode(requests_of(lengths), GREEDY)]
        assert seen[0] == [0, 1]
        assert sorted(index for batch in seen for index in batch) == list(range(10))
        assert generate.calls[:2] == [2, 8]
        assert 2 not in generate.calls[1:3]

    def test_the_warning_names_the_number_of_sources(self, small, caplog):
        engine, _ = small(8)
        with caplog.at_level(logging.WARNING, logger="harness"):
            list(engine.decode(requests_of([20] * 16), GREEDY))
        (record,) = caplog.records
        assert record.levelno == logging.WARNING
        assert record.getMessage() == (
            "out of memory on cpu with 16 sources of up to 20 tokens; from here on a batch has at most 160 tokens "
            "(batch_tokens)"
        )

    @pytest.mark.parametrize("failure", OUT_OF_MEMORY.values(), ids=OUT_OF_MEMORY)
    def test_a_single_request_that_does_not_fit_is_one_line(self, small, failure):
        engine, _ = small(0, failure)
        with pytest.raises(ModelError) as error:
            list(engine.decode(requests_of([40, 30]), BEAMS))
        assert one_line(error) == (
            "out of memory on cpu with a single source of 40 tokens, 4 beams and 12 new tokens; try fewer beams, a "
            "smaller dtype or another device"
        )

    @pytest.mark.parametrize("failure", [RuntimeError("shapes do not match"), ValueError("out of memory"), KeyError()])
    def test_any_other_error_is_passed_on_as_it_is(self, small, failure):
        engine, generate = small(0, lambda: failure)
        with pytest.raises(type(failure)) as error:
            list(engine.decode(requests_of([20] * 16), GREEDY))
        assert error.value is failure
        assert generate.calls == [16]

    def test_the_tensors_of_the_failed_batch_are_freed_before_memory_is_given_back(self, folder, monkeypatch):
        # An exception refers to the frames that it passed, and they refer to the tensors.
        engine = load(folder)
        generate = model_of(engine).generate
        held: list[weakref.ref[torch.Tensor]] = []
        left: list[torch.Tensor | None] = []

        def heavy(**options: Any) -> Any:
            if with_rows(options) == 4:
                scores = torch.zeros(1000)
                held.append(weakref.ref(scores))
                raise torch.OutOfMemoryError("CUDA out of memory")
            return generate(**options)

        monkeypatch.setattr(model_of(engine), "generate", heavy)
        monkeypatch.setattr(_allocator, "give_back", lambda: left.append(held[0]()))
        assert len(outputs_of(engine, requests_of([9] * 4), GREEDY)) == 4
        assert left == [None]


class TestOutputs:
    def test_end_and_padding_are_stripped_and_seconds_are_shared(self, engine):
        made = outputs_of(engine, requests_of(LENGTHS), GREEDY)
        for output in made:
            assert 1 not in output.ids
            assert len(output.ids) == 12 if output.finish == "length" else len(output.ids) < 12
            assert output.seconds > 0
        assert len({output.seconds for output in made}) == 1

    def test_an_end_at_the_last_token_is_an_end(self, engine):
        requests = requests_of(LENGTHS)
        made = outputs_of(engine, requests, GREEDY)
        ended = next(output for output in made if output.finish == "end" and output.ids)
        for limit, finish in [(len(ended.ids) + 1, "end"), (len(ended.ids), "length")]:
            (output,) = outputs_of(engine, [requests[ended.request]], replace(GREEDY, max_new_tokens=limit))
            assert (output.finish, output.ids) == (finish, ended.ids)

    def test_an_end_at_once_is_an_empty_output(self, engine):
        others = {"suppress_tokens": [token for token in range(ROWS) if token != 1]}
        (output,) = outputs_of(engine, requests_of([9]), replace(GREEDY, others=others))
        assert (output.finish, output.ids) == ("end", ())

    def test_no_request_is_no_batch(self, engine):
        assert list(engine.decode([], GREEDY)) == []

    def test_the_vocabulary_is_the_embeddings_rows(self, engine):
        assert engine.vocabulary == ROWS
        assert len(outputs_of(engine, [Request((0, ROWS - 1), (ROWS - 1,))], GREEDY)) == 1

    @pytest.mark.parametrize(
        ("request_", "found"),
        [
            pytest.param(Request(()), "request 1 has no token to decode from", id="empty"),
            pytest.param(Request((), (0, 14)), "request 1 has no token to decode from", id="nothing but a start"),
            pytest.param(
                Request((5, ROWS)), f"request 1 has token {ROWS}, and the model has {ROWS}", id="one too high"
            ),
            pytest.param(Request((5,), (0, 99999)), "request 1 has token 99999, and", id="in the start"),
            pytest.param(Request((-1, 5)), "request 1 has token -1, and", id="negative"),
        ],
    )
    def test_a_request_that_the_model_cannot_read_is_named_before_any_is_decoded(self, engine, request_, found):
        with pytest.raises(ModelError) as error:
            next(engine.decode([Request((5, 6)), request_], GREEDY))
        assert found in one_line(error)


class TestHowItRuns:
    @pytest.fixture
    def seen(self, folder, monkeypatch) -> Callable[..., dict[str, Any]]:
        """Run one batch and return the settings during `generate`."""

        def run(failure: Exception | None = None, **options: Any) -> dict[str, Any]:
            engine = load(folder, **options)
            found: dict[str, Any] = {}
            generate = model_of(engine).generate

            def look(**arguments: Any) -> Any:
                found["threads"] = torch.get_num_threads()
                found["inference"] = torch.is_inference_mode_enabled()
                found["training"] = model_of(engine).training
                found["attention"] = model_of(engine).config._attn_implementation.endswith("sdpa")
                if failure:
                    raise failure
                return generate(**arguments)

            monkeypatch.setattr(model_of(engine), "generate", look)
            outputs_of(engine, requests_of([9]), GREEDY)
            return found

        return run

    @pytest.mark.parametrize("wanted", [1, 2, 3])
    def test_its_threads_are_in_force_while_it_decodes_and_no_longer(self, seen, wanted):
        before = torch.get_num_threads()
        assert seen(threads=wanted)["threads"] == wanted
        assert torch.get_num_threads() == before
        with pytest.raises(ValueError, match="broken"):
            seen(ValueError("broken"), threads=before + 1)
        assert torch.get_num_threads() == before

    def test_without_a_number_torchs_choice_stays(self, seen):
        assert seen()["threads"] == torch.get_num_threads()

    def test_nothing_is_kept_for_gradients_and_dropout_is_off(self, seen):
        assert {**seen(), "threads": None} == {
            "threads": None,
            "inference": True,
            "training": False,
            "attention": True,
        }
        assert not torch.is_inference_mode_enabled()

    def test_cross_attention_is_not_copied_when_beams_are_reordered(self, folder, monkeypatch):
        # At 512 tokens it is far larger than the decoder's own keys and values, and the same for all beams of a source.
        engine = load(folder)
        generate = model_of(engine).generate
        kept: list[Any] = []

        def look(**options: Any) -> Any:
            cache = options[_beams.cache_argument()]
            made = generate(**options)
            pointer = cache.cross_attention_cache.layers[0].keys.data_ptr()
            cache.reorder_cache(torch.zeros(8, dtype=torch.long))
            kept.append(cache.cross_attention_cache.layers[0].keys.data_ptr() == pointer)
            return made

        monkeypatch.setattr(model_of(engine), "generate", look)
        outputs_of(engine, requests_of([9, 9]), BEAMS)
        assert kept == [True]

    def test_an_unknown_engine_is_an_input_error(self):
        with pytest.raises(InputError, match="transformer"):
            engines.get("transfomers")


FORMS: dict[str, tuple[dict[str, Any], str]] = {
    "untied": ({}, "model.safetensors"),
    "tied": ({"tied": True}, "model.safetensors"),
    "a pickle": ({"weights": "pickle"}, "pytorch_model.bin"),
    "a tied pickle": ({"weights": "pickle", "tied": True}, "pytorch_model.bin"),
    "in three shards": ({"shards": 3}, "model.safetensors.index.json"),
    "tied, in three shards": ({"shards": 3, "tied": True}, "model.safetensors.index.json"),
    "a pickle in three shards": ({"shards": 3, "weights": "pickle"}, "pytorch_model.bin.index.json"),
}


class TestLoading:
    @pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
    @pytest.mark.parametrize(("options", "file"), FORMS.values(), ids=FORMS)
    def test_every_form_of_checkpoint_has_the_tensors_of_its_file(self, tmp_path, capfd, options, file, dtype):
        folder = tiny_mt5.build(tmp_path / "checkpoint", seed=3, **options)
        capfd.readouterr()
        engine = load(folder, file, dtype=dtype)
        assert capfd.readouterr() == ("", "")
        expected = tiny_mt5._tensors(tiny_mt5.Size(), ROWS, 3, bool(options.get("tied")))
        state = model_of(engine).state_dict()
        for name, values in expected.items():
            assert torch.equal(state[name], torch.from_numpy(values).to(getattr(torch, dtype))), name
        shared = model_of(engine).lm_head.weight is model_of(engine).shared.weight
        assert shared is bool(options.get("tied"))

    def test_the_form_changes_no_output(self, tmp_path):
        made = []
        for number, (options, file) in enumerate(FORMS.values()):
            folder = tiny_mt5.build(tmp_path / str(number), seed=3, **options)
            made.append((bool(options.get("tied")), texts_of(load(folder, file), requests_of([9, 40]), GREEDY)))
        for tied in (True, False):
            first, *others = [texts for is_tied, texts in made if is_tied is tied]
            assert others
            assert all(texts == first for texts in others)

    @pytest.mark.parametrize("file", ["model.safetensors", "pytorch_model.bin"])
    def test_loading_runs_no_code_of_a_checkpoint_and_makes_no_request(self, tmp_path, monkeypatch, file):
        calls = []
        original = transformers.MT5ForConditionalGeneration.from_pretrained.__func__

        def record(cls: type, *arguments: Any, **options: Any) -> Any:
            calls.append((arguments, options))
            return original(cls, *arguments, **options)

        monkeypatch.setattr(transformers.MT5ForConditionalGeneration, "from_pretrained", classmethod(record))
        folder = tiny_mt5.build(tmp_path / "c", weights="pickle" if file.startswith("pytorch") else "safetensors")
        load(folder, file)
        ((arguments, options),) = calls
        assert arguments == (folder,)
        assert not options.get("trust_remote_code")
        assert options["local_files_only"] is True
        assert options["use_safetensors"] is (file == "model.safetensors")

    def test_a_pickle_beside_safetensors_is_not_read(self, tmp_path):
        folder = tiny_mt5.build(tmp_path / "checkpoint")
        (folder / "pytorch_model.bin").write_bytes(b"no pickle at all")
        load(folder)

    def test_an_old_pickle_without_a_zip_archive_is_loaded(self, tmp_path):
        # torch wrote such files before 1.6; some checkpoints of 2020 still have them.
        folder = tiny_mt5.build(tmp_path / "checkpoint", weights="pickle")
        state = torch.load(folder / "pytorch_model.bin", weights_only=True)
        torch.save(state, folder / "pytorch_model.bin", _use_new_zipfile_serialization=False)
        engine = load(folder, "pytorch_model.bin")
        assert torch.equal(model_of(engine).lm_head.weight, state["lm_head.weight"])

    @pytest.mark.parametrize("verbosity", [10, 30])
    def test_loading_restores_the_verbosity_of_transformers(self, folder, verbosity):
        logs = transformers.utils.logging
        before = logs.get_verbosity(), logs.is_progress_bar_enabled()
        try:
            logs.set_verbosity(verbosity)
            load(folder)
            assert (logs.get_verbosity(), logs.is_progress_bar_enabled()) == (verbosity, before[1])
        finally:
            logs.set_verbosity(before[0])


QUERY = "decoder.block.1.layer.1.EncDecAttention.q.weight"


def change(name: str, value: float) -> Callable[[dict[str, Any]], None]:
    def put(tensors: dict[str, Any]) -> None:
        tensors[name].flat[-3] = value

    return put


DAMAGES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a tensor is missing": (
        lambda tensors: tensors.pop(QUERY),
        f"tensor {QUERY} is in no file, and MT5ForConditionalGeneration would run with random numbers in its place",
    ),
    "two are missing": (
        lambda tensors: (tensors.pop(QUERY), tensors.pop("encoder.final_layer_norm.weight")),
        f"tensor {QUERY} (and 1 more) is in no file",
    ),
    "one too many": (
        lambda tensors: tensors.update({"encoder.extra.weight": tensors[QUERY].copy()}),
        "tensor encoder.extra.weight is in the file and MT5ForConditionalGeneration has no place for it",
    ),
    "another shape": (
        lambda tensors: tensors.update({QUERY: tensors[QUERY][:8].copy()}),
        f"tensor {QUERY} has shape [8, 32] in the file, and MT5ForConditionalGeneration with this config.json wants "
        "[32, 32]",
    ),
    "an embedding with fewer rows": (
        lambda tensors: tensors.update({"shared.weight": tensors["shared.weight"][:800].copy()}),
        "tensor shared.weight has shape [800, 32] in the file",
    ),
    "NaN": (change(QUERY, float("nan")), f"weight {QUERY} contains NaN: it is damaged; fetch it again"),
    "NaN in the embedding": (change("shared.weight", float("nan")), "weight shared.weight contains NaN"),
    "infinity": (change(QUERY, float("inf")), f"weight {QUERY} contains infinity: it is damaged; fetch it again"),
    "minus infinity": (change(QUERY, -float("inf")), f"weight {QUERY} contains infinity"),
}


class TestDamagedCheckpoints:
    @pytest.mark.parametrize(("damage", "found"), DAMAGES.values(), ids=DAMAGES)
    def test_the_tensor_is_named_in_one_line_and_nothing_else_is_printed(self, tmp_path, capfd, damage, found):
        folder = tiny_mt5.build(tmp_path / "checkpoint")
        rewrite(folder, damage)
        capfd.readouterr()
        with pytest.raises(ModelError) as error:
            load(folder)
        assert one_line(error).startswith(f"{folder}: {found}")
        assert capfd.readouterr() == ("", "")

    @pytest.mark.parametrize("pickled", [False, True], ids=["safetensors", "pickle"])
    def test_a_file_that_is_cut_off_is_one_line(self, tmp_path, pickled):
        folder = tiny_mt5.build(tmp_path / "checkpoint", weights="pickle" if pickled else "safetensors")
        path = folder / ("pytorch_model.bin" if pickled else "model.safetensors")
        path.write_bytes(path.read_bytes()[:-5000])
        with pytest.raises(ModelError, match="could not load MT5ForConditionalGeneration") as error:
            load(folder, path.name)
        assert one_line(error).startswith(f"{folder}: transformers {transformers.__version__} ")
        assert "is the download complete" in one_line(error)

    @pytest.mark.parametrize(
        ("file", "content"),
        [
            ("model-00002-of-00003.safetensors", None),
            ("model.safetensors.index.json", "{"),
            ("config.json", "{"),
        ],
        ids=["a shard is missing", "the index is no JSON", "config.json is no JSON"],
    )
    def test_any_other_file_that_is_missing_or_broken_is_one_line(self, tmp_path, file, content):
        folder = tiny_mt5.build(tmp_path / "checkpoint", shards=3)
        (folder / file).unlink()
        if content is not None:
            (folder / file).write_text(content, encoding="utf-8")
        with pytest.raises(ModelError) as error:
            load(folder, "model.safetensors.index.json")
        assert one_line(error).startswith(f"{folder}: ")

    def test_a_pickle_that_contains_code_is_refused(self, tmp_path):
        folder = tiny_mt5.build(tmp_path / "checkpoint", weights="pickle")
        torch.save({"shared.weight": Trap(tmp_path / "ran")}, folder / "pytorch_model.bin")
        with pytest.raises(ModelError) as error:
            load(folder, "pytorch_model.bin")
        assert one_line(error).startswith(f"{folder}: ")
        assert not (tmp_path / "ran").exists()

    @pytest.mark.parametrize("failure", OUT_OF_MEMORY.values(), ids=OUT_OF_MEMORY)
    def test_weights_that_do_not_fit_are_one_line(self, folder, monkeypatch, failure):
        def full(*_: object, **__: object) -> None:
            raise failure()

        model = transformers.MT5ForConditionalGeneration
        for name in ("from_pretrained", "to"):
            with monkeypatch.context() as patch:
                patch.setattr(model, name, full)
                with pytest.raises(ModelError, match="the weights do not fit") as error:
                    load(folder)
                assert one_line(error).startswith(f"{folder}: ")

    def test_a_bug_keeps_its_traceback(self, folder, monkeypatch):
        def broken(*_: object, **__: object) -> None:
            raise AttributeError("no such thing")

        monkeypatch.setattr(transformers.MT5ForConditionalGeneration, "from_pretrained", broken)
        with pytest.raises(AttributeError, match="no such thing"):
            load(folder)


class Trap:
    """A pickle of this class creates a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


# The report of transformers for a checkpoint without a fault.
REPORT: dict[str, Any] = {"missing_keys": [], "unexpected_keys": [], "mismatched_keys": [], "error_msgs": []}


class TestChecks:
    """Faults that transformers could cause without a message, made by hand in a loaded model."""

    def check(self, folder: Path, harm: Callable[[Any], object], file: str = "model.safetensors") -> None:
        model = model_of(load(folder, file))
        _checks.check(model, REPORT, weights_of(folder, file))
        with torch.no_grad():
            harm(model)
        _checks.check(model, REPORT, weights_of(folder, file))

    @pytest.mark.parametrize(("options", "file"), FORMS.values(), ids=FORMS)
    def test_a_tied_pair_that_must_not_be_tied_is_an_error(self, tmp_path, options, file):
        folder = tiny_mt5.build(tmp_path / "checkpoint", **options)

        def tie(model: Any) -> None:
            model.lm_head.weight = model.shared.weight

        if options.get("tied"):
            self.check(folder, tie, file)  # unchanged, it passes
            return
        with pytest.raises(ModelError) as error:
            self.check(folder, tie, file)
        assert "lm_head.weight differs from the tensor in " in one_line(error)
        assert "transformers ties it wrongly" in one_line(error)

    @pytest.mark.parametrize(("options", "file"), FORMS.values(), ids=FORMS)
    def test_an_untied_pair_that_must_be_tied_is_an_error(self, tmp_path, options, file):
        folder = tiny_mt5.build(tmp_path / "checkpoint", **options)

        def untie(model: Any) -> None:
            model.lm_head.weight = torch.nn.Parameter(model.shared.weight.clone())

        if not options.get("tied"):
            with pytest.raises(ModelError, match=r"lm_head\.weight differs from the tensor in"):
                self.check(folder, untie, file)
            return
        with pytest.raises(ModelError) as error:
            self.check(folder, untie, file)
        assert "lm_head.weight must be shared.weight itself and is not: lm_head.weight is in no file" in one_line(error)

    @pytest.mark.parametrize("stack", ["encoder", "decoder"])
    def test_a_stack_with_an_embedding_that_is_in_no_file_is_an_error(self, folder, stack):
        def untie(model: Any) -> None:
            getattr(model, stack).embed_tokens.weight = torch.nn.Parameter(torch.randn(ROWS, 32))

        with pytest.raises(ModelError, match=rf"{stack}\.embed_tokens\.weight must be shared\.weight itself"):
            self.check(folder, untie)

    def test_an_embedding_that_the_output_layer_has_overwritten_is_an_error(self, folder):
        def tie(model: Any) -> None:
            model.shared.weight.copy_(model.lm_head.weight)

        with pytest.raises(ModelError, match=r"shared\.weight differs from the tensor in model\.safetensors"):
            self.check(folder, tie)

    def test_a_parameter_that_is_still_on_the_meta_device_is_an_error(self, folder):
        def forget(model: Any) -> None:
            model.encoder.final_layer_norm.weight = torch.nn.Parameter(torch.empty(32, device="meta"))

        with pytest.raises(ModelError, match=r"weight encoder\.final_layer_norm\.weight was never filled"):
            self.check(folder, forget)

    @pytest.mark.parametrize(
        ("value", "found"),
        [
            (torch.tensor([0.0, float("nan")]), "contains NaN"),
            (torch.tensor([float("inf")]), "contains infinity"),
            (torch.empty(3, device="meta"), "was never filled"),
        ],
        ids=["NaN", "infinity", "meta"],
    )
    def test_a_buffer_that_is_in_no_file_is_checked_too(self, folder, value, found):
        # Sinusoidal positions after initialisation on the meta device are NaN or garbage.
        with pytest.raises(ModelError, match=f"buffer encoder.positions {found}"):
            self.check(folder, lambda model: model.encoder.register_buffer("positions", value, persistent=False))

    def test_whole_numbers_and_empty_tensors_pass_the_check(self, folder):
        def add(model: Any) -> None:
            model.register_buffer("numbers", torch.arange(4))
            model.register_buffer("nothing", torch.empty(0))

        self.check(folder, add)

    def test_a_fault_that_transformers_reports_is_an_error(self, folder):
        model = model_of(load(folder))
        report = {**REPORT, "error_msgs": ["size of a\ndoes not fit"]}
        with pytest.raises(ModelError, match="size of a") as error:
            _checks.check(model, report, weights_of(folder))
        assert one_line(error).startswith(f"{folder}: ")


class TestClosing:
    def test_the_model_is_gone_afterwards(self, folder):
        engine = load(folder)
        outputs_of(engine, requests_of([9, 40]), BEAMS)
        model, weight = weakref.ref(model_of(engine)), weakref.ref(model_of(engine).shared.weight)
        assert model() is not None
        engine.close()
        gc.collect()
        assert (model(), weight()) == (None, None)


class FakeC:
    """Records calls in place of the C library."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def mallopt(self, parameter: int, value: int) -> int:
        self.calls.append(("mallopt", parameter, value))
        return 1

    def malloc_trim(self, pad: int) -> int:
        self.calls.append(("trim", pad))
        return 1

    def settings(self) -> dict[int, int]:
        """Return the settings that are in force after these calls."""
        return {call[1]: call[2] for call in self.calls if call[0] == "mallopt"}


# mallopt(3): M_TRIM_THRESHOLD -1, 128 KiB by default; M_MMAP_MAX -4, 65,536 by default.
DEFAULTS = {-1: 128 * 1024, -4: 65536}


class TestAllocator:
    @pytest.fixture
    def libc(self, monkeypatch) -> FakeC:
        fake = FakeC()
        monkeypatch.setattr(_allocator, "_glibc", lambda: fake)
        return fake

    def test_memory_is_kept_inside_and_given_back_afterwards(self, libc):
        with _allocator.reused():
            assert libc.settings() == {-1: 2**31 - 1, -4: 0}
            assert ("trim", 0) not in libc.calls
        assert libc.settings() == DEFAULTS
        assert libc.calls[-1] == ("trim", 0)

    def test_memory_is_given_back_after_an_error(self, libc):
        with pytest.raises(MemoryError), _allocator.reused():
            raise MemoryError
        assert libc.settings() == DEFAULTS
        assert libc.calls[-1] == ("trim", 0)

    def test_nested_blocks_restore_the_defaults(self, libc):
        with _allocator.reused(), _allocator.reused():
            assert libc.settings() == {-1: 2**31 - 1, -4: 0}
        assert libc.settings() == DEFAULTS

    def test_decoding_on_a_cpu_uses_it_and_closing_gives_back(self, libc, folder):
        engine = load(folder)
        generate = model_of(engine).generate
        inside = []
        model_of(engine).generate = lambda **options: (inside.append(libc.settings()), generate(**options))[1]
        outputs_of(engine, requests_of([9]), GREEDY)
        assert inside == [{-1: 2**31 - 1, -4: 0}]
        assert libc.settings() == DEFAULTS
        libc.calls.clear()
        engine.close()
        assert ("trim", 0) in libc.calls

    def test_without_glibc_nothing_happens_and_decoding_works(self, monkeypatch, folder, engine):
        monkeypatch.setattr("platform.libc_ver", lambda *_, **__: ("", ""))
        monkeypatch.setattr("ctypes.CDLL", lambda *_: pytest.fail("there is no glibc to call"))
        _allocator._glibc.cache_clear()
        try:
            with _allocator.reused():
                pass
            _allocator.give_back()
            assert len(outputs_of(engine, requests_of([9]), GREEDY)) == 1
        finally:
            monkeypatch.undo()
            _allocator._glibc.cache_clear()


MEMORY = """
import json, sys
from pathlib import Path
import torch
from transformers import MT5ForConditionalGeneration
from harness import engines
from harness.engines import Decoding, Request, EngineSettings, Weights

def status(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

loader = engines.get("transformers")
weights = Weights(
    folder=Path(sys.argv[1]), files=("model.safetensors",), pickled=False,
    architecture="transformers:MT5ForConditionalGeneration",
)
found = {}
for dtype in sys.argv[2:]:
    Path("/proc/self/clear_refs").write_text("5")  # the peak is now what is resident
    peaks = found[dtype] = [status("VmRSS")]
    engine = loader.load(weights, EngineSettings(device="cpu", dtype=dtype, threads=1))
    peaks.append(status("VmHWM"))
    requests = [Request(tuple(range(3, 3 + length))) for length in (10, 64, 100, 32)]
    list(engine.decode(requests, Decoding(max_new_tokens=4, num_beams=4)))
    peaks.append(status("VmHWM"))
    engine.close()
    peaks.append(status("VmRSS"))
print(json.dumps(found))
"""


@pytest.mark.slow
@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="resets a peak in /proc")
class TestMemory:
    """Peaks of memory in a process of its own. getrusage does not serve: a child begins with its parent's peak."""

    CODE, BATCH = (
        60_000_000,
        30_000_000,
    )  # memory of the code that transformers imports on first use, and of one batch here

    @pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
    def test_a_model_is_never_in_memory_twice(self, large, peaks, dtype):
        stored = (large / "model.safetensors").stat().st_size
        assert 140e6 < stored < 180e6
        before, loading, decoding, closed = peaks[dtype]
        assert loading - before < stored * 1.3 + self.CODE
        assert decoding - before < stored * 1.3 + self.CODE + self.BATCH
        assert closed - before < self.CODE + self.BATCH


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    """A model of about 155 MB."""
    size = tiny_mt5.Size(d_model=512, d_kv=64, d_ff=2048, num_layers=4, num_heads=8)
    return tiny_mt5.build(tmp_path_factory.mktemp("large") / "checkpoint", size=size)


@pytest.fixture(scope="module")
def peaks(large: Path) -> dict[str, list[int]]:
    """Resident bytes by dtype: before loading, the peaks of loading and decoding, and after closing."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", MEMORY, str(large), "float32", "bfloat16"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, "")
    return json.loads(run.stdout)
