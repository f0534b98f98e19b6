"""Published sizes, written as checkpoints with random weights: the real architecture, without a download.

Each size is what the config.json of a published checkpoint says. A checkpoint of random numbers takes the same time and
memory as the published one, and writes nonsense. It has no tokenizer, so inputs are random token ids.
"""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Literal

from harness.core import registry
from harness.core.errors import InputError, ModelError

WEIGHTS = "model.safetensors"

# Pieces per Hindi word: IndicTrans2's vocabulary on the India-Japan article gives 1.3.
_PIECES_PER_WORD = 1.3
# Words of the sentences of the India-Japan article (references/india-japan).
_SENTENCES = (14, 20, 19, 17, 13, 5, 22, 27, 29, 12, 24, 26, 14, 12, 25, 27, 22, 17, 19)
# Tokens of 16 articles, spread evenly from 100 to 500.
_DOCUMENTS = (340, 100, 420, 207, 500, 287, 127, 447, 233, 367, 153, 473, 260, 393, 180, 313)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedSize:
    """The size of a published checkpoint, and how its authors decode."""

    source: str  # the checkpoint whose config.json has these numbers
    architecture: str  # "module:Class"
    model_type: str  # as config.json names the network
    config: Mapping[str, Any]
    decoding: Mapping[str, Any]
    unit: Literal["document", "sentence"]  # one input
    input_tokens: int  # the longest input
    new_tokens: int  # that every output gets: random weights seldom end one
    padding: Literal["left", "right"] = "right"

    @property
    def config_json(self) -> dict[str, Any]:
        """The keys of config.json, with the type of the network."""
        return {"model_type": self.model_type, **self.config}

    def input_lengths(self, articles: Sequence[Sequence[int]] = ()) -> tuple[tuple[int, ...], float]:
        """Return the tokens of each input, and how many inputs are one article.

        Args:
            articles: the words of each sentence of each article; none: lengths of news articles.
        """
        if self.unit == "sentence":
            of = [[_tokens(words) for words in article] for article in articles or [_SENTENCES]]
        elif articles:
            of = [[_tokens(sum(article))] for article in articles]
        else:
            of = [[tokens] for tokens in _DOCUMENTS]
        lengths = tuple(min(tokens, self.input_tokens) for article in of for tokens in article)
        return lengths, len(lengths) / len(of)

    def requests(self, lengths: Sequence[int]) -> list[tuple[int, ...]]:
        """Return an input of random tokens for each length; the same lengths give the same inputs."""
        import numpy as np

        generator = np.random.default_rng(0)
        vocabulary = self.config.get("encoder_vocab_size") or self.config["vocab_size"]
        end = self.config["eos_token_id"]
        # The first 300 ids of these vocabularies are special tokens, bytes or gap marks.
        return [(*generator.integers(300, vocabulary, length - 1).tolist(), end) for length in lengths]

    def write(self, folder: Path) -> int:
        """Write config.json and random weights into a folder, and return how many parameters they have.

        Raises:
            ModelError: the disk has too little room.
        """
        return write(self.architecture, self.config, folder)


def write(architecture: str, config: Mapping[str, Any], folder: Path) -> int:
    """Write a checkpoint of random weights of any architecture of transformers, and return its parameters.

    Args:
        architecture: "module:Class".
        config: the keys of its config.json.
        folder: created if it does not exist.

    Raises:
        ModelError: the disk has too little room.
    """
    import torch
    from safetensors.torch import save_file

    settings, sizes = _described(architecture, config)
    total = sum(map(prod, sizes.values()))
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < 4.2 * total:
        raise ModelError(
            f"{4 * total / 1e9:.1f} GB of random weights do not fit this disk; set TMPDIR to a folder on another",
            where=folder,
        )
    generator = torch.Generator().manual_seed(0)
    tensors = {
        name: torch.ones(shape) if "norm" in name and name.endswith("weight") else _random(shape, generator)
        for name, shape in sizes.items()
    }
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    settings.architectures = [architecture.rpartition(":")[2]]
    settings.save_pretrained(folder)
    return total


def parameters(architecture: str, config: Mapping[str, Any]) -> int:
    """Return how many numbers the weights of an architecture of this size have; writes nothing."""
    return sum(map(prod, _described(architecture, config)[1].values()))


