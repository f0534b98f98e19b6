"""IndicTrans2's network as a model of transformers: M2M100's layers under embeddings of its own.

It differs from M2M100 (Fan et al., 2020) in three ways:
- Source and target have their own vocabularies.
- Token and position embeddings may be normalised before the first layer (`layernorm_embedding`): in the 200M
  checkpoints, not in the 1B ones.
- The output layer is the decoder's embedding only if `share_decoder_input_output_embed` is true.

Attention, caching and generation are those of transformers.

Positions are sinusoids (Vaswani et al., 2017, as tensor2tensor computes them), counted from 2 over the tokens that are
not padding. So padding on the left changes nothing. This module computes their table and never reads it: a checkpoint
may contain one, and loading on the meta device leaves a buffer without values.

The module imports torch at the top, because its classes extend torch's. The rest of the package names it as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import torch
from huggingface_hub.dataclasses import strict
from torch import nn
from transformers import AutoConfig, AutoModelForSeq2SeqLM, PreTrainedConfig
from transformers.models.m2m_100.modeling_m2m_100 import (
    M2M100Decoder,
    M2M100Encoder,
    M2M100ForConditionalGeneration,
    M2M100Model,
    M2M100PreTrainedModel,
    M2M100ScaledWordEmbedding,
    M2M100SinusoidalPositionalEmbedding,
)

from harness.core.errors import ModelError

if TYPE_CHECKING:
    from transformers.modeling_outputs import BaseModelOutput


@strict
class IndicTransConfig(PreTrainedConfig):
    """The config.json of a checkpoint, with the authors' names.

    The defaults are those of the authors' class, except that layers normalise first, as in every published checkpoint.
    """

    model_type: ClassVar[str] = "IndicTrans"
    keys_to_ignore_at_inference: ClassVar[list[str]] = ["past_key_values", "cache"]
    # By the names that transformers' layers and generation read. The vocabulary of generation is the target's.
    attribute_map: ClassVar[dict[str, str]] = {
        "d_model": "encoder_embed_dim",
        "hidden_size": "encoder_embed_dim",
        "max_position_embeddings": "max_source_positions",
        "num_attention_heads": "encoder_attention_heads",
        "num_hidden_layers": "encoder_layers",
        "vocab_size": "decoder_vocab_size",
    }

    encoder_vocab_size: int = 0
    decoder_vocab_size: int = 0
    encoder_embed_dim: int = 512
    decoder_embed_dim: int = 512
    max_source_positions: int = 210
    max_target_positions: int = 210
    encoder_layers: int = 6
    encoder_ffn_dim: int = 2048
    encoder_attention_heads: int = 8
    decoder_layers: int = 6
    decoder_ffn_dim: int = 2048
    decoder_attention_heads: int = 8
    encoder_layerdrop: float | int = 0.0
    decoder_layerdrop: float | int = 0.0
    use_cache: bool = True
    is_encoder_decoder: bool = True
    activation_function: str = "relu"
    encoder_normalize_before: bool = True
    decoder_normalize_before: bool = True
    layernorm_embedding: bool = False
    share_decoder_input_output_embed: bool = False
    dropout: float | int = 0.1
    attention_dropout: float | int = 0.0
    activation_dropout: float | int = 0.0
    init_std: float = 0.02
    scale_embedding: bool = True
    decoder_start_token_id: int | None = 2
    pad_token_id: int | None = 1
    bos_token_id: int | None = 0
    eos_token_id: int | list[int] | None = 2
    tie_word_embeddings: bool = False

    def __post_init__(self, **others: Any) -> None:
        """Set the fields that follow from others, and refuse values that no published checkpoint has.

        Raises:
            ModelError: this module does not compute such a network.
        """
        # The authors' class stored these without need: transformers chooses the first when it loads a model, and the
        # second repeats `encoder_layers`.
        for name in ("attn_implementation", "num_hidden_layers"):
            others.pop(name, None)
        # The authors' code ignores transformers' own switch.
        self.tie_word_embeddings = self.share_decoder_input_output_embed
        if not (self.encoder_normalize_before and self.decoder_normalize_before):
            raise ModelError(
                "encoder_normalize_before and decoder_normalize_before must be true: layers that "
                "normalise after attention are in no published IndicTrans2 checkpoint, and are not supported",
                where="config.json",
            )
        if self.encoder_embed_dim != self.decoder_embed_dim:
            raise ModelError(
                f"encoder_embed_dim {self.encoder_embed_dim} and decoder_embed_dim "
                f"{self.decoder_embed_dim} must be the same",
                where="config.json",
            )
        super().__post_init__(**others)


class _Added(nn.Module):
    """Stands in for M2M100's position embeddings and adds nothing: `_Embedding` has added the positions already."""

    def forward(
        self, input_ids: torch.Tensor | None, inputs_embeds: torch.Tensor, past_key_values_length: int = 0
    ) -> torch.Tensor:
        """Return a zero."""
        return inputs_embeds.new_zeros(())


