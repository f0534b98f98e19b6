"""The progress of a run: plain lines in a log, bars on a terminal."""

from __future__ import annotations

import logging
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from harness.core.records import Generation
from harness.runs import progress
from harness.runs.generate import Meter

MADE = Generation("a#s01", "text")


def plain(monkeypatch: pytest.MonkeyPatch, *, seconds_each: float = 0.0) -> tuple[progress.Plain, StringIO]:
    """Return a reporter whose clock advances only with an output."""
    clock = [0.0]
    monkeypatch.setattr(progress, "perf_counter", lambda: clock[0])
    stream = StringIO()
    told = progress.Plain(stream)
    begin = told.begin

    def begun(*arguments: Any, **named: Any) -> Meter:
        meter = begin(*arguments, **named)
        advance = meter.advance

        def later(generation: Generation) -> None:
            clock[0] += seconds_each
            advance(generation)

        monkeypatch.setattr(meter, "advance", later)
        return meter

    monkeypatch.setattr(told, "begin", begun)
    return told, stream


def test_a_log_gets_one_line_for_each_system_and_task(monkeypatch: pytest.MonkeyPatch) -> None:
    told, stream = plain(monkeypatch, seconds_each=0.5)
    with told:
        meter = told.begin("mt5", "summarise", total=3, stored=1)
        meter.advance(MADE)
        meter.advance(MADE)
        meter.end(None)
        meter = told.begin("mt5", "gist", total=4, stored=4)
        meter.end(None)
        meter = told.begin("nllb", "translate", total=5, stored=0)
        meter.advance(MADE)
        meter.end("no memory")
    assert stream.getvalue().splitlines() == [
        "summarise: mt5: 3/3 in 1.0 s",
        "gist: mt5: 4/4, all stored before",
        "translate: nllb: failed after 1/5: no memory",
    ]


@pytest.mark.parametrize(
    ("made", "lines"),
    [
        (MADE, ["2/6, 80 s left", "4/6, 40 s left", "6/6, 0 s left", "6/6 in 120.0 s"]),
        (
            Generation("a", "text", output_tokens=100),
            ["2/6, 5 tokens/s, 80 s left", "4/6, 5 tokens/s, 40 s left", "6/6, 5 tokens/s, 0 s left",
             "6/6 in 120.0 s, 5 tokens/s"],
        ),
        (
            Generation("a", "text", output_tokens=100, seconds=4.0),
            ["2/6, 25 tokens/s, 80 s left", "4/6, 25 tokens/s, 40 s left", "6/6, 25 tokens/s, 0 s left",
             "6/6 in 120.0 s, 25 tokens/s"],
        ),
    ],
    ids=["no tokens", "tokens", "tokens with their own time, loading not counted"],
)  # fmt: skip
def test_a_log_gets_a_line_regularly_with_the_tokens_per_second(
    monkeypatch: pytest.MonkeyPatch, made: Generation, lines: list[str]
) -> None:
    told, stream = plain(monkeypatch, seconds_each=20)
    meter = told.begin("mt5", "summarise", total=6, stored=0)
    for _ in range(6):
        meter.advance(made)
    meter.end(None)
    assert stream.getvalue().splitlines() == [f"summarise: mt5: {line}" for line in lines]


def test_warnings_of_the_package_are_printed_during_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    told, stream = plain(monkeypatch)
    log = logging.getLogger("harness.engines.transformers")
    with told:
        told.begin("mt5", "summarise", total=1, stored=0)
        log.warning("out of memory with %d sources", 8)
    log.setLevel(logging.ERROR)
    log.warning("nobody hears this")
    log.setLevel(logging.NOTSET)
    assert stream.getvalue() == "summarise: mt5: out of memory with 8 sources\n"


def test_a_terminal_shows_a_bar_with_counts_and_what_failed() -> None:
    stream = StringIO()
    with progress.Terminal(Console(file=stream, force_terminal=True, width=100)) as told:
        meter = told.begin("mt5", "summarise", total=3, stored=1)
        meter.advance(MADE)
        meter.end(None)
        meter = told.begin("nllb", "translate", total=2, stored=0)
        meter.end("no [memory]")
    shown = stream.getvalue()
    assert "summarise: mt5" in shown
    assert "2/3" in shown
    assert "0/2" in shown
    assert "failed: no [memory]" in shown


def test_the_last_column_of_a_bar_explains_its_time() -> None:
    stream = StringIO()
    with progress.Terminal(Console(file=stream, force_terminal=True, width=100)) as told:
        meter = told.begin("done", "summarise", total=1, stored=0)
        meter.advance(MADE)
        meter.end(None)
        meter = told.begin("stored", "summarise", total=2, stored=2)
        meter.end(None)
        meter = told.begin("broken", "translate", total=2, stored=0)
        meter.end("no memory")
        told.begin("now", "translate", total=2, stored=0)
    last = [line for line in stream.getvalue().splitlines() if "0:00" in line or "-:--" in line][-4:]
    assert [word for line in last for word in line.split() if word in ("done", "stored", "broken", "now")] == [
        "done", "stored", "broken", "now"
    ]  # fmt: skip
    assert ["elapsed" in last[0], "elapsed" in last[1], "failed" in last[2], "left" in last[3]] == [True] * 4


def test_several_systems_under_way_at_once_are_counted_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    told, stream = plain(monkeypatch, seconds_each=0.5)
    mt5, nllb = told.begin("mt5", "gist", total=1, stored=0), told.begin("nllb", "translate", total=2, stored=0)
    for meter in (nllb, mt5, nllb):
        meter.advance(MADE)
    nllb.end(None, "2 workers on 2 nodes")
    mt5.end(None)
    assert stream.getvalue().splitlines() == [
        "translate: nllb: 2/2 in 1.5 s, 2 workers on 2 nodes",
        "gist: mt5: 1/1 in 1.5 s",
    ]


def test_stderr_without_a_terminal_gets_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.to_stderr() as told:
        meter = told.begin("lead", "gist", total=1, stored=1)
        meter.end(None)
    assert capsys.readouterr().err == "gist: lead: 1/1, all stored before\n"
