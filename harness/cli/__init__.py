"""The command line: arguments in, exit code out; nothing else.

One file per group of commands. Each command imports the heavy modules that it needs, so that
help answers at once. This file needs only Python: an installation without typer is still answered with a line.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from harness.cli import exits, streams


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code.

    Torch's threads spin while they wait for each other, which beside other busy processes takes their time and its own.
    `OMP_WAIT_POLICY=PASSIVE` lets them sleep; tests/README.md has measurements. A value that the user set stays. OpenMP
    reads it once, so it is set before anything can import torch.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    streams.prepare()
    sys.exit(exits.code(lambda: _run(arguments)))


def _run(arguments: Sequence[str] | None) -> None:
    from harness.cli.app import app

    app(args=arguments, prog_name="harness")
