"""Load a checkpoint's weights with transformers, check them, and merge an adapter into them."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from harness.core.errors import HarnessError, ModelError
from harness.engines import Weights, _adapters, _beams, _checks, _library_errors

_DECODER_ONLY = "transformers:AutoModelForCausalLM"


def load(weights: Weights, dtype: str) -> Any:
    """Return the checked model on the CPU, with its adapter merged.

    Args:
        weights: the files.
        dtype: "float32", "bfloat16" or "float16".

    Raises:
        ModelError: the weights or the adapter are damaged or another model's, or do not fit the memory.
    """
    import torch

    module, _, name = weights.architecture.partition(":")
    architecture = getattr(importlib.import_module(module), name)
    _beams.register()
    with _quiet():
        try:
            model, report = architecture.from_pretrained(
                weights.folder,
                dtype=getattr(torch, dtype),
                attn_implementation=_attention(weights),
                use_safetensors=not weights.pickled,
                local_files_only=True,
                ignore_mismatched_sizes=True,  # `_checks` reports them, with the tensor's name
                output_loading_info=True,
            )
        except (HarnessError, AttributeError, NameError, ImportError):
            raise  # a message of ours; or a bug or a broken installation: show the traceback
        except Exception as error:  # the library raises many kinds
            raise _fault(error, weights, name) from None
    _checks.check(model, report, weights)
    if weights.adapter is not None:
        model = _adapters.merge(model, weights.adapter)
        _checks.check_values(model, weights.adapter)
    return model


def _attention(weights: Weights) -> str | None:
    """Return how attention is computed: as all sequences of a source share it; a decoder-only model's own way.

    The scores of some decoder-only models (Gemma 2) are capped, which transformers leaves out silently in any way but
    "eager".
    """
    if weights.architecture != _DECODER_ONLY:
        return _beams.ATTENTION
    config = json.loads((weights.folder / "config.json").read_text(encoding="utf-8"))
    text = config.get("text_config") or config
    return "eager" if text.get("attn_logit_softcapping") is not None else None


def _fault(error: Exception, weights: Weights, architecture: str) -> ModelError:
    """Return in our words why transformers could not load the weights."""
    import transformers

    reason = _library_errors.line(error)
    if _library_errors.is_out_of_memory(error):
        return ModelError(f"the weights do not fit the memory ({reason})", where=weights.folder)
    if weights.pickled and "weights_only" in str(error):
        # torch's own message goes on to say how to switch its protection off.
        return ModelError(
            f"its pickle {weights.files[0]} contains more than tensors, which can be a program; nothing of it was run. "
            "Do not use it; take a checkpoint with model.safetensors",
            where=weights.folder,
        )
    return ModelError(
        f"transformers {transformers.__version__} could not load {architecture} ({reason}); is the download complete, "
        "and is config.json this model's?",
        where=weights.folder,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence transformers' reports on stderr. `_checks` reports the same faults in our words."""
    from transformers.utils import logging

    verbosity, had_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if had_bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
