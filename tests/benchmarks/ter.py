"""How fast TER is, as ratios to sacreBLEU's `corpus_score` on the same texts. Run by hand, on a quiet machine:

    python -m tests.benchmarks.ter [--segments N] [--rounds N]

    sacrebleu       TER().corpus_score, system by system
    harness         harness.scoring.compute, with an empty cache
    kept            the same again: every row is read from disk
    edits only      the edits alone, from words to a number, against sacreBLEU's `translation_edit_rate`

Two systems of WMT14 against its reference if the shared data are on this machine, else generated texts. Every way has
to give the same score. Rounds take turns, and the quickest of each way counts. Compare ratios within one run on one
machine; its seconds mean little elsewhere.
"""

from __future__ import annotations

import argparse
import os
import random
from collections.abc import Callable
from tempfile import TemporaryDirectory
from time import perf_counter

from sacrebleu.metrics import TER
from sacrebleu.metrics.lib_ter import translation_edit_rate

from harness import metrics
from harness.core.records import ENGLISH
from harness.metrics import Examples, _ter
from harness.scoring import compute
from tests.paths import wmt14

Corpus = tuple[list[list[str]], list[str]]  # the systems' texts, and the reference


def corpus(segments: int) -> Corpus:
    """Return two systems and their reference."""
    if folder := wmt14():
        names = ("google", "opusmt", "reference")
        *systems, reference = [(folder / f"{name}.en").read_text(encoding="utf-8").split("\n")[:-1] for name in names]
        return [lines[:segments] for lines in systems], reference[:segments]
    generator = random.Random(0)
    vocabulary = [f"w{number}" for number in range(3000)]
    reference = [generator.choices(vocabulary, k=generator.randint(5, 50)) for _ in range(segments)]

    def changed(words: list[str]) -> str:
        words = [generator.choice(vocabulary) if generator.random() < 0.4 else word for word in words]
        cut = generator.randrange(len(words))
        return " ".join(words[cut:] + words[:cut])

    return [[changed(words) for words in reference] for _ in range(2)], [" ".join(words) for words in reference]


def timed(action: Callable[[], object]) -> tuple[float, object]:
    """Return how many seconds an action took, and its result."""
    started = perf_counter()
    value = action()
    return perf_counter() - started, value


def ours(systems: list[list[str]], reference: list[str], cache: str) -> list[float]:
    """Return a score for each system, with rows kept in that folder."""
    os.environ["HARNESS_CACHE"] = cache
    metric = metrics.get("ter", ENGLISH)
    statistics = [compute.statistics(metric, Examples(texts, [reference])) for texts in systems]
    return [float(metric.score(rows.sum(axis=0))) for rows in statistics]


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--segments", type=int, default=2507)
    arguments.add_argument("--rounds", type=int, default=2)
    given = arguments.parse_args()
    systems, reference = corpus(given.segments)
    words = [[line.lower().split() for line in lines] for lines in (*systems, reference)]
    pairs = [pair for texts in words[:-1] for pair in zip(texts, words[-1], strict=True)]
    best: dict[str, float] = {}
    for _ in range(given.rounds):
        with TemporaryDirectory() as folder:
            ways: dict[str, Callable[[], object]] = {
                "sacrebleu": lambda: [TER().corpus_score(texts, [reference]).score for texts in systems],
                "harness": lambda folder=folder: ours(systems, reference, folder),
                "kept": lambda folder=folder: ours(systems, reference, folder),
                "translation_edit_rate": lambda: [translation_edit_rate(*pair)[0] for pair in pairs],
                "edits only": lambda: [_ter.edits(*pair) for pair in pairs],
            }
            scores = {}
            for name, way in ways.items():
                seconds, scores[name] = timed(way)
                best[name] = min(best.get(name, seconds), seconds)
        assert scores["sacrebleu"] == scores["harness"] == scores["kept"]
        assert scores["translation_edit_rate"] == scores["edits only"]
    print(f"{len(systems)} systems x {len(reference)} segments, best of {given.rounds}")
    for name, seconds in best.items():
        against = "translation_edit_rate" if name in {"translation_edit_rate", "edits only"} else "sacrebleu"
        print(f"  {name:22} {seconds:8.2f} s  {best[against] / seconds:7.1f} x")


if __name__ == "__main__":
    main()
