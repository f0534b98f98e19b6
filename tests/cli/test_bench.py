"""`harness bench`: what it measures, what it prints, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.engines import ctranslate2
from harness.runs.bench import process
from harness.runs.bench.process import Ended
from harness.runs.bench.worker import BenchJob
from harness.runs.interrupts import Interrupted
from tests.conftest import Cli
from tests.paths import ROOT

TINY = ROOT / "tests" / "models" / "tiny-mt5"
SYSTEMS = f"[{{name: lead, family: lead, sentences: 1}}, {{name: tiny, family: mt5, checkpoint: {TINY}}}]"

WriteConfig = Callable[..., Path]


@pytest.fixture
def config(write_config: WriteConfig) -> Path:
    return write_config(tasks="[summarise]", systems=SYSTEMS)


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[BenchJob]:
    """Measure nothing: every process ends with two passes, twice as fast with one thread. Return the jobs of them."""
    started: list[BenchJob] = []

    def run(job: BenchJob, deadline: float) -> Ended:
        started.append(job)
        work: Any = job.work
        threads = getattr(work, "settings", getattr(work, "options", None))
        seconds = 1.0 if getattr(threads, "threads", None) == 1 else 2.0
        passes = [{"event": "pass", "seconds": seconds, "tokens": 80, "others": 0.0}] * 2
        memory: Mapping[str, Any] = {"event": "memory", "peak_memory": 400_000_000, "threads": 2, "warnings": []}
        sources = {"event": "sources", "sources": job.sources or 8, "articles": 4.0}
        return Ended([{"event": "loaded", "seconds": 3.0}, sources, *passes, memory], 0, "")

    monkeypatch.setattr(process, "run", run)
    return started


def test_a_real_system_is_measured_in_a_process_and_one_that_no_engine_decodes_is_named(
    run_cli: Cli, config: Path
) -> None:
    answer = run_cli(
        "bench", config, "--engine", "transformers", "--repeats", "2", "--sources", "2", "--format", "json"
    )
    assert answer.code == 0
    assert answer.err.startswith("1/1 tiny, as configured: about ")
    whole = json.loads(answer.out)
    assert whole["notes"] == ["Not measured, because no engine decodes them: lead."]
    (system,) = whole["systems"]
    (row,) = system["rows"]
    assert (system["name"], system["workload"], row["error"]) == ("tiny", "summarise, 4 beams", None)
    assert len(row["passes"]) == 2 and all(each["tokens"] > 0 for each in row["passes"])
    assert row["load_seconds"] > 0 and row["peak_memory"] > 100_000_000


@pytest.mark.usefixtures("jobs")
def test_the_answer_and_the_lines_to_paste_are_printed(run_cli: Cli, config: Path) -> None:
    answer = run_cli("bench", config, "--threads", "1")
    assert answer.code == 0
    assert answer.out.startswith("tiny: 1 thread writes 2.0 times as many tokens per second as now\n")
    assert answer.out.endswith(
        f"\n# {config}: 2.0 times as fast, the same outputs\n- name: tiny  # its other keys stay\n  threads: 1\n"
    )
    markdown = run_cli("bench", config, "--threads", "1", "--format", "markdown").out
    assert markdown.endswith("\n```yaml\n" + answer.out[answer.out.index("# ") :] + "```\n")


def test_every_row_of_a_system_has_the_sources_of_the_first(run_cli: Cli, config: Path, jobs: list[BenchJob]) -> None:
    run_cli("bench", config, "--threads", "1,2")
    assert [job.sources for job in jobs] == [None, 8, 8]
    run_cli("bench", config, "--threads", "1", "--sources", "3", "--repeats", "7")
    assert [(job.sources, job.repeats) for job in jobs[3:]] == [(3, 7), (3, 7)]


def test_a_published_size_needs_no_config_and_writes_its_weights_once(run_cli: Cli, jobs: list[BenchJob]) -> None:
    answer = run_cli("bench", "--random-weights", "mt5-small", "--threads", "1")
    assert answer.out.startswith("mt5-small: 1 thread writes")
    assert "random weights, random articles, 4 beams, 64 new tokens for each; 8 sources" in " ".join(answer.out.split())
    assert [type(job.work).__name__ for job in jobs] == ["WriteWeights", "RandomWork", "RandomWork"]
    assert answer.out.endswith(
        "# 2.0 times as fast, the same outputs\n- name: mt5-small  # its other keys stay\n  threads: 1\n"
    )


def test_the_articles_of_a_config_give_the_lengths_of_random_inputs(
    run_cli: Cli, config: Path, jobs: list[BenchJob]
) -> None:
    run_cli("bench", config, "--random-weights", "nllb-600m", "--threads", "1")
    work: Any = jobs[-1].work
    assert (len(work.lengths), work.inputs_per_article) == (256, 19.0)


def test_an_interrupt_prints_what_is_done(
    run_cli: Cli, config: Path, jobs: list[BenchJob], monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = process.run

    def run(job: BenchJob, deadline: float) -> Ended:
        if jobs:
            raise Interrupted
        return measured(job, deadline)

    monkeypatch.setattr(process, "run", run)
    answer = run_cli("bench", config, "--threads", "1")
    assert answer.code == 130
    assert answer.out.startswith("tiny\n") and "as configured      40.0" in answer.out
    assert "Interrupted: the rows that were not finished are missing." in answer.out
    assert answer.err.endswith("harness: interrupted\n")


def test_an_engine_that_converts_weights_does_so_first_and_has_the_decoding_that_it_needs(
    run_cli: Cli, write_config: WriteConfig, jobs: list[BenchJob]
) -> None:
    decoding = "decoding: {no_repeat_ngram_size: 2}"
    config = write_config(tasks="[summarise]", systems=f"[{{name: tiny, family: mt5, checkpoint: {TINY}, {decoding}}}]")
    answer = run_cli("bench", config, "--compute-type", "int8", "--format", "json")
    assert [type(job.work).__name__ for job in jobs] == ["SystemWork", "Convert", "SystemWork"]
    assert "tiny, ctranslate2 int8: converting the weights, which is not measured\n" in answer.err
    work: Any = jobs[-1].work
    assert (work.options.engine, work.options.compute_type) == ("ctranslate2", "int8")
    keys = json.loads(answer.out)["systems"][0]["rows"][1]["keys"]
    assert keys["decoding"] == {"no_repeat_ngram_size": 2, "renormalize_logits": True}


def test_random_weights_are_converted_into_a_folder_that_is_removed(run_cli: Cli, jobs: list[BenchJob]) -> None:
    run_cli("bench", "--random-weights", "nllb-600m", "--compute-type", "int8", "--threads", "1,2")
    assert [type(job.work).__name__ for job in jobs[:4]] == ["WriteWeights", "RandomWork", "Convert", "RandomWork"]
    assert len(jobs) == 5
    work: Any = jobs[-1].work
    assert jobs[-1].cache is not None and jobs[-1].cache.parent == work.folder.parent
    assert not work.folder.parent.exists()
    assert (work.settings.dtype, work.decoding.others) == ("int8", {"renormalize_logits": True})


def test_a_size_that_an_engine_does_not_convert_is_a_row_with_the_reason(run_cli: Cli, jobs: list[BenchJob]) -> None:
    answer = run_cli("bench", "--random-weights", "qwen3-0.6b", "--engine", "ctranslate2")
    assert "qwen3-0.6b, ctranslate2: engine ctranslate2 does not convert model_type 'qwen3'" in answer.out
    assert (answer.code, len(jobs)) == (0, 2)


@pytest.mark.usefixtures("jobs")
def test_an_engine_that_is_not_installed_is_a_row_with_what_to_install(
    run_cli: Cli, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctranslate2, "missing", lambda: "needs ctranslate2; pip install 'x[y]'")
    answer = run_cli("bench", config, "--engine", "ctranslate2")
    assert answer.code == 0
    assert "tiny, ctranslate2: engine: ctranslate2 needs ctranslate2; pip install 'x[y]'" in answer.out


def test_a_system_that_cannot_be_measured_as_configured_ends_with_3(
    run_cli: Cli, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "run", lambda *_: Ended([], -9, ""))
    answer = run_cli("bench", config, "--engine", "transformers")
    assert answer.code == 3
    assert "tiny, as configured: its process was killed by SIGKILL, most likely because memory ran out" in answer.out


def test_rows_for_which_there_is_no_time_are_said(run_cli: Cli, config: Path, jobs: list[BenchJob]) -> None:
    answer = run_cli("bench", config, "--threads", "1,2,3", "--budget", "1")
    assert len(jobs) == 1
    assert "not measured: the time was up; --budget 120 should do for every row" in " ".join(answer.out.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--system tinny", "--system: unknown system of this config 'tinny'; did you mean 'tiny'?"),
        ("--system lead", "no engine decodes its systems, so there is nothing to measure; --random-weights measures"),
        (
            "--system tiny --random-weights mt5-small",
            "--system: with --random-weights no system of a config is measured",
        ),
        ("--random-weights mt5-smal", "--random-weights: unknown size 'mt5-smal'; did you mean 'mt5-small'?"),
        ("--engine transformer", "--engine: unknown engine 'transformer'; did you mean 'transformers'?"),
        ("--engine transformers --compute-type int8", "--compute-type int8: engine transformers computes in float32"),
        ("--threads 0", "--threads 0: expected a whole number over 0"),
        ("--batch-tokens 2k", "--batch-tokens 2k: expected a whole number over 0"),
        ("--budget 0", "--budget 0: expected a whole number of at least 1 and at most 86,400"),
    ],
)
def test_a_wrong_value_is_one_line(run_cli: Cli, config: Path, arguments: str, message: str) -> None:
    answer = run_cli("bench", config, *arguments.split())
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert message in answer.err
