"""The base of metrics that read annotations: it judges each sentence of an output once for all of them.

An oracle scores thousands of texts that consist of the same few sentences. The verdicts on sentences are therefore
kept, and the verdict on a text is the highest of its sentences.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from harness.core.text import statements
from harness.metrics import Examples, Extra, FloatArray, Metric

AnnotationT = TypeVar("AnnotationT")
Levels = npt.NDArray[np.int8]
# Sentences whose levels are kept. 24 articles of 25 sentences with two metrics need fewer than 10,000.
_KEPT = 200_000


@dataclass(frozen=True, slots=True)
class AnnotationVerdict(Generic[AnnotationT]):
    """What an output does with one annotation of its segment."""

    annotation: AnnotationT
    verdict: str  # one of the metric's `VERDICTS`


class Annotated(Metric, Generic[AnnotationT]):
    """A metric that reads annotations and no reference, normalises by its own rules, and scores no empty segment.

    The level of an annotation in a text is an index of `VERDICTS`, and is the highest level in its sentences.
    """

    VERDICTS: ClassVar[tuple[str, ...]]  # by level; level 0: the text does not have the annotation
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

    def explain(self, examples: Examples) -> list[list[AnnotationVerdict[AnnotationT]]]:
        """Return for each segment the verdicts on the annotations that the metric reads, in their order."""
        judged = map(self._levels, examples.hypotheses, examples.annotations)
        return [
            [AnnotationVerdict(each, self.VERDICTS[level]) for each, level in zip(relevant, levels, strict=True)]
            for relevant, levels in judged
        ]

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
