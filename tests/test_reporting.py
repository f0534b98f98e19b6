"""How scores read: numbers, marks, escaping, and whole tables in every format.

The files in golden/ are what the code printed once, checked by eye. Write them anew (and read the difference) with

    python tests/test_reporting.py
"""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness import jsonio, reporting
from harness.records import Comparison, Interval, Reading, Score, SystemScores, TaskScores
from harness.reporting import numbers
from harness.reporting.json import to_json
from harness.reporting.table import Cell, Table, pairs_table, systems_table

GOLDEN = Path(__file__).parent / "golden"


def interval(low, high, units=16, unit="segment"):
    return Interval(low, high, 0.95, "percentile bootstrap", 1000, 0, units, unit)


def score(value, half=None, fewer=None, units=16, signature="nrefs:2|v:1"):
    return Score(value, signature, units, None if half is None else interval(value - half, value + half, units), fewer)


# Values of no real system; `a_b|c%d&e` needs escaping in every format, `near` cannot be told from it.
ORDINARY = TaskScores(
    task="translate", primary="chrf++", segments=16, articles=1, references=("close", "newsroom"), target="eng_Latn",
    systems=(
        SystemScores("far", "system", {"bleu": score(0.04, 0.03), "chrf++": score(20.25, 3, 19)}),
        SystemScores("a_b|c%d&e", "system", {"bleu": score(31.9, 4), "chrf++": score(60.0, 2.5, 57.5)}),
        SystemScores(
            "near", "system", {"bleu": score(33.1, 4), "chrf++": score(59.2, 2.5, 56.0)},
            notes=("2 of 16 outputs are empty",),
        ),
        SystemScores(
            "human", "human", {n: score(v, 3, v, signature="nrefs:1|v:1") for n, v in (("bleu", 40), ("chrf++", 65))}
        ),
    ),
    comparisons=(
        Comparison("chrf++", "far", "a_b|c%d&e", -39.75, interval(-43, -36), 0.0005, 0.0015, True),
        Comparison("chrf++", "far", "near", -38.95, interval(-42, -35), 0.001, 0.002, True),
        Comparison("chrf++", "a_b|c%d&e", "near", 0.8, interval(-0.96, 2.4), 0.41, 0.41, False),
        Comparison("bleu", "far", "a_b|c%d&e", -31.86, interval(-36, -28), 0.001, 0.003, True),
        Comparison("bleu", "far", "near", -33.06, interval(-37, -29), 0.001, 0.003, True),
        Comparison("bleu", "a_b|c%d&e", "near", -1.2, interval(-2.0, -0.3), 0.02, 0.02, True),
    ),
    notes=("a note of the run",),
)  # fmt: skip
ONE = TaskScores(
    task="summarise", primary="rougeL", segments=1, articles=1, references=("close",), target="hin_Deva",
    systems=(
        SystemScores("oracle", "oracle", {"rougeL": score(48.6, units=1, signature="nrefs:1")}),
        SystemScores(
            "mt5", "system", {"rougeL": score(30.04, units=1, signature="nrefs:1")}, notes=("stopped",),
            reading=Reading(sources=1, cut_sources=1, tokens=511, cut_tokens=423, unknown_tokens=3),
        ),
        SystemScores("lead", "system", {"rougeL": score(30.06, units=1, signature="nrefs:1")}),
    ),
    comparisons=(Comparison("rougeL", "mt5", "lead", -0.02, None, None, None, False),),
)  # fmt: skip
FAILED = TaskScores(
    task="gist", primary="rougeL", segments=5, articles=0, references=("close",), target="hin_Deva",
    systems=(
        SystemScores("broken", "system", {}, "out of memory; use a smaller batch_size"),
        SystemScores("lead", "system", {"rougeL": score(25, 5, units=5, signature="nrefs:1")}),
    ),
)  # fmt: skip
CASES = {"ordinary": ORDINARY, "one-segment": ONE, "failed": FAILED}
SUFFIXES = {"table": "txt", "markdown": "md", "csv": "csv", "latex": "tex", "json": "json"}


