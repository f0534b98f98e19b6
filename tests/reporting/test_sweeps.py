"""A sweep in a table: one group, its best marked, and a warning with a figure."""

from dataclasses import replace

import pytest

from harness import reporting
from harness.core.scores import Sweep, SystemScores
from harness.reporting import order
from harness.reporting.json import to_json
from harness.reporting.table import systems_table
from tests.reporting.scores import ONE, score


def table(values, sweep, *, lower=False):
    return replace(
        ONE,
        systems=tuple(SystemScores(name, "system", {"rougeL": score(v, lower=lower)}) for name, v in values.items()),
        comparisons=(),
        testing=None,
        sweeps=(sweep,) if sweep else (),
    )


MEMBERS = ("a[x=1]", "a[x=2]")
SWEEP = Sweep("a", "", MEMBERS, "a[x=2]", 0.314, 0.456)
SCORES = table({"a[x=1]": 20.0, "b": 30.0, "a[x=2]": 40.0, "c": 25.0}, SWEEP)


def test_members_stand_together_where_the_best_belongs():
    assert [system.name for system in order.rows(SCORES)[1]] == ["a[x=2]", "a[x=1]", "b", "c"]
    below = table({"a[x=1]": 20.0, "b": 30.0, "a[x=2]": 26.0, "c": 25.0}, SWEEP)
    assert [system.name for system in order.rows(below)[1]] == ["b", "a[x=2]", "a[x=1]", "c"]


def test_the_best_member_is_marked_and_the_legend_says_how():
    found = systems_table(SCORES)
    assert [row[0].text for row in found.rows] == ["a[x=2] ¶", "a[x=1]", "b", "c"]
    (line,) = [line for line in found.legend.lines if line.startswith("¶")]
    assert line == ("¶ the best member of a sweep on rougeL; the other members stand below it, whatever their scores.")


@pytest.mark.parametrize(
    ("sweep", "expected"),
    [
        (
            SWEEP,
            "Warning: a[x=2] is the best of 2 settings of a on this test set, so its score is optimistic: by about "
            "0.31 points of rougeL (bootstrap), or 0.46 if all settings are equally good. Choose settings on other "
            "data.",
        ),
        (
            replace(SWEEP, optimism=None, optimism_if_equal=None),
            "Warning: a[x=2] is the best of 2 settings of a on this test set, so its score is optimistic. "
            "Choose settings on other data.",
        ),
    ],
)
def test_a_warning_says_by_how_much_the_best_is_overrated(sweep, expected):
    assert expected in systems_table(replace(SCORES, sweeps=(sweep,))).notes


@pytest.mark.parametrize("form", reporting.FORMATS)
def test_every_format_has_the_names_of_the_members(form):
    if form == "json":
        assert to_json(SCORES)["sweeps"] == [
            {
                "system": "a", "run": "", "members": ("a[x=1]", "a[x=2]"), "best": "a[x=2]",
                "optimism": 0.314, "optimism_if_equal": 0.456,
            }
        ]  # fmt: skip
    else:
        assert "a[x=2]" in reporting.get(form).render([systems_table(SCORES)])


def test_without_a_sweep_nothing_of_it_is_shown():
    found = systems_table(table({"a[x=1]": 20.0, "b": 30.0}, None))
    assert not any("¶" in cell.text for row in found.rows for cell in row)
    assert not any("settings" in line for line in (*found.notes, *found.legend.lines))
