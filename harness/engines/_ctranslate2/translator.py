"""Decode and score with converted weights (see `harness.engines.Engine`)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from harness.core.errors import ModelError
from harness.engines import (
    Decoding,
    EngineSettings,
    LogProbability,
    Output,
    Request,
    _allocator,
    _batches,
    _ids,
    _library_errors,
)
from harness.engines._budget import Budget
from harness.engines._ctranslate2 import search, stopping

# As in the engine `transformers`; a batch cannot be divided once it is begun, so the first one has fewer requests.
BATCH_TOKENS = {"cpu": 8192, "cuda": 32768}
BATCH_SCORES = {"cpu": 2**25, "cuda": 2**28}
_FIRST_WORK = {"cpu": 2e11, "cuda": 2e13}
_FIRST_ROWS = {"cpu": 16, "cuda": 128}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """What an engine must know of a network, and CTranslate2 does not tell."""

    read: int  # rows of the input embedding
    written: int  # rows of the output layer
    ends: tuple[int, ...]  # tokens that end an output
    start: int  # the token that the decoder starts with, if a request names none
    encoder: int  # parameters of the encoder, without embeddings

    def to_json(self) -> dict[str, Any]:
        """Return the sizes as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Sizes:
        """Return sizes that `to_json` wrote."""
        return cls(**{**stored, "ends": tuple(stored["ends"])})


