"""Metrics against human scores: values, units of resampling, tests and ranks, and what is too little."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.core.errors import InputError
from harness.core.scores import Rank
from harness.metrics import Examples
from harness.metrics import get as get_metric
from harness.scoring import FloatArray, Resampling, intervals
from harness.scoring.meta_evaluation import default_metrics, evaluate, paired_p
from harness.scoring.meta_evaluation.correlation import AccuracyWithTies, KendallTauB, Pearson
from harness.scoring.meta_evaluation.human_scores import HumanScores, Settings, read
from harness.scoring.meta_evaluation.records import SEGMENT_LEVEL, SYSTEM_LEVEL, MetaEvaluation, MetricAgreement
from tests.scoring.meta_evaluation.rows import SYSTEMS, jsonl, rows, without
from tests.scoring.meta_evaluation.test_correlation import slow_tau_b

FEW = Resampling(resamples=200)
Made = list[dict[str, Any]]


def human_scores(path: Path, made: Made) -> HumanScores:
    (found,) = read([jsonl(path / "h.jsonl", made)], Settings(task="translate", target="hi"))
    return found


def evaluated(path: Path, made: Made, *metrics: str, settings: Resampling = FEW) -> MetaEvaluation:
    return evaluate(human_scores(path, made), metrics or ("chrf++", "bleu"), settings)


def of_metric(evaluation: MetaEvaluation, name: str) -> MetricAgreement:
    return next(each for each in evaluation.metrics if each.metric == name)


def test_segment_level_agreement_is_that_of_the_metrics_own_segment_scores(tmp_path: Path) -> None:
    made = without(rows(), "document")
    metric = get_metric("chrf++", "hin_Deva")
    examples = Examples([row["output"] for row in made], [[row["reference"] for row in made]])
    scores, human = metric.segment_scores(metric.statistics(examples)), np.array([row["score"] for row in made])
    found = of_metric(evaluated(tmp_path, made), "chrf++").agreements
    assert found["pearson"].value == pytest.approx(np.corrcoef(scores, human)[0, 1])
    assert found["kendall_tau_b"].value == pytest.approx(slow_tau_b(scores, human))


def test_system_level_agreement_is_that_of_the_scores_in_tables(tmp_path: Path) -> None:
    made = without(rows(), "document")
    metric = get_metric("bleu", "hin_Deva")
    scores, human = [], []
    for system in SYSTEMS:
        own = [row for row in made if row["system"] == system]
        examples = Examples([row["output"] for row in own], [[row["reference"] for row in own]])
        scores.append(float(metric.score(metric.statistics(examples).sum(axis=0))))
        human.append(np.mean([row["score"] for row in own]))
    found = of_metric(evaluated(tmp_path, made), "bleu").agreements
    assert found["system_pearson"].value == pytest.approx(np.corrcoef(scores, human)[0, 1])
    assert found["pairwise_accuracy"].value == 1.0


def test_every_statistic_has_a_value_in_its_interval(tmp_path: Path) -> None:
    for metric in evaluated(tmp_path, rows()).metrics:
        assert tuple(metric.agreements) == (*SEGMENT_LEVEL, *SYSTEM_LEVEL)
        for each in metric.agreements.values():
            assert each.value is not None and each.low is not None and each.high is not None
            assert each.low <= each.value <= each.high


def test_more_segments_give_narrower_intervals(tmp_path: Path) -> None:
    widths = []
    for segments in (20, 180):
        found = evaluated(tmp_path, without(rows(segments), "document"), "chrf++").metrics[0].agreements["pearson"]
        assert found.low is not None and found.high is not None
        widths.append(found.high - found.low)
    assert widths[1] == pytest.approx(widths[0] / 3, rel=0.5)


def test_metrics_that_count_errors_are_turned(tmp_path: Path) -> None:
    found = of_metric(evaluated(tmp_path, rows(), "ter"), "ter")
    assert found.turned
    assert found.agreements["kendall_tau_b"].value is not None and found.agreements["kendall_tau_b"].value > 0.5
    assert found.agreements["pairwise_accuracy"].value == 1.0


def test_documents_are_resampled_if_they_are_known(tmp_path: Path) -> None:
    with_documents = evaluated(tmp_path, rows(24))
    assert (with_documents.unit, with_documents.units, with_documents.segments) == ("document", 6, 24)
    alone = evaluated(tmp_path, without(rows(), "document"))
    assert (alone.unit, alone.units) == ("segment", 20)
    one = evaluated(tmp_path, [row | {"document": "d"} for row in rows(24)])
    assert one.unit == "segment"


def test_segments_are_resampled_if_documents_are_too_few_for_a_test(tmp_path: Path) -> None:
    found = evaluated(tmp_path, rows(20))
    assert (found.unit, found.units) == ("segment", 20)
    assert "5 documents are too few to resample: segments are resampled instead" in found.notes


def test_a_metric_that_agrees_better_is_shown_to(tmp_path: Path) -> None:
    """The people count wrong words, as ROUGE-1 does; for ROUGE-2 their places matter."""
    made = without(rows(60), "document")
    found = evaluated(tmp_path, made, "rouge1", "rouge2")
    (on_tau,) = (each for each in found.differences if each.statistic == "kendall_tau_b")
    assert on_tau.significant and on_tau.delta > 0 and on_tau.low is not None and on_tau.low > 0
    ranks = {each.metric: each.agreements["kendall_tau_b"].rank for each in found.metrics}
    assert ranks == {"rouge1": Rank(1, 1), "rouge2": Rank(2, 2)}


def test_metrics_with_equal_scores_are_not_shown_to_differ(tmp_path: Path) -> None:
    """Hindi is normalised by default, so both names are one metric."""
    found = evaluated(tmp_path, rows(), "chrf", "chrf-normalised")
    assert {each.delta for each in found.differences} == {0.0}
    assert {each.p for each in found.differences} == {1.0}
    assert {each.rank for metric in found.metrics for each in metric.agreements.values()} == {Rank(1, 2)}


def test_the_test_keeps_its_level_if_two_metrics_agree_equally_well() -> None:
    """Both metrics are the human score with as much noise of their own, so each difference is chance."""
    segments = np.repeat(np.arange(60), 4)
    shown = 0
    for seed in range(200):
        generator = np.random.default_rng(seed)
        human = generator.normal(size=240) + generator.normal(size=60)[segments]
        weights = generator.multinomial(60, np.full(60, 1 / 60), 200).astype(np.float64)
        one, other = (KendallTauB(human + generator.normal(size=240), human, segments) for _ in range(2))
        drawn = one.resampled(weights) - other.resampled(weights)
        shown += paired_p(one.value - other.value, drawn, units=60) < 0.05
    assert shown <= 20  # 10 are expected; more than 20 come by chance once in a thousand times


@pytest.mark.slow
@pytest.mark.parametrize("statistic", [Pearson, KendallTauB, AccuracyWithTies])
def test_intervals_contain_the_true_agreement_as_often_as_they_say(statistic: Any) -> None:
    """Segments of 4 outputs that share a difficulty, with ties. The true value is that of 5,000 segments."""

    def drawn(segments: int, seed: int) -> Any:
        generator = np.random.default_rng(seed)
        units = np.repeat(np.arange(segments), 4)
        quality = generator.normal(size=4 * segments) + generator.normal(size=segments)[units]
        human = np.round(2 * (quality + generator.normal(size=4 * segments) / 2))
        metric = np.round(10 * (quality + generator.normal(size=4 * segments)))
        return statistic(metric, human, *([units] * (2 if statistic is AccuracyWithTies else 1)))

    true, contained = drawn(5000, 1_000_000).value, 0
    weights = np.random.default_rng(0).multinomial(60, np.full(60, 1 / 60), 200).astype(np.float64)
    for seed in range(200):
        sample = drawn(60, seed)
        low, high = intervals.student(
            sample.value, sample.resampled(weights), units=60, confidence=0.95, scale=(-1.0, 1.0)
        )
        contained += low <= true <= high
    assert 176 <= contained <= 198  # 190 are expected


def test_p_values_are_corrected_for_all_pairs(tmp_path: Path) -> None:
    found = evaluated(tmp_path, rows(), "chrf++", "bleu", "rouge1", "rouge2")
    on_tau = [each for each in found.differences if each.statistic == "kendall_tau_b"]
    assert len(on_tau) == 6
    assert all(each.p_adjusted >= each.p for each in on_tau)
    assert max(each.p_adjusted / each.p for each in on_tau) > 1


def test_the_seed_decides_intervals_and_nothing_else(tmp_path: Path) -> None:
    same, again, other = (
        evaluated(tmp_path, rows(), settings=replace(FEW, seed=seed)).metrics[0].agreements["pearson"]
        for seed in (0, 0, 1)
    )
    assert same == again
    assert (same.value, same.low) != (other.value, other.low)
    assert same.value == other.value


def test_systems_are_compared_on_the_segments_that_all_have(tmp_path: Path) -> None:
    made = without(rows(), "document")
    found = evaluated(tmp_path, [row for row in made if (row["segment"], row["system"]) != ("s0", "best")])
    assert (found.segments, found.shared_segments, found.outputs) == (20, 19, 79)
    assert "system level: on the 19 segments that every system has" in found.notes


@pytest.mark.parametrize(
    ("made", "note"),
    [
        (without(rows(), "system"), "no system level: no column has the names of systems (--column system=NAME)"),
        (rows(systems=2), "no system level: it needs 3 systems, found 2 systems"),
        (rows(systems=1), "no system level: it needs 3 systems, found 1 system"),
        (
            [row for row in rows() if row["segment"] == f"s{SYSTEMS.index(row['system'])}"],
            "no system level: the systems share fewer than two segments",
        ),
    ],
)
def test_too_few_systems_are_said_in_one_line(tmp_path: Path, made: Made, note: str) -> None:
    found = evaluated(tmp_path, made)
    assert note in found.notes
    assert not any(set(each.agreements) & set(SYSTEM_LEVEL) for each in found.metrics)


@pytest.mark.parametrize(
    ("segments", "note", "interval", "tests"),
    [
        (2, "n = 2 segments is few: no interval and no test", False, False),
        (4, "n = 4 segments is few: no test", True, False),
        (8, "n = 8 segments is few: intervals are rough", True, True),
    ],
)
def test_too_few_segments_are_said_in_one_line(
    tmp_path: Path, segments: int, note: str, interval: bool, tests: bool
) -> None:
    found = evaluated(tmp_path, without(rows(segments), "document"))
    assert note in found.notes
    assert (found.metrics[0].agreements["pearson"].low is not None) == interval
    assert bool(found.differences) == tests


def test_without_two_outputs_of_a_segment_there_is_no_accuracy_with_ties(tmp_path: Path) -> None:
    found = evaluated(tmp_path, rows(systems=1))
    assert all("accuracy_with_ties" not in each.agreements for each in found.metrics)
    assert found.metrics[0].epsilon is None


def test_a_metric_that_gives_every_output_one_score_has_no_correlation(tmp_path: Path) -> None:
    made = [row | {"output": "गलत"} for row in without(rows(), "document")]
    found = evaluated(tmp_path, made, "bleu").metrics[0].agreements
    assert found["kendall_tau_b"].value is None and found["kendall_tau_b"].low is None


def test_the_systems_are_in_the_order_of_the_people(tmp_path: Path) -> None:
    assert evaluated(tmp_path, rows()).systems == SYSTEMS


def test_default_metrics_need_no_network(tmp_path: Path) -> None:
    human = human_scores(tmp_path, rows(2))
    for task in ("translate", "summarise", "headline", "gist"):
        for name in default_metrics(replace(human, task=task)):
            assert not get_metric(name, "hin_Deva").needs_network
    assert "ter" in default_metrics(human)


def test_a_metric_of_sources_needs_sources(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="annotations"):
        evaluated(tmp_path, rows(), "entities")


def test_a_metric_that_weights_by_all_references_reads_each_system_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in tables: references that occur once per system would have other weights."""
    metric = get_metric("chrf", "hin_Deva")
    read: list[int] = []
    statistics = metric.statistics

    def counted(examples: Examples) -> FloatArray:
        read.append(len(examples.hypotheses))
        return statistics(examples)

    monkeypatch.setattr(metric, "statistics", counted)
    monkeypatch.setattr("harness.metrics.get", lambda *_: metric)
    together = evaluated(tmp_path, rows(), "chrf")
    monkeypatch.setattr(metric, "context", lambda _: "weights")
    alone = evaluated(tmp_path, rows(), "chrf")
    assert read == [80, 20, 20, 20, 20]
    assert alone.metrics == together.metrics
