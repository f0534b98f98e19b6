"""TER, translation edit rate, as sacreBLEU computes it (Snover et al. 2006). Lower is better; it can exceed 100.

sacreBLEU splits words at spaces and lower-cases them. In Hindi that would leave the danda on the word, so that `गया।`
and `गया` differ. Hindi is therefore first tokenised by `intl`, as for BLEU. `ter` normalises only Hindi, so that
English scores and signatures are exactly sacreBLEU's. `ter-normalised` normalises every language, `ter-raw` none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from sacrebleu.metrics.ter import TER
from sacrebleu.tokenizers.tokenizer_intl import TokenizerV14International

from harness.metrics import Batch, FloatArray, Metric
from harness.metrics._ter import edits

PROVIDES = {
    "ter": "Translation edit rate as sacreBLEU computes it, lower is better; Hindi is normalised, tokenised by `intl`.",
    "ter-normalised": "Translation edit rate on normalised text in every language.",
    "ter-raw": "Translation edit rate on unchanged text in every language.",
}


class Ter(Metric):
    """Statistics: edits to the reference that needs the fewest, and the mean length of the references."""

    scale = (0.0, math.inf)
    higher_is_better = False
    kept = True
    citation = (
        "Snover et al. (2006), A Study of Translation Edit Rate with Targeted Human Annotation, "
        "https://aclanthology.org/2006.amta-papers.25"
    )

    @dataclass(frozen=True)
    class Options(Metric.Options):
        """Settings of sacreBLEU's TER; its signature has all of them."""

        normalized: bool = False  # sacreBLEU's `normalized`: split punctuation from words
        no_punct: bool = False  # remove punctuation
        case_sensitive: bool = False

    def __init__(self, name: str, language: str, options: Options | None = None) -> None:
        options = options or self.Options()
        super().__init__(name, language, options)
        self._ter = TER(normalized=options.normalized, no_punct=options.no_punct, case_sensitive=options.case_sensitive)
        self._tokenizer: Any = None
        if language.endswith("_Deva"):
            self._tokenizer = TokenizerV14International()  # type: ignore[no-untyped-call]
            self._ter.tokenizer_signature = f"{self._tokenizer.signature()}+{self._ter.tokenizer_signature}"

    def score(self, statistics: FloatArray) -> FloatArray:
        """Return 100 times edits by length; if the length is 0, 100 if there are edits, else 0."""
        edit_count, length = statistics[..., 0], statistics[..., 1]
        return 100.0 * np.where(length > 0, edit_count / np.where(length > 0, length, 1.0), edit_count > 0)

    def _statistics(self, batch: Batch) -> FloatArray:
        rows = []
        for hypothesis, *references in zip(batch.hypotheses, *batch.references, strict=True):
            words = self._words(hypothesis)
            reference_words = [self._words(reference) for reference in references]
            rows.append((
                min(edits(words, reference) for reference in reference_words),
                sum(map(len, reference_words)) / len(reference_words),
            ))
        return np.asarray(rows, dtype=np.float64)

    def _words(self, content: str) -> list[str]:
        if self._tokenizer is not None:
            content = self._tokenizer(content)
        return str(self._ter._preprocess_segment(content)).split()

    def _signature(self, references: int | None) -> str:
        self._ter.num_refs = -1 if references is None else references  # -1: sacreBLEU writes "nrefs:var"
        return str(self._ter.get_signature())


METRICS = dict.fromkeys(PROVIDES, Ter)
