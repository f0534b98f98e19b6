"""The table of `harness bench`, its lines to paste and its JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ruamel.yaml import YAML

from harness.core.benchmarks import Bench, BenchRow, SystemBench, TimedPass, named
from harness.reporting import bench as report
from harness.reporting import terminal
from harness.runs.bench import recommendation

INT8 = {"engine": "ctranslate2", "compute_type": "int8"}


def row(changes: dict[str, Any], *rates: float, others: float | None = 0.02, **fields: Any) -> BenchRow:
    passes = tuple(TimedPass(2.0, round(2 * rate), others) for rate in rates)
    known = {"sources": 16, "articles": 8.0, "load_seconds": 4.26, "memory": 1_400_000_000, "threads": 2}
    return BenchRow(changes=changes, passes=passes, **{**(known if passes else {}), **fields})


ROWS = (
    row({}, 40, 44, 45),
    row(INT8, 178, 181, 183, memory=600_000_000),
    row({"threads": 1}, 30),
    row({"batch_tokens": 2048}, error="not measured: the time was up"),
)


def bench(*rows: BenchRow, device: str = "cpu", config: str | None = "x.yaml", name: str = "mt5") -> Bench:
    system = SystemBench(
        name=name,
        workload="summarise, 4 beams",
        device=device,
        rows=rows,
        faster=recommendation.faster(rows),
        config=config,
    )
    return Bench(
        systems=(system,),
        machine={"cpu": "AMD EPYC", "cpus": 2, "gpus": []},
        versions={"torch": "2.13", "transformers": "5.24"},
        load_average=(0.31, 1.9),
        seconds=61.4,
        notes=("Not measured, because no engine decodes them: lead-1.",),
    )


def text(*rows: BenchRow, columns: int = 120, **fields: Any) -> str:
    return terminal.render(report.tables(bench(*rows, **fields)), columns=columns, fit=True)


def test_the_table_answers_first_and_says_what_to_do_and_on_which_machine() -> None:
    expected = """\
mt5: ctranslate2 int8 writes 4.1 times as many tokens per second as now
summarise, 4 beams; 16 sources (8.0 articles) in each of 3 passes after a warm-up; cpu with 2 threads
setting           tokens/s    min–max  ratio  s/article  memory   load  others
──────────────────────────────────────────────────────────────────────────────
as configured         44.0  40.0–45.0  1.00x       0.25  1.4 GB  4.3 s    2.0%
ctranslate2 int8     *181*    178–183  4.11x       0.25  600 MB  4.3 s    2.0%
1 thread              30.0          –  0.68x       0.25  1.4 GB  4.3 s    2.0%
batches of 2,048         –          –      –          –       –      –       –

mt5, ctranslate2 int8: 4.1 times the tokens per second of the setting as configured (4.0 to 4.6 between single passes),
with 0.4 times the memory. It can change outputs, so score them again before you trust them.
mt5, batches of 2,048: not measured: the time was up
mt5, 1 thread: one pass, so no spread and no claim; a larger --budget allows more.
Measured in 61 s on AMD EPYC, 2 CPUs; load average 0.3 at the start, 1.9 at the end; torch 2.13, transformers 5.24.
Not measured, because no engine decodes them: lead-1.

