"""What the tests of several engines share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def conversions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache for all tests of converted weights, so that each checkpoint is converted once."""
    return tmp_path_factory.mktemp("conversions")
