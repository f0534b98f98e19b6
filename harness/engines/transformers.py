"""Decode with transformers' `generate`, in PyTorch, on a CPU or a GPU.

The harness adds batches that recover from a lack of memory (see `_budget`), and three measures that make `generate`
faster (measured in tests/benchmarks/): all beams of a source share one copy of cross-attention (see `_beams`), finished
sources leave their batch (see `_search`), and freed memory is used again (see `_allocator`). None of them changes an
output.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from time import perf_counter
from typing import Any

from harness.core.errors import ModelError
from harness.engines import (
    Decoding,
    EngineSettings,
    LogProbability,
    Network,
    Output,
    Request,
    Weights,
    _allocator,
    _batches,
    _beams,
    _configuration,
    _forced,
    _ids,
    _library_errors,
    _loading,
    _memory,
    _sampling,
    _search,
)
from harness.engines._budget import Budget

# Input tokens in one batch, padding included, if the user sets no number.
_BATCH_TOKENS = {"cpu": 8192, "mps": 8192, "cuda": 32768}
# The same for the first batch, before any time is measured, as multiplications by the encoder's weights: a few seconds
# of work. The encoder cannot be stopped; `_batches.Watch` sees to the time of the decoder.
_FIRST_WORK = {"cpu": 2e11, "mps": 2e12, "cuda": 2e13}
_FIRST_ROWS = {"cpu": 64, "mps": 128, "cuda": 512}
# An output seldom has more tokens than this many for each token of its source, and a few more.
_STEPS_PER_TOKEN, _STEPS = 1.5, 10
# Scores in one decoding step (sources x beams x vocabulary). A beam search keeps several copies of them in float32. If
# sources are short, a batch has many of them, and the scores fill the memory.
_BATCH_SCORES = {"cpu": 2**25, "mps": 2**25, "cuda": 2**28}


class Transformers:
    """A model of transformers, ready to decode."""

    def __init__(self, model: Any, settings: EngineSettings) -> None:
        """Take a checked model on its device."""
        self._model = model
        self._class: Any = type(model)
        self._settings = settings
        kind = settings.device.partition(":")[0]
        encoder = model.get_encoder() if model.config.is_encoder_decoder else model
        tokens = int(_FIRST_WORK[kind] / max(1, encoder.num_parameters(exclude_embeddings=True)))
        first = _batches.BatchLimits(tokens, _FIRST_ROWS[kind])
        self._budget = Budget(settings.batch_tokens or _BATCH_TOKENS[kind], first, settings.device)
        self._scores = _BATCH_SCORES[kind]
        # `Decoding` contains the checkpoint's settings already. transformers would add them again.
        self._special = _configuration.special_tokens(model)
        model.generation_config = type(model.generation_config)(**self._special)

    @property
    def vocabulary(self) -> int:
        """Rows of the input embedding."""
        return int(self._model.get_input_embeddings().weight.shape[0])

    @property
    def _written(self) -> int:
        """Rows of the output layer. A translation model can have different tokens for input and output."""
        return int(self._model.get_output_embeddings().weight.shape[0])

    def decode(self, requests: Sequence[Request], decoding: Decoding) -> Iterator[list[Output]]:
        """Yield the outputs of one batch after another (see `harness.engines.Engine`)."""
        _ids.check(requests, read=self.vocabulary, written=self._written)
        rows = self._scores // (self._written * max(decoding.num_beams, decoding.samples))
        ends = _configuration.ends(self._special["eos_token_id"]) | frozenset(decoding.ends)
        batches = self._budget.batches(
            requests,
            max(1, rows),
            lambda batch: self._generate(requests, batch, decoding),
            f"tokens, {decoding.num_beams} beams and {decoding.max_new_tokens} new tokens; try fewer beams,",
        )
        for sequences, seconds in batches:
            yield [
                _output(index, sample, ids, ends, seconds)
                for index, samples in sequences.items()
                for sample, ids in enumerate(samples)
            ]

    def score(self, requests: Sequence[Request], targets: Sequence[Sequence[int]]) -> Iterator[list[LogProbability]]:
        """Yield the log-probability of a target for each request (see `harness.engines.GivesProbabilities`)."""
        if not self._model.config.is_encoder_decoder:
            raise ModelError("only encoder-decoder models can be asked for the probability of a target")
        end = sorted(_configuration.ends(self._special["eos_token_id"]))[:1]
        forced = [(*target, *end) for target in targets]
        _ids.check(requests, forced, read=self.vocabulary, written=self._written)
        # Encoder and decoder read both sides, so the size of a batch is that of both.
        sizes = [replace(each, ids=(*each.ids, *target)) for each, target in zip(requests, forced, strict=True)]
        rows = self._scores // (self._written * max(map(len, forced), default=1))
        batches = self._budget.batches(
            sizes,
            max(1, rows),
            lambda batch: self._totals(requests, forced, batch),
            "tokens of source and target; try",
        )
        for totals, seconds in batches:
            yield [LogProbability(index, total, len(forced[index]), seconds) for index, total in totals.items()]

    def close(self) -> None:
        """Free the model's memory."""
        del self._model
        _allocator.free(self._settings.device)

    def _generate(
        self, requests: Sequence[Request], indices: Sequence[int], decoding: Decoding
    ) -> dict[int, list[list[int]]]:
        """Return the new tokens of each sequence, end and padding included: a list of samples by index.

        Requests that were put back are missing.
        """
        from transformers import LogitsProcessorList

        batch = [requests[index] for index in indices]
        inputs = _padded(batch, self._special["pad_token_id"], self._settings)
        skipped = inputs["input_ids"].shape[1]
        processors = LogitsProcessorList()
        if decoding.do_sample:
            processors.append(_sampling.Draw(decoding, [request.key for request in batch]))
        expected = min(decoding.max_new_tokens, int(_STEPS_PER_TOKEN * skipped) + _STEPS)
        search = _search.Search(_batches.Watch(expected, perf_counter))
        with self._running():
            if self._model.config.is_encoder_decoder:
                skipped = len(batch[0].start) or 1
                inputs |= self._encoded(batch, inputs)
            self._model.__class__ = self._searching(decoding)
            sequences = self._model.generate(
                **inputs,
                logits_processor=processors,
                generation_config=_configuration.of(decoding, batch[0], self._special),
                custom_generate=search,
            )
            rows = [row[skipped:] for row in sequences.tolist()]
            return {
                index: rows[place * decoding.samples : (place + 1) * decoding.samples]
                for place, index in enumerate(indices)
                if place not in search.put_back
            }

    def _totals(
        self, requests: Sequence[Request], targets: Sequence[Sequence[int]], indices: Sequence[int]
    ) -> dict[int, float]:
        """Return the log-probability of each target, which has its end, by index."""
        padding = self._special["pad_token_id"]
        batch = [requests[index] for index in indices]
        written = [targets[index] for index in indices]
        with self._running():
            inputs = _padded(batch, padding, self._settings)
            start = self._start(batch[0])
            totals = _forced.totals(self._model, batch, written, inputs, start=start, padding=padding)
        return dict(zip(indices, totals, strict=True))

    def _start(self, request: Request) -> tuple[int, ...]:
        """Return the tokens that the decoder starts with."""
        return request.start or (self._special["decoder_start_token_id"],)

    @contextmanager
    def _running(self) -> Iterator[None]:
        """Run the model without gradients and with the threads of the settings."""
        import torch

        threads = torch.get_num_threads()
        try:
            if self._settings.threads is not None:
                torch.set_num_threads(self._settings.threads)
            with torch.inference_mode(), _allocator.reused() if self._settings.device == "cpu" else nullcontext():
                yield
        finally:
            torch.set_num_threads(threads)

    def _searching(self, decoding: Decoding) -> Any:
        """Return the model's class with the rules of the beam search that the decoding asks for."""
        if decoding.beam_stop == "transformers" or decoding.num_beams == 1:
            return self._class
        # By name, as the classes of models: the module is made of torch.
        return importlib.import_module("harness.engines._beam_stop").exhaustive(self._class)

    def _encoded(self, batch: Sequence[Request], inputs: dict[str, Any]) -> dict[str, Any]:
        """Return the encoder's output and the cache for `generate`, computed once per source."""
        import torch

        starts = torch.tensor([self._start(batch[0])] * len(batch), device=self._settings.device)
        encoded = self._model.get_encoder()(**inputs, return_dict=True)
        cache = _beams.shared_cache(self._model, encoded.last_hidden_state, inputs["attention_mask"], starts)
        return {"encoder_outputs": encoded, _beams.cache_argument(): cache, "decoder_input_ids": starts}


