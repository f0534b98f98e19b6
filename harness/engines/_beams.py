"""Share one copy of cross-attention's keys and values among all sequences of a source.

transformers repeats a source's encoder output for each of its beams (or samples), and computes and keeps the keys and
values of each copy. At every step of a beam search it copies all of them again, although they stay equal: with 16
articles and 4 beams of mT5-small, 800 MB per step. This module computes and keeps them once; several queries share one
row of keys. The results are the same.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from transformers import EncoderDecoderCache

# The name of `attend` in transformers.
ATTENTION = "harness_sdpa"


@cache
def register() -> None:
    """Register `attend` in transformers as an implementation of attention."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(ATTENTION, attend)
    AttentionMaskInterface.register(ATTENTION, sdpa_mask)


def attend(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    position_bias: torch.Tensor | None = None,
    **settings: Any,
) -> tuple[torch.Tensor, None]:
    """Return the result of transformers' own SDPA. Consecutive rows of queries may share one row of keys.

    Args:
        module: the attention layer.
        query: [rows x copies, heads, length, width].
        key: [rows, heads, source length, width].
        value: as `key`.
        attention_mask: [rows x copies, 1, 1 or length, source length], or None.
        position_bias: [1, heads, 1 or length, source length], or None.
        settings: other arguments from transformers.
    """
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    copies = query.shape[0] // key.shape[0]
    if copies == 1:
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, position_bias=position_bias, **settings
        )  # fmt: skip
    rows, heads, length, width = key.shape[0], query.shape[1], query.shape[2], query.shape[3]
    # Fold the copies of a source into its one row, as further queries.
    folded = query.view(rows, copies, heads, length, width).transpose(1, 2).reshape(rows, heads, -1, width)
    mask = None if attention_mask is None else _tiled(attention_mask[::copies], copies)
    bias = None if position_bias is None else _tiled(position_bias, copies)
    # Not causal: these queries are not in the order of a text.
    output, _ = sdpa_attention_forward(
        module, folded, key, value, mask, position_bias=bias, **{**settings, "is_causal": False}
    )  # fmt: skip
    return output.reshape(rows * copies, length, heads, width), None


def shared_cache(model: Any, encoded: torch.Tensor, mask: torch.Tensor, start: torch.Tensor) -> EncoderDecoderCache:
    """Return a cache with the cross-attention of each source, once, and nothing else.

    Args:
        model: an encoder-decoder model that was loaded with `ATTENTION`.
        encoded: the encoder's output, [sources, source length, width].
        mask: 1 for tokens and 0 for padding, [sources, source length].
        start: first tokens of the decoder, [sources, 1 or more].
    """
    from transformers import DynamicCache, EncoderDecoderCache

    class Shared(EncoderDecoderCache):
        def reorder_cache(self, beam_idx: torch.LongTensor) -> None:
            # Beams move only within their source, so cross-attention stays in place.
            self.self_attention_cache.reorder_cache(beam_idx)

        def batch_select_indices(self, indices: Any) -> None:
            # All sequences of a source are kept or dropped together.
            shared: Any = self.cross_attention_cache
            own: Any = self.self_attention_cache
            copies = len(own.layers[0].keys) // len(shared.layers[0].keys)
            own.reorder_cache(indices)
            shared.reorder_cache(indices[::copies] // copies)

    config = model.config.get_text_config(decoder=True)
    filled = EncoderDecoderCache(DynamicCache(config=config), DynamicCache(config=config))
    # One step of the decoder fills the cache. Its prediction is not used.
    model.get_decoder()(
        input_ids=start[:, :1], encoder_hidden_states=encoded, encoder_attention_mask=mask,
        use_cache=True, **{cache_argument(): filled},
    )  # fmt: skip
    return Shared(DynamicCache(config=config), filled.cross_attention_cache)


@cache
def cache_argument() -> str:
    """Return the name of a model's cache argument: "cache" since transformers 5.24, "past_key_values" before."""
    from transformers.generation import utils

    return str(utils.ALL_CACHE_NAMES[0])


def _tiled(tensor: torch.Tensor, copies: int) -> torch.Tensor:
    """Repeat a tensor along its query positions, once per copy; leave it if it has one position."""
    return tensor if tensor.shape[2] == 1 else tensor.repeat(1, 1, copies, 1)
