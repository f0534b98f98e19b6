"""The tables of questions beyond scores."""

from dataclasses import replace

from harness.core.scores import Answers, NoWorseClaim, Purchase, SampleSizePlan, SliceContrast, VarianceSplit
from harness.reporting import markdown
from harness.reporting.answers import tables
from harness.reporting.details import pairs_table, slices_table
from harness.reporting.notes import more_data
from tests.reporting.scores import ORDINARY


def claim(system, upper, changed=300, shown=False):
    return NoWorseClaim(system, "near", 0.5, shown, upper, 0.95, changed, 400, "segment")


def plan(needed=1240, looks=1, unit="segment", a="a_b|c%d&e"):
    limits = (None, None) if needed is None else (900, 1800)
    return SampleSizePlan(a, "near", 0.8, 2.0, 400, unit, 4000, needed, *limits, 0.95, 0.0158, looks, 0.8)


SPLIT = VarianceSplit(
    "x", "y", 10.0, 80.0, 10.0, 0.414, (Purchase("100 more segments in 1 new article", 0.391),)
)  # fmt: skip


def on_scale_of_one(**changes):
    """Return a table whose metrics are shown with three decimals."""
    rows = tuple(
        replace(row, metrics={name: replace(of, decimals=3) for name, of in row.metrics.items()})
        for row in ORDINARY.systems
    )
    return replace(ORDINARY, systems=rows, **changes)


def contrast(value, p, significant=False):
    return SliceContrast("x", "y", "kind", value, 120, -3.14, 1.0, p, significant)


def table_of(**answers):
    (table,) = tables(replace(ORDINARY, answers=Answers(**answers)))
    return table


def cells(table):
    return [tuple(cell.text for cell in row) for row in table.rows]


def test_without_questions_there_is_no_table():
    assert list(tables(ORDINARY)) == []


def test_a_claim_has_its_bound_and_how_many_units_changed():
    table = table_of(no_worse=(claim("a", 0.31, shown=True), claim("b", -1.2, changed=12), claim("c", None)))
    assert cells(table) == [
        ("a", "+0.3", "300/400", "shown no worse by 0.5"),
        ("b", "-1.2", "12/400", "not shown"),
        ("c", "–", "300/400", "not shown"),
    ]
    assert table.title == "translate: no worse than near by 0.5 in chrf++"
    assert table.columns == ("system", "largest drop", "segments changed", "verdict")
    assert "at least 20 segments changed" in " ".join(table.legend.lines)


def test_points_have_the_decimals_of_their_metric():
    answers = Answers(no_worse=(claim("a", 0.0031),), variance=replace(SPLIT, error=0.00414, purchases=()))
    no_worse, purchases = tables(on_scale_of_one(answers=answers))
    assert cells(no_worse)[0][1] == "+0.003"
    assert cells(purchases) == [("now", "0.0041")]
    (line,) = more_data(on_scale_of_one(more_data=replace(plan(), difference=0.0081)))
    assert "is ahead of near by 0.0081 chrf++" in line
    assert "-1.200 bleu; people rank" in " ".join(pairs_table(on_scale_of_one()).legend.methods)


def test_a_plan_says_how_many_and_how_sure_that_is():
    table = table_of(sample_sizes=(plan(), plan(a="other")))
    assert cells(table) == [("a_b|c%d&e − near", "+0.8", "400", "1,240", "[900, 1,800]", "840")]
    legend = " ".join(table.legend.lines)
    assert "would be shown by 80% of samples (level 0.016, corrected for 2 pairs)" in legend
    assert "More segments of the same articles speak for these articles only." in legend
    assert "looks" not in legend


def test_of_a_baseline_all_pairs_are_planned_for():
    scores = replace(ORDINARY, baseline="near", answers=Answers(sample_sizes=(plan(), plan(a="other"))))
    (table,) = tables(scores)
    assert len(table.rows) == 2


def test_a_plan_over_articles_says_segments_too():
    table = table_of(sample_sizes=(plan(unit="article", needed=1000),))
    assert table.columns[-1] == "segments"
    assert cells(table)[0][-1] == "10,000"


def test_looks_are_explained():
    legend = " ".join(table_of(sample_sizes=(plan(looks=5),)).legend.lines)
    assert "With 5 looks at equal steps" in legend
    assert "p, not p (Holm), is below 0.016 (Pocock's level)" in legend


def test_enough_units_need_no_more_and_systems_that_do_not_differ_have_no_plan():
    assert cells(table_of(sample_sizes=(plan(needed=300),)))[0][-1] == "0"
    assert cells(table_of(sample_sizes=(plan(needed=None),)))[0][3:] == ("–", "–", "–")


def test_what_to_buy_is_listed_from_now_on():
    table = table_of(variance=SPLIT)
    assert cells(table) == [("now", "0.41"), ("100 more segments in 1 new article", "0.39")]
    assert table.notes == (
        "Variance of the difference: 10.0% between articles, 80.0% between segments of an article, "
        "10.0% between samples.",
    )


def test_unknown_components_are_said():
    notes = table_of(variance=replace(SPLIT, articles=None, samples=None)).notes
    assert notes[0] == "Variance of the difference: 100% between segments."
    assert notes[1].startswith("The variance between articles is not known")
    assert notes[2].startswith("Each system has one sample")


def test_contrasts_that_are_shown_are_listed_alone():
    table = table_of(contrasts=(contrast("title", 0.002, True), contrast("body", 0.2)))
    assert cells(table) == [("x − y", "kind title", "120", "-3.1", "+1.0", "0.002", "shown")]
    assert table.notes == ("1 of 2 contrasts (slices by pairs) shown.",)


def test_if_none_is_shown_the_three_least_likely_are():
    table = table_of(contrasts=tuple(contrast(str(number), 0.1 * number) for number in range(1, 8)))
    assert len(table.rows) == 3
    assert table.notes == (
        "No slice is shown to differ from the rest; of 7 contrasts (slices by pairs), these have the lowest p.",
    )


def test_the_table_of_slices_says_what_is_tested():
    tested = slices_table(replace(ORDINARY, answers=Answers(contrasts=(contrast("title", 0.2),))), "kind")
    untested = slices_table(ORDINARY, "kind")
    assert "see below" in tested.legend.lines[0]
    assert untested.legend.lines[0].startswith("Slices are not tested")


def test_names_are_escaped_as_in_other_tables():
    rendered = markdown.render([table_of(sample_sizes=(plan(),))])
    assert "a_b\\|c%d&e − near" in rendered or "a\\_b\\|c" in rendered
