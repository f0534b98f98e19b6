"""Tiny checkpoints of the translation families: real architectures and tokenizer classes, random weights, our pieces.

Each builder writes a folder with the hub's layout and returns it. transformers' own AutoTokenizer reads it too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from harness.core.records import ENGLISH, HINDI
from tests.paths import DATASET

Weights = Literal["safetensors", "pickle"]

HINDI_TEXTS = tuple(
    json.loads(line)["text"] for line in (DATASET / "segments.jsonl").read_text(encoding="utf-8").splitlines()
)
ENGLISH_TEXTS = tuple(
    row["text"]
    for line in (DATASET / "translations.jsonl").read_text(encoding="utf-8").splitlines()
    if (row := json.loads(line))["language"] == ENGLISH
)


@cache
def pieces(
    kind: Literal["bpe", "unigram"] = "unigram",
    symbols: tuple[str, ...] = (),
    texts: Sequence[str] = HINDI_TEXTS + ENGLISH_TEXTS,
    size: int = 300,
    **ids: Any,
) -> bytes:
    """Return a sentencepiece model; `<unk>`, `<s>` and `</s>` are its first pieces unless `ids` say otherwise."""
    from sentencepiece import SentencePieceTrainer

    written = BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(texts), model_writer=written, model_type=kind, vocab_size=size, num_threads=1,
        user_defined_symbols=list(symbols), character_coverage=1.0, minloglevel=2, hard_vocab_limit=False, **ids,
    )  # fmt: skip
    return written.getvalue()


def processor(content: bytes) -> Any:
    """Return a sentencepiece model that can be asked."""
    from sentencepiece import SentencePieceProcessor

    return SentencePieceProcessor(model_proto=content)


def scores(content: bytes) -> list[tuple[str, float]]:
    """Return the pieces of a sentencepiece model and their scores, as transformers reads them."""
    model = processor(content)
    return [(model.id_to_piece(number), model.get_score(number)) for number in range(model.get_piece_size())]


def nllb(folder: Path, weights: Weights = "safetensors", **settings: Any) -> Path:
    """Write an NLLB-200: M2M100 and NllbTokenizer, as sentencepiece and as tokenizer.json."""
    from transformers import NllbTokenizer
    from transformers.convert_slow_tokenizer import generate_merges
    from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES

    content = pieces("bpe")
    scored = scores(content)
    vocabulary = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
    vocabulary |= {piece: number + 1 for number, (piece, _) in enumerate(scored) if number >= 3}
    merges = generate_merges(vocabulary, dict(scored))
    # As in the hub's tokenizer.json. NllbTokenizer itself would put <mask> before the languages and change their ids.
    vocabulary |= {code: len(vocabulary) + n for n, code in enumerate((*FAIRSEQ_LANGUAGE_CODES, "<mask>"))}
    tokenizer = NllbTokenizer(vocab=vocabulary, merges=merges, src_lang=HINDI)
    tokenizer.save_pretrained(folder)
    (folder / "sentencepiece.bpe.model").write_bytes(content)
    return m2m_weights(folder, rows=len(tokenizer) + 2, weights=weights, **settings)


def m2m100(folder: Path, weights: Weights = "safetensors", **settings: Any) -> Path:
    """Write an M2M-100: M2M100Tokenizer, with eight made-up words after the languages as on the hub."""
    from transformers import M2M100Tokenizer
    from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

    content = pieces("bpe")
    folder.mkdir(parents=True)
    spm = folder / "sentencepiece.bpe.model"
    spm.write_bytes(content)
    special = ("<s>", "<pad>", "</s>", "<unk>")
    listed = [*special, *(piece for piece, _ in scores(content)[3:])]
    # The authors' dictionary has another order than the model, and lacks some of its pieces.
    listed = [*special, *sorted(listed[4:])[3:]]
    (folder / "vocab.json").write_text(json.dumps({piece: n for n, piece in enumerate(listed)}), encoding="utf-8")
    codes = [f"__{code}__" for code in FAIRSEQ_LANGUAGE_CODES["m2m100"]]  # the hub's files list them as special
    tokenizer = M2M100Tokenizer(str(folder / "vocab.json"), str(spm), src_lang="hi", additional_special_tokens=codes)
    tokenizer.save_pretrained(folder)
    return m2m_weights(folder, rows=len(listed) + 108, weights=weights, num_beams=5, **settings)


def m2m_weights(folder: Path, *, rows: int, weights: Weights, **settings: Any) -> Path:
    """Write the weights of an M2M100."""
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    config = M2M100Config(
        vocab_size=rows, d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, max_position_embeddings=64, init_std=0.4,
    )  # fmt: skip
    return save(M2M100ForConditionalGeneration, config, folder, weights, {"max_length": 24} | settings)


def mbart50(folder: Path, weights: Weights = "safetensors", **settings: Any) -> Path:
    """Write an mBART-50: MBart50Tokenizer, as sentencepiece and as tokenizer.json."""
    from transformers import MBart50Tokenizer, MBartConfig, MBartForConditionalGeneration

    content = pieces("unigram")
    tokenizer = MBart50Tokenizer(vocab=scores(content), src_lang="hi_IN")
    tokenizer.save_pretrained(folder)
    (folder / "sentencepiece.bpe.model").write_bytes(content)
    config = MBartConfig(
        vocab_size=len(tokenizer), d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, max_position_embeddings=256, init_std=0.4,
        decoder_start_token_id=2, scale_embedding=True,
    )  # fmt: skip
    stated = {"num_beams": 5, "early_stopping": True, "max_length": 24, "forced_eos_token_id": 2}
    return save(MBartForConditionalGeneration, config, folder, weights, stated | settings)


def madlad400(folder: Path, weights: Weights = "safetensors", **settings: Any) -> Path:
    """Write a MADLAD-400: T5 with an output layer of its own, and a sentencepiece model with the codes in it."""
    from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

    folder.mkdir(parents=True)
    # The codes are pieces of the authors' model.
    (folder / "spiece.model").write_bytes(pieces("unigram", ("<2en>", "<2hi>", "<2bn>"), byte_fallback=True, size=560))
    listed = scores((folder / "spiece.model").read_bytes())
    T5Tokenizer(vocab=listed, pad_token="<s>", extra_ids=0).save_pretrained(folder)
    size = len(listed)
    config = T5Config(
        vocab_size=size, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2, feed_forward_proj="gated-gelu",
        decoder_start_token_id=0, pad_token_id=1, eos_token_id=2, tie_word_embeddings=False, initializer_factor=1.0,
    )  # fmt: skip
    stated = {"decoder_start_token_id": 0, "pad_token_id": 1, "eos_token_id": 2, "max_new_tokens": 24}
    save(T5ForConditionalGeneration, config, folder, weights, stated | settings, own_output=True)
    # As on the hub. transformers 5 writes true for every T5, and remembers the difference under another key.
    change(folder / "config.json", {"tie_word_embeddings": False, "scale_decoder_outputs": None})
    return folder


def marian(folder: Path, weights: Weights = "safetensors", languages: Sequence[str] = (), **settings: Any) -> Path:
    """Write an opus-mt-hi-en: two sentencepiece models and one vocabulary, the padding token last."""
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    folder.mkdir(parents=True)
    paths = [folder / "source.spm", folder / "target.spm", folder / "vocab.json"]
    source, target = pieces(texts=HINDI_TEXTS, size=200), pieces(texts=ENGLISH_TEXTS, size=200)
    paths[0].write_bytes(source)
    paths[1].write_bytes(target)
    listed = ["</s>", "<unk>", *languages]
    listed += sorted({piece for content in (source, target) for piece, _ in scores(content)[3:]})
    listed = [*dict.fromkeys([*listed[:-5], "<pad>"])]  # the models have pieces that the vocabulary lacks
    paths[2].write_text(json.dumps({piece: number for number, piece in enumerate(listed)}), encoding="utf-8")
    names = {"source_lang": "hi", "target_lang": "mul" if languages else "en"}
    MarianTokenizer(*map(str, paths), **names).save_pretrained(folder)
    pad = len(listed) - 1
    config = MarianConfig(
        vocab_size=len(listed), d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, max_position_embeddings=128, init_std=0.4,
        pad_token_id=pad, decoder_start_token_id=pad, eos_token_id=0, forced_eos_token_id=0, scale_embedding=True,
    )  # fmt: skip
    stated = {"num_beams": 6, "max_length": 24, "bad_words_ids": [[pad]], "forced_eos_token_id": 0}
    return save(MarianMTModel, config, folder, weights, stated | settings)


def indicbart(folder: Path, weights: Weights = "safetensors", **settings: Any) -> Path:
    """Write an IndicBART: sentencepiece and added tokens, as on the hub, without tokenizer.json."""
    from transformers import MBartConfig, MBartForConditionalGeneration

    folder.mkdir(parents=True)
    content = pieces(pad_id=0, unk_id=1, bos_id=-1, eos_id=-1, pad_piece="<pad>", control_symbols="[CLS],[SEP],[MASK]")
    (folder / "spiece.model").write_bytes(content)
    count = len(scores(content))
    codes = ("as", "bn", "en", "gu", "hi", "kn", "ml", "mr", "or", "pa", "ta", "te")
    added = {token: count + n for n, token in enumerate(["<s>", "</s>", *(f"<2{code}>" for code in codes)])}
    (folder / "added_tokens.json").write_text(json.dumps(added), encoding="utf-8")
    change(folder / "tokenizer_config.json", {"keep_accents": True, "do_lower_case": False})
    config = MBartConfig(
        vocab_size=count + len(added), d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, max_position_embeddings=600, init_std=0.4,
        bos_token_id=count, eos_token_id=count + 1, pad_token_id=0, forced_eos_token_id=2,
    )  # fmt: skip
    return save(MBartForConditionalGeneration, config, folder, weights, {"max_length": 24} | settings)


def albert(folder: Path, *, keep_accents: bool = True) -> Any:
    """Return transformers' tokenizer of an IndicBART."""
    from transformers import AlbertTokenizer

    tokenizer = AlbertTokenizer(
        vocab=scores((folder / "spiece.model").read_bytes()), keep_accents=keep_accents, do_lower_case=False
    )
    tokenizer.add_tokens(list(json.loads((folder / "added_tokens.json").read_text(encoding="utf-8"))))
    return tokenizer


