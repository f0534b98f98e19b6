"""How a command ends: its exit code, and what the user reads of an error.

0         done
1         a gate failed
2         the user's input is wrong: one clear line, no traceback
3         some systems failed, and the others were scored
70        a bug: a traceback, and how to report it
130, 143  stopped by Ctrl-C or SIGTERM
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable

from harness.core.errors import HarnessError

BUG = 70  # EX_SOFTWARE in sysexits.h; 1, which Python would give, means a failed gate

_REPORT = (
    "harness: this is a bug in the harness, not a mistake of yours; report it to the place that you have the harness "
    "from, with the lines above, your command, and what harness --version prints\n"
)


def code(command: Callable[[], object]) -> int | str | None:
    """Run a command and return its exit code; print its error, if any, to stderr."""
    try:
        exit_code = _exit_code(command)
        sys.stdout.flush()
    except HarnessError as error:
        # Several findings are printed as they are: each line begins with its file, which editors recognise.
        sys.stderr.write(f"harness: {error}\n" if len(error.problems) == 1 else f"{error}\n")
        return error.exit_code
    except BrokenPipeError:  # the reader of stdout (head, less) has seen enough
        _discard_stdout()
        return 0
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            _discard_stdout()
            text = f"standard output: could not write ({error.strerror}); free space and run again"
            sys.stderr.write(f"harness: {text}\n")
            return 2
        sys.stderr.write(f"{traceback.format_exc()}\n{_REPORT}")
        return BUG
    return exit_code


def _exit_code(command: Callable[[], object]) -> int | str | None:
    """Run a command; return 0, or the code that it exits with."""
    try:
        command()
    except SystemExit as error:
        # typer turns a closed pipe into an exit with 1, which would look like a failed gate.
        if isinstance(error.__context__, BrokenPipeError):
            raise error.__context__ from None
        return error.code
    return 0


def _discard_stdout() -> None:
    """Keep Python from failing once more when it flushes stdout at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
