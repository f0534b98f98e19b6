"""Find a LoRA adapter and check that it belongs to a checkpoint. Reads no weights.

An adapter is a local folder, or a repository on the Hugging Face hub at a commit, as peft saves it: adapter_config.json
and one file of weights. An engine merges it into the checkpoint's weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.core import checkpoints
from harness.core.checkpoints import Checkpoint, download
from harness.core.errors import InputError, ModelError

CONFIG = "adapter_config.json"
SAFETENSORS, PICKLE = "adapter_model.safetensors", "adapter_model.bin"
_LIBRARY = "peft"


def missing_library() -> str | None:
    """Return a sentence if the library that merges adapters is not installed; else None."""
    if find_spec(_LIBRARY) is not None:
        return None
    return f"needs {_LIBRARY}, which is not installed; pip install 'hindi-eval-harness[adapters]'"


def locate(name: str | Path, revision: str | None) -> Checkpoint:
    """Return an adapter; of one on the hub, only its configuration is downloaded.

    Raises:
        HarnessError: it does not exist, cannot be read or fetched, or is not an adapter.
    """
    if isinstance(name, Path):
        return _in_folder(name)
    return download.locate(name, revision, (CONFIG,), needed=CONFIG, kind="an adapter", weights=(SAFETENSORS, PICKLE))


def _in_folder(folder: Path) -> Checkpoint:
    try:
        if not folder.is_dir():
            raise InputError("expected an adapter's folder, found none", where=folder)
        files = checkpoints.sizes(folder)
    except OSError as error:
        raise InputError(f"could not read the folder ({error.strerror})", where=folder) from None
    if CONFIG not in files:
        content = ", ".join([*files][:5]) or "no file"
        raise InputError(f"not an adapter: no {CONFIG} in it (it contains {content})", where=folder)
    return Checkpoint(name=str(folder), commit=None, folder=folder, files=files)


def weight_file(adapter: Checkpoint, pickle: str | None) -> str:
    """Return the file of the weights; `pickle` names a pickle that the user allows.

    Raises:
        InputError: there are no weights, or only a pickle that the user has not allowed.
    """
    if SAFETENSORS in adapter.files:
        return SAFETENSORS
    if PICKLE not in adapter.files and adapter.only_cached:
        raise InputError("the adapter's weights are not in the cache; run once with a network", where=adapter.label)
    if PICKLE not in adapter.files:
        raise InputError(f"the adapter has no weights: expected {SAFETENSORS}", where=adapter.label)
    if pickle != PICKLE:
        raise InputError(
            f"the adapter's weights are a pickle only ({PICKLE}), and a pickle can hide code; if you trust its "
            f"authors, allow it by name with adapter_pickle: {PICKLE}",
            where=adapter.label,
        )
    return PICKLE


def check(adapter: Checkpoint, base: str | Path) -> None:
    """Check that an adapter can be merged, and that it was trained on this checkpoint, as far as its file says so.

    An engine checks names and shapes of its tensors.

    Args:
        adapter: the adapter.
        base: the checkpoint as the config names it. A folder can be a copy of any, so it is not compared.

    Raises:
        ModelError: it is of another kind, or of another checkpoint.
    """
    config = adapter.json(CONFIG)
    kind, trained_on = config.get("peft_type"), config.get("base_model_name_or_path")
    if kind != "LORA":
        raise ModelError(f"expected an adapter of peft_type LORA, found {kind!r}", where=adapter.label)
    named = isinstance(trained_on, str) and trained_on.count("/") == 1 and checkpoints.name_fault(trained_on) is None
    if named and isinstance(base, str) and str(trained_on).lower() != base.lower():
        raise ModelError(
            f"this adapter was trained on {trained_on}, and the checkpoint is {base}; set checkpoint: {trained_on}",
            where=adapter.label,
        )


def faults(adapter: Checkpoint, pickle: str | None) -> Iterator[str]:
    """Yield the faults in a folder's weights that can be seen without reading them."""
    files = (weight_file(adapter, pickle),)
    yield from map(str, checkpoints.weight_faults(adapter, files))


def identity(adapter: Checkpoint, file: str) -> Mapping[str, Any]:
    """Return what identifies an adapter: its content for a folder, else its name and commit."""
    if adapter.commit is None:
        return {"digest": checkpoints.digest(adapter, (CONFIG,), (file,))}
    return {"name": adapter.name, "commit": adapter.commit, "weights": file}


def summary(adapter: Checkpoint, file: str) -> str:
    """Return a line on an adapter for `harness check`."""
    rank = adapter.json(CONFIG).get("r")
    return (
        f"adapter {adapter.label}"
        + (f" (LoRA, rank {rank})" if isinstance(rank, int) else "")
        + (f", {file}, is merged into the checkpoint's weights")
    )
