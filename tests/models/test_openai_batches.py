"""Batches of a provider: upload, wait, download; another run polls instead of asking again."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.models._endpoint import batches
from harness.models._endpoint import model as endpoint_model
from harness.models._endpoint.retries import Backoff
from tests.models import endpoint_kill
from tests.models.endpoint_server import Act, Request, completion, error, serving, translate

pytest.importorskip("openai", reason="the extra endpoints is not installed")
pytest.importorskip("tenacity", reason="the extra endpoints is not installed")

OPTIONS = ", batch: true, batch_wait: 300, prices: {input: 1, output: 10}"


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(endpoint_model, "_BACKOFF", Backoff(first=0.01, longest=0.05))
    monkeypatch.setattr(batches, "POLL", (0.01, 0.05))


class Provider:
    """A provider's batches. `looks` is how often a batch is looked at before it is done."""

    def __init__(self, looks: int = 2, status: str = "completed") -> None:
        self.looks, self.status = looks, status
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.left: dict[str, int] = {}
        self.uploads = self.created = 0
        self.lines: list[dict[str, Any]] = []  # of all files that were uploaded

    def respond(self, request: Request) -> Act:
        path = request.path.removeprefix("/v1")
        if path == "/chat/completions":
            return translate(request)
        if path == "/files":
            self.uploads += 1
            name = f"file-{self.uploads}"
            self.files[name] = self.uploaded(request)
            return self.json({"id": name})
        if path == "/batches" and request.method == "POST":
            return self.create(request.json["input_file_id"])
        if path.startswith("/batches?"):
            return self.json({"data": list(self.batches.values())})
        if match := re.fullmatch("/batches/(.*)", path):
            return self.look(match[1])
        name = path.removeprefix("/files/").removesuffix("/content")
        return Act(body=self.files[name])

    def create(self, file: str) -> Act:
        self.created += 1
        name = f"batch-{self.created}"
        self.batches[name] = {"id": name, "input_file_id": file, "status": "in_progress"}
        self.left[name] = self.looks
        return self.json(self.batches[name])

    def look(self, name: str) -> Act:
        self.left[name] -= 1
        batch = self.batches[name]
        if self.left[name] < 0 and batch["status"] == "in_progress":
            done = [self.line(json.loads(line)) for line in self.files[batch["input_file_id"]].splitlines()]
            self.files[f"out-{name}"] = self.order(done)
            batch |= {"status": self.status, "output_file_id": f"out-{name}", "errors": {"message": "wrong file"}}
        return self.json(batch)

    def order(self, done: list[bytes]) -> bytes:
        """Return the lines backwards, one of them twice, and one that is damaged."""
        return b"".join(done[::-1]) + done[0] + b'{"custom_id": \n'

    def line(self, asked: dict[str, Any]) -> bytes:
        text = asked["body"]["messages"][-1]["content"].rpartition("\n")[2]
        response = {"status_code": 200, "body": json.loads(completion(f"<{text}>"))}
        return json.dumps({"custom_id": asked["custom_id"], "response": response}).encode() + b"\n"

    def uploaded(self, request: Request) -> bytes:
        boundary = request.headers["content-type"].partition("boundary=")[2].encode()
        parts = request.body.split(b"--" + boundary)
        (part,) = (part for part in parts if b'name="file"' in part)
        assert any(b'name="purpose"' in each and b"batch" in each for each in parts)
        content = part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
        self.lines += [json.loads(line) for line in content.splitlines()]
        return content

    @staticmethod
    def json(content: Any) -> Act:
        return Act(body=json.dumps(content).encode())


def run(path: Path) -> dict[str, Any]:
    """Run a config, and return what the manifest says of the system."""
    harness.run(path, results=path.parent / "results")
    (file,) = path.parent.glob("results/*/manifest.json")
    entry: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["systems"]["gpt"]["translate"]
    return entry


def outputs(folder: Path) -> dict[str, str]:
    (file,) = folder.glob("results/*/outputs/translate/gpt.jsonl")
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return {row["id"]: row.get("text", "") for row in rows}


def expected() -> dict[str, str]:
    return {f"source/{n + 1}#s01": f"<{endpoint_kill.text(n)}>" for n in range(endpoint_kill.SEGMENTS)}


