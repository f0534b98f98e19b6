"""Ctrl-C and SIGTERM: the first stops the run in an orderly way, the second stops the process at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(KeyboardInterrupt):
    """The user or the system stopped the run; `saved` reports in one line what is stored."""

    def __init__(self, number: int = signal.SIGINT, saved: str = "") -> None:
        super().__init__(number)
        self.number, self.saved = number, saved

    @property
    def exit_code(self) -> int:
        """The exit code of a program that a signal stopped, by the convention of shells: 130 or 143."""
        return 128 + self.number


@contextmanager
def raised() -> Iterator[None]:
    """Within this block the first signal raises Interrupted, and a second one kills the process.

    The earlier handlers are restored afterwards. For the command line: a library must not handle signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        # With the default handlers a second signal also stops native code that never returns to Python.
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        raise Interrupted(number)

    before = {number: signal.signal(number, interrupt) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
