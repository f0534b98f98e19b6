"""Tables in a terminal: they fit, Hindi is aligned, and warnings are brighter than the fine print."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from harness.core.records import ENGLISH
from harness.core.scores import Count, Diagnostics, SystemScores
from harness.reporting import Cell, Table, terminal, without_references
from harness.reporting.details import pairs_table, slices_table
from harness.reporting.table import systems_table
from harness.reporting.widths import padded, shortened, width, wrapped
from tests.reporting.scores import BASELINE, FAILED, MIXED, ONE, ORDINARY, score

READ = Diagnostics(
    16, {"cut": Count(1, 16), "unread": Count(423, 934), "unknown": Count(3, 511), "wrong_script": Count(3, 16)}
)
# 106 columns wide: every column that a table of systems can have, and a name of ordinary length.
WIDE = replace(
    ORDINARY,
    systems=tuple(
        replace(system, name=name, diagnostics=READ if system.role == "system" else None)
        for system, name in zip(
            ORDINARY.systems, ("tiny-indictrans2", "facebook/nllb-200-distilled-600M", "near", "reference"), strict=True
        )
    ),
    comparisons=(),
)


def headings(table: Table, columns: int) -> list[str]:
    """Return the headings that are shown in so many columns."""
    line = terminal.render([table], columns=columns, fit=True).split("─")[0].splitlines()[-1]
    return re.split(r"  +", line)


@pytest.mark.parametrize("columns", [44, 60, 72, 80, 100, 120])
@pytest.mark.parametrize("scores", [ORDINARY, ONE, FAILED, MIXED, WIDE], ids=lambda scores: scores.task)
def test_no_line_of_a_table_is_wider_than_the_terminal(scores, columns):
    # The verdict of a pair, its difference and p need 45 columns.
    tables = [systems_table(scores), *([pairs_table(scores), slices_table(scores, "kind")] if columns > 45 else [])]
    text = terminal.render([table for table in tables if table], columns=columns, fit=True)
    assert max(map(width, text.splitlines())) <= columns


def test_a_table_of_outputs_without_references_fits_too():
    counts = {"words": Count(5, 2), "script": Count(1, 2), "repetition": Count(0.1, 2), "copied": Count(1, 2)}
    table = without_references.table("translate", ENGLISH, {"x" * 30: Diagnostics(16, counts | dict(READ.counts))}, ())
    text = terminal.render([table], columns=50, fit=True)
    assert max(map(width, text.splitlines())) <= 50
    assert "not Latn" in text and "3/16" in text


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        (140, ["system", "rank", "chrf++", "bleu", "ter ↓", "chrf++, 2 refs", "cut", "unread", "unknown", "not Latn"]),
        (112, ["system", "chrf++", "bleu", "ter ↓", "chrf++, 2 refs", "cut", "unread", "unknown", "not Latn"]),
        (105, ["system", "chrf++", "bleu", "ter ↓", "chrf++, 2 refs", "cut", "unread", "not Latn"]),
        (95, ["system", "chrf++", "bleu", "ter ↓", "chrf++, 2 refs", "cut", "not Latn"]),
        (80, ["system", "chrf++", "bleu", "ter ↓", "cut", "not Latn"]),
        (65, ["system", "chrf++", "cut", "not Latn"]),
        (50, ["system", "chrf++", "not Latn"]),
        (40, ["system", "chrf++", "not Latn"]),
    ],
)
def test_columns_go_in_the_order_that_terminal_py_states(columns, shown):
    assert headings(systems_table(WIDE), columns) == shown


def test_a_note_names_the_columns_that_are_not_shown_and_their_legend_goes():
    text = terminal.render([systems_table(WIDE)], columns=80, fit=True)
    assert (
        "Not shown in 80 columns: rank; chrf++, 2 refs; unread; unknown. A wider terminal or --format json shows all."
        in " ".join(text.split())
    )
    assert "rank: systems" not in text and "unread: share" not in text
    assert "cut: sources longer" in text


def test_the_legend_of_pairs_explains_only_columns_that_are_shown():
    legend = terminal.render([pairs_table(ORDINARY)], columns=60, fit=True).replace("\n", " ")
    assert "p (Holm): corrected for" in legend  # though `p`, with which this line begins, is not shown
    assert "win/tie/loss: " not in legend and "detectable: " not in legend
    assert "win/tie/loss: " in terminal.render([pairs_table(ORDINARY)], columns=60)


def test_a_table_of_a_column_for_each_system_is_folded_so_that_every_system_is_shown():
    names, groups = [f"system-{number}" for number in range(5)], ("verbs", "names")
    table = Table(
        title="by group", caption="", columns=("group", "n", *names), notes=(), folds=2,
        rows=tuple((Cell(group), Cell("70"), *(Cell(f"{group[0]}{name[-1]}") for name in names)) for group in groups),
    )  # fmt: skip
    assert terminal.render([table], columns=40, fit=True).splitlines()[2:] == [
        "group   n  system-0  system-1  system-2",
        "───────────────────────────────────────",
        "verbs  70        v0        v1        v2",
        "names  70        n0        n1        n2",
        "",
        "group   n  system-3  system-4",
        "─────────────────────────────",
        "verbs  70        v3        v4",
        "names  70        n3        n4",
    ]
    assert terminal.render([table], columns=80, fit=True).count("group ") == 1
    assert terminal.render([table], columns=12, fit=True).count("group ") == 5
    assert terminal.render([table], columns=40).count("group ") == 1


def test_without_fit_nothing_is_dropped_for_a_file_has_no_width():
    text = terminal.render([systems_table(WIDE)], columns=80)
    assert "unknown" in text and "facebook/nllb-200-distilled-600M" in text and "Not shown" not in text


def test_no_number_is_cut_however_narrow_the_terminal_is():
    text = terminal.render([systems_table(WIDE)], columns=20, fit=True)
    assert "*60.0 [57.5, 62.5]*" in text and "3/16" in text


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("short", 12, "short"),
        ("facebook/nllb-200-600M", 12, "facebo…-600M"[:6] + "…" + "-600M"),
        ("facebook/nllb-200-600M", 22, "facebook/nllb-200-600M"),
        ("first-system − second-system", 19, "firs…tem − seco…tem"),
        ("a − second-system-of-all", 15, "a − secon…f-all"),
        ("परीक्षण-प्रणाली", 8, None),
    ],
)
def test_a_name_is_shortened_in_the_middle_because_variants_differ_at_the_end(text, columns, expected):
    found = shortened(text, columns)
    assert width(found) <= columns
    assert expected is None or found == expected
    assert text[0] == found[0]


# Widths that tmux 3.3a moved its cursor by.
@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("हिन्दी", 5),
        ("क्षेत्र", 4),
        ("मॉडल", 4),
        ("परीक्षा", 6),
        ("ना", 2),
        ("日本", 4),
        ("abc", 3),
        ("", 0),
        ("e\u0301", 1),
    ],
)
def test_a_text_is_as_wide_as_terminals_draw_it(text, columns):
    assert width(text) == columns
    assert width(padded(text, 9, right=False)) == width(padded(text, 9, right=True)) == 9


def test_rows_with_hindi_names_are_as_wide_as_others():
    systems = tuple(SystemScores(name, "system", {"chrf++": score(5.0)}) for name in ("परीक्षा", "हिन्दी-मॉडल", "ascii"))
    text = terminal.render([systems_table(replace(ORDINARY, systems=systems, comparisons=()))])
    lines = text.splitlines()[2:7]
    assert len({width(line) for line in lines if line}) == 1


def test_prose_is_wrapped_at_spaces():
    assert list(wrapped("one two three", 7)) == ["one two", "three"]
    assert list(wrapped("a-very-long-word b", 5)) == ["a-very-long-word", "b"]
    assert list(wrapped("", 5)) == [""]


def test_warnings_are_bold_and_the_fine_print_is_dim_and_remarks_are_neither():
    lines = terminal.render([systems_table(ORDINARY)], styled=True).splitlines()
    (warning,) = [line for line in lines if "Warning: with fewer than 50" in line]
    (signature,) = [line for line in lines if "nrefs:2|v:1" in line]
    (remark,) = [line for line in lines if "2 of 16 outputs are empty" in line]
    assert warning.startswith("\x1b[1m") and signature.startswith("\x1b[2m") and "\x1b" not in remark
    assert lines.index(warning) < lines.index(signature)


def test_styles_do_not_move_a_column():
    plain = [
        re.sub(r"\x1b\[\d*m", "", line) for line in terminal.render([systems_table(ORDINARY)], styled=True).splitlines()
    ]
    rows = [line for line in plain[2:9] if line]
    assert len({width(line.rstrip()) for line in rows}) == 1


def test_a_bold_cell_that_is_empty_is_no_trouble():
    table = Table("t", "c", ("system", "x"), ((Cell("", True), Cell("1", True)),), ())
    assert terminal.render([table], styled=True)


def test_a_table_with_a_baseline_fits():
    text = terminal.render([systems_table(BASELINE)], columns=60, fit=True)
    assert max(map(width, text.splitlines())) <= 60