def generic(folder: Path, kind: str, **settings: Any) -> Path:
    """Write a checkpoint of another architecture ("bart", "pegasus", "t5", "mt5", "umt5") with T5's tokenizer."""
    import transformers
    from transformers import T5Tokenizer

    content = pieces(pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    listed = scores(content)
    T5Tokenizer(vocab=listed, extra_ids=0).save_pretrained(folder)
    special = {"vocab_size": len(listed), "d_model": 16, "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 0}
    sizes: dict[str, Any] = {
        "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
        "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "max_position_embeddings": 600, "init_std": 0.4,
    }  # fmt: skip
    if kind.endswith("t5"):
        sizes = {"d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2}
    name = {"bart": "Bart", "pegasus": "Pegasus", "t5": "T5", "mt5": "MT5", "umt5": "UMT5"}[kind]
    config = getattr(transformers, f"{name}Config")(**special, **sizes, decoder_start_token_id=0)
    architecture = getattr(transformers, f"{name}ForConditionalGeneration")
    return save(architecture, config, folder, "safetensors", {"max_new_tokens": 16, "num_beams": 3} | settings)


def save(
    architecture: Any,
    config: Any,
    folder: Path,
    weights: Weights,
    settings: Mapping[str, Any],
    *,
    own_output: bool = False,
) -> Path:
    """Write random weights and their configuration.

    Args:
        architecture: a class of transformers.
        config: its configuration.
        folder: where it is written.
        weights: the form of the file.
        settings: of generation; None removes the key.
        own_output: the output layer is not the embedding.
    """
    import torch

    torch.manual_seed(1)
    model = architecture(config).eval()
    if own_output:
        model.lm_head.weight = torch.nn.Parameter(torch.randn_like(model.lm_head.weight))
    model.save_pretrained(folder)
    if weights == "pickle":
        (folder / "model.safetensors").unlink()
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
    # Without it, random models write one word again and again.
    change(folder / "generation_config.json", {"no_repeat_ngram_size": 2} | dict(settings))
    change(folder / "config.json", {key: value for key, value in settings.items() if value is None})
    return folder


def change(path: Path, keys: Mapping[str, Any]) -> None:
    """Set keys of a JSON file; None removes a key."""
    stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    stored = {key: value for key, value in (stored | keys).items() if value is not None}
    path.write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")


BUILDERS: Mapping[str, Callable[..., Path]] = {
    "nllb": nllb, "m2m100": m2m100, "mbart50": mbart50, "madlad400": madlad400, "marian": marian,
}  # fmt: skip
