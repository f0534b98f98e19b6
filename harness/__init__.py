"""A benchmark harness for Hindi summarisation and Hindi-to-English translation.

`__all__` names the public interface; each name is imported when it is first used. `__version__` is the installed
distribution's, or "0+unknown" if the package is not installed.
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
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version(DISTRIBUTION)
        except PackageNotFoundError:  # a copy of the package on the path, not installed
            return "0+unknown"
    if name not in _HOME:
        raise AttributeError(f"module 'harness' has no attribute {name!r}")
    module, _, attribute = _HOME[name].partition(":")
    return getattr(importlib.import_module(module), attribute or name)
