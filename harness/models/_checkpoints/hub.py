"""The Hugging Face hub: from a name and a revision to files that are here, and what goes wrong on the way in one line.

`locate` finds a checkpoint without reading any weights, `fetch` brings the weights here. Nothing is ever loaded by a
name that can move: a branch is resolved to its commit first, and the commit is part of a system's identity.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from harness.core.errors import ModelError
from harness.core.hub import _LOG, TIMEOUT, NoNetworkError, download, explained, offline, remember, resolve
from harness.models._checkpoints import PICKLES, SAFETENSORS, Checkpoint, missing, sizes, weight_faults

_COMMIT = re.compile(r"[0-9a-f]{40}")


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
            f"revision {revision} is not in the cache, and HF_HUB_OFFLINE (or --offline) forbids to fetch it; "
            "run once with a network, or name a local folder",
            where=name,
        )
    from huggingface_hub import HfApi, constants

    try:
        with explained(name, revision):
            resolve(constants.ENDPOINT)
            info = HfApi().model_info(name, revision=revision, timeout=TIMEOUT, files_metadata=True)
    except NoNetworkError as error:
        if cached is None:
            raise
        _LOG.warning("%s; going on with %s from the cache", error, cached.label)
        return cached
    files = {entry.rfilename: entry.size for entry in info.siblings or ()}
    if "config.json" not in files:
        raise ModelError(f"{name} on the hub is no checkpoint: it has no config.json at revision {revision}")
    folder = download(name, str(info.sha), [file for file in wanted if file in files])
    if not _COMMIT.fullmatch(revision):
        remember(folder, revision)
    return Checkpoint(name=name, commit=str(info.sha), folder=folder, files=files)


def fetch(checkpoint: Checkpoint, files: Sequence[str]) -> Path:
    """Bring the weights here and return their folder; an index brings the files that it names.

    Raises:
        ModelError: they cannot be had, or are damaged.
    """
    if checkpoint.commit is not None:
        # What is here is not asked for: the library may make a request even then.
        absent = [file for file in files if not (checkpoint.folder / file).exists()]
        download(checkpoint.name, checkpoint.commit, absent)
        download(checkpoint.name, checkpoint.commit, missing(checkpoint, files))
    for fault in weight_faults(checkpoint, files):
        raise ModelError(fault)
    return checkpoint.folder


def _has_weights(checkpoint: Checkpoint) -> bool:
    found = next((name for name in (*SAFETENSORS, *PICKLES) if name in checkpoint.files), None)
    return found is not None and not missing(checkpoint, [found])


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
    return Checkpoint(name=name, commit=folder.name, folder=folder, files=sizes(folder), only_cached=True)
