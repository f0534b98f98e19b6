"""Runs with systems of the family `openai`: what is stored, what is asked again, and that no key is in anything."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.config import load
from harness.core.errors import HarnessError
from harness.models._endpoint import model as endpoint_model
from harness.models._endpoint import payload
from harness.models._endpoint.retries import Backoff
from tests.models import endpoint_kill, endpoint_storm
from tests.models.endpoint_server import Act, Request, completion, error, serving, translate
from tests.paths import ROOT

pytest.importorskip("openai", reason="the extra endpoints is not installed")
pytest.importorskip("tenacity", reason="the extra endpoints is not installed")

KEY = "sk-test-0123456789abcdefSECRET"
COPY = "  - {name: copy, family: copy-source}\n"


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(endpoint_model, "_BACKOFF", Backoff(first=0.01, longest=0.05))


def manifest(folder: Path) -> dict[str, Any]:
    (path,) = folder.glob("results/*/manifest.json")
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def run(path: Path) -> Any:
    return harness.run(path, results=path.parent / "results")


class TestARun:
    def test_asks_each_segment_once_and_a_second_run_nothing(self, tmp_path):
        with serving() as server:
            path = endpoint_kill.config(
                tmp_path, server.url, ", prices: {input: 1, output: 10}", f"{COPY}usage: true\n"
            )
            run(path)
            assert set(server.asked.values()) == {1}
            assert len(server.asked) == endpoint_kill.SEGMENTS
            asked = len(server.requests)
            run(path)
            assert len(server.requests) == asked
        (table,) = tmp_path.glob("results/*/tables/translate.md")
        line = "60 answers, 6,000 tokens of prompts, 600 tokens of answers, cost 0.0120 USD (all segments of the task)"
        assert f"gpt: {line}" in table.read_text(encoding="utf-8")
        assert manifest(tmp_path)["systems"]["gpt"]["translate"]["usage"] == {
            "answers": 60, "prompt_tokens": 6000, "completion_tokens": 600, "cost": 0.012
        }  # fmt: skip

    def test_changes_of_speed_and_price_are_the_same_run(self, tmp_path):
        with serving() as server:
            run(endpoint_kill.config(tmp_path, server.url))
            asked = len(server.requests)
            run(
                endpoint_kill.config(tmp_path, server.url, ", timeout: 7, prices: {input: 1, output: 2}").rename(
                    tmp_path / "run.yaml"
                )
            )
            assert len(server.requests) == asked
        assert len([*tmp_path.glob("results/*/manifest.json")]) == 1

    def test_without_access_fails_one_system_with_few_requests_and_scores_the_other(self, tmp_path):
        with serving(lambda request: translate(request) if request.number <= 5 else error(401, "bad key")) as server:
            run(endpoint_kill.config(tmp_path, server.url, "", COPY))
            assert len(server.requests) <= 9
        systems = manifest(tmp_path)["systems"]
        assert "HTTP 401: bad key" in systems["gpt"]["translate"]["error"]
        assert "error" not in systems["copy"]["translate"]

    def test_of_which_some_segments_fail_keeps_the_others_and_asks_only_for_these_again(self, tmp_path):
        broken = {"on": True}

        def respond(request: Request) -> Act:
            number = "".join(filter(str.isdigit, request.text))
            return error(400, "too long") if broken["on"] and number in ("7", "33") else translate(request)

        with serving(respond) as server:
            path = endpoint_kill.config(tmp_path, server.url)
            run(path)
            assert "2 of 60 segments failed" in manifest(tmp_path)["systems"]["gpt"]["translate"]["error"]
            assert set(server.asked.values()) == {1}
            broken["on"] = False
            run(path)
            assert sum(server.asked.values()) == 62
        assert "error" not in manifest(tmp_path)["systems"]["gpt"]["translate"]

    def test_stops_before_max_cost_and_goes_on_with_a_higher_one(self, tmp_path):
        prices = ", prices: {input: 1, output: 10}, max_cost: "
        with serving() as server:
            run(endpoint_kill.config(tmp_path, server.url, f"{prices}0.01"))
            first = sum(server.asked.values())
            assert first * 0.0002 <= 0.01
            assert "max_cost of 0.01 USD could be passed" in manifest(tmp_path)["systems"]["gpt"]["translate"]["error"]
            run(endpoint_kill.config(tmp_path, server.url, f"{prices}1.0"))
            assert set(server.asked.values()) == {1}
            assert len(server.asked) == endpoint_kill.SEGMENTS

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
    def test_that_is_stopped_asks_nothing_again_that_is_stored(self, tmp_path, number):
        counts = endpoint_kill.stop_and_resume(tmp_path, 25, number)
        assert counts["asked"] < endpoint_kill.SEGMENTS

    def test_with_one_fault_in_ten_requests_loses_and_doubles_nothing(self):
        counts = endpoint_storm.storm(200)
        assert counts["outputs"] == 200
        assert counts["faults"] > 5

    def test_says_below_the_table_what_was_refused_thought_and_answered_by_another_model(self, tmp_path):
        usage = {"prompt_tokens": 9, "completion_tokens": 30, "completion_tokens_details": {"reasoning_tokens": 20}}

        def respond(request: Request) -> Act:
            number = int("".join(filter(str.isdigit, request.text)) or 0)
            model = "tiny-2027" if number >= 50 else "tiny-2026-01-01"
            if number < 3 and not request.is_probe:
                return Act(body=completion("", finish="content_filter"))
            return Act(body=completion("This is", model=model, **({"usage": usage} if number == 7 else {})))

        with serving(respond) as server:
            run(endpoint_kill.config(tmp_path, server.url, ", model_change: accept"))
        (table,) = tmp_path.glob("results/*/tables/translate.md")
        text = table.read_text(encoding="utf-8")
        assert "the server's filter refused 3 of 60 outputs, which are empty" in text
        assert "1 of 60 outputs have reasoning before them: 20 tokens" in text
        assert "10 of 60 outputs are of another model: tiny-2027" in text


def test_the_libraries_are_not_imported_before_a_request() -> None:
    code = "import sys, harness.models.openai; print({'openai', 'httpx2', 'tenacity'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


class TestNoise:
    def test_is_measured_printed_and_decides_ranks(self, tmp_path):
        number = iter(range(10**6))

        def respond(request: Request) -> Act:
            words = ["This is sentence number", "That was a phrase", "It is", "Sentence"]
            return Act(
                body=completion(words[next(number) % 4] if request.json["model"] == "tiny" else "This is a sentence")
            )

        with serving(respond) as server:
            other = f'  - {{name: other, family: openai, base_url: "{server.url}", model: calm}}\n'
            run(endpoint_kill.config(tmp_path, server.url, ", repeat: {segments: 20, times: 3}", other))
            assert len(server.requests) == 1 + 60 + 20 * 3 + 1 + 60
            asked = len(server.requests)
            run(endpoint_kill.config(tmp_path, server.url, ", repeat: {segments: 20, times: 3}", other))
            assert len(server.requests) == asked
        (table,) = tmp_path.glob("results/*/tables/translate.txt")
        assert (
            "Noise: asked again, the chrf++ of a system changes (95% of the times, at most): gpt by"
            in table.read_text(encoding="utf-8")
        )
        (outputs,) = tmp_path.glob("results/*/outputs/translate.repeats/gpt.jsonl")
        assert len(outputs.read_text(encoding="utf-8").splitlines()) == 60


class TestSecrets:
    def respond(self, request: Request) -> Act:
        """Show the key in an answer, in the model's name and in errors, as a bad server may do."""
        given = request.headers.get("authorization", "")
        number = "".join(filter(str.isdigit, request.text))
        if number == "3":
            return error(400, f"your header was {given}")
        if number == "4" and request.nth == 1:
            return error(500, f"your header was {given}")
        return Act(body=completion(f"{given} {request.text}", model=f"tiny {given}", system_fingerprint=given))

    def test_are_in_no_file_and_in_nothing_that_is_printed(self, tmp_path):
        with serving(self.respond) as server:
            path = endpoint_kill.config(tmp_path, server.url, ", api_key_env: MY_KEY")
            process = endpoint_kill.start(
                path, MY_KEY=KEY, OPENAI_LOG="debug", HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path / "cache")
            )
            endpoint_kill.wait_for(server, 20, process)
            shown = b""
            for file in (*Path(f"/proc/{process.pid}").glob("task/*/comm"), Path(f"/proc/{process.pid}/cmdline")):
                shown += file.read_bytes() if file.exists() else b""
            out, err = process.communicate(timeout=60)
            assert server.requests[1].headers["authorization"] == f"Bearer {KEY}"
        assert b"too long" not in err
        everything = out + err + shown + b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
        assert b"SECRET" not in everything
        assert b"*** " in everything  # the answers of the server, without the key

    def test_are_in_no_traceback_of_a_bug(self, tmp_path, monkeypatch):
        monkeypatch.setenv("MY_KEY", KEY)
        monkeypatch.setattr(payload, "question", lambda *_: 1 / 0)
        with serving() as server:
            run(endpoint_kill.config(tmp_path, server.url, ", api_key_env: MY_KEY"))
        trace = manifest(tmp_path)["systems"]["gpt"]["translate"]["traceback"]
        assert "ZeroDivisionError" in trace
        assert "SECRET" not in trace

    @pytest.mark.parametrize("value", [f"{KEY}\nX-Evil: 1", f"Bearer {KEY}", "ключ"])
    def test_that_cannot_be_sent_are_refused_in_one_line_without_them(self, tmp_path, monkeypatch, value):
        monkeypatch.setenv("MY_KEY", value)
        with serving() as server:
            run(endpoint_kill.config(tmp_path, server.url, ", api_key_env: MY_KEY"))
            assert server.requests == []
        reason = manifest(tmp_path)["systems"]["gpt"]["translate"]["error"]
        assert reason.startswith("the environment variable MY_KEY contains")
        assert value.strip() not in reason


