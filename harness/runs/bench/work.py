"""The work that one row measures: passes over sources by a system of a config, or by a model with random weights.

Both are plain data until `open`, so that they travel to a process of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from harness import engines, models
from harness.core.records import Source
from harness.engines import Decoding, Engine, EngineSettings, Request, Weights
from harness.models import Model, SystemOptions
from harness.runs.bench.sizes import WEIGHTS, PublishedSize


class Work(Protocol):
    """What a worker measures."""

    @property
    def size(self) -> int:
        """How many sources there are."""

    def articles(self, sources: int) -> float:
        """Return how many articles of average length the first sources are."""

    def open(self) -> None:
        """Prepare the model; its weights may be read by the first `run`."""

    def run(self, sources: int) -> int:
        """Decode the first sources, and return the number of output tokens.

        Raises:
            ModelError: as `Model.generate`.
        """


@dataclass(slots=True)
class SystemWork:
    """A system of a config on sources of one of its tasks."""

    options: SystemOptions
    sources: Sequence[Source]  # in the order in which they are taken
    article_characters: float  # of an average article of the config
    _model: Model | None = field(default=None, init=False)

    @property
    def size(self) -> int:
        """How many sources there are."""
        return len(self.sources)

    def articles(self, sources: int) -> float:
        """Return how many articles of average length the first sources are, by their characters."""
        return sum(len(source.text) for source in self.sources[:sources]) / self.article_characters

    def open(self) -> None:
        """Find the checkpoint; the first `run` reads its weights."""
        self._model = models.get(self.options.family).load(self.options)

    def run(self, sources: int) -> int:
        """Generate the outputs of the first sources."""
        assert self._model is not None
        return sum(each.output_tokens or 0 for each in self._model.generate(self.sources[:sources]))


@dataclass(slots=True)
class RandomWork:
    """A model of a published size with random weights, which an engine decodes."""

    published: PublishedSize
    folder: Path  # of its checkpoint
    engine: str
    settings: EngineSettings
    decoding: Decoding
    lengths: Sequence[int]  # tokens of each input, in the order in which they are taken
    inputs_per_article: float
    _engine: Engine | None = field(default=None, init=False)
    _requests: list[Request] = field(default_factory=list, init=False)

    @property
    def size(self) -> int:
        """How many inputs there are."""
        return len(self.lengths)

    def articles(self, sources: int) -> float:
        """Return how many articles of average length the first inputs are, by their tokens."""
        mean = sum(self.lengths) / len(self.lengths)
        return sum(self.lengths[:sources]) / (mean * self.inputs_per_article)

    def open(self) -> None:
        """Load the weights."""
        weights = Weights(folder=self.folder, files=(WEIGHTS,), pickled=False, architecture=self.published.architecture)
        self._engine = engines.get(self.engine).load(weights, self.settings)
        self._requests = [Request(ids) for ids in self.published.requests(self.lengths)]

    def run(self, sources: int) -> int:
        """Decode the first inputs; each gets the same number of tokens."""
        assert self._engine is not None
        batches = self._engine.decode(self._requests[:sources], self.decoding)
        return sum(len(output.ids) for batch in batches for output in batch)


@dataclass(frozen=True, slots=True)
class Convert:
    """Load the model once, so that an engine that converts weights keeps them converted. It is not measured."""

    work: Work


@dataclass(frozen=True, slots=True)
class WriteWeights:
    """Write the checkpoint of random weights, in a process of its own: building it takes much memory."""

    published: PublishedSize
    folder: Path
