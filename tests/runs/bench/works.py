"""Works that a worker measures in tests: each ends in its own way, and none loads a model."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass

from harness.core.errors import ModelError


@dataclass
class Steady:
    """Takes so many seconds for each source, and as many to load."""

    size: int = 64
    seconds: float = 0.0
    loading: float = 0.0
    opened: bool = False

    def articles(self, sources: int) -> float:
        return sources / 2

    def open(self) -> None:
        self.opened = True
        time.sleep(self.loading)

    def run(self, sources: int) -> int:
        assert self.opened
        time.sleep(self.seconds * sources)
        return 10 * sources


@dataclass
class Fails(Steady):
    """Ends badly when it has done some passes."""

    how: str = ""
    after: int = 2  # calls of `run` before the bad one; the first two are for loading
    done: int = 0

    def run(self, sources: int) -> int:
        self.done += 1
        if self.done > self.after:
            self.fail()
        return super().run(sources)

    def fail(self) -> None:
        match self.how:
            case "model error":
                raise ModelError("out of memory on cpu with a single source", where="tiny")
            case "bug":
                raise ValueError("no such\nlayer")
            case "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case "exits":
                sys.stderr.write("the library gave up\n")
                sys.stderr.flush()
                os._exit(7)
            case "hangs":
                time.sleep(60)
            case "prints":
                sys.stdout.write("a library prints")


@dataclass
class Large(Steady):
    """Needs so many bytes."""

    size: int = 4
    bytes: int = 0

    def open(self) -> None:
        super().open()
        self.held = b"x" * self.bytes
