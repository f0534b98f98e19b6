"""XCOMET (Guerreiro et al., 2024): a network that scores an output and marks the spans in it that are errors.

`xcomet` reads source, output and reference, `xcomet-qe` source and output. Scores are at most 1; more is better. Scores
and spans equal those of unbabel-comet, to 1e-6 and exactly, in float32. The spans of each segment are those of the
reference with the best score. Texts are never normalised.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import MappingProxyType

from harness.metrics import Examples
from harness.metrics._comet import NON_COMMERCIAL, CometKind, CometMetric
from harness.metrics._network import Triples, Value
from harness.metrics._neural.unified import Unified

PROVIDES = {
    "xcomet": "XCOMET, a network that reads source, output and reference, and marks errors; at most 1.",
    "xcomet-qe": "XCOMET without the reference.",
}


class XComet(CometMetric):
    """Statistics: the score of the segment, 1."""

    citation = (
        "Guerreiro et al. (2024), xCOMET: Transparent Machine Translation Evaluation through Fine-grained Error "
        "Detection, https://aclanthology.org/2024.tacl-1.54"
    )
    DEFAULT = "Unbabel/XCOMET-XL"
    PUBLISHED = ("Unbabel/XCOMET-XL", "Unbabel/XCOMET-XXL")
    LICENCES = MappingProxyType(dict.fromkeys(PUBLISHED, NON_COMMERCIAL))
    GATED = PUBLISHED
    SIZES = MappingProxyType({"Unbabel/XCOMET-XL": 13_900_000_000})
    KIND = CometKind("xcomet_metric", "as XCOMET")
    scale = (-math.inf, 1.0)
    needs = ("sources",)

    def _values(self, triples: Triples, examples: Examples) -> Sequence[Value]:
        network = self._network("unified", lambda located, folder: Unified(self._loaded(located, folder)))
        judged = network.judge(triples.sources, triples.hypotheses, triples.references)
        return [Value(each.score, each.is_cut, each.spans) for each in judged]


class XCometQE(XComet):
    """XCOMET without a reference."""

    reads_references = False


METRICS = {"xcomet": XComet, "xcomet-qe": XCometQE}