REFUSED = {
    f"api_key: {KEY}": "unknown key 'api_key'; a config must not contain a key",
    f"token: {KEY}": "a config must not contain a key",
    f"api_key_env: {KEY}": "api_key_env: expected the name of an environment variable",
    f'headers: {{Authorization: "Bearer {KEY}"}}': "the header Authorization looks like a key",
    f"headers: {{X-Api-Key: {KEY}}}": "the header X-Api-Key looks like a key",
    f"headers: {{X-Team: {KEY}}}": "the header X-Team looks like a key",
    f"extra_body: {{user: {KEY}}}": "extra_body.user looks like a key",
    "extra_body: {temperature: 1}": "temperature is not allowed here",
    f"note: {KEY}": "note looks like a key",
    "max_cost: 1": "max_cost needs prices",
    "proxy: http://me:SECRETpass@proxy:1": "proxy: the address contains a user or a password",
}
ADDRESSES = {
    "http://me:SECRETpass@localhost/v1": "the address contains a user or a password",
    "https://example.org/v1?api_key=SECRETkey": "the address contains a key",
    "https://example.org/v1?key=SECRETkey": "the address contains a key",
    "https://example.org/v1?version=2": "has a part after ? or #",
    "localhost:8000": "expected an address such as",
    "ftp://example.org": "expected an address such as",
    "http://[": "expected an address such as",
    "": "expected an address such as",
}


