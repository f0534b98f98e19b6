"""COMET's RegressionMetric (COMET-22, wmt22-comet-da; Rei et al., 2022): each text is encoded alone.

The score is a feed-forward network over mt, ref, mt*ref, |mt-ref|, mt*src and |mt-src|, where each is the mean of a
text's tokens in the mix of layers. A text has one vector, whatever segment or system it belongs to, so each distinct
text is encoded once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from harness.metrics._neural.encoding import Encoded, Encoder
from harness.metrics._neural.layers import Head, LayerMix, pool
from harness.metrics._neural.loading import CometNetwork

if TYPE_CHECKING:
    from torch import Tensor


# Vectors that are kept, of up to 4 kB each; those of texts that are read together are kept in any case.
_MOST_VECTORS = 20_000


class Regression:
    """The network of RegressionMetric; it keeps the vectors of texts that it read last."""

    def __init__(self, network: CometNetwork) -> None:
        parameters, tensors = network.parameters, network.tensors
        self._tokenizer = network.tokenizer
        self._encoder = Encoder(network.encoder, network.tokenizer.padding, network.batch_tokens)
        self._head = Head.of(tensors, len(parameters.hidden), parameters.activation, parameters.final_activation)
        self._pool = parameters.pool
        self._mix = mix_of(network, parameters.layer)
        self._vectors: dict[str, Tensor] = {}
        self._cut: set[str] = set()

    def score(
        self, sources: Sequence[str], hypotheses: Sequence[str], references: Sequence[str],
        done: Callable[[int], None] = lambda count: None,
    ) -> list[float]:  # fmt: skip
        """Return the score of each segment."""
        import torch

        self.read([*hypotheses, *sources, *references], done)
        src, mt, ref = (
            torch.stack([self._vectors[text] for text in texts]) for texts in (sources, hypotheses, references)
        )
        features = torch.cat([mt, ref, mt * ref, (mt - ref).abs(), mt * src, (mt - src).abs()], dim=1)
        with torch.inference_mode():
            return [float(score) for score in self._head(features).tolist()]

    def read(self, texts: Sequence[str], done: Callable[[int], None] = lambda count: None) -> None:
        """Encode the texts that are new."""
        wanted = dict.fromkeys(texts)
        if len(self._vectors) > _MOST_VECTORS:
            self._vectors = {text: vector for text, vector in self._vectors.items() if text in wanted}
            self._cut &= wanted.keys()
        new = [text for text in wanted if text not in self._vectors]
        tokens = self._tokenizer.encode(new)
        self._cut.update(text for text, each in zip(new, tokens, strict=True) if each.is_cut)
        vectors = self._encoder.each([each.ids for each in tokens], self._reduce, done)
        self._vectors.update(zip(new, vectors, strict=True))

    def is_cut(self, *texts: str) -> bool:
        """Return whether any of these texts, which were read, was longer than the limit."""
        return not self._cut.isdisjoint(texts)

    def vector(self, text: str) -> Tensor:
        """Return the vector of a text that was read."""
        return self._vectors[text]

    def _reduce(self, encoded: Encoded, indices: list[int]) -> list[Tensor]:
        states = self._mix(encoded)
        return list(pool(states, encoded.ids, encoded.mask, self._tokenizer.padding, self._pool))


def mix_of(network: CometNetwork, layer: str | int) -> Callable[[Encoded], Tensor]:
    """Return the function that gives the states [batch, tokens, width] that a layer setting names."""
    import torch

    if layer != "mix":
        return lambda encoded: encoded.layers[int(layer)]
    tensors = network.tensors
    scalars = torch.cat([
        tensors[f"layerwise_attention.scalar_parameters.{index}"] for index in range(_layers(network) + 1)
    ])
    mix = LayerMix.of(
        scalars,
        tensors["layerwise_attention.gamma"],
        transformation=network.parameters.transformation,
        normalises=network.parameters.normalises,
    )
    return lambda encoded: mix(encoded.layers, encoded.mask)


def _layers(network: CometNetwork) -> int:
    return int(network.encoder.config.num_hidden_layers)
