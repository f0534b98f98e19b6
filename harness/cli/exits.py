"""How a command ends: its exit code, and what the user reads of an error."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable

from harness.core.errors import HarnessError


def code(command: Callable[[], object]) -> int | str | None:
    """Run a command and return its exit code: 2 with one line for a user's mistake, its own where it exits itself."""
    exit_code: int | str | None = 0
    try:
        try:
            command()
        except SystemExit as error:
            if isinstance(error.__context__, BrokenPipeError):  # typer makes this an exit with 1: a failed gate's
                raise error.__context__ from None
            exit_code = error.code
        sys.stdout.flush()
    except HarnessError as error:
        # Several findings begin with their files and lines, so that editors find these.
        sys.stderr.write(f"harness: {error}\n" if len(error.problems) == 1 else f"{error}\n")
        return error.exit_code
    except BrokenPipeError:
        _discard_stdout()  # the reader (head, less) has seen enough
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _discard_stdout()
        sys.stderr.write(f"harness: standard output: could not write ({error.strerror}); free space and run again\n")
        return 2
    return exit_code


def _discard_stdout() -> None:
    """Keep Python from failing once more when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
