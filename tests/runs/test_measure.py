"""The record of the machine, and of the time and memory of a piece of work."""

from __future__ import annotations

import logging
import os
import warnings
from pathlib import Path

import pytest

from harness.runs import measure, provenance


def test_the_machine_is_named() -> None:
    found = provenance.describe()
    assert found["cpu"]
    assert 1 <= found["cpus"] <= (os.cpu_count() or 1)


def test_time_memory_and_rate_of_the_work_are_measured() -> None:
    with measure.Measured(own_process=True) as measured:
        before = measured.result(0)["peak_memory"]
        block = bytearray(200_000_000)
        block[::4096] = b"x" * len(block[::4096])
        del block
        found = measured.result(500)
    assert found["peak_memory"] > before + 150_000_000
    assert found["tokens"] == 500
    assert found["tokens_per_second"] == pytest.approx(500 / found["seconds"], rel=0.1)
    assert "tokens" not in measured.result(0)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux counts anew")
def test_the_peak_of_memory_does_not_include_the_system_before() -> None:
    block = bytearray(200_000_000)
    block[::4096] = b"x" * len(block[::4096])
    with measure.Measured(own_process=True) as first:
        high = first.result(0)["peak_memory"]
    del block
    with measure.Measured() as shared:
        assert shared.result(0)["peak_memory"] > high - 50_000_000  # not reset in a process that others use too
    with measure.Measured(own_process=True) as second:
        assert second.result(0)["peak_memory"] < high - 150_000_000


def test_warnings_are_kept_each_once_and_still_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        monkeypatch.setattr(warnings, "showwarning", lambda message, *_, **__: shown.append(str(message)))
        with measure.Measured() as measured:
            for _ in range(3):
                logging.getLogger("harness.engines").warning("out of memory on %s", "cpu")
                warnings.warn("this will go", FutureWarning, stacklevel=1)
            logging.getLogger("harness").info("nothing")
            logging.getLogger("other").warning("of somebody else")
        logging.getLogger("harness").warning("too late")
    assert measured.result(0)["warnings"] == ["out of memory on cpu", "FutureWarning: this will go"]
    assert shown == ["this will go"] * 3


def test_the_number_of_different_warnings_is_limited() -> None:
    with measure.Measured() as measured:
        for number in range(100):
            logging.getLogger("harness").warning("%d", number)
    assert len(measured.result(0)["warnings"]) == 20


def test_a_warning_without_another_handler_is_printed_by_python_s_last_resort(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # pytest adds a handler
    with measure.Measured():
        logging.getLogger("harness.engines").warning("out of memory")
        listening = logging.NullHandler()
        logging.getLogger("harness").addHandler(listening)
        logging.getLogger("harness.engines").warning("heard")
        logging.getLogger("harness").removeHandler(listening)
    assert capsys.readouterr().err == "out of memory\n"
