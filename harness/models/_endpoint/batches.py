"""A provider's batches: upload many requests in one file, wait up to a day, download the answers; half the price.

What was asked is written into the state before a batch is created, so that another run polls that batch instead of
asking again, also after the process was killed. An entry stays in the state until all its answers were handed over.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from harness.core import files
from harness.core.errors import SystemStopped
from harness.models._endpoint import faults, payload, replies
from harness.models._endpoint.asking import Answered, Question
from harness.models._endpoint.conversation import SourceFailed
from harness.models._endpoint.costs import Prices, Purse, Usage
from harness.models._endpoint.faults import ContentFilter, SourceRefused, Temporary
from harness.models._endpoint.replies import Reply
from harness.models._endpoint.state import State

_LOG = logging.getLogger(__name__)

# OpenAI's limits are 50,000 requests and 200 MB per file.
_MOST_REQUESTS, _MOST_BYTES = 50_000, 100 * 2**20
# How often a request that failed in a batch is put into another one.
_ROUNDS = 3
_PATH = "/v1/chat/completions"
_OVER = ("completed", "failed", "expired", "cancelled")
# Seconds between two looks at a batch: first, and at most.
POLL = (5.0, 60.0)


class Server(Protocol):
    """Sends requests; `Wire` does."""

    async def get(self, path: str) -> bytes:
        """Return the body of an answer."""

    async def post(self, path: str, body: Mapping[str, Any]) -> bytes | ContentFilter:
        """Send JSON, and return the body of the answer."""

    async def upload(self, name: str, content: bytes) -> bytes:
        """Upload a file for a batch, and return the body of the answer."""


# Runs some requests with connections of their own, with tries as for any request, and returns what they return.
Run = Callable[[Callable[[Server], Awaitable[Any]]], Any]


@dataclass(slots=True)
class Batches:
    """The batches of one endpoint."""

    run: Run
    state: State
    purse: Purse
    prices: Prices | None
    check: Callable[[Reply], None]  # raises SystemStopped if the answer must not be used
    wait: float | None  # seconds to wait for all batches; None: until they are done

    def results(self, questions: Sequence[Question]) -> Iterator[Answered | SourceFailed]:
        """Yield the answers, batch after batch, and each question that failed.

        Raises:
            SystemStopped: batches are not done yet, or no other question can be answered.
        """
        ends = None if self.wait is None else time.monotonic() + self.wait
        left = {payload.custom_id(question): question for question in questions}
        failed: dict[str, SourceFailed] = {}
        for _ in range(_ROUNDS):
            if not left:
                break
            stopped = self._begin(left)
            failed = {}
            for name in self._entries(left):
                for identifier, result in self._finished(name, left, ends):
                    if isinstance(result, Temporary):
                        failed[identifier] = SourceFailed(left[identifier].source.id, result.reason)
                        continue
                    yield SourceFailed(left[identifier].source.id, result) if isinstance(result, str) else result
                    del left[identifier]
                self._forget(name)
            if stopped is not None:
                raise stopped
        for identifier, question in left.items():
            yield failed.get(identifier) or SourceFailed(question.source.id, "the batch has no answer for it")

    def _entries(self, left: Mapping[str, Question]) -> list[str]:
        """Return the names of the state's entries that have a question of these."""
        return [name for name, entry in self.state.batches.items() if not left.keys().isdisjoint(entry["asked"])]

    def _begin(self, left: Mapping[str, Question]) -> SystemStopped | None:
        """Create batches for the questions that no open batch has; return why some are left out, if so."""
        asked = {identifier for entry in self.state.batches.values() for identifier in entry["asked"]}
        self._reserve_for_open_batches()
        new = {identifier: question for identifier, question in left.items() if identifier not in asked}
        affordable: dict[str, Question] = {}
        stopped = None
        for identifier, question in new.items():
            if not self.purse.reserve(question.most):
                stopped = SystemStopped(
                    f"max_cost of {self.purse.limit:g} could be passed: {len(new) - len(affordable)} of {len(new)} "
                    "segments were not asked; raise max_cost and run again, answers are kept"
                )
                break
            affordable[identifier] = question
        for part in _parts(affordable):
            file = self.run(partial(_uploaded, content=b"".join(lines(part))))
            most = sum(question.most for question in part.values())
            self.state.batches[file] = {"batch": None, "asked": list(part), "most": most}
            self.state.write()
        return stopped

    def _finished(
        self, name: str, left: Mapping[str, Question], ends: float | None
    ) -> Iterator[tuple[str, Answered | str | Temporary]]:
        """Wait for a batch, and yield its answers to these questions by their names in it."""
        batch = self._waited_for(name, ends)
        if batch["status"] == "failed":
            self._forget(name)
            raise SystemStopped(f"the provider refused the batch: {faults.message(json.dumps(batch.get('errors')))}")
        seen: set[str] = set()
        for key in ("output_file_id", "error_file_id"):
            if isinstance(file := batch.get(key), str) and file:
                for identifier, line in _lines_of(self.run(partial(_content, file=file))):
                    if identifier in left and identifier not in seen:
                        seen.add(identifier)
                        yield identifier, self._result(left[identifier], line)

    def _waited_for(self, name: str, ends: float | None) -> Mapping[str, Any]:
        entry, pause = self.state.batches[name], POLL[0]
        if entry["batch"] is None:
            entry["batch"] = self.run(partial(_created, file=name))
            self.state.write()
        while True:
            batch: dict[str, Any] = self.run(partial(_looked_at, batch=entry["batch"]))
            counts = batch.get("request_counts") or {}
            if batch.get("status") in _OVER:
                return batch
            progress = f"{counts.get('completed', 0)} of {len(entry['asked'])} segments answered"
            if ends is not None and time.monotonic() + pause > ends:
                raise SystemStopped(f"batch {entry['batch']} is not done ({progress}); run again for the answers")
            _LOG.info("batch %s: %s, %s", entry["batch"], batch.get("status"), progress)
            time.sleep(pause)
            pause = min(pause * 1.5, POLL[1])

    def _result(self, question: Question, line: Mapping[str, Any]) -> Answered | str | Temporary:
        """Return the answer to a question, why it failed, or that another batch may answer it."""
        response = line.get("response")
        if not isinstance(response, dict):
            return Temporary(f"the batch failed on it ({faults.message(json.dumps(line.get('error')))})")
        status, body = response.get("status_code", 200), response.get("body")
        fault: object
        if status == 200:
            try:
                return self._answered(question, replies.of_content(body))
            except Temporary as error:
                return error
        fault = faults.of_status(int(status), json.dumps(body), {})
        if isinstance(fault, ContentFilter):
            return self._answered(question, Reply("", "refused", Usage()))
        if isinstance(fault, SystemStopped):
            raise fault
        return fault.reason if isinstance(fault, SourceRefused) else fault

    def _answered(self, question: Question, reply: Reply) -> Answered:
        self.check(reply)
        cost = reply.usage.cost(self.prices, batch=True) if self.prices else None
        self.purse.settle(question.most, question.most if cost is None else cost)
        return Answered(question, reply, None, cost)

    def _forget(self, name: str) -> None:
        self.state.batches.pop(name, None)
        self._reserve_for_open_batches()
        self.state.spent = self.purse.spent
        self.state.write()

    def _reserve_for_open_batches(self) -> None:
        entries = self.state.batches.values()
        self.purse.reserved = sum(float(entry["most"]) for entry in entries)
        self.purse.under_way = sum(len(entry["asked"]) for entry in entries)


