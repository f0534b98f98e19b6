"""A checkpoint's files: which of them are the weights, which are here, and what is wrong with them.

A checkpoint is a folder, or a repository on the Hugging Face hub at a commit (see `hub.py` beside this file), whose
files lie in a folder too once they have been fetched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from harness.core import files
from harness.core import files as core_files
from harness.core.errors import FileError, InputError, ModelError

# Files of weights in the order in which they are looked for; an index names the files that it is split into.
SAFETENSORS = ("model.safetensors", "model.safetensors.index.json")
PICKLES = ("pytorch_model.bin", "pytorch_model.bin.index.json")

_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+|[\w.-]+")
_POINTER = b"version https://git-lfs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A checkpoint whose configuration and tokenizer are here."""

    name: str  # as the config has it
    commit: str | None  # on the hub; None for a folder
    folder: Path
    files: Mapping[str, int | None]  # everything in it, here or on the hub: size in bytes, None where nobody knows
    only_cached: bool = False  # the hub was not asked: it may have more files

    @property
    def label(self) -> str:
        """The name, with the commit if it has one."""
        return f"{self.name} @ {self.commit[:12]}" if self.commit else self.name

    def json(self, name: str) -> dict[str, Any]:
        """Return one of its JSON files, empty where it has none.

        Raises:
            ModelError: the file is no JSON object.
        """
        path = self.folder / name
        if not path.exists():
            return {}
        try:
            value = core_files.read_json(path)
        except FileError as error:
            raise ModelError(str(error)) from None
        if not isinstance(value, dict):
            raise ModelError(f"expected a JSON object, found {type(value).__name__}", where=path)
        return value


def is_folder(name: str, base: Path) -> bool:
    """Whether a checkpoint's name means a folder (relative to `base`): it looks like a path, or there is one."""
    if name.startswith((".", "/", "~")):
        return True
    try:
        return (base / name).is_dir()
    except OSError:  # too long for a file's name
        return False


def name_fault(name: str) -> str | None:
    """Return what is wrong with the name of a repository on the hub."""
    if _REPOSITORY.fullmatch(name):
        return None
    return f"expected a folder, or a name on the hub such as csebuetnlp/mT5_multilingual_XLSum; found {name!r}"


def in_folder(folder: Path) -> Checkpoint:
    """Return the checkpoint in a folder.

    Raises:
        InputError: there is no folder, or it holds no checkpoint.
    """
    if not folder.is_dir():
        raise InputError(f"expected a checkpoint's folder, found nothing at {folder}")
    files = sizes(folder)
    if "config.json" not in files:
        found = ", ".join(list(files)[:5]) or "nothing"
        raise InputError(f"{folder} is no checkpoint: it has no config.json (it holds {found})")
    return Checkpoint(name=str(folder), commit=None, folder=folder, files=files)


def sizes(folder: Path) -> dict[str, int | None]:
    """Return the files in a folder with their sizes in bytes."""
    return {path.name: path.stat().st_size for path in sorted(folder.iterdir()) if path.is_file()}


def weight_files(checkpoint: Checkpoint, pickle: str | None) -> tuple[str, ...]:
    """Return the files of the weights: one, or an index; safetensors before pickles.

    `pickle` is the file that the user allows though loading one can run code that is hidden in it.

    Raises:
        InputError: there are none, or pickles that the user has not allowed.
    """
    for name in SAFETENSORS:
        if name in checkpoint.files:
            return (name,)
    found = next((name for name in PICKLES if name in checkpoint.files), None)
    if found is None and checkpoint.only_cached:
        raise InputError("its weights are not in the cache; run once with a network", where=checkpoint.label)
    if found is None:
        others = ", ".join(
            name for name in checkpoint.files if Path(name).suffix in (".h5", ".msgpack", ".ckpt", ".bin")
        )
        raise InputError(
            f"{checkpoint.label} has no weights that can be loaded: expected {SAFETENSORS[0]}"
            + (f", found {others}" if others else "")
        )
    if pickle != found:
        raise InputError(
            f"{checkpoint.label} has its weights as a pickle only ({found}), and a pickle can hide code; if you trust "
            f"its authors, allow it by name with pickle: {found}"
        )
    return (found,)


def weight_faults(checkpoint: Checkpoint, files: Sequence[str]) -> Iterator[str]:
    """Yield what can be seen to be wrong with a folder's weights without reading them: missing parts, cut files."""
    for file in parts(checkpoint, files):
        path = checkpoint.folder / file
        if not path.is_file():
            yield f"{path}: no such file, and the index of the weights names it; is the copy complete?"
        elif _is_pointer(path):
            yield f"{path}: a Git LFS pointer, not the weights; run git lfs pull in its folder"
        elif file.endswith(".safetensors"):
            fault = _safetensors_fault(path)
            if fault:
                yield fault


def digest(checkpoint: Checkpoint, names: Sequence[str], weights: Sequence[str]) -> str:
    """Return what tells a folder's content from another's: of the files in `names` that it has, and of its weights."""
    files = [name for name in names if (checkpoint.folder / name).is_file()]
    files += [*weights, *parts(checkpoint, weights)]
    found = {}
    for name in dict.fromkeys(files):
        path = checkpoint.folder / name
        if path.is_file():
            state = path.stat()
            found[name] = _digest(path, state.st_size, state.st_mtime_ns)
    return core_files.digest_json(found)


@cache
def _digest(path: Path, size: int, modified: int) -> str:
    """Digest a file once for each state of it: weights are large."""
    return files.digest_file(path)


def missing(checkpoint: Checkpoint, files: Sequence[str]) -> list[str]:
    """Return the files of the weights that are still to be fetched: of an index that is not here, also its parts."""
    return [file for file in parts(checkpoint, files) if not (checkpoint.folder / file).exists()]


def parts(checkpoint: Checkpoint, files: Sequence[str]) -> list[str]:
    """Return the files that hold tensors: an index gives way to what it names, if it is here, else to its namesakes.

    Raises:
        ModelError: the index is damaged.
    """
    found: dict[str, None] = {}
    for file in files:
        index = checkpoint.folder / file
        if not file.endswith(".index.json"):
            found[file] = None
        elif index.is_file():
            found |= dict.fromkeys(_indexed(index))
        else:
            stem, _, suffix = file.removesuffix(".index.json").rpartition(".")
            part = re.compile(rf"{stem}-\d+-of-\d+\.{suffix}")
            found |= dict.fromkeys([file, *filter(part.fullmatch, checkpoint.files)])
    return list(found)


def _indexed(index: Path) -> list[str]:
    try:
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        if names and all(isinstance(name, str) for name in names):
            return sorted(names)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise ModelError("expected an index of weights (a weight_map); fetch the file again", where=index)


def _is_pointer(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_POINTER)) == _POINTER


def _safetensors_fault(path: Path) -> str | None:
    from safetensors import SafetensorError, safe_open

    try:
        # Reads the header, which says how long the file must be.
        with safe_open(path, framework="np"):
            return None
    except (SafetensorError, OSError) as error:
        size = path.stat().st_size
        return f"{path}: not a whole safetensors file ({size:,} bytes; {error}); fetch it again"
