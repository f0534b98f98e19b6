"""How tables are laid out in each format: one golden file per format, and escaping.

The files in golden/ are what the code printed once, checked by eye. Write them anew (and read the difference) with

    python -m tests.reporting.test_formats
"""

import csv
import io
import json
from dataclasses import replace

import pytest

from harness import reporting
from harness.core import files
from harness.core.records import SystemScores
from harness.reporting import Cell, Table
from harness.reporting.details import pairs_table, slices_table
from harness.reporting.json import to_json
from harness.reporting.table import systems_table
from tests.paths import GOLDEN
from tests.reporting.scores import BASELINE, FAILED, MIXED, ONE, ORDINARY, score

CASES = {"ordinary": ORDINARY, "one-segment": ONE, "failed": FAILED, "baseline": BASELINE, "mixed": MIXED}
SUFFIXES = {"table": "txt", "markdown": "md", "csv": "csv", "latex": "tex", "json": "json"}
NAN = float("nan")


def rendered(form):
    """Return two tasks, the first with its paired tests and a slice, as one command prints them."""
    if form == "json":
        return files.dumps([to_json(scores) for scores in (ORDINARY, ONE)], indent=2) + "\n"
    # CSV is data: the paired tests would be a second header in it.
    more = [] if form == "csv" else [pairs_table(ORDINARY), slices_table(ORDINARY, "kind")]
    return reporting.get(form).render([systems_table(ORDINARY), *more, systems_table(ONE)])


def rows_of_csv(scores):
    return list(csv.DictReader(io.StringIO(reporting.get("csv").render([systems_table(scores)])), strict=True))


@pytest.mark.parametrize("form", reporting.FORMATS)
def test_a_format_reads_as_its_golden_file(form):
    assert rendered(form) == (GOLDEN / f"tables.{SUFFIXES[form]}").read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_no_note_is_printed_twice_by_one_command(form):
    lines = [
        line for line in rendered(form).splitlines() if len(line) > 30 and line[0] not in "─|" and line[:3] != "n ="
    ]
    assert len(lines) == len(set(lines))


def test_a_latex_table_has_all_its_notes_because_it_may_stand_alone():
    tables = [systems_table(ORDINARY), systems_table(ORDINARY)]
    one, two = reporting.get("latex").render(tables).split("\\end{table}\n")[:2]
    assert one.strip() == two.strip()
    assert "footnotesize Bold" in one


def test_each_format_is_named_by_its_suffix():
    assert {form: reporting.get(form).SUFFIX for form in reporting.FORMATS if form != "json"} == {
        form: suffix for form, suffix in SUFFIXES.items() if form != "json"
    }


def one_cell(text, bold=False):
    row = (Cell(text, bold), Cell("1"))
    return Table("t", "c", ("system", "x"), (row, row), ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a|b", r"| a\|b | 1 |"), ("a_b_c", r"| a\_b\_c | 1 |"), ("a*b*", r"| a\*b\* | 1 |"),
        ("`x`", r"| \`x\` | 1 |"), ("<b>", r"| \<b> | 1 |"), ("a\\|b", r"| a\\\|b | 1 |"), ("a\nb", "| a b | 1 |"),
        ("&#39;", r"| \&#39; | 1 |"), ("&amp;x", r"| \&amp;x | 1 |"), ("a&b", "| a&b | 1 |"),
    ],
)  # fmt: skip
def test_markdown_shows_a_name_as_it_is(text, expected):
    assert expected in reporting.get("markdown").render([one_cell(text)]).splitlines()
    assert all(line.count("|") - line.count(r"\|") == 3 for line in rendered_rows(text))


def rendered_rows(text):
    return [line for line in reporting.get("markdown").render([one_cell(text)]).splitlines() if line.startswith("|")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a_b", r"a\_b"), ("50%", r"50\%"), ("a&b", r"a\&b"), ("a|b", r"a\textbar{}b"), ("{#$}", r"\{\#\$\}"),
        ("~^", r"\textasciitilde{}\textasciicircum{}"), ("\\x", r"\textbackslash{}x"), ("≈ †", r"$\approx$ \dag{}"),
    ],
)  # fmt: skip
def test_latex_shows_a_name_as_it_is(text, expected):
    assert rf"{expected} & 1 \\" in reporting.get("latex").render([one_cell(text)]).splitlines()
    assert rf"\textbf{{{expected}}} & 1 \\" in reporting.get("latex").render([one_cell(text, bold=True)]).splitlines()


@pytest.mark.parametrize("name", ["[x]", "*x"])
def test_latex_protects_a_name_that_the_line_break_before_would_swallow(name):
    lines = reporting.get("latex").render([one_cell(name)]).splitlines()
    assert not any(line.startswith(name[0]) for line in lines)


