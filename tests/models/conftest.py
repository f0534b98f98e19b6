"""What the tests of families share: an engine without weights in the place of transformers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.models.scripted import ScriptedEngine

Script = Callable[..., ScriptedEngine]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    """Return a function that puts a scripted engine with these fields in the place of transformers."""
    import harness.engines.transformers as real

    def put(**fields: Any) -> ScriptedEngine:
        engine = ScriptedEngine(**fields)
        monkeypatch.setattr(real, "load", engine.load)
        return engine

    return put
