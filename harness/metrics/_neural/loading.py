"""Load a checkpoint of COMET: its hyperparameters, its encoder, and the tensors of its head.

A checkpoint is a folder with `hparams.yaml` and `checkpoints/model.ckpt`, as the authors publish them. The file of
weights is a pickle of PyTorch Lightning. It is read with `weights_only`, which runs no code; a file that needs more is
refused. Every tensor must be one that the network uses, or one of those that COMET is known to save without need.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.core import document
from harness.core.errors import ModelError
from harness.core.scores import SEVERITIES, Severity
from harness.metrics._neural.tokens import Tokenizer

if TYPE_CHECKING:
    from torch import Tensor

HYPERPARAMETERS = "hparams.yaml"
WEIGHTS = "checkpoints/model.ckpt"

# COMET's names of encoders, with transformers' classes.
ENCODERS = {"XLM-RoBERTa": "XLMRobertaModel", "XLM-RoBERTa-XL": "XLMRobertaXLModel"}

# Tensors that COMET saves and its prediction does not use.
_UNUSED = re.compile(
    r"encoder\.model\.embeddings\.position_ids|encoder\.model\.pooler\..*|layerwise_attention\.dropout_(mask|fill)|wordloss\.weight"
)
_ENCODER = "encoder.model."


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """The settings of hparams.yaml that decide a score."""

    kind: str  # class_identifier: "regression_metric", "unified_metric", "xcomet_metric"
    encoder: str  # a key of ENCODERS
    pretrained: str  # name of the encoder, whose configuration and tokenizer are read
    layer: str | int  # "mix", or the number of a layer (regression_metric)
    sentence_layer: str | int  # the same for the other two
    word_layer: int
    transformation: str  # of the scalars of the mix
    normalises: bool
    pool: str
    hidden: tuple[int, ...]
    activation: str
    final_activation: str | None
    inputs: tuple[str, ...]  # "mt", "src", "ref" in the order of the sequence
    labels: tuple[Severity, ...]  # of error spans, without "no error"

    @classmethod
    def read(cls, path: Path, **changes: Any) -> Hyperparameters:
        """Return the settings in a file; `changes` replace keys of the file.

        Raises:
            HarnessError: the file cannot be read, or its network is not one of COMET's that are known here.
        """
        given: dict[str, Any] = {**document.read(path, expected="class_identifier and encoder_model").tree, **changes}
        encoder = str(given.get("encoder_model"))
        if encoder not in ENCODERS:
            expected = " or ".join(ENCODERS)
            raise ModelError(f"encoder_model: expected {expected}, found {encoder}", where=path)
        labels = tuple(given.get("error_labels") or SEVERITIES)
        if unknown := [label for label in labels if label not in SEVERITIES]:
            raise ModelError(f"error_labels: expected {', '.join(SEVERITIES)}, found {unknown[0]}", where=path)
        return cls(
            kind=str(given.get("class_identifier")),
            encoder=encoder,
            pretrained=str(given.get("pretrained_model")),
            layer=given.get("layer", "mix"),
            sentence_layer=given.get("sent_layer", "mix"),
            word_layer=int(given.get("word_layer") or 0),
            transformation=str(given.get("layer_transformation", "softmax")),
            normalises=bool(given.get("layer_norm", False)),
            pool=str(given.get("pool", "avg")),
            hidden=tuple(given.get("hidden_sizes", ())),
            activation=str(given.get("activations", "Tanh")),
            final_activation=given.get("final_activation"),
            inputs=tuple(given.get("input_segments") or ("mt", "src")),
            labels=labels,
        )


@dataclass(frozen=True, slots=True)
class CometNetwork:
    """A loaded checkpoint of COMET."""

    parameters: Hyperparameters
    encoder: Any  # transformers' model, in evaluation mode
    tokenizer: Tokenizer
    tensors: Mapping[str, Tensor]  # all that are not the encoder's
    batch_tokens: int | None = None  # tokens of a batch, padding included


def load(
    folder: Path, parameters: Hyperparameters, encoder: Path, *, weights: str = WEIGHTS, dtype: str = "float32",
    device: str = "cpu", batch_tokens: int | None = None,
) -> CometNetwork:  # fmt: skip
    """Return the network in a folder.

    Args:
        folder: of the checkpoint.
        parameters: its settings.
        encoder: folder with the configuration and the tokenizer of the encoder.
        weights: the file of weights in the folder.
        dtype: "float32", "bfloat16" or "float16".
        device: as torch names it.
        batch_tokens: tokens of a batch, padding included; None: as many as suit the device.

    Raises:
        ModelError: a file is missing or damaged, the pickle has more than tensors, or a tensor is missing or left over.
    """
    import torch
    import transformers
    from transformers.initialization import no_init_weights

    state = _state(folder / weights)
    config = transformers.AutoConfig.from_pretrained(encoder, local_files_only=True)
    with no_init_weights():
        network = getattr(transformers, ENCODERS[parameters.encoder])(config, add_pooling_layer=False)
    of_encoder = {
        key.removeprefix(_ENCODER): tensor
        for key, tensor in state.items()
        if key.startswith(_ENCODER) and not _UNUSED.fullmatch(key)
    }
    others = {
        key: tensor.to(device, getattr(torch, dtype))
        for key, tensor in state.items()
        if not key.startswith(_ENCODER) and not _UNUSED.fullmatch(key)
    }
    _fill(network, of_encoder, folder)
    _check(others, parameters, int(config.num_hidden_layers), int(config.hidden_size), folder)
    network.to(device, getattr(torch, dtype)).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(encoder, local_files_only=True)
    return CometNetwork(
        parameters, network, Tokenizer(tokenizer, int(config.max_position_embeddings)), others, batch_tokens
    )


def _state(path: Path) -> dict[str, Tensor]:
    content = unpickled(path)
    state = content.get("state_dict") if isinstance(content, dict) else None
    if not isinstance(state, dict):
        raise ModelError("expected a checkpoint of PyTorch Lightning with a state_dict, found none", where=path)
    refuse_not_finite({name: tensor for name, tensor in state.items() if not _UNUSED.fullmatch(name)}, path)
    return state


def refuse_not_finite(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Raise ModelError if a tensor contains NaN or infinity."""
    import torch

    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise ModelError(f"tensor {name} contains NaN or infinity; fetch the checkpoint again", where=path)