def test_a_batch_answers_each_segment_once_for_half_the_price(tmp_path):
    provider = Provider()
    with serving(provider.respond) as server:
        entry = run(endpoint_kill.config(tmp_path, server.url, OPTIONS))
        asked = len(server.requests)
        run(endpoint_kill.config(tmp_path, server.url, OPTIONS))
        assert len(server.requests) == asked
    assert outputs(tmp_path) == expected()
    assert (provider.uploads, provider.created, len(provider.lines)) == (1, 1, endpoint_kill.SEGMENTS)
    assert provider.lines[0]["url"] == "/v1/chat/completions"
    assert entry["usage"]["cost"] == pytest.approx(60 * 0.0001)


def test_another_run_polls_a_batch_that_was_not_done(tmp_path):
    provider = Provider(looks=10**6)
    with serving(provider.respond) as server:
        path = endpoint_kill.config(tmp_path, server.url, OPTIONS.replace("batch_wait: 300", "batch_wait: 0"))
        error_text = run(path)["error"]
        assert "batch batch-1 is not done (0 of 60 segments answered); run again for the answers" in error_text
        provider.left["batch-1"] = 0
        assert "error" not in run(path)
    assert (provider.uploads, provider.created) == (1, 1)
    assert outputs(tmp_path) == expected()


def test_a_batch_that_was_created_just_before_the_process_was_killed_is_found_again(tmp_path, monkeypatch):
    provider = Provider()
    created = batches._created

    async def killed(*arguments: Any, **named: Any) -> str:
        await created(*arguments, **named)
        raise KeyboardInterrupt

    with serving(provider.respond) as server:
        path = endpoint_kill.config(tmp_path, server.url, OPTIONS)
        monkeypatch.setattr(batches, "_created", killed)
        with pytest.raises(KeyboardInterrupt):
            run(path)
        monkeypatch.setattr(batches, "_created", created)
        assert "error" not in run(path)
    assert (provider.uploads, provider.created) == (1, 1)


def test_what_failed_in_a_batch_is_put_into_another_one(tmp_path):
    provider, seen = Provider(), set()
    line = provider.line

    def sometimes(asked: dict[str, Any]) -> bytes:
        if asked["custom_id"] not in seen and len(seen) < 7:
            seen.add(asked["custom_id"])
            return (
                json.dumps({"custom_id": asked["custom_id"], "response": {"status_code": 500, "body": {}}}).encode()
                + b"\n"
            )
        return line(asked)

    provider.line = sometimes  # type: ignore[method-assign]
    with serving(provider.respond) as server:
        assert "error" not in run(endpoint_kill.config(tmp_path, server.url, OPTIONS))
    assert (provider.created, len(provider.lines)) == (2, endpoint_kill.SEGMENTS + 7)
    assert outputs(tmp_path) == expected()


@pytest.mark.parametrize("status", ["expired", "cancelled"])
def test_a_batch_that_ended_early_gives_what_it_has(tmp_path, status):
    provider = Provider(status=status)
    provider.order = lambda done: b"".join(done[:40])  # type: ignore[method-assign]
    with serving(provider.respond) as server:
        run(endpoint_kill.config(tmp_path, server.url, OPTIONS))
    assert (provider.created, len(provider.lines)) == (2, endpoint_kill.SEGMENTS + 20)
    assert outputs(tmp_path) == expected()


def test_a_batch_that_is_refused_ends_the_system_with_what_the_provider_says(tmp_path):
    with serving(Provider(status="failed").respond) as server:
        assert (
            "the provider refused the batch: wrong file"
            in run(endpoint_kill.config(tmp_path, server.url, OPTIONS))["error"]
        )


def test_a_batch_holds_no_more_than_max_cost_pays(tmp_path):
    provider = Provider()
    with serving(provider.respond) as server:
        entry = run(endpoint_kill.config(tmp_path, server.url, f"{OPTIONS}, max_cost: 0.05"))
    assert "max_cost of 0.05 could be passed" in entry["error"]
    assert 0 < len(provider.lines) < endpoint_kill.SEGMENTS
    assert entry["outputs"] == len(provider.lines)


def test_a_provider_without_batches_is_said_in_one_line(tmp_path):
    def respond(request: Request) -> Act:
        return translate(request) if request.path.endswith("/chat/completions") else error(404, "no such thing")

    with serving(respond) as server:
        assert "HTTP 404: no such thing" in run(endpoint_kill.config(tmp_path, server.url, OPTIONS))["error"]
