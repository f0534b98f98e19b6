"""configs/README.md documents every key of a config."""

from __future__ import annotations

import re

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
    for kind in ("datasets", "engines", "metrics", "models", "tasks"):
        for name in registry.names(kind):
            assert f"| `{name}` |" in reference.generated()


def test_the_table_of_families_has_every_family_with_its_own_values() -> None:
    _, _, after = reference.FILE.read_text(encoding="utf-8").partition("## Families of models")
    section, _, _ = after.partition("\n## ")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if line.startswith("| `")]
    table = {cells[0].strip("`"): cells for cells in rows}
    options = {name: models.get(name).options for name in registry.names("models")}
    with_weights = {name: model for name, model in options.items() if issubclass(model, CheckpointOptions)}
    assert list(table) == list(with_weights)
    for name, model in with_weights.items():
        _, _, _, unit, licence, decoding, tested = table[name]
        assert all(f"{key} {value}" in decoding for key, value in model.AUTHORS.items())
        assert re.findall(r"\w+ (?:[\d.]+|exhaustive)", decoding) == [
            f"{k} {v}" for k, v in model.AUTHORS.items() if v is not True
        ]
        assert all(stated in licence for stated in model.LICENCES.values())
        assert "sentence" in unit or "document" in unit
        assert tested
