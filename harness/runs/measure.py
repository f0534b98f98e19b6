"""Measure a piece of work: its time, its memory and the warnings during it; imports no heavy library.

All changes to the process are restored afterwards, with one exception that the caller must allow: `own_process`.
"""

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

# The number of different warnings that are kept: a library may warn at every step.
_MAX_WARNINGS = 20
_LOGGERS = ("harness", "transformers", "torch")
_STATUS = Path("/proc/self/status")
_CLEAR_REFS = Path("/proc/self/clear_refs")


class Measured(AbstractContextManager["Measured"]):
    """A block of work that is measured."""

    def __init__(self, *, own_process: bool = False) -> None:
        """Prepare to measure.

        Args:
            own_process: no other code in this process reads its peak of memory, so that it may be reset. This cannot
                be undone. Without it, the peak is the greatest since the process started.
        """
        self._own_process = own_process

    def __enter__(self) -> Measured:
        self._started = perf_counter()
        self._warnings = _WarningCollector()
        for name in _LOGGERS:
            logging.getLogger(name).addHandler(self._warnings)
        self._show = warnings.showwarning
        warnings.showwarning = self._collect_and_show
        if self._own_process:
            _reset_peaks()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        warnings.showwarning = self._show
        for name in _LOGGERS:
            logging.getLogger(name).removeHandler(self._warnings)

    def _collect_and_show(self, message: Warning | str, category: type[Warning], *rest: Any, **named: Any) -> None:
        self._warnings.add(f"{category.__name__}: {message}")
        self._show(message, category, *rest, **named)

    def result(self, tokens: int) -> dict[str, Any]:
        """Return the measurements so far, as JSON: seconds, tokens and their rate, bytes, threads, warnings."""
        seconds = perf_counter() - self._started
        torch, cuda = sys.modules.get("torch"), _cuda()
        return {
            "seconds": round(seconds, 3),
            **({"tokens": tokens, "tokens_per_second": round(tokens / max(seconds, 1e-9), 1)} if tokens else {}),
            "peak_memory": _peak_memory(),
            **({"peak_gpu_memory": int(cuda.max_memory_allocated())} if cuda is not None else {}),
            **({"threads": int(torch.get_num_threads())} if torch is not None else {}),
            "warnings": list(self._warnings.texts),
        }


class _WarningCollector(logging.Handler):
    """Collect warnings and errors that are logged, each text once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: dict[str, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self.add(record.getMessage())
        # Without any handler, logging prints a warning with `lastResort`. If ours is the only handler, do the same.
        handlers = [*logging.getLogger("harness").handlers, *logging.getLogger().handlers]
        if record.name.startswith("harness") and handlers == [self] and logging.lastResort is not None:
            logging.lastResort.handle(record)

    def add(self, text: str) -> None:
        if len(self.texts) < _MAX_WARNINGS:
            self.texts.setdefault(text)


def _reset_peaks() -> None:
    # Linux: start counting the process's greatest resident size anew (man 5 proc, clear_refs).
    with suppress(OSError):
        _CLEAR_REFS.write_text("5", encoding="utf-8")
    if (cuda := _cuda()) is not None:
        cuda.reset_peak_memory_stats()


def _cuda() -> Any | None:
    """Return torch's CUDA module if it has been used."""
    torch = sys.modules.get("torch")
    cuda = getattr(torch, "cuda", None)
    return cuda if cuda is not None and cuda.is_initialized() else None


def _peak_memory() -> int | None:
    """Return the greatest resident size of this process in bytes, since its start or the last reset."""
    with suppress(OSError):
        match = re.search(r"^VmHWM:\s+(\d+) kB$", _STATUS.read_text(encoding="utf-8"), re.MULTILINE)
        if match:
            return int(match[1]) * 1024
    try:
        import resource
    except ImportError:
        return None
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024
