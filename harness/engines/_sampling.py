"""Sample tokens independently of the batch: every sequence has its own random generator."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.engines import Decoding

if TYPE_CHECKING:
    import torch
    from transformers import LogitsProcessor


class Draw:
    """A logits processor that draws a token and makes all others impossible.

    transformers draws for a whole batch from torch's one generator, so a sequence depends on the others in its batch.
    Here the random numbers of a sequence depend only on the seed, the key of its request and the number of the sample.
    The drawn token is the first whose cumulative probability exceeds a uniform random number in [0, 1).
    """

    def __init__(self, decoding: Decoding, keys: Sequence[str]) -> None:
        """Create the generators of all sequences: for each key in turn, one per sample."""
        from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

        # Python hashes a text seed in the same way on every machine.
        self._uniform = [
            random.Random(f"{decoding.seed}|{sample}|{key}") for key in keys for sample in range(decoding.samples)
        ]
        self._warpers: list[LogitsProcessor] = []
        if decoding.temperature != 1.0:
            self._warpers.append(TemperatureLogitsWarper(decoding.temperature))
        if decoding.top_k:
            self._warpers.append(TopKLogitsWarper(decoding.top_k))
        if decoding.top_p < 1.0:
            self._warpers.append(TopPLogitsWarper(decoding.top_p))

    def keep(self, rows: Sequence[int]) -> None:
        """Keep the generators of these sequences, in this order, and drop all others."""
        self._uniform = [self._uniform[row] for row in rows]

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """Return scores [rows, vocabulary] that are 0 for the drawn token and minus infinity for all others."""
        import torch

        for warp in self._warpers:
            scores = warp(input_ids, scores)
        # Apple's GPUs have no double precision.
        exact = (scores.cpu() if scores.device.type == "mps" else scores).double()
        cumulative = torch.softmax(exact, dim=-1).cumsum(dim=-1)
        uniform = torch.tensor([[generator.random()] for generator in self._uniform], dtype=torch.double)
        # Probabilities may not sum to exactly 1. Scale the draw by their sum so that it always selects a token.
        drawn = torch.searchsorted(cumulative, uniform.to(exact.device) * cumulative[:, -1:], right=True)
        chosen = torch.full_like(scores, -float("inf"))
        chosen.scatter_(1, drawn.clamp_(max=scores.shape[1] - 1).to(scores.device), 0.0)
        return chosen  # type: ignore[return-value]
