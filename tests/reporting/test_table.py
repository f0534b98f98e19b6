"""What tables say: rows, columns, marks, the verdict above and the notes below."""

from dataclasses import replace
from itertools import combinations

import pytest

from harness import reporting
from harness.core.scores import Count, Diagnostics, SampleSizePlan, SystemScores
from harness.reporting import Cell, Legend, Table, notes_once, overview
from harness.reporting.details import pairs_table, slices_table
from harness.reporting.json import to_json
from harness.reporting.table import systems_table
from harness.reporting.verdict import verdict
from harness.scoring import ranks, significance
from tests.reporting.scores import BASELINE, FAILED, MIXED, ONE, ORDINARY, how_tested, interval, pair, score


def rows(scores):
    return {row[0].text: row for row in systems_table(scores).rows}


def lines(table):
    return (*table.notes, *table.legend.lines)


# --- rows and columns -------------------------------------------------------------------------------------------------


def test_bounds_come_first_then_systems_from_the_best_then_the_failed():
    failed = SystemScores("broken", "system", {}, "no memory")
    found = rows(replace(ORDINARY, systems=(failed, *ORDINARY.systems)))
    assert list(found) == ["reference †", "a_b|c%d&e", "near", "far", "broken"]
    assert [cell.text for cell in found["broken"][1:]] == ["–"] * 5
    assert systems_table(ORDINARY).rule_after == 1


