"""The Hugging Face hub: requests with a time limit, and one line for each way in which a request can fail."""

from __future__ import annotations

import errno
import logging
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any, Literal
from urllib.parse import urlsplit
from urllib.request import getproxies

from harness.core.errors import ModelError

_LOG = logging.getLogger(__name__)

# A hub that does not answer within TIMEOUT seconds counts as unreachable. It is not asked again for _DOWN_FOR seconds:
# a config with ten checkpoints then waits once, not ten times.
TIMEOUT = 4.0
_DOWN_FOR = 30.0
_down: dict[str, tuple[float, str]] = {}  # by address of the hub: when it did not answer, and the reason

Kind = Literal["model", "dataset"]  # of a repository
_NOUNS: Mapping[Kind, str] = {"model": "checkpoint", "dataset": "dataset"}

OFFLINE = "HF_HUB_OFFLINE"
_OFFLINE_SWITCHES = (OFFLINE, "TRANSFORMERS_OFFLINE")
_forbidden: ContextVar[bool] = ContextVar("network is forbidden", default=False)


@contextmanager
def without_network(wanted: bool = True) -> Iterator[None]:
    """Let the harness make no request to a hub within this block; without `wanted`, change nothing."""
    token = _forbidden.set(wanted or _forbidden.get())
    try:
        yield
    finally:
        _forbidden.reset(token)


def offline() -> bool:
    """Return whether requests are forbidden, by `without_network` or by one of huggingface_hub's own switches."""
    return _forbidden.get() or any(
        os.environ.get(name, "").upper() in ("1", "ON", "YES", "TRUE") for name in _OFFLINE_SWITCHES
    )


def remember(folder: Path, revision: str) -> None:
    """Store the commit that a branch is at, in the file that huggingface_hub reads.

    The library itself does this only for files that are downloaded by a branch's name; the harness downloads by commit.
    """
    note = folder.parents[1] / "refs" / revision
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(folder.name, encoding="utf-8")
    except OSError as error:
        _LOG.warning("%s cannot be written (%s): without a network, %s will not be found", note, error, revision)


def look_up(name: str, revision: str, kind: Kind = "model") -> Any:
    """Return what the hub says of a repository at a revision: its commit, files with sizes, licence and terms.

    Raises:
        ModelError: there is no such repository or revision, or this user may not read it.
        NoNetworkError: the hub cannot be reached.
    """
    from huggingface_hub import HfApi, constants

    with explained(name, revision, kind):
        resolve(constants.ENDPOINT)
        return HfApi().repo_info(name, repo_type=kind, revision=revision, timeout=TIMEOUT, files_metadata=True)


def cached(name: str, revision: str, kind: Kind = "model") -> Path | None:
    """Return the folder of a revision in the hub's cache, None without one.

    A branch is at the commit that it had when it was last looked up.
    """
    note = folder_of(name, revision, kind).parents[1] / "refs" / revision
    with suppress(OSError, ValueError):
        commit = note.read_text(encoding="utf-8").strip() if note.is_file() else revision
        folder = folder_of(name, commit, kind)
        return folder if folder.is_dir() else None
    return None


def folder_of(name: str, commit: str, kind: Kind = "model") -> Path:
    """Return where huggingface_hub keeps the files of a commit; the folder may not exist."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE, "--".join([f"{kind}s", *name.split("/")]), "snapshots", commit)


def download(name: str, commit: str, files: Sequence[str], kind: Kind = "model") -> Path:
    """Download files of a commit into the hub's cache and return their folder; without files, return an empty path."""
    from huggingface_hub import hf_hub_download

    folder = Path()
    if not files:  # make no request at all: the hub may be unreachable
        return folder
    with explained(name, commit, kind):
        for file in files:
            path = hf_hub_download(
                name, file, repo_type=kind, revision=commit, local_files_only=offline(), etag_timeout=TIMEOUT
            )
            folder = Path(path).parents[file.count("/")]
    return folder


def resolve(hub: str) -> None:
    """Look up the hub's host name, for at most TIMEOUT seconds. HTTP clients have no time limit for this step.

    Raises:
        OSError: the lookup took longer. Any other failure is left to the HTTP client, which repeats the lookup.
    """
    address = urlsplit(hub)
    if getproxies().get(address.scheme):
        return  # the proxy looks the name up
    # Not a thread pool: at exit a pool waits for its threads, and the system's resolver may hang for minutes.
    lookup = Thread(target=_look_up, args=(address.hostname, address.port), daemon=True)
    lookup.start()
    lookup.join(TIMEOUT)
    if lookup.is_alive():
        raise OSError(f"its name was not resolved within {TIMEOUT:.0f} s")


def _look_up(host: str | None, port: int | None) -> None:
    with suppress(OSError, UnicodeError):
        socket.getaddrinfo(host, port)


# --- what can go wrong ------------------------------------------------------------------------------------------------


class NoNetworkError(ModelError):
    """The hub cannot be reached."""


class GatedError(ModelError):
    """The hub asks users to accept terms, and this user has not, or is not logged in."""


