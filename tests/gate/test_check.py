"""`harness bless` and `harness gate` on real runs: a baseline is made, held against later runs, and refused in time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from harness import models
from harness.core import files
from harness.core.records import Generation, Source
from tests.conftest import Answer, Cli
from tests.paths import DATASET

Replay = Callable[..., Path]


def rows(name: str, key: str, value: str) -> dict[str, str]:
    lines = (DATASET / name).read_text(encoding="utf-8").splitlines()
    return {row["id"]: row["text"] for row in map(json.loads, lines) if row[key] == value}


CLOSE = rows("translations.jsonl", "version", "close")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "results"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ci.json"


@pytest.fixture
def run(run_cli: Cli, tmp_path: Path, results: Path) -> Callable[..., Path]:
    """Run a config whose system `mine` replays the `close` translations with changes, and return the run's folder."""

    def call(
        change: Callable[[str], str] = lambda text: text,
        *,
        systems: str = "",
        tail: str = "",
        limit: int = 0,
        fresh: bool = False,
        code: int = 0,
    ) -> Path:
        outputs = tmp_path / "mine.jsonl"
        lines = [json.dumps({"id": name, "text": change(text)}) for name, text in CLOSE.items()]
        outputs.write_text("\n".join(lines) + "\n", encoding="utf-8")
        config = tmp_path / "ci.yaml"
        config.write_text(
            f"datasets: [{DATASET}]\ntasks: [translate]\nstatistics: {{resamples: 200}}\n{tail}\nsystems:\n"
            f"  - {{name: mine, family: replay, path: mine.jsonl}}\n{systems}",
            encoding="utf-8",
        )
        before = set(results.glob("*/")) if results.exists() else set()
        answer = run_cli(
            "run", config, "--results", results, *(("--limit", limit) if limit else ()), *(["--fresh"] * fresh)
        )
        assert answer.code == code, answer.err
        (new,) = set(results.glob("*/")) - before or {results / answer.err.strip().rpartition("/")[2]}
        return new

    return call


@pytest.fixture
def bless(run_cli: Cli, file: Path) -> Callable[..., Answer]:
    def call(run: Path, *arguments: object) -> Answer:
        return run_cli("bless", run, "--output", file, "--reason", "it is good", "--by", "Asha", *arguments)

    return call


@pytest.fixture
def gate(run_cli: Cli, file: Path) -> Callable[..., Answer]:
    def call(run: Path, *arguments: object) -> Answer:
        return run_cli("gate", run, "--baseline", file, *arguments)

    return call


def failures(answer: Answer) -> set[str]:
    found = json.loads(answer.out)["findings"]
    return {f"{each['system']}: {each['name']}" for each in found if each["status"] in ("regressed", "missing")}