def test_the_primary_metric_is_the_first_column_and_has_the_interval():
    table = systems_table(ORDINARY)
    assert table.columns == ("system", "rank", "chrf++", "bleu", "ter ↓", "chrf++, 2 refs")
    assert [cell.text for cell in rows(ORDINARY)["near"]] == [
        "near", "1–2", "59.2 [56.7, 61.7] ≈", "33.1", "42.5 ≈", "62.4",
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


def test_systems_that_are_not_shown_to_differ_from_the_best_are_marked_metric_by_metric():
    names = systems_table(ORDINARY).columns
    tied = {
        name: [column for column, cell in zip(names, cells, strict=True) if cell.text.endswith("≈")]
        for name, cells in rows(ORDINARY).items()
    }
    assert tied == {"reference †": [], "a_b|c%d&e": [], "near": ["chrf++", "ter ↓"], "far": []}
    assert not any("≈" in cell.text for row in systems_table(ONE).rows for cell in row)


def test_if_lower_is_better_the_lowest_score_is_best():
    column = systems_table(ORDINARY).columns.index("ter ↓")
    bold = {name: cells[column].bold for name, cells in rows(ORDINARY).items()}
    assert bold == {"reference †": False, "a_b|c%d&e": True, "near": False, "far": False}
    ranked = replace(ORDINARY, primary="ter")
    assert [row[0].text for row in systems_table(ranked).rows] == ["reference †", "a_b|c%d&e", "near", "far"]


def test_ranks_are_a_column_if_three_systems_have_one():
    assert systems_table(ORDINARY).columns[:2] == ("system", "rank")
    assert [row[1].text for row in systems_table(ORDINARY).rows] == ["–", "1–2", "1–2", "3"]
    assert "rank" not in systems_table(replace(ORDINARY, systems=ORDINARY.systems[1:])).columns
    assert "rank" not in systems_table(ONE).columns


@pytest.mark.parametrize(
    ("groups", "lines_after"),
    [
        pytest.param("aab", (2,), id="two and one"),
        pytest.param("abb", (1,), id="one and two"),
        pytest.param("aaa", (), id="one group"),
        pytest.param("abc", (), id="each a group of its own, as the ranks say"),
        pytest.param("aabb", (2,), id="two and two"),
        pytest.param("ab", (), id="two systems have no ranks"),
    ],
)
def test_a_line_stands_between_systems_if_every_pair_across_it_is_shown(groups, lines_after):
    assert systems_table(ranked(*groups)).lines_after == lines_after


def test_a_pair_across_a_line_that_is_not_shown_removes_it():
    scores = ranked(*"aab")
    (first, *others) = [pair for pair in scores.comparisons if pair.significant]
    weaker = tuple(replace(pair, significant=False) if pair is first else pair for pair in scores.comparisons)
    assert others and systems_table(replace(scores, comparisons=weaker)).lines_after == ()


def test_the_score_against_all_references_stands_beside_scores_that_leave_one_out():
    assert systems_table(ORDINARY).columns[-1] == "chrf++, 2 refs"
    assert {name: cells[-1].text for name, cells in rows(ORDINARY).items()} == {
        "reference †": "–", "a_b|c%d&e": "62.5", "near": "62.4", "far": "21.5",
    }  # fmt: skip
    without = replace(ORDINARY, systems=ORDINARY.systems[:3], leaves_one_out=False)
    assert not any("ref" in column for column in systems_table(without).columns)


def test_the_column_of_a_metric_of_which_less_is_better_has_the_arrow_too():
    assert systems_table(replace(ORDINARY, primary="ter")).columns[-1] == "ter ↓, 2 refs"


def test_intervals_are_of_the_primary_metric_or_on_request_of_all():
    assert sum("[" in cell.text for cell in rows(ORDINARY)["near"]) == 1
    every = {row[0].text: row for row in systems_table(ORDINARY, intervals=True).rows}
    assert sum("[" in cell.text for cell in every["near"]) == 3


def test_with_a_baseline_each_score_has_its_difference_and_whether_it_is_shown():
    found = rows(BASELINE)
    assert [cell.text for cell in found["near"][1:3]] == ["59.2 [56.7, 61.7] (+39.0 shown)", "33.1"]
    assert [cell.text for cell in found["a_b|c%d&e"][1:3]] == ["60.0 [57.5, 62.5] (+39.8 shown)", "31.9 (+31.9)"]
    assert found["far (baseline)"][1].text == "20.2 [17.2, 23.2]"


@pytest.mark.parametrize(
    ("counts", "columns", "cells"),
    [
        ({"cut": Count(1, 19), "unread": Count(10, 200)}, ["cut", "unread"], ["1/19", "5.0%"]),
        ({"cut": Count(0, 19), "unread": Count(0, 200), "unknown": Count(1, 100_000)}, ["unknown"], ["<0.1%"]),
        ({"cut": Count(0, 19), "unknown": Count(0, 5), "copied": Count(5, 5), "words": Count(9, 3)}, [], []),
    ],
)
def test_columns_on_what_a_model_read_are_there_if_something_was_lost(counts, columns, cells):
    system = replace(ONE.systems[1], diagnostics=Diagnostics(19, counts))
    table = systems_table(replace(ONE, systems=(system, ONE.systems[2])))
    assert list(table.columns[2:]) == columns
    assert {row[0].text: [cell.text for cell in row[2:]] for row in table.rows} == {
        "mt5": cells, "lead": ["–"] * len(cells),
    }  # fmt: skip
    assert [line.partition(":")[0] for line in table.legend.marks if "model's" in line or "not read" in line] == columns


# --- the caption ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scores", "text"),
    [
        pytest.param(
            ORDINARY,
            "n = 16 segments of 1 article, 1 of 2 references at a time (close, newsroom), output",
            id="ordinary",
        ),
        pytest.param(
            replace(ORDINARY, leaves_one_out=False),
            "n = 16 segments of 1 article, 2 references (close, newsroom), output",
            id="against all references",
        ),
        pytest.param(ONE, "n = 1 segment of 1 article, 1 reference (close), output hin_Deva", id="one segment"),
        pytest.param(FAILED, "n = 5 segments, 1 reference (close), output", id="articles unknown"),
        pytest.param(
            replace(ORDINARY, reference_counts={1: 6, 2: 10}, leaves_one_out=False),
            "n = 16 segments of 1 article, up to 2 references (close, newsroom), output",
            id="segments differ in their references",
        ),
        pytest.param(
            replace(ORDINARY, reference_counts={1: 1200, 2: 16}),
            "n = 16 of 1,216 segments of 1 article, all but 1 of up to 2 references at a time (close, newsroom), out",
            id="segments without a second reference are not scored",
        ),
        pytest.param(MIXED, "mixed (see the first note), output eng_Latn", id="mixed"),
    ],
)
def test_the_caption_says_what_the_scores_are_over(scores, text):
    assert systems_table(scores).caption.startswith(text)


@pytest.mark.parametrize(
    ("counts", "note"),
    [
        ({1: 6, 2: 10}, "References: 10 segments with 2 references, 6 segments with 1 reference."),
        ({0: 1, 3: 15}, "References: 15 segments with 3 references, 1 segment with none."),
    ],
)
def test_a_table_says_how_many_segments_have_how_many_references_if_they_differ(counts, note):
    table = systems_table(replace(ORDINARY, reference_counts=counts))
    assert note in table.notes
    assert table.columns[-1] == "chrf++, all refs"
    assert not any(line.startswith("References:") for line in systems_table(ORDINARY).notes)


