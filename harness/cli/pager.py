"""Show long text on a terminal through the user's pager, as git does."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress


def show(lines: Sequence[str]) -> None:
    """Print lines, each with its line break; through the pager if they do not fit on the terminal's screen.

    The pager is `$PAGER`, else less. Nothing is paged if standard output is no terminal, or if there is no pager.
    """
    command = shlex.split(os.environ.get("PAGER", "")) or ["less"]
    program = shutil.which(command[0])
    fits = len(lines) < shutil.get_terminal_size().lines
    if not sys.stdout.isatty() or fits or program is None or os.environ.get("TERM") == "dumb":
        sys.stdout.writelines(lines)
        return
    # R: pass colours on. X: leave the text on the screen.
    environment = {"LESS": "RX", "LV": "-c", **os.environ}
    with subprocess.Popen([program, *command[1:]], stdin=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None
        with suppress(BrokenPipeError), process.stdin:  # the reader has seen enough
            process.stdin.write("".join(lines).encode(errors="replace"))
        while process.poll() is None:
            with suppress(KeyboardInterrupt):  # it is the pager's: in less it stops a search
                process.wait()
