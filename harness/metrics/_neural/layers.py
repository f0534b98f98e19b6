"""The mix of an encoder's layers and the head of COMET's networks, as functions of tensors.

The formulas are those of COMET (Rei et al., 2020 and 2022; github.com/Unbabel/COMET, Apache-2.0). Sparsemax is from
Martins and Astudillo (2016), From Softmax to Sparsemax, https://arxiv.org/abs/1602.02068.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor

Pooling = Literal["avg", "max", "cls", "default"]


def sparsemax(scores: Tensor) -> Tensor:
    """Return the projection of scores [n] onto the simplex: weights that sum to 1, most of them 0."""
    import torch

    ordered = scores.sort(descending=True).values
    sums = ordered.cumsum(0)
    sizes = torch.arange(1, len(scores) + 1, dtype=scores.dtype, device=scores.device)
    size = int((1 + sizes * ordered > sums).sum())
    threshold = (sums[size - 1] - 1) / size
    return torch.clamp(scores - threshold, min=0)


@dataclass(frozen=True, slots=True)
class LayerMix:
    """The weighted sum of an encoder's layers."""

    weights: Tensor  # [L + 1]
    gamma: Tensor  # scalar
    normalises: bool  # centre and scale each layer first

    @classmethod
    def of(cls, scalars: Tensor, gamma: Tensor, *, transformation: str, normalises: bool) -> LayerMix:
        """Return the mix with the weights that `transformation` makes of the scalars [L + 1].

        Only "sparsemax" is sparsemax. Everything else is softmax, "sparsemax_patch" too: COMET's CometKiwi and XCOMET
        were trained with softmax by mistake, and their hparams.yaml says so in this way.
        """
        weights = sparsemax(scalars) if transformation == "sparsemax" else scalars.softmax(dim=0)
        return cls(weights, gamma, normalises)

    def __call__(self, layers: Sequence[Tensor], mask: Tensor) -> Tensor:
        """Return the mix [batch, tokens, width] of layers of this shape; `mask` is 1 where a sequence has a token."""
        total = None
        for weight, layer in zip(self.weights, layers, strict=True):
            if not self.normalises and float(weight) == 0.0:
                continue
            part = weight * (_normalised(layer, mask) if self.normalises else layer)
            total = part if total is None else total + part
        assert total is not None  # the weights sum to 1
        mixed: Tensor = self.gamma * total
        return mixed


def _normalised(layer: Tensor, mask: Tensor) -> Tensor:
    """Return a layer with mean 0 and variance 1 over all tokens and dimensions of each sequence."""
    kept = mask.unsqueeze(-1).to(layer.dtype)
    count = kept.sum(dim=(1, 2), keepdim=True) * layer.shape[-1]
    mean = (layer * kept).sum(dim=(1, 2), keepdim=True) / count
    variance = (((layer - mean) * kept) ** 2).sum(dim=(1, 2), keepdim=True) / count
    return (layer - mean) / (variance + 1e-12).sqrt()


def pool(states: Tensor, ids: Tensor, mask: Tensor, padding: int, how: str) -> Tensor:
    """Return one vector per sequence, [batch, width].

    A `<pad>` that was written in a text adds nothing to the sum of "avg" but counts in its number of tokens: so does
    the official code.
    """
    import torch

    if how in ("cls", "default"):
        return states[:, 0]
    is_padding = (ids == padding).unsqueeze(-1)
    if how == "max":
        return states.masked_fill(is_padding, -torch.inf).amax(dim=1)
    return states.masked_fill(is_padding, 0.0).sum(dim=1) / mask.sum(dim=1, keepdim=True).to(states.dtype)


@dataclass(frozen=True, slots=True)
class Head:
    """A feed-forward network that gives one number: linear layers with an activation between them."""

    weights: tuple[Tensor, ...]  # [out, in]
    biases: tuple[Tensor, ...]
    activation: str  # name of a class in torch.nn
    final: str | None

    @classmethod
    def of(cls, state: Mapping[str, Tensor], hidden: int, activation: str, final: str | None) -> Head:
        """Return the head whose tensors are `estimator.ff.N.*`, with `hidden` hidden layers.

        A linear layer is followed by its activation and dropout, so its numbers are 0, 3, 6, ...
        """
        names = [f"estimator.ff.{3 * index}" for index in range(hidden + 1)]
        weights = tuple(state[f"{name}.weight"] for name in names)
        return cls(weights, tuple(state[f"{name}.bias"] for name in names), activation, final)

    def __call__(self, features: Tensor) -> Tensor:
        """Return the scores [batch] of features [batch, in]."""
        import torch
        from torch.nn import functional

        activation = getattr(torch.nn, self.activation)()
        last = len(self.weights) - 1
        for index, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            features = functional.linear(features, weight, bias)
            if index < last:
                features = activation(features)
        if self.final is not None:
            features = getattr(torch.nn, self.final)()(features)
        return features.squeeze(-1)