# --- the verdict ------------------------------------------------------------------------------------------------------


def ranked(*groups, units=16, p=0.01):
    """Return scores of systems a, b, c, ... from the best, and all their pairs: shown if their groups differ."""
    names = "abcdefgh"[: len(groups)]
    limits = interval(1, 5, units) if units > 1 else None
    group = dict(zip(names, groups, strict=True))
    pairs = list(combinations(names, 2))
    places = ranks.intervals(names, [(a, b) for a, b in pairs if group[a] != group[b]])
    lowest = len(pairs) * significance.smallest_p(units, 1000) if p else None
    return replace(
        ORDINARY,
        segments=units,
        systems=tuple(
            SystemScores(
                name, "system",
                {"chrf++": score(50 - 5 * place, 2, rank=(places[name].best, places[name].worst) if p else None)},
            )
            for place, name in enumerate(names)
        ),
        comparisons=tuple(pair("chrf++", a, b, 5, limits, p, p, group[a] != group[b]) for a, b in pairs),
        testing=how_tested(
            len(pairs), units, lowest=lowest, flips=None, enough=significance.enough_units(len(pairs), 0.05)
        ),
    )  # fmt: skip


def test_systems_with_one_score_have_no_leader():
    scores = ranked(1, 1)
    equal = tuple(replace(each, metrics=scores.systems[0].metrics) for each in scores.systems)
    assert verdict(replace(scores, systems=equal)) == "all systems have the same chrf++"


@pytest.mark.parametrize(
    ("scores", "text"),
    [
        pytest.param(ranked(1, 2), "a leads on chrf++; shown to differ from every other system", id="a winner"),
        pytest.param(ranked(1, 1), "a leads on chrf++; not shown to differ from b", id="two systems"),
        pytest.param(ranked(1, 1, 2), "a leads on chrf++; not shown to differ from b", id="one tie"),
        pytest.param(ranked(1, 1, 1, 2), "a leads on chrf++; not shown to differ from b and c", id="two ties"),
        pytest.param(ranked(1, 1, 1), "a leads on chrf++; not shown to differ from any other system", id="all tie"),
        pytest.param(
            ranked(*[1] * 6, 2),
            "a leads on chrf++; not shown to differ from b, c and 3 others",
            id="many ties are counted",
        ),
        pytest.param(
            ranked(1, 1, units=4, p=None),
            "a scores highest; with 4 segments no difference can be shown; 6 segments could show one",
            id="too few",
        ),
        pytest.param(
            ranked(1, 1, units=1, p=None),
            "a scores highest; with 1 segment no difference can be shown; 6 segments could show one",
            id="one",
        ),
        pytest.param(
            ranked(*[1] * 4, units=6),
            "a scores highest; with 6 segments and 6 pairs no difference can be shown; 8 segments could show one",
            id="the correction leaves no p-value below the level",
        ),
        pytest.param(
            replace(ranked(1, 1), testing=how_tested(1, lowest=0.2, flips=100)),
            "a scores highest; with 16 segments and 1 pair no difference can be shown; 1,000 flips could show one",
            id="too few flips",
        ),
        pytest.param(
            ONE,
            "lead scores highest; with 1 segment no difference can be shown; 6 segments could show one",
            id="a close lead",
        ),
        pytest.param(FAILED, "lead is the only system with a score", id="one system"),
        pytest.param(replace(FAILED, systems=FAILED.systems[:1]), "no system has a score", id="none"),
        pytest.param(MIXED, "no verdict: the rows are not scored on the same data and metrics", id="mixed"),
        pytest.param(BASELINE, "against far: better on chrf++: a_b|c%d&e and near", id="better than a baseline"),
        pytest.param(
            replace(BASELINE, primary="bleu"), "against far: not shown to differ: a_b|c%d&e", id="not shown to be"
        ),
        pytest.param(
            replace(BASELINE, comparisons=(replace(BASELINE.comparisons[0], delta=-3),)),
            "against far: worse on chrf++: a_b|c%d&e",
            id="worse than a baseline",
        ),
        pytest.param(
            replace(BASELINE, comparisons=()),
            "nothing is compared with far: it has no score here, or is the only system",
            id="no score of the baseline",
        ),
        pytest.param(
            replace(
                BASELINE,
                comparisons=(pair("chrf++", "near", "far", 39, None, None, None, False),),
                testing=how_tested(1, units=4, lowest=None, enough=6),
            ),
            "against far: with 4 segments no difference can be shown; 6 segments could show one",
            id="a baseline without a test",
        ),
    ],
)
def test_the_verdict_claims_what_the_tests_show(scores, text):
    assert verdict(scores) == text


