"""configs/README.md documents every key of a config."""

from __future__ import annotations

from harness.core import registry
from tests.config import reference


def test_the_reference_is_what_the_schema_generates() -> None:
    _, _, written, _, _ = reference.MARKS.split(reference.FILE.read_text(encoding="utf-8"))
    assert written.strip() == reference.generated(), "run: python -m tests.config.reference"


def test_every_key_has_a_description() -> None:
    assert reference.undocumented() == []


def test_every_plugin_that_a_config_can_name_is_listed() -> None:
    for kind in ("datasets", "engines", "metrics", "models", "tasks"):
        for name in registry.names(kind):
            assert f"| `{name}` |" in reference.generated()