class TestAConfig:
    @pytest.mark.parametrize("keys", REFUSED)
    def test_with_a_key_in_it_is_refused_without_showing_it(self, tmp_path, keys):
        message = self.refusal(endpoint_kill.config(tmp_path, "http://localhost:1/v1", f", {keys}"))
        assert REFUSED[keys] in message
        assert "SECRET" not in message

    @pytest.mark.parametrize("url", ADDRESSES)
    def test_with_a_wrong_address_is_refused(self, tmp_path, url):
        message = self.refusal(endpoint_kill.config(tmp_path, url))
        assert "line 6: base_url: " in message
        assert ADDRESSES[url] in message
        assert "SECRET" not in message

    def test_that_contains_the_very_key_is_refused(self, tmp_path, monkeypatch):
        monkeypatch.setenv("MY_KEY", "no-known-shape-of-SECRET")
        options = ", api_key_env: MY_KEY, headers: {X-Note: no-known-shape-of-SECRET}"
        message = self.refusal(endpoint_kill.config(tmp_path, "http://localhost:1/v1", options))
        assert "headers.X-Note: contains the key that is in MY_KEY" in message
        assert "SECRET" not in message

    def refusal(self, path: Path) -> str:
        with pytest.raises(HarnessError) as caught:
            load.load(path)
        return str(caught.value)