tokens/s: output tokens per second, the median of all passes; min–max: the slowest and the fastest pass; ratio: to the
setting as configured.
s/article: seconds for an article of average length, without loading; a larger job has fuller batches.
memory: most memory of the process in any pass, with libraries and weights.
load: seconds to import the libraries and to read the weights.
others: the greatest share of the CPUs that other programs used during a pass.
"""
    assert text(*ROWS) == expected


def test_it_fits_eighty_columns_and_keeps_rate_ratio_and_memory() -> None:
    lines = text(*(replace(each, gpu_memory=9_000_000_000) for each in ROWS), columns=80, device="cuda").splitlines()
    assert max(map(len, lines)) <= 80
    heading = next(line for line in lines if line.startswith("setting"))
    assert {"tokens/s", "ratio", "s/article", "memory"} <= set(heading.split())


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        (ROWS, "ctranslate2 int8 writes 4.1 times as many tokens per second as now"),
        ((row({}, 40, 45, others=0.5), row(INT8, 90, 99)),
         "ctranslate2 int8 writes 2.2 times as many tokens per second as now, on a busy machine"),
        ((row({}, 40, 45), row(INT8, 44, 46)), "no other setting is shown to be faster"),
        ((row({}, 40), row(INT8, 90, 99)), "one pass has no spread, so nothing is compared"),
        ((row({}, error="no memory"), row(INT8, 90, 99)),
         "it could not be measured as configured, so nothing is compared"),
        ((row({}, error="no memory"),), "nothing could be measured"),
        ((row({}, 40, 45),), ""),
        ((row({}, 40),), ""),
    ],
)  # fmt: skip
def test_the_verdict_claims_no_more_than_was_measured(rows: tuple[BenchRow, ...], verdict: str) -> None:
    (table,) = report.tables(bench(*rows))
    assert table.verdict == verdict


def test_a_busy_machine_is_said_in_the_row_and_below() -> None:
    table = text(row({}, 40, 45, others=0.484), row({"threads": 1}, 20, 21, others=0.05))
    assert "as configured †" in table and "1 thread †" not in table
    assert "Warning: the machine was busy: other programs used up to 48.4% of the CPUs during a pass." in table
    assert "†: other programs used more than 10% of the CPUs" in table
    assert "busy" not in text(row({}, 40, 45, others=0.1)) + text(row({}, 40, 45, others=None))


def test_warnings_of_a_row_are_below_the_table_once() -> None:
    warned = "out of memory on cpu with 8 sources; from here on a batch has at most 400 tokens (batch_tokens)"
    assert text(row({}, 4, 5, warnings=(warned,)), row(INT8, 4, 5, warnings=(warned,))).count("from here on") == 1


def test_the_lines_to_paste_are_yaml_with_the_keys_of_the_setting() -> None:
    rows = (row({}, 10, 11), row({**INT8, "dtype": None}, 40, 44), row({"threads": 1}, 20, 22))
    lines = report.config_lines(bench(*rows))
    expected = """\
# x.yaml: 4.0 times as fast
- name: mt5  # its other keys stay
  engine: ctranslate2
  compute_type: int8
  # remove dtype
# x.yaml: 2.0 times as fast, the same outputs, instead of the lines above
- name: mt5  # its other keys stay
  threads: 1"""
    assert lines == expected
    assert YAML(typ="safe").load(lines)[0] == {"name": "mt5", **INT8}
    assert report.config_lines(bench(*rows[:1])) == ""
    assert report.config_lines(bench(*rows, config=None)).startswith("# 4.0 times as fast\n")


def test_keys_of_decoding_that_an_engine_needs_are_named_and_pasted() -> None:
    needed = {**INT8, "decoding": {"num_beams": 4, "early_stopping": True}}
    rows = (row({}, 10, 11), row(needed, 40, 44, agreement=(13, 16)))
    table = text(*rows)
    assert "ctranslate2 int8 ‡" in table and "‡: with keys of decoding that the engine needs" in table
    assert "mt5, ctranslate2 int8: measured with decoding: {num_beams: 4, early_stopping: true}\n" in table
    assert "It can change outputs (13 of 16 for random inputs were the same)" in " ".join(table.split())
    assert YAML(typ="safe").load(report.config_lines(bench(*rows))) == [{"name": "mt5", **needed}]


def test_a_gpu_rounds_so_that_a_batch_may_change_outputs() -> None:
    rows = (row({}, 10, 11), row({"batch_tokens": 8192}, 40, 44))
    assert "It changes outputs by rounding at most." in text(*rows, device="cuda")
    assert "It changes no output." in text(*rows)


def test_json_has_every_number() -> None:
    whole = report.to_json(bench(*ROWS))
    (system,) = whole["systems"]
    assert (whole["machine"]["load_average"], system["config"], system["device"]) == ([0.31, 1.9], "x.yaml", "cpu")
    now, int8, _, missing = system["rows"]
    assert (now["tokens_per_second"], now["range"], now["seconds_per_article"], now["busy"]) == (
        44,
        [40, 45],
        0.25,
        False,
    )
    assert now["passes"][0] == {"seconds": 2.0, "tokens": 80, "others": 0.02}
    assert (int8["keys"], int8["peak_memory"]) == (INT8, 600_000_000)
    assert (missing["tokens_per_second"], missing["error"]) == (None, "not measured: the time was up")
    assert system["faster"][0]["keys"] == INT8 and not system["faster"][0]["keeps_outputs"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "as configured"),
        (INT8, "ctranslate2 int8"),
        ({"dtype": "bfloat16"}, "bfloat16"),
        ({"engine": "transformers", "compute_type": None}, "transformers"),
        ({"threads": 1}, "1 thread"),
        ({**INT8, "batch_tokens": 2048, "threads": 4}, "ctranslate2 int8, batches of 2,048, 4 threads"),
    ],
)
def test_a_setting_in_words(changes: dict[str, Any], words: str) -> None:
    assert named(changes) == words
