"""Tiny mT5 checkpoints: the real architecture and the hub's layout, random weights, a tokenizer trained on our texts.

`build` makes them for tests, in every form in which checkpoints come.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np

from harness.core.records import ENGLISH, HINDI
from tests.paths import DATASET

# From the config.json of csebuetnlp/mT5_multilingual_XLSum.
XLSUM = {"max_length": 84, "num_beams": 4, "no_repeat_ngram_size": 2, "length_penalty": 0.6}
_PIECES = 830
# Sentinels are pieces of mT5's own sentencepiece model, with the mark of a word's beginning.
_SENTINELS = [f"▁<extra_id_{number}>" for number in range(99, -1, -1)]


@dataclass(frozen=True)
class Size:
    """The numbers of a config.json that decide how large a model is."""

    d_model: int = 32
    d_kv: int = 8
    d_ff: int = 64
    num_layers: int = 2
    num_heads: int = 4


def build(
    folder: Path,
    *,
    seed: int = 0,
    size: Size = Size(),
    tied: bool = False,
    weights: Literal["safetensors", "pickle"] = "safetensors",
    shards: int = 1,
    decoding: Mapping[str, Any] = XLSUM,
    languages: bool = False,
) -> Path:
    """Write a checkpoint and return its folder.

    Args:
        folder: created if it does not exist.
        seed: of the weights.
        size: of the model.
        tied: store no output layer, which the model then shares with its embedding; the real mT5 has one of its own.
        weights: as safetensors, or as the pickle that older checkpoints have.
        shards: number of files with weights; more than one have an index.
        decoding: the decoding settings in config.json.
        languages: add CrossSum's start tokens of output languages.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pieces = tokenizer()
    (folder / "spiece.model").write_bytes(pieces)
    rows = (_PIECES + 31) // 16 * 16  # padded beyond the vocabulary, as the real 250,100 is to 250,112
    config = {
        "architectures": ["MT5ForConditionalGeneration"],
        "model_type": "mt5",
        "is_encoder_decoder": True,
        **size.__dict__,
        "num_decoder_layers": size.num_layers,
        "dropout_rate": 0.1,
        "feed_forward_proj": "gated-gelu",
        "initializer_factor": 1.0,
        "layer_norm_epsilon": 1e-06,
        "relative_attention_num_buckets": 32,
        "decoder_start_token_id": 0,
        "pad_token_id": 0,
        "eos_token_id": 1,
        "tie_word_embeddings": False,
        "use_cache": True,
        "vocab_size": rows,
        **decoding,
    }
    if languages:
        starts = {"hindi": [14, "▁<extra_id_85>"], "english": [10, "▁<extra_id_89>"]}
        config["task_specific_params"] = {"langid_map": starts}
    _write_json(folder / "config.json", config)
    special = {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    _write_json(folder / "special_tokens_map.json", special)
    _write_json(
        folder / "tokenizer_config.json",
        {**special, "extra_ids": 0, "additional_special_tokens": None, "tokenizer_class": "T5Tokenizer"},
    )
    _write_weights(folder, _tensors(size, rows, seed, tied), weights, shards)
    return folder


@cache
def tokenizer() -> bytes:
    """Return a sentencepiece model with mT5's settings, trained on the article, its references, facts and entities."""
    from sentencepiece import SentencePieceTrainer

    texts = [path.read_text(encoding="utf-8") for path in sorted(DATASET.glob("article.*.txt"))]
    for path in sorted(DATASET.glob("*.jsonl")):
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            # a text, or forms of a fact or entity; those of a fact are in groups
            forms = [row["text"]] if "text" in row else row[HINDI] + row[ENGLISH]
            texts += [form for each in forms for form in ([each] if isinstance(each, str) else each)]
    written = BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter([line for text in texts for line in text.splitlines() if line.strip()]),
        model_writer=written,
        model_type="unigram",
        vocab_size=_PIECES,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        byte_fallback=True,
        user_defined_symbols=_SENTINELS,
        num_threads=1,
        minloglevel=2,
    )
    return written.getvalue()


def _tensors(size: Size, rows: int, seed: int, tied: bool) -> dict[str, np.ndarray]:
    """Return random weights by their names in mT5's checkpoints, large enough that an output depends on its source."""
    generator = np.random.default_rng(seed)
    inner = size.num_heads * size.d_kv
    shapes: dict[str, tuple[int, ...]] = {"shared.weight": (rows, size.d_model)}
    for stack in ("encoder", "decoder"):
        for block in range(size.num_layers):
            layers = ["SelfAttention"] + ["EncDecAttention"] * (stack == "decoder")
            for number, attention in enumerate(layers):
                place = f"{stack}.block.{block}.layer.{number}"
                shapes |= {f"{place}.{attention}.{name}.weight": (inner, size.d_model) for name in "qkv"}
                shapes[f"{place}.{attention}.o.weight"] = (size.d_model, inner)
                shapes[f"{place}.layer_norm.weight"] = (size.d_model,)
                if block == number == 0:
                    shapes[f"{place}.{attention}.relative_attention_bias.weight"] = (32, size.num_heads)
            place = f"{stack}.block.{block}.layer.{len(layers)}"
            shapes |= {f"{place}.DenseReluDense.{name}.weight": (size.d_ff, size.d_model) for name in ("wi_0", "wi_1")}
            shapes[f"{place}.DenseReluDense.wo.weight"] = (size.d_model, size.d_ff)
            shapes[f"{place}.layer_norm.weight"] = (size.d_model,)
        shapes[f"{stack}.final_layer_norm.weight"] = (size.d_model,)
    if not tied:
        shapes["lm_head.weight"] = (rows, size.d_model)
    made = {}
    for name, shape in sorted(shapes.items()):
        values = generator.standard_normal(shape) * (1.0 if name in ("shared.weight", "lm_head.weight") else 0.3)
        made[name] = (np.ones(shape) if "layer_norm" in name else values).astype(np.float32)
    return made


def _write_weights(folder: Path, tensors: dict[str, np.ndarray], form: str, shards: int) -> None:
    import torch
    from safetensors.numpy import save_file

    names = sorted(tensors)
    parts = [{name: tensors[name] for name in names[number::shards]} for number in range(shards)]
    stem, suffix = ("pytorch_model", "bin") if form == "pickle" else ("model", "safetensors")
    weight_map = {}
    for number, part in enumerate(parts, start=1):
        file = f"{stem}.{suffix}" if shards == 1 else f"{stem}-{number:05d}-of-{shards:05d}.{suffix}"
        weight_map |= dict.fromkeys(part, file)
        if form == "pickle":
            torch.save({name: torch.from_numpy(values) for name, values in part.items()}, folder / file)
        else:
            save_file(part, folder / file, metadata={"format": "pt"})
    if shards > 1:
        total = sum(values.nbytes for values in tensors.values())
        index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))}
        _write_json(folder / f"{stem}.{suffix}.index.json", index)


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