def test_two_systems_with_one_highest_score_do_not_lead():
    tie = tuple(replace(system, metrics={"chrf++": score(50)}) for system in ranked(1, 1).systems)
    assert verdict(replace(ranked(1, 1, units=4, p=None), systems=tie)) == (
        "with 4 segments no difference can be shown; 6 segments could show one"
    )


# --- the notes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scores", "line"),
    [
        (ORDINARY, "near: 2 of 16 outputs are empty"),
        (ORDINARY, "a note of the run"),
        (FAILED, "broken: failed: out of memory; use a smaller batch_size"),
        (ORDINARY, "Bold, or between asterisks: the best system."),
        (
            ORDINARY,
            "≈: not shown to differ from the best (corrected paired test, or the interval of the difference contains "
            "0).",
        ),
        (
            ORDINARY,
            "rank: the best and the worst that a system may have on chrf++, by the pairs shown to differ. Between "
            "lines, every system above is shown to be better than every one below.",
        ),
        (
            ranked(1, 1, 1),
            "rank: the best and the worst that a system may have on chrf++, by the pairs shown to differ.",
        ),
        (ORDINARY, "Claims rest on the primary metric; marks in other columns are not corrected across metrics."),
        (
            replace(ORDINARY, articles=3, segments=120, testing=how_tested(3, units=120)),
            "Tests and intervals of differences are over segments: they speak for these 3 articles, not for others.",
        ),
        (ORDINARY, "† not a system: each reference scored against the others (leave one out)."),
        (
            ONE,
            "‡ not a system: for each metric, the sentences of the source with the highest score found, selected with "
            "the references in view.",
        ),
        (
            ORDINARY,
            "Leave one out: like the reference row, every row leaves one reference out in turn, and averages. "
            "Intervals, tests, ranks and the verdict use these scores. A column with refs in its heading uses all "
            "references, as published scores do.",
        ),
        (ORDINARY, "↓: lower is better."),
        (ONE, "cut: sources longer than the model's limit."),
        (ONE, "unknown: tokens outside the model's vocabulary."),
        (
            BASELINE,
            "(+1.0): difference from far; shown: by the paired test, corrected for all comparisons with far.",
        ),
        (
            replace(BASELINE, comparisons=BASELINE.comparisons[2:]),
            "(+1.0): difference from far; the paired test shows none of these differences.",
        ),
        (
            replace(BASELINE, comparisons=(pair("chrf++", "near", "far", 39, None, None, None, False),)),
            "(+1.0): difference from far; not tested.",
        ),
        (ORDINARY, "[low, high]: 95% interval, t, bootstrap standard error (1,000 resamples, seed 0) over segments."),
        (ORDINARY, "Intervals and tests speak for this one article, not for others."),
        (
            ORDINARY,
            "Warning: with fewer than 50 segments, only large differences can be shown.",
        ),
        (
            replace(
                FAILED,
                systems=(
                    SystemScores(
                        "lead",
                        "system",
                        {
                            "rougeL": replace(
                                score(25), interval=replace(interval(20, 30, 5), method="percentile bootstrap")
                            ),
                        },
                    ),
                ),
            ),
            "Warning: with fewer than 50 segments, intervals are too narrow and only large differences can be shown.",
        ),
        (FAILED, "The articles are not known, so segments count as independent of each other."),
        (ONE, "1 segment cannot give an interval; 3 could."),
        (replace(ONE, articles=2, segments=40), "2 articles cannot give an interval; 3 could."),
        (ORDINARY, "chrf++, bleu, ter: nrefs:1|v:1"),
        (ORDINARY, "chrf++, 2 refs: nrefs:2|v:1"),
        (ONE, "rougeL: nrefs:1"),
        (MIXED, "near (r2): 95% interval, t, bootstrap standard error (1,000 resamples, seed 0) over 60 articles."),
        (
            MIXED,
            "far, a_b|c%d&e: 95% interval, t, bootstrap standard error (1,000 resamples, seed 0) over 16 segments, "
            "which are of one article: they do not speak for others; one "
            "reference left out at a time.",
        ),
        (MIXED, "bleu only: no interval."),
        (MIXED, "chrf++: nrefs:3|v:1"),
    ],
)
def test_each_note_stands_below_a_table_that_needs_it(scores, line):
    assert line in lines(systems_table(scores))


