"""How busy the machine is with other programs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.runs.bench import machine
from harness.runs.bench.machine import Others

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc/stat")


@linux
def test_busy_seconds_count_the_cpus_of_this_process_without_idling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 2})
    (tmp_path / "stat").write_text(
        "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 100 1 50 7000 30 2 3 4 0 0\ncpu1 9 9 9 9 9 9 9 9 0 0\n"
        "cpu2 200 0 0 7000 30 0 0 0 0 0\nintr 5\n",
        encoding="utf-8",
    )
    assert machine.busy_seconds(tmp_path / "stat") == pytest.approx((160 + 200) / os.sysconf("SC_CLK_TCK"))
    assert machine.busy_seconds(tmp_path / "none") is None


@linux
def test_another_program_counts_and_this_one_does_not() -> None:
    def spin(seconds: float) -> None:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            pass

    cpus = machine.cpus()
    own = Others()
    spin(0.4)
    alone = own.share()
    both = Others()
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as other:
        spin(0.8)
        beside = both.share()
        other.kill()
    assert alone is not None and beside is not None
    # Other programs of this machine may be running too, so the bounds are wide.
    assert 0 <= alone <= 1 and 0.3 / cpus < beside <= 1


def test_without_proc_stat_the_share_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "busy_seconds", lambda: None)
    assert Others().share() is None
