"""How scores read: numbers, marks, escaping, and whole tables in every format.

The files in golden/ are what the code printed once, checked by eye. Write them anew (and read the difference) with

    python tests/test_reporting.py
"""

import csv
import io
import json
from dataclasses import replace

import pytest

from harness import reporting
from harness.core import files
from harness.core.records import Comparison, Interval, Reading, Score, Slice, SystemScores, TaskScores
from harness.reporting import numbers
from harness.reporting.details import pairs_table, slices_table
from harness.reporting.json import to_json
from harness.reporting.table import Cell, Table, systems_table
from tests.paths import GOLDEN


def interval(low, high, units=16, unit="segment"):
    return Interval(low, high, 0.95, "percentile bootstrap", 1000, 0, units, unit)


def score(value, half=None, fewer=None, units=16, signature="nrefs:2|v:1", cluster=None, lower=False):
    limits = None if half is None else interval(value - half, value + half, units)
    return Score(value, signature, units, limits, fewer, not lower, cluster)


def pair(metric, a, b, delta, limits, p, adjusted, significant, bootstrap=None, counts=(0, 0, 0), detectable=None):
    return Comparison(metric, a, b, delta, limits, p, adjusted, significant, bootstrap, *counts, detectable)


# Values of no real system; `a_b|c%d&e` needs escaping in every format, `near` cannot be told from it.
ORDINARY = TaskScores(
    task="translate", primary="chrf++", segments=16, articles=1, references=("close", "newsroom"), target="eng_Latn",
    systems=(
        SystemScores("far", "system", {
            "bleu": score(0.04, 0.03, cluster=3), "chrf++": score(20.25, 3, 19, cluster=2),
            "ter": score(130.2, 9, cluster=2, lower=True),
        }),
        SystemScores("a_b|c%d&e", "system", {
            "bleu": score(31.9, 4, cluster=2), "chrf++": score(60.0, 2.5, 57.5, cluster=1),
            "ter": score(41.5, 3, cluster=1, lower=True),
        }),
        SystemScores(
            "near", "system", {
                "bleu": score(33.1, 4, cluster=1), "chrf++": score(59.2, 2.5, 56.0, cluster=1),
                "ter": score(42.5, 3, cluster=1, lower=True),
            },
            notes=("2 of 16 outputs are empty",),
        ),
        SystemScores(
            "reference", "reference", {
                n: score(v, 3, v, signature="nrefs:1|v:1", lower=n == "ter")
                for n, v in (("bleu", 40), ("chrf++", 65), ("ter", 38))
            },
        ),
    ),
    comparisons=(
        pair("chrf++", "far", "a_b|c%d&e", -39.75, interval(-43, -36), 0.0005, 0.0015, True, 0.001, (0, 0, 16), 5.1),
        pair("chrf++", "far", "near", -38.95, interval(-42, -35), 0.001, 0.002, True, 0.001, (1, 0, 15), 5.4),
        pair("chrf++", "a_b|c%d&e", "near", 0.8, interval(-0.96, 2.4), 0.41, 0.41, False, 0.2, (8, 2, 6), 2.9),
        pair("bleu", "far", "a_b|c%d&e", -31.86, interval(-36, -28), 0.001, 0.003, True, 0.001, (0, 1, 15), 6),
        pair("bleu", "far", "near", -33.06, interval(-37, -29), 0.001, 0.003, True, 0.001, (0, 1, 15), 6),
        pair("bleu", "a_b|c%d&e", "near", -1.2, interval(-2.0, -0.3), 0.02, 0.02, True, 0.01, (4, 2, 10), 1.3),
    ),
    slices=(
        Slice("kind", "title", 1, {"far": {"chrf++": 0.02}, "a_b|c%d&e": {"chrf++": 71}, "reference": {"chrf++": 80}}),
        Slice("kind", "body", 15, {"far": {"chrf++": 21}, "a_b|c%d&e": {"chrf++": 59}, "near": {"chrf++": 60.1}}),
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
BASELINE = replace(
    ORDINARY,
    systems=tuple(
        replace(system, metrics={name: replace(found, cluster=None) for name, found in system.metrics.items()})
        for system in ORDINARY.systems
    ),
    comparisons=(
        pair("chrf++", "a_b|c%d&e", "far", 39.75, interval(36, 43), 0.0005, 0.001, True, 0.001, (16, 0, 0), 5.0),
        pair("chrf++", "near", "far", 38.95, interval(35, 42), 0.001, 0.001, True, 0.001, (15, 0, 1), 5.2),
        pair("bleu", "a_b|c%d&e", "far", 31.86, interval(-1, 60), 0.06, 0.12, False, 0.03, (15, 1, 0), 40.0),
    ),
    baseline="far",
)
MIXED = replace(
    ORDINARY, comparisons=(), mixed="Warning: mixed. runs r1 and r2: their references differ (close and newsroom).",
    systems=(
        *ORDINARY.systems[:2],
        SystemScores(
            "near (r2)", "system", {
                "chrf++": Score(70, "nrefs:1|v:1", 120, interval(67.5, 72.5, 60, "article"), None, True, 1),
            },
        ),
        SystemScores("bleu only", "system", {"bleu": score(12.0)}),
    ),
)  # fmt: skip
CASES = {"ordinary": ORDINARY, "one-segment": ONE, "failed": FAILED, "baseline": BASELINE, "mixed": MIXED}
SUFFIXES = {"table": "txt", "markdown": "md", "csv": "csv", "latex": "tex", "json": "json"}


def rendered(case, form):
    scores = CASES[case]
    if form == "json":
        return files.dumps(to_json(scores), indent=2) + "\n"
    # CSV is data: the paired tests would be a second header in it.
    more = [] if form == "csv" else [pairs_table(scores), slices_table(scores, "kind")]
    return reporting.get(form).render([systems_table(scores), *(table for table in more if table)])


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
    assert list(found) == ["reference †", "a_b|c%d&e", "near", "far", "broken"]
    assert [cell.text for cell in found["broken"][1:]] == ["–"] * 5
    assert systems_table(ORDINARY).rule_after == 1


def test_the_primary_metric_is_the_first_column_and_has_the_interval():
    table = systems_table(ORDINARY)
    assert table.columns == ("system", "rank", "chrf++", "bleu", "ter ↓", "chrf++, 1 ref")
    assert [cell.text for cell in rows(ORDINARY)["near"]] == [
        "near", "1", "59.2 [56.7, 61.7] ≈", "33.1", "42.5 ≈", "56.0",
    ]  # fmt: skip


def test_the_best_system_of_each_metric_is_bold_and_no_bound_is():
    bold = {(name, index) for name, cells in rows(ORDINARY).items() for index, cell in enumerate(cells) if cell.bold}
    assert bold == {("a_b|c%d&e", 2), ("near", 3), ("a_b|c%d&e", 4)}


def test_two_systems_with_the_best_value_are_both_bold():
    first, second = (SystemScores(name, "system", {"chrf++": score(50, 2)}) for name in "xy")
    found = rows(replace(ORDINARY, systems=(first, second), comparisons=()))
    assert found["x"][1].bold and found["y"][1].bold


def test_a_single_system_is_the_best_of_nothing():
    assert not rows(FAILED)["lead"][1].bold


def test_what_is_in_one_cluster_with_the_best_is_marked_metric_by_metric():
    names = systems_table(ORDINARY).columns
    tied = {
        name: [column for column, cell in zip(names, cells, strict=True) if cell.text.endswith("≈")]
        for name, cells in rows(ORDINARY).items()
    }
    assert tied == {"reference †": [], "a_b|c%d&e": [], "near": ["chrf++", "ter ↓"], "far": []}


def test_of_a_metric_of_which_less_is_better_the_lowest_is_best():
    column = systems_table(ORDINARY).columns.index("ter ↓")
    bold = {name: cells[column].bold for name, cells in rows(ORDINARY).items()}
    assert bold == {"reference †": False, "a_b|c%d&e": True, "near": False, "far": False}
    ranked = replace(ORDINARY, primary="ter")
    assert [row[0].text for row in systems_table(ranked).rows] == ["reference †", "a_b|c%d&e", "near", "far"]


def test_rank_clusters_are_a_column_where_three_systems_have_one():
    assert systems_table(ORDINARY).columns[:2] == ("system", "rank")
    assert [row[1].text for row in systems_table(ORDINARY).rows] == ["–", "1", "1", "2"]
    assert "rank" not in systems_table(replace(ORDINARY, systems=ORDINARY.systems[1:])).columns
    assert "rank" not in systems_table(ONE).columns


def test_intervals_are_of_the_primary_metric_or_on_request_of_all():
    assert sum("[" in cell.text for cell in rows(ORDINARY)["near"]) == 1
    every = {row[0].text: row for row in systems_table(ORDINARY, intervals=True).rows}
    assert sum("[" in cell.text for cell in every["near"]) == 3


def test_with_a_baseline_each_score_has_its_difference_and_whether_it_is_real():
    found = rows(BASELINE)
    assert [cell.text for cell in found["near"][1:3]] == ["59.2 [56.7, 61.7] (+39.0 real)", "33.1"]
    assert [cell.text for cell in found["a_b|c%d&e"][1:3]] == ["60.0 [57.5, 62.5] (+39.8 real)", "31.9 (+31.9)"]
    assert found["far (baseline)"][1].text == "20.2 [17.2, 23.2]"


def test_a_mixed_table_says_so_first_and_marks_nothing_best():
    table = systems_table(MIXED)
    assert table.notes[0].startswith("Warning: mixed.")
    assert "mixed" in table.caption and "n =" not in table.caption
    assert not any(cell.bold or "≈" in cell.text for row in table.rows for cell in row)
    assert {"chrf++: nrefs:1|v:1", "chrf++: nrefs:2|v:1"} <= set(table.notes)
    assert table.rows[-1][0].text == "bleu only"  # it has no primary score


def test_a_mixed_table_says_of_each_row_what_its_intervals_are_over():
    notes = systems_table(MIXED).notes
    assert any(
        line.startswith("far, a_b|c%d&e: intervals: 95%, percentile bootstrap over the 16 segments")
        and "conditional on this one article" in line
        for line in notes
    )
    assert any(
        line.startswith("near (r2): intervals:") and "the 60 articles (" in line and "conditional" not in line
        for line in notes
    )
    assert any(line.startswith("bleu only: n = 1: there is no interval") for line in notes)
    assert not any("ref" in column for column in systems_table(MIXED).columns)
    found = to_json(MIXED)
    assert (found["segments"], found["articles"], found["references"], found["intervals"]) == (None,) * 4
    assert [row["intervals"] and row["intervals"]["units"] for row in found["systems"]] == [16, 16, 60, None]
    assert {metric["cluster"] for row in found["systems"] for metric in row["metrics"].values()} == {None}
    table = list(csv.DictReader(io.StringIO(rendered("mixed", "csv")), strict=True))
    assert {row["system"]: row["segments"] for row in table}["near (r2)"] == "120"
    assert {(row["articles"], row["references"]) for row in table} == {("", "")}


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"comparisons": ()}, "far has no scores here, or is the only system: nothing is compared with it."),
        (
            {"comparisons": (pair("chrf++", "near", "far", 39, None, None, None, False),)},
            "In brackets: the difference from far; none of them is tested.",
        ),
        ({"comparisons": BASELINE.comparisons[2:]}, "In brackets: the difference from far; the paired test shows none"),
        ({}, "In brackets: the difference from far; real: the paired test shows it"),
    ],
)
def test_a_baseline_is_not_said_to_be_tested_where_it_is_not(changes, note):
    found = [line for line in systems_table(replace(BASELINE, **changes)).notes if "far" in line]
    assert len(found) == 1 and found[0].startswith(note)


