"""Say where each value of a system's decoding comes from: the config, the checkpoint, its authors, or a default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from harness.core.descriptions import Origin
from harness.engines import Decoding

# Settings that matter for every search, for a beam search, and for sampling. Others are shown if they have an effect.
_ALWAYS = ("num_beams", "max_new_tokens")
_BEAMS = ("length_penalty", "early_stopping", "beam_stop")
_SAMPLING = ("do_sample", "temperature", "top_k", "top_p", "samples", "seed")
# A length can be stated with the decoder's start token or without it.
_OTHER_NAME = {"max_new_tokens": "max_length", "min_new_tokens": "min_length"}


def shown(decoding: Decoding) -> dict[str, Any]:
    """Return the settings that matter: those of the kind of search, and others that differ from having no effect."""
    values: dict[str, Any] = asdict(decoding)
    others: dict[str, Any] = values.pop("others")
    plain = asdict(Decoding(max_new_tokens=0))
    names = [*_ALWAYS, *(_BEAMS if decoding.num_beams > 1 else ()), *(_SAMPLING if decoding.do_sample else ())]
    more = [name for name in values if name not in (*_ALWAYS, *_BEAMS, *_SAMPLING) and values[name] != plain[name]]
    return {name: values[name] for name in (*names, *more)} | others


def origins(
    names: Mapping[str, Any],
    *,
    config: Mapping[str, Any],
    checkpoint: Mapping[str, Any],
    authors: Mapping[str, Any],
) -> dict[str, Origin]:
    """Return where each setting comes from.

    Args:
        names: settings, as `shown` returns them.
        config: what the harness's config sets under `decoding`.
        checkpoint: generation_config.json over config.json of the checkpoint; null counts as not set.
        authors: the recipe of the family's authors.
    """
    layers: tuple[tuple[Origin, Mapping[str, Any]], ...] = (
        ("config", config), ("checkpoint", checkpoint), ("authors", authors),
    )  # fmt: skip
    return {
        name: next((origin for origin, layer in layers if _sets(layer, name, value)), "default")
        for name, value in names.items()
    }


def _sets(layer: Mapping[str, Any], name: str, value: Any) -> bool:
    """Return whether a setting has this value because of a layer.

    Another value there has no effect: a checkpoint's number of beams, for example, if the config asks for sampling.
    """
    if name in _OTHER_NAME:
        return any(layer.get(key) is not None for key in (name, _OTHER_NAME[name]))
    return name in layer and layer[name] == value
