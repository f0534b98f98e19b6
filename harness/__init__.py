"""A benchmark harness for Hindi summarisation and Hindi-to-English translation.

`__all__` names the public interface; each name is imported when it is first used. `__version__` is the installed
distribution's, or "0+unknown" if the package is not installed.

    harness.run("configs/quickstart.yaml")                       generate, score and store
    harness.load_run("results/quickstart-6754c30d")              a finished run
    harness.score({"a": outputs}, references)                    texts of any system

    harness.run_shard("configs/quickstart.yaml", "3/8")          a part of a run, on one of several machines
    harness.merge("results")                                     join the parts, and score

All but `run_shard` return `harness.Results`. Its `scores()`, `comparisons()` and `segments()` are lists of flat
records.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.api.calls import load_run, merge, run, run_shard, score
    from harness.api.results import Results
    from harness.core.errors import HarnessError

_HOME = {
    "HarnessError": "harness.core.errors",
    "Results": "harness.api.results",
    "load_run": "harness.api.calls",
    "merge": "harness.api.calls",
    "run": "harness.api.calls",
    "run_shard": "harness.api.calls",
    "score": "harness.api.calls",
}

DISTRIBUTION = "hindi-eval-harness"  # name on the package index, where "harness" is another project

__all__ = ["HarnessError", "Results", "load_run", "merge", "run", "run_shard", "score"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version(DISTRIBUTION)
        except PackageNotFoundError:  # a copy of the package on the path, not installed
            return "0+unknown"
    if name not in _HOME:
        raise AttributeError(f"module 'harness' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
