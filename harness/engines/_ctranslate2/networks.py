"""Write a network of transformers as a model specification of CTranslate2, tensor by tensor.

CTranslate2's own converters are not used. With transformers 5 that of T5 and mT5 scales the output although the network
does not, that of Marian removes the padding token, and none knows IndicTrans2. Here the network that transformers
computes is the only source: its layers are read, not its configuration, and the scale of its output is measured.

Tokens are written as their numbers, "0", "1" ..., because an engine gets and gives ids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from harness.core.errors import ModelError

if TYPE_CHECKING:
    import torch
    from ctranslate2.specs import TransformerSpec

# Positions in a table of sinusoids, which transformers extends as it needs and CTranslate2 does not.
_POSITIONS = 1024
# The largest relative difference of two activations that are equal but for rounding.
_ROUNDING = 1e-3


def specification(model: Any, ends: tuple[int, ...]) -> TransformerSpec:
    """Return a network of transformers as a specification of CTranslate2. Their tensors share memory.

    Args:
        model: an encoder-decoder network in float32 on the CPU.
        ends: the tokens that end an output.

    Raises:
        ModelError: it is another network, or one that CTranslate2 does not compute.
    """
    kind = model.config.model_type
    if kind not in _WRITERS:
        raise ModelError(unsupported(kind))
    spec = _WRITERS[kind](model)
    sizes = (spec.encoder.embeddings[0].weight.shape[0], spec.decoder.embeddings.weight.shape[0])
    spec.register_source_vocabulary([str(number) for number in range(sizes[0])])
    spec.register_target_vocabulary([str(number) for number in range(sizes[1])])
    # Each must be in both vocabularies. No text is read, so none is unknown, and no token is added.
    spec.config.unk_token = spec.config.bos_token = "0"
    spec.config.eos_token = str(ends[0])
    spec.config.decoder_start_token = None  # each request has its own
    spec.config.layer_norm_epsilon = _epsilon(model)
    spec.validate()
    return spec


def unsupported(model_type: object) -> str:
    """Return why a network cannot be converted."""
    return (
        f"engine ctranslate2 does not convert model_type {model_type!r}; it converts {', '.join(sorted(_WRITERS))}. "
        "Use engine: transformers"
    )


def supports(model_type: object) -> bool:
    """Return whether networks of this type, as config.json states it, can be converted."""
    return model_type in _WRITERS


def _t5(model: Any) -> TransformerSpec:
    """Return a T5, mT5 or UMT5: relative positions, no bias, and a scaled or unscaled output."""
    from ctranslate2.specs import TransformerSpec

    config = model.config
    spec = TransformerSpec.from_config(
        (config.num_layers, config.num_decoder_layers),
        config.num_heads,
        activation=_activation(config.dense_act_fn),
        ffn_glu=config.is_gated_act,
        relative_attention_bias=True,
        rms_norm=True,
    )
    for part, stack in ((spec.encoder, model.encoder), (spec.decoder, model.decoder)):
        _embedding(part, stack.embed_tokens, scale=1.0)
        part.layer_norm.gamma = stack.final_layer_norm.weight
        for layer, block in zip(part.layer, stack.block, strict=True):
            _t5_layer(layer, block.layer, stack.block[0].layer[0].SelfAttention)
    spec.decoder.projection.weight = model.lm_head.weight
    spec.decoder.scale_outputs = _output_scale(model)
    return spec


def _t5_layer(layer: Any, block: Any, first_attention: Any) -> None:
    own = block[0].SelfAttention
    # T5 and mT5 compute the bias in the first layer only, UMT5 in every one.
    positions = own if own.has_relative_attention_bias else first_attention
    _t5_attention(layer.self_attention, block[0].layer_norm, own, fused=3)
    layer.self_attention.relative_attention_bias = positions.relative_attention_bias.weight
    layer.self_attention.relative_attention_max_distance = _integer(positions.relative_attention_max_distance)
    if len(block) == 3:
        _t5_attention(layer.attention, block[1].layer_norm, block[1].EncDecAttention, fused=1)
    dense = block[-1].DenseReluDense
    layer.ffn.layer_norm.gamma = block[-1].layer_norm.weight
    if hasattr(dense, "wi_0"):
        layer.ffn.linear_0.weight, layer.ffn.linear_0_noact.weight = dense.wi_0.weight, dense.wi_1.weight
    else:
        layer.ffn.linear_0.weight = dense.wi.weight
    layer.ffn.linear_1.weight = dense.wo.weight


def _t5_attention(spec: Any, norm: Any, attention: Any, *, fused: int) -> None:
    spec.layer_norm.gamma = norm.weight
    spec.queries_scale = 1.0  # T5 does not divide by the square root of the width
    _attention(spec, (attention.q, attention.k, attention.v), attention.o, fused)


def _bart(model: Any) -> TransformerSpec:
    """Return a network with the layers of BART.

    Whether its layers normalise first, and whether it normalises its embeddings, is seen from the layers that it has.
    """
    from ctranslate2.specs import TransformerSpec

    config, encoder, decoder = model.config, model.get_encoder(), model.get_decoder()
    spec = TransformerSpec.from_config(
        (config.encoder_layers, config.decoder_layers),
        config.encoder_attention_heads,
        pre_norm=hasattr(encoder, "layer_norm"),
        activation=_activation(config.activation_function),
        layernorm_embedding=getattr(encoder, "layernorm_embedding", None) is not None,
    )
    if config.decoder_attention_heads != config.encoder_attention_heads:
        spec.decoder.num_heads = type(spec.decoder.num_heads)(config.decoder_attention_heads)
    for part, stack in ((spec.encoder, encoder), (spec.decoder, decoder)):
        # Of the embedding, or of the stack around it.
        scaled = stack if hasattr(stack, "embed_scale") else stack.embed_tokens
        _embedding(part, stack.embed_tokens, scale=float(getattr(scaled, "embed_scale", 1.0)))
        part.position_encodings.encodings = _positions(stack)
        if getattr(stack, "layernorm_embedding", None) is not None:
            _norm(part.layernorm_embedding, stack.layernorm_embedding)
        if hasattr(stack, "layer_norm"):
            _norm(part.layer_norm, stack.layer_norm)
        for layer, block in zip(part.layer, stack.layers, strict=True):
            _bart_layer(layer, block)
    spec.decoder.projection.weight = model.lm_head.weight
    bias = getattr(model, "final_logits_bias", None)
    if bias is not None and bias.any():
        spec.decoder.projection.bias = bias.squeeze(0)
    return spec


def _bart_layer(layer: Any, block: Any) -> None:
    _bart_attention(layer.self_attention, block.self_attn_layer_norm, block.self_attn, fused=3)
    if hasattr(block, "encoder_attn"):
        _bart_attention(layer.attention, block.encoder_attn_layer_norm, block.encoder_attn, fused=1)
    _norm(layer.ffn.layer_norm, block.final_layer_norm)
    _linear(layer.ffn.linear_0, block.fc1)
    _linear(layer.ffn.linear_1, block.fc2)


def _bart_attention(spec: Any, norm: Any, attention: Any, *, fused: int) -> None:
    _norm(spec.layer_norm, norm)
    _attention(spec, (attention.q_proj, attention.k_proj, attention.v_proj), attention.out_proj, fused)


_WRITERS: Mapping[str, Callable[[Any], Any]] = {
    "IndicTrans": _bart, "bart": _bart, "m2m_100": _bart, "marian": _bart, "mbart": _bart, "mt5": _t5, "pegasus": _bart,
    "t5": _t5, "umt5": _t5,
}  # fmt: skip


def _attention(spec: Any, inner: tuple[Any, Any, Any], output: Any, fused: int) -> None:
    """Write the layers of an attention; CTranslate2 joins the first `fused` ones of queries, keys and values."""
    _joined(spec.linear[0], inner[:fused])
    if fused < len(inner):
        _joined(spec.linear[1], inner[fused:])
    _linear(spec.linear[-1], output)


def _joined(spec: Any, layers: tuple[Any, ...]) -> None:
    import torch

    spec.weight = torch.cat([layer.weight for layer in layers])
    if layers[0].bias is not None:
        spec.bias = torch.cat([layer.bias for layer in layers])


def _linear(spec: Any, layer: Any) -> None:
    spec.weight = layer.weight
    if layer.bias is not None:
        spec.bias = layer.bias


def _norm(spec: Any, layer: Any) -> None:
    spec.gamma, spec.beta = layer.weight, layer.bias


def _embedding(part: Any, layer: Any, *, scale: float) -> None:
    embeddings = part.embeddings[0] if isinstance(part.embeddings, list) else part.embeddings
    embeddings.weight = layer.weight
    part.scale_embeddings = scale


def _positions(stack: Any) -> torch.Tensor:
    """Return the table of positions [positions, width] of an encoder or decoder, that of the first token first."""
    table = getattr(stack, "position_table", None)  # of IndicTrans2
    table = stack.embed_positions if table is None else table
    if hasattr(table, "get_embedding"):
        # M2M100 counts from the number of the padding token.
        first, count = table.padding_idx + 1, max(table.num_positions, _POSITIONS)
        whole: torch.Tensor = table.get_embedding(first + count, table.embedding_dim, table.padding_idx)[first:]
        return whole
    learnt: torch.Tensor = table.weight[getattr(table, "offset", 0) :]
    return learnt


def _output_scale(model: Any) -> float:
    """Return the factor between the decoder's output and the input of the output layer.

    A T5 multiplies by d_model ** -0.5 or not, and releases of transformers decide that from different keys of
    config.json. So the network is run once.
    """
    import torch

    before: list[torch.Tensor] = []
    after: list[torch.Tensor] = []
    hooks = [
        model.decoder.final_layer_norm.register_forward_hook(lambda *states: before.append(states[-1])),
        model.lm_head.register_forward_pre_hook(lambda _, inputs: after.append(inputs[0])),
    ]
    try:
        with torch.inference_mode():
            ids = torch.arange(1, 5)[None]
            model(input_ids=ids, decoder_input_ids=ids)
    finally:
        for hook in hooks:
            hook.remove()
    for scale in (1.0, float(model.config.d_model) ** -0.5):
        if torch.allclose(before[0] * scale, after[0], rtol=_ROUNDING, atol=0.0):
            return scale
    raise ModelError("engine ctranslate2 does not convert it: its output is scaled in an unknown way")


def _epsilon(model: Any) -> float:
    """Return the epsilon of the network's normalisations, of which there is one."""
    found = {
        value
        for module in model.modules()
        if "norm" in type(module).__name__.lower()
        for name in ("variance_epsilon", "eps")
        if (value := getattr(module, name, None)) is not None
    }
    if len(found) != 1:
        values = ", ".join(map(str, sorted(found)))
        raise ModelError(f"engine ctranslate2 does not convert it: expected one epsilon in its norms, found {values}")
    return float(found.pop())


def _activation(name: str) -> Any:
    from ctranslate2.specs import Activation

    kinds = {
        "gelu": Activation.GELU, "gelu_new": Activation.GELUTanh, "gelu_pytorch_tanh": Activation.GELUTanh,
        "quick_gelu": Activation.GELUSigmoid, "relu": Activation.RELU, "silu": Activation.SWISH,
        "swish": Activation.SWISH,
    }  # fmt: skip
    if name not in kinds:
        raise ModelError(f"engine ctranslate2 does not compute the activation {name!r}; use engine: transformers")
    return kinds[name]


def _integer(value: int) -> Any:
    import numpy as np

    return np.dtype("int32").type(value)
