"""How often people agree with a difference: published values, and where it is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.reporting import details
from harness.reporting import json as json_report
from harness.scoring import agreement
from tests.reporting.scores import ORDINARY, interval, pair

CHECKPOINTS = {
    "comet": "Unbabel/wmt22-comet-da", "cometkiwi": "Unbabel/wmt22-cometkiwi-da", "xcomet": "Unbabel/XCOMET-XL",
}  # fmt: skip
BLEU = pair("bleu", "near", "a_b|c%d&e", 1.2, interval(0.4, 2.0), 0.01, 0.01, True)


class TestShare:
    @pytest.mark.parametrize(
        ("metric", "difference", "expected"),
        [
            # mt-thresholds 1.0.4: `mt_thresholds.accuracy`; its readme states the first.
            ("bleu", 1.0, 0.63989),
            ("bleu", -1.0, 0.63989),
            ("chrf", 2.0, 0.83959),
            ("comet", 0.01, 0.90892),  # one point of comet22
            ("comet", 0.0025, 0.64487),
            ("cometkiwi", 0.005, 0.78680),
            ("xcomet", 0.02, 0.91565),
        ],
    )
    def test_it_is_that_of_mt_thresholds(self, metric: str, difference: float, expected: float) -> None:
        signature = (
            f"nrefs:1|{metric}|checkpoint:{CHECKPOINTS[metric]}@0123abcd|dtype:float32" if metric in CHECKPOINTS else ""
        )
        assert agreement.share(metric, difference, signature) == pytest.approx(expected, abs=2e-5)

    def test_another_checkpoint_has_no_curve(self) -> None:
        assert (
            agreement.share("comet", 0.01, "nrefs:1|comet|checkpoint:Unbabel/wmt22-comet-da-mine|dtype:float32") is None
        )

    def test_no_difference_says_nothing(self) -> None:
        assert agreement.share("bleu", 0.0, "") == 0.5

    @pytest.mark.parametrize("metric", ["chrf++", "bleu:tokenize=intl", "metricx", "bertscore", "rougeL"])
    def test_a_metric_without_a_curve_has_none(self, metric: str) -> None:
        assert agreement.share(metric, 3.0, "") is None


class TestShown:
    def test_a_table_ranked_by_a_metric_with_a_curve_has_a_column(self) -> None:
        table = details.pairs_table(replace(ORDINARY, primary="bleu", comparisons=(BLEU,)))
        assert table is not None
        place = table.columns.index("people agree")
        assert table.rows[0][place].text == "67.2%"
        assert any("aclanthology.org/2024.acl-long.110" in line for line in table.legend.methods)

    def test_another_table_has_a_line_on_its_two_best_systems(self) -> None:
        table = details.pairs_table(replace(ORDINARY, comparisons=ORDINARY.comparisons))
        assert table is not None and "people agree" not in table.columns
        (line,) = [line for line in table.legend.methods if "people rank" in line]
        assert "+1.2 bleu; people rank 67% of pairs" in line or "-1.2 bleu; people rank 67% of pairs" in line
        assert "No curve is published for chrf++." in line

    def test_only_translation_has_curves(self) -> None:
        scores = replace(ORDINARY, task="summarise", primary="bleu", comparisons=(BLEU,))
        table = details.pairs_table(scores)
        assert table is not None and "people agree" not in table.columns
        assert json_report.to_json(scores)["comparisons"][0]["people_agree"] is None

    def test_json_has_the_share_of_every_pair(self) -> None:
        shares = [
            each["people_agree"] for each in json_report.to_json(replace(ORDINARY, comparisons=(BLEU,)))["comparisons"]
        ]
        assert shares == [pytest.approx(0.6733, abs=1e-3)]
