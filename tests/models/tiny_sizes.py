"""Published sizes made tiny: what is special about each network stays, and a checkpoint has a few kilobytes."""

from __future__ import annotations

from dataclasses import replace

from harness.runs.bench.sizes import SIZES, PublishedSize

# Keys that make a size tiny, and keep what is special about it.
TINY = {
    "mt5": {
        "vocab_size": 1000, "d_model": 16, "d_ff": 32, "d_kv": 8, "num_layers": 2, "num_decoder_layers": 2,
        "num_heads": 2,
    },
    "indictrans2": {
        "encoder_vocab_size": 1000, "decoder_vocab_size": 900, "encoder_embed_dim": 16, "decoder_embed_dim": 16,
        "encoder_layers": 2, "decoder_layers": 2, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32,
        "encoder_attention_heads": 2, "decoder_attention_heads": 2,
    },
    "nllb": {
        "vocab_size": 1000, "d_model": 16, "encoder_layers": 2, "decoder_layers": 2, "encoder_ffn_dim": 32,
        "decoder_ffn_dim": 32, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
    },
    "qwen3": {
        "vocab_size": 1000, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 8, "bos_token_id": 2, "eos_token_id": 1,
        "pad_token_id": 0,
    },
    "gemma": {
        "vocab_size": 1000, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 7,
        "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 8, "sliding_window": 16,
    },
}  # fmt: skip


def tiny(name: str) -> PublishedSize:
    """Return a size with the numbers of `TINY`."""
    size = SIZES[name]
    return replace(size, config={**size.config, **TINY[name.partition("-")[0]]}, new_tokens=5)
