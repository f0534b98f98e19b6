"""Segments that metrics score, and what a metric with a network reads off them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

import numpy as np
import numpy.typing as npt

from harness.core.errors import ScoringError
from harness.core.scores import ErrorSpan

FloatArray = npt.NDArray[np.float64]
Extra = Literal["sources", "annotations", "articles"]


@dataclass(frozen=True, slots=True)
class Examples:
    """The segments that a metric scores. All sequences have one item per segment, in one order."""

    hypotheses: Sequence[str]
    references: Sequence[Sequence[str | None]]  # one stream per version; None: the version has no text for the segment
    sources: Sequence[str] = ()  # empty unless the metric `needs` them
    annotations: Sequence[Sequence[object]] = ()  # those of each segment; empty unless the metric `needs` them
    articles: Sequence[str] = ()  # the article of each segment; empty unless the metric `needs` them

    def take(self, indices: Sequence[int]) -> Examples:
        """Return some of the segments, in the order of `indices`."""
        return Examples(
            [self.hypotheses[index] for index in indices],
            [[stream[index] for index in indices] for stream in self.references],
            [self.sources[index] for index in indices] if self.sources else (),
            [self.annotations[index] for index in indices] if self.annotations else (),
            [self.articles[index] for index in indices] if self.articles else (),
        )

    def references_of(self, index: int) -> tuple[str, ...]:
        """Return the references that a segment has, in the order of the streams."""
        return tuple(stream[index] for stream in self.references if stream[index] is not None)  # type: ignore[misc]

    def batches(self, normalise: Callable[[str], str] | None) -> Iterator[tuple[Sequence[int], Batch]]:
        """Yield the segments with equal numbers of references in one batch each, with their indices.

        `normalise` is applied to hypotheses and references.
        """
        if not any(None in stream for stream in self.references):
            streams = cast("Sequence[Sequence[str]]", self.references)
            yield range(len(self.hypotheses)), self._batch(streams, normalise)
            return
        texts = [self.references_of(index) for index in range(len(self.hypotheses))]
        counts = np.array([len(of_segment) for of_segment in texts])
        for count in np.unique(counts):
            indices = np.flatnonzero(counts == count).tolist()
            yield indices, self.take(indices)._batch(zip(*(texts[index] for index in indices), strict=True), normalise)

    def _batch(self, streams: Iterable[Iterable[str]], normalise: Callable[[str], str] | None) -> Batch:
        """Return all segments in one batch, with these references."""
        hypotheses, *references = (
            list(map(normalise, texts)) if normalise else list(texts) for texts in (self.hypotheses, *streams)
        )
        return Batch(hypotheses, references, self.sources, self.annotations)

    def check(self, needs: Collection[Extra] = ()) -> None:
        """Raise ScoringError unless every segment has a hypothesis and a reference, and what the metric needs.

        The libraries that compute metrics truncate to the shorter side silently, or read a string as a list of letters.
        """
        count = len(self.hypotheses)
        streams = self.references
        if isinstance(self.hypotheses, str) or isinstance(streams, str) or any(isinstance(s, str) for s in streams):
            raise ScoringError("expected a list of hypotheses and a list of reference streams, found a bare string")
        if not count or not streams or any(stream is None for stream in streams):
            numbers = f"{count} hypotheses and {sum(stream is not None for stream in streams)} references"
            raise ScoringError(f"expected segments and references, found {numbers}")
        for number, stream in enumerate(streams, start=1):
            if len(stream) != count:
                hint = ""
                if len(streams) == count:
                    hint = "; the references look transposed: give one list per version, not one per segment"
                raise ScoringError(f"{count} hypotheses, but {len(stream)} texts in reference {number}{hint}")
        self._check_types()
        if any(None in stream for stream in streams):
            bare = [index for index in range(count) if all(stream[index] is None for stream in streams)]
            if bare:
                raise ScoringError(f"{len(bare)} of {count} segments have no reference, first segment {bare[0] + 1}")
        for name in needs:
            if len(getattr(self, name)) != count:
                raise ScoringError(f"expected {name} of {count} segments, found {len(getattr(self, name))}")

    def _check_types(self) -> None:
        """Raise ScoringError unless everything is a text; a reference may be None."""
        for texts in (self.hypotheses, *self.references):
            legal = (str,) if texts is self.hypotheses else (str, type(None))
            # Comparing the sets of types takes a tenth of the time of a loop over the texts.
            for kind in set(map(type, texts)):
                if not issubclass(kind, legal):
                    odd = next(text for text in texts if type(text) is kind)
                    raise ScoringError(f"expected texts, found {odd!r}")


@dataclass(frozen=True, slots=True)
class Readings:
    """What a metric with a network reads off segments. All sequences have one item per segment."""

    statistics: FloatArray  # [n, d]
    cut: Sequence[bool]  # a text of the segment was longer than the network reads
    spans: Sequence[Sequence[ErrorSpan]] = ()  # errors that the network marks; empty if it marks none in any segment


@dataclass(frozen=True, slots=True)
class Batch:
    """Segments that have the same number of references, normalised if the metric normalises: input of `_statistics`.

    Stream i has the i-th reference that each segment has, so no text is missing. The versions in a stream can differ.
    """

    hypotheses: list[str]
    references: list[list[str]]
    sources: Sequence[str] = ()
    annotations: Sequence[Sequence[object]] = ()

    def lowered(self) -> Batch:
        """Return the batch with hypotheses and references in lower case."""
        hypotheses, *references = ([text.lower() for text in each] for each in (self.hypotheses, *self.references))
        return replace(self, hypotheses=hypotheses, references=references)