def test_the_terminal_marks_the_best_without_colours_and_cuts_no_number():
    text = reporting.get("table").render([systems_table(ORDINARY)], width=40)
    assert "*60.0 [57.5, 62.5]*" in text and "59.2 [56.7, 61.7] ≈" in text
    assert "\x1b" not in text and "…" not in text
    assert not any(line.endswith(" ") for line in text.splitlines())


def test_the_terminal_styles_only_when_asked():
    text = reporting.get("table").render([systems_table(ORDINARY)], styled=True)
    assert "\x1b[1m" in text and "*60.0" not in text


def test_csv_has_every_score_unrounded_and_every_error_in_as_many_columns():
    table = rows_of_csv(ORDINARY)
    assert len(table) == 12
    found = {(row["system"], row["metric"]): row for row in table}
    assert float(found["far", "bleu"]["value"]) == 0.04
    assert float(found["near", "chrf++"]["low"]) == 59.2 - 2.5
    assert found["a_b|c%d&e", "chrf++"]["value_one_reference_fewer"] == "57.5"
    broken = next(row for row in rows_of_csv(FAILED) if row["system"] == "broken")
    assert (broken["value"], broken["error"]) == ("", "out of memory; use a smaller batch_size")


def test_csv_has_a_column_for_each_diagnostic():
    mt5 = next(row for row in rows_of_csv(ONE) if row["system"] == "mt5")
    assert (mt5["cut"], mt5["unread"], mt5["copied"]) == ("100.0", str(100 * 423 / 934), "")


def test_csv_with_paired_tests_is_one_table():
    text = reporting.get("csv").render([systems_table(ORDINARY), pairs_table(ORDINARY)])
    assert len({len(row) for row in csv.reader(io.StringIO(text))}) == 1


def refuse_constant(name):
    raise AssertionError(f"{name} is no JSON")


@pytest.mark.parametrize("case", CASES)
def test_json_is_strict_and_has_the_keys_of_the_design(case):
    scores = CASES[case]
    found = json.loads(files.dumps(to_json(scores)), parse_constant=refuse_constant)
    assert {"task", "segments", "systems", "comparisons"} <= found.keys()
    assert (found["task"], found["segments"]) == (scores.task, None if scores.mixed else scores.segments)
    assert [system["name"] for system in found["systems"]] == [system.name for system in scores.systems]
    for system in found["systems"]:
        assert ("error" in system) != ("metrics" in system)
        for metric in system.get("metrics", {}).values():
            assert {"value", "interval", "signature", "segments"} <= metric.keys()
    wanted = {
        *("metric", "a", "b", "delta", "interval", "p", "p_adjusted", "significant"),
        *("p_bootstrap", "wins", "ties", "losses", "detectable"),
    }
    assert all(comparison.keys() == wanted for comparison in found["comparisons"])


def test_json_has_numbers_unrounded_and_null_where_there_is_none():
    ordinary, one = (to_json(CASES[case]) for case in ("ordinary", "one-segment"))
    assert ordinary["systems"][0]["metrics"]["chrf++"]["value"] == 20.25
    assert ordinary["comparisons"][2]["interval"] == [-0.96, 2.4]
    assert ordinary["intervals"] == {
        "confidence": 0.95, "method": "percentile bootstrap", "resamples": 1000, "seed": 0, "units": 16,
        "unit": "segment",
    }  # fmt: skip
    assert one["intervals"] is None is one["systems"][0]["metrics"]["rougeL"]["interval"]
    assert one["comparisons"][0]["p"] is None


def test_rows_of_a_mixed_table_do_not_share_n_or_references():
    found = to_json(MIXED)
    assert (found["segments"], found["articles"], found["references"], found["intervals"]) == (None,) * 4
    assert [row["intervals"] and row["intervals"]["units"] for row in found["systems"]] == [16, 16, 60, None]
    assert {metric["cluster"] for row in found["systems"] for metric in row["metrics"].values()} == {None}
    table = rows_of_csv(MIXED)
    assert {row["system"]: row["segments"] for row in table}["near (r2)"] == "120"
    assert {(row["articles"], row["references"]) for row in table} == {("", "")}


def test_json_has_the_counts_of_diagnostics_and_of_references():
    assert to_json(ONE)["systems"][1]["diagnostics"]["cut"] == {
        "part": 1, "whole": 1, "value": 100.0, "unit": "percent",
    }  # fmt: skip
    assert to_json(replace(ONE, reference_counts={2: 3, 1: 4}))["reference_counts"] == {"1": 4, "2": 3}


def test_json_refuses_what_is_no_number():
    bad = replace(ONE, systems=(SystemScores("x", "system", {"rougeL": score(NAN)}),))
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.dumps(to_json(bad))


if __name__ == "__main__":
    for each in reporting.FORMATS:
        (GOLDEN / f"tables.{SUFFIXES[each]}").write_text(rendered(each), encoding="utf-8")
