"""Shares of the items of a challenge set: verdicts, pairs, and the rules of every metric."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from harness import metrics
from harness.core import rankings, registry
from harness.core.errors import ScoringError
from harness.core.rankings import Ranked
from harness.core.records import ENGLISH, HINDI, Check, Condition
from harness.metrics import Examples

NAMES = [name for name in registry.names("metrics") if metrics.get(name, HINDI).is_share]
CHECKED = ["pairs-passed", "items-passed", "items-failed", "items-undecided"]
RANKED = ["pairs-preferred", "items-preferred"]

# "a" passes, "x" fails, and anything else is undecided.
CHECK = Check(must=((Condition("pattern", ("a",)),),), must_not=(Condition("pattern", ("x",)),))
ARTICLES = ("one", "one", "two", "three")  # a pair and two items without one


def score(name: str, outputs: Sequence[str], articles: Sequence[str] = ARTICLES) -> float:
    metric = metrics.get(name, ENGLISH)
    examples = Examples(
        outputs, [["unread"] * len(outputs)], annotations=[[CHECK]] * len(outputs), articles=articles
    )  # fmt: skip
    return float(metric.score(metric.statistics(examples).sum(axis=0)))


def ranking(**means: float) -> str:
    """Return a ranking of texts by their log-probability per token."""
    return rankings.write(Ranked(text, mean, 1) for text, mean in means.items())


def score_of_rankings(name: str, outputs: Sequence[str], references: Sequence[Sequence[str | None]]) -> float:
    metric = metrics.get(name, ENGLISH)
    articles = ARTICLES[: len(outputs)]
    return float(metric.score(metric.statistics(Examples(outputs, references, articles=articles)).sum(axis=0)))


def test_all_of_them_are_tested_here() -> None:
    assert sorted(NAMES) == sorted(CHECKED + RANKED)


@pytest.mark.parametrize(
    ("outputs", "passed", "failed", "undecided", "pairs"),
    [
        ("aaaa", 100, 0, 0, 100),
        ("xxxx", 0, 100, 0, 0),
        ("----", 0, 0, 100, 0),
        ("axaa", 75, 25, 0, 200 / 3),
        ("xaaa", 75, 25, 0, 200 / 3),
        ("aa--", 50, 0, 50, 100 / 3),
        ("a-ax", 50, 25, 25, 100 / 3),
        ("axx-", 25, 50, 25, 0),
    ],
)
def test_a_pair_counts_if_both_pass_and_the_three_verdicts_are_never_merged(
    outputs: str, passed: float, failed: float, undecided: float, pairs: float
) -> None:
    found = {name: score(name, list(outputs)) for name in CHECKED}
    expected = {"items-passed": passed, "items-failed": failed, "items-undecided": undecided, "pairs-passed": pairs}
    assert found == pytest.approx(expected)
    assert passed + failed + undecided == 100


def test_a_blind_system_that_takes_the_likelier_reading_scores_nothing_on_pairs() -> None:
    articles = [str(number // 2) for number in range(20)]
    assert score("pairs-passed", ["a", "x"] * 10, articles) == 0
    assert score("items-passed", ["a", "x"] * 10, articles) == 50


def test_the_items_of_a_pair_need_not_be_neighbours() -> None:
    assert score("pairs-passed", ["a", "a", "x", "a"], ["one", "two", "three", "one"]) == pytest.approx(200 / 3)


class TestRankings:
    RIGHT: Sequence[Sequence[str | None]] = [["r1", "r1"], ["r2", None]]

    @pytest.mark.parametrize(
        ("first", "passes"),
        [
            (ranking(r1=-1, r2=-2, w1=-3, w2=-4), True),
            (ranking(r1=-1, w1=-2, r2=-3), False),
            (ranking(w1=-1, r1=-2, r2=-3), False),
            (ranking(r1=-1, w1=-1), False),  # equal is not higher
            (ranking(r1=-1, w1=-2, much_longer=-0.5), True),  # not compared
            ("The child bit the dog.", False),  # no ranking
            ("", False),
        ],
    )
    def test_each_correct_text_must_be_above_each_wrong_one_of_its_length(self, first: str, passes: bool) -> None:
        outputs = [first, ranking(r1=-1, w1=-2)]
        assert score_of_rankings("items-preferred", outputs, self.RIGHT) == (100 if passes else 50)
        assert score_of_rankings("pairs-preferred", outputs, self.RIGHT) == (100 if passes else 0)


@pytest.mark.parametrize("name", NAMES)
class TestContract:
    """What `test_contract.py` asks of the other metrics."""

    def texts(self, name: str) -> tuple[list[str], list[str]]:
        """Return outputs that are all of the metric's best kind, and others."""
        right, wrong = ranking(r=-1, w=-2), ranking(r=-2, w=-1)
        if name in RANKED:
            return [right] * 4, [right, wrong, right, wrong]
        return (["a"] * 4, ["a", "x", "a", "-"]) if name.endswith("passed") else (["a"] * 4, ["a", "x", "-", "x"])

    def statistics(self, name: str, outputs: Sequence[str]) -> tuple[metrics.Metric, metrics.FloatArray]:
        metric = metrics.get(name, ENGLISH)
        examples = Examples(outputs, [["r"] * 4], annotations=[[CHECK]] * 4, articles=ARTICLES)
        return metric, metric.statistics(examples)

    def test_the_best_outputs_score_the_best_of_the_scale_and_others_less(self, name: str) -> None:
        best, others = self.texts(name)
        metric, statistics = self.statistics(name, best)
        assert metric.score(statistics.sum(axis=0)) == (100 if metric.higher_is_better else 0)
        assert 0 < metric.score(self.statistics(name, others)[1].sum(axis=0)) < 100

    def test_empty_outputs_are_legal_and_never_score(self, name: str) -> None:
        metric, statistics = self.statistics(name, [""] * 4)
        assert metric.score(statistics.sum(axis=0)) == (100 if name == "items-undecided" else 0)

    def test_part_and_whole_are_the_first_columns_and_a_segment_has_its_own_verdict(self, name: str) -> None:
        metric, statistics = self.statistics(name, self.texts(name)[1])
        assert statistics.shape == (4, 3)
        assert statistics.dtype == np.float64
        assert statistics[:, 1].sum() == pytest.approx(3 if name.startswith("pairs") else 4)
        assert set(metric.segment_scores(statistics)) <= {0.0, 100.0}

    def test_the_score_is_computed_for_many_sums_at_once(self, name: str) -> None:
        metric, statistics = self.statistics(name, self.texts(name)[1])
        sums = np.stack([statistics.sum(axis=0), statistics[:2].sum(axis=0), np.zeros(3)])
        assert metric.score(sums).tolist() == [float(metric.score(each)) for each in sums]

    def test_the_signature_tells_what_is_counted_and_the_citation_has_a_link(self, name: str) -> None:
        metric = metrics.get(name, HINDI)
        assert metric.signature(1) == metric.signature(None)
        assert len({metrics.get(other, HINDI).signature(1) for other in NAMES}) == len(NAMES)
        assert "https://" in metric.citation
        assert not metric.normalises

    def test_what_it_needs_is_asked_for(self, name: str) -> None:
        metric = metrics.get(name, ENGLISH)
        for missing in metric.needs:
            given = {"annotations": [[CHECK]] * 4, "articles": ARTICLES, missing: ()}
            with pytest.raises(ScoringError, match=f"expected {missing} of 4 segments, found 0"):
                metric.statistics(Examples(["a"] * 4, [["r"] * 4], **given))  # type: ignore[arg-type]
