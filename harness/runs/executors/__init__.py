"""The contract of an executor, which decides where systems generate: one file here with `load(options) -> Executor`.

The process that runs a config is the driver. Only the driver loads datasets, decides which outputs are missing, and
writes the store, the folder of the run and its manifest. An executor takes systems and the sources of their tasks. It
gives outputs to the driver's `Job`s as they come in. It changes no output: the same config gives the same files with
every executor, so it is not part of a run's digest or of a system's identity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol, cast, runtime_checkable

from harness.config.plan import System
from harness.config.schema import ExecutorOptions
from harness.core import registry
from harness.metrics import Examples, FloatArray, Metric
from harness.runs.generate import Identified, Result, Session, Sources
from harness.scoring import compute


class Executor(Protocol):
    """Generates with systems, in this process or elsewhere."""

    def identified(self, system: System) -> Identified:
        """Return the identity that a system has where it would generate. Raises what loading the system raises."""

    def generate(self, session: Session, systems: Sequence[System], sources: Sources) -> dict[tuple[str, str], Result]:
        """Return a result for each task in `sources` and each system that does it, by (task label, system name).

        Each output is stored as soon as it is received. A system that fails has an error in its results; the others go
        on.

        Raises:
            FileError: an output could not be stored.
            InputError: the work cannot be done at all, for example because there is no cluster at the address.
        """

    def facts(self) -> Mapping[str, Any]:
        """Return what the manifest says of the machines; empty for this machine, which it describes anyway."""

    def close(self) -> None:
        """Give back everything that the executor has started. It is called once."""


@runtime_checkable
class ComputesRows(Protocol):
    """An executor that can also compute what expensive metrics (TER, those with a network) need of outputs."""

    def rows(self, metric: Metric, chunks: Sequence[Examples]) -> Iterator[list[FloatArray]] | None:
        """Return an iterator of each chunk's rows (see `harness.scoring.compute.rows`), in order.

        None is returned if so few chunks are not worth the start of workers.

        Raises:
            ModelError: while it is iterated: a worker cannot compute them.
        """


class ExecutorLoader(Protocol):
    """The interface of a module in this package."""

    def load(self, options: ExecutorOptions) -> Executor:
        """Return the executor. It starts nothing before it is used.

        Raises:
            InputError: it cannot be used here.
        """


def load(options: ExecutorOptions) -> Executor:
    """Return the executor that a config names.

    Raises:
        InputError: there is none of that name, or it cannot be used here.
    """
    registry.contract("executors", options.name, "load", callable, "a function load(options)")
    return cast("ExecutorLoader", registry.get("executors", options.name)).load(options)


def scoring(executor: Executor) -> AbstractContextManager[None]:
    """Within this block, let an executor that can do it compute the rows of expensive metrics."""
    return compute.elsewhere(executor.rows) if isinstance(executor, ComputesRows) else nullcontext()