def _described(architecture: str, config: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return the configuration of transformers, and the shape of each tensor of a checkpoint."""
    import torch

    module, _, name = architecture.partition(":")
    model_class = getattr(importlib.import_module(module), name)
    settings = model_class.config_class(**config)
    with torch.device("meta"):
        model = model_class(settings)
    shapes = {name: tensor.shape for name, tensor in model.named_parameters()}  # each shared tensor once
    if config.get("tie_word_embeddings") is False:  # transformers 5 ties mT5's output layer whatever config.json says
        shapes["lm_head.weight"] = model.get_output_embeddings().weight.shape
    return settings, shapes


def get(name: str) -> PublishedSize:
    """Return a size by name.

    Raises:
        InputError: no such size.
    """
    if name not in SIZES:
        raise InputError(registry.unknown("size", name, SIZES), where="--random-weights")
    return SIZES[name]


def _random(shape: Any, generator: Any) -> Any:
    import torch

    return torch.empty(shape).normal_(0.0, 0.02, generator=generator)


def _tokens(words: int) -> int:
    """Return how many tokens a text of so many words has, with two language codes and the end."""
    return round(_PIECES_PER_WORD * words) + 3


def _mt5(source: str, *, width: int, inner: int, layers: int, heads: int) -> PublishedSize:
    return PublishedSize(
        source=source,
        architecture="transformers:MT5ForConditionalGeneration",
        model_type="mt5",
        config={
            "d_model": width, "d_ff": inner, "d_kv": 64, "num_layers": layers, "num_decoder_layers": layers,
            "num_heads": heads, "vocab_size": 250_112, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False,
            "decoder_start_token_id": 0, "pad_token_id": 0, "eos_token_id": 1,
        },
        # As mT5_multilingual_XLSum decodes.
        decoding={"num_beams": 4, "no_repeat_ngram_size": 2, "length_penalty": 0.6},
        unit="document",
        input_tokens=512,
        new_tokens=64,
    )  # fmt: skip


def _indictrans2(source: str, *, width: int, inner: int, heads: int, normalised: bool, tied: bool) -> PublishedSize:
    return PublishedSize(
        source=source,
        architecture="harness.models.indictrans2.network:IndicTransForConditionalGeneration",
        model_type="IndicTrans",
        config={
            "encoder_vocab_size": 122_706, "decoder_vocab_size": 32_296, "encoder_embed_dim": width,
            "decoder_embed_dim": width, "encoder_layers": 18, "decoder_layers": 18, "encoder_ffn_dim": inner,
            "decoder_ffn_dim": inner, "encoder_attention_heads": heads, "decoder_attention_heads": heads,
            "encoder_normalize_before": True, "decoder_normalize_before": True, "layernorm_embedding": normalised,
            "share_decoder_input_output_embed": tied, "activation_function": "gelu", "max_source_positions": 256,
            "max_target_positions": 256, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2,
            "decoder_start_token_id": 2,
        },
        decoding={"num_beams": 5, "beam_stop": "exhaustive"},
        unit="sentence",
        input_tokens=256,
        new_tokens=32,
        padding="left",
    )  # fmt: skip


def _nllb(source: str, *, layers: int, inner: int) -> PublishedSize:
    return PublishedSize(
        source=source,
        architecture="transformers:M2M100ForConditionalGeneration",
        model_type="m2m_100",
        config={
            "vocab_size": 256_206, "d_model": 1024, "encoder_layers": layers, "decoder_layers": layers,
            "encoder_ffn_dim": inner, "decoder_ffn_dim": inner, "encoder_attention_heads": 16,
            "decoder_attention_heads": 16, "max_position_embeddings": 1024, "scale_embedding": True,
            "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "decoder_start_token_id": 2,
        },
        decoding={"num_beams": 4},
        unit="sentence",
        input_tokens=512,
        new_tokens=32,
    )  # fmt: skip


SIZES: Mapping[str, PublishedSize] = {
    "mt5-small": _mt5("google/mt5-small", width=512, inner=1024, layers=8, heads=6),
    "mt5-base": _mt5("google/mt5-base", width=768, inner=2048, layers=12, heads=12),
    "mt5-large": _mt5("google/mt5-large", width=1024, inner=2816, layers=24, heads=16),
    "indictrans2-200m": _indictrans2(
        "ai4bharat/indictrans2-indic-en-dist-200M", width=512, inner=2048, heads=8, normalised=True, tied=True
    ),
    "indictrans2-1b": _indictrans2(
        "ai4bharat/indictrans2-indic-en-1B", width=1024, inner=8192, heads=16, normalised=False, tied=False
    ),
    "nllb-600m": _nllb("facebook/nllb-200-distilled-600M", layers=12, inner=4096),
    "nllb-1.3b": _nllb("facebook/nllb-200-distilled-1.3B", layers=24, inner=8192),
    "qwen3-0.6b": PublishedSize(
        source="Qwen/Qwen3-0.6B",
        architecture="transformers:Qwen3ForCausalLM",
        model_type="qwen3",
        config={
            "vocab_size": 151_936, "hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28,
            "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128, "tie_word_embeddings": True,
            "max_position_embeddings": 40_960, "bos_token_id": 151_643, "eos_token_id": 151_645,
            "pad_token_id": 151_643,
        },
        decoding={},
        unit="document",
        input_tokens=2048,
        new_tokens=64,
        padding="left",
    ),
    "gemma-3-1b": PublishedSize(
        source="google/gemma-3-1b-it",
        architecture="transformers:Gemma3ForCausalLM",
        model_type="gemma3_text",
        config={
            "vocab_size": 262_144, "hidden_size": 1152, "intermediate_size": 6912, "num_hidden_layers": 26,
            "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 256, "sliding_window": 512,
            "tie_word_embeddings": True, "max_position_embeddings": 32_768, "bos_token_id": 2, "eos_token_id": 1,
            "pad_token_id": 0,
        },
        decoding={},
        unit="document",
        input_tokens=2048,
        new_tokens=64,
        padding="left",
    ),
}  # fmt: skip
