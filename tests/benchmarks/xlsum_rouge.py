"""How fast ROUGE-1, -2 and -L of XL-Sum's scorer are on a set of XL-Sum Hindi's size, as a ratio to rouge-score's time.

    OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.xlsum_rouge [--pairs 8847]

Two systems summarise as many articles as the test split has, in about 25 words. These are drawn from 20,000 made-up
words of Hindi syllables, of which few are frequent. rouge-score is given the same words, stemmed as XL-Sum's scorer
does, and only scores the pairs. Ours also computes intervals and the paired test of the two systems; its cache of
statistics is empty. Both run in this process, one after another; processor time is counted, and every value compared.
More threads of OpenBLAS would wait for each other, and their waiting would count as processor time.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
from functools import cache
from itertools import accumulate
from tempfile import TemporaryDirectory
from time import process_time

from rouge_score.rouge_scorer import RougeScorer

from harness.core.records import HINDI
from harness.core.scores import TaskScores
from harness.metrics import _xlsum
from harness.scoring import Resampling, SystemStatistics, TestSet, systems
from harness.scoring.analysis import assess
from tests.benchmarks.rouge import sentences

TARGET = 10.0
TYPES = ("rouge1", "rouge2", "rougeL")
METRICS = tuple(f"{name}-xlsum-stem" for name in TYPES)
WORDS = 25


class _Words:
    """The tokenizer that rouge-score is given. It, too, reads and stems each distinct piece of a text once."""

    def tokenize(self, content: str) -> list[str]:
        return [stem for piece in content.split() for stem in _stems(piece)]


@cache
def _stems(piece: str) -> list[str]:
    return [_xlsum.hindi_stem(word) for word in _xlsum.words(piece)]


def texts(pairs: int) -> tuple[list[str], dict[str, list[str]]]:
    """Return references and the outputs of two systems, of which the second keeps less of a reference."""
    draw = random.Random(0)
    syllables = sorted({word[:3] for sentence in sentences() for word in sentence.split()})
    vocabulary = ["".join(draw.choices(syllables, k=draw.randint(1, 3))) for _ in range(20_000)]
    ranks = list(accumulate(1 / rank for rank in range(1, len(vocabulary) + 1)))  # some words are frequent, most rare

    def drawn(count: int) -> list[str]:
        return draw.choices(vocabulary, cum_weights=ranks, k=count)

    references = [drawn(draw.randint(WORDS - 7, WORDS + 7)) for _ in range(pairs)]
    outputs = {
        name: [" ".join(word if draw.random() < kept else drawn(1)[0] for word in words) + "।"
               for words in references]
        for name, kept in (("a", 0.5), ("b", 0.45))
    }  # fmt: skip
    return [" ".join(words) + "।" for words in references], outputs


def theirs(references: list[str], outputs: list[str]) -> list[dict[str, float]]:
    """Return rouge-score's F-measures (0-100) for each pair."""
    scorer = RougeScorer(TYPES, tokenizer=_Words())
    scored = [scorer.score(reference, output) for reference, output in zip(references, outputs, strict=True)]
    return [{name: 100 * score.fmeasure for name, score in of_pair.items()} for of_pair in scored]


def ours(references: list[str], outputs: dict[str, list[str]]) -> tuple[list[SystemStatistics], TaskScores]:
    """Return our statistics of each pair, and the scores with intervals and paired tests."""
    ids = tuple(f"a{number}" for number in range(len(references)))
    test_set = TestSet(
        task="summarise", target=HINDI, primary=METRICS[-1], metrics=METRICS, ids=ids, articles=ids,
        references={"summary": tuple(references)},
    )  # fmt: skip
    rows = [systems.statistics_row(name, "system", [given], test_set) for name, given in outputs.items()]
    return rows, assess(test_set, rows, Resampling())


def main() -> None:
    """Let both score the pairs, check that they agree, and print how long each took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=8847)
    references, outputs = texts(parser.parse_args().pairs)
    with TemporaryDirectory() as cache:
        os.environ["HARNESS_CACHE"] = cache
        ours(["एक वाक्य यहाँ है।"] * 6, {"a": ["एक वाक्य है।"] * 6})  # so that nothing is imported while the clock runs
        _xlsum.hindi_stem.cache_clear()
        start = process_time()
        expected = {name: theirs(references, given) for name, given in outputs.items()}
        seconds = process_time() - start
        _xlsum.hindi_stem.cache_clear()
        start = process_time()
        rows, scores = ours(references, outputs)
        own_seconds = process_time() - start
    apart = max(
        abs(float(row.statistics[metric][0, index, 0]) - of_pair[name])
        for row in rows
        for index, of_pair in enumerate(expected[row.name])
        for name, metric in zip(TYPES, METRICS, strict=True)
    )
    assert apart < 1e-9, f"the values differ by up to {apart}"
    count = len(references) * len(outputs)
    print(f"Python {platform.python_version()}, {platform.machine()}; {count:,} pairs: {len(outputs)} systems")
    for system in scores.systems:
        print(f"  {system.name}: " + ", ".join(f"{name} {score.value:.2f}" for name, score in system.metrics.items()))
    print(f"  rouge-score {seconds:.1f} s; ours with intervals and {len(scores.comparisons)} tests {own_seconds:.1f} s")
    ratio = seconds / own_seconds
    met = "met" if ratio >= TARGET else "missed"
    print(f"  greatest difference {apart:.0e}; {ratio:.1f}x; target {TARGET:.0f}x: {met}")


if __name__ == "__main__":
    main()
