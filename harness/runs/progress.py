"""Show how far a run is, on stderr: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from time import perf_counter
from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from harness.core.records import Generation

# While outputs come in, a log gets a line at least every this many seconds.
_INTERVAL = 30.0


class _LogLines(logging.Handler):
    """Pass the package's warnings on, one line each."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        self._say(record.getMessage())


class _Rate:
    """Tokens per second since the start."""

    def __init__(self) -> None:
        self._started, self._tokens, self._busy = perf_counter(), 0, 0.0

    def add(self, generation: Generation) -> None:
        self._tokens += generation.output_tokens or 0
        self._busy += generation.seconds or 0.0

    @property
    def seconds(self) -> float:
        return perf_counter() - self._started

    def __str__(self) -> str:
        """Return the rate; empty for a system that counts no tokens."""
        # Prefer the model's own time, which does not include loading.
        return f"{self._tokens / max(self._busy or self.seconds, 1e-9):,.0f} tokens/s" if self._tokens else ""


class Plain(AbstractContextManager["Plain"]):
    """Write a line when a system finishes a task, and from time to time before that."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._name = ""  # of what began last
        self._notes = _LogLines(lambda text: self._say(self._name, text))

    def __enter__(self) -> Plain:
        logging.getLogger("harness").addHandler(self._notes)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        logging.getLogger("harness").removeHandler(self._notes)
        self._stream.flush()

    def begin(self, system: str, task: str, total: int, stored: int) -> _Lines:
        """Start to count for a system and a task."""
        self._name = name = f"{task}: {system}"
        return _Lines(lambda text: self._say(name, text), total, stored)

    def say(self, text: str) -> None:
        """Write a line that is about no system."""
        self._say("", text)

    def _say(self, name: str, text: str) -> None:
        self._stream.write(f"{name}: {text}\n" if name else f"{text}\n")


class _Lines:
    """The lines of one system and task."""

    def __init__(self, say: Callable[[str], None], total: int, stored: int) -> None:
        self._say, self._total, self._done, self._stored = say, total, stored, stored
        self._rate, self._spoke = _Rate(), perf_counter()

    def advance(self, generation: Generation) -> None:
        """Count an output; write a line if the last one was long ago."""
        self._done += 1
        self._rate.add(generation)
        if perf_counter() - self._spoke > _INTERVAL:
            self._spoke = perf_counter()
            left = self._rate.seconds / (self._done - self._stored) * (self._total - self._done)
            self._say(", ".join(filter(None, (f"{self._done}/{self._total}", str(self._rate), f"{left:.0f} s left"))))

    def end(self, error: str | None, note: str = "") -> None:
        """Write the result of the system and task."""
        if error is not None:
            self._say(f"failed after {self._done}/{self._total}: {error}")
        elif self._done == self._stored:
            self._say(f"{self._done}/{self._total}, all stored before")
        else:
            took = f"{self._done}/{self._total} in {self._rate.seconds:.1f} s"
            self._say(", ".join(filter(None, (took, str(self._rate), note))))


class Terminal(AbstractContextManager["Terminal"]):
    """One bar for each system and task."""

    def __init__(self, console: Console) -> None:
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(elapsed_when_finished=True),
            TextColumn("{task.fields[time]}"),
            console=console,
        )
        self._notes = _LogLines(self.say)

    def __enter__(self) -> Terminal:
        logging.getLogger("harness").addHandler(self._notes)
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        logging.getLogger("harness").removeHandler(self._notes)
        self._bars.stop()

    def begin(self, system: str, task: str, total: int, stored: int) -> _Bar:
        """Add a bar."""
        bar = self._bars.add_task(f"{task}: {system}", total=total, completed=stored, rate="", time="left")
        return _Bar(self._bars, bar, self.say)

    def say(self, text: str) -> None:
        """Write a line above the bars."""
        self._bars.console.print(text, markup=False, highlight=False)


class _Bar:
    """The bar of one system and task."""

    def __init__(self, bars: Bars, bar: TaskID, say: Callable[[str], None]) -> None:
        self._bars, self._bar, self._say = bars, bar, say
        self._rate = _Rate()

    def advance(self, generation: Generation) -> None:
        """Move the bar."""
        self._rate.add(generation)
        self._bars.update(self._bar, advance=1, rate=str(self._rate))

    def end(self, error: str | None, note: str = "") -> None:
        """Leave the bar with the time that it took and the note, and write the error if there is one."""
        took = ", ".join(filter(None, ("elapsed", note)))
        self._bars.update(self._bar, advance=0, time=took if error is None else "failed")
        if error is not None:
            self._say(f"failed: {error}")


def to_stderr() -> Terminal | Plain:
    """Return bars if stderr is a terminal, else plain lines."""
    console = Console(stderr=True)
    return Terminal(console) if console.is_terminal else Plain()
