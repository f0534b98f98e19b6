"""The pure parts of the family `openai`: waits, limits, costs, secrets, requests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from harness.core.records import Source
from harness.models._endpoint import faults, payload, secrets
from harness.models._endpoint.costs import Prices, Purse, Usage
from harness.models._endpoint.faults import Temporary
from harness.models._endpoint.limits import RequestLimits, RequestPace
from harness.models._endpoint.options import EndpointOptions
from harness.models._endpoint.retries import Backoff
from harness.models._endpoint.state import State

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SOURCE = Source("a#s01", "a", "translate", "नमस्ते दुनिया", ("नमस्ते दुनिया",), "hin_Deva", "eng_Latn")


def options(**keys: Any) -> EndpointOptions:
    return EndpointOptions(**{"name": "x", "family": "openai", "base_url": "http://h/v1", "model": "m", **keys})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "Sun, 01 Mar 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun, 01 Mar 2026 17:30:30 +0530"}, 30.0),
        ({"retry-after": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "9" * 40}, None),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
    ],
)
def test_retry_after_is_a_number_or_a_date(headers, seconds):
    assert faults.retry_after(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"error": {"message": "no key"}}', "no key"),
        ('{"error": "no key"}', "no key"),
        ('{"detail": "not found"}', "not found"),
        ('{"message": {"detail": "deep"}}', "deep"),
        ('["odd"]', '["odd"]'),
        ("<html><head><title>502\nBad Gateway</title></head>...", "502 Bad Gateway"),
        ("<p>down</p>", "down"),
        ("plain\n\x1b[31mtext", "plain [31mtext"),
        ("", ""),
        ("x" * 10_000, "x" * 300 + "..."),
    ],
)
def test_the_message_of_a_server_is_one_short_line(body, said):
    assert faults.message(body) == said


def test_waits_double_up_to_the_longest_and_have_a_random_part():
    backoff = Backoff(first=1.0, longest=10.0)
    assert [backoff.wait(failures, None, 1.0) for failures in (1, 2, 3, 4, 99)] == [2, 4, 8, 10, 10]
    assert backoff.wait(3, None, 0.0) == 2.0
    assert backoff.wait(3, Temporary("", pause=5.0), 0.5) == 5.5


def test_amounts_are_spread_evenly_over_a_minute():
    pace = RequestPace(60)
    assert [pace.reserve(1, now=100.0) for _ in range(4)] == [0, 1, 2, 3]
    assert pace.reserve(1, now=200.0) == 0
    pace.reserve(30, now=200.0)
    pace.give_back(20)
    assert pace.reserve(1, now=200.0) == pytest.approx(11)
    assert RequestPace(None).reserve(1e9, now=0.0) == 0


def test_a_pause_is_for_all_requests_and_the_longest_counts():
    limits = RequestLimits(RequestPace(None), RequestPace(None))
    limits.pause(5, now=10)
    limits.pause(2, now=10)
    assert limits.reserve(1, now=11) == 4
    assert (limits.paused(14), limits.paused(20)) == (1, 0)


@pytest.mark.parametrize(
    ("usage", "batch", "cost"),
    [
        (Usage(1_000_000, 0, 1_000_000), False, 5.0),
        (Usage(1_000_000, 400_000, 0), False, 0.6 + 0.2),
        (Usage(1_000_000, 9_000_000, 0), False, 0.5),
        (Usage(1_000_000, 0, 1_000_000), True, 2.5),
        (Usage(None, None, 5), False, None),
    ],
)
def test_a_request_costs_its_tokens(usage, batch, cost):
    assert usage.cost(Prices(input=1, cached=0.5, output=4), batch=batch) == cost


@pytest.mark.parametrize("content", [None, [], {"prompt_tokens": -1}, {"prompt_tokens": True}, {"prompt_tokens": "7"}])
def test_a_usage_that_makes_no_sense_is_unknown(content):
    assert Usage.of(content) == Usage()


def test_a_purse_never_promises_more_than_its_limit():
    purse = Purse(1.0)
    assert [purse.reserve(0.4) for _ in range(3)] == [True, True, False]
    purse.settle(0.4, 0.1)
    assert purse.reserve(0.4)
    for _ in range(2):
        purse.settle(0.4, 0.4)
    assert (purse.reserved, purse.under_way) == (0.0, 0)
    assert not purse.reserve(0.2)
    assert Purse(None).reserve(1e9)


@pytest.mark.parametrize(
    "text",
    [
        "sk-proj-0123456789abcdefghij", "hf_0123456789abcdefghij", "Bearer abcdef123456", "gsk_0123456789abcdefghij",
        "AIzaSyA0123456789012345678901234567890", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0",
    ],
)  # fmt: skip
def test_keys_of_known_services_are_recognised_and_removed(text):
    assert secrets.is_key(text)
    assert secrets.without_keys(f"your key {text} is wrong", None) == "your key *** is wrong"


@pytest.mark.parametrize(
    "text",
    [
        "Qwen/Qwen3-8B",
        "gpt-4.1-mini-2025-04-14",
        "http://localhost:8000/v1",
        "ask-me",
        "नमस्ते",
        "basic translation",
        "sk-learn-is-a-library",
    ],
)
def test_names_of_models_are_no_keys(text):
    assert not secrets.is_key(text)


def test_a_key_shows_itself_nowhere():
    key = secrets.ApiKey("my-own-secret")
    assert "secret" not in f"{key} {key!r} {[key]}"
    assert key.without("it is my-own-secret.") == "it is ***."
    assert secrets.ApiKey("EMPTY").without("EMPTY words") == "EMPTY words"


REQUESTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the default": ({}, {"temperature": 0.0, "seed": 0, "max_tokens": 400}),
    "no temperature and no seed": ({"temperature": None, "seed": None}, {"max_tokens": 400}),
    "another name of the limit": (
        {"token_limit": "max_completion_tokens", "reasoning_tokens": 1000},
        {"temperature": 0.0, "seed": 0, "max_completion_tokens": 1400},
    ),
    "thinking off by the template": (
        {"prompt": {"extends": "qwen3"}},
        {"temperature": 0.0, "seed": 0, "max_tokens": 400, "chat_template_kwargs": {"enable_thinking": False}},
    ),
    "more keys": ({"extra_body": {"top_k": 1}}, {"temperature": 0.0, "seed": 0, "max_tokens": 400, "top_k": 1}),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_has_the_model_the_messages_and_these_keys(name):
    keys, expected = REQUESTS[name]
    chosen = options(**keys)
    body = dict(payload.question(chosen, chosen.contract(), SOURCE).body)
    assert body.pop("model") == "m"
    assert body.pop("messages")[-1]["content"].endswith("\n\nनमस्ते दुनिया")
    assert body == expected


def test_effort_of_reasoning_is_a_key_of_its_own():
    chosen = options(prompt={"extends": "gpt-oss"})
    body = payload.question(chosen, chosen.contract(), SOURCE).body
    assert body["reasoning_effort"] == "low"
    assert "chat_template_kwargs" not in body


def test_the_most_that_a_request_can_cost_is_more_than_any_vocabulary_makes_it_cost():
    chosen = options(prices={"input": 1, "output": 1})
    question = payload.question(chosen, chosen.contract(), SOURCE)
    content = question.body["messages"][-1]["content"]
    assert question.most * 1e6 >= len(content.encode()) + 400


def test_what_decides_no_answer_is_not_in_the_identity():
    same = options(timeout=5, retries=1, max_concurrency=2, prices={"input": 1, "output": 1}, max_cost=1, batch=True)
    contract = same.contract()
    assert payload.identity(same, contract) == payload.identity(options(), contract)
    assert same.fingerprint() == options().fingerprint()
    other = options(temperature=0.5, extra_body={"top_k": 3})
    assert payload.identity(other, contract) != payload.identity(options(), contract)


class TestTheState:
    def test_is_read_back_and_of_a_damaged_file_nothing_is_believed(self, tmp_path):
        file = tmp_path / "endpoints" / "x.json"
        State(file, "m-2026", 0.5, {"file-1": {"batch": None, "asked": [], "most": 0.1}}).write()
        read = State.read(file)
        assert (read.served_model, read.spent, [*read.batches]) == ("m-2026", 0.5, ["file-1"])
        for content in ("", "[]", '{"version": 1}', '{"version": 9}', '{"version": 1, "spent": "x", "batches": {}}'):
            file.write_text(content, encoding="utf-8")
            assert (State.read(file).served_model, State.read(file).spent) == (None, 0.0)

    def test_says_what_may_be_spent_before_it_is_spent(self, tmp_path):
        state = State(tmp_path / "x.json", "m")
        state.allow(0.2, limit=1.0)
        assert State.read(tmp_path / "x.json").spent == pytest.approx(0.21)
        state.allow(0.205, limit=1.0)
        assert State.read(tmp_path / "x.json").spent == pytest.approx(0.21)
        state.allow(0.999, limit=1.0)
        assert State.read(tmp_path / "x.json").spent == 1.0