class _Embedding:
    """Computes the input of the first layer. Encoder and decoder inherit it."""

    embed_tokens: M2M100ScaledWordEmbedding
    position_table: M2M100SinusoidalPositionalEmbedding
    layernorm_embedding: nn.LayerNorm | None

    def _own_embeddings(self, config: IndicTransConfig, vocabulary: int, positions: int) -> None:
        """Replace the embeddings that M2M100's constructor made by those of IndicTrans2."""
        width, padding = config.encoder_embed_dim, config.pad_token_id
        scale = width**0.5 if config.scale_embedding else 1.0
        self.embed_tokens = M2M100ScaledWordEmbedding(vocabulary, width, padding, embed_scale=scale)
        self.embed_positions = _Added()
        self.position_table = M2M100SinusoidalPositionalEmbedding(positions, width, padding)
        self.layernorm_embedding = nn.LayerNorm(width) if config.layernorm_embedding else None

    def _embedded(
        self, input_ids: torch.Tensor | None, inputs_embeds: torch.Tensor | None, past: int = 0
    ) -> torch.Tensor:
        """Return the input of the first layer, [rows, length, width], for token ids or for their scaled embeddings."""
        if (input_ids is None) == (inputs_embeds is None):
            raise ValueError("give either token ids or embeddings")
        if inputs_embeds is None:
            inputs_embeds = self.embed_tokens(input_ids)
        states = inputs_embeds + self.position_table(input_ids, inputs_embeds, past).to(inputs_embeds.device)
        return states if self.layernorm_embedding is None else self.layernorm_embedding(states)


class IndicTransEncoder(_Embedding, M2M100Encoder):
    """M2M100's encoder under IndicTrans2's embeddings."""

    config_class: ClassVar[type[PreTrainedConfig]] = IndicTransConfig

    def __init__(self, config: IndicTransConfig) -> None:
        """Make a stack with random weights."""
        super().__init__(config)
        self._own_embeddings(config, config.encoder_vocab_size, config.max_source_positions)
        self.post_init()

    def forward(
        self,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        inputs_embeds: torch.Tensor | None = None,
        **others: Any,
    ) -> BaseModelOutput:
        """Return the encoder's output; see `M2M100Encoder`."""
        states = self._embedded(input_ids, inputs_embeds)
        return super().forward(inputs_embeds=states, attention_mask=attention_mask, **others)


class IndicTransDecoder(_Embedding, M2M100Decoder):
    """M2M100's decoder under IndicTrans2's embeddings."""

    config_class: ClassVar[type[PreTrainedConfig]] = IndicTransConfig

    def __init__(self, config: IndicTransConfig) -> None:
        """Make a stack with random weights."""
        super().__init__(config)
        self._own_embeddings(config, config.decoder_vocab_size, config.max_target_positions)
        self.post_init()

    def forward(
        self,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        encoder_hidden_states: torch.Tensor | None = None,
        encoder_attention_mask: torch.Tensor | None = None,
        inputs_embeds: torch.Tensor | None = None,
        **others: Any,
    ) -> BaseModelOutput:
        """Return the decoder's output; see `M2M100Decoder`."""
        # transformers 5.24 renamed `past_key_values` to `cache`.
        caches = [others[name] for name in ("cache", "past_key_values") if others.get(name) is not None]
        past = caches[0].get_seq_length() if caches else 0
        return super().forward(
            inputs_embeds=self._embedded(input_ids, inputs_embeds, past),
            attention_mask=attention_mask,
            encoder_hidden_states=encoder_hidden_states,
            encoder_attention_mask=encoder_attention_mask,
            **others,
        )


