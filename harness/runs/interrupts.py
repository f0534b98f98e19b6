"""Ctrl-C and SIGTERM: the first asks to stop, so that everything can be put in order; the second stops at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(KeyboardInterrupt):
    """Somebody asked to stop; `saved` says, in a line, what is stored and how to go on."""

    def __init__(self, number: int = signal.SIGINT, saved: str = "") -> None:
        super().__init__(number)
        self.number, self.saved = number, saved

    @property
    def exit_code(self) -> int:
        """What shells expect of a program that a signal stopped: 130 or 143."""
        return 128 + self.number


@contextmanager
def raised() -> Iterator[None]:
    """Within this, the first signal raises Interrupted, and the second ends the process as the system does it."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what signals do
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        # From here on even native code that never comes back to Python can be stopped.
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        raise Interrupted(number)

    before = {number: signal.signal(number, interrupt) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
