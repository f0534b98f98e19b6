"""How tables are laid out in each format: one golden file per format, and escaping.

The files in golden/ are what the code printed once, checked by eye. Write them anew (and read the difference) with

    python -m tests.reporting.test_formats
"""

import csv
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from harness import reporting
from harness.core import files
from harness.core.scores import Count, Diagnostics, SystemScores
from harness.reporting import Cell, Table
from harness.reporting.details import pairs_table, slices_table
from harness.reporting.json import VERSION, document, to_json
from harness.reporting.table import systems_table
from harness.reporting.without_references import to_json as diagnostics_to_json
from harness.scoring import diagnostics
from tests.paths import GOLDEN, ROOT
from tests.reporting.scores import ANSWERS, BASELINE, FAILED, MIXED, ONE, ORDINARY, score

CASES = {"ordinary": ORDINARY, "one-segment": ONE, "failed": FAILED, "baseline": BASELINE, "mixed": MIXED}
SUFFIXES = {"table": "txt", "markdown": "md", "csv": "csv", "latex": "tex", "json": "json"}
NAN = float("nan")


def rendered(form):
    """Return two tasks, the first with its paired tests and a slice, as one command prints them."""
    if form == "json":
        return files.dumps(document([to_json(scores) for scores in (ORDINARY, ONE)], runs=["r-1"]), indent=2) + "\n"
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
    assert "\\item Bold" in one


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-39.8", "$-$39.8"),
        ("[-1.0, 2.4]", "{}[$-$1.0, 2.4]"),
        ("40.0 (-1.0)", "40.0 ($-$1.0)"),
        ("–", "--"),
        ("8/2/6", "8/2/6"),
    ],
)
def test_latex_has_real_minus_signs_in_numbers_and_none_in_names(text, expected):
    table = Table("t", "c", ("system", "x"), ((Cell("nllb-600M -3"), Cell(text)),), ())
    assert rf"nllb-600M -3 & {expected} \\" in reporting.get("latex").render([table]).splitlines()


def test_latex_names_its_packages_and_has_a_label_and_one_group_of_notes():
    text = reporting.get("latex").render([systems_table(ORDINARY), pairs_table(ORDINARY)])
    for line in (r"\label{tab:translate}", r"\label{tab:translate-differences-in-chrfpp}"):
        assert text.count(line) == 1
    one = text.split(r"\end{table}")[0]
    assert one.startswith("% needs \\usepackage{booktabs} and \\usepackage{threeparttable}\n\\begin{table}")
    assert one.count(r"\begin{tablenotes}") == one.count(r"\end{threeparttable}") == 1
    assert "font with these letters" not in one
    hindi = replace(ONE, systems=(SystemScores("हिन्दी", "system", {"rougeL": score(5.0)}),))
    assert "XeLaTeX or LuaLaTeX" in reporting.get("latex").render([systems_table(hindi)])


def test_every_latex_environment_is_closed_and_every_row_has_all_columns():
    text = reporting.get("latex").render([systems_table(scores) for scores in CASES.values()])
    opened: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+)\}", text):
        opened.append(name) if kind == "begin" else opened.remove(name)
    assert opened == []
    for table in text.split(r"\end{table}")[:-1]:
        columns = len(re.search(r"\\begin\{tabular\}\{(\w+)\}", table)[1])
        rows = [line for line in table.splitlines() if line.endswith(r"\\")]
        assert {len(re.findall(r"(?<!\\)&", row)) + 1 for row in rows} == {columns}


# Names and notes with all that LaTeX reads as a command, as a ligature, or not at all in its old encoding.
ODD_NAMES = [
    "a_b", "100%", "R&D", "$x$", "#1", "{", "}", "~", "^2", "\\", "<unk>", "a|b", "[x]", "*x", "--num-beams", "---",
    "`ls`", "'x'", '"x"', "modèle", "Übersetzer", "ñandú", "«x»", "„x“", "Łódź", "Ġdid", "ą", "–", "—", "…", "×", "±",
    "≈", "≤ 5", "▁The", "⁇", "@@", "</s>", "a\u00a0b", "a\u202fb", "\\textbf{x}", "%", "",
]  # fmt: skip


def test_two_hyphens_stay_two_hyphens():
    lines = reporting.get("latex").render([one_cell("--num-beams---x")]).splitlines()
    assert r"-{}-num-beams-{}--x & 1 \\" in lines


@pytest.mark.parametrize(
    ("name", "comment"),
    [("Übersetzer", ""), ("«x»", r"\usepackage[T1]{fontenc}"), ("हिन्दी", "XeLaTeX"), ("系统", "XeLaTeX"),
     ("₹", "XeLaTeX"), ("♥", "XeLaTeX"), ("e\u0301", "XeLaTeX"), ("Ħal", "XeLaTeX")],
)  # fmt: skip
def test_a_comment_says_what_the_letters_of_a_latex_table_need(name, comment):
    before = reporting.get("latex").render([one_cell(name)]).split(r"\begin{table}")[0]
    assert comment in before and (comment or before.count("% needs") == 1)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex, to compile the tables")
