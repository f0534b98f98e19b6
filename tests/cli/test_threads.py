"""Torch's threads sleep while they wait, unless the user wants them to spin."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# Prints the variable as it is when torch is imported, by a command that does nothing else.
COMMAND = """
import os, sys
from harness import cli
assert "torch" not in sys.modules
cli.exits.code = lambda _: print(os.environ["OMP_WAIT_POLICY"], "torch" in sys.modules)
cli.main([])
"""


@pytest.mark.parametrize(
    ("of_the_user", "in_force"),
    [
        pytest.param(None, "PASSIVE", id="not set"),
        pytest.param("ACTIVE", "ACTIVE", id="spin"),
        pytest.param("PASSIVE", "PASSIVE", id="sleep"),
        pytest.param("", "", id="empty"),
    ],
)
def test_the_command_line_sets_the_policy_before_torch_is_imported(of_the_user: str | None, in_force: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    if of_the_user is not None:
        environment["OMP_WAIT_POLICY"] = of_the_user
    done = subprocess.run(
        [sys.executable, "-c", COMMAND], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == f"{in_force} False\n"


def test_the_package_alone_leaves_the_environment_as_it_is() -> None:
    command = "import os; before = dict(os.environ); import harness.cli.app, harness.runs; assert os.environ == before"
    subprocess.run([sys.executable, "-c", command], check=True, timeout=60)
