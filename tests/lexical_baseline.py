"""Can a model that sees only the English tell the correct sentences of the challenge set from the wrong ones?

    python -m tests.lexical_baseline

It should not: then an item would test English, not translation. The model is a trigram model of words with interpolated
Kneser-Ney smoothing, backed by a model of letters for unknown words, trained on the English references of all datasets
here. It prefers the sentence with the higher log-probability per word. The figure is the share of comparisons of a
correct with a wrong sentence of one item in which it prefers the correct one, each item with the same weight; 50% is
chance. The items in which it is right in every comparison are listed: they may be told by fluency alone.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from harness.core.records import ENGLISH
from harness.datasets import _challenge_items
from harness.datasets._challenge_items import ItemRow
from tests.challenge import ITEMS, Every
from tests.paths import REFERENCES

MOST = 0.60  # share of comparisons that the model may get right

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[^\sa-z\d]")
_DISCOUNT = 0.75
_ORDER = 3
_START, _END = "<s>", "</s>"
_LETTERS = 60  # for a uniform model of the letters of unknown words


def words(text: str) -> list[str]:
    """Return the words and signs of a text in lower case."""
    return _WORD.findall(text.lower())


def texts() -> list[str]:
    """Return the English references of every dataset, in the order of their files."""
    found = []
    for file in sorted(REFERENCES.glob("*/translations.jsonl")):
        rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
        found += [row["text"] for row in rows if row["language"] == ENGLISH and row["text"]]
    return found


class Ngrams:
    """Word n-grams with interpolated Kneser-Ney smoothing (Chen and Goodman 1998)."""

    def __init__(self, sentences: Sequence[Sequence[str]]) -> None:
        """Count the n-grams of sentences. Words that occur once stand for unknown words too."""
        self._known = {word for sentence in sentences for word in sentence} | {_END}
        counts: list[Counter[tuple[str, ...]]] = [Counter() for _ in range(_ORDER)]
        for sentence in sentences:
            padded = [*[_START] * (_ORDER - 1), *sentence, _END]
            for end in range(_ORDER - 1, len(padded)):
                counts[_ORDER - 1][tuple(padded[end - _ORDER + 1 : end + 1])] += 1
        # Lower orders count the different words before an n-gram.
        for order in range(_ORDER - 1, 0, -1):
            counts[order - 1].update(ngram[1:] for ngram in counts[order])
        self._counts = counts
        self._contexts = [Counter[tuple[str, ...]]() for _ in range(_ORDER)]
        self._followers = [Counter[tuple[str, ...]]() for _ in range(_ORDER)]
        for order, of_order in enumerate(counts):
            for ngram, count in of_order.items():
                self._contexts[order][ngram[:-1]] += count
                self._followers[order][ngram[:-1]] += 1

    def score(self, text: str) -> float:
        """Return the log-probability of a text per word, its end included."""
        sentence = [*words(text), _END]
        padded = [*[_START] * (_ORDER - 1), *sentence]
        total = 0.0
        for place in range(_ORDER - 1, len(padded)):
            total += math.log(self._probability(tuple(padded[place - _ORDER + 1 : place]), padded[place]))
        return total / len(sentence)

    def _probability(self, context: tuple[str, ...], word: str) -> float:
        order = len(context)
        lower = self._unseen(word) if order == 0 else self._probability(context[1:], word)
        total = self._contexts[order][context]
        if not total:
            return lower
        seen = max(self._counts[order][(*context, word)] - _DISCOUNT, 0.0) / total
        return seen + _DISCOUNT * self._followers[order][context] / total * lower

    def _unseen(self, word: str) -> float:
        """Return the probability of a word that nothing was seen of: uniform for known words, else by its letters."""
        return 0.5 / len(self._known) if word in self._known else 0.5 * (1 / _LETTERS) ** (len(word) + 1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an item's sentences compare by fluency alone."""

    item: str
    right: int  # comparisons in which the correct sentence has the higher log-probability per word
    comparisons: int

    @property
    def share(self) -> float:
        """Share of the comparisons that the model gets right."""
        return self.right / self.comparisons


def outcomes(items: Sequence[ItemRow]) -> list[Outcome]:
    """Return how the sentences of each item compare."""
    model = _model()
    found = []
    for item in items:
        scores = {sentence: model.score(sentence) for sentence in (*item.correct, *item.wrong)}
        pairs = [scores[right] > scores[wrong] for right in item.correct for wrong in item.wrong]
        found.append(Outcome(item.id, sum(pairs), len(pairs)))
    return found


def share(found: Sequence[Outcome]) -> float:
    """Return the share of comparisons that the model gets right, each item with the same weight."""
    return sum(outcome.share for outcome in found) / len(found)


@cache
def _model() -> Ngrams:
    return Ngrams([words(text) for text in texts()])


def committed() -> list[ItemRow]:
    """Return the items of this repository."""
    return [item for _, item in _challenge_items.read([ITEMS], Every())]


def report(found: Sequence[Outcome]) -> Iterator[str]:
    """Yield the lines that the command prints."""
    yield f"{share(found):.1%} of comparisons are right by fluency alone (chance: 50%; at most {MOST:.0%} are wanted)"
    told = [outcome.item for outcome in found if outcome.share == 1]
    yield f"{len(told)} of {len(found)} items are told by fluency alone in every comparison: {', '.join(told)}"


if __name__ == "__main__":
    sys.stdout.write("".join(f"{line}\n" for line in report(outcomes(committed()))))
