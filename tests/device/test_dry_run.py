"""The script for a machine with a GPU runs on tiny models on the CPU, so that it cannot rot between such machines."""

from __future__ import annotations

import pytest

from harness.core.checkpoints import hardware
from tests.device import __main__ as script


def test_every_check_runs_on_the_cpu_and_those_that_can_be_judged_there_pass(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert script.main(["--device", "cpu", "--tiny"]) == 0
    first, *lines, last = capsys.readouterr().out.splitlines()
    assert first.startswith("CPU, torch ") and first.endswith(", tiny sizes")
    assert ", 0 failed, " in last
    for check in (
        "mt5 in float16", "indictrans2 in bfloat16", "out of memory", "two systems in turns", "batch_tokens for",
        "estimate for", "int8 with ctranslate2", "generate in batches of 32",
    ):  # fmt: skip
        assert any(check in line for line in lines), check


def test_without_a_gpu_it_says_so_and_exits_with_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert script.main([]) == 2
    assert capsys.readouterr().out.startswith("no GPU: torch sees none, so nothing was checked")


def test_a_check_that_breaks_is_a_failed_line_and_the_others_go_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError("CUDA error:\nan illegal memory access")

    monkeypatch.setattr(hardware, "dtype", broken)
    assert script.main(["--device", "cpu", "--tiny", "--only", "halving", "--only", "leaks"]) == 1
    out = capsys.readouterr().out
    assert out.count("RuntimeError: CUDA error: an illegal memory access") == 2
