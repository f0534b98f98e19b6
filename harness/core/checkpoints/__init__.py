"""Inspect a checkpoint's files: which contain the weights, which are on this disk, and which are damaged.

A checkpoint is a local folder, or a repository on the Hugging Face hub at a commit (see `hub.py` beside this file).
Downloaded files of a repository are in a folder too, in the hub's cache.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from harness.core import files as core_files
from harness.core.errors import FileError, InputError, ModelError, Problem

# Files of weights, in order of preference. An index names the files that the weights are split into.
SAFETENSORS = ("model.safetensors", "model.safetensors.index.json")
PICKLES = ("pytorch_model.bin", "pytorch_model.bin.index.json")

_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+|[\w.-]+")
_TRAINED = re.compile(r"(^|/)checkpoint-\d+/?$")  # the names of folders that transformers' trainer writes
_POINTER = b"version https://git-lfs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a hub or a family states of a checkpoint; None: nothing."""

    parameters: int | None = None
    gated: bool | None = None  # users must accept terms
    licence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A checkpoint whose configuration and tokenizer are on this disk."""

    name: str  # as written in the config
    commit: str | None  # on the hub; None for a folder
    folder: Path
    files: Mapping[str, int | None]  # all files, on this disk or on the hub, with their size in bytes if it is known
    only_cached: bool = False  # the hub was not asked, so it may have more files
    stated: Stated = Stated()  # what the hub states of it

    @property
    def label(self) -> str:
        """The name, with the commit if it has one."""
        return f"{self.name} @ {self.commit[:12]}" if self.commit else self.name

    def json(self, name: str) -> dict[str, Any]:
        """Return the content of one of its JSON files; empty if the file does not exist.

        Raises:
            ModelError: the file cannot be read, or is not a JSON object.
        """
        path = self.folder / name
        try:
            if not path.exists():
                return {}
            value = core_files.read_json(path, remedy="fetch it again")
        except FileError as error:
            raise ModelError(error.message, where=error.where) from None
        except OSError as error:  # the folder may be listed but not entered
            raise ModelError(f"could not read ({error.strerror})", where=path) from None
        if not isinstance(value, dict):
            raise ModelError(f"expected a JSON object, found {type(value).__name__}", where=path)
        return value

    def setting(self, key: str) -> Any:
        """Return a setting of generation_config.json, else of config.json; None if neither sets it. null sets nothing.

        Raises:
            ModelError: as `json`.
        """
        stated = (self.json(name).get(key) for name in ("generation_config.json", "config.json"))
        return next((value for value in stated if value is not None), None)

    @property
    def input_limit(self) -> int | None:
        """The longest input in tokens that tokenizer_config.json states; None if it states none, or a huge number."""
        stated = self.json("tokenizer_config.json").get("model_max_length")
        if isinstance(stated, bool) or not isinstance(stated, int | float):
            return None
        return int(stated) if 8 <= stated < 1_000_000 else None


def is_folder(name: str, base: Path) -> bool:
    """Return whether a checkpoint's name means a folder: it looks like a path, or `base` contains part of it.

    A name on the hub has at most one slash. `out/checkpoint-500` is a folder, even a missing one, if `base` has `out`.
    """
    if name.startswith((".", "/", "~")) or name.count("/") > 1 or _TRAINED.search(name):
        return True
    try:
        return (base / name).exists() or ("/" in name and (base / name).parent.is_dir())
    except (OSError, ValueError):  # the name is too long for a file system, or contains a NUL
        return False


def name_fault(name: str) -> str | None:
    """Return the mistake in the name of a repository on the hub; None if the name is possible."""
    if _REPOSITORY.fullmatch(name):
        return None
    return f"expected a folder, or a name on the hub such as csebuetnlp/mT5_multilingual_XLSum; found {name!r}"


def in_folder(folder: Path) -> Checkpoint:
    """Return the checkpoint in a folder.

    Raises:
        InputError: the folder does not exist, or contains no checkpoint.
    """
    try:
        if not folder.exists():
            raise InputError("expected a checkpoint's folder, found none", where=folder)
        if not folder.is_dir():
            raise InputError("expected a checkpoint's folder, found a file; name the folder it is in", where=folder)
        files = sizes(folder)
        below = [f"{path.name}/" for path in sorted(folder.iterdir()) if path.is_dir()]
    except OSError as error:
        raise InputError(f"could not read the folder ({error.strerror})", where=folder) from None
    if fault := _adapter_fault(folder, files):
        raise InputError(fault, where=folder)
    if "config.json" not in files:
        content = ", ".join([*files, *below][:5]) or "nothing"
        raise InputError(f"not a checkpoint: no config.json in it (it contains {content})", where=folder)
    return Checkpoint(name=str(folder), commit=None, folder=folder, files=files)


def _adapter_fault(folder: Path, files: Mapping[str, int | None]) -> str | None:
    """Return a sentence if a folder contains an adapter (LoRA and its like), with or without a model; else None."""
    if "adapter_config.json" not in files:
        return None
    if any(name in files for name in (*SAFETENSORS, *PICKLES)):
        # transformers adds such an adapter if peft is installed, and ignores it if not.
        return (
            "a whole model and an adapter in one folder; move adapter_config.json and the adapter's weights to a "
            "folder of their own, and name that with adapter"
        )
    try:
        base = core_files.read_json(folder / "adapter_config.json").get("base_model_name_or_path")
    except (FileError, AttributeError):
        base = None
    return (
        f"an adapter, not a whole model; set checkpoint to its base model{f' {base}' * bool(base)}, and adapter to "
        "this folder"
    )


def sizes(folder: Path) -> dict[str, int | None]:
    """Return the files in a folder with their sizes in bytes."""
    return {path.name: path.stat().st_size for path in sorted(folder.iterdir()) if path.is_file()}


def weight_files(checkpoint: Checkpoint, pickle: str | None) -> tuple[str, ...]:
    """Return the file of the weights, or their index; safetensors are preferred to pickles.

    `pickle` names a pickle that the user allows, although loading a pickle can run code that is hidden in it.

    Raises:
        InputError: there are no weights, or only a pickle that the user has not allowed.
    """
    for name in SAFETENSORS:
        if name in checkpoint.files:
            return (name,)
    pickle_file = next((name for name in PICKLES if name in checkpoint.files), None)
    if pickle_file is None and checkpoint.only_cached:
        raise InputError("its weights are not in the cache; run once with a network", where=checkpoint.label)
    if pickle_file is None:
        others = ", ".join(
            name for name in checkpoint.files if Path(name).suffix in (".h5", ".msgpack", ".ckpt", ".bin")
        )
        raise InputError(
            f"no weights that can be loaded: expected {SAFETENSORS[0]}" + (f", found {others}" if others else ""),
            where=checkpoint.label,
        )
    if pickle != pickle_file:
        raise InputError(
            f"its weights are a pickle only ({pickle_file}), and a pickle can hide code; if you trust its authors, "
            f"allow it by name with pickle: {pickle_file}",
            where=checkpoint.label,
        )
    return (pickle_file,)


def weight_faults(checkpoint: Checkpoint, files: Sequence[str]) -> Iterator[Problem]:
    """Yield the faults in a folder's weights that can be seen without reading them: missing parts, files cut short."""
    for file in parts(checkpoint, files):
        path = checkpoint.folder / file
        try:
            fault = _weight_fault(path)
        except OSError as error:
            fault = f"could not read ({error.strerror})"
        if fault:
            yield Problem(str(path), fault)


