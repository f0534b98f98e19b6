"""Exact match: the share of outputs that equal one of their references."""

from __future__ import annotations

import numpy as np

from harness.metrics import Batch, FloatArray, Metric


class ExactMatch(Metric):
    """Statistics: 1 for a match and 0 for none, and 1 for each segment."""

    scale = (0.0, 100.0)
    higher_is_better = True
    citation = "none: an example"

    def score(self, statistics: FloatArray) -> FloatArray:
        """Return the share of matches in per cent."""
        count = statistics[..., 1]
        return 100.0 * statistics[..., 0] / np.where(count > 0, count, 1.0)

    def _statistics(self, batch: Batch) -> FloatArray:
        segments = zip(batch.hypotheses, *batch.references, strict=True)
        return np.asarray([(float(output in references), 1.0) for output, *references in segments])

    def _signature(self, references: int | None) -> str:
        return f"nrefs:{references or 'var'}|exact|version:1"


METRICS = {"exact-match": ExactMatch}
