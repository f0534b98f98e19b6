"""Check weights after loading. A model that fails one of these checks may run and give wrong outputs silently."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import is_zipfile

from harness.core.errors import ModelError
from harness.engines import Weights

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

# Sinusoidal positions: old pickles contain them, and transformers computes them.
_COMPUTED = ("embed_positions.weights", "embed_positions._float_tensor")


def check(model: PreTrainedModel, report: Mapping[str, Any], weights: Weights) -> None:
    """Check a loaded model against transformers' loading report and against the files.

    Raises:
        ModelError: a tensor is missing, unexpected, of another shape, never filled, not finite, or not shared as in
            the files; the message names it.
    """
    _check_report(report, weights)
    check_values(model, weights.folder)
    _check_ties(model, weights)


def _check_report(report: Mapping[str, Any], weights: Weights) -> None:
    def fail(names: list[str], fault: str) -> ModelError:
        more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
        model = weights.architecture.rpartition(":")[2]
        return ModelError(f"tensor {names[0]}{more} {fault.format(model=model)}", where=weights.folder)

    if mismatched := report["mismatched_keys"]:
        _, stored, expected = min(mismatched)
        shapes = f"has shape {list(stored)} in the file, and {{model}} with this config.json wants {list(expected)}"
        raise fail(sorted(name for name, *_ in mismatched), shapes)
    if missing := sorted(report["missing_keys"]):
        raise fail(missing, "is in no file, and {model} would run with random numbers in its place")
    if unexpected := sorted(name for name in report["unexpected_keys"] if not name.endswith(_COMPUTED)):
        raise fail(unexpected, "is in the file and {model} has no place for it: is this another model's checkpoint?")
    if errors := report.get("error_msgs"):
        raise ModelError(" ".join(" ".join(map(str, errors)).split()), where=weights.folder)


def check_values(model: PreTrainedModel, where: Path) -> None:
    """Check that every tensor of a model is filled with finite numbers.

    Args:
        model: loaded.
        where: the folder that an error names.

    Raises:
        ModelError: one is not.
    """
    import torch

    for kind, tensors in (("weight", model.named_parameters()), ("buffer", model.named_buffers())):
        for name, tensor in tensors:
            if tensor.is_meta:
                raise ModelError(f"{kind} {name} was never filled", where=where)
            if tensor.numel() and tensor.is_floating_point():
                # Minimum and maximum are NaN if any value is, and computing them needs no copy of the tensor.
                low, high = torch.aminmax(tensor.detach())
                if not (torch.isfinite(low) and torch.isfinite(high)):
                    value = "NaN" if torch.isnan(low) else "infinity"
                    raise ModelError(f"{kind} {name} contains {value}: it is damaged; fetch it again", where=where)


def _check_ties(model: PreTrainedModel, weights: Weights) -> None:
    """Check each pair of weights that the architecture can share.

    transformers 5 ignores `tie_word_embeddings` of mT5: it shares the output layer with the embedding unless the file
    contains two different tensors. So the files decide which tensors are shared, not the configuration.
    """
    import torch

    opened = _Files(weights)
    files = opened.stored()
    _check_output_layer(model, files, weights)
    parameters = dict(model.named_parameters(remove_duplicate=False))
    # An embedding that several layers share can be stored under the name of any of them.
    filled = {parameters[name].data_ptr() for name in files if name in parameters}
    for name, source in model.get_expanded_tied_weights_keys(all_submodels=True).items():
        try:
            one, other = model.get_parameter(name), model.get_parameter(source)
        except AttributeError:
            continue  # this configuration has no such layer
        shared = one.data_ptr() == other.data_ptr()
        if not shared and not {one.data_ptr(), other.data_ptr()} <= filled:
            absent = name if one.data_ptr() not in filled else source
            raise ModelError(
                f"{name} must be {source} itself and is not: {absent} is in no file, so that it "
                "would be random numbers",
                where=weights.folder,
            )
        for key, loaded in ((name, one), (source, other)):
            # If two stored tensors were loaded as one, or one as two, a loaded tensor differs from its file.
            if key in files:
                ends = opened.ends(files[key], key)
                if not torch.equal(ends.to(loaded.dtype), torch.cat([loaded[:8], loaded[-8:]]).detach().cpu()):
                    raise ModelError(
                        f"{key} differs from the tensor in {files[key]}: this release of transformers ties it "
                        "wrongly; try another",
                        where=weights.folder,
                    )


def _check_output_layer(model: PreTrainedModel, files: Mapping[str, str], weights: Weights) -> None:
    """Raise ModelError if a T5 that has an output layer of its own lost it: transformers 5 would use the embedding.

    The configuration of such a T5 (1.1, MADLAD-400) says that the output is not scaled.
    """
    if getattr(model.config, "scale_decoder_outputs", None) is False and "lm_head.weight" not in files:
        raise ModelError(
            "lm_head.weight is in no file, and config.json says that the output layer is not the embedding "
            "(tie_word_embeddings: false); is the copy complete?",
            where=weights.folder,
        )


class _Files:
    """Reads a few rows of the files of weights."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._pickles: dict[str, dict[str, torch.Tensor]] = {}  # by file; each is read once

    def stored(self) -> dict[str, str]:
        """Return the file of each stored tensor, by name."""
        folder, files = self._weights.folder, self._weights.files
        index = next((name for name in files if name.endswith(".index.json")), None)
        if index is not None:
            table = json.loads((folder / index).read_text(encoding="utf-8"))
            return dict(table["weight_map"])
        (file,) = files
        if self._weights.pickled:
            return dict.fromkeys(self._unpickled(file), file)
        from safetensors import safe_open

        with safe_open(folder / file, framework="pt") as opened:
            return dict.fromkeys(opened.keys(), file)

    def ends(self, file: str, name: str) -> torch.Tensor:
        """Return the first and the last eight rows of a stored tensor."""
        import torch

        if self._weights.pickled:
            whole = self._unpickled(file)[name]
            return torch.cat([whole[:8], whole[-8:]])
        from safetensors import safe_open

        with safe_open(self._weights.folder / file, framework="pt") as opened:
            part = opened.get_slice(name)
            rows = part.get_shape()[0]
            return torch.cat([part[:8], part[max(0, rows - 8) :]])

    def _unpickled(self, file: str) -> dict[str, torch.Tensor]:
        import torch

        if file not in self._pickles:
            path = self._weights.folder / file
            # Tensors only: torch refuses a pickle that would run code. Files from before torch 1.6 are not zip archives
            # and cannot be mapped into memory.
            self._pickles[file] = torch.load(path, map_location="cpu", weights_only=True, mmap=is_zipfile(path))
        return self._pickles[file]