def half(text: str) -> str:
    return text[: len(text) // 2]


# --- exit codes -------------------------------------------------------------------------------------------------------


def test_the_run_that_was_blessed_is_green(run: Any, bless: Any, gate: Any) -> None:
    folder = run()
    assert bless(folder).code == 0
    answer = gate(folder)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("gate: passed\n")
    found = json.loads(gate(folder, "--format", "json", "--same-system").out)
    assert found["passed"] and found["changes"] == []
    assert {finding["delta"] for finding in found["findings"]} == {0}
    assert {finding["name"] for finding in found["findings"]} == {
        "chrf++", "bleu", "missing", "empty", "stopped", "repetition", "wrong_script", "spacing",
    }  # fmt: skip


def test_worse_outputs_are_1_and_each_score_that_fell_is_named(run: Any, bless: Any, gate: Any) -> None:
    bless(run())
    worse = run(half)
    answer = gate(worse)
    assert answer.code == 1
    assert answer.out.startswith("gate: failed, 2 regressions\n")
    assert "worse: translate: mine: chrf++: 100.00 in the baseline" in answer.out
    found = json.loads(gate(worse, "--format", "json").out)
    (chrf,) = [finding for finding in found["findings"] if finding["name"] == "chrf++"]
    assert (chrf["baseline"], chrf["reasons"]) == (pytest.approx(100), ["likely", "test"])
    assert chrf["p"] == pytest.approx(0.5 / 1001)  # two scores need no more than the least number of swaps
    assert chrf["p_adjusted"] == pytest.approx(2 * 0.5 / 1001)


def test_a_drop_that_may_be_chance_is_0_and_shown_with_the_n_that_would_decide(run: Any, bless: Any, gate: Any) -> None:
    bless(run())
    lost = {CLOSE[name] for name in DAMAGED[:3]}
    answer = gate(run(lambda text: "Nothing." if text in lost else text))
    assert answer.code == 0
    assert answer.out.startswith("gate: passed, 2 unclear\n")
    said = " ".join(answer.out.split())
    assert "unclear: translate: mine: chrf++: 100.00 in the baseline" in said
    # Three of 19 changed, and four must change for p < 0.1.
    assert "may be chance; n = 19 segments, about 26 would decide." in said


def test_by_the_rule_no_worse_a_run_fails_unless_that_is_shown(run: Any, bless: Any, gate: Any) -> None:
    tail = "gate: {rule: no_worse, tolerance: 5}"
    folder = run(tail=tail)
    bless(folder)
    assert gate(folder).code == 0
    answer = gate(run(lambda text: text.replace("the", "a", 1), tail=tail))
    assert answer.code == 1
    assert answer.out.startswith("gate: failed, 2 scores not shown to be no worse\n")
    said = " ".join(answer.out.split())
    assert "fewer than 20 changed, which is too few to show that it is no worse." in said


def test_better_outputs_are_0_and_pointed_out(run: Any, bless: Any, gate: Any) -> None:
    bless(run(half))
    answer = gate(run())
    assert answer.code == 0
    assert answer.out.startswith("gate: passed, 2 improvements\n")
    assert "changed in translate: mine: files was " in answer.out


def test_a_run_on_other_segments_is_2_and_one_line(run: Any, bless: Any, gate: Any) -> None:
    bless(run())
    answer = gate(run(limit=8))
    assert (answer.code, answer.out) == (2, "")
    assert "the segments of translate were 19 and are 8 (india-japan#s09 is gone)" in answer.err
    assert len(answer.err.splitlines()) == 1


def test_with_same_system_another_replayed_file_is_2(run: Any, bless: Any, gate: Any) -> None:
    bless(run())
    other = run(lambda text: text.replace("the", "a"))
    answer = gate(other, "--same-system")
    assert (answer.code, answer.out) == (2, "")
    assert "not the same systems as in the baseline: files was [" in answer.err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        ("{}", "expected a baseline that harness bless wrote"),
        ('{"kind": "harness baseline", "schema": 1}', "the baseline is damaged"),
        ("{", "expected JSON"),
    ],
)
def test_what_is_no_baseline_is_2_and_one_line(
    run: Any, gate: Any, file: Path, content: str | None, message: str
) -> None:
    folder = run()
    if content is not None:
        file.write_text(content, encoding="utf-8")
    answer = gate(folder)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"harness: {file}: ")
    assert message in answer.err
    assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize("name", ["outputs", "outputs/translate", "outputs/translate/mine.jsonl"])
def test_outputs_that_were_deleted_are_named_and_the_command_that_is_printed_restores_them(
    run: Any, bless: Any, gate: Any, run_cli: Cli, name: str
) -> None:
    folder = run()
    bless(folder)
    path = folder / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    answer = gate(folder)
    start = f"harness: {folder / 'outputs/translate/mine.jsonl'}: the outputs of mine are missing; restore them from "
    assert (answer.code, len(answer.err.splitlines())) == (2, 1)
    assert answer.err.startswith(start)
    assert run_cli(*answer.err.rpartition(": harness ")[2].split()).code == 0
    assert gate(folder).code == 0


def test_a_config_that_was_deleted_is_named_and_the_command_that_is_printed_restores_it(
    run: Any, bless: Any, gate: Any, run_cli: Cli
) -> None:
    folder = run()
    bless(folder)
    (folder / "config.yaml").unlink()
    answer = gate(folder)
    assert (answer.code, len(answer.err.splitlines())) == (2, 1)
    assert answer.err.startswith(f"harness: {folder}: config.yaml is missing; run `harness run ")
    assert run_cli(*answer.err.partition("`harness ")[2].partition("`")[0].split()).code == 0
    assert gate(folder).code == 0


def test_after_an_edit_of_the_config_its_name_stands_for_the_latest_run_and_the_gate_says_so(
    run: Any, bless: Any, run_cli: Cli, results: Path, file: Path
) -> None:
    first = run()
    bless(first)
    second = run(systems="  - {name: copy, family: copy-source}\n")
    answer = run_cli("gate", "ci", "--results", results, "--baseline", file)
    assert answer.code == 0
    assert answer.err == f"harness: ci: {second.name} is the latest of 2 runs; the others: {first.name}\n"
    assert f"\n{second.name} against {first.name}" in answer.out
    run()  # of the old config again: it has nothing to do, and is the latest now
    answer = run_cli("gate", "ci", "--results", results, "--baseline", file)
    assert answer.err == f"harness: ci: {first.name} is the latest of 2 runs; the others: {second.name}\n"