@pytest.mark.parametrize(
    ("scores", "opening"),
    [
        (FAILED, "Bold"), (FAILED, "≈"), (ONE, "≈"), (ONE, "rank"), (ONE, "†"), (ORDINARY, "‡"), (ONE, "↓"),
        (ORDINARY, "cut"), (ORDINARY, "(+1.0)"), (ONE, "[low"), (ONE, "Intervals"), (ONE, "Warning"),
        (ORDINARY, "The articles"), (ORDINARY, "16 segments cannot"), (ONE, "Claims"), (MIXED, "Claims"),
        (ORDINARY, "Tests and intervals of differences are over segments"), (MIXED, "Bold"), (MIXED, "[low"),
        (MIXED, "Warning: w"),
        (replace(FAILED, systems=FAILED.systems[:1]), "5 segments cannot"),
        (MIXED, "chrf++, 2 refs"), (ONE, "Leave one out"), (MIXED, "Leave one out"),
        (replace(BASELINE, comparisons=()), "(+1.0)"),
    ],
)  # fmt: skip
def test_no_note_stands_below_a_table_that_does_not_need_it(scores, opening):
    assert not any(line.startswith(opening) for line in lines(systems_table(scores)))


def test_signatures_come_last():
    assert [line.partition(": ")[0] for line in systems_table(ORDINARY).legend.lines[-2:]] == [
        "chrf++, bleu, ter", "chrf++, 2 refs",
    ]  # fmt: skip


def test_a_mixed_table_says_so_first_and_marks_nothing_best():
    table = systems_table(MIXED)
    assert table.notes[0].startswith("Warning: mixed.")
    assert "n =" not in table.caption
    assert not any(cell.bold or "≈" in cell.text for row in table.rows for cell in row)
    assert table.rows[-1][0].text == "bleu only"  # it has no primary score
    assert not any("ref" in column for column in table.columns)


def table_of(*notes, marks=(), methods=(), signatures=()):
    return Table("t", "c", ("system",), ((Cell("x"),),), notes, Legend(marks, methods, signatures))


def test_no_line_is_printed_twice_below_the_tables_of_one_command():
    one = table_of("only one", "x: both", marks=("m1",), methods=("i",), signatures=("s1",))
    two = table_of("x: both", "only two", marks=("m1", "m2"), methods=("i", "few"), signatures=("s2",))
    assert notes_once([one, two]) == (
        [("only one",), ("only two",)], ("x: both", "m1", "m2", "i", "few", "s1", "s2"),
    )  # fmt: skip
    assert notes_once([one]) == ([one.notes], one.legend.lines)
    assert notes_once([]) == ([], ())


# --- paired tests and slices ------------------------------------------------------------------------------------------


def test_pairs_are_of_the_primary_metric_and_the_largest_difference_comes_first():
    table = pairs_table(ORDINARY)
    assert [row[1].text for row in table.rows] == ["-39.8", "-39.0", "+0.8"]
    assert [(row[1].bold, row[7].text) for row in table.rows] == [
        (True, "shown (chrf++)"), (True, "shown (chrf++)"), (False, "not shown"),
    ]  # fmt: skip


