"""A run from Python restores the process: one test for each process-wide setting."""

from __future__ import annotations

import logging
import os
import signal
import socket
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from harness.config import load
from harness.core import hub
from harness.core.errors import ModelError
from harness.core.records import Generation, Source
from harness.models import PerSource
from harness.runs import interrupts, measure, pipeline
from harness.runs.progress import Plain

WriteConfig = Callable[..., Path]
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def _run(config: Path, **how: Any) -> pipeline.Outcome:
    return pipeline.run(load.load(config), config.parent / "results", Plain(StringIO()), **how)


@pytest.fixture(params=["it ends", "a model fails", "it is interrupted"])
def run(
    request: pytest.FixtureRequest, write_config: WriteConfig, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """Run, in each way in which a run can end."""

    def call(**how: Any) -> None:
        with suppress(KeyboardInterrupt):
            _run(write_config(), **how)

    def fails(self: PerSource, sources: list[Source]) -> Iterator[Generation]:
        warnings.warn("a library is about to fail", FutureWarning, stacklevel=1)
        raise KeyboardInterrupt if request.param == "it is interrupted" else ValueError("broken")

    if request.param != "it ends":
        monkeypatch.setattr(PerSource, "generate", fails)
        warnings.simplefilter("ignore")
    return call


def test_the_environment(run: Callable[..., None]) -> None:
    before = dict(os.environ)
    run(offline=True)
    assert dict(os.environ) == before


def test_offline_ends_with_the_run(run: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)
    assert not hub.offline()
    run(offline=True)
    assert not hub.offline()


def test_how_warnings_are_shown(run: Callable[..., None]) -> None:
    def shown(*_: object, **__: object) -> None:
        """Act as the handler of a notebook."""

    before, warnings.showwarning = warnings.showwarning, shown
    try:
        run()
        assert warnings.showwarning is shown
    finally:
        warnings.showwarning = before


def test_the_handlers_of_loggers(run: Callable[..., None]) -> None:
    loggers = [logging.getLogger(name) for name in ("", "harness", "transformers", "torch")]
    before = [(list(logger.handlers), logger.level) for logger in loggers]
    run()
    assert [(list(logger.handlers), logger.level) for logger in loggers] == before


def test_the_handlers_of_signals(run: Callable[..., None]) -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    run()
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_the_peak_of_memory_is_not_reset(
    run: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(measure, "_CLEAR_REFS", tmp_path / "clear_refs")
    run()
    assert not (tmp_path / "clear_refs").exists()


@pytest.mark.parametrize("before", [True, False])
def test_telemetry_of_the_hub_is_off_for_its_requests_only(before: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", before)
    with hub.explained("org/model", "main"):
        assert constants.HF_HUB_DISABLE_TELEMETRY is True
    assert constants.HF_HUB_DISABLE_TELEMETRY is before
    with pytest.raises(ModelError), hub.explained("org/model", "main"):
        raise ValueError("a hotel's page")
    assert constants.HF_HUB_DISABLE_TELEMETRY is before


class TestWithoutNetwork:
    """The effect of `offline=True` during a run."""

    @pytest.fixture(autouse=True)
    def no_switch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
            monkeypatch.delenv(name, raising=False)

    def test_a_run_makes_no_request(self, write_config: WriteConfig, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("getaddrinfo", "create_connection"):
            monkeypatch.setattr(socket, name, lambda *_, **__: pytest.fail("the network was touched"))
        systems = "[{name: it2, family: indictrans2, checkpoint: someone/not-in-any-cache}]"
        outcome = _run(write_config(systems=systems), offline=True)
        (row,) = [row for scores in outcome.scores for row in scores.systems if row.role == "system"]
        assert row.error is not None and "revision main is not in the cache" in row.error

    def test_it_ends_with_the_block(self) -> None:
        with pytest.raises(KeyError), hub.without_network():
            assert hub.offline()
            raise KeyError
        assert not hub.offline()

    def test_an_inner_block_does_not_allow_requests_that_an_outer_one_forbids(self) -> None:
        with hub.without_network():
            with hub.without_network(wanted=False):
                assert hub.offline()
            assert hub.offline()


def test_the_command_line_restores_the_handlers_of_signals() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with pytest.raises(interrupts.Interrupted), interrupts.raised():
        signal.raise_signal(signal.SIGTERM)
    assert [signal.getsignal(number) for number in SIGNALS] == before