def rendered(case, form):
    scores = CASES[case]
    if form == "json":
        return jsonio.dumps(to_json(scores), indent=2) + "\n"
    # CSV is data: the paired tests would be a second header in it.
    pairs = None if form == "csv" else pairs_table(scores)
    return reporting.get(form).render([systems_table(scores), *([pairs] if pairs else [])])


def rows(scores):
    return {row[0].text: row for row in systems_table(scores).rows}


# --- numbers ----------------------------------------------------------------------------------------------------------

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0.0"), (-0.0, "0.0"), (None, "–"), (NAN, "–"), (1e-9, "<0.1"), (0.0499, "<0.1"), (0.05, "0.1"),
        (-0.04, "0.0"), (-3.14, "-3.1"), (9.96, "10.0"), (35.44, "35.4"), (99.94, "99.9"), (99.96, "100.0"),
        (100, "100.0"), (100.00000000000004, "100.0"),
    ],
)  # fmt: skip
def test_a_score_has_one_decimal_and_reads_as_0_only_when_it_is(value, text):
    assert numbers.score(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0.0"), (-0.0, "0.0"), (0.049, "0.0"), (-0.049, "0.0"), (0.06, "+0.1"), (-0.06, "-0.1"), (4.9, "+4.9"),
        (-39.75, "-39.8"), (100, "+100.0"), (None, "–"), (NAN, "–"),
    ],
)  # fmt: skip
def test_a_difference_has_a_sign_unless_it_rounds_away(value, text):
    assert numbers.delta(value) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0, 0, "[0.0, 0.0]"), (-0.0, 0.04, "[0.0, 0.0]"), (-0.04, 0.04, "[0.0, 0.0]"), (-10.0, -0.01, "[-10.0, 0.0]"),
        (-0.96, 2.4, "[-1.0, 2.4]"), (34.61, 100, "[34.6, 100.0]"),
    ],
)  # fmt: skip
def test_an_interval_has_no_negative_zero(low, high, text):
    assert numbers.interval(low, high) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "<0.001"), (0.00099, "<0.001"), (0.001, "0.001"), (0.03125, "0.031"), (0.5, "0.500"), (1, "1.000"),
        (None, "–"), (NAN, "–"),
    ],
)  # fmt: skip
def test_a_p_value_never_reads_as_0(value, text):
    assert numbers.p_value(value) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0 refs"), (1, "1 ref"), (2, "2 refs"), (2507, "2,507 refs")])
def test_a_count_agrees_with_its_noun(value, text):
    assert numbers.count(value, "ref") == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 0, "–"), (0, 9, "0%"), (9, 9, "100%"), (1, 3, "33.3%"), (1, 100_000, "<0.1%"), (1, 2000, "0.1%"),
        (99_999, 100_000, "99.9%"),
    ],
)  # fmt: skip
def test_a_share_reads_as_none_or_all_only_when_it_is(part, whole, text):
    assert numbers.share(part, whole) == text


# --- tables -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", reporting.FORMATS)
@pytest.mark.parametrize("case", CASES)
def test_a_table_reads_as_its_golden_file(case, form):
    assert rendered(case, form) == (GOLDEN / f"{case}.{SUFFIXES[form]}").read_text(encoding="utf-8")


def test_each_format_is_named_by_its_suffix():
    assert {form: reporting.get(form).SUFFIX for form in reporting.FORMATS if form != "json"} == {
        form: suffix for form, suffix in SUFFIXES.items() if form != "json"
    }


def test_bounds_come_first_then_systems_from_the_best_then_the_failed():
    failed = SystemScores("broken", "system", {}, "no memory")
    found = rows(replace(ORDINARY, systems=(failed, *ORDINARY.systems)))
    assert list(found) == ["human †", "a_b|c%d&e", "near", "far", "broken"]
    assert [cell.text for cell in found["broken"][1:]] == ["–"] * 3
    assert systems_table(ORDINARY).rule_after == 1