def test_pdflatex_compiles_every_table(tmp_path):
    remarks = [each.remark.text for each in diagnostics.every().values() if each.remark is not None]
    rows = tuple((Cell(name), Cell("-1.0")) for name in ODD_NAMES)
    odd = Table("odd", "names and notes", ("system", "%"), rows, notes=(*ODD_NAMES, *remarks))
    tables = [systems_table(scores, intervals=True) for scores in CASES.values()]
    body = reporting.get("latex").render([*tables, pairs_table(ORDINARY), slices_table(ORDINARY, "kind"), odd])
    needed = ["booktabs", "threeparttable", "fontenc"]
    assert {name for name in needed if re.search(rf"% needs.*\\usepackage(\[T1\])?{{{name}}}", body)} == set(needed)
    packages = "\n".join([r"\usepackage[T1]{fontenc}", *(rf"\usepackage{{{name}}}" for name in needed[:2])])
    source = f"\\documentclass{{article}}\n{packages}\n\\begin{{document}}\n{body}\n\\end{{document}}\n"
    (tmp_path / "tables.tex").write_text(source, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "tables.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=300, check=False)
    log = done.stdout.decode("utf-8", "replace")
    if "threeparttable.sty' not found" in log or "booktabs.sty' not found" in log:
        pytest.skip("needs the LaTeX packages booktabs and threeparttable")
    assert done.returncode == 0, "\n".join(line for line in log.splitlines() if line.startswith(("!", "l.")))
    assert (tmp_path / "tables.pdf").stat().st_size > 10_000


@pytest.mark.parametrize("name", ["[x]", "*x"])
def test_latex_protects_a_name_that_the_line_break_before_would_swallow(name):
    lines = reporting.get("latex").render([one_cell(name)]).splitlines()
    assert not any(line.startswith(name[0]) for line in lines)


def test_the_terminal_marks_the_best_without_colours_and_cuts_no_number():
    text = reporting.get("table").render([systems_table(ORDINARY)], columns=40)
    assert "*60.0 [57.5, 62.5]*" in text and "59.2 [56.7, 61.7] ≈" in text
    assert "\x1b" not in text and "…" not in text
    assert not any(line.endswith(" ") for line in text.splitlines())


def test_the_terminal_styles_only_when_asked():
    text = reporting.get("table").render([systems_table(ORDINARY)], styled=True)
    assert "\x1b[1m" in text and "*60.0" not in text


def test_csv_has_every_score_unrounded_and_every_error_in_as_many_columns():
    table = [row for row in rows_of_csv(ORDINARY) if row["row"] == "score"]
    assert len(table) == 12
    found = {(row["system"], row["metric"]): row for row in table}
    assert float(found["far", "bleu"]["value"]) == 0.04
    assert float(found["near", "chrf++"]["low"]) == 59.2 - 2.5
    assert found["a_b|c%d&e", "chrf++"]["value_all_references"] == "62.5"
    broken = next(row for row in rows_of_csv(FAILED) if row["system"] == "broken")
    assert (broken["row"], broken["value"]) == ("error", "")
    assert broken["error"] == "out of memory; use a smaller batch_size"


def test_csv_has_the_run_the_rank_and_the_interval_of_each_score():
    scores = replace(ORDINARY, systems=tuple(replace(system, run="ci-1234") for system in ORDINARY.systems))
    near = next(row for row in rows_of_csv(scores) if (row["system"], row["metric"]) == ("near", "chrf++"))
    assert (near["run"], near["rank_best"], near["rank_worst"], near["low"], near["high"], near["confidence"]) == (
        "ci-1234", "1", "2", "56.7", "61.7", "0.95"
    )  # fmt: skip
    assert {row["rank_best"] for row in rows_of_csv(MIXED)} == {""}


def test_csv_has_every_comparison_of_every_metric():
    lines = [row for row in rows_of_csv(ORDINARY) if row["row"] == "comparison"]
    assert len(lines) == len(ORDINARY.comparisons)
    keys = ("system", "against", "metric", "value", "low", "high", "p", "p_adjusted", "significant", "error")
    assert [lines[2][key] for key in keys] == [
        "a_b|c%d&e", "near", "chrf++", "0.8", "-0.96", "2.4", "0.41", "0.41", "false", "",
    ]  # fmt: skip
    (untested,) = [row for row in rows_of_csv(ONE) if row["row"] == "comparison"]
    assert [untested[key] for key in keys[4:]] == ["", "", "", "", "", ""]


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
        *("p_bootstrap", "wins", "ties", "losses", "detectable", "flips", "role"),
        *("interval_single", "interval_articles", "people_agree"),
    }
    assert all(comparison.keys() == wanted for comparison in found["comparisons"])


