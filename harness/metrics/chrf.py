"""The metrics chrF and chrF++ as sacreBLEU computes them (Popović 2015, 2017), over normalised text."""

from __future__ import annotations

import numpy as np
from sacrebleu.metrics.chrf import CHRF

from harness.metrics import FloatArray, Metric

PROVIDES = ("chrf", "chrf++")

_WORD_ORDER = {"chrf": 0, "chrf++": 2}


class Chrf(Metric):
    """Statistics: for each order of n-grams, counts in the hypothesis, in the reference, and of matches.

    With several references sacreBLEU takes, for each segment, the one with the highest score.
    """

    citation = "Popović (2017), chrF++: words helping character n-grams, https://aclanthology.org/W17-4770"

    def __init__(self, name: str, language: str) -> None:
        super().__init__(name, language)
        self._chrf = CHRF(word_order=_WORD_ORDER[name])

    def score(self, statistics: FloatArray) -> FloatArray:
        """Return the F-score of recall weighted twice, precisions and recalls averaged over the orders in use."""
        orders = statistics.reshape(*statistics.shape[:-1], -1, 3)
        hypothesis, reference, match = orders[..., 0], orders[..., 1], orders[..., 2]
        used = (hypothesis > 0) & (reference > 0)
        count = np.maximum(used.sum(axis=-1), 1)
        precision = np.where(used, match / np.where(used, hypothesis, 1.0), 0.0).sum(axis=-1) / count
        recall = np.where(used, match / np.where(used, reference, 1.0), 0.0).sum(axis=-1) / count
        weight = self._chrf.beta**2
        total = weight * precision + recall
        return 100.0 * np.where(total > 0, (1 + weight) * precision * recall / np.where(total > 0, total, 1.0), 0.0)

    def _statistics(self, hypotheses: list[str], references: list[list[str]]) -> FloatArray:
        # sacreBLEU's own extraction, so that its n-grams are used and not imitated.
        return np.asarray(self._chrf._extract_corpus_statistics(hypotheses, references), dtype=np.float64)

    def _signature(self, references: int) -> str:
        self._chrf.num_refs = references
        return str(self._chrf.get_signature())


METRICS = {"chrf": Chrf, "chrf++": Chrf}