def unpickled(path: Path) -> Any:
    """Return the content of a pickle of tensors, plain dicts, texts and numbers.

    Raises:
        ModelError: it is missing or damaged, or contains more, which could be a program.
    """
    import pickle

    import torch

    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except FileNotFoundError:
        raise ModelError("no such file; is the download complete?", where=path) from None
    except pickle.UnpicklingError:
        raise ModelError(
            "this pickle contains more than tensors, which can be a program; nothing of it was run. Do not use it",
            where=path,
        ) from None
    except (RuntimeError, ValueError, EOFError, OSError) as error:
        raise ModelError(f"damaged ({str(error).splitlines()[0]}); fetch it again", where=path) from None


def _fill(network: Any, tensors: Mapping[str, Tensor], folder: Path) -> None:
    """Put the tensors into the encoder; all must fit, and none may be missing."""
    wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    given = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    _compare(wanted, given, folder, prefix=_ENCODER)
    network.load_state_dict(tensors, strict=True, assign=True)


def _check(
    tensors: Mapping[str, Tensor], parameters: Hyperparameters, layers: int, width: int, folder: Path
) -> None:  # fmt: skip
    """Raise ModelError unless the tensors are exactly those that the network reads."""
    factor = 6 if parameters.kind == "regression_metric" else 1
    wanted: dict[str, tuple[int, ...]] = {"layerwise_attention.gamma": (1,)}
    wanted |= {f"layerwise_attention.scalar_parameters.{index}": (1,) for index in range(layers + 1)}
    sizes = (width * factor, *parameters.hidden, 1)
    for index, (size, following) in enumerate(pairwise(sizes)):
        wanted |= {
            f"estimator.ff.{3 * index}.weight": (following, size),
            f"estimator.ff.{3 * index}.bias": (following,),
        }
    if "hidden2tag.weight" in tensors:
        labels = len(parameters.labels) + 1
        wanted |= {"hidden2tag.weight": (labels, width), "hidden2tag.bias": (labels,)}
    _compare(wanted, {name: tuple(tensor.shape) for name, tensor in tensors.items()}, folder)


def _compare(
    wanted: Mapping[str, tuple[int, ...]], given: Mapping[str, tuple[int, ...]], folder: Path, prefix: str = ""
) -> None:  # fmt: skip
    for name in sorted(wanted.keys() | given.keys()):
        if wanted.get(name) == given.get(name):
            continue
        if name not in given:
            fault = f"tensor {prefix}{name} is missing"
        elif name not in wanted:
            fault = f"tensor {prefix}{name} belongs to no part of this network"
        else:
            fault = f"tensor {prefix}{name}: expected shape {list(wanted[name])}, found {list(given[name])}"
        raise ModelError(f"{fault}; is hparams.yaml this checkpoint's?", where=folder)
