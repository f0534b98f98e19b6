"""Notes on licences below the tables, if the config asks for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness import models
from harness.runs import licences
from tests.conftest import Cli
from tests.paths import DATA, DATASET

GOLDEN = DATA / "indictrans2" / "dist200m-like"


@pytest.mark.parametrize(
    ("licence", "forbids"),
    [
        ("CC-BY-NC-4.0", True),
        ("cc-by-nc-sa-4.0", True),
        ("CC-BY-NC-SA", True),
        ("Example Non-Commercial Licence", True),
        ("noncommercial", True),
        ("MIT", False),
        ("Apache-2.0", False),
        ("CC-BY-4.0", False),
        ("cc-by-sa-4.0", False),
        ("NCSA", False),
        ("gemma", False),
        ("", False),
    ],
)
def test_a_licence_that_forbids_commercial_use_is_known_by_its_name(licence: str, forbids: bool) -> None:
    assert licences.forbids_commercial_use(licence) == forbids


def note(family: str, **keys: Any) -> str | None:
    return licences.note(models.get(family).options.model_validate({"name": "x", "family": family, **keys}))


class TestNote:
    def test_what_the_family_states_is_enough_without_a_hub(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        name = "facebook/nllb-200-distilled-600M"
        assert note("nllb", checkpoint=name) == f"licence of {name}: CC-BY-NC-4.0, which forbids commercial use"
        assert note("m2m100", checkpoint="facebook/m2m100_418M") is None
        assert note("indictrans2", checkpoint="ai4bharat/indictrans2-indic-en-1B") is None

    def test_the_hub_knows_the_licence_of_other_checkpoints(self, hub: Any) -> None:
        hub.push("someone/it2", GOLDEN, states={"tags": ["license:cc-by-nc-4.0"]})
        said = "licence of someone/it2: cc-by-nc-4.0, which forbids commercial use"
        assert note("indictrans2", checkpoint="someone/it2") == said
        hub.push("someone/free", GOLDEN, states={"tags": ["license:mit"]})
        assert note("indictrans2", checkpoint="someone/free") is None

    def test_a_folder_states_none(self) -> None:
        assert note("indictrans2", checkpoint=GOLDEN) == "licence of dist200m-like: not known here"

    def test_systems_without_weights_have_none(self) -> None:
        assert note("lead", sentences=2) is None


@pytest.mark.parametrize(("keys", "noted"), [("", False), ("licences: true\n", True), ("licences: false\n", False)])
def test_the_table_has_the_notes_if_the_config_asks_for_them(
    run_cli: Cli, tmp_path: Path, keys: str, noted: bool
) -> None:
    config = tmp_path / "config.yaml"
    system = f"{{name: it2, family: indictrans2, checkpoint: {GOLDEN}, note: ours, decoding: {{max_length: 3}}}}"
    config.write_text(f"datasets: [{DATASET}]\ntasks: [translate]\nsystems: [{system}]\n{keys}", encoding="utf-8")
    answer = run_cli("run", config, "--results", tmp_path / "results", "--limit", 1)
    assert answer.code == 0, answer.err
    assert ("it2: ours; licence of dist200m-like: not known here" in answer.out) == noted
    (folder,) = (tmp_path / "results").glob("config-*")
    assert ("licences: true" in (folder / "config.yaml").read_text(encoding="utf-8")) == noted


def test_asking_for_the_notes_keeps_the_folder_of_a_run(run_cli: Cli, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    text = f"datasets: [{DATASET}]\ntasks: [translate]\nsystems: [{{name: copy, family: copy-source}}]\n"
    for keys in ("", "licences: true\n"):
        config.write_text(text + keys, encoding="utf-8")
        assert run_cli("run", config, "--results", tmp_path / "results").code == 0
    assert len(list((tmp_path / "results").glob("config-*"))) == 1
