"""Outputs for simulations, made here: degraded copies of generated news, with the statistics of four real metrics.

A system gets words wrong at a rate that differs from article to article and from segment to segment. The 1,650 segments
are the population: a test set is drawn from them, and the score of all of them is the true score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from harness import metrics
from harness.core.records import ENGLISH
from harness.metrics import Examples
from harness.scoring import FloatArray, SystemStatistics, TestSet
from tests.models import generated_news

METRICS = ("bleu", "chrf++", "rouge1", "ter")
ARTICLES = 400
TWINS = tuple(f"twin {number}" for number in range(6))  # of one quality: six draws of outputs at one rate
CLOSE = tuple(f"close {number}" for number in range(10))  # each a little worse than the one before
_RATE, _STEP = 0.35, 0.008
_ARTICLE_EFFECT = 0.08  # standard deviation of an article's rate


@dataclass(frozen=True)
class News:
    """The segments of generated news in English, which systems have to translate."""

    articles: tuple[str, ...]  # of each segment
    references: list[str]
    words: list[list[str]]  # of each reference
    vocabulary: list[str]  # the words of all references


@cache
def news() -> News:
    """Return about 1,650 segments of generated news."""
    items = generated_news.items("train", ARTICLES)
    references = [sentence.english for item in items for sentence in item.sentences]
    articles = tuple(item.id for item in items for _ in item.sentences)
    words = [text.split() for text in references]
    return News(articles, references, words, [word for text in words for word in text])


@dataclass(frozen=True)
class Population:
    """Statistics of every output."""

    articles: tuple[str, ...]  # of each segment
    statistics: dict[tuple[str, str], FloatArray]  # by system and metric, [segments, d]

    def true(self, system: str, metric: str) -> float:
        """Return the score of all segments."""
        return float(metrics.get(metric, ENGLISH).score(self.statistics[system, metric].sum(axis=0)))


@cache
def population() -> Population:
    """Return the outputs' statistics."""
    corpus = news()
    generator = np.random.default_rng(15)
    effects = {article: generator.normal(0, _ARTICLE_EFFECT) for article in dict.fromkeys(corpus.articles)}
    difficulty = [effects[article] + generator.normal(0, 0.1) for article in corpus.articles]
    statistics = {}
    for system in (*TWINS, *CLOSE):
        rate = _RATE + _STEP * CLOSE.index(system) if system in CLOSE else _RATE
        texts = [
            _degraded(text, rate + harder, generator, corpus.vocabulary)
            for text, harder in zip(corpus.words, difficulty, strict=True)
        ]
        # Ranks are simulated for one metric only.
        for name in METRICS if system in TWINS else METRICS[1:2]:
            metric = metrics.get(name, ENGLISH)
            statistics[system, name] = metric.statistics(Examples(texts, [corpus.references]))
    return Population(corpus.articles, statistics)


def _degraded(words: Sequence[str], rate: float, generator: np.random.Generator, vocabulary: Sequence[str]) -> str:
    """Return a sentence in which each word is left out or replaced, each with half of the rate."""
    chances = generator.random(len(words))
    rate = float(np.clip(rate, 0.02, 0.9))
    kept = [
        vocabulary[int(1e9 * chance) % len(vocabulary)] if chance < rate / 2 else word
        for word, chance in zip(words, chances, strict=True)
        if not rate / 2 <= chance < rate
    ]
    return " ".join(kept) or words[0]


def segments(generator: np.random.Generator, count: int) -> Any:
    """Return the places of segments drawn from the population, one by one."""
    return generator.integers(0, len(population().articles), size=count)


def articles(generator: np.random.Generator, count: int) -> list[Any]:
    """Return the places of the segments of each of `count` articles drawn from the population."""
    of_segment = np.array(population().articles)
    return [np.flatnonzero(of_segment == name) for name in generator.choice(np.unique(of_segment), size=count)]


def twins(generator: np.random.Generator, chosen: Any, names: Sequence[str]) -> dict[str, dict[str, FloatArray]]:
    """Return statistics of equal systems by name and metric, [1, n, d]: each segment's outputs are shuffled.

    So no system is better than another one, not even on the population.
    """
    orders = generator.permuted(np.tile(np.arange(len(TWINS)), (len(chosen), 1)), axis=1)
    every = {
        metric: np.stack([population().statistics[twin, metric][chosen] for twin in TWINS], axis=1)
        for metric in METRICS
    }
    places = np.arange(len(chosen))
    return {
        name: {metric: every[metric][places, orders[:, number]][None] for metric in METRICS}
        for number, name in enumerate(names)
    }


def table(
    statistics: dict[str, dict[str, FloatArray]], of_articles: Sequence[str] = ()
) -> tuple[TestSet, list[SystemStatistics]]:
    """Return the test set and the rows of systems, given statistics by name and metric."""
    used = tuple(next(iter(statistics.values())))
    count = next(iter(statistics.values()))[used[0]].shape[1]
    test_set = TestSet(
        task="translate", target=ENGLISH, primary=used[0], metrics=used, ids=tuple(map(str, range(count))),
        articles=tuple(of_articles), references={"reference": ("",) * count},
    )  # fmt: skip
    return test_set, [SystemStatistics(name, "system", of, {}) for name, of in statistics.items()]
