"""The metrics chrF and chrF++ as sacreBLEU computes them (Popović 2015, 2017).

`chrf` and `chrf++` normalise Hindi only, so that English figures and signatures are sacreBLEU's own; names with
`-normalised` normalise every language, names with `-raw` none.
"""

from __future__ import annotations

import numpy as np
from sacrebleu.metrics.chrf import CHRF

from harness.metrics import FloatArray, Metric, _ngrams

PROVIDES = ("chrf", "chrf-normalised", "chrf-raw", "chrf++", "chrf++-normalised", "chrf++-raw")

_CHARACTER_ORDER = 6
_WORD_ORDER = {"chrf": 0, "chrf++": 2}


class Chrf(Metric):
    """Statistics: for each order of n-grams, counts in the hypothesis, in the reference, and of matches.

    With several references sacreBLEU takes, for each segment, the one with the highest score.
    """

    citation = "Popović (2017), chrF++: words helping character n-grams, https://aclanthology.org/W17-4770"

    def __init__(self, name: str, language: str) -> None:
        super().__init__(name, language)
        self._word_order = _WORD_ORDER[name.partition("-")[0]]
        self._chrf = CHRF(char_order=_CHARACTER_ORDER, word_order=self._word_order)
        self._words = _ngrams.Words(self._tokenised)

    def score(self, statistics: FloatArray) -> FloatArray:
        """Return the F-score of recall weighted twice, precisions and recalls averaged over the orders in use.

        The steps are sacreBLEU's, in its order: which reference is best may hang on the last bit.
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
        return np.concatenate([
            self._rows(hypotheses[part], [stream[part] for stream in references])
            for part in _ngrams.portions(hypotheses, references)
        ])

    def _rows(self, hypotheses: list[str], references: list[list[str]]) -> FloatArray:
        found = _ngrams.characters(hypotheses)
        rows = [_columns(found, _ngrams.characters(stream), _CHARACTER_ORDER) for stream in references]
        if self._word_order:
            words, *wanted = self._words.units(hypotheses, *references)
            of_words = [_columns(words, units, self._word_order) for units in wanted]
            rows = [np.concatenate(both, axis=-1) for both in zip(rows, of_words, strict=True)]
        choices = np.stack(rows)
        best = self.score(choices).argmax(axis=0)  # the first of equals
        return np.asarray(choices[best, np.arange(len(hypotheses))])

    def _tokenised(self, content: str) -> str:
        # sacreBLEU's own way with punctuation, so that it is used and not imitated.
        return " ".join(self._chrf._remove_punctuation(content))

    def _signature(self, references: int) -> str:
        self._chrf.num_refs = references
        return str(self._chrf.get_signature())


def _columns(hypotheses: _ngrams.Units, references: _ngrams.Units, order: int) -> FloatArray:
    """Return the statistics of n-grams of one kind against one reference, [n, 3 * order]."""
    wanted = references.counts(order)
    # An order that the reference has no n-gram of is left out on both sides.
    found = np.where(wanted > 0, hypotheses.counts(order), 0)
    columns = np.stack([found, wanted, _ngrams.matches(hypotheses, [references], order)], axis=-1)
    return columns.reshape(len(wanted), -1).astype(np.float64)


METRICS = dict.fromkeys(PROVIDES, Chrf)
