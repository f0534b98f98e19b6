"""`harness show`: what it prints, and what it says to a wrong question."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.conftest import Answer, Cli
from tests.paths import DATA

RUN = "first-594087d0"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Return a results folder with one run, with its dataset beside it."""
    shutil.copytree(DATA / "run-v1", tmp_path / "v1")
    return tmp_path / "v1" / "results"


def test_without_options_it_shows_the_worst_of_each_task(run_cli: Cli, results: Path) -> None:
    answer = run_cli("show", "first", "--results", results)
    assert (answer.code, answer.err) == (0, "")
    headings = re.findall(r"^\w+: the .+$", answer.out, re.MULTILINE)
    assert headings == [
        "translate: the 10 worst of 35 segments, by the mean chrf++ of 2 systems",
        "summarise: the 8 worst of 8 segments, by the mean rougeL of 2 systems",
    ]
    assert "\x1b" not in answer.out


def test_a_segment_has_source_references_and_outputs_with_marks(run_cli: Cli, results: Path) -> None:
    answer = run_cli("show", RUN, "--results", results, "--id", "news/01#s01", "--system", "stored")
    assert answer.out.splitlines() == [
        "translate: 1 of 35 segments",
        "",
        "news/01#s01  title, article news/01, 11 words",
        "source",
        "  देवांश बहुगुणा और रितेश गोखले ने जल संरक्षण पर की चर्चा",
        "reference generated",
        "  Devansh Bahuguna and Ritesh Gokhale discuss water conservation",
        "reference second",
        "  Bahuguna Devansh and Ritesh Gokhale discuss water conservation",
        "stored  chrf++ 69.6, bleu 71.7  against generated",
        "  Devansh [-Bahuguna-] and Ritesh Gokhale discuss water [-conservation-]",
        "",
        "[-words-] only in the reference",
    ]


def test_json_is_one_object(run_cli: Cli, results: Path) -> None:
    answer = run_cli("show", RUN, "--results", results, "--differ", "stored", "copy-source", "--limit", "2",
                     "--format", "json")  # fmt: skip
    found = json.loads(answer.out)
    assert (found["run"], answer.err) == (RUN, "")
    (task,) = found["tasks"]
    assert (task["task"], task["systems"], len(task["segments"])) == ("translate", ["stored", "copy-source"], 2)
    assert {output["system"] for output in task["segments"][0]["outputs"]} == {"stored", "copy-source"}


@pytest.mark.parametrize("form", ["text", "json"])
def test_outputs_cannot_act_on_the_terminal(run_cli: Cli, results: Path, form: str) -> None:
    file = results / RUN / "outputs" / "translate" / "stored.jsonl"
    content = file.read_text(encoding="utf-8").replace("discuss water", r"\u001b[2J\u009b31m\u202e")
    file.write_text(content, encoding="utf-8")
    answer = run_cli("show", RUN, "--results", results, "--format", form)
    assert answer.code == 0
    assert not set(answer.out) & {"\x1b", "\x9b", "\u202e"}
    assert ("<U+001B>[2J<U+009B>31m<U+202E>" if form == "text" else r"\u001b[2J\u009b31m\u202e") in answer.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--id", "news/01#s011"], "unknown segment 'news/01#s011'; did you mean 'news/01#s01'?"),
        (["--differ", "stored", "copy"], "unknown system of this run 'copy'"),
        (["--differ", "stored"], "--differ: expected A B after it, found nothing; see `harness show --help`"),
        (["--flag", "wrong-scrip"], "unknown flag 'wrong-scrip'; did you mean 'wrong-script'?"),
        (["--flag", "numbers"], "unknown flag 'numbers'; did you mean 'quantities'?"),
        (["--metric", "blue"], "unknown metric of this run 'blue'; did you mean 'bleu'?"),
        (["--task", "gist"], "unknown task of this run 'gist' (known: summarise, translate)"),
        (["--worst", "0"], "--worst 0: expected a whole number of at least 1"),
        (["--worst", "1", "--id", "news/01#s01"], "--worst and --id choose different segments; give one of them"),
        (["--format", "csv"], "--format csv: expected text or json"),
    ],
    ids=" ".join,
)
def test_a_wrong_question_is_one_line(run_cli: Cli, results: Path, arguments: list[str], message: str) -> None:
    answer = run_cli("show", RUN, "--results", results, *arguments)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert answer.err.startswith(f"harness: {message}")


def test_an_unknown_run_is_one_line(run_cli: Cli, results: Path) -> None:
    answer = run_cli("show", "second", "--results", results)
    assert (answer.code, answer.err) == (2, f"harness: no run 'second' in {results} (runs there: {RUN})\n")


class TestTerminal:
    @pytest.fixture
    def show(self, run_cli: Cli, results: Path, paged: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
        """Run `harness show` on a terminal of 80 columns and 24 lines."""
        for name, value in {"COLUMNS": "80", "LINES": "24", "PAGER": f"dd status=none of={paged}"}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setenv("TERM", "xterm")

        def call(*arguments: object) -> Answer:
            # Here, and not in the fixture: pytest has another standard output for a test than for its fixtures.
            monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
            return run_cli("show", RUN, "--results", results, *arguments)

        return call

    @pytest.fixture
    def paged(self, tmp_path: Path) -> Path:
        """Return the file into which the pager writes what it is given."""
        return tmp_path / "paged.txt"

    def test_many_lines_go_to_the_pager_in_colours(self, show: Cli, paged: Path) -> None:
        answer = show()
        assert (answer.code, answer.out) == (0, "")
        assert "\x1b[9;31m" in paged.read_text(encoding="utf-8")

    def test_what_fits_on_the_screen_is_printed(self, show: Cli, paged: Path) -> None:
        answer = show("--id", "news/01#s01")
        assert not paged.exists()
        assert "\x1b[9;31mBahuguna\x1b[0m" in answer.out

    @pytest.mark.parametrize("variable", [{"PAGER": "no-such-pager"}, {"TERM": "dumb"}], ids=str)
    def test_without_a_pager_everything_is_printed(
        self, show: Cli, paged: Path, monkeypatch: pytest.MonkeyPatch, variable: dict[str, str]
    ) -> None:
        for name, value in variable.items():
            monkeypatch.setenv(name, value)
        assert "the 10 worst of 35 segments" in show().out
        assert not paged.exists()

    def test_a_pager_that_ends_early_is_no_error(self, show: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PAGER", f"{sys.executable} -c pass")
        answer = show()
        assert (answer.code, answer.out, answer.err) == (0, "", "")

    def test_no_color_is_respected(self, show: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NO_COLOR", "1")
        answer = show("--id", "news/01#s01")
        assert "[-Bahuguna-]" in answer.out and "\x1b" not in answer.out

    def test_json_is_never_paged(self, show: Cli, paged: Path) -> None:
        assert json.loads(show("--format", "json").out)["run"] == RUN
        assert not paged.exists()