@dataclass(frozen=True, slots=True)
class _Request:
    """A request to a hub."""

    name: str  # of the repository
    revision: str
    hub: str  # address
    kind: Kind

    @property
    def page(self) -> str:
        """The address of the repository's page."""
        return f"{self.hub}/{'datasets/' if self.kind == 'dataset' else ''}{self.name}"


@contextmanager
def explained(name: str, revision: str, kind: Kind = "model") -> Iterator[None]:
    """Turn an error of huggingface_hub within this block into a ModelError: one line that says what to do.

    Other errors pass unchanged.
    """
    from huggingface_hub import constants

    request = _Request(name, revision, constants.ENDPOINT, kind)
    since, reason = _down.get(request.hub, (-_DOWN_FOR, ""))
    if monotonic() - since < _DOWN_FOR:
        raise _unreachable(request, reason)
    try:
        with _without_telemetry():
            yield
    except ModelError:
        raise
    except Exception as error:
        message = _explanation(request, error)
        if message is not None:
            raise (GatedError if _is_gated(error) else ModelError)(message, where=name) from None
        if not _is_of_the_network(error):
            raise
        reason = _one_line(error)[:200] or type(error).__name__
        _down[request.hub] = monotonic(), reason
        raise _unreachable(request, reason) from None


@contextmanager
def _without_telemetry() -> Iterator[None]:
    """Switch telemetry off within this block.

    Before its first request huggingface_hub otherwise asks the hub for a list of coding agents, to name one in its
    telemetry: one more request, and three more seconds if the hub does not answer.
    """
    from huggingface_hub import constants

    before = constants.HF_HUB_DISABLE_TELEMETRY
    constants.HF_HUB_DISABLE_TELEMETRY = True
    try:
        yield
    finally:
        constants.HF_HUB_DISABLE_TELEMETRY = before


def _explanation(request: _Request, error: Exception) -> str | None:
    """Return the message for an error by its class, the most derived class first; None if no class explains it."""
    for kind in type(error).__mro__:
        if explain := _EXPLANATIONS.get(kind.__name__):
            return explain(request, error)
    return None


def _gated(request: _Request, error: Any) -> str:
    return (
        f"access is gated; accept its terms at {request.page} while logged in there, then log in here "
        "with hf auth login (or set HF_TOKEN) and run again"
    )


def _no_revision(request: _Request, error: Any) -> str:
    return f"no revision {request.revision!r}; see {request.page}/tree/main for its branches, tags and commits"


def _no_repository(request: _Request, error: Any) -> str:
    return (
        f"no such {_NOUNS[request.kind]} on {request.hub}, or it is private; check the name, or log in with hf auth "
        "login (a local folder is written with ./ before it)"
    )


def _not_cached(request: _Request, error: Any) -> str:
    return (
        f"revision {request.revision} is not complete in the cache, and the network is forbidden or down; run once "
        "with a network, or name a local folder"
    )


def _no_file(request: _Request, error: Any) -> str:
    return f"{request.hub} has no {error.response.url.path}; the repository is incomplete"


def _bad_name(request: _Request, error: Any) -> str:
    return _one_line(error)


def _bad_answer(request: _Request, error: Any) -> str:
    status = error.response.status_code if error.response is not None else "no status"
    if status in (401, 403):
        return (
            f"{request.hub} refused the login ({status}); renew it with hf auth login (or set HF_TOKEN), with the "
            f"right to read this {_NOUNS[request.kind]}"
        )
    return f"{request.hub} answered with an error ({status}); try again later"


def _not_a_hub(request: _Request, error: Any) -> str:
    return (
        f"the answer from {request.hub} is not a hub's ({_one_line(error)[:100]}); does the network ask for a login in "
        "a browser?"
    )


def _disk(request: _Request, error: Any) -> str | None:
    if error.errno == errno.ENOSPC:
        return "no space left for the download; free some, or set HF_HOME to a larger disk"
    if error.filename is not None:
        return f"the cache cannot be used ({error}); set HF_HOME to a folder of yours"
    return None  # an error of a socket, not of the disk


# Match errors by class name: huggingface_hub changed its HTTP client, and the modules of its errors, between
# versions.
_EXPLANATIONS: Mapping[str, Callable[[_Request, Any], str | None]] = {
    "GatedRepoError": _gated,
    "RevisionNotFoundError": _no_revision,
    "RepositoryNotFoundError": _no_repository,
    "OfflineModeIsEnabled": _not_cached,
    "LocalEntryNotFoundError": _not_cached,
    "RemoteEntryNotFoundError": _no_file,
    "HFValidationError": _bad_name,
    "HfHubHTTPError": _bad_answer,
    "ValueError": _not_a_hub,
    "OSError": _disk,
}
_NETWORK_ERRORS = ("TransportError", "OSError")


def _is_gated(error: Exception) -> bool:
    return any(kind.__name__ == "GatedRepoError" for kind in type(error).__mro__)


def _is_of_the_network(error: Exception) -> bool:
    return any(kind.__name__ in _NETWORK_ERRORS for kind in type(error).__mro__)


def _unreachable(request: _Request, reason: str) -> NoNetworkError:
    return NoNetworkError(
        f"no network: {request.hub} cannot be reached ({reason}); connect, set {OFFLINE}=1 to use what is in the "
        "cache, or name a local folder",
        where=request.name,
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
