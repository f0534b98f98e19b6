"""The command line: arguments in, exit code out; nothing else.

One file per group of commands. Each command imports the heavy modules that it needs, so that
help answers at once. This file needs only Python: an installation without typer is still answered with a line.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from harness.cli import exits, streams


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code."""
    streams.prepare()
    sys.exit(exits.code(lambda: _run(arguments)))


def _run(arguments: Sequence[str] | None) -> None:
    from harness.cli.app import app

    app(args=arguments, prog_name="harness")
