"""configs/README.md documents every key of a config."""

from __future__ import annotations

import re

import pytest

from harness import models
from harness.core import registry
from harness.models._seq2seq.options import CheckpointOptions
from tests.config import reference


def test_the_reference_is_what_the_schema_generates() -> None:
    _, _, written, _, _ = reference.MARKS.split(reference.FILE.read_text(encoding="utf-8"))
    assert written.strip() == reference.generated(), "run: python -m tests.config.reference"


def test_every_key_has_a_description() -> None:
    assert reference.undocumented() == []


def test_every_plugin_that_a_config_can_name_is_listed() -> None:
    generated = reference.generated()
    for kind in ("datasets", "engines", "executors", "metrics", "models", "tasks"):
        for name in registry.names(kind):
            assert f"| `{name}` |" in generated


def test_the_table_of_families_is_what_they_declare() -> None:
    for file in (reference.FILE, reference.PROJECT):
        _, _, written, _, _ = reference.MARKS_OF_FAMILIES.split(file.read_text(encoding="utf-8"))
        assert written.strip() == reference.families(), "run: python -m tests.config.reference"


@pytest.mark.parametrize("name", registry.names("models"))
def test_a_family_declares_facts_if_it_has_weights(name: str) -> None:
    family = models.get(name)
    assert (family.facts is not None) == issubclass(family.options, CheckpointOptions)
    if family.facts is not None and issubclass(family.options, CheckpointOptions):
        assert all(licence in family.facts.licence for licence in family.options.LICENCES.values())
        assert "sentence" in family.facts.unit or "document" in family.facts.unit


@pytest.mark.parametrize("name", [name for name in registry.names("models") if models.get(name).facts])
def test_the_line_of_a_family_with_weights_has_its_authors_and_its_licence(name: str) -> None:
    line = registry.summaries("models")[name]
    assert name in ("chat", "seq2seq") or re.search(r"\(\D+, \d{4}", line)
    assert re.search(r"MIT|Apache|CC-BY|licence", line)
