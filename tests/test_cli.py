"""The command line: help that answers at once, exit codes, formats, one clear line for a mistake."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import cli, registry, reporting

from .conftest import ROOT, Cli

WriteConfig = Callable[..., Path]
GOLDEN = Path(__file__).parent / "golden"

COMMANDS = ["run", "check", "score", "compare", "list", "ingest"]


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_as_it_was_reviewed(run_cli: Cli, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Golden files: `harness [COMMAND] --help` at 80 columns, read by a person when they change."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    golden = GOLDEN / "help" / f"{command or 'harness'}.txt"
    assert run_cli(*([command] if command else []), "--help").out == golden.read_text(encoding="utf-8")


def test_every_command_of_the_help_is_tested_here(run_cli: Cli) -> None:
    listed = [line.split()[0] for line in run_cli("--help").out.partition("Commands:")[2].splitlines() if line.strip()]
    assert listed == COMMANDS


def test_what_help_offers_is_what_there_is() -> None:
    """The command line names kinds and formats itself, so that help imports nothing else."""
    assert [kind.value for kind in cli.Kind] == list(registry.KINDS)
    assert tuple(form.value for form in cli.Format) == reporting.FORMATS


def test_a_mistyped_command_gets_a_suggestion(run_cli: Cli) -> None:
    answer = run_cli("comapre")
    assert answer.code == 2
    assert "Did you mean 'compare'" in answer.err


@pytest.mark.parametrize("kind", ["datasets", "metrics", "models", "tasks"])
def test_list_names_everything_with_a_line_on_what_it_is(run_cli: Cli, kind: str) -> None:
    lines = run_cli("list", kind).out.splitlines()
    assert [line.split()[0] for line in lines] == registry.names(kind)
    assert all(len(line.split()) > 3 for line in lines)


def test_check_shows_the_plan_and_writes_nothing(run_cli: Cli, write_config: WriteConfig, tmp_path: Path) -> None:
    config = write_config()
    before = sorted(tmp_path.rglob("*"))
    answer = run_cli("check", config)
    assert answer.code == 0
    assert "india-japan: 1 article(s), 19 segments" in answer.out
    assert "copy: copy-source" in answer.out
    assert sorted(tmp_path.rglob("*")) == before


def test_check_reports_all_configs_together(run_cli: Cli, write_config: WriteConfig, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("systems: []\n", encoding="utf-8")
    answer = run_cli("check", write_config(), bad, tmp_path / "none.yaml")
    assert answer.code == 2
    assert "systems is empty" in answer.err
    assert "none.yaml: no such file" in answer.err
    assert "run small-" in answer.out  # the good one is still shown


class TestFormats:
    @pytest.fixture
    def printed(self, run_cli: Cli, write_config: WriteConfig, tmp_path: Path) -> Callable[[str], str]:
        config = write_config(systems="[{name: copy, family: copy-source}, {name: latin, family: transliterate}]")
        return lambda form: run_cli("run", config, "--results", tmp_path / "results", "--format", form).out

    def test_json_is_one_object_and_nothing_else(self, printed: Callable[[str], str]) -> None:
        def refuse(constant: str) -> None:
            raise AssertionError(f"{constant} is no JSON")

        answer = json.loads(printed("json"), parse_constant=refuse)
        assert set(answer) == {"run", "tasks"}
        (task,) = answer["tasks"]
        assert {"task", "segments", "systems", "comparisons"} <= set(task)
        system = next(row for row in task["systems"] if row["name"] == "copy")
        assert set(system["metrics"]["bleu"]) >= {"value", "interval", "signature", "segments"}
        assert set(task["comparisons"][0]) == {
            "metric", "a", "b", "delta", "interval", "p", "p_adjusted", "significant",
        }  # fmt: skip

    def test_csv_has_every_number_unrounded(self, printed: Callable[[str], str]) -> None:
        rows = list(csv.DictReader(io.StringIO(printed("csv"))))
        assert {(row["system"], row["metric"]) for row in rows} == {
            (system, metric) for system in ("human", "copy", "latin") for metric in ("chrf++", "bleu")
        }
        values = {(s["name"], m): v["value"] for s in json.loads(printed("json"))["tasks"][0]["systems"]
                  for m, v in s["metrics"].items()}  # fmt: skip
        assert {(row["system"], row["metric"]): float(row["value"]) for row in rows} == values

    @pytest.mark.parametrize(("form", "mark"), [("markdown", "| --- |"), ("latex", r"\toprule"), ("table", "───")])
    def test_each_format_shows_n_and_the_signature(self, printed: Callable[[str], str], form: str, mark: str) -> None:
        text = printed(form)
        assert mark in text
        assert "n = 19 segments" in text
        assert "nrefs:2" in text


def test_compare_puts_two_runs_into_one_table(run_cli: Cli, write_config: WriteConfig, tmp_path: Path) -> None:
    results = tmp_path / "results"
    run_cli("run", write_config(systems="[{name: copy, family: copy-source}]"), "--results", results)
    run_cli("run", write_config(systems="[{name: latin, family: transliterate}]"), "--results", results)
    names = sorted(path.name for path in results.iterdir())
    answer = run_cli("compare", *names, "--results", results, "--format", "json")
    assert answer.code == 0
    (task,) = json.loads(answer.out)["tasks"]
    assert {row["name"] for row in task["systems"]} == {"human", "copy", "latin"}
    # The numbers are those of a run that has both.
    systems = "[{name: copy, family: copy-source}, {name: latin, family: transliterate}]"
    both = write_config(systems=systems).read_text(encoding="utf-8").replace("resamples: 100", "resamples: 1000")
    (tmp_path / "both.yaml").write_text(both, encoding="utf-8")
    together = json.loads(run_cli("run", tmp_path / "both.yaml", "--results", results, "--format", "json").out)
    by_name = {row["name"]: row for row in together["tasks"][0]["systems"]}
    assert {row["name"]: row for row in task["systems"]} == by_name
    table = run_cli("compare", *names, "--results", results, "--baseline", "copy")
    assert "latin − copy" in table.out


def test_a_run_is_compared_with_its_like_at_another_place_but_not_with_itself(
    run_cli: Cli, write_config: WriteConfig, tmp_path: Path
) -> None:
    for place in ("one", "two"):
        run_cli("run", write_config(), "--results", tmp_path / place)
    (one,), (two,) = (list((tmp_path / place).iterdir()) for place in ("one", "two"))
    answer = run_cli("compare", one, two, "--format", "json")
    rows = [row["name"] for row in json.loads(answer.out)["tasks"][0]["systems"] if row["role"] == "system"]
    assert rows == [f"copy ({one})", f"copy ({two})"]
    twice = run_cli("compare", one, one)
    assert (twice.code, twice.err) == (2, f"harness: run '{one}' is given twice; name each run once\n")


def test_a_bound_is_no_baseline(run_cli: Cli, write_config: WriteConfig, tmp_path: Path) -> None:
    run_cli("run", write_config(), "--results", tmp_path / "results")
    answer = run_cli("compare", "small", "--results", tmp_path / "results", "--baseline", "human")
    assert (answer.code, answer.err) == (2, "harness: unknown --baseline 'human' (known: copy)\n")


def test_compare_refuses_runs_on_different_data(run_cli: Cli, write_config: WriteConfig, tmp_path: Path) -> None:
    results = tmp_path / "results"
    run_cli("run", write_config(), "--results", results)
    run_cli("run", write_config(), "--results", results, "--limit", 8)
    answer = run_cli("compare", *sorted(path.name for path in results.iterdir()), "--results", results)
    assert answer.code == 2
    assert "cannot be compared: their segments differ" in answer.err


def test_help_and_scoring_import_nothing_heavy(tmp_path: Path) -> None:
    """`harness --help` and `harness score --help` answer at once because they import next to nothing."""
    for arguments in (["--help"], ["score", "--help"]):
        code = f"import sys; sys.argv = ['harness', *{arguments}]\nfrom harness.cli import main\n" + (
            "try: main()\nexcept SystemExit: pass\n"
            "print([m for m in ('torch','transformers','datasets','pydantic','sacrebleu','numpy') if m in sys.modules])"
        )
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
        assert out.splitlines()[-1] == "[]"


def test_a_pipe_that_closes_early_is_no_error(write_config: WriteConfig, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from harness.cli import main; main()", "list", "models"]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_under_standard_output_is_one_line() -> None:
    command = [sys.executable, "-c", "from harness.cli import main; main()", "list", "models"]
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("harness: standard output: could not write (No space left on device)")
    assert len(done.stderr.splitlines()) == 1
