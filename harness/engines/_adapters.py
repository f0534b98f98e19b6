"""Merge a LoRA adapter into a loaded model with peft. The merged model has no trace of the adapter's own layers."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

from harness.core.errors import ModelError
from harness.engines import _library_errors

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

_NAME = "default"  # peft's name for an adapter that has none
# The errors for an adapter that does not fit. peft raises ValueError if no layer has a name of `target_modules`, if a
# setting has an impossible value, and if merged weights are not finite; TypeError if a setting has another type;
# KeyError if a layer of `modules_to_save` or a trained token has no tensor; and a kind of RuntimeError for an adapter
# that cannot be merged, such as aLoRA. torch raises RuntimeError for a tensor of another shape.
_MISFITS = (ValueError, TypeError, KeyError, RuntimeError)


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
        tensors = _read(folder)
        with _explained(folder):
            config = peft.LoraConfig.from_pretrained(str(folder))
            config.inference_mode = True
            adapted = peft.get_peft_model(model, config)
            report = peft.set_peft_model_state_dict(adapted, tensors)
        _check(adapted, report, folder)
        with _explained(folder):
            merged = adapted.merge_and_unload(safe_merge=True)
    return merged.to(dtype)


def _read(folder: Path) -> dict[str, torch.Tensor]:
    """Return the tensors of an adapter.

    Raises:
        ModelError: the file is damaged, or a pickle of more than tensors.
    """
    import peft
    from safetensors import SafetensorError

    try:
        return peft.load_peft_weights(str(folder), device="cpu")
    except UnpicklingError:
        raise ModelError(
            "the adapter's pickle contains more than tensors, which can be a program; nothing of it was run. Do "
            "not use it; take an adapter with adapter_model.safetensors",
            where=folder,
        ) from None
    # A file that was cut gives the first four, depending on the place; a pickle of other bytes gives the last.
    except (SafetensorError, RuntimeError, EOFError, OSError, KeyError) as error:
        reason = _library_errors.line(error)
        raise ModelError(f"could not read the adapter's weights ({reason}); fetch it again", where=folder) from None


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Turn the errors of peft into a ModelError that names the adapter."""
    try:
        yield
    except _MISFITS as error:
        fitted = "the memory" if _library_errors.is_out_of_memory(error) else "this checkpoint"
        reason = _library_errors.line(error)
        raise ModelError(f"the adapter does not fit {fitted} ({reason})", where=folder) from None


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
