"""Turn the end of a command into its exit code and the line that the user reads.

0         done
1         a gate failed
2         the user's input or installation is wrong: one clear line, no traceback
3         some systems failed, and the others were scored
70        a bug: a traceback, and how to report it
130, 143  stopped by Ctrl-C or SIGTERM
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from harness.core import installation
from harness.core.errors import HarnessError

if TYPE_CHECKING:
    from harness.core.scores import TaskScores

BUG = 70  # EX_SOFTWARE in sysexits.h; 1, which Python would give, means a failed gate
INTERRUPTED = 130  # 128 and the number of SIGINT

# Errors of writing to standard output: the disk is full, a quota or a limit is reached, the terminal has gone, ...
_NOT_WRITABLE = frozenset(
    getattr(errno, name) for name in ("ENOSPC", "EDQUOT", "EFBIG", "EIO", "EBADF") if hasattr(errno, name)
)
_LONGEST = 2000  # characters of a line
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
        # Print several findings without a prefix: each line begins with its file, which editors recognise.
        prefix = "harness: " if len(error.problems) == 1 else ""
        sys.stderr.writelines(f"{prefix}{_shortened(str(problem))}\n" for problem in error.problems)
        return error.exit_code
    except BrokenPipeError:  # the reader of stdout (head, less) has seen enough
        _discard_stdout()
        return 0
    except KeyboardInterrupt:
        sys.stderr.write("\nharness: interrupted\n")
        return INTERRUPTED
    except Exception as error:
        if message := _of_the_environment(error):
            _discard_stdout()
            sys.stderr.write(f"harness: {message}\n")
            return 2
        sys.stderr.write(f"{traceback.format_exc()}\n{_REPORT}{_of_versions()}")
        return BUG
    return exit_code


def end_if_failed(scores: Iterable[TaskScores]) -> None:
    """End the command with 3 if a system could not be scored, or a metric could not score."""
    if any(task.failed_metrics or any(system.error for system in task.systems) for task in scores):
        sys.exit(3)


def end_if_left_out(failed: Iterable[Mapping[str, str]]) -> None:
    """End the command with 3 if a metric could not score; of each table, the reasons by metric."""
    if any(failed):
        sys.exit(3)


@contextmanager
def if_interrupted(advice: str) -> Iterator[None]:
    """If the user or the system stops this block, print what is saved and the advice, and end the command."""
    from harness.runs import interrupts

    try:
        yield
    except interrupts.Interrupted as interrupt:
        sys.stderr.write(f"\ninterrupted: {interrupt.saved}; {advice}\n")
        sys.exit(interrupt.exit_code)


def _exit_code(command: Callable[[], object]) -> int | str | None:
    """Run a command; return 0, or the code that it exits with."""
    try:
        command()
    except SystemExit as error:
        # typer turns a closed pipe and Ctrl-C into an exit with 1, which would look like a failed gate. `harness run`
        # reports an interrupt itself and exits with another code.
        cause = error.__context__ if error.code == 1 else None
        while cause is not None:
            if isinstance(cause, BrokenPipeError | KeyboardInterrupt):
                raise cause from None
            cause = cause.__context__
        return error.code
    return 0


def _of_the_environment(error: Exception) -> str:
    """Return a line on an error of the installation, the shell, the disk or the locale; empty if it is a bug."""
    if message := installation.problem(error):
        return message
    if isinstance(error, OSError) and error.errno in _NOT_WRITABLE and error.filename is None:
        return f"standard output: could not write ({error.strerror}); free space or write elsewhere, and run again"
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return f"{str(error.filename)[:60]}...: too long for the name of a file or a run; check the argument"
    if not isinstance(error, UnicodeEncodeError):
        return ""
    text = error.object
    names = sys.getfilesystemencoding()
    if error.encoding in (names, "ascii") and names != "utf-8":
        shown = text if len(text) <= 60 else f"{text[:60]}..."
        return f"{shown!r}: file names are in {names} here, which lacks some of these letters; set PYTHONUTF8=1"
    if any("\udc80" <= character <= "\udcff" for argument in sys.argv for character in argument):
        return f"an argument is not in {names}; set PYTHONUTF8=1, or rename the file to plain letters"
    return ""


def _shortened(line: str) -> str:
    """Return a line without its middle if it is very long: a file name or an id can have 100,000 characters."""
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 500]} ... {line[-500:]}"


def _of_versions() -> str:
    """Return a line for each package of a version that the harness does not support: it may be what caused a bug."""
    with suppress(Exception):  # the package that reads versions may be the one that is damaged
        return "".join(f"harness: before you report it: {line}\n" for line in installation.wrong_versions())
    return ""


def _discard_stdout() -> None:
    """Keep Python from failing once more when it flushes stdout at exit."""
    with suppress(OSError):  # io.UnsupportedOperation is one: a stream of a test has no number
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