def test_json_has_numbers_unrounded_and_null_where_there_is_none():
    ordinary, one = (to_json(CASES[case]) for case in ("ordinary", "one-segment"))
    assert ordinary["systems"][0]["metrics"]["chrf++"]["value"] == 20.25
    assert ordinary["systems"][0]["metrics"]["chrf++"]["all_references"] == {
        "value": 21.5, "signature": "nrefs:2|v:1", "segments": 16,
    }  # fmt: skip
    assert ordinary["systems"][3]["metrics"]["chrf++"]["all_references"] is None
    assert (ordinary["leaves_one_out"], one["leaves_one_out"]) == (True, False)
    assert ordinary["comparisons"][2]["interval"] == [-0.96, 2.4]
    assert ordinary["intervals"] == {
        "confidence": 0.95, "method": "t, bootstrap standard error", "resamples": 1000, "seed": 0, "units": 16,
        "unit": "segment",
    }  # fmt: skip
    assert one["intervals"] is None is one["systems"][0]["metrics"]["rougeL"]["interval"]
    assert one["comparisons"][0]["p"] is None
    assert (ordinary["tests"]["flips"], ordinary["tests"]["can_show"], one["tests"]["can_show"]) == (1000, True, False)
    assert ordinary["tests"]["interval"] == "t, bootstrap standard error"
    assert [pair["role"] for pair in ordinary["comparisons"][2:4]] == ["primary", "secondary"]
    assert ordinary["systems"][1]["metrics"]["chrf++"]["rank"] == {"best": 1, "worst": 2}


def test_rows_of_a_mixed_table_do_not_share_n_or_references():
    found = to_json(MIXED)
    shared = ("segments", "articles", "references", "intervals", "leaves_one_out")
    assert {found[key] for key in shared} == {None}
    assert [row["leaves_one_out"] for row in found["systems"]] == [True, True, False, False]
    assert [row["intervals"] and row["intervals"]["units"] for row in found["systems"]] == [16, 16, 60, None]
    assert {metric["rank"] for row in found["systems"] for metric in row["metrics"].values()} == {None}
    table = rows_of_csv(MIXED)
    assert {row["system"]: row["segments"] for row in table}["near (r2)"] == "120"
    assert {(row["articles"], row["references"]) for row in table} == {("", "")}


def test_json_has_the_counts_of_diagnostics_and_of_references():
    assert to_json(ONE)["systems"][1]["diagnostics"]["cut"] == {
        "part": 1, "whole": 1, "value": 100.0, "unit": "percent",
    }  # fmt: skip
    assert to_json(replace(ONE, reference_counts={2: 3, 1: 4}))["reference_counts"] == {"1": 4, "2": 3}


def test_score_run_and_compare_print_one_schema_with_a_version():
    assert document([to_json(ONE)]) == {"version": VERSION, "runs": [], "tasks": [to_json(ONE)], "differences": {}}
    assert document([], runs=["a"], differences={"git": {"a": 1}})["differences"] == {"git": {"a": 1}}
    found = Diagnostics(1, {"cut": Count(1, 1)})
    without_references = diagnostics_to_json("translate", "eng_Latn", {"x": found}, ())
    assert without_references.keys() < to_json(ONE).keys()
    assert without_references["systems"][0].keys() <= to_json(ONE)["systems"][1].keys()


def test_the_readme_of_results_documents_every_key_of_the_json():
    readme = (ROOT / "results" / "README.md").read_text(encoding="utf-8")
    section = readme[readme.index("## JSON and CSV") :]

    def keys(value):
        if isinstance(value, dict):
            for key, inner in value.items():
                yield key
                yield from keys(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from keys(inner)

    named = {
        "metrics",
        "diagnostics",
        "scores",
        "reference_counts",
        "differences",
    }  # their keys are names of the user's
    found = document([to_json(replace(MIXED, slices=ORDINARY.slices, answers=ANSWERS)), to_json(ONE), to_json(FAILED)])
    words = {key for key in keys(found) if key.isidentifier()} - set(diagnostics.every())
    systems = {system.name for scores in CASES.values() for system in scores.systems} | {"bleu", "ter", "rougeL"}
    assert {key for key in words - systems - named if f'"{key}"' not in section} == set()
    columns = reporting.get("csv").render([systems_table(ONE)]).splitlines()[0].split(",")
    assert {name for name in columns if name not in diagnostics.every() and name not in section} == set()


def test_json_refuses_what_is_no_number():
    bad = replace(ONE, systems=(SystemScores("x", "system", {"rougeL": score(NAN)}),))
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.dumps(to_json(bad))


if __name__ == "__main__":
    for each in reporting.FORMATS:
        (GOLDEN / f"tables.{SUFFIXES[each]}").write_text(rendered(each), encoding="utf-8")
