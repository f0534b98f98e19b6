"""Checkpoints on the Hugging Face hub: from a name and a revision to files in the local cache.

`locate` finds a checkpoint and downloads its small files, `fetch` downloads the weights. A branch can move, so it is
resolved to its commit first; the commit is part of a system's identity.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.core.checkpoints import PICKLES, SAFETENSORS, Checkpoint, Stated, missing, sizes, weight_faults
from harness.core.errors import ModelError
from harness.core.hub import NoNetworkError, download, look_up, offline, remember

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo

_LOG = logging.getLogger(__name__)

_COMMIT = re.compile(r"[0-9a-f]{40}")


def locate(
    name: str,
    revision: str | None,
    wanted: Sequence[str],
    *,
    needed: str = "config.json",
    kind: str = "a checkpoint",
    weights: Sequence[str] = (*SAFETENSORS, *PICKLES),
) -> Checkpoint:
    """Return a checkpoint on the hub after downloading those files in `wanted` that it has; download no weights.

    A commit that is in the cache with its weights needs no network. A branch is looked up on the hub. If the hub cannot
    be reached, log a warning and use the commit that the branch had when it was last downloaded.

    Args:
        name: of the repository.
        revision: branch, tag or commit; None: main.
        wanted: names of files.
        needed: the file that makes a repository one of this kind.
        kind: the noun in messages, with its article.
        weights: names that its file of weights may have, or their index.

    Raises:
        ModelError: the checkpoint does not exist, this user may not read it, or it is neither cached nor reachable.
    """
    revision = revision or "main"
    cached = _cached(name, revision, needed, weights)
    if cached is not None and (offline() or (_COMMIT.fullmatch(revision) and _has_weights(cached, weights))):
        return cached
    if offline():
        raise ModelError(
            f"revision {revision} is not in the cache, and the network is forbidden (HF_HUB_OFFLINE or --offline); "
            "run once with a network, or name a local folder",
            where=name,
        )
    try:
        info = look_up(name, revision)
    except NoNetworkError as error:
        if cached is None:
            raise
        _LOG.warning("%s; going on with %s from the cache", error, cached.label)
        return cached
    files = {entry.rfilename: entry.size for entry in info.siblings or ()}
    if needed not in files:
        raise ModelError(f"not {kind}: the repository has no {needed} at revision {revision}", where=name)
    folder = download(name, str(info.sha), [file for file in wanted if file in files])
    if not _COMMIT.fullmatch(revision):
        remember(folder, revision)
    return Checkpoint(name=name, commit=str(info.sha), folder=folder, files=files, stated=_stated(info))


def _stated(info: ModelInfo) -> Stated:
    """Return what the hub's answer states of a checkpoint: its parameters, its gate, and its card's licence."""
    licence = next((tag.removeprefix("license:") for tag in info.tags or () if tag.startswith("license:")), None)
    return Stated(
        parameters=info.safetensors.total if info.safetensors else None,
        gated=None if info.gated is None else bool(info.gated),
        licence=licence,
    )


def fetch(checkpoint: Checkpoint, files: Sequence[str]) -> Path:
    """Download the weights and return their folder; for an index, download the files that it names.

    Raises:
        ModelError: the weights cannot be downloaded, or are damaged.
    """
    if checkpoint.commit is not None:
        # Skip cached files: the library may send a request even for those.
        absent = [file for file in files if not (checkpoint.folder / file).exists()]
        download(checkpoint.name, checkpoint.commit, absent)
        download(checkpoint.name, checkpoint.commit, missing(checkpoint, files))
    for fault in weight_faults(checkpoint, files):
        raise ModelError(fault.message, where=fault.where)
    return checkpoint.folder


def _has_weights(checkpoint: Checkpoint, names: Sequence[str]) -> bool:
    weights = next((name for name in names if name in checkpoint.files), None)
    return weights is not None and not missing(checkpoint, [weights])


def _cached(name: str, revision: str, needed: str, weights: Sequence[str]) -> Checkpoint | None:
    """Return a revision from the hub's cache; a branch is at the commit that it had when it was last looked up."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        config = try_to_load_from_cache(name, needed, revision=revision)
    except HFValidationError:
        return None
    if not isinstance(config, str):
        return None
    folder = Path(config).parent
    nested = {file: (folder / file).stat().st_size for file in weights if (folder / file).is_file()}
    return Checkpoint(name=name, commit=folder.name, folder=folder, files=sizes(folder) | nested, only_cached=True)
