"""The metrics chrF and chrF++ as sacreBLEU computes them (Popović 2015, 2017).

`chrf` and `chrf++` normalise Hindi only, so that English figures and signatures are sacreBLEU's own; names with
`-normalised` normalise every language, names with `-raw` none.
"""

from __future__ import annotations

import numpy as np
from sacrebleu.metrics.chrf import CHRF

from harness.metrics import FloatArray, Metric

PROVIDES = ("chrf", "chrf-normalised", "chrf-raw", "chrf++", "chrf++-normalised", "chrf++-raw")

_WORD_ORDER = {"chrf": 0, "chrf++": 2}


class Chrf(Metric):
    """Statistics: for each order of n-grams, counts in the hypothesis, in the reference, and of matches.

    With several references sacreBLEU takes, for each segment, the one with the highest score.
    """

    citation = "Popović (2017), chrF++: words helping character n-grams, https://aclanthology.org/W17-4770"

    def __init__(self, name: str, language: str) -> None:
        super().__init__(name, language)
        self._chrf = CHRF(word_order=_WORD_ORDER[name.partition("-")[0]])

    def score(self, statistics: FloatArray) -> FloatArray:
        """Return the F-score of recall weighted twice, precisions and recalls averaged over the orders in use.

        The steps are sacreBLEU's, in its order, so that the last bit is too.
        """
        shape = statistics.shape[:-1]
        precision, recall, used = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        for order in range(statistics.shape[-1] // 3):
            hypothesis, reference, match = (statistics[..., 3 * order + column] for column in range(3))
            counts = (hypothesis > 0) & (reference > 0)
            precision += np.where(counts, match / np.where(counts, hypothesis, 1.0), 0.0)
            recall += np.where(counts, match / np.where(counts, reference, 1.0), 0.0)
            used += counts
        precision /= np.maximum(used, 1.0)
        recall /= np.maximum(used, 1.0)
        weight = self._chrf.beta**2
        total = weight * precision + recall
        return 100.0 * np.where(total > 0, (1 + weight) * precision * recall / np.where(total > 0, total, 1.0), 0.0)

    def _statistics(self, hypotheses: list[str], references: list[list[str]]) -> FloatArray:
        # sacreBLEU's own extraction, so that its n-grams are used and not imitated.
        return np.asarray(self._chrf._extract_corpus_statistics(hypotheses, references), dtype=np.float64)

    def _signature(self, references: int) -> str:
        self._chrf.num_refs = references
        return str(self._chrf.get_signature())


METRICS = dict.fromkeys(PROVIDES, Chrf)