def test_a_run_is_found_by_its_name(run: Any, bless: Any, run_cli: Cli, results: Path, file: Path) -> None:
    bless(run())
    assert run_cli("gate", "ci", "--results", results, "--baseline", file).code == 0
    assert run_cli("gate", "cj", "--results", results, "--baseline", file).code == 2


# --- what is no score, from the outputs that a run keeps --------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "names"),
    [
        pytest.param(
            lambda text: "" if text == CLOSE["india-japan#s03"] else text,
            {"empty"},  # how far the scores fell may be chance
            id="one is empty",
        ),
        pytest.param(
            lambda text: "नमस्ते " * 2 if text in {CLOSE[f"india-japan#s0{number}"] for number in (1, 2)} else text,
            set(),
            id="two are Hindi",
        ),
        pytest.param(
            lambda text: "नमस्ते " * 2 if text in {CLOSE[f"india-japan#s0{number}"] for number in range(1, 5)} else text,
            {"chrf++", "bleu", "wrong_script"},
            id="four are Hindi",
        ),
        pytest.param(lambda text: f"{text} {'very ' * 20}", {"chrf++", "bleu", "repetition"}, id="all go on and on"),
    ],
)
def test_it_is_measured_in_the_outputs(
    run: Any, bless: Any, gate: Any, change: Callable[[str], str], names: set[str]
) -> None:
    bless(run())
    answer = gate(run(change), "--format", "json")
    assert failures(answer) == {f"mine: {name}" for name in names}
    assert answer.code == (1 if names else 0)


