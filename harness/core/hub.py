"""The Hugging Face hub: requests, time limits, and one line for each way in which a request fails."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from time import monotonic
from urllib.parse import urlsplit
from urllib.request import getproxies

from harness.core.errors import ModelError


def go_offline(wanted: bool) -> None:
    """Keep this process and its children off the network, if that is wanted."""
    if wanted:
        os.environ["HF_HUB_OFFLINE"] = "1"


_LOG = logging.getLogger(__name__)

# A hub that does not answer within this many seconds counts as not there, and for a while is not asked again: a config
# with ten checkpoints says so once, not after ten timeouts.
TIMEOUT = 4.0
_DOWN_FOR = 30.0
_down: dict[str, tuple[float, str]] = {}  # by hub: since when, and why
_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


def offline() -> bool:
    """Whether the user has said that the network must not be touched."""
    return any(os.environ.get(name, "").upper() in ("1", "ON", "YES", "TRUE") for name in _OFFLINE)


def remember(folder: Path, revision: str) -> None:
    """Note which commit a branch is at, where the library looks for it: it notes what is fetched by a branch's name."""
    note = folder.parents[1] / "refs" / revision
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(folder.name, encoding="utf-8")
    except OSError as error:
        _LOG.warning("%s cannot be written (%s): without a network, %s will not be found", note, error, revision)


def download(name: str, commit: str, files: Sequence[str]) -> Path:
    """Bring files of a commit into the hub's cache and return their folder; without files, an empty path."""
    from huggingface_hub import hf_hub_download

    folder = Path()
    if not files:  # then it does not matter that the hub is down
        return folder
    with explained(name, commit):
        for file in files:
            path = hf_hub_download(name, file, revision=commit, local_files_only=offline(), etag_timeout=TIMEOUT)
            folder = Path(path).parent
    return folder


def resolve(hub: str) -> None:
    """Look the hub's name up, for no longer than a hub may take to answer: no HTTP client's timeout covers this.

    Raises:
        OSError: it took longer. What else goes wrong is left to the client to find.
    """
    address = urlsplit(hub)
    if getproxies().get(address.scheme):
        return  # a proxy looks it up
    # No pool: at exit that would wait for the thread, which the system's resolver may hold for long.
    looking = Thread(target=_look_up, args=(address.hostname, address.port), daemon=True)
    looking.start()
    looking.join(TIMEOUT)
    if looking.is_alive():
        raise OSError(f"its name was not resolved within {TIMEOUT:.0f} s")


def _look_up(host: str | None, port: int | None) -> None:
    with suppress(OSError, UnicodeError):
        socket.getaddrinfo(host, port)


class NoNetworkError(ModelError):
    """The hub cannot be reached."""


@contextmanager
def explained(name: str, revision: str) -> Iterator[None]:
    """Turn what goes wrong on the way to the hub into one line that says what to do."""
    from huggingface_hub import constants, errors

    hub = constants.ENDPOINT
    since, reason = _down.get(hub, (-_DOWN_FOR, ""))
    # With its first request the library also asks the hub which coding agents there are, to name one in its telemetry:
    # a request more, and three seconds of waiting where the hub does not answer.
    constants.HF_HUB_DISABLE_TELEMETRY = True
    try:
        if monotonic() - since < _DOWN_FOR:
            raise NoNetworkError(_no_network(name, hub, reason))
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
            f"revision {revision} is not wholly in the cache, and the network is forbidden or down; run once "
            "with a network, or name a local folder",
            where=name,
        ) from None
    except errors.RemoteEntryNotFoundError as error:
        raise ModelError(f"{hub} has no {error.response.url.path}; the repository is incomplete", where=name) from None
    except errors.HFValidationError as error:
        raise ModelError(" ".join(str(error).split()), where=name) from None
    except errors.HfHubHTTPError as error:
        answer = error.response.status_code if error.response is not None else "no status"
        if answer in (401, 403):
            raise ModelError(
                f"{hub} refused the login ({answer}); renew it with hf auth login (or set HF_TOKEN), with the "
                "right to read this checkpoint",
                where=name,
            ) from None
        raise ModelError(f"{hub} answered with an error ({answer}); try again later", where=name) from None
    except ValueError as error:
        raise ModelError(
            f"what answers at {hub} is no hub ({' '.join(str(error).split())[:100]}); does the network ask for "
            "a login in a browser?",
            where=name,
        ) from None
    except Exception as error:
        # The library's HTTP client is another one from version to version, and so are its errors' classes.
        if not any(kind.__name__ in ("TransportError", "RequestException", "OSError") for kind in type(error).__mro__):
            raise
        if isinstance(error, OSError) and error.errno == 28:
            raise ModelError(
                "no space left for the download; free some, or set HF_HOME to a larger disk", where=name
            ) from None
        if isinstance(error, OSError) and error.filename is not None:
            raise ModelError(
                f"the cache cannot be used ({error}); set HF_HOME to a folder of yours", where=name
            ) from None
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        _down[hub] = monotonic(), reason
        raise NoNetworkError(_no_network(name, hub, reason)) from None


def _no_network(name: str, hub: str, reason: str) -> str:
    return (
        f"{name}: no network: {hub} cannot be reached ({reason}); connect, set HF_HUB_OFFLINE=1 to use what is in the "
        "cache, or name a local folder"
    )
