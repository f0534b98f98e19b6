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

    A commit that is here with its weights needs no network. A branch is looked up; without a network the commit that it
    had when it was last downloaded is taken, and that is said.

    Raises:
        ModelError: it is not there, not for this user, or neither in the cache nor reachable.
    """
    revision = revision or "main"
    cached = _cached(name, revision)
    if cached is not None and (offline() or (_COMMIT.fullmatch(revision) and _has_weights(cached))):
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
    if not _COMMIT.fullmatch(revision):
        _remember(folder, revision)
    return Checkpoint(name=name, commit=str(info.sha), folder=folder, files=files)


def fetch(checkpoint: Checkpoint, files: Sequence[str]) -> Path:
    """Bring the weights here and return their folder; an index brings the files that it names.

    Raises:
        ModelError: they cannot be had, or are damaged.
    """
    if checkpoint.commit is not None:
        # What is here is not asked for: the library may make a request even then.
        absent = [file for file in files if not (checkpoint.folder / file).exists()]
        _download(checkpoint.name, checkpoint.commit, absent)
        _download(checkpoint.name, checkpoint.commit, missing(checkpoint, files))
    for fault in weight_faults(checkpoint, files):
        raise ModelError(fault)
    return checkpoint.folder


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
    raise ModelError(f"{index}: expected an index of weights (a weight_map); fetch the file again")


def _has_weights(checkpoint: Checkpoint) -> bool:
    found = next((name for name in (*SAFETENSORS, *PICKLES) if name in checkpoint.files), None)
    return found is not None and not missing(checkpoint, [found])


def _remember(folder: Path, revision: str) -> None:
    """Note which commit a branch is at, where the library looks for it: it notes what is fetched by a branch's name."""
    note = folder.parents[1] / "refs" / revision
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(folder.name, encoding="utf-8")
    except OSError as error:
        _LOG.warning("%s cannot be written (%s): without a network, %s will not be found", note, error, revision)


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
    if not files:  # then it does not matter that the hub is down
        return folder
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
    # With its first request the library also asks the hub which coding agents there are, to name one in its telemetry:
    # a request more, and three seconds of waiting where the hub does not answer.
    constants.HF_HUB_DISABLE_TELEMETRY = True
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
    except errors.RemoteEntryNotFoundError as error:
        raise ModelError(f"{name}: {hub} has no {error.response.url.path}; the repository is incomplete") from None
    except errors.HFValidationError as error:
        raise ModelError(f"{name}: {' '.join(str(error).split())}") from None
    except errors.HfHubHTTPError as error:
        answer = error.response.status_code if error.response is not None else "no status"
        if answer in (401, 403):
            raise ModelError(
                f"{name}: {hub} refused the login ({answer}); renew it with hf auth login (or set HF_TOKEN), with the "
                "right to read this checkpoint"
            ) from None
        raise ModelError(f"{name}: {hub} answered with an error ({answer}); try again later") from None
    except ValueError as error:
        raise ModelError(
            f"{name}: what answers at {hub} is no hub ({' '.join(str(error).split())[:100]}); does the network ask for "
            "a login in a browser?"
        ) from None
    except Exception as error:
        # The library's HTTP client is another one from version to version, and so are its errors' classes.
        if not any(kind.__name__ in ("TransportError", "RequestException", "OSError") for kind in type(error).__mro__):
            raise
        if isinstance(error, OSError) and error.errno == 28:
            raise ModelError(
                f"{name}: no space left for the download; free some, or set HF_HOME to a larger disk"
            ) from None
        if isinstance(error, OSError) and error.filename is not None:
            raise ModelError(f"{name}: the cache cannot be used ({error}); set HF_HOME to a folder of yours") from None
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        _down[hub] = monotonic(), reason
        raise _NoNetworkError(_no_network(name, hub, reason)) from None


def _no_network(name: str, hub: str, reason: str) -> str:
    return (
        f"{name}: no network: {hub} cannot be reached ({reason}); connect, set HF_HUB_OFFLINE=1 to use what is in the "
        "cache, or name a local folder"
    )