def test_what_a_system_read_and_how_fast_it_was_comes_from_the_outputs_too(
    run: Any, bless: Any, gate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def generating(**changes: Any) -> Callable[..., Iterator[Generation]]:
        def generate(self: Any, sources: list[Source]) -> Iterator[Generation]:
            for source in sources:
                counts = {"input_tokens": 10, "output_tokens": 5, "seconds": 0.1, "unknown_tokens": 0, "cut_tokens": 0}
                yield Generation(source.id, source.text, **(counts | changes))

        return generate

    systems = "  - {name: copy, family: copy-source}\n"
    tail = "gate: {speed: 0.5}"
    monkeypatch.setattr(models.PerSource, "generate", generating())
    bless(run(systems=systems, tail=tail))
    monkeypatch.setattr(
        models.PerSource,
        "generate",
        generating(unknown_tokens=1, cut_tokens=2, truncated=True, finish="length", seconds=0.3),
    )
    # Another source text makes it another run; the system is the same, and so are its outputs unless made afresh.
    answer = gate(run(lambda text: f"{text} ", systems=systems, tail=tail, fresh=True), "--format", "json")
    assert failures(answer) == {"copy: cut", "copy: stopped", "copy: unknown", "copy: speed"}
    by_name = {each["name"]: each for each in json.loads(answer.out)["findings"] if each["system"] == "copy"}
    assert (by_name["speed"]["baseline"], by_name["speed"]["now"]) == (pytest.approx(50), pytest.approx(5 / 0.3))
    assert (by_name["unknown"]["now"], by_name["cut"]["now"]) == (10, 100)


def test_outputs_that_are_not_those_that_were_scored_are_refused(run: Any, bless: Any, gate: Any) -> None:
    folder = run()
    bless(folder)
    outputs = folder / "outputs" / "translate" / "mine.jsonl"
    outputs.write_text(outputs.read_text(encoding="utf-8").replace("the", "a", 1), encoding="utf-8")
    answer = gate(folder)
    assert answer.code == 2
    assert "mine.jsonl: expected the outputs that were scored, found others" in answer.err


@pytest.mark.parametrize("name", ["manifest.json", "scores.json"])
def test_a_run_without_its_record_is_2(run: Any, bless: Any, gate: Any, name: str) -> None:
    folder = run()
    bless(folder)
    (folder / name).unlink()
    answer = gate(folder)
    assert (answer.code, len(answer.err.splitlines())) == (2, 1)
    assert name in answer.err


# --- systems ----------------------------------------------------------------------------------------------------------

COPY = "  - {name: copy, family: copy-source}\n"
SHORT = "  - {name: short, family: replay, path: short.jsonl}\n"


def test_a_system_that_is_gone_fails_and_a_new_one_is_listed(run: Any, bless: Any, gate: Any) -> None:
    bless(run(systems=COPY))
    answer = gate(run(systems="  - {name: latin, family: transliterate}\n"))
    assert answer.code == 1
    assert "worse: translate: copy: missing segments: 19; the run has no scores of this system" in answer.out
    assert "not in the baseline, so not gated: translate: latin" in answer.out


def test_bounds_are_not_gated(run: Any, bless: Any, gate: Any) -> None:
    folder = run()
    bless(folder)
    found = json.loads(gate(folder, "--format", "json").out)["findings"]
    assert {each["system"] for each in found} == {"mine"}


def test_a_system_that_fails_halfway_fails_with_the_segments_that_it_lacks(
    run: Any, bless: Any, gate: Any, tmp_path: Path
) -> None:
    lines = [json.dumps({"id": name, "text": text}) for name, text in CLOSE.items()]
    (tmp_path / "short.jsonl").write_text("\n".join(lines), encoding="utf-8")
    bless(run(systems=SHORT))
    (tmp_path / "short.jsonl").write_text("\n".join(lines[:-3]), encoding="utf-8")
    answer = gate(run(systems=SHORT, code=3), "--format", "json")
    assert answer.code == 1
    assert failures(answer) == {"short: missing"}
    (finding,) = [each for each in json.loads(answer.out)["findings"] if each["system"] == "short"]
    assert (finding["now"], finding["reasons"]) == (3, ["failed"])
    assert "has no text for india-japan#s17" in finding["remark"]


# --- where the limits come from ---------------------------------------------------------------------------------------


def test_the_runs_own_config_decides(run: Any, bless: Any, gate: Any) -> None:
    bless(run())
    worse = run(half, tail="gate: {tolerance: 100, rule: tolerance}")
    assert gate(worse).code == 0


def test_another_gate_section_is_the_same_run_and_the_newest_one_counts(run: Any, bless: Any, gate: Any) -> None:
    bless(run())
    strict = run(half)
    assert gate(strict).code == 1
    assert run(half, tail="gate: {tolerance: 100, rule: tolerance}") == strict
    assert gate(strict).code == 0


def test_config_takes_the_limits_from_another_file_whose_data_need_not_be_there(
    run: Any, bless: Any, gate: Any, tmp_path: Path
) -> None:
    bless(run())
    worse = run(half)
    other = tmp_path / "limits.yaml"
    other.write_text("datasets: [nowhere]\ngate: {tolerance: 100, rule: tolerance}\n", encoding="utf-8")
    assert gate(worse, "--config", other).code == 0
    other.write_text("gate:\n  tolerance: lots\n  rul: test\n", encoding="utf-8")
    answer = gate(worse, "--config", other)
    assert answer.code == 2
    assert answer.err.splitlines() == [
        f'{other} line 2: gate.tolerance: expected a number, found "lots"',
        f"{other} line 3: unknown key 'rul'; did you mean 'rule'? "
        "(known: checks, confidence, confirm, ignore_below, metrics, rule, slack_outputs, speed, tolerance)",
    ]


# --- a second run that confirms a failure -----------------------------------------------------------------------------

CONFIRM = "gate: {confirm: rerun}"


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[str], str]], None]:
    """Let the system `copy` answer with the `close` translations, changed; None in the place of one is an error."""

    def call(change: Callable[[str], str]) -> None:
        def generate(self: Any, sources: list[Source]) -> Iterator[Generation]:
            for source in sources:
                yield Generation(source.id, change(CLOSE[source.id]))

        monkeypatch.setattr(models.PerSource, "generate", generate)

    return call


def crash(text: str) -> str:
    raise MemoryError("no memory left")


def same(text: str) -> str:
    return text