def _weight_fault(path: Path) -> str | None:
    if not path.is_file():
        return "no such file, and the index of the weights names it; is the copy complete?"
    if _is_pointer(path):
        return "a Git LFS pointer, not the weights; run git lfs pull in its folder"
    return _safetensors_fault(path) if path.suffix == ".safetensors" else None


def digest(checkpoint: Checkpoint, names: Sequence[str], weights: Sequence[str]) -> str:
    """Return a digest of a folder's content: of its weights, and of those files in `names` that exist."""
    files = [name for name in names if (checkpoint.folder / name).is_file()]
    files += [*weights, *parts(checkpoint, weights)]
    digests = {}
    for name in dict.fromkeys(files):
        path = checkpoint.folder / name
        if path.is_file():
            state = path.stat()
            digests[name] = _digest(path, state.st_size, state.st_mtime_ns)
    return core_files.digest_json(digests)


@cache
def _digest(path: Path, size: int, modified: int) -> str:
    """Return a file's digest, computed once per size and time of modification: weights are large."""
    return core_files.digest_file(path)


def missing(checkpoint: Checkpoint, files: Sequence[str]) -> list[str]:
    """Return the files of the weights that are not downloaded yet; for a missing index, its parts too."""
    return [file for file in parts(checkpoint, files) if not (checkpoint.folder / file).exists()]


def parts(checkpoint: Checkpoint, files: Sequence[str]) -> list[str]:
    """Return the files that contain tensors.

    An index is replaced by the files that it names. If the index is not downloaded yet, return it together with the
    files whose names fit it (model-00001-of-00002.safetensors).

    Raises:
        ModelError: the index is damaged.
    """
    names: dict[str, None] = {}
    for file in files:
        index = checkpoint.folder / file
        if not file.endswith(".index.json"):
            names[file] = None
        elif index.is_file():
            names |= dict.fromkeys(_indexed(index))
        else:
            stem, _, suffix = file.removesuffix(".index.json").rpartition(".")
            part = re.compile(rf"{stem}-\d+-of-\d+\.{suffix}")
            names |= dict.fromkeys([file, *filter(part.fullmatch, checkpoint.files)])
    return list(names)


def _indexed(index: Path) -> list[str]:
    try:
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        if names and all(isinstance(name, str) for name in names):
            return sorted(names)
    except OSError as error:
        raise ModelError(f"could not read ({error.strerror})", where=index) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise ModelError("expected an index of weights (a weight_map); fetch the file again", where=index)


def _is_pointer(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_POINTER)) == _POINTER


def _safetensors_fault(path: Path) -> str | None:
    from safetensors import SafetensorError, safe_open

    try:
        # Opening reads the header, which states the length of the file.
        with safe_open(path, framework="np"):
            return None
    except (SafetensorError, OSError) as error:
        size = path.stat().st_size
        return f"not a whole safetensors file ({size:,} bytes; {error}); fetch it again"