def test_slices_have_their_n_and_a_column_for_each_row_of_the_table():
    table = slices_table(ORDINARY, "kind")
    assert table.columns == ("kind", "n", "reference", "a_b|c%d&e", "near", "far")
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["title", "1", "80.0", "71.0", "–", "<0.1"],
        ["body", "15", "–", "59.0", "60.1", "21.0"],
    ]
    assert slices_table(ORDINARY, "length") is None


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
        ("ordinary", "over the 16 segments (1,000 resamples, seed 0); conditional on this one article"),
        ("ordinary", "near: 2 of 16 outputs are empty"),
        ("ordinary", "a note of the run"),
        ("ordinary", "chrf++: nrefs:2|v:1"),
        ("ordinary", "Warning: n = 16 segments, fewer than 50"),
        ("failed", "the articles are not known, so the segments count as independent"),
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
    assert [(row[1].bold, row[7].text) for row in table.rows] == [(True, "real"), (True, "real"), (False, "not shown")]


def test_a_pair_has_its_counts_of_segments_and_what_could_be_detected():
    table = pairs_table(ORDINARY)
    assert table.columns[5:7] == ("win/tie/loss", "detectable")
    assert [[cell.text for cell in row[5:7]] for row in table.rows] == [
        ["0/0/16", "5.1"], ["1/0/15", "5.4"], ["8/2/6", "2.9"],
    ]  # fmt: skip


def test_the_notes_say_over_what_p_is_corrected():
    assert "corrected for all pairs of systems" in pairs_table(ORDINARY).notes[0]
    assert "corrected for the comparisons with far" in pairs_table(BASELINE).notes[0]
    mixed = replace(ORDINARY, mixed="Warning: mixed.")
    assert "corrected for all pairs of systems on one footing" in pairs_table(mixed).notes[0]


def test_no_test_is_explained_where_there_is_none():
    assert not any("sign-flip" in line for line in pairs_table(ONE).notes)


def test_there_is_no_table_of_pairs_without_pairs():
    assert pairs_table(FAILED) is None


# --- formats ----------------------------------------------------------------------------------------------------------


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
    table = list(csv.DictReader(io.StringIO(rendered("ordinary", "csv")), strict=True))
    assert len(table) == 12
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


def test_json_refuses_what_is_no_number():
    bad = replace(ONE, systems=(SystemScores("x", "system", {"rougeL": score(NAN)}),))
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.dumps(to_json(bad))


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for each in CASES:
        for form in reporting.FORMATS:
            (GOLDEN / f"{each}.{SUFFIXES[form]}").write_text(rendered(each, form), encoding="utf-8")
