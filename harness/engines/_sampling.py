"""Sampling that a batch cannot change: every sequence draws from a generator of its own."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.engines import Decoding

if TYPE_CHECKING:
    import torch
    from transformers import LogitsProcessor


class Draw:
    """A logits processor that leaves one token possible: the one that was drawn.

    transformers draws for a whole batch from torch's one generator, so that a sequence depends on its neighbours. Here
    the random numbers of a sequence follow from the seed, its request's key and the sample's number alone, by
    inversion: the token is the first whose cumulative probability exceeds a uniform number in [0, 1).
    """

    def __init__(self, decoding: Decoding, keys: Sequence[str]) -> None:
        """Prepare for sequences in the order of `keys`, each with all its samples in turn."""
        from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

        # A text as a seed is hashed by Python in the same way everywhere.
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

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """Return scores [rows, vocabulary] that are 0 for the drawn token and minus infinity for all others."""
        import torch

        for warp in self._warpers:
            scores = warp(input_ids, scores)
        # Apple's GPUs have no double precision.
        exact = (scores.cpu() if scores.device.type == "mps" else scores).double()
        cumulative = torch.softmax(exact, dim=-1).cumsum(dim=-1)
        uniform = torch.tensor([[generator.random()] for generator in self._uniform], dtype=torch.double)
        # Rounding leaves the total beside 1; scaled by it, a number below 1 always falls on some token.
        drawn = torch.searchsorted(cumulative, uniform.to(exact.device) * cumulative[:, -1:], right=True)
        chosen = torch.full_like(scores, -float("inf"))
        chosen.scatter_(1, drawn.clamp_(max=scores.shape[1] - 1).to(scores.device), 0.0)
        return chosen  # type: ignore[return-value]
