"""The family `openai` against a real HTTP server that fails in every way (see `endpoint_server`)."""

from __future__ import annotations

import logging
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import ModelError, SourcesFailed, SystemStopped
from harness.core.records import Source
from harness.models._endpoint import model as endpoint_model
from harness.models._endpoint.model import Endpoint
from harness.models._endpoint.options import EndpointOptions
from harness.models._endpoint.retries import Backoff
from tests.models.endpoint_server import Act, Request, Server, completion, error, serving, translate

pytest.importorskip("openai", reason="the extra endpoints is not installed")
pytest.importorskip("tenacity", reason="the extra endpoints is not installed")


def source(number: int) -> Source:
    text = f"वाक्य {number}"
    return Source(f"a#s{number:04}", "a", "translate", text, (text,), "hin_Deva", "eng_Latn")


def sources(count: int) -> list[Source]:
    return [source(number) for number in range(count)]


def endpoint(server: Server | str, **options: Any) -> Endpoint:
    url = server if isinstance(server, str) else server.url
    return Endpoint(EndpointOptions(**{
        "name": "x", "family": "openai", "base_url": url, "model": "tiny", "timeout": 20, "retries": 4, **options
    }))  # fmt: skip


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Wait milliseconds between tries instead of seconds."""
    monkeypatch.setattr(endpoint_model, "_BACKOFF", Backoff(first=0.01, longest=0.05))


def answers(model: Endpoint, of: list[Source]) -> dict[str, str]:
    model.identity()
    outputs = list(model.generate(of))
    assert len(outputs) == len({each.id for each in outputs})
    return {each.id: each.text for each in outputs}


def first(count: int, act: Act) -> Callable[[Request], Act]:
    """Do `act` the first times that each source is asked for, and then translate."""
    return lambda request: act if request.nth <= count and not request.is_probe else translate(request)


TEMPORARY = {
    "408": error(408),
    "409": error(409),
    "429 without a pause": error(429),
    "429 with seconds": error(429, Retry_After="0.02"),
    "429 with a date that has passed": error(429, Retry_After="Thu, 01 Jan 2026 00:00:00 GMT"),
    "429 with nonsense": error(429, Retry_After="soon"),
    "500": error(500),
    "502 with a page of HTML": Act(502, b"<html><title>Bad Gateway</title>" + b"x" * 100_000),
    "503": error(503),
    "529": error(529),
    "the connection is closed without an answer": Act(silent=True),
    "the connection is reset in the middle of the body": Act(body=completion("half"), reset_after=40),
    "the connection is reset in the middle of an error": Act(500, body=completion("half"), reset_after=40),
    "a page of HTML with status 200": Act(body=b"<html>Sign in</html>"),
    "JSON that is cut": Act(body=completion("half")[:-20]),
    "JSON of another shape": Act(body=b'["choices"]'),
    "no choices": Act(body=b'{"choices": []}'),
    "a choice that is none": Act(body=b'{"choices": [7]}'),
    "a message without text": Act(body=b'{"choices": [{"message": {"content": {"a": 1}}}]}'),
    "an error with status 200": Act(body=b'{"error": {"message": "overloaded"}}'),
    "deep nesting": Act(body=b"[" * 200_000),
    "bytes that are no text": Act(body=b'{"choices": "\xff\xfe"}'),
    "a compressed answer": Act(body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"}),
    "a slow drip": Act(body=completion("x" * 1000), drip=0.05),
    "silence": Act(wait=30),
}  # fmt: skip


class TestATemporaryFault:
    @pytest.mark.parametrize("fault", TEMPORARY)
    def test_is_followed_by_another_try(self, fault):
        with serving(first(1, TEMPORARY[fault])) as server:
            is_slow = fault in ("a slow drip", "silence")
            model = endpoint(server, timeout=0.6 if is_slow else 20)
            assert answers(model, sources(3)) == {each.id: f"<{each.text}>" for each in sources(3)}
            # On a busy machine a good answer can take longer than the short limit, too.
            assert min(server.asked.values()) == 2
            assert is_slow or max(server.asked.values()) == 2

    def test_that_stays_fails_its_source_alone_after_all_tries(self):
        def respond(request: Request) -> Act:
            return error(500, "broken") if request.text == "वाक्य 3" else translate(request)

        with serving(respond) as server:
            model, got = endpoint(server, retries=2), []
            model.identity()
            with pytest.raises(SourcesFailed) as caught:
                got.extend(model.generate(sources(20)))
            assert caught.value.reasons == {"a#s0003": "HTTP 500: broken, after 3 tries"}
            assert len(got) == 19
            assert server.asked == {f"वाक्य {number}": 3 if number == 3 else 1 for number in range(20)}

    def test_a_huge_answer_is_read_up_to_a_limit(self, monkeypatch):
        from harness.models._endpoint import wire

        monkeypatch.setattr(wire, "LARGEST_ANSWER", 10_000)
        with serving(first(1, Act(body=completion("x" * 20_000)))) as server:
            assert len(answers(endpoint(server), sources(2))) == 2

    def test_a_storm_of_429_stops_all_requests_for_the_time_that_the_server_asks_for(self):
        def respond(request: Request) -> Act:
            return error(429, Retry_After="0.4") if 2 <= request.number <= 5 else translate(request)

        with serving(respond) as server:
            began = time.monotonic()
            assert len(answers(endpoint(server, max_concurrency=4), sources(40))) == 40
            assert time.monotonic() - began > 0.4
            assert sum(server.asked.values()) == 44

    def test_a_server_that_is_gone_ends_the_system_and_not_after_every_source(self):
        with serving() as server:
            model = endpoint(server, max_concurrency=4, retries=1)
            model.identity()
            outputs = model.generate(sources(1000))
            next(outputs)
            server.die()
            with pytest.raises(SystemStopped, match="5 segments in a row failed, so the rest was not tried"):
                list(outputs)

    def test_a_server_that_was_never_there_is_said_in_one_line(self):
        with serving() as server:
            url = server.url
        with pytest.raises(ModelError, match="connection refused, after 2 tries") as caught:
            endpoint(url, retries=1).identity()
        assert url in str(caught.value)
        assert "\n" not in str(caught.value)


PERMANENT = {
    400: "the server refused|HTTP 400: no",
    401: "does not accept the key",
    402: "no credit left",
    403: "may not use this model",
    404: "see base_url and model",
    405: "HTTP 405: no",
    301: "sends requests on to",
}


class TestAPermanentFault:
    @pytest.mark.parametrize("status", PERMANENT)
    def test_of_the_first_question_ends_at_once_in_one_line(self, status):
        with serving(lambda request: error(status)) as server:
            with pytest.raises(ModelError, match=PERMANENT[status]) as caught:
                endpoint(server).identity()
            assert len(server.requests) == 1
            assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("status", [401, 402, 403, 404])
    def test_in_the_middle_ends_with_few_requests(self, status):
        with serving(lambda request: error(status) if request.number > 10 else translate(request)) as server:
            model, got = endpoint(server, max_concurrency=8), []
            model.identity()
            with pytest.raises(SystemStopped):
                got.extend(model.generate(sources(2000)))
            assert len(got) == 9
            assert len(server.requests) <= 10 + 8

    def test_400_is_of_its_source_alone_and_is_not_tried_again(self):
        def respond(request: Request) -> Act:
            return error(400, "too long") if request.text == "वाक्य 1" else translate(request)

        with serving(respond) as server:
            model = endpoint(server)
            model.identity()
            with pytest.raises(SourcesFailed) as caught:
                list(model.generate(sources(5)))
            assert caught.value.reasons == {"a#s0001": "HTTP 400: too long"}
            assert set(server.asked.values()) == {1}

    def test_400_for_everything_ends_with_few_requests(self):
        with serving(lambda request: translate(request) if request.is_probe else error(400)) as server:
            model = endpoint(server, max_concurrency=4)
            model.identity()
            with pytest.raises(SystemStopped, match="5 segments in a row"):
                list(model.generate(sources(2000)))
            assert len(server.requests) <= 1 + 5 + 4

    def test_no_credit_is_no_limit_of_speed(self):
        body = b'{"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}'
        with serving(lambda request: Act(429, body)) as server:
            with pytest.raises(SystemStopped, match="the account has no credit left"):
                endpoint(server).identity()
            assert len(server.requests) == 1

    def test_a_pause_of_a_day_is_not_waited_for(self):
        with serving(lambda request: error(429, Retry_After="86400")) as server, pytest.raises(
            SystemStopped, match="asks to wait 86,400 seconds; run again later"
        ):  # fmt: skip
            endpoint(server).identity()

    def test_a_message_of_the_server_is_bounded_and_in_one_line(self):
        with serving(lambda request: Act(403, b"<html><body>" + b"no \n access " * 10_000)) as server:
            with pytest.raises(SystemStopped) as caught:
                endpoint(server).identity()
            assert len(str(caught.value)) < 500
            assert "\n" not in str(caught.value)

    def test_a_certificate_that_cannot_be_verified_ends_at_once(self, tmp_path):
        with serving(ssl=_self_signed(tmp_path)) as server, pytest.raises(
            SystemStopped, match="no secure connection to the server"
        ):  # fmt: skip
            endpoint(server, retries=3).identity()

    def test_https_to_a_server_without_it_ends_at_once(self):
        with serving() as server, pytest.raises(ModelError, match=r"no secure connection|connection lost"):
            endpoint(server.url.replace("http:", "https:"), retries=0).identity()


def _self_signed(folder: Path) -> ssl.SSLContext:
    names = ("-subj", "/CN=127.0.0.1", "-days", "2", "-keyout", f"{folder}/key", "-out", f"{folder}/cert")
    try:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *names], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("openssl makes no certificate here")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")
    return context


OUTCOMES: dict[str, tuple[bytes, str, str, str]] = {  # body: text, finish, outcome
    "an answer": (completion("Hello"), "Hello", "end", ""),
    "an answer cut at the limit": (completion("Hel", finish="length"), "Hel", "length", "length"),
    "an empty answer": (completion(""), "", "end", "empty"),
    "null": (completion(None), "", "end", "empty"),
    "white space": (completion(" \n"), "", "end", "empty"),
    "a filter": (completion("", finish="content_filter"), "", "end", "refused"),
    "a refusal": (completion(None, message={"refusal": "I cannot"}), "", "end", "refused"),
    "parts": (completion([{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]), "Hello", "end", ""),
    "several choices in any order": (
        completion(None, choices=[
            {"index": 1, "message": {"content": "B"}, "finish_reason": "stop"},
            {"index": 0, "message": {"content": "A"}, "finish_reason": "stop"},
        ]), "A", "end", ""),
    "half of a surrogate pair": (b'{"choices": [{"message": {"content": "a\\ud800"}}]}', "a?", "end", ""),
}  # fmt: skip


class TestAnOutcome:
    @pytest.mark.parametrize("name", OUTCOMES)
    def test_is_an_output_and_no_error(self, name):
        body, text, finish, outcome = OUTCOMES[name]
        with serving(lambda request: Act(body=body)) as server:
            model = endpoint(server)
            model.identity()
            (output,) = model.generate([source(1)])
        assert (output.text, output.finish, output.facts.get("outcome", "")) == (text, finish, outcome)

    def test_a_filter_that_answers_400_is_an_outcome_too(self):
        body = b'{"error": {"code": "content_filter", "message": "filtered"}}'
        with serving(lambda request: translate(request) if request.is_probe else Act(400, body)) as server:
            model = endpoint(server)
            model.identity()
            (output,) = model.generate([source(1)])
        assert (output.text, output.facts["outcome"]) == ("", "refused")

    def test_thought_is_counted_and_removed(self):
        usage = {"prompt_tokens": 9, "completion_tokens": 30, "completion_tokens_details": {"reasoning_tokens": 20}}
        body = completion("<think>hm</think>Hello", usage=usage)
        with serving(lambda request: Act(body=body)) as server:
            model = endpoint(server)
            model.identity()
            (output,) = model.generate([source(1)])
        assert (output.text, output.raw) == ("Hello", "<think>hm</think>Hello")
        assert output.facts["thought_tokens"] == 20
        assert (output.facts["prompt_tokens"], output.output_tokens) == (9, 30)

    @pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
    def test_reasoning_beside_the_answer_is_measured_and_is_no_part_of_it(self, name):
        with serving(lambda request: Act(body=completion("Hello", message={name: "hmm "}))) as server:
            model = endpoint(server)
            model.identity()
            (output,) = model.generate([source(1)])
        assert (output.text, output.facts["thought_characters"]) == ("Hello", 3)


class TestTheModelThatAnswers:
    def test_is_part_of_the_identity(self):
        with serving() as server:
            assert endpoint(server).identity()["served_model"] == "tiny-2026-01-01"

    def test_is_asked_for_once_and_kept(self, tmp_path):
        with serving() as server:
            for _ in range(2):
                model = endpoint(server)
                model.keep_state(tmp_path, may_ask=True)
                model.identity()
            assert len(server.requests) == 1

    def test_is_not_asked_for_without_leave(self, tmp_path):
        with serving() as server:
            model = endpoint(server)
            model.keep_state(tmp_path, may_ask=False)
            with pytest.raises(ModelError, match="not asked yet"):
                model.identity()
            assert server.requests == []

    def test_another_one_ends_the_system_and_names_both(self):
        def respond(request: Request) -> Act:
            return Act(body=completion("x", model="tiny-2026-02-02")) if request.number > 5 else translate(request)

        with serving(respond) as server:
            model, got = endpoint(server, max_concurrency=1), []
            model.identity()
            with pytest.raises(SystemStopped, match=r"tiny-2026-02-02.*tiny-2026-01-01.*model_change: accept"):
                got.extend(model.generate(sources(20)))
            assert len(got) == 4

    def test_another_one_is_accepted_if_the_config_says_so_and_is_noted(self, caplog):
        def respond(request: Request) -> Act:
            return Act(body=completion("x", model="tiny-2026-02-02")) if request.number > 5 else translate(request)

        with serving(respond) as server, caplog.at_level(logging.WARNING):
            model = endpoint(server, max_concurrency=1, model_change="accept")
            model.identity()
            outputs = list(model.generate(sources(20)))
        assert sum("served_model" in each.facts for each in outputs) == 16
        assert "16 answers are of another model" in caplog.text


PRICES = {"input": 1.0, "cached": 0.5, "output": 10.0}  # an answer of the server costs 0.0002


class TestCosts:
    def test_each_answer_has_its_price(self):
        usage = {"prompt_tokens": 100, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 40}}
        with serving(lambda request: Act(body=completion("x", usage=usage))) as server:
            model = endpoint(server, prices=PRICES)
            model.identity()
            (output,) = model.generate([source(1)])
        assert output.facts == {"prompt_tokens": 100, "cached_tokens": 40, "cost": 0.00018}

    def test_the_limit_is_never_passed_and_all_answers_are_kept(self, tmp_path):
        with serving() as server:
            model, got = endpoint(server, prices=PRICES, max_cost=0.02, max_concurrency=8), []
            model.keep_state(tmp_path, may_ask=True)
            model.identity()
            with pytest.raises(SystemStopped, match=r"max_cost of 0\.02 USD could be passed"):
                got.extend(model.generate(sources(500)))
            spent = 0.0002 * len(server.requests)
            assert spent <= 0.02
            assert spent > 0.01
            assert len(got) == sum(server.answered.values())
            # The next run knows what was spent.
            asked = len(server.requests)
            again = endpoint(server, prices=PRICES, max_cost=0.02)
            again.keep_state(tmp_path, may_ask=True)
            with pytest.raises(SystemStopped, match="max_cost"):
                list(again.generate(sources(500)))
            assert len(server.requests) - asked <= 3

    def test_lost_answers_count_with_the_most_that_they_can_cost(self, tmp_path):
        with serving(first(1, Act(body=completion("half"), reset_after=40))) as server:
            model = endpoint(server, prices=PRICES, max_cost=1.0)
            model.keep_state(tmp_path, may_ask=True)
            model.identity()
            list(model.generate(sources(1)))
        lost = model._purse.spent - 2 * 0.0002
        assert 0.004 < lost < 0.006  # 400 tokens of answer and about 1,000 bytes of prompt


class TestLimits:
    def test_no_more_requests_than_allowed_are_under_way(self):
        with serving(lambda request: Act(body=completion("x"), wait=0.02)) as server:
            assert len(answers(endpoint(server, max_concurrency=5), sources(30))) == 30
            assert 2 <= server.most_at_once <= 5

    def test_requests_are_spread_over_the_minute(self):
        with serving() as server:
            began = time.monotonic()
            answers(endpoint(server, requests_per_minute=1200), sources(20))
            assert time.monotonic() - began > 0.9

    def test_tokens_are_spread_over_the_minute_by_what_the_server_counts(self):
        with serving() as server:
            began = time.monotonic()
            answers(endpoint(server, tokens_per_minute=110 * 60 * 20, max_concurrency=1), sources(20))
            assert time.monotonic() - began > 0.9


class TestDrain:
    def test_answers_under_way_are_given_and_no_new_request_begins(self, caplog):
        with serving(lambda request: Act(body=completion("x"), wait=0.2)) as server, caplog.at_level(logging.WARNING):
            model = endpoint(server, max_concurrency=4, prices=PRICES)
            model.identity()
            outputs = model.generate(sources(50))
            got = [next(outputs).id]
            outputs.close()
            got += [each.id for each in model.drain()]
            model.close()
            assert set(got) == {f"a#s{int(text.split()[1]):04}" for text in server.asked}
            assert len(server.asked) <= 8
        assert "requests under way were answered, which cost" in caplog.text

    def test_without_requests_it_gives_nothing(self):
        with serving() as server:
            assert list(endpoint(server).drain()) == []
