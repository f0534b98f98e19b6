"""Estimate the memory that the transformers engine needs at most; imports no torch.

The estimate is the peak while a full batch of the longest inputs is decoded and every output reaches its limit:

    process         the interpreter with torch and transformers; on a GPU its context
    weights         parameters x bytes of a number
    encoder         attention scores of one layer, [sources, heads, length, length]
    states          the encoder's output, once per source and once per sequence, [length, width]
    cross-attention keys and values of every decoder layer, once per source, [length, inner width]
    self-attention  keys and values of every decoder layer, once per sequence, [output length, inner width]; times
                    `_GROWTH`, because each step writes a longer copy of each layer and freed blocks may not fit it
    scores          `_SCORES` copies of [sequences, vocabulary] in float32, which a step of a beam search keeps

A sequence is a beam or a sample. The sizes follow from the shapes of the tensors (Vaswani et al. 2017; `_beams`).
`_PROCESS`, `_GROWTH` and `_SCORES` were measured on a CPU in float32 (tests/benchmarks/memory.py); on a GPU they are
assumed. A checkpoint in another dtype than the chosen one needs both for a moment while it is loaded.
"""

from __future__ import annotations

from harness.engines import DTYPE_BYTES, Decoding, EngineSettings, Network

_PROCESS = 350_000_000
_GROWTH = 1.5
_SCORES = 9


def rows(network: Network, decoding: Decoding, tokens: int, scores: int, input_tokens: int) -> int:
    """Return how many of the longest inputs a batch has, if it has at most so many tokens and scores per step."""
    most = scores // (network.vocabulary * max(decoding.num_beams, decoding.samples))
    return max(1, min(tokens // input_tokens, most))


def peak(network: Network, settings: EngineSettings, decoding: Decoding, sources: int, input_tokens: int) -> int:
    """Return the bytes that decoding a batch of so many of the longest inputs needs at most, weights included."""
    size = DTYPE_BYTES[settings.dtype]
    sequences = sources * max(decoding.num_beams, decoding.samples)
    keys_and_values = 2 * network.decoder_layers * network.inner * size
    encoder = sources * network.heads * input_tokens**2 * size
    states = (sources + sequences) * input_tokens * network.width * size
    cross = sources * input_tokens * keys_and_values
    own = sequences * decoding.max_new_tokens * keys_and_values
    scores = _SCORES * sequences * network.vocabulary * 4
    weights = network.parameters * size
    return round(_PROCESS + weights + encoder + states + cross + _GROWTH * own + scores)
