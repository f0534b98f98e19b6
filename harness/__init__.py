"""A benchmark harness for Hindi summarisation and Hindi-to-English translation.

The public interface is what `__all__` names; each name is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.config.load import load as load_plan
    from harness.core.errors import HarnessError
    from harness.runs.pipeline import run
    from harness.scoring.textfiles import score as score_files

_HOME = {
    "HarnessError": "harness.core.errors",
    "load_plan": "harness.config.load:load",
    "run": "harness.runs.pipeline",
    "score_files": "harness.scoring.textfiles:score",
}

DISTRIBUTION = "hindi-eval-harness"  # name on the package index, where "harness" is another project

__all__ = ["HarnessError", "load_plan", "run", "score_files"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version(DISTRIBUTION)
    if name not in _HOME:
        raise AttributeError(f"module 'harness' has no attribute {name!r}")
    module, _, attribute = _HOME[name].partition(":")
    return getattr(importlib.import_module(module), attribute or name)