def lines(questions: Mapping[str, Question]) -> Iterator[bytes]:
    """Yield the lines of a batch's file."""
    for identifier, question in questions.items():
        line = {"custom_id": identifier, "method": "POST", "url": _PATH, "body": dict(question.body)}
        yield files.dumps(line).encode() + b"\n"


def _parts(questions: Mapping[str, Question]) -> Iterator[dict[str, Question]]:
    """Yield questions in parts that a file may have."""
    part: dict[str, Question] = {}
    size = 0
    for identifier, question in questions.items():
        length = len(files.dumps(dict(question.body)).encode()) + 200
        if part and (len(part) == _MOST_REQUESTS or size + length > _MOST_BYTES):
            yield part
            part, size = {}, 0
        part[identifier] = question
        size += length
    if part:
        yield part


async def _uploaded(server: Server, content: bytes) -> str:
    """Upload the file of a batch, and return its id."""
    return str(_object(await server.upload("harness.jsonl", content)).get("id"))


async def _looked_at(server: Server, batch: str) -> dict[str, Any]:
    return _object(await server.get(f"/batches/{batch}"))


async def _content(server: Server, file: str) -> bytes:
    return await server.get(f"/files/{file}/content")


async def _created(server: Server, file: str) -> str:
    """Return the id of the batch of a file; create it, unless a run that was killed has created it before."""
    known = _object(await server.get("/batches?limit=100")).get("data")
    for batch in known if isinstance(known, list) else ():
        if isinstance(batch, dict) and batch.get("input_file_id") == file:
            return str(batch.get("id"))
    body = {"input_file_id": file, "endpoint": _PATH, "completion_window": "24h"}
    answer = await server.post("/batches", body)
    return str(_object(answer if isinstance(answer, bytes) else b"").get("id"))


def _object(content: bytes) -> dict[str, Any]:
    """Return the JSON object in an answer.

    Raises:
        Temporary: it is none.
    """
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Temporary(f"the server's answer is no JSON object ({len(content):,} bytes)")
    return value


def _lines_of(content: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the lines of a file of answers by their names; lines that cannot be read are skipped."""
    for line in content.split(b"\n"):
        try:
            value = json.loads(line)
            yield str(value["custom_id"]), value
        except (ValueError, RecursionError, KeyError, TypeError):
            continue
