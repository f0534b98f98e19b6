"""The base of metrics with a checkpoint of COMET: hparams.yaml, a pickle of Lightning, and the encoder it names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from harness.core import checkpoints
from harness.core.checkpoints import Checkpoint
from harness.core.errors import ModelError
from harness.metrics._network import Located, NetworkMetric
from harness.metrics._neural import loading
from harness.metrics._neural.loading import HYPERPARAMETERS, WEIGHTS, Hyperparameters

# From COMET's LICENSE.models.md, for `harness check`.
NON_COMMERCIAL = "CC-BY-NC-SA-4.0"


@dataclass(frozen=True, slots=True)
class CometKind:
    """The kind of checkpoint that a metric reads."""

    identifier: str  # class_identifier in hparams.yaml
    reads: str  # in words


class CometMetric(NetworkMetric):
    """A metric of a checkpoint of COMET."""

    KIND: ClassVar[CometKind]
    NEEDED = HYPERPARAMETERS
    SMALL = (HYPERPARAMETERS,)
    WEIGHTS = (WEIGHTS,)
    decimals = 3
    point = 0.01

    def _find(self) -> Checkpoint:
        found = super()._find()
        self._parameters(found)  # a checkpoint of another metric is refused before its weights are fetched
        return found

    def _parameters(self, checkpoint: Checkpoint) -> Hyperparameters:
        """Return the settings of a checkpoint.

        Raises:
            ModelError: they cannot be read, or are those of another metric.
        """
        parameters = Hyperparameters.read(checkpoint.folder / HYPERPARAMETERS)
        if parameters.kind != self.KIND.identifier:
            raise ModelError(
                f"{self.plain_name} reads checkpoints of {self.KIND.identifier} ({self.KIND.reads}), and its "
                f"{HYPERPARAMETERS} has {parameters.kind}; choose the metric that fits (harness list metrics)",
                where=checkpoint.label,
            )
        return parameters

    def _encoder_name(self, checkpoint: Checkpoint) -> str | Path | None:
        if self.options.encoder is not None:
            return self.options.encoder
        named = self._parameters(checkpoint).pretrained
        return checkpoint.folder / named if checkpoints.is_folder(named, checkpoint.folder) else named

    def _loaded(self, located: Located, folder: Path) -> loading.CometNetwork:
        assert located.encoder is not None  # hparams.yaml names one
        return loading.load(
            folder, self._parameters(located.checkpoint), located.encoder.folder, weights=located.weights[0],
            dtype=self.dtype, device=self.device, batch_tokens=self.options.batch_tokens,
        )  # fmt: skip
