"""A benchmark harness for Hindi summarisation and Hindi-to-English translation.

The public interface is what `__all__` names; each name is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.benchmark import run
    from harness.errors import HarnessError
    from harness.plan import load as load_plan
    from harness.textfiles import score as score_files

_HOME = {
    "HarnessError": "harness.errors",
    "load_plan": "harness.plan:load",
    "run": "harness.benchmark",
    "score_files": "harness.textfiles:score",
}

__all__ = ["HarnessError", "load_plan", "run", "score_files"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'harness' has no attribute {name!r}")
    module, _, attribute = _HOME[name].partition(":")
    return getattr(importlib.import_module(module), attribute or name)
