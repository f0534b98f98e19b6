"""A real HTTP server on 127.0.0.1 that speaks OpenAI's protocol and can fail in every way: for tests of endpoints.

A test gives a function from a request to an `Act`. Without one, the server translates: it answers with the user's last
line, in capitals. It counts every request and every complete answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

USAGE = {"prompt_tokens": 100, "completion_tokens": 10}


@dataclass
class Request:
    """One request."""

    number: int  # from 1, over all
    nth: int  # of this content, from 1
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The last line of the user's message: the source."""
        content = self.json["messages"][-1]["content"]
        return str(content).rpartition("\n")[2]

    @property
    def is_probe(self) -> bool:
        return self.text == "नमस्ते"


@dataclass
class Act:
    """What the server does: a status with a body; then how the body is sent."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0  # seconds before anything is sent
    drip: float = 0.0  # seconds between bytes
    reset_after: int | None = None  # bytes of the body, after which the connection is reset
    silent: bool = False  # close the connection without an answer


def completion(text: str | None, *, finish: str = "stop", model: str = "tiny-2026-01-01", **more: Any) -> bytes:
    message: dict[str, Any] = {"role": "assistant", "content": text, **more.pop("message", {})}
    content: dict[str, Any] = {
        "id": "x", "object": "chat.completion", "model": model, "usage": USAGE,
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
    } | more  # fmt: skip
    return json.dumps(content, ensure_ascii=False).encode()


def translate(request: Request) -> Act:
    return Act(body=completion(f"<{request.text}>"))


def error(status: int, message: str = "no", **headers: str) -> Act:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Act(status, json.dumps({"error": {"message": message}}).encode(), named)


class Server:
    """The running server."""

    def __init__(self, respond: Callable[[Request], Act] = translate, ssl: Any = None) -> None:
        self.respond, self._ssl = respond, ssl
        self.requests: list[Request] = []
        self.answered: Counter[str] = Counter()  # complete answers with status 200, by the source
        self.at_once = self.most_at_once = 0
        self._nth: Counter[bytes] = Counter()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._tasks: set[asyncio.Task[Any]] = set()

    def __enter__(self) -> Server:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.die()
        self._thread.join(10)

    @property
    def url(self) -> str:
        return f"{'https' if self._ssl else 'http'}://127.0.0.1:{self.port}/v1"

    @property
    def asked(self) -> Counter[str]:
        """How often each source was asked for, without the probe."""
        chats = [each for each in self.requests if each.path.endswith("/chat/completions")]
        return Counter(each.text for each in chats if not each.is_probe)

    def die(self) -> None:
        """Close the port and every connection."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stop.set)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, ssl=self._ssl, limit=2**24)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while request := await self._read(reader):
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                try:
                    keep = await self._act(self.respond(request), request, writer)
                finally:
                    self.at_once -= 1
                if not keep:
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, TimeoutError):
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _read(self, reader: asyncio.StreamReader) -> Request | None:
        try:
            begin = await reader.readexactly(1)
            if begin == b"\x16":  # TLS, which this server does not speak
                return None
            head = (begin + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self._nth[body] += 1
        request = Request(len(self.requests) + 1, self._nth[body], method, path, headers, body)
        self.requests.append(request)
        return request

    async def _act(self, act: Act, request: Request, writer: asyncio.StreamWriter) -> bool:
        """Do it, and return whether the connection goes on."""
        await asyncio.sleep(act.wait)
        if act.silent:
            return False
        headers = {"Content-Type": "application/json", "Content-Length": str(len(act.body)), **act.headers}
        head = f"HTTP/1.1 {act.status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(head.encode() + b"\r\n")
        body = act.body if act.reset_after is None else act.body[: act.reset_after]
        step = 1 if act.drip else 2**16
        for start in range(0, len(body), step):
            writer.write(body[start : start + step])
            await writer.drain()
            await asyncio.sleep(act.drip)
        await writer.drain()
        if act.reset_after is not None:
            return False
        if act.status == 200 and request.path.endswith("/chat/completions") and not request.is_probe:
            self.answered[request.text] += 1
        return True


@contextlib.contextmanager
def serving(respond: Callable[[Request], Act] = translate, ssl: Any = None) -> Iterator[Server]:
    with Server(respond, ssl) as server:
        yield server