class IndicTransModel(M2M100Model):
    """Encoder and decoder, which share no weights."""

    config_class: ClassVar[type[PreTrainedConfig]] = IndicTransConfig
    _tied_weights_keys: ClassVar[dict[str, str]] = {}

    def __init__(self, config: IndicTransConfig) -> None:
        """Make both with random weights."""
        # Skip M2M100Model.__init__: it would share one embedding between source and target.
        M2M100PreTrainedModel.__init__(self, config)
        self.encoder = IndicTransEncoder(config)
        self.decoder = IndicTransDecoder(config)
        self.post_init()

    def get_input_embeddings(self) -> nn.Module:
        """Return the source's embedding."""
        return self.encoder.embed_tokens

    def set_input_embeddings(self, value: nn.Module) -> None:
        """Replace the source's embedding."""
        self.encoder.embed_tokens = value


class IndicTransForConditionalGeneration(M2M100ForConditionalGeneration):
    """The whole network, which generates translations.

    Source token ids are [rows, length], padded on the left with `pad_token_id`. The decoder starts with
    `decoder_start_token_id`, the end of a sentence. Its logits are over the target's vocabulary.
    """

    config_class: ClassVar[type[PreTrainedConfig]] = IndicTransConfig
    _tied_weights_keys: ClassVar[dict[str, str]] = {"lm_head.weight": "model.decoder.embed_tokens.weight"}
    # Older checkpoints contain the table of positions. It is computed here instead.
    _keys_to_ignore_on_load_unexpected: ClassVar[list[str]] = [r"embed_positions\.(weights|_float_tensor)$"]

    def __init__(self, config: IndicTransConfig) -> None:
        """Make a model with random weights."""
        M2M100PreTrainedModel.__init__(self, config)
        self.model = IndicTransModel(config)
        self.lm_head = nn.Linear(config.decoder_embed_dim, config.decoder_vocab_size, bias=False)
        self.post_init()

    @classmethod
    def from_pretrained(cls, *arguments: Any, output_loading_info: bool = False, **named: Any) -> Any:
        """Return the model of a checkpoint (see `PreTrainedModel.from_pretrained`), and compute its table of positions.

        Raises:
            ModelError: a weight is in no file, or two weights that must be one differ. Such a model would run, and
                translate wrongly.
        """
        model, report = super().from_pretrained(*arguments, output_loading_info=True, **named)
        model.rebuild_positions()
        missing = sorted(report["missing_keys"])
        if missing and not output_loading_info:  # a caller that asks for the report checks it
            raise ModelError(f"tensor {missing[0]} is in no file, and would be random numbers", where=arguments[0])
        head, embedding = model.lm_head.weight, model.model.decoder.embed_tokens.weight
        if model.config.share_decoder_input_output_embed and head.data_ptr() != embedding.data_ptr():
            raise ModelError(
                "config.json says that lm_head.weight is model.decoder.embed_tokens.weight "
                "(share_decoder_input_output_embed), but the file contains two tensors that differ",
                where=arguments[0],
            )
        return (model, report) if output_loading_info else model

    def rebuild_positions(self) -> None:
        """Compute the tables of positions, in the type and on the device of the model."""
        for stack in (self.model.encoder, self.model.decoder):
            table = stack.position_table
            # `make_weights` alone would keep the type and device of the old buffer, which may be on the meta device.
            values = table.get_embedding(table.num_positions + table.offset, table.embedding_dim, table.padding_idx)
            table.weights = nn.Buffer(values.to(stack.embed_tokens.weight), persistent=False)


# So that transformers' Auto classes load a checkpoint. Its config.json also names remote code, which never runs.
AutoConfig.register(IndicTransConfig.model_type, IndicTransConfig, exist_ok=True)
AutoModelForSeq2SeqLM.register(IndicTransConfig, IndicTransForConditionalGeneration, exist_ok=True)
