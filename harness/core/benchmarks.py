"""What `harness bench` measures: records that `harness.runs.bench` fills in and `harness.reporting.bench` renders.

A row is one system in one setting, measured in a process of its own. None stands for a value that is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

# Keys of a system in a config that change only where and how fast it runs, never an output on a CPU in float32.
_KEEPS_OUTPUTS = frozenset({"threads", "batch_tokens"})


@dataclass(frozen=True, slots=True)
class TimedPass:
    """One pass over all sources of a row."""

    seconds: float
    tokens: int  # output tokens
    others: float | None = None  # share of the CPUs that other programs used meanwhile, 0 to 1

    @property
    def rate(self) -> float:
        """Output tokens per second."""
        return self.tokens / max(self.seconds, 1e-9)


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchRow:
    """One system in one setting."""

    changes: Mapping[str, Any]  # keys of the system that differ from its config, None: removed; empty: as configured
    sources: int = 0  # in one pass
    articles: float = 0.0  # how many articles of average length these sources are
    passes: tuple[TimedPass, ...] = ()
    load_seconds: float | None = None
    memory: int | None = None  # greatest resident size of the process in bytes, libraries and weights included
    gpu_memory: int | None = None  # greatest bytes that torch allocated on the GPU
    threads: int | None = None  # CPU threads of torch
    agreement: tuple[int, int] | None = None  # outputs of converted weights that are the original's, of how many
    warnings: tuple[str, ...] = ()  # of the libraries and of the engine
    error: str = ""  # why the row has no passes, or fewer than were wanted

    @property
    def is_baseline(self) -> bool:
        """Whether this is the system as the config has it."""
        return not self.changes

    @property
    def keeps_outputs(self) -> bool:
        """Whether the setting changes no output, except by rounding on a GPU."""
        return set(self.changes) <= _KEEPS_OUTPUTS

    @property
    def rates(self) -> tuple[float, ...]:
        """Output tokens per second of each pass, in ascending order."""
        return tuple(sorted(each.rate for each in self.passes))

    @property
    def rate(self) -> float | None:
        """The median of `rates`."""
        return median(self.rates) if self.passes else None

    @property
    def seconds_per_article(self) -> float | None:
        """The median time of a pass, divided by the articles in it."""
        return median(each.seconds for each in self.passes) / self.articles if self.passes and self.articles else None

    @property
    def others(self) -> float | None:
        """The greatest share of the CPUs that other programs used during a pass."""
        return max((each.others for each in self.passes if each.others is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FasterSetting:
    """A setting that is shown to be faster than the one in the config."""

    row: BenchRow
    ratio: float  # of the median rates
    low: float  # the slowest pass of this setting against the fastest one of the config's
    high: float
    memory_ratio: float | None  # of the greatest memory


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemBench:
    """All rows of one system."""

    name: str
    workload: str  # what it was given, in words: "translate, 5 beams"
    device: str
    rows: tuple[BenchRow, ...]  # the system as configured is the first
    faster: tuple[FasterSetting, ...] = ()  # the fastest setting, and the fastest that changes no output
    config: str | None = None  # the file to change; None: the weights are random, and no config has the system


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Everything that one `harness bench` measured."""

    systems: tuple[SystemBench, ...]
    machine: Mapping[str, Any]  # as a manifest describes it
    versions: Mapping[str, str]  # of the libraries
    load_average: tuple[float | None, float | None] = (None, None)  # of the last minute, at the start and at the end
    seconds: float = 0.0
    notes: tuple[str, ...] = field(default=())  # systems that were left out, and why


def named(changes: Mapping[str, Any]) -> str:
    """Return a setting in words: "ctranslate2 int8", "1 thread", "as configured"."""
    words = [str(changes[key]) for key in ("engine", "dtype", "compute_type") if changes.get(key) is not None]
    parts = [" ".join(words)] if words else []
    if (tokens := changes.get("batch_tokens")) is not None:
        parts.append(f"batches of {tokens:,}")
    if (threads := changes.get("threads")) is not None:
        parts.append(f"{threads} thread{'s' * (threads > 1)}")
    if not parts and changes:
        parts = [", ".join(changes)]
    return ", ".join(parts) or "as configured"
