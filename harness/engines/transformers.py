"""Decode with transformers' `generate`, in PyTorch, on a CPU or a GPU.

This module adds batching, recovery from a lack of memory, and three measures that make `generate` faster (measured in
tests/benchmarks/): all beams of a source share one copy of cross-attention (see `_beams`), finished sources leave their
batch (see `_search`), and freed memory is used again (see `_allocator`). None of them changes an output.
"""

from __future__ import annotations

import gc
import importlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

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
    _forced,
    _library_errors,
    _loading,
    _memory,
    _sampling,
    _search,
)

if TYPE_CHECKING:
    from transformers import GenerationConfig, PreTrainedModel

_LOG = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

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
        self._tokens = settings.batch_tokens or _BATCH_TOKENS[kind]
        encoder = model.get_encoder() if model.config.is_encoder_decoder else model
        tokens = int(_FIRST_WORK[kind] / max(1, encoder.num_parameters(exclude_embeddings=True)))
        self._first = _batches.BatchLimits(tokens, _FIRST_ROWS[kind])
        self._scores = _BATCH_SCORES[kind]
        # `Decoding` contains the checkpoint's settings already. transformers would add them again.
        self._special = _special_tokens(model)
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
        self._check_ids(requests)
        pending = list(range(len(requests)))
        rows = max(1, self._scores // (self._written * max(decoding.num_beams, decoding.samples)))
        pace = _batches.Pace(self._first)
        while pending:
            for batch in _batches.fill(
                requests, pending, lambda: pace.limits(_batches.BatchLimits(self._tokens, rows))
            ):
                started = perf_counter()
                outputs = self._attempt(requests, batch, decoding)
                if outputs is None:
                    break  # fill smaller batches with what is left
                done = {output.request for output in outputs}
                longest = max(len(requests[index].ids) for index in done)
                pace.measured(tokens=len(done) * longest, rows=len(done), seconds=perf_counter() - started)
                pending = [index for index in pending if index not in done]
                yield outputs
                if len(done) < len(batch):
                    break  # what was put back belongs to the next batches

    def score(self, requests: Sequence[Request], targets: Sequence[Sequence[int]]) -> Iterator[list[LogProbability]]:
        """Yield the log-probability of a target for each request (see `harness.engines.GivesProbabilities`)."""
        if not self._model.config.is_encoder_decoder:
            raise ModelError("only encoder-decoder models can be asked for the probability of a target")
        ends = _ends(self._special["eos_token_id"])
        forced = [(*target, *sorted(ends)[:1]) for target in targets]
        self._check_ids(requests, forced)
        # Encoder and decoder read both sides, so the size of a batch is that of both.
        sizes = [replace(each, ids=(*each.ids, *target)) for each, target in zip(requests, forced, strict=True)]
        pending = list(range(len(requests)))
        rows = max(1, self._scores // (self._written * max(map(len, forced), default=1)))
        pace = _batches.Pace(self._first)
        while pending:
            for batch in _batches.fill(sizes, pending, lambda: pace.limits(_batches.BatchLimits(self._tokens, rows))):
                started = perf_counter()
                parts = [requests[index] for index in batch], [forced[index] for index in batch]
                totals = self._unless_out_of_memory(self._totals, *parts)
                if totals is None:
                    self._halve([sizes[index] for index in batch], "tokens of source and target; try")
                    break  # fill smaller batches with what is left
                seconds = perf_counter() - started
                longest = max(len(sizes[index].ids) for index in batch)
                pace.measured(tokens=len(batch) * longest, rows=len(batch), seconds=seconds)
                done = set(batch)
                pending = [index for index in pending if index not in done]
                yield [
                    LogProbability(index, total, len(forced[index]), seconds / len(batch))
                    for index, total in zip(batch, totals, strict=True)
                ]

    def close(self) -> None:
        """Free the model's memory."""
        del self._model
        self._free()

    def _check_ids(self, requests: Sequence[Request], targets: Sequence[Sequence[int]] = ()) -> None:
        for number, request in enumerate(requests):
            if not request.ids:
                raise ModelError(f"request {number} has no token to decode from")
            written = request.start if request.first is None else (*request.start, request.first)
            if targets:
                written = (*written, *targets[number])
            for ids, size in ((request.ids, self.vocabulary), (written, self._written)):
                wrong = next((token for token in ids if not 0 <= token < size), None)
                if wrong is not None:
                    raise ModelError(
                        f"request {number} has token {wrong}, and the model has {size}: the tokenizer is not this "
                        "model's"
                    )

    def _attempt(self, requests: Sequence[Request], batch: Sequence[int], decoding: Decoding) -> list[Output] | None:
        """Return the outputs of a batch; None if it did not fit in memory and the budget was halved.

        Requests that were put back have no outputs.
        """
        started = perf_counter()
        sequences = self._unless_out_of_memory(self._generate, [requests[index] for index in batch], decoding)
        if sequences is None:
            self._halve(
                [requests[index] for index in batch],
                f"tokens, {decoding.num_beams} beams and {decoding.max_new_tokens} new tokens; try fewer beams,",
            )
            return None
        seconds = (perf_counter() - started) / len(sequences)
        ends = _ends(self._special["eos_token_id"])
        return [
            _output(batch[place], sample, ids, ends, seconds)
            for place, samples in sequences.items()
            for sample, ids in enumerate(samples)
        ]

    @staticmethod
    def _unless_out_of_memory(compute: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Return the result, or None if there was not enough memory for it.

        The caller frees memory after that, because a caught exception keeps the tensors of its stack frames alive.
        """
        try:
            return compute(*args, **kwargs)
        except (MemoryError, RuntimeError) as error:
            if not _library_errors.is_out_of_memory(error):
                raise
        return None

    def _halve(self, batch: Sequence[Request], advice: str) -> None:
        """Halve the tokens of a batch; raise ModelError, with this advice, if the batch is a single source."""
        self._free()
        longest = max(len(request.ids) for request in batch)
        where = f"out of memory on {self._settings.device}"
        if len(batch) == 1:
            raise ModelError(f"{where} with a single source of {longest} {advice} a smaller dtype or another device")
        self._tokens = max(1, len(batch) * longest // 2)
        _LOG.warning(
            "%s with %d sources of up to %d tokens; from here on a batch has at most %d tokens (batch_tokens)",
            where, len(batch), longest, self._tokens,
        )  # fmt: skip

    def _free(self) -> None:
        import torch

        gc.collect()
        if self._settings.device.startswith("cuda"):
            torch.cuda.empty_cache()
        _allocator.give_back()

    def _generate(self, batch: Sequence[Request], decoding: Decoding) -> dict[int, list[list[int]]]:
        """Return the new tokens of each sequence, end and padding included: a list of samples by place in the batch.

        Places whose requests were put back are missing.
        """
        from transformers import LogitsProcessorList

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
                generation_config=self._configuration(decoding, batch[0]),
                custom_generate=search,
            )
            rows = [row[skipped:] for row in sequences.tolist()]
            return {
                place: rows[place * decoding.samples : (place + 1) * decoding.samples]
                for place in range(len(batch))
                if place not in search.put_back
            }

    def _totals(self, batch: Sequence[Request], targets: Sequence[Sequence[int]]) -> list[float]:
        """Return the log-probability of each target, which has its end."""
        padding = self._special["pad_token_id"]
        with self._running():
            inputs = _padded(batch, padding, self._settings)
            start = self._start(batch[0])
            return _forced.totals(self._model, batch, targets, inputs, start=start, padding=padding)

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

    def _configuration(self, decoding: Decoding, request: Request) -> GenerationConfig:
        settings: dict[str, Any] = {
            **decoding.others,
            **self._special,
            "max_new_tokens": decoding.max_new_tokens,
            "num_beams": decoding.num_beams,
            "num_return_sequences": decoding.samples,
            "do_sample": decoding.do_sample,
            "repetition_penalty": decoding.repetition_penalty,
            "no_repeat_ngram_size": decoding.no_repeat_ngram_size,
        }
        if request.start:
            # Without it, transformers would put the checkpoint's own start before ours.
            settings["decoder_start_token_id"] = request.start[0]
        if request.first is not None:
            settings["forced_bos_token_id"] = request.first
        if decoding.min_new_tokens:
            settings["min_new_tokens"] = decoding.min_new_tokens
        if decoding.num_beams > 1:
            settings |= {"length_penalty": decoding.length_penalty, "early_stopping": decoding.early_stopping}
        if decoding.do_sample:
            # `Draw` has applied these already, and leaves transformers' own draw one token to choose.
            settings |= {"temperature": 1.0, "top_k": 0, "top_p": 1.0}
        configuration: GenerationConfig = type(self._model.generation_config)(**settings)
        return configuration


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


def _special_tokens(model: PreTrainedModel) -> dict[str, Any]:
    """Return the checkpoint's ids of the padding, start and end tokens."""
    sources = (model.generation_config, model.config)
    names = ("pad_token_id", "eos_token_id", "bos_token_id", "decoder_start_token_id")
    ids = {
        name: next((value for s in sources if (value := getattr(s, name, None)) is not None), None) for name in names
    }
    if ids["pad_token_id"] is None:
        ids["pad_token_id"] = min(_ends(ids["eos_token_id"]), default=0)
    return ids


def _ends(eos: int | list[int] | None) -> frozenset[int]:
    if eos is None:
        return frozenset()
    return frozenset([eos] if isinstance(eos, int) else eos)


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
