"""The metrics chrF and chrF++ as sacreBLEU computes them (Popović 2015, 2017).

`chrf` and `chrf++` normalise only Hindi, so that English scores and signatures are exactly sacreBLEU's. Names with
`-normalised` normalise every language, names with `-raw` none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sacrebleu.metrics.chrf import CHRF

from harness.core.errors import InputError
from harness.core.text.pieces import Units
from harness.metrics import Batch, FloatArray, Metric, _ngrams

PROVIDES = {
    "chrf": "chrF, by character n-grams, as sacreBLEU computes it; Hindi is normalised.",
    "chrf-normalised": "chrF on normalised text in every language.",
    "chrf-raw": "chrF on unchanged text in every language.",
    "chrf++": "chrF++, by character and word n-grams, as sacreBLEU computes it; Hindi is normalised.",
    "chrf++-normalised": "chrF++ on normalised text in every language.",
    "chrf++-raw": "chrF++ on unchanged text in every language.",
}

_WORD_ORDER = {"chrf": 0, "chrf++": 2}


class Chrf(Metric):
    """Statistics: for each order of n-grams, counts in the hypothesis, in the reference, and of matches.

    With several references sacreBLEU takes, for each segment, the one with the highest score.
    """

    citation = "Popović (2017), chrF++: words helping character n-grams, https://aclanthology.org/W17-4770"

    @dataclass(frozen=True)
    class Options(Metric.Options):
        """Settings of sacreBLEU's CHRF; its signature has all of them."""

        char_order: int = 6  # longest character n-gram, from 1
        word_order: int | None = None  # longest word n-gram, from 0; None: 2 for chrF++, 0 for chrF
        lowercase: bool = False

    def __init__(self, name: str, language: str, options: Options | None = None) -> None:
        options = options or self.Options()
        super().__init__(name, language, options)
        self._character_order = options.char_order
        self._word_order = options.word_order
        if self._word_order is None:
            self._word_order = _WORD_ORDER[self.plain_name.partition("-")[0]]
        if self._character_order < 1 or self._word_order < 0:
            raise InputError(f"metric {name}: expected char_order from 1 and word_order from 0")
        self._lowercase = options.lowercase
        self._chrf = CHRF(char_order=self._character_order, word_order=self._word_order, lowercase=options.lowercase)
        self._characters = _ngrams.characters()
        self._words = _ngrams.SacrebleuTokenizer(self._tokenised)

    def score(self, statistics: FloatArray) -> FloatArray:
        """Return the F-score that weights recall twice; precision and recall are averaged over the orders in use.

        The steps and their order are sacreBLEU's: the choice of the best reference can depend on the last bit.
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

    def _statistics(self, batch: Batch) -> FloatArray:
        return _ngrams.in_parts(self._rows, batch.lowered() if self._lowercase else batch)

    def _rows(self, hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> FloatArray:
        hypothesis, *streams = map(self._characters.of, (hypotheses, *references))
        rows = [_columns(hypothesis, stream, self._character_order) for stream in streams]
        if self._word_order:
            words, *streams = self._words.units(hypotheses, *references)
            word_rows = [_columns(words, stream, self._word_order) for stream in streams]
            rows = [np.concatenate(both, axis=-1) for both in zip(rows, word_rows, strict=True)]
        choices = np.stack(rows)
        best = self.score(choices).argmax(axis=0)  # the first of equals
        return np.asarray(choices[best, np.arange(len(hypotheses))])

    def _tokenised(self, content: str) -> str:
        # Use sacreBLEU's own treatment of punctuation instead of an imitation.
        return " ".join(self._chrf._remove_punctuation(content))

    def _signature(self, references: int | None) -> str:
        self._chrf.num_refs = -1 if references is None else references  # -1: sacreBLEU writes "nrefs:var"
        return str(self._chrf.get_signature())


def _columns(hypotheses: Units, references: Units, order: int) -> FloatArray:
    """Return the statistics of n-grams of one kind against one reference, [n, 3 * order]."""
    in_reference = _ngrams.counts(references, order)
    # If the reference has no n-gram of an order, do not count those of the hypothesis either.
    in_hypothesis = np.where(in_reference > 0, _ngrams.counts(hypotheses, order), 0)
    columns = np.stack([in_hypothesis, in_reference, _ngrams.matches(hypotheses, [references], order)], axis=-1)
    return columns.reshape(len(in_reference), -1).astype(np.float64)


METRICS = dict.fromkeys(PROVIDES, Chrf)
