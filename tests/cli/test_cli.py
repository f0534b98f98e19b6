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

from harness import reporting
from harness.cli import options
from harness.core import registry
from tests.conftest import Cli
from tests.paths import GOLDEN, ROOT

WriteConfig = Callable[..., Path]

COMMANDS = [
    "run",
    "check",
    "merge",
    "score",
    "compare",
    "plan-size",
    "trust",
    "show",
    "report",
    "reproduce",
    "gate",
    "bless",
    "bench",
    "list",
    "ingest",
    "new",
]


@pytest.mark.parametrize("command", ["", *COMMANDS, "new dataset"])
def test_help_is_as_it_was_reviewed(run_cli: Cli, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Golden files: `harness [COMMAND] --help` at 80 columns, read by a person when they change."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    golden = GOLDEN / "help" / f"{command.replace(' ', '-') or 'harness'}.txt"
    assert run_cli(*command.split(), "--help").out == golden.read_text(encoding="utf-8")


def test_every_command_of_the_help_is_tested_here(run_cli: Cli) -> None:
    listed = [line.split()[0] for line in run_cli("--help").out.partition("Commands:")[2].splitlines() if line.strip()]
    assert listed == COMMANDS


def test_what_help_offers_is_what_there_is() -> None:
    """The command line names kinds and formats itself, so that help imports nothing else."""
    assert sorted(kind.value for kind in options.Kind) == sorted([*registry.KINDS, "prompts", "runs"])
    assert tuple(form.value for form in options.Format) == reporting.FORMATS
    assert {form.value for form in options.GateFormat} < set(reporting.FORMATS)


def test_a_mistyped_command_gets_a_suggestion(run_cli: Cli) -> None:
    answer = run_cli("comapre")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == ("harness: unknown command 'comapre'; did you mean 'compare'? see `harness --help`\n")


def test_the_command_line_alone_prints_its_help(run_cli: Cli) -> None:
    answer = run_cli()
    assert answer.code == 2
    assert answer.err.rstrip() == (GOLDEN / "help" / "harness.txt").read_text(encoding="utf-8").rstrip()


@pytest.mark.parametrize("kind", ["datasets", "metrics", "models", "tasks"])
def test_list_names_everything_with_a_line_on_what_it_is(run_cli: Cli, kind: str) -> None:
    lines = run_cli("list", kind).out.partition("\n\n")[0].splitlines()  # public sets stand below
    assert [line.split()[0] for line in lines] == registry.names(kind)
    assert all(len(line.split()) > 3 for line in lines)


def test_check_shows_the_plan_and_writes_nothing(run_cli: Cli, write_config: WriteConfig, tmp_path: Path) -> None:
    config = write_config()
    before = sorted(tmp_path.rglob("*"))
    answer = run_cli("check", config)
    assert answer.code == 0
    assert " ".join(answer.out.split()).startswith(f"{config}: can start; nothing to download run small-")
    assert "dataset india-japan: 1 article, 19 segments; licence: CC BY 4.0" in " ".join(answer.out.split())
    assert "\ncopy        copy-source         19\n" in answer.out
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
        assert set(answer) == {"version", "runs", "tasks", "differences"}
        (task,) = answer["tasks"]
        assert {"task", "segments", "systems", "comparisons"} <= set(task)
        system = next(row for row in task["systems"] if row["name"] == "copy")
        assert set(system["metrics"]["bleu"]) >= {"value", "interval", "signature", "segments"}
        assert set(task["comparisons"][0]) == {
            "metric", "a", "b", "delta", "interval", "p", "p_adjusted", "significant",
            "p_bootstrap", "wins", "ties", "losses", "detectable", "flips", "role", "interval_single",
            "interval_articles", "people_agree",
        }  # fmt: skip

    def test_csv_has_every_number_unrounded(self, printed: Callable[[str], str]) -> None:
        rows = [row for row in csv.DictReader(io.StringIO(printed("csv"))) if row["row"] == "score"]
        assert {(row["system"], row["metric"]) for row in rows} == {
            (system, metric) for system in ("reference", "copy", "latin") for metric in ("chrf++", "bleu")
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


class TestScore:
    """`harness score` on text files, one segment a line."""

    @pytest.fixture
    def files(self, tmp_path: Path) -> dict[str, Path]:
        texts = {
            "reference": [f"the minister met visitor number {number} on Monday" for number in range(8)],
            "good": [f"the minister met visitor number {number} on Tuesday" for number in range(8)],
            "bad": [f"somebody saw somebody {number}" for number in range(8)],
            "mixed": ["the minister met nobody" if number % 3 else "on Monday" for number in range(8)],
            "dots": ["..."] * 8,
            "hindi": ["मंत्री ने अतिथि से मुलाकात की।"] * 8,
        }
        for name, lines in texts.items():
            (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return {name: tmp_path / name for name in texts}

    def test_systems_are_ranked_and_compared(self, run_cli: Cli, files: dict[str, Path]) -> None:
        systems = ["--hypothesis", f"good={files['good']}", "--hypothesis", f"bad={files['bad']}"]
        base = ["score", "--task", "translate", "--reference", files["reference"], *systems]
        answer = run_cli(*base, "--metric", "bleu", "--format", "json")
        assert answer.code == 0
        (found,) = json.loads(answer.out)["tasks"]
        good, bad = (row["metrics"]["bleu"]["value"] for row in found["systems"])
        assert found["segments"] == 8
        assert good > 60 > 10 > bad
        (pair,) = found["comparisons"]
        assert (pair["p"], pair["significant"]) == (2 / 2**8, True)  # all eight segments agree: the exact test
        table = run_cli(*base, "--baseline", "bad")
        assert "good − bad" in table.out
        assert "differences in chrf++" in table.out

    def test_the_seed_and_the_resamples_are_those_given(self, run_cli: Cli, files: dict[str, Path]) -> None:
        base = ["score", "--task", "translate", "--reference", files["reference"], "--format", "json"]
        answers = [
            json.loads(run_cli(*base, "--hypothesis", f"x={files['mixed']}", "--seed", seed, "--resamples", 200).out)[
                "tasks"
            ][0]
            for seed in (0, 0, 1)
        ]
        assert answers[0] == answers[1]
        assert answers[0]["intervals"] | {"seed": 1} == answers[2]["intervals"]
        assert answers[0]["intervals"]["resamples"] == 200
        assert answers[0]["systems"] != answers[2]["systems"]

    def test_the_flips_and_the_method_of_intervals_are_those_given(self, run_cli: Cli, tmp_path: Path) -> None:
        for name, lines in {"ref": "a b c", "x": "a b x", "y": "a y c"}.items():
            text = "".join(f"{lines} {number}\n" for number in range(20))
            (tmp_path / name).write_text(text, encoding="utf-8")
        base = ["score", "--task", "translate", "--reference", tmp_path / "ref", "--format", "json"]
        base += [argument for name in "xy" for argument in ("--hypothesis", f"{name}={tmp_path / name}")]
        default, given = (
            json.loads(run_cli(*base, *more).out)["tasks"][0]
            for more in ((), ("--flips", 300, "--interval-method", "percentile"))
        )
        assert (default["tests"]["flips"], given["tests"]["flips"]) == (1000, 300)
        assert default["intervals"]["method"] == default["tests"]["interval"] == "t, bootstrap standard error"
        assert given["intervals"]["method"] == given["tests"]["interval"] == "percentile bootstrap"

    def test_a_system_without_a_word_to_score_gives_3(self, run_cli: Cli, files: dict[str, Path]) -> None:
        answer = run_cli(
            "score", "--task", "summarise", "--target", "eng_Latn", "--reference", files["reference"],
            "--hypothesis", f"good={files['good']}", "--hypothesis", f"dots={files['dots']}",
        )  # fmt: skip
        assert answer.code == 3
        assert "dots: failed: none of its 8 outputs contains a word" in answer.out

    def test_a_mistake_is_one_line_and_2(self, run_cli: Cli, files: dict[str, Path]) -> None:
        answer = run_cli(
            "score", "--task", "translate", "--reference", files["hindi"], "--hypothesis", f"good={files['good']}"
        )
        assert answer.code == 2
        assert answer.err.startswith(f"harness: {files['hindi']}: expected references in eng_Latn")
        assert len(answer.err.splitlines()) == 1


class TestScoreFiles:
    """What `harness score` takes beside one file for each system, and what else it prints."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        texts = {
            "ref.en": [f"the minister met visitor number {number} on Monday" for number in range(12)],
            "good.en": [f"the minister met visitor number {number} on Tuesday" for number in range(12)],
            "fair.en": [f"the minister saw visitor {number}" for number in range(12)],
            "source.hi": [
                f"मंत्री सोमवार को अतिथि {number} से मिले" if number else "मंत्री मिले " * 6 for number in range(12)
            ],
        }
        for name, lines in texts.items():
            (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return tmp_path

    def test_a_folder_of_systems_against_a_reference_in_it(self, run_cli: Cli, folder: Path) -> None:
        base = ["score", "--task", "translate", "--source", folder / "source.hi", "--reference", folder / "ref.en"]
        answer = run_cli(*base, "--hypothesis", folder, "--format", "json")
        assert answer.code == 0
        assert [row["name"] for row in json.loads(answer.out)["tasks"][0]["systems"]] == ["fair", "good"]

    def test_slices_and_intervals_are_shown_on_request(self, run_cli: Cli, folder: Path) -> None:
        base = ["score", "--task", "translate", "--source", folder / "source.hi", "--reference", folder / "ref.en"]
        plain, full = (
            run_cli(*base, "--hypothesis", folder, *more).out for more in ([], ["--slice", "length", "--intervals"])
        )
        assert "by length" not in plain and "by length" in full
        assert full.count("[") > plain.count("[")
        nothing = run_cli(*base, "--hypothesis", folder, "--slice", "kind")
        assert nothing.code == 0 and "by kind" not in nothing.out
        assert nothing.err == (
            "harness: translate: no slices by kind: the kind of the segments is not known, or they all have the same\n"
        )

    def test_questions_beyond_scores_have_tables_and_answers_in_json(self, run_cli: Cli, folder: Path) -> None:
        base = ["score", "--task", "translate", "--reference", folder / "ref.en", "--hypothesis", folder]
        asked = ["--baseline", "good", "--no-worse", "1", "--difference", "2", "--looks", "5"]
        text = run_cli(*base, *asked).out
        assert "translate: no worse than good by 1 in chrf++" in text
        assert "translate: segments that show a difference of 2 in chrf++" in text
        assert "what more data would give, for good − fair" in text
        (task,) = json.loads(run_cli(*base, *asked, "--format", "json").out)["tasks"]
        assert [claim["system"] for claim in task["answers"]["no_worse"]] == ["fair"]
        assert task["answers"]["sample_sizes"][0]["looks"] == 5
        csv = run_cli(*base, *asked, "--format", "csv")
        assert csv.err == "harness: csv has one table, without --no-worse and --difference; --format json has them\n"

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--no-worse", "1"], "--no-worse: expected --baseline NAME too"),
            (["--looks", "5"], "--looks: expected --difference POINTS too"),
            (["--difference", "-2"], "--difference: expected a difference in points above 0, found -2.0"),
        ],
    )
    def test_a_wrong_question_is_refused_in_one_line(
        self, run_cli: Cli, folder: Path, options: list[str], message: str
    ) -> None:
        base = ["score", "--task", "translate", "--reference", folder / "ref.en", "--hypothesis", folder]
        answer = run_cli(*base, *options)
        assert answer.code == 2 and answer.out == "" and answer.err.startswith(f"harness: {message}")
        assert len(answer.err.splitlines()) == 1

    def test_the_scores_of_each_segment_are_written_as_jsonl(self, run_cli: Cli, folder: Path) -> None:
        base = ["score", "--task", "translate", "--reference", folder / "ref.en", "--hypothesis", folder]
        assert run_cli(*base, "--segments", folder / "segments.jsonl").code == 0
        rows = [json.loads(line) for line in (folder / "segments.jsonl").read_text(encoding="utf-8").splitlines()]
        assert len(rows) == 12 and set(rows[0]["scores"]) == {"good", "fair"}
        assert rows[0]["id"] == "1" and set(rows[0]["scores"]["good"]) == {"chrf++", "bleu"}

    @pytest.mark.parametrize("name", ["ref.en", "good.en", "source.hi", ".", "pipe"])
    def test_the_scores_of_each_segment_replace_no_input_and_no_device(
        self, run_cli: Cli, folder: Path, name: str
    ) -> None:
        os.mkfifo(folder / "pipe")
        (folder / "linked").symlink_to(folder)
        before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        base = ["score", "--task", "translate", "--source", folder / "source.hi", "--reference", folder / "ref.en"]
        answer = run_cli(*base, "--hypothesis", folder, "--segments", folder / "linked" / name)
        assert answer.code == 2 and len(answer.err.splitlines()) == 1
        assert answer.err.startswith(f"harness: --segments {folder / 'linked' / name}: ")
        assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
        assert (folder / "pipe").is_fifo()

    def test_csv_says_that_it_has_no_slices(self, run_cli: Cli, folder: Path) -> None:
        base = ["score", "--task", "translate", "--reference", folder / "ref.en", "--hypothesis", folder]
        answer = run_cli(*base, "--format", "csv", "--slice", "length")
        assert (answer.code, answer.err) == (0, "harness: csv has no slices; --format json has them\n")

    def test_without_references_there_are_diagnostics_and_no_score(self, run_cli: Cli, folder: Path) -> None:
        base = ["score", "--task", "translate", "--source", folder / "source.hi", "--hypothesis", folder]
        answer = run_cli(*base, "--format", "json")
        (found,) = json.loads(answer.out)["tasks"]
        assert answer.code == 0 and found["segments"] == 12
        assert {row["name"]: row["diagnostics"]["script"]["value"] for row in found["systems"]} == dict.fromkeys(
            ("fair", "good", "ref"), 100.0
        )
        for form in ("table", "markdown", "latex", "csv"):
            text = run_cli(*base, "--format", form).out
            assert "good" in text and "chrf" not in text

    @pytest.mark.parametrize(
        "option",
        [
            ("--metric", "bleu"),
            ("--baseline", "good"),
            ("--slice", "length"),
            ("--no-worse", "0"),
            ("--difference", "2"),
        ],
    )
    def test_what_needs_a_reference_is_refused_without_one(
        self, run_cli: Cli, folder: Path, option: tuple[str, str]
    ) -> None:
        answer = run_cli("score", "--task", "translate", "--hypothesis", f"good={folder / 'good.en'}", *option)
        assert (answer.code, answer.err) == (
            2, f"harness: {option[0]} needs --reference; without one there is no score\n",
        )  # fmt: skip

    def test_the_source_given_as_hypothesis_is_one_line_that_names_it(self, run_cli: Cli, folder: Path) -> None:
        answer = run_cli(
            "score", "--task", "translate", "--reference", folder / "ref.en",
            "--hypothesis", f"x={folder / 'source.hi'}",
        )  # fmt: skip
        assert answer.code == 2 and len(answer.err.splitlines()) == 1
        assert answer.err.startswith(f"harness: {folder / 'source.hi'}: expected outputs in eng_Latn")

    def test_scoring_imports_no_library_for_models(self, folder: Path) -> None:
        arguments = ["score", "--task", "translate", "--reference", "ref.en", "--hypothesis", "."]
        code = f"import sys; sys.argv = ['harness', *{arguments}]\nfrom harness.cli import main\n" + (
            "try: main()\nexcept SystemExit as error: assert not error.code, error.code\n"
            "print([m for m in ('torch', 'transformers', 'datasets', 'huggingface_hub') if m in sys.modules])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder)
        assert done.stdout.splitlines()[-1] == "[]"


def test_ingest_writes_the_segments_of_a_new_article_once(run_cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "metro"
    folder.mkdir()
    (folder / "article.hin_Deva.txt").write_text("मेट्रो चली\n\nआज मेट्रो चली। लोग खुश हुए।\n", encoding="utf-8")
    answer = run_cli("ingest", folder)
    assert answer.code == 0
    assert answer.out.splitlines()[0] == f"{folder / 'segments.jsonl'}: 3 segments (1 title, 2 body)"
    assert answer.out.splitlines()[1].startswith("Next: check the segments")
    rows = [json.loads(line) for line in (folder / "segments.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(row["id"], row["text"]) for row in rows] == [
        ("metro#s01", "मेट्रो चली"), ("metro#s02", "आज मेट्रो चली।"), ("metro#s03", "लोग खुश हुए।"),
    ]  # fmt: skip
    again = run_cli("ingest", folder)
    assert (again.code, "exists already" in again.err) == (2, True)


def test_compare_puts_two_runs_into_one_table(run_cli: Cli, write_config: WriteConfig, tmp_path: Path) -> None:
    results = tmp_path / "results"
    run_cli("run", write_config(systems="[{name: copy, family: copy-source}]"), "--results", results)
    run_cli("run", write_config(systems="[{name: latin, family: transliterate}]"), "--results", results)
    names = sorted(path.name for path in results.glob("*/"))
    answer = run_cli("compare", *names, "--results", results, "--format", "json")
    assert answer.code == 0
    (task,) = json.loads(answer.out)["tasks"]
    assert {row["name"] for row in task["systems"]} == {"reference", "copy", "latin"}
    # The numbers are those of a run that has both.
    systems = "[{name: copy, family: copy-source}, {name: latin, family: transliterate}]"
    both = write_config(systems=systems).read_text(encoding="utf-8").replace("resamples: 100", "resamples: 1000")
    (tmp_path / "both.yaml").write_text(both, encoding="utf-8")
    together = json.loads(run_cli("run", tmp_path / "both.yaml", "--results", results, "--format", "json").out)
    rows, rows_together = (
        {row["name"]: {**row, "run": None} for row in of_command["systems"]}
        for of_command in (task, together["tasks"][0])
    )
    assert rows == rows_together
    assert {row["run"] for row in task["systems"]} == set(names)
    table = run_cli("compare", *names, "--results", results, "--baseline", "copy")
    assert "latin − copy" in table.out
    asked = run_cli(
        "compare", *names, "--results", results, "--baseline", "copy", "--no-worse", "1", "--difference", "2"
    )
    assert "no worse than copy by 1" in asked.out and "show a difference of 2" in asked.out


def test_rows_of_two_runs_are_labelled_by_what_differs_and_a_name_stands_for_the_latest_run(
    run_cli: Cli, write_config: WriteConfig, tmp_path: Path
) -> None:
    results = tmp_path / "results"
    for sentences in (1, 2):
        systems = f"[{{name: mine, family: random, sentences: {sentences}}}]"
        run_cli("run", write_config(tasks="[summarise]", systems=systems), "--results", results)
    latest, first = sorted((path for path in results.glob("*/")), key=lambda path: -path.stat().st_mtime)
    answer = run_cli("compare", first.name, "small", "--results", results, "--format", "json")
    (task,) = json.loads(answer.out)["tasks"]
    assert {row["name"] for row in task["systems"] if row["role"] == "system"} == {
        "mine [sentences=1]", "mine [sentences=2]",
    }  # fmt: skip
    assert answer.err == f"harness: small: {latest.name} is the latest of 2 runs; the others: {first.name}\n"


def test_run_prints_a_verdict_first_and_the_tests_of_the_best_system_against_the_others(
    run_cli: Cli, write_config: WriteConfig, tmp_path: Path
) -> None:
    systems = "[{name: copy, family: copy-source}, {name: latin, family: transliterate}]"
    config = write_config(systems=systems)
    out = run_cli("run", config, "--results", tmp_path / "results").out
    assert out.startswith("translate: latin leads on chrf++; shown to differ from every other system\n")
    assert "translate: differences in chrf++" in out
    assert "latin − copy" in out and "copy − latin" not in out


def test_compare_says_in_what_the_runs_differ_and_not_where_tables_are_read(
    run_cli: Cli, write_config: WriteConfig, tmp_path: Path
) -> None:
    results = tmp_path / "results"
    for place in ("one", "two"):
        run_cli("run", write_config(), "--results", results / place)
    one, two = (next((results / place).glob("*/")) for place in ("one", "two"))
    plain = run_cli("compare", one, two, "--format", "csv")
    assert plain.err == ""
    path = two / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["libraries"]["sacrebleu"] = "0.1"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    told = run_cli("compare", one, two, "--format", "csv")
    version = json.loads((one / "manifest.json").read_text(encoding="utf-8"))["libraries"]["sacrebleu"]
    assert told.out == plain.out
    assert told.err == f"differs: libraries.sacrebleu: {version} in {one}; 0.1 in {two}\n"
    differences = json.loads(run_cli("compare", one, two, "--format", "json").out)["differences"]
    assert differences == {"libraries.sacrebleu": {str(one): version, str(two): "0.1"}}
    path.write_text("{", encoding="utf-8")
    cut = run_cli("compare", one, two, "--format", "csv")
    assert (cut.code, cut.out) == (0, plain.out)
    assert cut.err == f"differs: manifest: there in {one}; missing or damaged in {two}\n"


def test_a_run_is_compared_with_its_like_at_another_place_but_not_with_itself(
    run_cli: Cli, write_config: WriteConfig, tmp_path: Path
) -> None:
    for place in ("one", "two"):
        run_cli("run", write_config(), "--results", tmp_path / place)
    (one,), (two,) = (list((tmp_path / place).glob("*/")) for place in ("one", "two"))
    answer = run_cli("compare", one, two, "--format", "json")
    rows = [row["name"] for row in json.loads(answer.out)["tasks"][0]["systems"] if row["role"] == "system"]
    assert rows == [f"copy ({one})", f"copy ({two})"]
    twice = run_cli("compare", one, one)
    assert (twice.code, twice.err) == (2, f"harness: run '{one}' is given twice; name each run once\n")


def test_a_bound_is_no_baseline(run_cli: Cli, write_config: WriteConfig, tmp_path: Path) -> None:
    run_cli("run", write_config(), "--results", tmp_path / "results")
    answer = run_cli("compare", "small", "--results", tmp_path / "results", "--baseline", "reference")
    assert (answer.code, answer.err) == (2, "harness: unknown --baseline 'reference' (known: copy)\n")


def test_compare_refuses_runs_on_different_data(run_cli: Cli, write_config: WriteConfig, tmp_path: Path) -> None:
    results = tmp_path / "results"
    run_cli("run", write_config(), "--results", results)
    run_cli("run", write_config(), "--results", results, "--limit", 8)
    answer = run_cli("compare", *sorted(path.name for path in results.glob("*/")), "--results", results)
    assert answer.code == 2
    assert "cannot be compared: run both configs on the same data" in answer.err
    assert "their segments differ (" in answer.err
    mixed = run_cli("compare", *sorted(path.name for path in results.glob("*/")), "--results", results, "--mixed")
    assert mixed.code == 0 and "Warning: mixed." in mixed.out
    names = sorted(path.name for path in results.glob("*/"))
    asked = run_cli("compare", *names, "--results", results, "--mixed", "--difference", "2")
    assert "harness: mixed rows are not tested: no answers to --no-worse, --difference and --slice\n" in asked.err


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
