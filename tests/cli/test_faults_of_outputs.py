"""Faults of outputs that a reader of the scores has to know of, in `harness run` and in `harness score`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Cli
from tests.paths import DATASET

WriteConfig = Callable[..., Path]
URDU = "وزیر نے پیر کو نئے پل کا افتتاح کیا"
HINDI = "मंत्री ने सोमवार को नए पुल का उद्घाटन किया"
RESIDUE = "Here is the English translation: "


def references() -> dict[str, str]:
    """Return the close translation of each segment of the dataset, by id."""
    lines = (DATASET / "translations.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["id"]: row["text"] for row in map(json.loads, lines) if row["version"] == "close"}


def replayed(path: Path, change: Callable[[str], str]) -> None:
    rows = [{"id": name, "text": change(text)} for name, text in references().items()]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


@pytest.mark.parametrize("text", [URDU, HINDI])
def test_run_says_that_outputs_are_in_another_script(
    run_cli: Cli, write_config: WriteConfig, tmp_path: Path, text: str
) -> None:
    replayed(tmp_path / "x.jsonl", lambda _: text)
    config = write_config(systems="[{name: x, family: replay, path: x.jsonl}, {name: copy, family: copy-source}]")
    answer = run_cli("run", config, "--results", tmp_path / "results")
    assert answer.code == 0
    n = len(references())
    assert f"x: {n} of {n} outputs have most letters in another script" in answer.out
    assert "not Latn" in answer.out and f" {n}/{n}" in answer.out
    assert "not Latn: outputs with most letters in another script." in answer.out


def test_score_shows_how_many_outputs_are_in_another_script(run_cli: Cli, tmp_path: Path) -> None:
    english = [f"The minister spoke about number {n} today." for n in range(8)]
    (tmp_path / "ref.en").write_text("\n".join(english) + "\n", encoding="utf-8")
    (tmp_path / "x.en").write_text("\n".join([*english[:5], URDU, HINDI, english[7]]) + "\n", encoding="utf-8")
    base = ("score", "--task", "translate", "--hypothesis", f"x={tmp_path / 'x.en'}")
    for more in ((), ("--reference", tmp_path / "ref.en")):
        answer = run_cli(*base, *more)
        assert answer.code == 0
        assert "not Latn" in answer.out and "2/8" in answer.out
    assert "2 of 8 outputs have most letters in another script" in answer.out


@pytest.mark.parametrize("text", [URDU, HINDI])
def test_score_refuses_a_file_that_is_in_another_script_as_a_whole(run_cli: Cli, tmp_path: Path, text: str) -> None:
    (tmp_path / "ref.en").write_text("The minister spoke.\n" * 8, encoding="utf-8")
    (tmp_path / "x.en").write_text(f"{text}\n" * 8, encoding="utf-8")
    base = ("score", "--task", "translate", "--hypothesis", f"x={tmp_path / 'x.en'}")
    for more in ((), ("--reference", tmp_path / "ref.en")):
        answer = run_cli(*base, *more)
        assert answer.code == 2
        assert "expected outputs in eng_Latn, but only 0% of the letters are in that script" in answer.err
        assert len(answer.err.splitlines()) == 1


def test_run_and_score_say_what_residue_costs(run_cli: Cli, write_config: WriteConfig, tmp_path: Path) -> None:
    replayed(tmp_path / "x.jsonl", lambda text: RESIDUE + text)
    config = write_config(systems="[{name: x, family: replay, path: x.jsonl}]")
    run = run_cli("run", config, "--results", tmp_path / "results")
    (tmp_path / "ref.en").write_text("\n".join(references().values()) + "\n", encoding="utf-8")
    lines = "\n".join(RESIDUE + text for text in references().values())
    (tmp_path / "x.en").write_text(lines + "\n", encoding="utf-8")
    files = ("--hypothesis", f"x={tmp_path / 'x.en'}", "--reference", tmp_path / "ref.en")
    score = run_cli("score", "--task", "translate", *files)
    # The run's table leaves one of two references out at a time, so the note says which score it means.
    for answer, against in ((run, " against all references"), (score, "")):
        assert answer.code == 0
        assert "words of a chat model around the answer" in answer.out
        assert f"with it removed, chrf++{against} is 100.0 instead of" in " ".join(answer.out.split())
