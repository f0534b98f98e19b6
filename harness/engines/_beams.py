"""One copy of cross-attention's keys and values for all the sequences that come from one source.

transformers repeats a source's encoder output for each of its beams (or samples), computes the keys and values of each
copy, keeps them all, and copies all of them again at every step of a beam search, though they stay equal. With 16
articles and 4 beams of mT5-small that is 800 MB a step. Here they are computed and kept once, and attention is told
that several queries share a row of keys. The numbers are the same.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from transformers import EncoderDecoderCache

# The name under which transformers finds `attend`.
ATTENTION = "harness_sdpa"


@cache
def register() -> None:
    """Make `attend` known to transformers as an implementation of attention."""
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
    """Return transformers' own SDPA, in which consecutive rows of queries may share one row of keys.

    Args:
        module: the attention layer.
        query: [rows x copies, heads, length, width].
        key: [rows, heads, source length, width].
        value: as `key`.
        attention_mask: [rows x copies, 1, 1 or length, source length], or None.
        position_bias: [1, heads, 1 or length, source length], or None.
        settings: what else transformers passes on.
    """
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    copies = query.shape[0] // key.shape[0]
    if copies == 1:
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, position_bias=position_bias, **settings
        )  # fmt: skip
    rows, heads, length, width = key.shape[0], query.shape[1], query.shape[2], query.shape[3]
    # The copies of a source become further queries of its one row.
    folded = query.view(rows, copies, heads, length, width).transpose(1, 2).reshape(rows, heads, -1, width)
    mask = None if attention_mask is None else _tiled(attention_mask[::copies], copies)
    bias = None if position_bias is None else _tiled(position_bias, copies)
    # Not causal: the order of these queries means nothing.
    output, _ = sdpa_attention_forward(
        module, folded, key, value, mask, position_bias=bias, **{**settings, "is_causal": False}
    )  # fmt: skip
    return output.reshape(rows * copies, length, heads, width), None


def shared_cache(model: Any, encoded: torch.Tensor, mask: torch.Tensor, start: torch.Tensor) -> EncoderDecoderCache:
    """Return a cache that holds cross-attention for each source once, and is else empty.

    Args:
        model: an encoder-decoder model that was loaded with `ATTENTION`.
        encoded: the encoder's output, [sources, source length, width].
        mask: of the sources' tokens, [sources, source length].
        start: what the decoder starts with, [sources, 1 or more].
    """
    from transformers import DynamicCache, EncoderDecoderCache

    class Shared(EncoderDecoderCache):
        def reorder_cache(self, beam_idx: torch.LongTensor) -> None:
            # Beams move within their source only, so that cross-attention stays where it is.
            self.self_attention_cache.reorder_cache(beam_idx)

    config = model.config.get_text_config(decoder=True)
    filled = EncoderDecoderCache(DynamicCache(config=config), DynamicCache(config=config))
    # One step of the decoder fills the cache; what it predicts is thrown away.
    model.get_decoder()(
        input_ids=start[:, :1], encoder_hidden_states=encoded, encoder_attention_mask=mask,
        use_cache=True, **{cache_argument(): filled},
    )  # fmt: skip
    return Shared(DynamicCache(config=config), filled.cross_attention_cache)


@cache
def cache_argument() -> str:
    """Return what transformers calls a cache among a model's arguments: from 5.24 on "cache", not "past_key_values"."""
    from transformers.generation import utils

    return str(utils.ALL_CACHE_NAMES[0])


def _tiled(tensor: torch.Tensor, copies: int) -> torch.Tensor:
    """Repeat what differs between the positions of a query, once for each copy."""
    return tensor if tensor.shape[2] == 1 else tensor.repeat(1, 1, copies, 1)
