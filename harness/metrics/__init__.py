"""The contract of a metric: one file here with `METRICS`, from name to class.

A metric turns each segment into a row of additive *statistics*, and a sum of rows into a score. Bootstraps, tests and
tables know nothing more, so one of each serves all metrics, and no text is looked at twice.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar, cast

import numpy as np
import numpy.typing as npt

from harness.core import registry, text
from harness.core.errors import ScoringError

FloatArray = npt.NDArray[np.float64]

# The recipe of `text.normalise` that scores were made with; part of every signature, so raise it when that changes.
NORMALISATION = 1


class Metric(ABC):
    """A metric for outputs in one language; `name` is the one that it was asked for by.

    `normalises` says whether both sides go through `text.normalise` first. Devanagari does, because one word has
    several encodings there; every other script is scored as it stands, so that scores are those that others publish.
    A name that ends in `-normalised` or `-raw` settles it for every language. A subclass that has another rule sets
    the attribute in its constructor.
    """

    scale: ClassVar[tuple[float, float]] = (0.0, 100.0)  # the lowest and the highest score, inf where there is none
    higher_is_better: ClassVar[bool] = True
    # Whether rows take so long that they are kept on disk and shared out over processes: see `harness.computing`.
    expensive: ClassVar[bool] = False
    # Of an expensive metric's rows: raise it when they come out differently under the same signature.
    recipe: ClassVar[int] = 1
    citation: ClassVar[str]

    normalises: bool

    def __init__(self, name: str, language: str) -> None:
        self.name = name
        self.language = language  # FLORES code of hypotheses and references
        self.normalises = name.endswith("-normalised") or (language.endswith("_Deva") and not name.endswith("-raw"))

    def statistics(self, hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> FloatArray:
        """Return one row of statistics for each segment, shape [n, d], rows to be summed.

        `references` are streams: `[[first reference of every segment], [second of every segment], ...]`. Both sides
        are normalised first where the metric `normalises`. An empty hypothesis is legal.

        Raises:
            ScoringError: no segments, unequal counts, references that are transposed or no streams, a text that is
                no string.
        """
        check_streams(hypotheses, references)
        return self._statistics(
            [self._normalise(hypothesis) for hypothesis in hypotheses],
            [[self._normalise(reference) for reference in stream] for stream in references],
        )

    @abstractmethod
    def score(self, statistics: FloatArray) -> FloatArray:
        """Return the score of summed statistics, shape [..., d] to [...], on `scale`."""

    def segment_scores(self, statistics: FloatArray) -> FloatArray:
        """Return the score of each segment by itself, shape [n, d] to [n]; `score` of its row, unless a metric differs.

        For looking at segments: their mean is a system's score only where the metric is a mean over segments.
        """
        return self.score(statistics)

    def signature(self, references: int) -> str:
        """Return the string of all settings that decide a score against that many references.

        Where the metric does not normalise, it is the string of the library that computes it, and nothing more.
        """
        signature = self._signature(references)
        if self.normalises:
            signature += f"|norm:{self.language.partition('_')[0]}.{NORMALISATION}"
        return signature

    def has_tokens(self, hypothesis: str) -> bool:
        """Whether a text holds anything that this metric scores: all but space, unless a metric drops more."""
        # Also of what is scored as it stands: what cannot be seen is nothing.
        return bool(_normalised(hypothesis, self.language).strip())

    @abstractmethod
    def _statistics(self, hypotheses: list[str], references: list[list[str]]) -> FloatArray: ...

    @abstractmethod
    def _signature(self, references: int) -> str: ...

    def _normalise(self, content: str) -> str:
        return _normalised(content, self.language) if self.normalises else content


def get(name: str, language: str) -> Metric:
    """Return the metric of that name for outputs in `language`.

    Raises:
        InputError: no such metric.
    """
    return cast("Metric", registry.get("metrics", name).METRICS[name](name, language))


def check_streams(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    """Raise ScoringError unless there is one text in each reference stream for each hypothesis.

    The libraries below truncate to the shorter side without a word, or take a string for a list of letters.
    """
    count = len(hypotheses)
    if isinstance(hypotheses, str) or isinstance(references, str) or any(isinstance(s, str) for s in references):
        raise ScoringError("expected a list of hypotheses and a list of reference streams, found a bare string")
    if not count or not references or any(stream is None for stream in references):
        found = f"{count} hypotheses and {sum(stream is not None for stream in references)} references"
        raise ScoringError(f"expected segments and references, found {found}")
    for number, stream in enumerate(references, start=1):
        if len(stream) != count:
            hint = ""
            if len(references) == count:
                hint = "; the references look transposed: give one list for each reference, not one for each segment"
            raise ScoringError(f"{count} hypotheses, but {len(stream)} texts in reference {number}{hint}")
    for content in [*hypotheses, *(content for stream in references for content in stream)]:
        if not isinstance(content, str):
            raise ScoringError(f"expected texts, found {content!r}")


# Large enough for a test set of a few thousand segments with its references and several systems.
@lru_cache(maxsize=50_000)
def _normalised(content: str, language: str) -> str:
    return text.normalise(content, language)