def test_the_primary_metric_is_the_first_column_and_has_the_interval():
    table = systems_table(ORDINARY)
    assert table.columns == ("system", "chrf++", "bleu", "chrf++, 1 ref")
    assert [cell.text for cell in rows(ORDINARY)["near"]] == ["near", "59.2 [56.7, 61.7] ≈", "33.1", "56.0"]


def test_the_best_system_of_each_metric_is_bold_and_no_bound_is():
    bold = {(name, index) for name, cells in rows(ORDINARY).items() for index, cell in enumerate(cells) if cell.bold}
    assert bold == {("a_b|c%d&e", 1), ("near", 2)}


def test_two_systems_with_the_best_value_are_both_bold():
    first, second = (SystemScores(name, "system", {"chrf++": score(50, 2)}) for name in "xy")
    found = rows(replace(ORDINARY, systems=(first, second), comparisons=()))
    assert found["x"][1].bold and found["y"][1].bold


def test_a_single_system_is_the_best_of_nothing():
    assert not rows(FAILED)["lead"][1].bold


def test_a_tie_is_marked_where_the_data_do_not_tell_a_system_from_the_best():
    tied = {name: cells[1].text.endswith("≈") for name, cells in rows(ORDINARY).items()}
    assert tied == {"human †": False, "a_b|c%d&e": False, "near": True, "far": False}
    assert not rows(ORDINARY)["a_b|c%d&e"][2].text.endswith("≈")  # bleu: [-2.0, -0.3]


@pytest.mark.parametrize(
    ("low", "high", "significant", "tied"),
    [(-1, 3, True, True), (0, 3, True, True), (0.1, 3, False, True), (0.1, 3, True, False)],
    ids=["interval holds 0", "interval touches 0", "corrected test shows nothing", "both show a difference"],
)
@pytest.mark.parametrize("best_first", [True, False])
def test_a_tie_does_not_depend_on_which_system_of_the_pair_comes_first(low, high, significant, tied, best_first):
    systems = tuple(SystemScores(name, "system", {"chrf++": score(value, 2)}) for name, value in (("x", 52), ("y", 50)))
    if best_first:
        pair = Comparison("chrf++", "x", "y", 2, interval(low, high), 0.02, 0.04, significant)
    else:
        pair = Comparison("chrf++", "y", "x", -2, interval(-high, -low), 0.02, 0.04, significant)
    found = rows(replace(ORDINARY, systems=systems, comparisons=(pair,)))
    assert found["y"][1].text.endswith("≈") is tied
    assert not found["x"][1].text.endswith("≈")


def test_without_a_test_nothing_is_called_a_tie():
    assert "≈" not in rendered("one-segment", "table")


@pytest.mark.parametrize(("case", "text"), [("ordinary", "n = 16 segments of 1 article, 2 references"),
                                            ("one-segment", "n = 1 segment of 1 article, 1 reference"),
                                            ("failed", "n = 5 segments, 1 reference")])  # fmt: skip
def test_n_is_shown_with_every_table(case, text):
    assert systems_table(CASES[case]).caption.startswith(f"{text} (")


@pytest.mark.parametrize(
    ("case", "note"),
    [
        ("ordinary", "percentile bootstrap over the 16 segments (1,000 resamples, seed 0); they speak for this one"),
        ("ordinary", "near: 2 of 16 outputs are empty"),
        ("ordinary", "a note of the run"),
        ("ordinary", "chrf++: nrefs:2|v:1"),
        ("one-segment", "n = 1: there is no interval and no test"),
        ("one-segment", "‡ no model"),
        ("failed", "broken: failed: out of memory"),
        ("failed", "n = 5 is too small for any claim"),
    ],
)
def test_notes_below_say(case, note):
    assert any(note in line for line in systems_table(CASES[case]).notes)


