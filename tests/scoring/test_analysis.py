"""From statistics to claims: clusters, a baseline, counts, and what the data could have shown.

Intervals and single pairs are in test_scoring.py, which goes from texts to a table.
"""

import json

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.significance import PairedTest

from harness.core.errors import InputError
from harness.core.records import ENGLISH
from harness.scoring import Resampling, SystemStatistics, TestSet
from harness.scoring.analysis import assess
from harness.scoring.systems import score_systems
from tests.paths import ROOT

SETTINGS = Resampling(resamples=500, seed=0, confidence=0.95)


def make_test_set(n, metric="rouge1", articles=()):
    return TestSet(
        task="t", target=ENGLISH, primary=metric, metrics=(metric,), ids=tuple(map(str, range(n))), articles=articles,
        references={"r": ("x",) * n},
    )  # fmt: skip


def row(name, values, metric="rouge1"):
    values = np.asarray(values, dtype=float)
    return SystemStatistics(name, "system", {metric: np.stack([values, np.ones_like(values)], axis=-1)[None]}, {})


def clusters(scores, metric="rouge1"):
    return {system.name: system.metrics[metric].cluster for system in scores.systems}


BASE = np.random.default_rng(0).normal(50, 10, size=40)
NOISE = np.random.default_rng(1).normal(0, 1, size=40)


def test_systems_that_the_test_does_not_tell_apart_share_a_rank_cluster():
    found = assess(
        make_test_set(40), [row("low", BASE - 9), row("top", BASE + NOISE), row("near", BASE - 0.02)], SETTINGS
    )
    assert clusters(found) == {"low": 2, "top": 1, "near": 1}


@pytest.mark.parametrize("n", [1, 5])
def test_where_nothing_can_be_claimed_there_are_no_clusters(n):
    found = assess(make_test_set(n), [row("a", BASE[:n]), row("b", BASE[:n] - 20)], SETTINGS)
    assert clusters(found) == {"a": None, "b": None}
    assert found.comparisons[0].detectable is None is found.comparisons[0].p_bootstrap


def test_one_system_is_in_no_cluster():
    assert clusters(assess(make_test_set(40), [row("a", BASE)], SETTINGS)) == {"a": None}


def test_significant_needs_the_corrected_test_and_an_interval_without_0():
    found = assess(make_test_set(40), [row("a", BASE), row("b", BASE - 9), row("c", BASE + NOISE / 9)], SETTINGS)
    for pair in found.comparisons:
        interval = pair.interval
        assert pair.significant == (pair.p_adjusted < 0.05 and not interval.low <= 0 <= interval.high)
    assert {pair.significant for pair in found.comparisons} == {True, False}


def test_with_a_baseline_each_other_system_is_compared_with_it_and_nothing_else():
    rows = [row("a", BASE), row("base", BASE - 3 + NOISE), row("c", BASE - 9)]
    every, against = (assess(make_test_set(40), rows, SETTINGS, baseline=name) for name in (None, "base"))
    assert [(pair.a, pair.b) for pair in against.comparisons] == [("a", "base"), ("c", "base")]
    assert against.baseline == "base" and set(clusters(against).values()) == {None}
    first = next(pair for pair in every.comparisons if (pair.a, pair.b) == ("a", "base"))
    turned = next(pair for pair in every.comparisons if (pair.a, pair.b) == ("base", "c"))
    assert against.comparisons[0].p == first.p and against.comparisons[0].delta == first.delta
    assert against.comparisons[1].delta == -turned.delta
    assert against.comparisons[1].interval.low == pytest.approx(-turned.interval.high)
    assert (against.comparisons[1].wins, against.comparisons[1].losses) == (turned.losses, turned.wins)


def test_the_correction_with_a_baseline_is_over_the_comparisons_with_it():
    rows = [row(name, BASE + np.random.default_rng(seed).normal(0, 4, 40)) for seed, name in enumerate("abcd")]
    found = assess(make_test_set(40), rows, SETTINGS, baseline="a")
    ordered = sorted(found.comparisons, key=lambda pair: pair.p)
    expected = np.maximum.accumulate([min(1, pair.p * factor) for pair, factor in zip(ordered, (3, 2, 1), strict=True)])
    assert [pair.p_adjusted for pair in ordered] == pytest.approx(list(expected))


def test_segments_won_tied_and_lost_are_counted():
    values = BASE.copy()
    values[:3] += 1
    values[3:10] -= 1
    (pair,) = assess(make_test_set(40), [row("a", values), row("b", BASE)], SETTINGS).comparisons
    assert (pair.wins, pair.ties, pair.losses) == (3, 30, 7)


