"""BLEU as sacreBLEU computes it (Papineni et al. 2002; Post 2018).

English output is tokenised with 13a; Hindi output with `intl`, because 13a leaves the danda on the word. `bleu`
normalises only Hindi, so that English scores and signatures are exactly sacreBLEU's. `bleu-normalised` normalises every
language, `bleu-raw` none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from sacrebleu.metrics.bleu import BLEU

from harness.metrics import Batch, FloatArray, Metric, _ngrams

PROVIDES = {
    "bleu": "BLEU as sacreBLEU computes it; Hindi is normalised, and tokenised by its `intl`.",
    "bleu-normalised": "BLEU on normalised text in every language.",
    "bleu-raw": "BLEU on unchanged text in every language.",
}

_ORDER = 4
# mteval-v13a deletes these strings even between words, which joins the words.
_JOINING = ("-\n", "<skipped>")


class Bleu(Metric):
    """Statistics: hypothesis length, reference length, four counts of matches, four of n-grams."""

    citation = "Post (2018), A Call for Clarity in Reporting BLEU Scores, https://aclanthology.org/W18-6319"

    @dataclass(frozen=True)
    class Options(Metric.Options):
        """Settings of sacreBLEU's BLEU; its signature has all of them."""

        tokenize: Literal["13a", "intl", "none"] | None = None  # None: `intl` for Hindi, `13a` for other languages
        lowercase: bool = False

    def __init__(self, name: str, language: str, options: Options | None = None) -> None:
        options = options or self.Options()
        super().__init__(name, language, options)
        tokenizer = options.tokenize or ("intl" if language.endswith("_Deva") else "13a")
        self._lowercase = options.lowercase
        self._bleu = BLEU(tokenize=tokenizer, lowercase=options.lowercase, force=True)
        # Use sacreBLEU's own tokenizer instead of an imitation. 13a puts spaces around a text, intl does not.
        self._words = _ngrams.SacrebleuTokenizer(self._bleu.tokenizer, joining=_JOINING, edges=tokenizer == "intl")

    def score(self, statistics: FloatArray) -> FloatArray:
        """Return corpus BLEU with sacreBLEU's exponential smoothing; 0 if no hypothesis has four words."""
        return np.where((statistics[..., -_ORDER:] > 0).all(axis=-1), self.segment_scores(statistics), 0.0)

    def segment_scores(self, statistics: FloatArray) -> FloatArray:
        """Return sacreBLEU's `sentence_bleu`: smoothed like `score`, over the orders that the segment has."""
        length, reference_length = statistics[..., 0], statistics[..., 1]
        correct, total = statistics[..., 2 : 2 + _ORDER], statistics[..., 2 + _ORDER :]
        # An order without a match counts 1/2 match, the next such order 1/4, and so on (mteval-v13a).
        halvings = np.cumsum(correct == 0, axis=-1)
        matches = np.where(correct == 0, 0.5**halvings, correct)
        used = total > 0
        log_precisions = np.where(used, np.log(100.0 * matches / np.maximum(total, 1.0)), 0.0)
        log_precision = log_precisions.sum(axis=-1) / np.maximum(used.sum(axis=-1), 1)
        penalty = np.minimum(0.0, 1 - reference_length / np.maximum(length, 1.0))
        return np.where((correct > 0).any(axis=-1), np.exp(log_precision + penalty), 0.0)

    def _statistics(self, batch: Batch) -> FloatArray:
        return _ngrams.in_parts(self._rows, batch.lowered() if self._lowercase else batch)

    def _rows(self, hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> FloatArray:
        hypothesis, *streams = self._words.units(hypotheses, *references)
        lengths = np.stack([stream.lengths for stream in streams])
        distances = np.abs(lengths - hypothesis.lengths)
        # The reference length that is closest to the hypothesis's length; of two equally close ones the shorter.
        closest = np.where(distances == distances.min(axis=0), lengths, np.iinfo(np.int64).max).min(axis=0)
        matches = _ngrams.matches(hypothesis, streams, _ORDER)
        return np.column_stack([hypothesis.lengths, closest, matches, _ngrams.counts(hypothesis, _ORDER)]).astype(
            np.float64
        )

    def _signature(self, references: int | None) -> str:
        self._bleu.num_refs = -1 if references is None else references  # -1: sacreBLEU writes "nrefs:var"
        return str(self._bleu.get_signature())


METRICS = dict.fromkeys(PROVIDES, Bleu)