@pytest.mark.parametrize(
    ("first", "second", "failed", "unclear"),
    [
        pytest.param(half, half, {"copy: chrf++", "copy: bleu"}, set(), id="worse both times"),
        pytest.param(half, same, set(), {"copy: chrf++", "copy: bleu"}, id="worse the first time only"),
        pytest.param(crash, same, set(), {"copy: missing"}, id="crashed the first time only"),
        pytest.param(crash, half, {"copy: chrf++", "copy: bleu"}, {"copy: missing"}, id="crashed, then worse"),
        pytest.param(crash, crash, {"copy: missing"}, set(), id="crashed both times"),
        pytest.param(half, crash, {"copy: chrf++", "copy: bleu"}, set(), id="worse, then crashed"),
    ],
)
def test_with_confirm_only_what_fails_both_times_fails(
    run: Any, bless: Any, gate: Any, answers: Any, results: Path, first: Any, second: Any, failed: set[str],
    unclear: set[str],
) -> None:  # fmt: skip
    answers(same)
    bless(run(systems=COPY, tail=CONFIRM))
    answers(first)
    folder = run(systems=COPY, tail=CONFIRM, fresh=True, code=3 if first is crash else 0)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    answers(second)
    answer = gate(folder, "--format", "json")
    assert answer.code == (1 if failed else 0), answer.err
    assert failures(answer) == failed
    verdict = json.loads(answer.out)
    assert {
        f"{each['system']}: {each['name']}" for each in verdict["findings"] if each["status"] == "unclear"
    } == unclear
    assert verdict["second_run"] == str(results / "confirm" / folder.name)
    assert verdict["passed"] == (not failed)
    assert "harness: the gate failed; its systems run again to confirm that (gate.confirm)\n" in answer.err
    # The first run stays as it was.
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    names = {name for each in verdict["evidence"] for segment in each["segments"] for name in segment["effects"]}
    assert {f"copy: {name}" for name in names} == failed


def test_a_score_that_was_made_again_says_both_values(run: Any, bless: Any, gate: Any, answers: Any) -> None:
    answers(same)
    bless(run(systems=COPY, tail=CONFIRM))
    answers(half)
    folder = run(systems=COPY, tail=CONFIRM, fresh=True)
    answers(same)
    printed = gate(folder, "--format", "markdown").out.replace("\\", "")
    assert "- unclear: translate: copy: chrf++: 100.00 in the baseline" in printed
    assert "made again: 100.00" in printed and "it failed, and passed when it was made again" in printed
    assert "Only what fails both times fails." in printed


def test_a_gate_that_passes_or_does_not_ask_for_it_makes_nothing_again(
    run: Any, bless: Any, gate: Any, answers: Any, results: Path
) -> None:
    answers(same)
    bless(run(systems=COPY, tail=CONFIRM))
    assert gate(run(systems=COPY, tail=CONFIRM)).code == 0
    answers(half)
    assert gate(run(systems=COPY, fresh=True)).code == 1
    assert not (results / "confirm").exists()


def test_a_system_that_the_run_does_not_have_cannot_be_made_again(
    run: Any, bless: Any, gate: Any, results: Path
) -> None:
    bless(run(systems=COPY, tail=CONFIRM))
    assert gate(run(tail=CONFIRM)).code == 1
    assert not (results / "confirm").exists()


def test_a_run_whose_data_changed_since_is_not_made_again(run: Any, bless: Any, gate: Any, tmp_path: Path) -> None:
    bless(run(tail=CONFIRM))
    folder = run(half, tail=CONFIRM)
    outputs = tmp_path / "mine.jsonl"
    outputs.write_text(outputs.read_text(encoding="utf-8").replace("the", "a"), encoding="utf-8")
    answer = gate(folder)
    assert (answer.code, answer.out) == (2, "")
    assert f"harness: run {folder.name}: gate.confirm cannot make this run again: " in answer.err


# --- other forms of the verdict ---------------------------------------------------------------------------------------


def test_numbers_are_checked_if_the_config_says_by_how_much(run: Any, bless: Any, gate: Any) -> None:
    tail = "gate: {tolerance: 100, metrics: {bleu: {tolerance: 100}}, checks: {quantities: 2}}"
    bless(run(tail=tail))
    answer = gate(run(lambda text: text.replace("2", "3").replace("1", "7"), tail=tail), "--format", "json")
    findings = {each["name"]: each["status"] for each in json.loads(answer.out)["findings"]}
    assert findings["quantities"] == "regressed"
    assert answer.code == 1


def test_markdown_and_junit_say_the_same(run: Any, bless: Any, gate: Any, tmp_path: Path) -> None:
    bless(run())
    report = tmp_path / "reports" / "gate.xml"
    answer = gate(run(half), "--format", "markdown", "--junit", report)
    assert answer.code == 1
    assert answer.out.startswith("### gate: failed, 2 regressions\n")
    root = ET.parse(report).getroot()
    assert (root.get("tests"), root.get("failures")) == ("8", "2")