def load(weights: Weights, settings: EngineSettings) -> Transformers:
    """Load and check the weights, and put them on the device (see `harness.engines.Loader`)."""
    model = _loading.load(weights, settings.dtype)
    try:
        return Transformers(model.to(settings.device).eval(), settings)
    except (MemoryError, RuntimeError) as error:
        if not _library_errors.is_out_of_memory(error):
            raise
        reason = _library_errors.line(error)
        raise ModelError(f"the weights do not fit {settings.device} ({reason})", where=weights.folder) from None


def memory(network: Network, settings: EngineSettings, decoding: Decoding, input_tokens: int) -> int:
    """Return how much memory a full batch needs at most (see `harness.engines.Estimates`)."""
    kind = settings.device.partition(":")[0]
    tokens = settings.batch_tokens or _BATCH_TOKENS[kind]
    sources = _memory.rows(network, decoding, tokens, _BATCH_SCORES[kind], input_tokens)
    return _memory.peak(network, settings, decoding, sources, input_tokens)


def _padded(batch: Sequence[Request], pad: int, settings: EngineSettings) -> dict[str, Any]:
    """Return input ids and their mask, [requests, longest]."""
    import torch

    longest = max(len(request.ids) for request in batch)
    ids = torch.full((len(batch), longest), pad)
    mask = torch.zeros_like(ids)
    for row, request in enumerate(batch):
        length = len(request.ids)
        place = slice(0, length) if settings.padding == "right" else slice(longest - length, longest)
        ids[row, place] = torch.tensor(request.ids)
        mask[row, place] = 1
    return {"input_ids": ids.to(settings.device), "attention_mask": mask.to(settings.device)}


def _output(request: int, sample: int, ids: Sequence[int], ends: frozenset[int], seconds: float) -> Output:
    for place, token in enumerate(ids):
        if token in ends:
            return Output(request, sample, tuple(ids[:place]), "end", seconds)
    return Output(request, sample, tuple(ids), "length", seconds)
