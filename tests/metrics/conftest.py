"""The tiny checkpoints of the neural metrics, once per session."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.metrics import neural


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with the checkpoints of COMET and BERTScore, and their encoders."""
    return neural.assemble(tmp_path_factory.mktemp("neural"))


@pytest.fixture(scope="session")
def metricx24(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the checkpoint of MetricX."""
    return neural.assemble_metricx(tmp_path_factory.mktemp("metricx"))
