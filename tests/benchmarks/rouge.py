"""How fast ROUGE of long Hindi texts is, as a ratio to rouge-score with the same words. Run by hand:

    python -m tests.benchmarks.rouge

All four types of 100 pairs of texts of about 730 words in 36 sentences, drawn from the India-Japan article and its
summaries: a hypothesis has the sentences of its reference in another order, some of them exchanged for others, and
words dropped and exchanged. rouge-score is given texts that are normalised and split into sentences; ours are raw. Both
run in this process, one after another; each text is new to both; processor time is counted, and every value compared.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import re
from pathlib import Path
from time import process_time

from rapidfuzz import __version__ as rapidfuzz_version
from rouge_score.rouge_scorer import RougeScorer

from harness import metrics
from harness.core import text
from harness.core.records import HINDI
from harness.metrics import Examples

TARGET = 40.0
TYPES = ("rouge1", "rouge2", "rougeL", "rougeLsum")
REFERENCES = Path(__file__).parents[2] / "references" / "india-japan"
SENTENCE_END = re.compile("[।॥?!\n]")
WORDS, SENTENCES = 750, 36  # before some are dropped


class _Words:
    """The tokenizer that rouge-score is given."""

    def __init__(self, *, fold: bool) -> None:
        self.fold = fold

    def tokenize(self, content: str) -> list[str]:
        return text.words(content, fold=self.fold)


def sentences() -> list[str]:
    """Return the Hindi sentences of the article and its summaries, without their ends."""
    texts = [(REFERENCES / "article.hin_Deva.txt").read_text(encoding="utf-8")]
    for line in (REFERENCES / "summaries.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record["language"] == HINDI:
            texts.append(record["text"])
    found = [sentence.strip() for content in texts for sentence in SENTENCE_END.split(content)]
    return [sentence for sentence in found if len(text.words(sentence)) > 4]


def pairs(count: int, seed: int) -> list[tuple[str, str]]:
    """Return so many hypotheses with their references."""
    draw = random.Random(seed)
    pool = sentences()
    vocabulary = sorted({word for sentence in pool for word in sentence.split()})
    made = []
    for _ in range(count):
        reference = [_of_length(draw.choice(pool), draw, vocabulary) for _ in range(SENTENCES)]
        kept = [sentence if draw.random() < 0.7 else draw.choice(pool) for sentence in reference]
        hypothesis = [_worded_anew(sentence, draw, vocabulary) for sentence in kept]
        draw.shuffle(hypothesis)
        made.append((f"{'। '.join(hypothesis)}।", f"{'। '.join(reference)}।"))
    return made


def _of_length(sentence: str, draw: random.Random, vocabulary: list[str]) -> str:
    words = sentence.split()
    wanted = draw.randint(*(WORDS // SENTENCES + off for off in (-6, 6)))
    return " ".join([*words[:wanted], *draw.choices(vocabulary, k=max(0, wanted - len(words)))])


def _worded_anew(sentence: str, draw: random.Random, vocabulary: list[str]) -> str:
    kept = [word for word in sentence.split() if draw.random() > 0.1]
    return " ".join(draw.choice(vocabulary) if draw.random() < 0.15 else word for word in kept)


def theirs(given: list[tuple[str, str]], *, fold: bool) -> list[dict[str, float]]:
    """Return rouge-score's F-measures (0-100) for each pair."""
    scorer = RougeScorer(TYPES, tokenizer=_Words(fold=fold))
    scored = [scorer.score(reference, hypothesis) for hypothesis, reference in given]
    return [{name: 100 * score.fmeasure for name, score in of_pair.items()} for of_pair in scored]


def ours(given: list[tuple[str, str]], variant: str) -> list[dict[str, float]]:
    """Return our F-measures (0-100) for each pair."""
    hypotheses, references = (list(side) for side in zip(*given, strict=True))
    columns = {}
    for name in TYPES:
        metric = metrics.get(name + variant, HINDI)
        columns[name] = metric.score(metric.statistics(Examples(hypotheses, [references]))).tolist()
    return [{name: column[index] for name, column in columns.items()} for index in range(len(given))]


def compare(given: list[tuple[str, str]], variant: str) -> None:
    """Let both score the pairs, check that they agree, and print how long each took."""
    split = [tuple("\n".join(SENTENCE_END.split(text.normalise(c, HINDI))) for c in pair) for pair in given]
    started = process_time()
    expected = theirs(split, fold=variant == "-lenient")
    between = process_time()
    found = ours(given, variant)
    seconds, own_seconds = between - started, process_time() - between
    apart = max(abs(f[name] - e[name]) for f, e in zip(found, expected, strict=True) for name in TYPES)
    assert apart < 1e-9, f"the values differ by up to {apart}"
    words = sum(len(text.words(content)) for pair in given for content in pair) / 2 / len(given)
    means = ", ".join(f"{name} {sum(of_pair[name] for of_pair in found) / len(found):.2f}" for name in TYPES)
    ratio = seconds / own_seconds
    print(f"{variant[1:] or 'strict'}, {len(given)} pairs of {words:.0f} words on average")
    print(f"  means {means}; greatest difference {apart:.0e}")
    print(f"  rouge-score {1000 * seconds / len(given):.1f} ms a pair, ours {1000 * own_seconds / len(given):.2f} ms")
    print(f"  {ratio:.0f}x; target {TARGET:.0f}x: {'met' if ratio >= TARGET else 'missed'}")


def main() -> None:
    """Measure the variants that rouge-score can be asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    print(f"Python {platform.python_version()}, rapidfuzz {rapidfuzz_version}, {platform.machine()}")
    ours(pairs(1, chosen.seed), "")  # so that nothing is imported while the clock runs
    for number, variant in enumerate(("", "-lenient"), start=1):
        compare(pairs(chosen.pairs, chosen.seed + number), variant)


if __name__ == "__main__":
    main()
