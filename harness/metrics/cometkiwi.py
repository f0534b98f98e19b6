"""CometKiwi (Rei et al., 2022): a network that reads source and output, and no reference.

Scores are about 0 to 1, without a bound; more is better. They equal those of unbabel-comet to 1e-6 in float32. Texts
are never normalised.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import MappingProxyType

from harness.metrics import Examples
from harness.metrics._comet import NON_COMMERCIAL, CometKind, CometMetric
from harness.metrics._network import Triples, Value
from harness.metrics._neural.unified import Unified

PROVIDES = {"cometkiwi": "CometKiwi, a network that reads source and output, no reference; about 0 to 1."}


class CometKiwi(CometMetric):
    """Statistics: the score of the segment, 1."""

    citation = "Rei et al. (2022), CometKiwi: IST-Unbabel 2022 Submission, https://aclanthology.org/2022.wmt-1.60"
    DEFAULT = "Unbabel/wmt22-cometkiwi-da"
    PUBLISHED = ("Unbabel/wmt22-cometkiwi-da", "Unbabel/wmt23-cometkiwi-da-xl", "Unbabel/wmt23-cometkiwi-da-xxl")
    LICENCES = MappingProxyType(dict.fromkeys(PUBLISHED, NON_COMMERCIAL))
    GATED = PUBLISHED
    SIZES = MappingProxyType({"Unbabel/wmt22-cometkiwi-da": 2_260_000_000})
    KIND = CometKind("unified_metric", "as CometKiwi")
    scale = (-math.inf, math.inf)
    needs = ("sources",)
    reads_references = False

    def _values(self, triples: Triples, examples: Examples) -> Sequence[Value]:
        network = self._network("unified", lambda located, folder: Unified(self._loaded(located, folder)))
        judged = network.judge(triples.sources, triples.hypotheses, None)
        return [Value(each.score, each.is_cut) for each in judged]


METRICS = {"cometkiwi": CometKiwi}
