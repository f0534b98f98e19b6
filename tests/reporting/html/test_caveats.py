"""Which notes stand above all tables of a page, and which below theirs."""

from dataclasses import replace

from harness.reporting.html import Page, caveats, page
from tests.reporting.html.records import scores

TINY = "a tiny model for tests"
DATA = "Rank no models on it."


def table(task, *, notes=(), remarks=()):
    """Return a table with notes on its data, and remarks on its system `near`."""
    made = scores(task=task, notes=notes)
    return replace(
        made, systems=tuple(replace(row, notes=remarks) if row.name == "near" else row for row in made.systems)
    )  # fmt: skip


def test_notes_on_the_data_of_all_tables_stand_first_and_once():
    tables = [table("translate", notes=[DATA], remarks=(TINY, "2 of 4 outputs are empty")), table("gist", notes=[DATA])]
    assert caveats.at_a_glance(tables, {"near": TINY}) == [DATA, f"near: {TINY}"]
    assert caveats.of_table(tables[0], tables, {"near": TINY}) == ["near: 2 of 4 outputs are empty"]
    assert caveats.of_table(tables[1], tables, {"near": TINY}) == []


def test_a_note_on_several_tables_of_more_names_them():
    tables = [table("translate", notes=[DATA]), table("gist", notes=[DATA]), table("headline")]
    assert caveats.at_a_glance(tables, {}) == [f"translate and gist: {DATA}"]


def test_a_note_on_the_data_of_one_table_stands_first_below_it_and_is_announced():
    tables = [table("translate", notes=[DATA], remarks=("2 of 4 outputs are empty",)), table("gist")]
    assert caveats.at_a_glance(tables, {}) == ["More notes on the data stand below the table of translate."]
    assert caveats.of_table(tables[0], tables, {}) == [DATA, "near: 2 of 4 outputs are empty"]


def test_the_notes_on_the_data_of_the_only_table_stand_above_it():
    tables = [table("translate", notes=[DATA])]
    assert caveats.at_a_glance(tables, {}) == [DATA]
    assert caveats.of_table(tables[0], tables, {}) == []


def test_systems_with_the_same_note_share_a_line():
    one = table("translate", remarks=(TINY,))
    both = replace(one, systems=tuple(replace(row, notes=(TINY,)) for row in one.systems))
    assert caveats.at_a_glance([both], {"near": TINY, "far": TINY}) == [f"far, near: {TINY}"]


def test_a_note_on_licences_stays_with_the_note_of_the_config():
    told = f"{TINY}; licence of x: CC BY-NC 4.0, which forbids commercial use"
    tables = [table("translate", remarks=(told,))]
    assert caveats.at_a_glance(tables, {"near": TINY}) == [f"near: {told}"]
    assert caveats.of_table(tables[0], tables, {"near": TINY}) == []


def test_no_note_of_a_page_is_lost_or_told_twice():
    tables = [table(task, notes=[DATA], remarks=(TINY, f"a remark on {task}")) for task in ("translate", "gist")]
    text = page(Page("a run", tables, notes={"near": TINY}))
    for note in (DATA, TINY, "a remark on translate", "a remark on gist"):
        assert text.count(note) == 1
