"""The part of an executor that runs where a model is: load a system from its options, and stream its outputs back.

A worker gets the options of a system as JSON and sources, which have no references. It gets no key and no environment
of the driver. It keeps a model until it is asked for another system. It stores nothing.
"""

from __future__ import annotations

import logging
import os
import platform
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from time import monotonic
from typing import Any

from harness import models
from harness.config.plan import System
from harness.core import hub
from harness.core.errors import ModelError
from harness.core.records import Generation, Source
from harness.models import Model, SharesWeights
from harness.runs import provenance
from harness.runs.attempt import method
from harness.runs.generate import Identified, conversion_of
from harness.runs.isolation import ErrorText, outputs
from harness.runs.measure import Measured
from harness.runs.store.tables import identity_digest

# Outputs that are sent together, at most, and the seconds that one of them may wait for others.
_MOST = 64
_PATIENCE = 0.02


@dataclass(frozen=True, slots=True)
class Order:
    """A system as a worker is told about it."""

    family: str
    options: Mapping[str, Any]  # as JSON
    paths: Mapping[str, str]  # the keys of `options` that name files or folders of the user, absolute
    identity: str | None  # its digest on the driver; None: the driver asks for it

    @classmethod
    def of(cls, system: System, identity: str | None) -> Order:
        """Return the order for a system of a config."""
        paths = {key: str(value.absolute()) for key, value in system.options if isinstance(value, Path)}
        options = system.options.model_dump(mode="json", exclude_none=True)
        return cls(system.options.family, {**options, **paths}, paths, identity)


@dataclass(frozen=True, slots=True)
class PartEnd:
    """How a part ended: the error of the model if there was one, and what was measured."""

    fault: ErrorText | None
    measured: Mapping[str, Any] = field(default_factory=dict)
    busy: float = 0.0  # seconds of generating, without loading; 0 if the family does not measure them
    logged: tuple[str, ...] = ()  # warnings of the harness
    conversion: Mapping[str, Any] | None = None  # how converted weights agree with the original


class Worker:
    """Loads systems, one at a time, and generates with them."""

    def __init__(self, *, offline: bool = False) -> None:
        """Prepare a worker in a process that does nothing else.

        Args:
            offline: make no request to a hub.
        """
        self._offline = offline
        self._order: Order | None = None
        self._system: System | None = None
        self._model: Model | None = None
        # Before torch is imported: threads that spin while they wait slow down the other workers of the machine.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

    def facts(self) -> dict[str, Any]:
        """Return what the driver compares with its own facts, and what the manifest says of the machine."""
        return {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "python": platform.python_version(),
            "code": provenance.code(),
            "libraries": provenance.libraries(),
            **provenance.describe(),
        }

    def identified(self, order: Order) -> Identified | ErrorText:
        """Return the identity that a system has on this machine, or why it cannot be loaded."""
        with hub.without_network(self._offline):
            try:
                return Identified.of(*self._loaded(order))
            except Exception as error:
                return ErrorText.of(error)

    def generate(self, order: Order, sources: Sequence[Source]) -> Iterator[list[Generation] | PartEnd]:
        """Yield the outputs of a system as soon as it has generated them; last, yield how the part ended.

        The model runs in a thread of its own, so that outputs are sent while it works on the next ones.
        """
        done: Queue[Generation | PartEnd] = Queue()
        thread = threading.Thread(target=self._fill, args=(order, sources, done), daemon=True)
        thread.start()
        while True:
            item = done.get()
            until = monotonic() + _PATIENCE
            batch: list[Generation] = []
            while isinstance(item, Generation):
                batch.append(item)
                if len(batch) == _MOST:
                    break
                try:
                    item = done.get(timeout=max(until - monotonic(), 0.0))
                except Empty:
                    break
            if batch:
                yield batch
            if isinstance(item, PartEnd):
                thread.join()
                yield item
                return

    def close(self) -> None:
        """Free the model's memory."""
        model, self._model = self._model, None
        self._order = self._system = None
        if model is not None:
            model.close()

    def _fill(self, order: Order, sources: Sequence[Source], done: Queue[Generation | PartEnd]) -> None:
        logged = _Logged()
        logging.getLogger("harness").addHandler(logged)
        try:
            with Measured(own_process=True) as measured, hub.without_network(self._offline):
                items, tokens, busy = outputs(lambda asked: self._asked(order, asked), sources), 0, 0.0
                while True:
                    try:
                        generation = next(items)
                    except StopIteration as stop:
                        conversion = conversion_of(self._model) if self._model is not None else None
                        texts = tuple(logged.texts)
                        done.put(PartEnd(stop.value, measured.result(tokens), busy, texts, conversion))
                        return
                    tokens += generation.output_tokens or 0
                    busy += generation.seconds or 0.0
                    done.put(generation)
        except BaseException as error:  # the driver must not wait for ever
            fault = ErrorText.of(error if isinstance(error, Exception) else RuntimeError(repr(error)))
            done.put(PartEnd(fault))
        finally:
            logging.getLogger("harness").removeHandler(logged)

    def _asked(self, order: Order, sources: Sequence[Source]) -> Iterator[Generation]:
        _, model = self._loaded(order)
        return method(model, sources)(sources)

    def _loaded(self, order: Order) -> tuple[System, Model]:
        """Return the system with its model. The last model is closed before the next one reads its weights.

        Raises:
            ModelError: a file of the system is not on this machine, or it has another identity here.
        """
        if self._model is None or self._system is None or order != self._order:
            system = _system(order)
            model = system.family.load(system.options)
            _check_identity(order, system, model)
            if self._model is not None and isinstance(model, SharesWeights):
                model.take_weights(self._model)
            self.close()
            self._order, self._system, self._model = order, system, model
        return self._system, self._model


class _Logged(logging.Handler):
    """Collects the warnings of the harness, each text once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: dict[str, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.setdefault(record.getMessage())


def _system(order: Order) -> System:
    """Return the system of an order, whose paths must be visible on this machine."""
    for key, path in order.paths.items():
        if not Path(path).exists():
            raise ModelError(
                f"{key} {path} is not on {socket.gethostname()}; put it where all nodes of the cluster see it under "
                "this path, or name a checkpoint on the hub"
            )
    family = models.get(order.family)
    options = family.options.model_validate(order.options)
    options = options.model_copy(update={key: Path(path) for key, path in order.paths.items()})
    return System(options, family, ())


def _check_identity(order: Order, system: System, model: Model) -> None:
    if order.identity is not None and identity_digest(system.identity(model)) != order.identity:
        raise ModelError(
            f"it is another system on {socket.gethostname()} than for the driver, for example another revision or "
            "another kind of device; name a commit as revision, and device and dtype"
        )
