"""From statistics to claims: ranks, a baseline, counts, and what the data could have shown.

Intervals and single pairs are in test_systems.py, which goes from texts to a table.
"""

import json
from time import process_time

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.significance import PairedTest

from harness.core.errors import InputError
from harness.core.records import ENGLISH
from harness.scoring import Resampling, SystemStatistics, TestSet, significance
from harness.scoring.analysis import assess
from harness.scoring.systems import score_systems
from tests.paths import ROOT
from tests.scoring.test_significance import mean

SETTINGS = Resampling(resamples=500, seed=0, confidence=0.95)


def make_test_set(n, metric="rouge1", articles=()):
    return TestSet(
        task="t", target=ENGLISH, primary=metric, metrics=(metric,), ids=tuple(map(str, range(n))), articles=articles,
        references={"r": ("x",) * n},
    )  # fmt: skip


def row(name, values, metric="rouge1"):
    values = np.asarray(values, dtype=float)
    return SystemStatistics(name, "system", {metric: np.stack([values, np.ones_like(values)], axis=-1)[None]}, {})


def ranks(scores, metric="rouge1"):
    found = {system.name: system.metrics[metric].rank for system in scores.systems}
    return {name: rank and (rank.best, rank.worst) for name, rank in found.items()}


BASE = np.random.default_rng(0).normal(50, 10, size=40)
NOISE = np.random.default_rng(1).normal(0, 1, size=40)


def test_systems_that_the_test_does_not_tell_apart_share_their_ranks():
    found = assess(
        make_test_set(40), [row("low", BASE - 9), row("top", BASE + NOISE), row("near", BASE - 0.02)], SETTINGS
    )
    assert ranks(found) == {"low": (3, 3), "top": (1, 2), "near": (1, 2)}


@pytest.mark.parametrize("n", [1, 5])
def test_if_nothing_can_be_claimed_there_are_no_ranks(n):
    found = assess(make_test_set(n), [row("a", BASE[:n]), row("b", BASE[:n] - 20)], SETTINGS)
    assert ranks(found) == {"a": None, "b": None}
    assert found.comparisons[0].detectable is None is found.comparisons[0].p_bootstrap
    assert found.testing.lowest_p is None and not found.testing.can_show and found.testing.enough_units == 6


def test_if_the_correction_leaves_no_p_value_below_the_level_there_are_no_ranks():
    # Eight units give p >= 2/256; seven pairs with a baseline, or six of four systems, are one too many or just enough.
    rows = [row(name, BASE[:8] - 3 * place) for place, name in enumerate("abcd")]
    four = assess(make_test_set(8), rows, SETTINGS)
    assert four.testing.lowest_p == 6 * 2 / 256 and ranks(four) == {"a": (1, 1), "b": (2, 2), "c": (3, 3), "d": (4, 4)}
    five = assess(make_test_set(8), [*rows, row("e", BASE[:8] - 20)], SETTINGS)
    assert set(ranks(five).values()) == {None}
    assert (five.testing.pairs, five.testing.units, five.testing.enough_units) == (10, 8, 9)


def test_one_system_has_no_rank():
    found = assess(make_test_set(40), [row("a", BASE)], SETTINGS)
    assert ranks(found) == {"a": None} and found.testing is None


def test_the_flips_are_those_of_the_settings_or_enough_for_the_number_of_pairs():
    rows = [row(name, BASE - 9 * place) for place, name in enumerate("abcdefg")]
    assert assess(make_test_set(40), rows[:2], SETTINGS).testing.flips == 1000
    many = assess(make_test_set(40), rows, SETTINGS)
    assert many.testing.flips == 10 * 21 / 0.05 and {pair.flips for pair in many.comparisons} == {4200}
    assert assess(make_test_set(40), rows, Resampling(flips=300)).testing.flips == 300
    few = [row(name, BASE[:8] - 9 * place) for place, name in enumerate("abcdefg")]
    assert assess(make_test_set(8), few, SETTINGS).testing.flips is None


def test_too_few_flips_for_so_many_pairs_show_nothing_and_the_number_that_would_do_is_given():
    rows = [row(name, BASE - 9 * place) for place, name in enumerate("abcdefg")]
    found = assess(make_test_set(40), rows, Resampling(flips=300))
    assert not found.testing.can_show and set(ranks(found).values()) == {None}
    assert found.testing.enough_flips == 4200 and found.testing.enough_units <= 40


def test_with_a_baseline_each_other_system_is_compared_with_it_and_nothing_else():
    rows = [row("a", BASE), row("base", BASE - 3 + NOISE), row("c", BASE - 9)]
    every, against = (assess(make_test_set(40), rows, SETTINGS, baseline=name) for name in (None, "base"))
    assert [(pair.a, pair.b) for pair in against.comparisons] == [("a", "base"), ("c", "base")]
    assert against.baseline == "base" and set(ranks(against).values()) == {None}
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
    assert ranks(found, "ter") == {"poor": (2, 2), "good": (1, 1)}
    (pair,) = found.comparisons
    assert pair.delta > 0 and (pair.wins, pair.losses) == (0, 8)
    assert not found.systems[0].metrics["ter"].higher_is_better


def test_a_difference_that_no_outcome_could_show_is_not_called_detectable():
    rows = [row(name, BASE + NOISE * place) for place, name in enumerate("abc")]
    few = Resampling(flips=50)  # p >= 1/51; of three pairs the first must pass .05/3
    assert {pair.detectable for pair in assess(make_test_set(40), rows, few).comparisons} == {None}
    (pair,) = assess(make_test_set(40), rows[:2], few).comparisons
    assert pair.detectable is not None


