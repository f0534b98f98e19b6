"""COMET (Rei et al., 2022): a network that reads source, output and reference, trained on people's scores of outputs.

Scores are about 0 to 1, without a bound; more is better. They equal those of unbabel-comet to 1e-6 in float32. With
several references a segment has its best score, or with `references: mean` the mean. Texts are never normalised.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import MappingProxyType

from harness.metrics import Examples
from harness.metrics._comet import CometKind, CometMetric
from harness.metrics._network import Triples, Value
from harness.metrics._neural.regression import Regression

PROVIDES = {"comet": "COMET-22, a network that reads source, output and reference; about 0 to 1."}


class Comet(CometMetric):
    """Statistics: the score of the segment, 1."""

    citation = "Rei et al. (2022), COMET-22: Unbabel-IST 2022 Submission, https://aclanthology.org/2022.wmt-1.52"
    DEFAULT = "Unbabel/wmt22-comet-da"
    PUBLISHED = ("Unbabel/wmt22-comet-da",)
    LICENCES = MappingProxyType({"Unbabel/wmt22-comet-da": "Apache-2.0"})
    SIZES = MappingProxyType({"Unbabel/wmt22-comet-da": 2_330_000_000})
    KIND = CometKind("regression_metric", "with a reference, as COMET-22")
    scale = (-math.inf, math.inf)
    needs = ("sources",)

    def _values(self, triples: Triples, examples: Examples) -> Sequence[Value]:
        network = self._network("comet", lambda located, folder: Regression(self._loaded(located, folder)))
        assert triples.references is not None
        scores = network.score(triples.sources, triples.hypotheses, triples.references)
        texts = zip(triples.sources, triples.hypotheses, triples.references, strict=True)
        return [Value(score, network.is_cut(*of)) for score, of in zip(scores, texts, strict=True)]


METRICS = {"comet": Comet}
