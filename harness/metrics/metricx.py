"""MetricX-24 (Juraska et al., 2024): an mT5 that predicts how many errors an output has, 0 to 25; less is better.

`metricx` reads source, output and reference, `metricx-qe` source and output; one hybrid checkpoint serves both. Scores
equal those of google-research/metricx to 1e-5 in float32. The tokenizer is mT5's, by default that of google/mt5-xl;
`encoder` names another. Texts are never normalised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from harness.core import checkpoints
from harness.core.checkpoints import Checkpoint
from harness.metrics import Examples
from harness.metrics._network import NetworkMetric, Triples, Value
from harness.metrics._network.checkpoint import Located
from harness.metrics._network.options import NetworkOptions
from harness.metrics._neural.metricx import MetricX, clamp, input_of

PROVIDES = {
    "metricx": "MetricX-24, a network that reads source, output and reference; 0 to 25, less is better.",
    "metricx-qe": "MetricX-24 without the reference.",
}

_TOKENIZER = "google/mt5-xl"


class MetricX24(NetworkMetric):
    """Statistics: the score of the segment, 1."""

    @dataclass(frozen=True)
    class Options(NetworkOptions):
        """The options of every metric with a checkpoint, and the longest input."""

        max_input_tokens: int = 1536  # longer inputs lose their end: first the reference, then the output

    options: Options

    citation = (
        "Juraska et al. (2024), MetricX-24: The Google Submission to the WMT 2024 Metrics Shared Task, "
        "https://aclanthology.org/2024.wmt-1.35"
    )
    DEFAULT = "google/metricx-24-hybrid-large-v2p6"
    PUBLISHED = (DEFAULT, "google/metricx-24-hybrid-xl-v2p6", "google/metricx-24-hybrid-xxl-v2p6")
    SIZES = MappingProxyType({DEFAULT: 4_900_000_000})
    DTYPES = MappingProxyType({"float16": "mT5 overflows in it; use bfloat16 or float32"})
    scale = (0.0, 25.0)
    higher_is_better = False
    decimals = 2
    point = 0.25
    needs = ("sources",)

    def _settings(self) -> list[str]:
        return [*super()._settings(), f"max:{self.options.max_input_tokens}"]

    def _encoder_name(self, checkpoint: Checkpoint) -> str | Path | None:
        return self.options.encoder or _TOKENIZER

    def _values(self, triples: Triples, examples: Examples) -> Sequence[Value]:
        network = self._network("metricx", self._loaded, self.options.max_input_tokens)
        references: Sequence[str | None] = triples.references or [None] * len(triples.sources)
        texts = zip(triples.sources, triples.hypotheses, references, strict=True)
        return [Value(clamp(value), is_cut) for value, is_cut in network.raw([input_of(*of) for of in texts])]

    def _loaded(self, located: Located, folder: Path) -> MetricX:
        assert located.encoder is not None  # `_encoder_name` always names one
        return MetricX(
            folder, located.encoder.folder, files=checkpoints.parts(located.checkpoint, located.weights),
            limit=self.options.max_input_tokens, dtype=self.dtype, device=self.device,
            batch_tokens=self.options.batch_tokens,
        )  # fmt: skip


class MetricX24QE(MetricX24):
    """MetricX-24 without a reference."""

    reads_references = False


METRICS = {"metricx": MetricX24, "metricx-qe": MetricX24QE}
