"""What metrics of annotations share: each sentence of an output is judged once for all annotations of its segment.

An oracle scores thousands of texts that consist of the same few sentences. The finding on a text is therefore put
together from those on its sentences, which are kept.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from harness.core.text import statements
from harness.metrics import Extra, FloatArray, Metric

AnnotationT = TypeVar("AnnotationT")
Levels = npt.NDArray[np.int8]
# Findings that are kept. 24 articles of 25 sentences with two metrics need fewer than 10,000.
_KEPT = 200_000


class Annotated(Metric, Generic[AnnotationT]):
    """A metric that reads annotations and no reference, normalises by its own rules, and scores no empty segment.

    A finding is a level, from 0 for nothing. The level of an annotation in a text is the highest in its sentences.
    """

    needs: ClassVar[tuple[Extra, ...]] = ("annotations",)

    def __init__(self, name: str, language: str, options: Metric.Options | None = None) -> None:
        super().__init__(name, language, options)
        self.normalises = False
        # By the identity of a segment's annotations, which are kept too, so that no other object gets their identity.
        self._segments: dict[int, tuple[Sequence[object], tuple[AnnotationT, ...], dict[str, Levels]]] = {}
        self._count = 0

    @abstractmethod
    def relevant(self, annotations: Sequence[object]) -> tuple[AnnotationT, ...]:
        """Return the annotations of a segment that the metric reads."""

    @abstractmethod
    def _judge(self, sentence: str, relevant: Sequence[AnnotationT], annotations: Sequence[object]) -> list[int]:
        """Return the level of each relevant annotation in one sentence, normalised as `statements.split` does.

        `annotations` are all annotations of the segment.
        """

    def segment_scores(self, statistics: FloatArray) -> FloatArray:
        """Return the score of each segment; NaN where nothing is annotated."""
        return np.where(self.applies(statistics), self.score(statistics), np.nan)

    def _levels(self, hypothesis: str, annotations: Sequence[object]) -> tuple[tuple[AnnotationT, ...], Levels]:
        """Return the annotations of a segment that the metric reads, and the level of each in a text."""
        if self._count > _KEPT:
            self._segments, self._count = {}, 0
        if id(annotations) not in self._segments:
            self._segments[id(annotations)] = (annotations, self.relevant(annotations), {})
        _, relevant, known = self._segments[id(annotations)]
        levels = np.zeros(len(relevant), dtype=np.int8)
        for sentence in statements.split(hypothesis) if relevant else ():
            if sentence not in known:
                known[sentence] = np.array(self._judge(sentence, relevant, annotations), dtype=np.int8)
                self._count += 1
            np.maximum(levels, known[sentence], out=levels)
        return relevant, levels
