"""Published weights: where they are, in which revision, what of them is here, and what is wrong with them.

A checkpoint is a folder, or a repository on the Hugging Face hub at a revision. `locate` finds one without reading any
weights, `fetch` brings the weights here. Nothing is ever loaded from a hub by a name that can move: a branch is
resolved to its commit first, and the commit is part of a system's identity.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

from harness import jsonio
from harness.errors import FileError, InputError, ModelError

_LOG = logging.getLogger(__name__)

# Files of weights in the order in which they are looked for; an index names the files that it is split into.
SAFETENSORS = ("model.safetensors", "model.safetensors.index.json")
PICKLES = ("pytorch_model.bin", "pytorch_model.bin.index.json")

# A hub that does not answer within this many seconds counts as not there, and for a while is not asked again: a config
# with ten checkpoints says so once, not after ten timeouts.
_TIMEOUT = 4.0
_DOWN_FOR = 30.0
_down: dict[str, tuple[float, str]] = {}  # by hub: since when, and why
_COMMIT = re.compile(r"[0-9a-f]{40}")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+|[\w.-]+")
_POINTER = b"version https://git-lfs"
_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


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
            value = jsonio.read_json(path)
        except FileError as error:
            raise ModelError(str(error)) from None
        if not isinstance(value, dict):
            raise ModelError(f"{path}: expected a JSON object, found {type(value).__name__}")
        return value


def is_folder(name: str, base: Path) -> bool:
    """Whether a checkpoint's name means a folder (relative to `base`): it looks like a path, or there is one."""
    return name.startswith((".", "/", "~")) or (base / name).is_dir()


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
    files = {path.name: path.stat().st_size for path in sorted(folder.iterdir()) if path.is_file()}
    if "config.json" not in files:
        found = ", ".join(list(files)[:5]) or "nothing"
        raise InputError(f"{folder} is no checkpoint: it has no config.json (it holds {found})")
    return Checkpoint(name=str(folder), commit=None, folder=folder, files=files)


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
        raise InputError(f"{checkpoint.label}: its weights are not in the cache; run once with a network")
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
    for file in _parts(checkpoint.folder, files):
        path = checkpoint.folder / file
        if not path.is_file():
            yield f"{path}: no such file, and the index of the weights names it; is the copy complete?"
        elif file.endswith(".safetensors"):
            fault = _safetensors_fault(path)
            if fault:
                yield fault


def digest(checkpoint: Checkpoint, names: Sequence[str], weights: Sequence[str]) -> str:
    """Return what tells a folder's content from another's: of the files in `names` that it has, and of its weights."""
    files = [name for name in names if (checkpoint.folder / name).is_file()]
    files += [*weights, *_parts(checkpoint.folder, weights)]
    found = {}
    for name in dict.fromkeys(files):
        path = checkpoint.folder / name
        if path.is_file():
            state = path.stat()
            found[name] = _digest(path, state.st_size, state.st_mtime_ns)
    return jsonio.digest_json(found)


@cache
def _digest(path: Path, size: int, modified: int) -> str:
    """Digest a file once for each state of it: weights are large."""
    return jsonio.digest_file(path)


def offline() -> bool:
    """Whether the user has said that the network must not be touched."""
    return any(os.environ.get(name, "").upper() in ("1", "ON", "YES", "TRUE") for name in _OFFLINE)


def locate(name: str, revision: str | None, wanted: Sequence[str]) -> Checkpoint:
    """Return a checkpoint on the hub, with the files in `wanted` that it has brought here, and no weights.

    A commit that is in the cache needs no network. A branch is looked up; without a network the commit that it had when
    it was last downloaded is taken, and that is said.

    Raises:
        ModelError: it is not there, not for this user, or neither in the cache nor reachable.
    """
    revision = revision or "main"
    cached = _cached(name, revision)
    if cached is not None and (_COMMIT.fullmatch(revision) or offline()):
        return cached
    if offline():
        raise ModelError(
            f"{name}: revision {revision} is not in the cache, and HF_HUB_OFFLINE (or --offline) forbids to fetch it; "
            "run once with a network, or name a local folder"
        )
    from huggingface_hub import HfApi

    try:
        with _explained(name, revision):
            info = HfApi().model_info(name, revision=revision, timeout=_TIMEOUT, files_metadata=True)
    except _NoNetworkError as error:
        if cached is None:
            raise
        _LOG.warning("%s; going on with %s from the cache", error, cached.label)
        return cached
    files = {entry.rfilename: entry.size for entry in info.siblings or ()}
    if "config.json" not in files:
        raise ModelError(f"{name} on the hub is no checkpoint: it has no config.json at revision {revision}")
    folder = _download(name, str(info.sha), [file for file in wanted if file in files])
    return Checkpoint(name=name, commit=str(info.sha), folder=folder, files=files)


