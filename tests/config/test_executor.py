"""The key `executor` of a config: where a run takes place, and no part of what it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.config import load
from harness.config.schema import ExecutorOptions
from harness.core.errors import ProblemsError
from tests.conftest import Cli


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
        ("{name: ray, resources: {GPU: 1}}", "expected num_gpus, found GPU"),
        ("{name: ray, resources: {num_gpus: -1}}", "num_gpus: expected a number of 0 or more, found -1"),
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


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--executor", "rey"], "--executor: unknown executor 'rey'; did you mean 'ray'?"),
        (["--workers", "2"], "workers has no effect with executor local; add name: ray, or remove workers"),
        (
            ["--executor", "ray", "--resources", "{num_gpus: 1}"],
            "--resources: expected JSON such as ",
        ),
        (["--executor", "ray", "--resources", "[1]"], "--resources: Input should be a valid dictionary"),
    ],
)
def test_a_wrong_option_of_run_is_one_line(
    write_config: Callable[..., Path], run_cli: Cli, options: list[str], message: str
) -> None:
    answer = run_cli("run", write_config(), *options)
    assert answer.code == 2
    assert message in answer.err
    assert answer.err.count("\n") == 1


def test_options_of_the_command_line_change_those_of_the_config() -> None:
    of_config = ExecutorOptions(name="ray", workers=4, resources={"num_gpus": 1})
    assert of_config.changed(workers=2) == ExecutorOptions(name="ray", workers=2, resources={"num_gpus": 1})
    assert of_config.changed(name="local") == ExecutorOptions()
    assert of_config.changed() == of_config