def test_of_a_metric_of_which_less_is_better_the_lower_score_wins_and_leads():
    few, many = (
        [[edits, 10.0] for edits in edits_of] for edits_of in ([1, 2, 1, 0, 3, 2, 1, 1], [5, 6, 4, 7, 5, 6, 4, 5])
    )
    rows = [
        SystemStatistics(name, "system", {"ter": np.array([stats])}, {})
        for name, stats in (("poor", many), ("good", few))
    ]
    found = assess(make_test_set(8, "ter"), rows, SETTINGS)
    assert clusters(found, "ter") == {"poor": 2, "good": 1}
    (pair,) = found.comparisons
    assert pair.delta > 0 and (pair.wins, pair.losses) == (0, 8)
    assert not found.systems[0].metrics["ter"].higher_is_better


def test_a_difference_that_no_outcome_could_show_is_not_called_detectable():
    # Six units give p >= 1/32; of three pairs the first must pass .05/3.
    rows = [row(name, BASE[:6] + shift) for name, shift in (("a", 0), ("b", 20), ("c", 40))]
    assert {pair.detectable for pair in assess(make_test_set(6), rows, SETTINGS).comparisons} == {None}
    (pair,) = assess(make_test_set(6), rows[:2], SETTINGS).comparisons
    assert pair.detectable is not None


def test_more_segments_can_show_smaller_differences():
    sizes = []
    for n in (40, 400):
        values, other = np.random.default_rng(2).normal(50, 10, size=(2, n))
        sizes.append(assess(make_test_set(n), [row("a", values), row("b", other)], SETTINGS).comparisons[0].detectable)
    assert sizes[1] == pytest.approx(sizes[0] / np.sqrt(10), rel=0.25)


def test_articles_are_what_is_resampled_and_what_is_counted_are_segments():
    articles = tuple(str(index % 8) for index in range(40))
    (pair,) = assess(make_test_set(40, articles=articles), [row("a", BASE), row("b", BASE - 5)], SETTINGS).comparisons
    assert (pair.interval.unit, pair.interval.units, pair.wins) == ("article", 8, 40)


# --- against sacreBLEU's own paired tests -----------------------------------------------------------------------------


def corpus():
    """Return references and three systems with words left out: by how many of them decides how good each is."""
    path = ROOT / "references" / "generated-news" / "translations.jsonl"
    references = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()][:120]
    generator = np.random.default_rng(3)
    systems = {
        name: [" ".join(w for w in line.split() if generator.random() > share) for line in references]
        for name, share in (("base", 0.1), ("near", 0.11), ("mid", 0.115), ("far", 0.2))
    }
    return references, systems


@pytest.mark.parametrize("name", ["bleu", "chrf", "chrf++"])
def test_scores_and_paired_p_values_are_those_of_sacrebleu_within_the_noise_of_resampling(name):
    references, systems = corpus()
    peer = BLEU() if name == "bleu" else CHRF(word_order=2 if name == "chrf++" else 0)
    of = TestSet(
        task="t", target=ENGLISH, primary=name, metrics=(name,), ids=tuple(map(str, range(len(references)))),
        articles=(), references={"r": tuple(references)},
    )  # fmt: skip
    rows = score_systems(of, {system: [lines] for system, lines in systems.items()}, notes={})
    found = assess(of, rows, Resampling(resamples=2000, seed=0, confidence=0.95), baseline="base")
    ours = {pair.a: pair for pair in found.comparisons}
    values = {system.name: system.metrics[name].value for system in found.systems}
    for kind, p_of in (("ar", lambda pair: pair.p), ("bs", lambda pair: pair.p_bootstrap)):
        test = PairedTest(list(systems.items()), {name: peer}, [references], test_type=kind, n_samples=2000)
        _, results = test()
        (theirs,) = (column for key, column in results.items() if key != "System")
        for system, result in zip(results["System"], theirs, strict=True):
            assert values[system] == pytest.approx(result.score, abs=1e-9)
            if system != "base":
                # Two estimates from 2,000 resamples each: four standard errors of their difference.
                noise = 4 * np.sqrt(2 * max(result.p_value, 0.005) / 2000)
                assert p_of(ours[system]) == pytest.approx(result.p_value, abs=noise), (kind, system)
    assert ours["far"].p < 0.01 < max(pair.p for pair in ours.values())


@pytest.mark.parametrize(
    "wrong",
    [{"resamples": 0}, {"resamples": -5}, {"seed": -1}, {"confidence": 0}, {"confidence": 1.0}, {"confidence": 95}],
)
def test_settings_that_make_no_interval_are_refused(wrong):
    with pytest.raises(InputError, match="expected resamples from 1, a seed from 0 and a confidence between 0 and 1"):
        Resampling(**wrong)
