"""Turn a decoding into the GenerationConfig of transformers, with the special tokens of the checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.engines import Decoding, Request

if TYPE_CHECKING:
    from transformers import GenerationConfig, PreTrainedModel


def of(decoding: Decoding, request: Request, special: dict[str, Any]) -> GenerationConfig:
    """Return the configuration of a batch.

    Args:
        decoding: contains the checkpoint's own settings already.
        request: any of the batch, whose requests have the same start and first token.
        special: see `special_tokens`.
    """
    from transformers import GenerationConfig

    settings: dict[str, Any] = {
        **decoding.others,
        **special,
        "max_new_tokens": decoding.max_new_tokens,
        "num_beams": decoding.num_beams,
        "num_return_sequences": decoding.samples,
        "do_sample": decoding.do_sample,
        "repetition_penalty": decoding.repetition_penalty,
        "no_repeat_ngram_size": decoding.no_repeat_ngram_size,
    }
    if decoding.ends:
        settings["eos_token_id"] = sorted(ends(special["eos_token_id"]) | frozenset(decoding.ends))
    if request.start:
        # Without it, transformers would put the checkpoint's own start before ours.
        settings["decoder_start_token_id"] = request.start[0]
    if request.first is not None:
        settings["forced_bos_token_id"] = request.first
    if decoding.min_new_tokens:
        settings["min_new_tokens"] = decoding.min_new_tokens
    if decoding.num_beams > 1:
        settings |= {"length_penalty": decoding.length_penalty, "early_stopping": decoding.early_stopping}
    if decoding.do_sample:
        # `_sampling.Draw` has applied these already, and leaves transformers' own draw one token to choose.
        settings |= {"temperature": 1.0, "top_k": 0, "top_p": 1.0}
    return GenerationConfig(**settings)  # type: ignore[no-untyped-call]


def special_tokens(model: PreTrainedModel) -> dict[str, Any]:
    """Return the checkpoint's ids of the padding, start and end tokens."""
    sources = (model.generation_config, model.config)
    names = ("pad_token_id", "eos_token_id", "bos_token_id", "decoder_start_token_id")
    ids = {
        name: next((value for s in sources if (value := getattr(s, name, None)) is not None), None) for name in names
    }
    if ids["pad_token_id"] is None:
        ids["pad_token_id"] = min(ends(ids["eos_token_id"]), default=0)
    return ids


def ends(eos: int | list[int] | None) -> frozenset[int]:
    """Return the tokens that end an output."""
    if eos is None:
        return frozenset()
    return frozenset([eos] if isinstance(eos, int) else eos)
