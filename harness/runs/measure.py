"""The machine that a run is on, and what a stretch of work took of it; imports no heavy library."""

from __future__ import annotations

import logging
import re
import sys
import warnings
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any

# Warnings that are kept of one stretch of work; a library that warns at every step says nothing new.
_MAX_WARNINGS = 20
_LOGGERS = ("harness", "transformers", "torch")
_STATUS = Path("/proc/self/status")


class Measured(AbstractContextManager["Measured"]):
    """A stretch of work: its time, its greatest memory, and the warnings raised in it."""

    def __enter__(self) -> Measured:
        self._started = perf_counter()
        self._heard = _Ear()
        for name in _LOGGERS:
            logging.getLogger(name).addHandler(self._heard)
        self._show = warnings.showwarning
        warnings.showwarning = self._shown
        # Linux: the process's greatest resident size is counted anew from here on (man 5 proc, clear_refs).
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
        if (cuda := _cuda()) is not None:
            cuda.reset_peak_memory_stats()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        warnings.showwarning = self._show
        for name in _LOGGERS:
            logging.getLogger(name).removeHandler(self._heard)

    def _shown(self, message: Warning | str, category: type[Warning], *rest: Any, **named: Any) -> None:
        self._heard.hear(f"{category.__name__}: {message}")
        self._show(message, category, *rest, **named)

    def result(self, tokens: int) -> dict[str, Any]:
        """Return what the work took so far, as JSON: seconds, tokens made and their rate, bytes, threads, warnings."""
        seconds = perf_counter() - self._started
        torch, cuda = sys.modules.get("torch"), _cuda()
        return {
            "seconds": round(seconds, 3),
            **({"tokens": tokens, "tokens_per_second": round(tokens / max(seconds, 1e-9), 1)} if tokens else {}),
            "peak_memory": _peak_memory(),
            **({"peak_gpu_memory": int(cuda.max_memory_allocated())} if cuda is not None else {}),
            **({"threads": int(torch.get_num_threads())} if torch is not None else {}),
            "warnings": list(self._heard.lines),
        }


class _Ear(logging.Handler):
    """What is logged as a warning, or worse: each text once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: dict[str, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self.hear(record.getMessage())
        # Python shows a warning itself where nobody listens; an ear is nobody.
        listeners = [*logging.getLogger("harness").handlers, *logging.getLogger().handlers]
        if record.name.startswith("harness") and listeners == [self] and logging.lastResort is not None:
            logging.lastResort.handle(record)

    def hear(self, line: str) -> None:
        if len(self.lines) < _MAX_WARNINGS:
            self.lines.setdefault(line)


def _cuda() -> Any | None:
    """Return torch's CUDA, where it has been used."""
    torch = sys.modules.get("torch")
    cuda = getattr(torch, "cuda", None)
    return cuda if cuda is not None and cuda.is_initialized() else None


def _peak_memory() -> int | None:
    """Return the greatest resident size in bytes, since the last reset where the system can do that."""
    with suppress(OSError):
        found = re.search(r"^VmHWM:\s+(\d+) kB$", _STATUS.read_text(encoding="utf-8"), re.MULTILINE)
        if found:
            return int(found[1]) * 1024
    try:
        import resource
    except ImportError:
        return None
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024
