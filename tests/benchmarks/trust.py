"""How long `harness trust` takes on generated human scores. Run by hand, on a quiet machine:

    python -m tests.benchmarks.trust [--segments N] [--systems N] [--resamples N]

It prints the seconds of reading the file, and of agreement with six metrics: values, intervals, tests and ranks.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from harness.scoring import Resampling
from harness.scoring.meta_evaluation import evaluate
from harness.scoring.meta_evaluation.human_scores import Settings, read
from tests.scoring.meta_evaluation.rows import jsonl, rows, without

METRICS = ("chrf++", "chrf", "bleu", "ter", "rougeL", "rouge2")


def main(segments: int, systems: int, resamples: int) -> None:
    """Print the seconds of each part."""
    with TemporaryDirectory() as folder:
        path = jsonl(Path(folder) / "rated.jsonl", without(rows(segments, systems), "document"))
        start = perf_counter()
        (human,) = read([path], Settings(task="translate", target="hi"))
        print(f"read       {perf_counter() - start:6.2f} s  {len(human.outputs):,} outputs")
    start = perf_counter()
    evaluate(human, METRICS, Resampling(resamples))
    print(f"agreement  {perf_counter() - start:6.2f} s  {len(METRICS)} metrics, {resamples:,} resamples")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--segments", type=int, default=1400)
    parser.add_argument("--systems", type=int, default=7)
    parser.add_argument("--resamples", type=int, default=1000)
    given = parser.parse_args()
    main(given.segments, given.systems, given.resamples)