def fetch(checkpoint: Checkpoint, files: Sequence[str]) -> Path:
    """Bring the weights here and return their folder; an index brings the files that it names.

    Raises:
        ModelError: they cannot be had, or are damaged.
    """
    if checkpoint.commit is not None:
        _download(checkpoint.name, checkpoint.commit, files)
        _download(checkpoint.name, checkpoint.commit, _parts(checkpoint.folder, files))
    for fault in weight_faults(checkpoint, files):
        raise ModelError(fault)
    return checkpoint.folder


def missing(checkpoint: Checkpoint, files: Sequence[str]) -> list[str]:
    """Return the files of the weights that are still to be fetched; an index that is not here stands for its parts."""
    return [file for file in _parts(checkpoint.folder, files) if not (checkpoint.folder / file).exists()]


def _parts(folder: Path, files: Sequence[str]) -> list[str]:
    """Return the files that hold tensors: an index, if it is here, gives way to what it names."""
    found: dict[str, None] = {}
    for file in files:
        index = folder / file
        if file.endswith(".index.json") and index.is_file():
            try:
                names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
            except (ValueError, KeyError, TypeError, AttributeError):
                raise ModelError(
                    f"{index}: expected an index of weights (a weight_map); fetch the file again"
                ) from None
            found |= dict.fromkeys(names)
        else:
            found[file] = None
    return list(found)


def _safetensors_fault(path: Path) -> str | None:
    from safetensors import SafetensorError, safe_open

    with path.open("rb") as file:
        start = file.read(len(_POINTER))
    if start == _POINTER:
        return f"{path}: a Git LFS pointer, not the weights; run git lfs pull in its folder"
    try:
        # Reads the header, which says how long the file must be.
        with safe_open(path, framework="np"):
            return None
    except (SafetensorError, OSError) as error:
        size = path.stat().st_size
        return f"{path}: not a whole safetensors file ({size:,} bytes; {error}); fetch it again"


def _cached(name: str, revision: str) -> Checkpoint | None:
    """Return what the hub's cache has of a revision: by commit, or as the branch was when it was last looked up."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        config = try_to_load_from_cache(name, "config.json", revision=revision)
    except HFValidationError:
        return None
    if not isinstance(config, str):
        return None
    folder = Path(config).parent
    files = {path.name: path.stat().st_size for path in sorted(folder.iterdir()) if path.is_file()}
    return Checkpoint(name=name, commit=folder.name, folder=folder, files=files, only_cached=True)


def _download(name: str, commit: str, files: Sequence[str]) -> Path:
    from huggingface_hub import hf_hub_download

    folder = Path()
    with _explained(name, commit):
        for file in files:
            path = hf_hub_download(name, file, revision=commit, local_files_only=offline(), etag_timeout=_TIMEOUT)
            folder = Path(path).parent
    return folder


class _NoNetworkError(ModelError):
    """The hub cannot be reached."""


@contextmanager
def _explained(name: str, revision: str) -> Iterator[None]:
    """Turn what goes wrong on the way to the hub into one line that says what to do."""
    from huggingface_hub import constants, errors

    hub = constants.ENDPOINT
    since, reason = _down.get(hub, (-_DOWN_FOR, ""))
    try:
        if monotonic() - since < _DOWN_FOR:
            raise _NoNetworkError(_no_network(name, hub, reason))
        yield
    except ModelError:
        raise
    except errors.GatedRepoError:
        raise ModelError(
            f"{name} is gated: accept its terms at {hub}/{name} while logged in there, then log in here with "
            "hf auth login (or set HF_TOKEN) and run again"
        ) from None
    except errors.RevisionNotFoundError:
        raise ModelError(
            f"{name} has no revision {revision!r}; see {hub}/{name}/tree/main for its branches, tags and commits"
        ) from None
    except errors.RepositoryNotFoundError:
        raise ModelError(
            f"no checkpoint {name!r} on {hub}, or it is private; check the name, or log in with hf auth login "
            "(a local folder is written with ./ before it)"
        ) from None
    except (errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError):
        raise ModelError(
            f"{name}: revision {revision} is not wholly in the cache, and the network is forbidden or down; run once "
            "with a network, or name a local folder"
        ) from None
    except errors.HFValidationError as error:
        raise ModelError(f"{name}: {' '.join(str(error).split())}") from None
    except errors.HfHubHTTPError as error:
        answer = error.response.status_code if error.response is not None else "no status"
        raise ModelError(f"{name}: {hub} answered with an error ({answer}); try again later") from None
    except Exception as error:
        # The library's HTTP client is another one from version to version, and so are its errors' classes.
        if not any(kind.__name__ in ("TransportError", "RequestException", "OSError") for kind in type(error).__mro__):
            raise
        if isinstance(error, OSError) and error.errno == 28:
            raise ModelError(
                f"{name}: no space left for the download; free some, or set HF_HOME to a larger disk"
            ) from None
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        _down[hub] = monotonic(), reason
        raise _NoNetworkError(_no_network(name, hub, reason)) from None


def _no_network(name: str, hub: str, reason: str) -> str:
    return (
        f"{name}: no network: {hub} cannot be reached ({reason}); connect, set HF_HUB_OFFLINE=1 to use what is in the "
        "cache, or name a local folder"
    )
