"""How many choices of sentences the oracle row tries: all of a small table, fewer of a table of many sources."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations

import pytest

from harness import metrics
from harness.core.records import HINDI
from harness.scoring import FloatArray, TestSet, bounds

WORDS = "विदेश सचिव ने नई दिल्ली में वार्ता की और दोनों देश व्यापार पर सहमत हुए आज".split()
NAMES = ("rougeL", "rouge1", "rouge2")


def table(sources: int, sentences: int = 6) -> TestSet:
    """Return articles of random words, each with one reference."""
    chance = random.Random(0)

    def text(words: int) -> str:
        return " ".join(chance.choices(WORDS, k=words)) + "।"

    cut = tuple(tuple(text(8) for _ in range(sentences)) for _ in range(sources))
    return TestSet(
        task="summarise", target=HINDI, primary="rougeL", metrics=NAMES, ids=tuple(map(str, range(sources))),
        articles=(), references={"a": tuple(text(15) for _ in range(sources))}, sources=tuple(map(" ".join, cut)),
        sentences=cut,
    )  # fmt: skip


def score(of: TestSet, metric: metrics.Metric, unit: int, extract: str) -> float:
    examples = metrics.Examples([extract], [[of.references["a"][unit]]])
    return float(metric.score(metric.statistics(examples))[0])


@pytest.mark.parametrize("name", NAMES)
def test_of_few_sources_the_extract_is_the_best_of_all_choices(name: str) -> None:
    of, metric = table(3), metrics.get(name, HINDI)
    (extracts,) = bounds.best_extracts(of, [metric])[name]
    for unit, (sentences, extract) in enumerate(zip(of.sentences, extracts, strict=True)):
        every = [" ".join(choice) for size in range(1, len(sentences) + 1) for choice in combinations(sentences, size)]
        assert score(of, metric, unit, extract) == max(score(of, metric, unit, each) for each in every)
    assert bounds.oracle(of).notes == ()


@pytest.mark.parametrize("name", NAMES)
def test_of_many_sources_sentences_are_added_one_at_a_time_and_the_row_says_so(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "_MAX_IN_ALL", 60)
    of, metric = table(10), metrics.get(name, HINDI)
    (extracts,) = bounds.best_extracts(of, [metric])[name]
    for unit, (sentences, extract) in enumerate(zip(of.sentences, extracts, strict=True)):
        best: tuple[int, ...] = ()
        while True:
            longer = [tuple(sorted((*best, index))) for index in range(len(sentences)) if index not in best]
            scores = [score(of, metric, unit, " ".join(sentences[index] for index in choice)) for choice in longer]
            now = score(of, metric, unit, " ".join(sentences[index] for index in best)) if best else -1.0
            if not scores or max(scores) <= now:
                break
            best = longer[scores.index(max(scores))]
        assert extract == " ".join(sentences[index] for index in best)
    (note,) = bounds.oracle(of).notes
    assert note.startswith("of each source up to 6 choices of sentences are tried, then sentences are added one at a")


@pytest.mark.parametrize(("sources", "choices"), [(1, 3000), (1000, 3000), (1001, 2997), (9000, 333), (3_000_001, 0)])
def test_the_choices_of_all_sources_together_are_bounded(sources: int, choices: int) -> None:
    assert bounds._choices(sources) == choices


def test_a_metric_that_is_slow_scores_the_extracts_of_the_primary_one_and_the_row_says_so() -> None:
    of = replace(table(2), metrics=("rougeL", "ter"))
    row = bounds.oracle(of)
    (extracts,) = bounds.best_extracts(of, [metrics.get("rougeL", HINDI)])["rougeL"]
    ter = metrics.get("ter", HINDI)
    expected = ter.statistics(metrics.Examples(extracts, [list(of.references["a"])]))
    assert row.statistics["ter"][0].tolist() == expected.tolist()
    assert row.notes == ("the extracts of ter are those that rougeL selects; its own take minutes to find",)


def test_if_the_primary_metric_is_slow_sentences_are_added_one_at_a_time() -> None:
    of = replace(table(1, sentences=12), metrics=("ter",), primary="ter")
    counted: list[int] = []
    ter = metrics.get("ter", HINDI)
    statistics = ter.statistics

    def counting(examples: metrics.Examples) -> FloatArray:
        counted.append(len(examples.hypotheses))
        return statistics(examples)

    ter.statistics = counting  # type: ignore[method-assign]
    bounds.best_extracts(of, [ter])
    assert sum(counted) <= 12 * 13 / 2 < bounds._MAX_CHOICES
    assert bounds.oracle(of).notes == ("for ter sentences are added one at a time, so the row may be a little too low",)


def test_of_single_sentences_there_is_nothing_to_say() -> None:
    assert bounds.oracle(replace(table(2, sentences=1), metrics=("rougeL", "ter"))).notes == ()
