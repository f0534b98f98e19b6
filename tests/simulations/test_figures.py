"""The figures that were written last are those of the code, and the READMEs quote them.

Write the tables of tests/README.md anew with

    python -m tests.simulations.test_figures
"""

import re

import pytest

from tests.paths import ROOT, TESTS
from tests.simulations import coverage, outputs, ranks, tables, type_one
from tests.simulations.__main__ import modules, read

FIGURES = read()
README = TESTS / "README.md"
TABLES = {"coverage": tables.coverage_table, "claims": tables.claims_table, "ranks": tables.ranks_table}


def near(share: float, written: float, replications: int, before: int) -> bool:
    """Whether two shares differ by no more than chance explains: four standard errors, and a point."""
    spread = max(written * (1 - written), 0.02) * (1 / replications + 1 / before)
    return abs(share - written) <= 4 * spread**0.5 + 0.01


def test_every_simulation_has_its_figures_in_the_table():
    assert set(FIGURES) == set(modules()), "run: python -m tests.simulations"


def marked(name: str) -> re.Pattern[str]:
    """Return the pattern of a table between its marks."""
    return re.compile(f"(?<=<!-- {name} -->\n).*?(?=<!-- end of {name} -->)", re.DOTALL)


@pytest.mark.parametrize("name", TABLES)
def test_the_readme_of_the_tests_has_the_figures(name):
    (written,) = marked(name).findall(README.read_text(encoding="utf-8"))
    assert written.strip() == TABLES[name](FIGURES), "run: python -m tests.simulations.test_figures"


def test_the_readme_quotes_the_figures():
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    covered = tables.covered(FIGURES, "t", [f"{count} segments" for count in coverage.SEGMENTS])
    assert f"95% intervals contained the true score in {covered} of test sets of 6 to 200 segments;" in text
    claimed = tables.claimed(FIGURES, "a claim, any pair")
    assert f"{claimed} of tables of six equally good systems claimed a difference on the primary metric" in text


def test_what_is_claimed_is_right_about_as_often_as_stated():
    for name, share in FIGURES["coverage"].items():
        if name.endswith(": t") and "segments of" not in name:
            assert 0.91 <= share <= 0.985, name
    for name, share in FIGURES["type_one"].items():
        if name.endswith(("a claim, any pair", "p (Holm) below .05, any pair", " p below .05, one pair")):
            assert share <= 0.065, name
        if name.endswith("an interval without 0, any pair") and "single" not in name:
            assert share <= 0.1, name
    assert min(FIGURES["ranks"][f"{count} segments: true rank given"] for count in ranks.SEGMENTS) >= 0.99


@pytest.mark.slow
@pytest.mark.parametrize("units", [{"segments": 6}, {"segments": 50}, {"articles": 5}])
def test_intervals_cover_as_often_as_the_table_says(units):
    ((kind, count),) = units.items()
    for metric in outputs.METRICS:
        for name, share in coverage.shares(metric, f"{metric}, {count} {kind}", 100, **units).items():
            assert near(share, FIGURES["coverage"][name], 100, 1000), name


@pytest.mark.slow
def test_tables_of_equals_make_as_few_claims_as_the_table_says():
    for name, share in type_one.of_tables(12, 40).items():
        assert near(share, FIGURES["type_one"][name], 40, 300), name


@pytest.mark.slow
def test_true_ranks_are_given_as_often_as_the_table_says():
    found = ranks.of_tables(200, 20)
    for name in ("200 segments: true rank given", "200 segments: all true ranks given"):
        assert near(found[name], FIGURES["ranks"][name], 20, 150), name


if __name__ == "__main__":
    content = README.read_text(encoding="utf-8")
    for each, table in TABLES.items():
        start, mark, rest = content.partition(f"<!-- {each} -->\n")
        end = rest[rest.index(f"<!-- end of {each} -->") :]
        content = f"{start}{mark}\n{table(FIGURES)}\n\n{end}"
    README.write_text(content, encoding="utf-8")
