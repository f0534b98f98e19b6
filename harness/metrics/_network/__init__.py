"""The base of metrics with a network: how segments with references are read, the signature, and the loaded network.

    options.py     which checkpoint, where it runs, and how references are combined
    checkpoint.py  finds and describes the checkpoint; imports no torch
    folder.py      checkpoints in local folders

Weights are fetched and loaded when the first segment is read. One network is in memory at a time, and metrics that read
the same checkpoint in the same way share it. A metric with a `stored` signature needs no checkpoint: it only computes
scores from statistics.

A hypothesis may be empty, and is scored as the official code scores it. Special tokens that are written in a text
("</s>") become these tokens, as there. A hypothesis or reference that is None is refused before it gets here.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np

from harness.core.checkpoints import download, hardware
from harness.core.errors import ModelError
from harness.core.scores import ErrorSpan
from harness.metrics import Batch, Examples, FloatArray, Readings
from harness.metrics._network.checkpoint import ENCODER_FILES, CheckpointMetric, Located, identity

T = TypeVar("T")


class Value(NamedTuple):
    """What the network says of a hypothesis against one reference, or against none."""

    score: float
    is_cut: bool  # a text was longer than the network reads
    spans: tuple[ErrorSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class Triples:
    """Texts for the network: a hypothesis with its source and one reference each."""

    sources: Sequence[str]  # empty unless the metric needs them
    hypotheses: Sequence[str]
    references: Sequence[str] | None  # None: the metric reads none


class NetworkMetric(CheckpointMetric):
    """A metric with a checkpoint: a mean over segments, with the statistics [value, 1]."""

    kept = True
    needs_network = True
    names_options = False

    # --- scores -------------------------------------------------------------------------------------------------------

    def score(self, statistics: FloatArray) -> FloatArray:
        """Return the mean of the values."""
        return np.asarray(statistics[..., 0] / np.maximum(statistics[..., 1], 1.0))

    def statistics(self, examples: Examples) -> FloatArray:
        """Return [value, 1] for each segment."""
        examples.check(self.needs)
        return self.read(examples, range(len(examples.hypotheses))).statistics

    def read(self, examples: Examples, indices: Sequence[int]) -> Readings:
        """Return the value of some of the segments, with the errors that the network marks if it does."""
        references = [examples.references_of(index) if self.reads_references else ("",) for index in indices]
        places = [index for index, of_segment in zip(indices, references, strict=True) for _ in of_segment]
        triples = Triples(
            [examples.sources[index] for index in places] if examples.sources else (),
            [examples.hypotheses[index] for index in places],
            [text for of_segment in references for text in of_segment] if self.reads_references else None,
        )
        values = iter(self._values(triples, examples))
        of_segments = [[next(values) for _ in of_segment] for of_segment in references]
        chosen = [self._chosen(of_segment) for of_segment in of_segments]
        if not np.isfinite([value.score for value in chosen]).all():
            raise ModelError(
                f"the network of {self.name} gave NaN or infinity in {self.dtype}; try dtype: float32",
                where=self._located.checkpoint.label,
            )
        return Readings(
            np.array([[value.score, 1.0] for value in chosen]).reshape(len(indices), 2),
            [any(value.is_cut for value in of_segment) for of_segment in of_segments],
            [value.spans for value in chosen],
        )

    def _chosen(self, values: Sequence[Value]) -> Value:
        """Return one value for the references of a segment; of a mean, the spans are those of the first reference."""
        if self.options.references == "mean":
            return values[0]._replace(score=float(np.mean([value.score for value in values])))
        return (max if self.higher_is_better else min)(values, key=lambda value: value.score)

    @abstractmethod
    def _values(self, triples: Triples, examples: Examples) -> Sequence[Value]:
        """Return the value of each triple; `examples` are all segments, also those that are not read now."""

    def _statistics(self, batch: Batch) -> FloatArray:
        return self.statistics(Examples(batch.hypotheses, batch.references, batch.sources, batch.annotations))

    # --- identity -----------------------------------------------------------------------------------------------------

    def _signature(self, references: int | None) -> str:
        count = "var" if references is None else references
        parts = [f"nrefs:{count}"] if self.reads_references else []
        if self.stored is not None:
            return "|".join([*parts, re.sub(r"^nrefs:\w+\|", "", self.stored)])
        return "|".join([*parts, self.plain_name, *self._settings(), f"version:{self.recipe}"])

    def _settings(self) -> list[str]:
        """Return the parts of the signature that decide a score: checkpoint, encoder, dtype and rule of references."""
        located = self._located
        settings = [f"checkpoint:{identity(located.checkpoint, self.SMALL, located.weights)}"]
        if located.encoder is not None and self.options.encoder is not None:
            settings.append(f"encoder:{identity(located.encoder, ENCODER_FILES, ())}")
        settings.append(f"dtype:{self.dtype}")
        return settings + [f"refs:{self.options.references}"] * self.reads_references

    def current(self, signature: str) -> str:
        """Return a stored signature with this version of the harness; the checkpoint need not be on this machine."""
        return re.sub(r"version:\d+$", f"version:{self.recipe}", signature)

    @cached_property
    def device(self) -> str:
        """The device that the network runs on.

        Raises:
            ModelError: torch does not see it.
        """
        return hardware.device(self.options.device)

    @cached_property
    def dtype(self) -> str:
        """The type of the network's numbers."""
        return hardware.dtype(self.options.dtype, self.device)

    # --- the network --------------------------------------------------------------------------------------------------

    def _network(self, kind: str, load: Callable[[Located, Path], T], *more: Hashable) -> T:
        """Return the network of this metric; fetch and load it unless it is in memory.

        Args:
            kind: metrics of one kind share networks.
            load: is given the checkpoint and its folder.
            more: settings that decide what is loaded.
        """
        located = self._located
        identities = (
            identity(located.checkpoint, self.SMALL, located.weights),
            located.encoder and located.encoder.folder,
        )
        key = (kind, *identities, self.dtype, self.device, self.options.batch_tokens, *more)
        if _memory.key != key:
            _memory.key, _memory.network = None, None  # two may not fit into memory
            folder = download.fetch(located.checkpoint, located.weights)
            _memory.network, _memory.key = load(located, folder or located.checkpoint.folder), key
        return cast("T", _memory.network)


class _Memory:
    """The network that is in memory."""

    key: tuple[Hashable, ...] | None = None
    network: Any = None


_memory = _Memory()