def test_a_table_of_failed_systems_does_not_claim_to_have_one_segment():
    scores = replace(FAILED, systems=FAILED.systems[:1])
    assert not any("n = 1" in note for note in systems_table(scores).notes)


# --- paired tests -----------------------------------------------------------------------------------------------------


def test_pairs_are_of_the_primary_metric_and_the_largest_difference_comes_first():
    table = pairs_table(ORDINARY)
    assert [row[1].text for row in table.rows] == ["-39.8", "-39.0", "+0.8"]
    assert [(row[1].bold, row[5].text) for row in table.rows] == [(True, "real"), (True, "real"), (False, "not shown")]


def test_a_baseline_stands_second_in_every_pair_with_signs_turned():
    table = pairs_table(ORDINARY, baseline="far")
    assert [[cell.text for cell in row[:3]] for row in table.rows] == [
        ["a_b|c%d&e − far", "+39.8", "[36.0, 43.0]"],
        ["near − far", "+39.0", "[35.0, 42.0]"],
    ]


def test_there_is_no_table_of_pairs_without_pairs():
    assert pairs_table(FAILED) is None
    assert pairs_table(ORDINARY, baseline="human") is None


# --- formats ----------------------------------------------------------------------------------------------------------


def one_cell(text, bold=False):
    row = (Cell(text, bold), Cell("1"))
    return Table("t", "c", ("system", "x"), (row, row), ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a|b", r"| a\|b | 1 |"), ("a_b_c", r"| a\_b\_c | 1 |"), ("a*b*", r"| a\*b\* | 1 |"),
        ("`x`", r"| \`x\` | 1 |"), ("<b>", r"| \<b> | 1 |"), ("a\\|b", r"| a\\\|b | 1 |"), ("a\nb", "| a b | 1 |"),
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
    table = list(csv.DictReader(io.StringIO(rendered("ordinary", "csv")), strict=True))
    assert len(table) == 8
    found = {(row["system"], row["metric"]): row for row in table}
    assert float(found["far", "bleu"]["value"]) == 0.04
    assert float(found["near", "chrf++"]["low"]) == 59.2 - 2.5
    assert found["a_b|c%d&e", "chrf++"]["value_one_reference_fewer"] == "57.5"
    broken = next(row for row in csv.DictReader(io.StringIO(rendered("failed", "csv"))) if row["system"] == "broken")
    assert (broken["value"], broken["error"]) == ("", "out of memory; use a smaller batch_size")


def test_csv_with_paired_tests_is_one_table():
    text = reporting.get("csv").render([systems_table(ORDINARY), pairs_table(ORDINARY)])
    assert len({len(row) for row in csv.reader(io.StringIO(text))}) == 1


def refuse_constant(name):
    raise AssertionError(f"{name} is no JSON")


@pytest.mark.parametrize("case", CASES)
def test_json_is_strict_and_has_the_keys_of_the_design(case):
    scores = CASES[case]
    found = json.loads(rendered(case, "json"), parse_constant=refuse_constant)
    assert {"task", "segments", "systems", "comparisons"} <= found.keys()
    assert (found["task"], found["segments"]) == (scores.task, scores.segments)
    assert [system["name"] for system in found["systems"]] == [system.name for system in scores.systems]
    for system in found["systems"]:
        assert ("error" in system) != ("metrics" in system)
        for metric in system.get("metrics", {}).values():
            assert {"value", "interval", "signature", "segments"} <= metric.keys()
    wanted = {"metric", "a", "b", "delta", "interval", "p", "p_adjusted", "significant"}
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


def test_json_refuses_what_is_no_number():
    bad = replace(ONE, systems=(SystemScores("x", "system", {"rougeL": score(NAN)}),))
    with pytest.raises(ValueError, match="not JSON compliant"):
        jsonio.dumps(to_json(bad))


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for each in CASES:
        for form in reporting.FORMATS:
            (GOLDEN / f"{each}.{SUFFIXES[form]}").write_text(rendered(each, form), encoding="utf-8")