def test_intervals_of_differences_contain_them_all_at_once_and_those_of_single_pairs_stay():
    rows = [row(name, BASE + np.random.default_rng(seed).normal(0, 4, 40)) for seed, name in enumerate("abcd")]
    found = assess(make_test_set(40), rows, SETTINGS)
    for pair in found.comparisons:
        assert (
            pair.interval.low < pair.interval_single.low < pair.delta < pair.interval_single.high < pair.interval.high
        )
        assert pair.interval.method == "t, bootstrap standard error, maximum over 6 pairs"
        assert pair.interval_single.method == "t, bootstrap standard error"
    (one,) = assess(make_test_set(40), rows[:2], SETTINGS).comparisons
    assert (one.interval.low, one.interval.high) == pytest.approx((one.interval_single.low, one.interval_single.high))


def test_percentile_intervals_are_those_of_the_resamples_and_not_corrected():
    rows = [row(name, BASE + np.random.default_rng(seed).normal(0, 4, 40)) for seed, name in enumerate("abc")]
    found = assess(make_test_set(40), rows, Resampling(resamples=500, interval="percentile"))
    drawn = significance.bootstrap([each.statistics["rouge1"] for each in rows], mean, resamples=500, seed=0)
    first = found.systems[0].metrics["rouge1"].interval
    assert [first.low, first.high] == pytest.approx(list(np.quantile(drawn[0], [0.025, 0.975])))
    pair = found.comparisons[0]
    assert [pair.interval.low, pair.interval.high] == pytest.approx(
        list(np.quantile(drawn[0] - drawn[1], [0.025, 0.975]))
    )
    assert pair.interval == pair.interval_single and pair.interval.method == "percentile bootstrap"


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
    assert pair.interval_articles is None


@pytest.mark.parametrize("count", [2, 3, 5])
def test_with_two_to_five_articles_the_tests_are_of_their_segments_as_for_one_article(count):
    rows = [row("a", BASE), row("b", BASE - 5 + NOISE)]
    one = assess(make_test_set(40, articles=("x",) * 40), rows, SETTINGS)
    several = assess(make_test_set(40, articles=tuple(str(index % count) for index in range(40))), rows, SETTINGS)
    for key in ("p", "significant", "interval", "interval_single", "detectable"):
        assert getattr(several.comparisons[0], key) == getattr(one.comparisons[0], key)
    assert several.comparisons[0].significant and ranks(several) == ranks(one) == {"a": (1, 1), "b": (2, 2)}
    assert several.testing == one.testing and several.testing.unit == "segment"
    over_articles = several.comparisons[0].interval_articles, several.systems[0].metrics["rouge1"].interval
    if count == 2:
        assert over_articles == (None, None)
    else:
        assert {(interval.unit, interval.units) for interval in over_articles} == {("article", count)}


# --- from eleven systems on, and from seed to seed --------------------------------------------------------------------


def degraded(count, step):
    """Return references and copies of them as systems: each lacks the words that the one before lacks, and more."""
    path = ROOT / "references" / "generated-news" / "translations.jsonl"
    references = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    generator = np.random.default_rng(0)
    words = [[(word, generator.random()) for word in line.split()] for line in references]
    return references, {
        f"s{place:02}": [" ".join(word for word, chance in line if chance > step * (place + 1)) for line in words]
        for place in range(count)
    }


def text_rows(count, step):
    references, systems = degraded(count, step)
    of = TestSet(
        task="t", target=ENGLISH, primary="chrf++", metrics=("chrf++",), ids=tuple(map(str, range(len(references)))),
        articles=(), references={"r": tuple(references)},
    )  # fmt: skip
    return of, score_systems(of, {name: [lines] for name, lines in systems.items()}, notes={})


def test_eleven_degraded_copies_of_one_file_get_eleven_ranks_by_default_and_soon():
    started = process_time()
    of, rows = text_rows(11, step=0.05)
    found = assess(of, rows, Resampling())
    assert ranks(found, "chrf++") == {f"s{place:02}": (place + 1, place + 1) for place in range(11)}
    assert process_time() - started < 10


@pytest.mark.parametrize(
    ("gap", "spread", "same_table", "same_pair"),
    [
        pytest.param(2.0, 5.0, 0.9, 0.99, id="neighbours two points apart"),
        # Several pairs are near the level, where chance decides with any number of swaps and resamples.
        pytest.param(0.4, 5.0, 0.0, 0.95, id="neighbours that the data can hardly tell apart"),
    ],
)
def test_verdicts_on_ten_systems_hardly_depend_on_the_seed(gap, spread, same_table, same_pair):
    generator = np.random.default_rng(2)
    base = generator.normal(50, 10, size=200)
    rows = [row(f"s{place}", base + generator.normal(-gap * place, spread, size=200)) for place in range(10)]
    tables = np.array([
        [pair.significant for pair in assess(make_test_set(200), rows, Resampling(seed=seed)).comparisons]
        for seed in range(24)
    ])
    usual = np.median(tables, axis=0)
    assert 5 < usual.sum() <= 45
    assert (tables == usual).all(axis=1).mean() >= same_table
    assert (tables == usual).mean() >= same_pair


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
    [
        {"resamples": 0},
        {"resamples": -5},
        {"seed": -1},
        {"confidence": 0},
        {"confidence": 1.0},
        {"confidence": 95},
        {"flips": 0},
    ],
)
def test_settings_that_make_no_interval_are_refused(wrong):
    with pytest.raises(
        InputError, match="expected resamples and flips from 1, a seed from 0 and a confidence between 0 and 1"
    ):
        Resampling(**wrong)
