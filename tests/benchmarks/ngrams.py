"""How fast statistics of n-grams are counted, as ratios to sacreBLEU's own extraction. Run by hand, on a quiet machine:

    python -m tests.benchmarks.ngrams [--rounds N] [--own]

The texts are the WMT14 test set with six systems' outputs, if the shared data are on this machine; else, or with
--own, this project's own translations, one half against the other.
Systems are scored one after the other, as in a table: by one instance of sacreBLEU's metric and one of ours, in turns,
in one process, against the same references; nothing is remembered from a round before. The processor's time of the best
round counts, and the results must be the same. Then: how memory grows with the corpus.
"""

from __future__ import annotations

import argparse
import json
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
from sacrebleu.tokenizers.tokenizer_re import TokenizerRegexp

from harness import metrics
from harness.core.records import ENGLISH
from harness.core.text import pieces
from harness.metrics import Examples
from tests.paths import wmt14

ROOT = Path(__file__).parents[2]
TARGET, AIM = 4.0, 8.0
THEIRS: Mapping[str, Callable[[], Any]] = {
    "bleu": lambda: BLEU(force=True),
    "chrf": CHRF,
    "chrf++": lambda: CHRF(word_order=2),
}


def make_test_set(folder: Path) -> tuple[list[str], dict[str, list[str]]]:
    """Return the reference and each system's outputs, English, one per line."""
    lines = {path.stem: path.read_text(encoding="utf-8").split("\n")[:-1] for path in sorted(folder.glob("*.en"))}
    return lines.pop("reference"), lines


def own_translations() -> tuple[list[str], dict[str, list[str]]]:
    """Return half of this project's translations as the reference, and the other half as a system."""
    paths = sorted(ROOT.glob("references/*/translations.jsonl"))
    texts = [json.loads(line)["text"] for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    count = len(texts) // 2
    return texts[:count], {"other half": texts[count : 2 * count]}


def seconds(reference: list[str], systems: Mapping[str, list[str]], name: str) -> tuple[float, float]:
    """Return the time of sacreBLEU's extraction and of ours over all systems; fail if they differ."""
    for tokenizer in (Tokenizer13a, TokenizerRegexp):
        tokenizer.__call__.cache_clear()  # shared by all instances
    pieces._latest = pieces.PieceNumbers()  # likewise
    theirs, ours = THEIRS[name](), metrics.get(name, ENGLISH)
    taken = [0.0, 0.0]
    for hypotheses in systems.values():
        started = process_time()
        expected = theirs._extract_corpus_statistics(hypotheses, [reference])
        between = process_time()
        found = ours.statistics(Examples(hypotheses, [reference]))
        taken = [taken[0] + between - started, taken[1] + process_time() - between]
        assert np.array_equal(found, expected), name
    return taken[0], taken[1]


def peak(reference: list[str], hypotheses: list[str], name: str, times: int) -> float:
    """Return the most megabytes that a corpus takes beside its texts, repeated so many times with other words."""
    corpus, streams = ([f"{text} w{n}" for n in range(times) for text in texts] for texts in (hypotheses, reference))
    metric = metrics.get(name, ENGLISH)
    tracemalloc.start()
    metric.statistics(Examples(corpus, [streams]))
    found = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many counts")
    parser.add_argument("--own", action="store_true", help="use this project's translations, not WMT14")
    chosen = parser.parse_args(arguments)
    folder = None if chosen.own else wmt14()
    reference, systems = make_test_set(folder) if folder else own_translations()
    print(f"{folder or 'references/'}: {len(systems)} systems, {len(reference)} segments")
    total = [0.0, 0.0]
    for name in THEIRS:
        rounds = [seconds(reference, systems, name) for _ in range(chosen.rounds)]
        theirs, ours = (min(column) for column in zip(*rounds, strict=True))
        print(f"  {name:8}sacreBLEU {theirs:6.2f} s   ours {ours:6.2f} s   {theirs / ours:5.1f}x")
        if name != "chrf":
            total = [total[0] + theirs, total[1] + ours]
    ratio = total[0] / total[1]
    print(f"bleu and chrf++ together: {ratio:.1f}x")
    print(f"  target {TARGET:.0f}x: {_met(ratio >= TARGET)}; aim {AIM:.0f}x: {_met(ratio >= AIM)}")
    hypotheses = next(iter(systems.values()))
    for name in ("bleu", "chrf++"):
        once, often = (peak(reference, hypotheses, name, times) for times in (1, 10))
        print(f"memory of {name}: {once:.0f} MB; of ten times as many segments: {often:.0f} MB")


def _met(yes: bool) -> str:
    return "met" if yes else "missed"


if __name__ == "__main__":
    main()
