"""How far a run is, on stderr: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from time import perf_counter
from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

# A log gets at most this many seconds of silence while outputs come in.
_INTERVAL = 30.0


class Plain(AbstractContextManager["Plain"]):
    """One line when a system ends a task, and one now and then before."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._name, self._total, self._done, self._stored = "", 0, 0, 0
        self._started = self._spoke = 0.0

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.flush()

    def begin(self, system: str, task: str, total: int, stored: int) -> None:
        """Remember what is being done."""
        self._name, self._total, self._done, self._stored = f"{task}: {system}", total, stored, stored
        self._started = self._spoke = perf_counter()

    def advance(self) -> None:
        """Count, and speak when it has been quiet for long."""
        self._done += 1
        if perf_counter() - self._spoke > _INTERVAL:
            self._spoke = perf_counter()
            self._say(f"{self._done}/{self._total}")

    def end(self, error: str | None) -> None:
        """Say how it went."""
        if error is not None:
            self._say(f"failed after {self._done}/{self._total}: {error}")
        elif self._done == self._stored:
            self._say(f"{self._done}/{self._total}, all stored before")
        else:
            self._say(f"{self._done}/{self._total} in {perf_counter() - self._started:.1f} s")

    def _say(self, text: str) -> None:
        self._stream.write(f"{self._name}: {text}\n")


class Terminal(AbstractContextManager["Terminal"]):
    """One bar for each system and task."""

    def __init__(self, console: Console) -> None:
        self._bars = Bars(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
        )
        self._current: TaskID | None = None

    def __enter__(self) -> Terminal:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def begin(self, system: str, task: str, total: int, stored: int) -> None:
        """Add a bar."""
        self._current = self._bars.add_task(f"{task}: {system}", total=total, completed=stored)

    def advance(self) -> None:
        """Move the bar."""
        if self._current is not None:
            self._bars.advance(self._current)

    def end(self, error: str | None) -> None:
        """Leave the bar, and say what went wrong."""
        if error is not None:
            self._bars.console.print(f"failed: {error}", markup=False, highlight=False)


def to_stderr() -> Terminal | Plain:
    """Return a bar where stderr is a terminal, else plain lines."""
    console = Console(stderr=True)
    return Terminal(console) if console.is_terminal else Plain()