def test_a_pair_has_its_counts_of_segments_and_what_could_be_detected():
    table = pairs_table(ORDINARY)
    assert table.columns[5:7] == ("win/tie/loss", "detectable")
    assert [[cell.text for cell in row[5:7]] for row in table.rows] == [
        ["0/0/16", "5.1"], ["1/0/15", "5.4"], ["8/2/6", "2.9"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("scores", "over"),
    [
        (ORDINARY, ", over up to 1,000 random flips (seed 0); p (Holm): corrected for all pairs of systems."),
        (
            replace(ORDINARY, testing=how_tested(3, flips=None)),
            ", over all flips; p (Holm): corrected for all pairs of systems.",
        ),
        (BASELINE, ", over up to 1,000 random flips (seed 0); p (Holm): corrected for the comparisons with far."),
        (
            replace(ORDINARY, mixed="Warning: mixed.", testing=None),
            "; p (Holm): corrected for all pairs of systems on the same data and metrics.",
        ),
    ],
)
def test_the_legend_says_over_what_p_is_corrected(scores, over):
    line = f"p: paired sign-flip permutation test, two-sided{over}"
    assert line in pairs_table(scores).legend.methods


def test_no_test_is_explained_if_there_is_none():
    few = pairs_table(ranked(1, 1, units=4, p=None))
    assert not any("sign-flip" in line for line in lines(few))
    assert [row[7].text for row in few.rows] == ["n is too small"]


def test_a_table_of_pairs_says_if_the_correction_leaves_nothing_to_show():
    (note,) = pairs_table(ranked(*[1] * 4, units=6)).notes
    assert note == "With 6 segments and 6 pairs no difference can be shown; 8 segments could show one."
    assert pairs_table(ORDINARY).notes == ()


def test_a_run_shows_the_pairs_of_the_best_system_as_that_system_minus_the_other():
    table = pairs_table(ORDINARY, of_best=True)
    assert [row[0].text for row in table.rows] == ["a_b|c%d&e − far", "a_b|c%d&e − near"]
    assert [row[1].text for row in table.rows] == ["+39.8", "+0.8"]
    assert [row[5].text for row in table.rows] == ["16/0/0", "8/2/6"]
    low, high = (float(part) for part in table.rows[0][2].text.strip("[]").split(", "))
    assert 0 < low < 39.8 < high
    assert table.notes == ("These are the 2 pairs of a_b|c%d&e; harness compare shows all 3.",)


@pytest.mark.parametrize("scores", [FAILED, ONE])
def test_without_pairs_there_are_none_of_the_best_system_either(scores):
    assert pairs_table(scores, of_best=True) is None


@pytest.mark.parametrize("scores", [BASELINE, replace(ORDINARY, mixed="Warning: mixed."), ranked(1, 2)])
def test_all_pairs_are_shown_if_a_baseline_chose_them_if_there_is_no_best_and_of_two_systems(scores):
    assert [row[0] for row in pairs_table(scores, of_best=True).rows] == [row[0] for row in pairs_table(scores).rows]


def test_there_is_no_table_of_pairs_without_pairs_or_with_one_segment():
    assert pairs_table(FAILED) is None
    assert pairs_table(ONE) is None


def test_slices_have_their_n_and_a_column_for_each_row_of_the_table():
    table = slices_table(ORDINARY, "kind")
    assert table.columns == ("kind", "n", "reference", "a_b|c%d&e", "near", "far")
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["title", "1", "80.0", "71.0", "–", "<0.1"],
        ["body", "15", "–", "59.0", "60.1", "21.0"],
    ]
    assert lines(table) == ("Slices are not tested: a difference on few segments is mostly chance.",)
    assert slices_table(ORDINARY, "length") is None


def test_an_overview_explains_the_marks_of_its_primary_scores_only():
    def explained(shown):
        pairs = tuple(
            replace(pair, significant=shown) if pair.metric == "chrf++" else pair for pair in ORDINARY.comparisons
        )
        each = replace(ORDINARY, comparisons=pairs)
        return overview.table([replace(each, dataset="one"), replace(each, dataset="two")]).legend.marks

    # "ter" has ties in both cases.
    assert any(line.startswith("≈") for line in explained(False))
    assert explained(True) == ("Bold, or between asterisks: the best system.",)


def planned(needed, unit="segment"):
    return SampleSizePlan("a_b|c%d&e", "near", 0.8, 0.8, 16, unit, 16, needed, 14, 1834, 0.95, 0.0167, 1, 0.8)


BY = "a_b|c%d&e is ahead of near by 0.80 chrf++:"
IF_REAL = "would show such a difference, if it is real (95% interval 14 to 1,900; power 80%)."


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        (planned(1237), f"{BY} about 1,300 segments like these 16 {IF_REAL}"),
        (planned(99, "article"), f"{BY} about 99 articles like these 16 {IF_REAL}"),
        (
            planned(15),
            f"{BY} 16 segments are about as many as show such a difference, so that a few more may show it.",
        ),
    ],
)
@pytest.mark.parametrize("form", ["table", "markdown"])
def test_a_table_says_how_much_data_would_part_its_two_best_systems(plan, sentence, form):
    shown = reporting.get(form).render([systems_table(replace(ORDINARY, more_data=plan))])
    text = " ".join(shown.replace("\\", "").split())
    assert sentence in text
    without = reporting.get(form).render([systems_table(ORDINARY)])
    assert "is ahead of" not in without
    assert to_json(replace(ORDINARY, more_data=plan))["more_data"]["needed"] == plan.needed
