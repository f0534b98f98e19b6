"""Merge a LoRA adapter into a loaded model with peft. The merged model has no trace of the adapter's own layers."""

from __future__ import annotations

import warnings
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

from harness.core.errors import ModelError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_NAME = "default"  # peft's name for an adapter that has none


def merge(model: PreTrainedModel, folder: Path) -> Any:
    """Return the model with an adapter merged into its weights, which are changed in place.

    Args:
        model: loaded and checked.
        folder: with adapter_config.json and the adapter's weights.

    Raises:
        ModelError: the adapter is another model's, or damaged.
    """
    import peft

    dtype = model.dtype
    with warnings.catch_warnings():
        # peft warns of what is checked here, and of training.
        warnings.simplefilter("ignore")
        try:
            config = peft.LoraConfig.from_pretrained(str(folder))
            config.inference_mode = True
            adapted = peft.get_peft_model(model, config)
            tensors = peft.load_peft_weights(str(folder), device="cpu")
            report = peft.set_peft_model_state_dict(adapted, tensors)
            _check(adapted, report, folder)
            return adapted.merge_and_unload(safe_merge=True).to(dtype)
        except (ValueError, RuntimeError, KeyError, TypeError, NotImplementedError) as error:
            raise ModelError(f"the adapter does not fit this checkpoint ({_line(error)})", where=folder) from None
        except UnpicklingError:
            raise ModelError(
                "the adapter's pickle contains more than tensors, which can be a program; nothing of it was run. Do "
                "not use it; take an adapter with adapter_model.safetensors",
                where=folder,
            ) from None


def _check(adapted: Any, report: Any, folder: Path) -> None:
    """Check that every tensor of the adapter has a place, that none is missing, and that none changes two layers."""
    if unexpected := sorted(report.unexpected_keys):
        raise ModelError(f"tensor {unexpected[0]} of the adapter has no place in this checkpoint", where=folder)
    if missing := sorted(name for name in report.missing_keys if f".{_NAME}" in name):
        raise ModelError(f"the adapter lacks tensor {missing[0]}; fetch it again", where=folder)
    owners: dict[int, list[str]] = {}
    for name, tensor in adapted.named_parameters(remove_duplicate=False):
        owners.setdefault(tensor.data_ptr(), []).append(name)
    for names in owners.values():
        changed = [name for name in names if ".base_layer." in name]
        if changed and len(names) > 1:
            raise ModelError(
                f"the adapter changes {changed[0]}, which the checkpoint shares with another layer; merging it would "
                "change both. Merge it with peft after untying them, and name the result as checkpoint",
                where=folder,
            )


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}"
