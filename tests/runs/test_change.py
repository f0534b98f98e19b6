"""What changed from one run to another of the same systems."""

import json

import pytest

from harness.core.errors import InputError
from harness.reporting import html
from harness.runs import change, lookup
from harness.scoring import Resampling
from tests.paths import DATASET

CONFIG = """
name: {name}
datasets: [{dataset}]
tasks: [{{name: translate, metrics: [chrf++, bleu], primary: chrf++}}]
systems:
  - {{name: mine, family: replay, path: {name}.jsonl}}
  - {{name: steady, family: copy-source}}
bounds: []
statistics: {{resamples: 100}}
"""
IDS = [f"india-japan#s{number:02}" for number in range(1, 20)]


@pytest.fixture
def runs(tmp_path, run_cli):
    """Return two runs: the second has other outputs for ten of nineteen segments, most of them worse."""
    before = {name: f"India and Japan held talks on trade and security in Delhi, part {name[-2:]}." for name in IDS}
    after = {
        **before,
        **dict.fromkeys(IDS[:9], "nothing"),
        IDS[9]: "India and Japan discussed the Indo-Pacific region.",
    }
    for name, outputs in (("old", before), ("new", after)):
        lines = [json.dumps({"id": key, "text": text}) for key, text in outputs.items()]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
        (tmp_path / f"{name}.yaml").write_text(CONFIG.format(name=name, dataset=DATASET), encoding="utf-8")
        assert run_cli("run", tmp_path / f"{name}.yaml", "--results", tmp_path / "results").code == 0
    return lookup.find_all(tmp_path / "results", ["old", "new"])[0]


def test_a_system_is_compared_with_itself(runs):
    page = change.of_change(runs, Resampling(200, 0))
    assert page.before == {"mine (after)": "mine (before)", "steady (after)": "steady (before)"}
    assert page.lead[0].startswith("translate: mine -")
    assert "shown to be worse" in page.lead[0]
    assert page.lead[-1] == "translate: steady has the same score on every segment."


def test_the_segments_that_changed_most_come_first(runs):
    page = change.of_change(runs, Resampling(200, 0))
    assert [each.now for each in page.changed[:3]] == ["nothing"] * 3
    assert {each.system for each in page.changed} == {"mine"}
    assert all(each.before != each.now for each in page.changed)


def test_tests_are_corrected_for_these_pairs_only(runs):
    [table] = change.of_change(runs, Resampling(200, 0)).scores
    assert len(table.comparisons) == 2
    mine = next(pair for pair in table.comparisons if pair.a == "mine (after)")
    assert mine.p_adjusted == pytest.approx(min(1, 2 * mine.p))
    assert all(score.rank is None for row in table.systems for score in row.metrics.values())


def test_the_page_marks_an_output_against_the_one_before(runs):
    text = html.page(change.of_change(runs, Resampling(200, 0)))
    assert "What changed" in text
    assert '"base":[' in text


def test_two_runs_are_needed(runs):
    with pytest.raises(InputError, match="expected two runs, RUN_A and RUN_B, found 1"):
        change.of_change(dict([next(iter(runs.items()))]), Resampling(200, 0))
