"""`harness score`: what its arguments mean, and where the results go."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.conftest import Answer, Cli

Score = Callable[..., Answer]


@pytest.fixture
def score(run_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Score:
    """Run `harness score` on small files in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    for name, lines in {
        "ref.en": "the cat sat on the mat\nhe left the house\nrain fell all day\n",
        "google.v2.en": "the cat sat on a mat\nhe left a house\nrain fell all night\n",
        "both.csv": "id,reference,nllb\n1,the cat sat,a cat sat\n2,he left the house,he left a house\n",
    }.items():
        Path(name).write_text(lines, encoding="utf-8")
    return lambda *arguments: run_cli("score", "--task", "translate", *arguments)


def metrics(answer: Answer) -> list[str]:
    assert answer.code == 0, answer.err
    (system,) = json.loads(answer.out)["tasks"][0]["systems"]
    return list(system["metrics"])


@pytest.mark.parametrize(
    "arguments",
    [["-m", "bleu", "chrf"], ["--metric", "bleu,chrf"], ["-m", "bleu", "-m", "chrf"], ["--metric", "bleu,", "chrf"],
     ["-m", " bleu, chrf"]],
    ids=" ".join,
)  # fmt: skip
def test_several_metrics_can_be_written_in_any_usual_way(score: Score, arguments: list[str]) -> None:
    for given in (arguments, [*arguments, "--seed", "0"]):
        found = score("--reference", "ref.en", "--hypothesis", "google.v2.en", "--format", "json", *given)
        assert metrics(found) == ["bleu", "chrf"]


def test_a_file_without_a_name_is_named_as_its_stem(score: Score) -> None:
    found = json.loads(score("--reference", "ref.en", "--hypothesis", "google.v2.en", "--format", "json").out)["tasks"][
        0
    ]
    assert [system["name"] for system in found["systems"]] == ["google.v2"]


def test_a_dash_is_standard_input(score: Score, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(Path("google.v2.en").read_bytes())))
    piped = json.loads(score("--reference", "ref.en", "--hypothesis", "x=-", "--format", "json").out)
    file = json.loads(score("--reference", "ref.en", "--hypothesis", "x=google.v2.en", "--format", "json").out)
    assert piped == file


def test_standard_input_that_the_shell_closed_is_one_line(score: Score, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    answer = score("--reference", "ref.en", "--hypothesis", "x=-")
    assert (answer.code, answer.err) == (2, "harness: standard input: expected text, found it closed\n")


def test_the_columns_of_one_table_are_reference_and_output(score: Score) -> None:
    by_name = score("--reference", "both.csv:reference", "--hypothesis", "nllb=both.csv:nllb", "--format", "json")
    by_number = score("--reference", "both.csv:2", "--hypothesis", "nllb=both.csv:3", "--format", "json")
    values = [[s["metrics"] for s in json.loads(answer.out)["tasks"][0]["systems"]] for answer in (by_name, by_number)]
    assert values[0] == values[1]
    option = score("--reference", "both.csv:2", "--hypothesis", "nllb=both.csv", "--text-column", "nllb")
    assert option.code == 0


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("t", "table"),
        ("t.txt", "table"),
        ("t.json", "json"),
        ("t.md", "markdown"),
        ("t.csv", "csv"),
        ("t.TEX", "latex"),
    ],
)
def test_output_writes_what_would_be_printed_in_the_format_of_the_suffix(score: Score, name: str, form: str) -> None:
    files = ["--reference", "ref.en", "--hypothesis", "google.v2.en"]
    printed = score(*files, "--format", form)
    written = score(*files, "--output", f"new/{name}")
    assert (written.code, written.out, written.err) == (0, "", "")
    assert (Path("new") / name).read_text(encoding="utf-8") == printed.out


def test_the_format_wins_over_the_suffix_of_output(score: Score) -> None:
    files = ["--reference", "ref.en", "--hypothesis", "google.v2.en"]
    assert score(*files, "--output", "t.log", "--format", "table").code == 0
    assert Path("t.log").read_text(encoding="utf-8") == score(*files).out


def test_diagnostics_without_references_are_written_too(score: Score) -> None:
    printed = score("--hypothesis", "google.v2.en", "--format", "markdown")
    assert score("--hypothesis", "google.v2.en", "--output", "t.md").out == ""
    assert Path("t.md").read_text(encoding="utf-8") == printed.out


def test_limit_scores_the_first_segments_and_says_so(score: Score) -> None:
    answer = score("--reference", "ref.en", "--hypothesis", "google.v2.en", "--limit", 2)
    assert "Only the first 2 of 3 segments are scored (--limit)." in answer.out
    assert json.loads(
        score("--reference", "ref.en", "--hypothesis", "google.v2.en", "--limit", 2, "--format", "json").out
    )["tasks"][0]["segments"] == 2  # fmt: skip
