"""Choose a system's decoding: each value comes from the config, else the checkpoint, else its authors' recipe."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from harness.core import validation
from harness.core.errors import ModelError
from harness.engines import Decoding

# More keys of config.json and generation_config.json that steer decoding. A config of the harness can set one of them,
# `renormalize_logits`. A checkpoint's values are used, because its authors' outputs were made with them.
_PASSED_ON = (
    "bad_words_ids", "begin_suppress_tokens", "exponential_decay_length_penalty", "forced_bos_token_id",
    "forced_eos_token_id", "remove_invalid_values", "renormalize_logits", "sequence_bias", "suppress_tokens",
)  # fmt: skip

# Keys that are refused, each with the value that has no effect. The first two count a source's padding, so that an
# output would depend on its batch; the others are kinds of decoding that are not offered. Ignoring such a key would
# give other outputs than the authors'.
_REFUSED = {
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
_REFUSED_IF_SAMPLING = ("epsilon_cutoff", "eta_cutoff", "min_p", "typical_p")


# No supported model writes an output of so many tokens, and a batch of longer ones would not fit in memory.
_MOST_TOKENS = 65_536


class DecodingOptions(BaseModel):
    """The keys under `decoding` in a config.

    Names and meanings are those of transformers' GenerationConfig, except `beam_stop`. Its defaults are not used: there
    `top_k` is 50, here sampling draws from the whole vocabulary unless a value is set.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    num_beams: int | None = Field(default=None, ge=1, le=64, description="beams of the search; 1: greedy, or sampling")
    max_length: int | None = Field(
        default=None, ge=2, le=_MOST_TOKENS, description="most tokens of an output, the decoder's start token included"
    )
    max_new_tokens: int | None = Field(
        default=None, ge=1, le=_MOST_TOKENS, description="most tokens of an output, without the start token"
    )
    min_length: int | None = Field(
        default=None, ge=0, le=_MOST_TOKENS, description="fewest tokens of an output, the start token included"
    )
    min_new_tokens: int | None = Field(
        default=None, ge=0, le=_MOST_TOKENS, description="fewest tokens of an output, without the start token"
    )
    length_penalty: float | None = Field(default=None, description="beam search: above 0 favours longer outputs")
    early_stopping: bool | Literal["never"] | None = Field(
        default=None, description="beam search: true stops as soon as there are `num_beams` finished outputs"
    )
    beam_stop: Literal["transformers", "exhaustive"] | None = Field(
        default=None,
        description="when a beam search ends: as in the installed transformers, or as in 4.49 (see Beam search)",
    )
    renormalize_logits: bool | None = Field(
        default=None,
        description="beam search: true divides the probability of tokens that may not follow among all others",
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


# Without effect unless there are several beams.
_OF_BEAMS = ("length_penalty", "early_stopping", "beam_stop", "renormalize_logits")
# Keys that only the harness has. In a checkpoint's files they mean something else: training scripts leave a seed there.
_OURS = ("samples", "seed", "beam_stop")
_SAMPLING = ("temperature", "top_k", "top_p", "samples", "seed")
_FROM_FILES = (*(name for name in DecodingOptions.model_fields if name not in _OURS), *_PASSED_ON)

# A source of values. Layers are listed in order of precedence.
_Layer = Mapping[str, Any]


def resolve(wanted: DecodingOptions, *, config: _Layer, generation: _Layer, authors: _Layer) -> Decoding:
    """Return the decoding for a checkpoint.

    Args:
        wanted: the harness's config; it has precedence.
        config: the checkpoint's config.json.
        generation: its generation_config.json, which has precedence over config.json.
        authors: the recipe of the family's authors, for values that nothing else sets.

    Raises:
        ModelError: the checkpoint's values are contradictory, or ask for a decoding that is not offered.
    """
    ours = wanted.model_dump(exclude_none=True)
    files = [_set_keys(file, _FROM_FILES) for file in (generation, config)]
    layers = (ours, *files, authors)
    values: dict[str, Any] = {}
    for layer in reversed(layers):
        values |= layer
    samples = bool(values.get("do_sample"))
    if samples:
        values["num_beams"] = _beams_of_sampling(layers)
    idle = next((name for name in _OF_BEAMS if name in ours), None)
    if idle and values.get("num_beams", 1) == 1:
        # Refused, because another value would give the same outputs and generate all of them again.
        raise ModelError(f"{idle} has no effect with one beam; remove {idle}, or set num_beams to 2 or more")
    _refuse_unoffered(generation, config, samples)
    for bound in ("min", "max"):
        for key in (f"{bound}_length", f"{bound}_new_tokens"):
            values.pop(key, None)
        tokens = _new_tokens(layers, bound)
        if tokens is not None:
            values[f"{bound}_new_tokens"] = tokens
    others = {key: values.pop(key) for key in _PASSED_ON if key in values}
    if not samples:
        values = {key: value for key, value in values.items() if key not in _SAMPLING}
    return Decoding(**_checked(values).model_dump(exclude_none=True), others=others)


def _set_keys(file: _Layer, keys: Sequence[str]) -> dict[str, Any]:
    """Return those of the keys that a file sets; null counts as not set."""
    return {key: file[key] for key in keys if file.get(key) is not None}


def _beams_of_sampling(layers: Sequence[_Layer]) -> int:
    """Return the number of beams for sampling: that of the layers down to the first that enables sampling, else 1.

    A layer that enables sampling overrides `num_beams` of the layers below it. A checkpoint's two files count as one
    layer.
    """
    ours, *files, _ = layers
    asked = [ours] if ours.get("do_sample") else [ours, *files]
    return next((layer["num_beams"] for layer in asked if "num_beams" in layer), 1)


def _refuse_unoffered(generation: _Layer, config: _Layer, samples: bool) -> None:
    """Raise ModelError if a checkpoint's files set a kind of decoding that is not offered."""
    for key, without_effect in _REFUSED.items():
        value = next((file[key] for file in (generation, config) if file.get(key) is not None), without_effect)
        if value != without_effect and (samples or key not in _REFUSED_IF_SAMPLING):
            raise ModelError(
                f"its generation_config.json or config.json has {key} {value!r}, a decoding that is not offered; "
                "remove the key in a copy of the checkpoint"
                + ", or set do_sample: false"
                * (key in _REFUSED_IF_SAMPLING)
            )


def _new_tokens(layers: Sequence[_Layer], bound: str) -> int | None:
    """Return a limit ("min" or "max") in new tokens, from the first layer that sets it in either form."""
    for layer in layers:
        # transformers counts the decoder's start in a length, so a length is one more than the new tokens.
        for key, start in ((f"{bound}_new_tokens", 0), (f"{bound}_length", 1)):
            if key in layer:
                value = layer[key]
                if not isinstance(value, int) or isinstance(value, bool):
                    raise ModelError(f"cannot decode: {key} is {value!r}, expected a whole number")
                return max(0, value - start)
    return None


def _checked(values: Mapping[str, Any]) -> DecodingOptions:
    """Return the values as options, greedy if no layer sets beams.

    Raises:
        ModelError: a value is out of range, or two contradict each other.
    """
    try:
        return DecodingOptions.model_validate({"num_beams": 1, **values})
    except ValidationError as error:
        faults = [
            f"{each['loc'][0]}: expected {validation.expected_of(each)}, found {each['input']!r}"
            if each["loc"]
            else str(each["ctx"]["error"])
            for each in error.errors()
        ]
        raise ModelError(f"cannot decode: {'; '.join(faults)}") from None
