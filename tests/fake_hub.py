"""A Hugging Face hub on 127.0.0.1: what huggingface_hub asks for when it reads a repository and downloads its files.

    with Hub() as hub:
        commit = hub.push("org/model", folder)
        hub.use(monkeypatch, tmp_path / "home")        # in this process
        subprocess.run(..., env=hub.environment(home))  # or in another

Every request is kept in `hub.requests`. A repository can be gated and a hub can be broken; what it declares of its
files' sizes can be larger than what it serves.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

_INFO = re.compile(r"/api/(?P<kind>model|dataset)s/(?P<name>[^/]+/[^/]+)/revision/(?P<revision>.+)")
_FILE = re.compile(r"/(?P<kind>datasets/)?(?P<name>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<file>.+)")
# What a developer's own shell may say of the hub, its cache and the way to it.
_FOREIGN = re.compile(r"HF_.*|HUGGING.*|TRANSFORMERS_.*|.*_PROXY", re.IGNORECASE)


@dataclass
class _Repository:
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)  # declared, where it is not the real one
    gated: int | None = None  # the status that a download is refused with
    card: dict[str, Any] = field(default_factory=dict)  # the header of its README.md
    states: dict[str, Any] = field(default_factory=dict)  # more keys of the hub's answer: tags, safetensors


class Hub:
    """Repositories by name, and how the whole hub behaves."""

    def __init__(self) -> None:
        self.requests: list[str] = []  # "GET /api/models/org/model/revision/main"
        self.status: int | None = None  # with which everything is answered
        self.message: str | None = None  # of the hub, with that status
        self.page: bytes | None = None  # what everything is answered with: the page of a hotel's network
        self.silent = False  # accepts connections and never answers
        self._repositories: dict[str, _Repository] = {}
        self._stopped = threading.Event()
        hub = self

        class Handler(_Handler):
            def answer(self) -> None:
                hub._answer(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def __enter__(self) -> Hub:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Go away: from now on connections are refused."""
        if not self._stopped.is_set():
            self._stopped.set()
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def push(
        self,
        name: str,
        folder: Path,
        *,
        branch: str = "main",
        without: Iterable[str] = (),
        sizes: Mapping[str, int] | None = None,
        gated: int | None = None,
        dataset: bool = False,
        card: Mapping[str, Any] | None = None,
        states: Mapping[str, Any] | None = None,
    ) -> str:
        """Commit a folder's files to a branch and return the commit; `card` is the header of its README.md."""
        paths = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
        files = {file: path.read_bytes() for file, path in paths.items() if file not in set(without)}
        name = f"datasets/{name}" if dataset else name
        digests = {file: hashlib.sha256(content).hexdigest() for file, content in files.items()}
        commit = hashlib.sha1(json.dumps([name, digests]).encode()).hexdigest()
        repository = self._repositories.setdefault(name, _Repository())
        repository.commits[commit] = files
        repository.refs[branch] = commit
        repository.sizes |= sizes or {}
        repository.gated = gated
        repository.card = dict(card or {})
        repository.states |= states or {}
        return commit

    def downloads(self) -> list[str]:
        """Return the files whose content has been asked for, in order."""
        found = [_FILE.fullmatch(request.removeprefix("GET ")) for request in self.requests]
        return [match["file"] for match in found if match]

    def environment(self, home: Path) -> dict[str, str]:
        """Return the environment of a process that knows no other hub and has its cache and login under `home`."""
        own = {key: value for key, value in os.environ.items() if not _FOREIGN.fullmatch(key)}
        return own | {"HF_ENDPOINT": self.url, "HF_HOME": str(home), "NO_PROXY": "127.0.0.1"}

    def use(self, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
        """Let this process know no other hub: huggingface_hub has read the environment when it was imported."""
        from huggingface_hub import constants

        for key in os.environ:
            if _FOREIGN.fullmatch(key):
                monkeypatch.delenv(key)
        values = {
            "ENDPOINT": self.url,
            "HUGGINGFACE_CO_URL_TEMPLATE": self.url + "/{repo_id}/resolve/{revision}/{filename}",
            "HF_URL_HOSTS": frozenset({"127.0.0.1"}),
            "HF_HUB_OFFLINE": False,
            "HF_HOME": str(home),
            "HF_HUB_CACHE": str(home / "hub"),
            "HUGGINGFACE_HUB_CACHE": str(home / "hub"),
            "HF_XET_CACHE": str(home / "xet"),
            "HF_TOKEN_PATH": str(home / "token"),
            "HF_STORED_TOKENS_PATH": str(home / "stored_tokens"),
            "AGENT_HARNESSES_PATH": str(home / "agents.json"),
        }
        for name, value in values.items():
            monkeypatch.setattr(constants, name, value, raising=False)
        self.restart(monkeypatch)

    @staticmethod
    def restart(monkeypatch: pytest.MonkeyPatch) -> None:
        """Let huggingface_hub forget what it keeps in this process, as if it had just been imported."""
        from huggingface_hub import close_session

        close_session()
        # With its first request it also asks which coding agents there are.
        agents = sys.modules.get("huggingface_hub.utils._detect_agent")
        if agents is not None:
            monkeypatch.setattr(agents, "_registry", None, raising=False)

    def _answer(self, handler: _Handler) -> None:
        address = unquote(urlsplit(handler.path).path)
        self.requests.append(f"{handler.command} {address}")
        if self.silent:
            self._stopped.wait()
            return
        if self.page is not None:
            handler.reply(200, self.page, {"Content-Type": "text/html"})
        elif self.status is not None:
            handler.reply(self.status, b"", {"X-Error-Message": self.message} if self.message else {})
        elif match := _INFO.fullmatch(address):
            self._info(handler, **match.groupdict())
        elif match := _FILE.fullmatch(address):
            self._file(handler, **match.groupdict())
        else:
            handler.reply(404)

    def _info(self, handler: _Handler, kind: str, name: str, revision: str) -> None:
        name = f"datasets/{name}" if kind == "dataset" else name
        commit = self._commit(handler, name, revision)
        if commit is None:
            return
        repository = self._repositories[name]
        siblings = [
            {"rfilename": file, "size": repository.sizes.get(file, len(content))}
            for file, content in repository.commits[commit].items()
        ]
        gated = "manual" if repository.gated else False
        name = name.removeprefix("datasets/")
        described = {"id": name, "modelId": name, "sha": commit, "gated": gated, "siblings": siblings}
        handler.reply_json({**described, "cardData": repository.card} | repository.states)

    def _file(self, handler: _Handler, kind: str | None, name: str, revision: str, file: str) -> None:
        name = f"{kind or ''}{name}"
        commit = self._commit(handler, name, revision)
        if commit is None:
            return
        repository = self._repositories[name]
        if repository.gated:
            handler.reply(
                repository.gated, b"", {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access is restricted."}
            )
            return
        content = repository.commits[commit].get(file)
        if content is None:
            handler.reply(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit})
            return
        etag = hashlib.sha256(content).hexdigest()
        handler.reply(200, content, {"ETag": f'"{etag}"', "X-Repo-Commit": commit})

    def _commit(self, handler: _Handler, name: str, revision: str) -> str | None:
        """Return the commit that a revision means, or refuse."""
        repository = self._repositories.get(name)
        if repository is None:
            # The real hub does not tell a stranger whether a private repository exists.
            handler.reply(401, b"", {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"})
            return None
        commit = repository.refs.get(revision, revision)
        if commit not in repository.commits:
            handler.reply(404, b"", {"X-Error-Code": "RevisionNotFound", "X-Error-Message": f"Invalid rev {revision}"})
            return None
        return commit


class _Handler(BaseHTTPRequestHandler):
    """One request. The protocol is HTTP/1.0, so that no connection outlives its request."""

    def answer(self) -> None:
        raise NotImplementedError

    def do_GET(self) -> None:
        self.answer()

    def do_HEAD(self) -> None:
        self.answer()

    def reply(self, status: int, content: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def reply_json(self, value: Mapping[str, Any]) -> None:
        self.reply(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def log_message(self, *_: object) -> None:
        """Say nothing on stderr."""
