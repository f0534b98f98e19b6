"""BLEU as sacreBLEU computes it (Papineni et al. 2002; Post 2018).

English output is tokenised with 13a; Hindi output with `intl`, because 13a leaves the danda on the word. `bleu`
normalises Hindi only, so that English figures and signatures are sacreBLEU's own; `bleu-normalised` normalises every
language, `bleu-raw` none.
"""

from __future__ import annotations

import numpy as np
from sacrebleu.metrics.bleu import BLEU

from harness.metrics import FloatArray, Metric, _ngrams

PROVIDES = ("bleu", "bleu-normalised", "bleu-raw")

_ORDER = 4
# What mteval-v13a takes out, though words stand on both sides.
_JOINING = ("-\n", "<skipped>")


class Bleu(Metric):
    """Statistics: hypothesis length, reference length, four counts of matches, four of n-grams."""

    citation = "Post (2018), A Call for Clarity in Reporting BLEU Scores, https://aclanthology.org/W18-6319"

    def __init__(self, name: str, language: str) -> None:
        super().__init__(name, language)
        tokenizer = "intl" if language.endswith("_Deva") else "13a"
        self._bleu = BLEU(tokenize=tokenizer, force=True)
        # sacreBLEU's own tokenizer, so that it is used and not imitated. 13a puts spaces around a text, intl does not.
        self._words = _ngrams.Words(self._bleu.tokenizer, joining=_JOINING, edges=tokenizer == "intl")

    def score(self, statistics: FloatArray) -> FloatArray:
        """Return corpus BLEU with sacreBLEU's exponential smoothing; 0 where no n-gram is as long as the order."""
        return np.where((statistics[..., -_ORDER:] > 0).all(axis=-1), self.segment_scores(statistics), 0.0)

    def segment_scores(self, statistics: FloatArray) -> FloatArray:
        """Return sacreBLEU's `sentence_bleu`: smoothed as `score`, over the orders that the segment has n-grams of."""
        length, wanted = statistics[..., 0], statistics[..., 1]
        correct, total = statistics[..., 2 : 2 + _ORDER], statistics[..., 2 + _ORDER :]
        # Each order without a match halves the stand-in for its precision once more (mteval-v13a).
        halvings = np.cumsum(correct == 0, axis=-1)
        matches = np.where(correct == 0, 0.5**halvings, correct)
        used = total > 0
        log_precisions = np.where(used, np.log(100.0 * matches / np.maximum(total, 1.0)), 0.0)
        log_precision = log_precisions.sum(axis=-1) / np.maximum(used.sum(axis=-1), 1)
        penalty = np.minimum(0.0, 1 - wanted / np.maximum(length, 1.0))
        return np.where((correct > 0).any(axis=-1), np.exp(log_precision + penalty), 0.0)

    def _statistics(self, hypotheses: list[str], references: list[list[str]]) -> FloatArray:
        return np.concatenate([
            self._rows(hypotheses[part], [stream[part] for stream in references])
            for part in _ngrams.portions(hypotheses, references)
        ])

    def _rows(self, hypotheses: list[str], references: list[list[str]]) -> FloatArray:
        found, *wanted = self._words.units(hypotheses, *references)
        lengths = np.stack([units.lengths for units in wanted])
        distances = np.abs(lengths - found.lengths)
        # The length that is closest to the hypothesis's, the shorter one if two are.
        closest = np.where(distances == distances.min(axis=0), lengths, np.iinfo(np.int64).max).min(axis=0)
        matches = _ngrams.matches(found, wanted, _ORDER)
        return np.column_stack([found.lengths, closest, matches, found.counts(_ORDER)]).astype(np.float64)

    def _signature(self, references: int) -> str:
        self._bleu.num_refs = references
        return str(self._bleu.get_signature())


METRICS = dict.fromkeys(PROVIDES, Bleu)