ELSEWHERE = {
    "HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": KEY,
    "OPENAI_ADMIN_KEY": KEY, "OPENAI_ORG_ID": "org", "OPENAI_PROJECT_ID": "project",
    "OPENAI_CUSTOM_HEADERS": f"Authorization: Bearer {KEY}\nX-Evil: 1",
}  # fmt: skip


class TestTheEnvironment:
    def test_changes_neither_where_requests_go_nor_what_is_in_them(self, tmp_path, monkeypatch):
        with serving() as plain:
            run(endpoint_kill.config(tmp_path, plain.url))
        for name, value in ELSEWHERE.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("NO_PROXY", raising=False)
        (tmp_path / "b").mkdir()
        (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password SECRET\n", encoding="utf-8")
        monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
        with serving() as server:
            run(endpoint_kill.config(tmp_path / "b", server.url))
        names = [sorted(each.headers) for each in (*plain.requests, *server.requests)]
        assert names == [["accept", "accept-encoding", "content-length", "content-type", "host", "user-agent"]] * 122

    def test_is_not_needed_by_harness_check_which_sends_nothing(self, tmp_path):
        with serving() as server:
            path = endpoint_kill.config(tmp_path, server.url, ", api_key_env: A_VARIABLE_THAT_IS_NOT_SET")
            command = [sys.executable, "-m", "harness", "check", str(path), "--offline"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
            assert server.requests == []
        assert done.returncode == 2
        shown = " ".join(done.stdout.split())
        assert "cannot start: no key (gpt)" in shown
        assert shown.count("the environment variable A_VARIABLE_THAT_IS_NOT_SET is not set; set it to the key") == 1

    @pytest.mark.parametrize("key", ["placeholder", ""])
    def test_decides_whether_the_config_of_the_repository_can_start(self, key, monkeypatch):
        monkeypatch.setenv("OPENAI_API_KEY", key)
        (plan,), problems = load.load_all([ROOT / "configs" / "endpoint.yaml"], (), fetch=False)
        assert problems == []
        described = plan.describe()
        assert described.can_start == bool(key)
        prompts = {(system.name, prompt.task): prompt.text for system in described.systems for prompt in system.prompts}
        assert len(prompts) == 2 * 3
        assert prompts["hosted", "translate"].startswith("user: Translate the following Hindi text into English.")
        faults = [fault.message for system in described.systems for fault in system.faults]
        assert [fault.partition(";")[0] for fault in faults] == (
            [] if key else ["the environment variable OPENAI_API_KEY is not set"]
        )

    def test_is_not_in_the_example_of_the_readme_which_is_a_list_of_systems(self, tmp_path):
        text = (ROOT / "configs" / "README.md").read_text(encoding="utf-8").partition("## Endpoints")[2]
        example = text.partition("```yaml\n")[2].partition("```")[0]
        path = endpoint_kill.config(tmp_path, "http://localhost:1/v1")
        path.write_text(path.read_text(encoding="utf-8").partition("systems:")[0] + example, encoding="utf-8")
        assert [system.name for system in load.load(path).systems] == ["local", "hosted"]
