"""Which decoding a system gets: what the config says, else what the checkpoint says, else what its authors do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from harness.core.errors import ModelError
from harness.engines import Decoding

# Keys of a checkpoint's config.json or generation_config.json that steer decoding and have no field of their own below.
# Like those that have one they are obeyed, because the authors' outputs were made with them.
_OTHERS = (
    "bad_words_ids", "begin_suppress_tokens", "exponential_decay_length_penalty", "forced_bos_token_id",
    "forced_eos_token_id", "remove_invalid_values", "renormalize_logits", "sequence_bias", "suppress_tokens",
)  # fmt: skip

# Such keys that cannot be obeyed, with the value that means nothing: the first two look at a source's padding, so that
# an output would depend on its batch, and the others are decodings that are not offered. Ignoring them would give other
# outputs than the authors'.
_UNFIT = {
    "encoder_no_repeat_ngram_size": 0,
    "encoder_repetition_penalty": 1.0,
    "diversity_penalty": 0.0,
    "epsilon_cutoff": 0.0,
    "eta_cutoff": 0.0,
    "guidance_scale": 1.0,
    "min_p": 0.0,
    "num_beam_groups": 1,
    "penalty_alpha": 0.0,
    "typical_p": 1.0,
}
_UNFIT_SAMPLING = ("epsilon_cutoff", "eta_cutoff", "min_p", "typical_p")


class DecodingOptions(BaseModel):
    """What a config may say of decoding.

    Names and meanings are those of transformers' GenerationConfig; its defaults are not used (there `top_k` is 50, here
    sampling draws from all words unless something says otherwise).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    num_beams: int | None = Field(default=None, ge=1, le=64, description="beams of the search; 1: greedy, or sampling")
    max_length: int | None = Field(
        default=None, ge=2, description="most tokens of an output, the decoder's start token included"
    )
    max_new_tokens: int | None = Field(
        default=None, ge=1, description="most tokens of an output, without the start token"
    )
    min_length: int | None = Field(
        default=None, ge=0, description="fewest tokens of an output, the start token included"
    )
    min_new_tokens: int | None = Field(
        default=None, ge=0, description="fewest tokens of an output, without the start token"
    )
    length_penalty: float | None = Field(default=None, description="beam search: above 0 favours longer outputs")
    early_stopping: bool | Literal["never"] | None = Field(
        default=None, description="beam search: true stops as soon as there are `num_beams` finished outputs"
    )
    no_repeat_ngram_size: int | None = Field(
        default=None, ge=0, description="no n-gram of this many tokens appears twice in an output; 0: off"
    )
    repetition_penalty: float | None = Field(
        default=None, gt=0, description="above 1 makes tokens that were used already less likely"
    )
    do_sample: bool | None = Field(default=None, description="draw tokens at random instead of taking the best")
    temperature: float | None = Field(default=None, gt=0, description="sampling: below 1 favours likely tokens")
    top_k: int | None = Field(default=None, ge=0, description="sampling: draw from the k likeliest tokens; 0: from all")
    top_p: float | None = Field(
        default=None, gt=0, le=1, description="sampling: draw from the likeliest tokens that sum to this probability"
    )
    samples: int | None = Field(
        default=None, ge=1, le=1000, description="sampling: outputs for each source; scores are averaged over them"
    )
    seed: int | None = Field(default=None, ge=0, description="sampling: the same seed gives the same outputs")

    @model_validator(mode="after")
    def _agree(self) -> DecodingOptions:
        for one, other in (("max_length", "max_new_tokens"), ("min_length", "min_new_tokens")):
            if getattr(self, one) is not None and getattr(self, other) is not None:
                raise ValueError(f"{one} and {other} say the same thing twice; keep one")
        if (self.min_new_tokens or 0) > (self.max_new_tokens or math.inf):
            raise ValueError(f"min_new_tokens {self.min_new_tokens} is over max_new_tokens {self.max_new_tokens}")
        if self.do_sample:
            if (self.num_beams or 1) > 1:
                raise ValueError("do_sample with num_beams over 1 is not offered; sample with num_beams: 1")
        else:
            idle = [name for name in _SAMPLING if getattr(self, name) is not None]
            if idle:
                raise ValueError(f"{idle[0]} has no effect without do_sample: true; add that, or remove {idle[0]}")
        return self


# No names of transformers': a training script that left them in config.json meant something else.
_OURS = ("samples", "seed")
_SAMPLING = ("temperature", "top_k", "top_p", "samples", "seed")


def resolve(
    wanted: DecodingOptions, *, config: Mapping[str, Any], generation: Mapping[str, Any], authors: Mapping[str, Any]
) -> Decoding:
    """Return the decoding for a checkpoint with this config.json and generation_config.json.

    `authors` is what the family's authors use where the checkpoint says nothing, in the same names.

    Raises:
        ModelError: what the checkpoint says cannot be done.
    """
    said = wanted.model_dump(exclude_none=True)
    names = (*(name for name in DecodingOptions.model_fields if name not in _OURS), *_OTHERS)
    files = [{key: file[key] for key in names if file.get(key) is not None} for file in (generation, config)]
    layers = (said, *files, authors)
    chosen: dict[str, Any] = {}
    for layer in reversed(layers):
        chosen |= layer
    if chosen.get("do_sample"):
        # Who asks for sampling asks for no beams of those behind him: of a checkpoint, or of its authors.
        asking = (said,) if said.get("do_sample") else (said, *files)
        chosen["num_beams"] = next((layer["num_beams"] for layer in asking if "num_beams" in layer), 1)
    for key, nothing in _UNFIT.items():
        value = next((file[key] for file in (generation, config) if file.get(key) is not None), nothing)
        if value != nothing and (chosen.get("do_sample") or key not in _UNFIT_SAMPLING):
            raise ModelError(
                f"its generation_config.json or config.json has {key} {value!r}, a decoding that is not offered; "
                "remove the key in a copy of the checkpoint" + ", or set do_sample: false" * (key in _UNFIT_SAMPLING)
            )
    for name in ("max", "min"):
        for key in (f"{name}_length", f"{name}_new_tokens"):
            chosen.pop(key, None)
        tokens = _tokens(layers, name)
        if tokens is not None:
            chosen[f"{name}_new_tokens"] = tokens
    others = {key: chosen.pop(key) for key in _OTHERS if key in chosen}
    if not chosen.get("do_sample"):
        chosen = {key: value for key, value in chosen.items() if key not in _SAMPLING}
    try:
        options = DecodingOptions.model_validate({"num_beams": 1, **chosen})
    except ValidationError as error:
        faults = [
            f"{each['loc'][0]}: {each['msg']}, found {each['input']!r}" if each["loc"] else str(each["ctx"]["error"])
            for each in error.errors()
        ]
        raise ModelError(f"its decoding cannot be done: {'; '.join(faults)}") from None
    return Decoding(**options.model_dump(exclude_none=True), others=others)


def _tokens(layers: Sequence[Mapping[str, Any]], name: str) -> int | None:
    """Return a limit in new tokens, from the first layer that has one in either form."""
    for layer in layers:
        # Where transformers counts the decoder's start, one goes off.
        for key, start in ((f"{name}_new_tokens", 0), (f"{name}_length", 1)):
            if key in layer:
                value = layer[key]
                if not isinstance(value, int) or isinstance(value, bool):
                    raise ModelError(f"its decoding cannot be done: {key} is {value!r}, no number")
                return max(0, value - start)
    return None
