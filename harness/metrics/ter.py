"""TER, translation edit rate, as sacreBLEU computes it (Snover et al. 2006): less is better, and it may exceed 100.

A word is what stands between spaces, in lower case. In Hindi that would leave the danda on the word, so that `गया।` and
`गया` differ; Hindi is therefore cut into words and signs by `intl` first, as for BLEU. `ter` normalises Hindi only, so
that English figures and signatures are sacreBLEU's own; `ter-normalised` normalises every language, `ter-raw` none.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from sacrebleu.metrics.ter import TER
from sacrebleu.tokenizers.tokenizer_intl import TokenizerV14International

from harness.metrics import FloatArray, Metric
from harness.metrics._ter import edits

PROVIDES = ("ter", "ter-normalised", "ter-raw")


class Ter(Metric):
    """Statistics: edits to the reference that needs fewest, and the length of the references, averaged."""

    scale = (0.0, math.inf)
    higher_is_better = False
    expensive = True
    citation = (
        "Snover et al. (2006), A Study of Translation Edit Rate with Targeted Human Annotation, "
        "https://aclanthology.org/2006.amta-papers.25"
    )

    def __init__(self, name: str, language: str) -> None:
        super().__init__(name, language)
        self._ter = TER()
        self._cut: Any = None
        if language.endswith("_Deva"):
            self._cut = TokenizerV14International()  # type: ignore[no-untyped-call]
            self._ter.tokenizer_signature = f"{self._cut.signature()}+{self._ter.tokenizer_signature}"

    def score(self, statistics: FloatArray) -> FloatArray:
        """Return 100 times edits over length; without any length 100 if there are edits, else 0."""
        made, length = statistics[..., 0], statistics[..., 1]
        return 100.0 * np.where(length > 0, made / np.where(length > 0, length, 1.0), made > 0)

    def _statistics(self, hypotheses: list[str], references: list[list[str]]) -> FloatArray:
        rows = []
        for hypothesis, *wanted in zip(hypotheses, *references, strict=True):
            words = self._words(hypothesis)
            by_reference = [self._words(reference) for reference in wanted]
            rows.append((
                min(edits(words, reference) for reference in by_reference),
                sum(map(len, by_reference)) / len(by_reference),
            ))
        return np.asarray(rows, dtype=np.float64)

    def _words(self, content: str) -> list[str]:
        if self._cut is not None:
            content = self._cut(content)
        return str(self._ter._preprocess_segment(content)).split()

    def _signature(self, references: int) -> str:
        self._ter.num_refs = references
        return str(self._ter.get_signature())


METRICS = dict.fromkeys(PROVIDES, Ter)
