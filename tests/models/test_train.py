"""Test the tiny trained checkpoints: their script, that it is deterministic, and the size of the committed ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness import models
from harness.core.records import ENGLISH, HINDI, Source
from tests.models import model_card, train

COMMITTED = {family: train.HERE / f"tiny-{family}" for family in train.TRAINEES}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train on few items: these tests check the script, not the quality of a model."""
    monkeypatch.setattr(train, "ITEMS", 150)
    monkeypatch.setattr(train, "_ITEMS", [])


def small(family: str) -> train.Trainee:
    """Return a trainee with a small vocabulary and small batches."""
    trainee = train.TRAINEES[family]()
    trainee.pieces, trainee.tokens = 400, 600
    return trainee


@pytest.mark.slow
@pytest.mark.parametrize("family", train.TRAINEES)
class TestScript:
    def test_it_writes_a_checkpoint_that_its_family_runs(self, few: None, tmp_path: Path, family: str) -> None:
        import torch

        measured = train.train(small(family), tmp_path, steps=3)
        options = models.get(family).options(
            name="x", family=family, checkpoint=tmp_path, device="cpu", decoding={"max_new_tokens": 5}
        )
        task, target = ("translate", ENGLISH) if family == "indictrans2" else ("summarise", HINDI)
        text = "मंत्री ने कहा।"
        (made,) = models.get(family).load(options).generate([Source("a", "a", task, text, (text,), HINDI, target)])
        assert made.input_tokens and not made.unknown_tokens
        assert len(measured["curve"]) == 3
        assert torch.tensor(1e-310, dtype=torch.float64) * 1 > 0, "numbers next to zero are zero after training"
        card = model_card.card(family, measured, {"chrf++": 12.34})
        assert "chrf++ 12.3" in card and "3 steps" in card

    def test_the_same_seed_gives_the_same_weights(self, few: None, tmp_path: Path, family: str) -> None:
        for name in ("one", "two"):
            train.train(small(family), tmp_path / name, steps=2)
        for path in sorted((tmp_path / "one").iterdir()):
            assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


@pytest.mark.parametrize("family", train.TRAINEES)
class TestCommitted:
    def test_it_is_at_most_6_mb_with_card_and_curve(self, family: str) -> None:
        files = {path.name: path.stat().st_size for path in COMMITTED[family].iterdir()}
        assert sum(files.values()) <= 6_000_000
        assert {"README.md", "loss.svg", "model.safetensors", "config.json"} <= set(files)

    def test_its_card_names_the_script_the_scores_and_the_limits(self, family: str) -> None:
        card = (COMMITTED[family] / "README.md").read_text(encoding="utf-8")
        for text in (f"python -m tests.models.train {family}", "What it reaches", "cannot see", "For tests only"):
            assert text in card

    def test_its_configuration_and_tokenizer_are_what_the_script_writes(
        self, few: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: str
    ) -> None:
        """Compare the settings of the committed sentencepiece models with those of models of few items.

        Other tests pin the texts: a digest the items, and the outputs of the authors' code how IndicTrans2 reads them.
        """
        names = {"indictrans2": ("model.SRC", "model.TGT"), "mt5": ("spiece.model",)}[family]
        committed = iter([COMMITTED[family] / name for name in names])  # in the order of their training
        trained = train._sentencepiece

        def same_settings(*arguments: Any, **ids: Any) -> bytes:
            content = next(committed).read_bytes()
            assert settings(content) == settings(trained(*arguments, **ids))
            return content

        monkeypatch.setattr(train, "ITEMS", 600)  # fewer have fewer pieces than the vocabulary
        monkeypatch.setattr(train, "_sentencepiece", same_settings)
        train.TRAINEES[family]().prepare(tmp_path)
        assert next(committed, None) is None
        for path in sorted(tmp_path.iterdir()):
            assert (COMMITTED[family] / path.name).read_bytes() == path.read_bytes(), path.name


def settings(model: bytes) -> list[bytes]:
    """Return a sentencepiece model without its pieces: the settings of its training and of its normaliser.

    The file is a protocol buffer (sentencepiece_model.proto): fields of known length, of which field 1 is a piece.
    """
    fields, place = [], 0

    def number() -> int:
        nonlocal place
        value = shift = 0
        while True:
            byte = model[place]
            place, value, shift = place + 1, value | (byte & 127) << shift, shift + 7
            if byte < 128:
                return value

    while place < len(model):
        field, size = number() >> 3, number()
        if field != 1:
            fields.append(model[place : place + size])
        place += size
    assert fields
    return fields


def test_the_curve_is_a_picture_with_its_axes() -> None:
    picture = model_card.curve([(10, 5.0), (20, 2.5), (30, 1.0)])
    assert picture.startswith("<svg") and picture.rstrip().endswith("</svg>")
    for label in (">5<", ">0<", ">30<", "loss, nats a token"):
        assert label in picture
