"""The key `executor` of a config: where a run takes place, and no part of what it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.config import load
from harness.core.errors import ProblemsError


def with_executor(config: Path, text: str) -> Path:
    config.write_text(config.read_text(encoding="utf-8") + f"executor: {text}\n", encoding="utf-8")
    return config


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lokal", "unknown executor 'lokal'; did you mean 'local'?"),
        ("{workers: 2}", "workers has no effect with executor local; add name: ray, or remove workers"),
        ("{address: auto}", "address has no effect with executor local; add name: ray, or remove address"),
        ("{nodes: 2}", "unknown key 'nodes'"),
    ],
)
def test_a_mistake_is_one_line(write_config: Callable[..., Path], text: str, message: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        load.load(with_executor(write_config(), text))
    (problem,) = caught.value.problems
    assert message in problem.message


def test_it_is_part_of_neither_digest_nor_stored_config(write_config: Callable[..., Path], tmp_path: Path) -> None:
    plain = load.load(write_config())
    named = load.load(with_executor(write_config(), "local"))
    assert named.digest == plain.digest
    assert named.runnable(tmp_path) == plain.runnable(tmp_path)