class CTranslate2:
    """A converted model, ready to decode."""

    def __init__(self, folder: Path, sizes: Sizes, settings: EngineSettings) -> None:
        """Read the weights.

        Raises:
            ModelError: they do not fit the device, or it does not compute in this type.
        """
        import ctranslate2

        kind, _, number = settings.device.partition(":")
        try:
            self._translator: Any = ctranslate2.Translator(
                str(folder),
                device=kind,
                device_index=int(number or 0),
                compute_type=settings.dtype,
                intra_threads=settings.threads or _processors(),
            )
        except (MemoryError, RuntimeError, ValueError) as error:
            raise ModelError(
                f"ctranslate2 could not load the conversion ({_library_errors.line(error)})", where=folder
            ) from None
        self._sizes, self._settings = sizes, settings
        first = _batches.BatchLimits(int(_FIRST_WORK[kind] / max(1, sizes.encoder)), _FIRST_ROWS[kind])
        self._budget = Budget(settings.batch_tokens or BATCH_TOKENS[kind], first, settings.device)
        self._scores = BATCH_SCORES[kind]

    @property
    def vocabulary(self) -> int:
        """Rows of the input embedding."""
        return self._sizes.read

    def decode(self, requests: Sequence[Request], decoding: Decoding) -> Iterator[list[Output]]:
        """Yield the outputs of one batch after another (see `harness.engines.Engine`)."""
        if faults := [*search.refusals(decoding), *self._refusals(requests, decoding)]:
            raise ModelError(f"engine ctranslate2 does not decode with {'; '.join(faults)}")
        _ids.check(requests, read=self._sizes.read, written=self._sizes.written)
        limit = search.Limit(decoding)
        batches = self._budget.batches(
            requests,
            max(1, self._scores // (self._sizes.written * decoding.num_beams)),
            lambda batch: self._translated([requests[index] for index in batch], batch, limit),
            f"tokens, {decoding.num_beams} beams and {decoding.max_new_tokens} new tokens; try fewer beams,",
        )
        for outputs, seconds in batches:
            yield [self._output(index, ids, seconds) for index, ids in outputs.items()]

    def score(self, requests: Sequence[Request], targets: Sequence[Sequence[int]]) -> Iterator[list[LogProbability]]:
        """Yield the log-probability of a target for each request (see `harness.engines.GivesProbabilities`)."""
        _ids.check(requests, targets, read=self._sizes.read, written=self._sizes.written)
        # Encoder and decoder read both sides, so the size of a batch is that of both.
        sizes = [replace(each, ids=(*each.ids, *target)) for each, target in zip(requests, targets, strict=True)]
        longest = 1 + max(map(len, targets), default=0)
        batches = self._budget.batches(
            sizes,
            max(1, self._scores // (self._sizes.written * longest)),
            lambda batch: self._totals(requests, targets, batch),
            "tokens of source and target; try",
        )
        for totals, seconds in batches:
            yield [LogProbability(index, total, len(targets[index]) + 1, seconds) for index, total in totals.items()]

    def close(self) -> None:
        """Free the model's memory."""
        self._translator.unload_model()
        del self._translator
        _allocator.give_back()

    def _refusals(self, requests: Sequence[Request], decoding: Decoding) -> Iterator[str]:
        """Yield what of this network, or of these requests, cannot be decoded as in transformers."""
        if decoding.num_beams > 1 and len(self._sizes.ends) > 1:
            yield f"{decoding.num_beams} beams and several tokens that end an output: set num_beams: 1"
        forced = decoding.others.get("forced_eos_token_id")
        if forced is not None and forced not in self._sizes.ends:
            yield f"forced_eos_token_id {forced}, which ends no output: remove the key in a copy of the checkpoint"
        if any(len(request.start) > 1 for request in requests):
            yield "a decoder that starts with several tokens"

    def _translated(
        self, batch: Sequence[Request], indices: Sequence[int], limit: search.Limit
    ) -> dict[int, tuple[int, ...]]:
        """Return the ids of each output, with the end unless it was cut, by index."""
        ends = self._sizes.ends
        if not search.ends_alike(limit.decoding):
            best = stopping.outputs(
                batch, limit, ends,
                lambda places, length: self._search(
                    [batch[place] for place in places], limit.decoding, length, everything=True
                ),
                lambda place, ids: self._log_probabilities(batch[place], limit.decoding, ids),
            )  # fmt: skip
            return {index: each.ids for index, each in zip(indices, best, strict=True)}
        found = self._search(batch, limit.decoding, limit.tokens)
        undecided = [place for place, each in enumerate(found) if limit.undecided(each, ends)]
        longer: dict[int, list[search.Hypothesis]] = {}
        if undecided:
            again = self._search([batch[place] for place in undecided], limit.decoding, limit.decoding.max_new_tokens)
            longer = dict(zip(undecided, again, strict=True))
        best = [limit.best(each, longer.get(place, ()), ends) for place, each in enumerate(found)]
        return {index: each.ids for index, each in zip(indices, best, strict=True)}

    def _log_probabilities(self, request: Request, decoding: Decoding, ids: Sequence[int]) -> list[float]:
        """Return the log-probability of each token of an output; that of a given first token is 0, as in a search.

        Tokens that a decoding excludes are not, so that a probability can be greater in the search.
        """
        (result,) = self._run(
            "score_batch",
            [[str(token) for token in request.ids]],
            [[str(token) for token in (self._start(request), *ids)]],
            max_input_length=0,
        )
        found = list(result.log_probs)
        return found if search.first(decoding, request.first) is None else [0.0, *found[1:]]

    def _search(
        self, batch: Sequence[Request], decoding: Decoding, limit: int, *, everything: bool = False
    ) -> list[list[search.Hypothesis]]:
        begin = [search.first(decoding, request.first) for request in batch]
        results = self._run(
            "translate_batch",
            [[str(token) for token in request.ids] for request in batch],
            [search.prefix(self._start(request), first) for request, first in zip(batch, begin, strict=True)],
            **search.settings(decoding, self._sizes.ends, limit, everything=everything),
        )
        return [search.hypotheses(result) for result in results]

    def _totals(
        self, requests: Sequence[Request], targets: Sequence[Sequence[int]], indices: Sequence[int]
    ) -> dict[int, float]:
        """Return the log-probability of each target with its end, by index."""
        batch = [requests[index] for index in indices]
        results = self._run(
            "score_batch",
            [[str(token) for token in request.ids] for request in batch],
            [
                [*search.prefix(self._start(request), request.first), *map(str, targets[index])]
                for index, request in zip(indices, batch, strict=True)
            ],
            max_input_length=0,
        )
        # The first token has no probability, and that of a token that every output begins with does not count.
        given = [request.first is not None for request in batch]
        return {
            index: sum(result.log_probs[skipped:])
            for index, result, skipped in zip(indices, results, given, strict=True)
        }

    def _start(self, request: Request) -> int:
        return request.start[0] if request.start else self._sizes.start

    def _run(self, method: str, *arguments: Any, **named: Any) -> Any:
        """Return what a method of CTranslate2 gives.

        Raises:
            ModelError: a request has more tokens than the model has positions.
        """
        try:
            return getattr(self._translator, method)(*arguments, **named)
        except RuntimeError as error:
            if "position" not in str(error):
                raise
            raise ModelError(
                f"a source or an output is too long for the model ({_library_errors.line(error)})"
            ) from None

    def _output(self, request: int, ids: tuple[int, ...], seconds: float) -> Output:
        if ids and ids[-1] in self._sizes.ends:
            return Output(request, 0, ids[:-1], "end", seconds)
        return Output(request, 0, ids, "length", seconds)


def _processors() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows have no such function
        return os.cpu_count() or 1