def test_a_junit_file_that_cannot_be_written_is_2(run: Any, bless: Any, gate: Any, tmp_path: Path) -> None:
    folder = run()
    bless(folder)
    answer = gate(folder, "--junit", tmp_path)
    assert (answer.code, answer.out) == (2, "")
    assert "found a folder" in answer.err


def test_the_summary_of_a_job_on_github_is_appended_to(
    run: Any, bless: Any, gate: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = run()
    bless(folder)
    summary = tmp_path / "summary.md"
    summary.write_text("# before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    printed = gate(folder, "--format", "markdown").out
    assert summary.read_text(encoding="utf-8") == f"# before\n{printed}\n"


def test_a_summary_that_cannot_be_written_is_a_warning(
    run: Any, bless: Any, gate: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = run()
    bless(folder)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    answer = gate(folder, "--format", "json")
    assert answer.code == 0
    assert json.loads(answer.out)["passed"]
    assert answer.err.startswith(f"harness: warning: GITHUB_STEP_SUMMARY: {tmp_path}: could not write")


# --- which segments ---------------------------------------------------------------------------------------------------

DAMAGED = ("india-japan#s03", "india-japan#s07", "india-japan#s11", "india-japan#s15")


def damaged(text: str) -> str:
    return "Nothing." if text in {CLOSE[name] for name in DAMAGED} else text


def evidence(answer: Answer) -> dict[str, Any]:
    (found,) = json.loads(answer.out)["evidence"]
    return {segment["id"]: segment for segment in found["segments"]} | {"remark": found["remark"]}


def test_a_failed_score_names_the_segments_that_moved_it_most_with_both_texts(
    run: Any, bless: Any, gate: Any, tmp_path: Path
) -> None:
    bless(run())
    report = tmp_path / "gate.xml"
    worse = run(damaged)
    answer = gate(worse, "--format", "json", "--junit", report)
    found = evidence(answer)
    assert found.pop("remark") == ""
    assert tuple(found) == DAMAGED  # those that did not change moved nothing
    for name in DAMAGED:
        assert (found[name]["baseline"], found[name]["now"]) == (CLOSE[name], "Nothing.")
        assert set(found[name]["effects"]) == {"chrf++", "bleu"}
        assert all(effect < 0 for effect in found[name]["effects"].values())
    for form in ("table", "markdown"):
        printed = gate(worse, "--format", form).out
        assert printed.count("worst segments: translate: mine") == 1
        for name in DAMAGED:
            assert printed.count(f"{name} before: {CLOSE[name][:40]}") == 1
            assert printed.count(f"{name} now: Nothing.") == 1
    failed = ET.parse(report).getroot().findall("testsuite/testcase/failure")
    assert [(each.text or "").count("now: Nothing.") for each in failed] == [4, 4]
    assert all("changed: files was " in (each.text or "") for each in failed)


def test_at_most_five_segments_are_named_for_each_score_and_the_others_are_counted(
    run: Any, bless: Any, gate: Any, tmp_path: Path
) -> None:
    bless(run())
    worse, report = run(half), tmp_path / "gate.xml"
    answer = gate(worse, "--format", "json", "--junit", report)
    found = evidence(answer)
    (listed,) = json.loads(answer.out)["evidence"]
    for name in ("chrf++", "bleu"):
        assert sum(name in each["effects"] for key, each in found.items() if key != "remark") == 5
        assert listed["counts"][name] > 5
    chrf, bleu = (f"5 of {listed['counts'][name]}" for name in ("chrf++", "bleu"))
    assert f"test set: {chrf} for chrf++, {bleu} for bleu\n" in gate(worse, "--format", "markdown").out
    assert f"Shown: {chrf} that made it worse." in report.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ("empty", ""), ("wrong_script", "नमस्ते " * 8), ("repetition", "a b c d " * 20),
    ],
)  # fmt: skip
def test_a_failed_check_names_its_outputs(run: Any, bless: Any, gate: Any, name: str, output: str) -> None:
    bless(run())
    ids = [f"india-japan#s0{number}" for number in (7, 8, 9)]
    worse = run(lambda text: output if text in {CLOSE[each] for each in ids} else text)
    found = evidence(gate(worse, "--format", "json"))
    assert [key for key, each in found.items() if key != "remark" and name in each["effects"]] == ids
    assert all(found[each]["effects"][name] > 0 for each in ids)


def test_missing_outputs_are_named(run: Any, bless: Any, gate: Any, tmp_path: Path) -> None:
    lines = [json.dumps({"id": name, "text": text}) for name, text in CLOSE.items()]
    (tmp_path / "short.jsonl").write_text("\n".join(lines), encoding="utf-8")
    bless(run(systems=SHORT))
    (tmp_path / "short.jsonl").write_text("\n".join(lines[:-3]), encoding="utf-8")
    found = evidence(gate(run(systems=SHORT, code=3), "--format", "json"))
    last = list(CLOSE)[-3:]
    assert [key for key in found if key != "remark"] == last
    assert all((found[name]["baseline"], found[name]["now"]) == (CLOSE[name], None) for name in last)


def test_without_the_outputs_of_the_blessed_run_the_gate_says_that_they_are_not_here(
    run: Any, bless: Any, gate: Any, results: Path
) -> None:
    blessed = run()
    bless(blessed)
    worse = run(damaged)
    for path in results.glob("store.sqlite*"):
        path.unlink()
    if blessed != worse:
        (blessed / "outputs" / "translate" / "mine.jsonl").unlink()
    answer = gate(worse, "--format", "json")
    found = evidence(answer)
    assert (
        found["remark"] == f"a baseline's file has no texts; to see them, use a results folder that has {blessed.name}"
    )
    assert {found[name]["baseline"] for name in DAMAGED} == {None}
    assert {found[name]["now"] for name in DAMAGED} == {"Nothing."}
    assert f"No text before: {found['remark']}." in gate(worse, "--format", "markdown").out.replace("\\", "")


def test_a_gate_that_passes_names_no_segment(run: Any, bless: Any, gate: Any) -> None:
    bless(run(half))
    answer = gate(run(), "--format", "json")
    assert (answer.code, json.loads(answer.out)["evidence"]) == (0, [])


# --- no verdict -------------------------------------------------------------------------------------------------------


def _no_baseline(folder: Path, file: Path) -> tuple[object, ...]:
    file.unlink()
    return (folder,)


def _other_run(folder: Path, _: Path) -> tuple[object, ...]:
    return (folder.with_name("nothing"),)


def _no_scores(folder: Path, _: Path) -> tuple[object, ...]:
    (folder / "scores.json").unlink()
    return (folder,)


def _wrong_limits(folder: Path, file: Path) -> tuple[object, ...]:
    limits = file.with_name("limits.yaml")
    limits.write_text("gate: {rul: test}\n", encoding="utf-8")
    return folder, "--config", limits


@pytest.mark.parametrize("fault", [_no_baseline, _other_run, _no_scores, _wrong_limits])
def test_without_a_verdict_junit_has_an_error_and_the_summary_says_why(
    run: Any, bless: Any, gate: Any, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    folder = run()
    bless(folder)
    summary, report = tmp_path / "summary.md", tmp_path / "gate.xml"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    answer = gate(*fault(folder, file), "--junit", report)
    assert (answer.code, answer.out) == (2, "")
    message = answer.err.strip().removeprefix("harness: ")
    (error,) = ET.parse(report).getroot().findall("testsuite/testcase/error")
    assert error.get("message") == message
    written = summary.read_text(encoding="utf-8")
    assert written.startswith("### gate: no verdict\n")
    assert message in written.replace("\\", "")


# --- blessing ---------------------------------------------------------------------------------------------------------


def test_it_records_who_when_why_and_of_what(run: Any, bless: Any, file: Path) -> None:
    folder = run()
    answer = bless(folder)
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found["run"] == folder.name
    assert (found["blessed"]["by"], found["blessed"]["reason"]) == ("Asha", "it is good")
    assert found["blessed"]["when"].endswith("+00:00")
    assert found["versions"]["sacrebleu"]
    assert f"{file}: {folder.name}: mine on translate\n" in answer.out
    assert "blessed by Asha at " in answer.out


def test_who_is_gits_user_where_nobody_is_named(
    run: Any, run_cli: Cli, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in (("GIT_CONFIG_GLOBAL", tmp_path / "gitconfig"), ("GIT_CONFIG_SYSTEM", "/dev/null")):
        monkeypatch.setenv(key, str(value))
    (tmp_path / "gitconfig").write_text("[user]\n\tname = Asha Rao\n\temail = asha@example.org\n", encoding="utf-8")
    assert run_cli("bless", run(), "--output", file, "--reason", "first").code == 0
    assert json.loads(file.read_text(encoding="utf-8"))["blessed"]["by"] == "Asha Rao <asha@example.org>"


def test_a_replaced_baseline_shows_what_changed(run: Any, bless: Any, file: Path) -> None:
    bless(run())
    answer = bless(run(half))
    assert answer.code == 0
    assert answer.out.startswith("what this changes\n")
    assert "regressed" in answer.out
    assert json.loads(file.read_text(encoding="utf-8"))["blessed"]["by"] == "Asha"


def test_a_replaced_baseline_of_other_data_says_so(run: Any, bless: Any) -> None:
    bless(run())
    answer = bless(run(limit=8))
    assert answer.code == 0
    assert answer.out.startswith("replaces a baseline of something else: ")
    assert "the segments of translate were 19 and are 8" in answer.out


def test_a_file_that_is_no_baseline_is_never_replaced(run: Any, bless: Any, file: Path) -> None:
    file.write_text('{"precious": true}', encoding="utf-8")
    answer = bless(run())
    assert (answer.code, answer.out) == (2, "")
    assert "expected a baseline that harness bless wrote" in answer.err
    assert file.read_text(encoding="utf-8") == '{"precious": true}'


def test_without_a_reason_nothing_is_blessed(run: Any, run_cli: Cli, file: Path) -> None:
    folder = run()
    for arguments in ((), ("--reason", " ")):
        answer = run_cli("bless", folder, "--output", file, *arguments)
        assert answer.code == 2
        assert "--reason" in answer.err
        assert not file.exists()


def test_a_run_in_which_a_system_failed_is_blessed_only_without_it_and_only_when_told_so(
    run: Any, bless: Any, gate: Any, file: Path, tmp_path: Path
) -> None:
    one = json.dumps({"id": "india-japan#s01", "text": "One."})
    (tmp_path / "short.jsonl").write_text(one, encoding="utf-8")
    folder = run(systems=SHORT, code=3)
    answer = bless(folder)
    assert (answer.code, file.exists()) == (2, False)
    assert ": not complete: translate: short failed: " in answer.err
    answer = bless(folder, "--partial")
    assert answer.code == 0
    assert "left out: translate: short failed: " in answer.out
    (task,) = json.loads(file.read_text(encoding="utf-8"))["tasks"]
    assert [system["name"] for system in task["systems"]] == ["mine"]
    assert gate(folder).code == 0


def test_a_run_of_which_a_system_was_never_made_is_not_complete(
    run: Any, run_cli: Cli, bless: Any, results: Path, tmp_path: Path
) -> None:
    run(systems=COPY)
    config = tmp_path / "ci.yaml"
    config.write_text(
        config.read_text(encoding="utf-8").replace("copy, family: copy-source", "other, family: transliterate"),
        encoding="utf-8",
    )
    run_cli("run", config, "--results", results, "--system", "mine")
    (folder,) = [path for path in results.glob("*/") if "other" in (path / "config.yaml").read_text(encoding="utf-8")]
    answer = bless(folder)
    assert answer.code == 2
    assert "translate: other was not run" in answer.err
    assert bless(folder, "--partial").code == 0


def test_several_samples_are_kept_and_compared(run: Any, bless: Any, gate: Any, file: Path, tmp_path: Path) -> None:
    """A system that samples has several views of each segment; the file keeps all of them."""
    folder = run()
    scores = folder / "scores.json"
    tree = json.loads(scores.read_text(encoding="utf-8"))
    for row in tree["tasks"][0]["statistics"]["rows"]:
        row["statistics"] = {name: views * 2 for name, views in row["statistics"].items()}
    scores.write_text(json.dumps(tree), encoding="utf-8")
    outputs = folder / "outputs" / "translate" / "mine.jsonl"
    kept = [json.loads(line) for line in outputs.read_text(encoding="utf-8").splitlines()]
    twice = [row | {"sample": sample} for row in kept for sample in (0, 1)]
    outputs.write_text("".join(json.dumps(row) + "\n" for row in twice), encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    texts = sorted([row["id"], row["text"]] for row in twice)
    manifest["systems"]["mine"]["translate"]["digest"] = files.digest_json(texts)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert bless(folder).code == 0
    (system,) = json.loads(file.read_text(encoding="utf-8"))["tasks"][0]["systems"]
    assert (system["diagnostics"]["outputs"], len(system["statistics"]["bleu"])) == (38, 2)
    assert gate(folder).code == 0
