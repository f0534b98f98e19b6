"""How well does `harness.scoring.resegmentation` find the pieces of an article's segments?

    python -m tests.alignment [--articles 8] [--segments 20] [--tiny] [--mweralign PATH]

It joins outputs whose segments are known, in eight ways, and divides them again: outputs of real systems on
newstest2014 (`shared/data`), of one version of the references, scored against the other, on the datasets here, and with
`--tiny` of a tiny model. For each way it prints

- the score (chrF++, corpus) of the true pieces, and how far that of the pieces found is from it: if it is above 0, the
  division flatters the system (bias);
- how many omitted segments and added sentences are found (recall), and how many that are found are real (precision);
- the time per article.

With the path of the command of mweralign (GPL-3.0; install it elsewhere), it divides the same texts with that.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, process_time

from harness import metrics, models, tasks
from harness.core.records import ENGLISH
from harness.datasets import collection
from harness.metrics import Examples
from harness.scoring import resegmentation
from tests.paths import REFERENCES, TESTS, wmt14

_SHARE = 0.2  # of the segments, or pairs of them, that a way changes

# A part of an output: the number of its segment, None for an addition; and its text.
Part = tuple[int | None, str]


@dataclass(frozen=True, slots=True)
class Article:
    """The outputs of one system for the segments of one article, and their references."""

    outputs: tuple[str, ...]
    references: tuple[tuple[str, ...], ...]
    foreign: tuple[str, ...]  # outputs of other articles, to insert


@dataclass(frozen=True, slots=True)
class Joined:
    """An output for a whole article of which the true pieces are known."""

    text: str
    pieces: tuple[str, ...]  # of each segment; an addition is in the piece before it
    omitted: frozenset[int]
    added: tuple[str, ...]


Way = Callable[[Article, random.Random], tuple[list[Part], str]]


def _lines(article: Article) -> list[Part]:
    return list(enumerate(article.outputs))


def some_lines_lost(article: Article, rng: random.Random) -> tuple[list[Part], str]:
    """Join neighbouring lines: half of the line ends become spaces."""
    parts: list[Part] = []
    for number, text in _lines(article):
        parts.append((number, text + (" " if rng.random() < 0.5 else "\n")))
    return parts, ""


def one_line(article: Article, rng: random.Random) -> tuple[list[Part], str]:
    """Join all lines to one."""
    del rng
    return _lines(article), " "


def merged(article: Article, rng: random.Random) -> tuple[list[Part], str]:
    """Join some sentences to the next one by "and"."""
    parts = _lines(article)
    for index in range(len(parts) - 1):
        if rng.random() < _SHARE:
            (first, left), (second, right) = parts[index], parts[index + 1]
            parts[index] = first, left.rstrip(" .!?\"'")
            parts[index + 1] = second, f"and {right[:1].lower()}{right[1:]}"
    return parts, " "


def split(article: Article, rng: random.Random) -> tuple[list[Part], str]:
    """Make two sentences of some, in the middle."""
    parts = _lines(article)
    for index, (number, text) in enumerate(parts):
        words = text.split()
        if len(words) >= 6 and rng.random() < _SHARE:
            middle = rng.randint(len(words) // 3, 2 * len(words) // 3)
            left, right = " ".join(words[:middle]).rstrip(",;:"), " ".join(words[middle:])
            parts[index] = number, f"{left}. {right[:1].upper()}{right[1:]}"
    return parts, " "


def dropped(article: Article, rng: random.Random) -> tuple[list[Part], str]:
    """Leave out some segments."""
    chosen = rng.sample(range(len(article.outputs)), max(1, round(_SHARE / 2 * len(article.outputs))))
    return [part for part in _lines(article) if part[0] not in chosen], " "


def inserted(article: Article, rng: random.Random) -> tuple[list[Part], str]:
    """Insert some sentences of other articles."""
    parts: list[Part] = []
    for part in _lines(article):
        parts.append(part)
        if rng.random() < _SHARE / 2:
            parts.append((None, rng.choice(article.foreign)))
    return parts, " "


def swapped(article: Article, rng: random.Random) -> tuple[list[Part], str]:
    """Let some neighbours change places."""
    parts = _lines(article)
    index = 0
    while index < len(parts) - 1:
        if rng.random() < _SHARE / 2:
            parts[index : index + 2] = parts[index + 1], parts[index]
            index += 1
        index += 1
    return parts, " "


def unpunctuated(article: Article, rng: random.Random) -> tuple[list[Part], str]:
    """Remove all punctuation, and join all lines to one."""
    del rng
    return [(number, " ".join(re.sub(r"[^\w\s]", " ", text).split())) for number, text in _lines(article)], " "


WAYS: dict[str, Way] = {
    "some lines lost": some_lines_lost,
    "all in one line": one_line,
    "sentences merged": merged,
    "sentences split": split,
    "segments dropped": dropped,
    "sentences inserted": inserted,
    "neighbours swapped": swapped,
    "no punctuation": unpunctuated,
}


def join(article: Article, way: Way, rng: random.Random) -> Joined:
    """Return the output of an article, joined in one way."""
    parts, separator = way(article, rng)
    pieces = [""] * len(article.outputs)
    last = next((number for number, _ in parts if number is not None), 0)
    for number, text in parts:
        last = last if number is None else number
        pieces[last] = f"{pieces[last]} {text}".strip()
    present = {number for number, text in parts if text.strip()}
    return Joined(
        separator.join(text for _, text in parts),
        tuple(pieces),
        frozenset(range(len(pieces))) - present,
        tuple(text for number, text in parts if number is None),
    )


@dataclass(slots=True)
class Measured:
    """What the divisions of several articles came to."""

    true: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    references: list[tuple[str, ...]] = field(default_factory=list)
    omitted: list[int] = field(default_factory=lambda: [0, 0, 0])  # real, found, both
    added: list[int] = field(default_factory=lambda: [0, 0, 0])
    exact: int = 0
    seconds: float = 0.0
    articles: int = 0

    def scores(self) -> tuple[float, float]:
        """Return the corpus scores of the true pieces and of those found."""
        return _score(self.true, self.references), _score(self.found, self.references)


def _score(outputs: Sequence[str], references: Sequence[tuple[str, ...]]) -> float:
    metric = metrics.get("chrf++", ENGLISH)
    statistics = metric.statistics(Examples(list(outputs), [list(stream) for stream in zip(*references, strict=True)]))
    return float(metric.score(statistics.sum(axis=0)))


Divide = Callable[[str, Sequence[Sequence[str]]], tuple[Sequence[str], Sequence[int], Sequence[str]]]


def ours(text: str, references: Sequence[Sequence[str]]) -> tuple[Sequence[str], Sequence[int], Sequence[str]]:
    """Divide a text with the harness."""
    divided = resegmentation.divide(text, references)
    return divided.texts(text), divided.omitted, [text[start:end] for start, end in divided.added]


def mweralign(command: Path) -> Divide:
    """Return a function that divides texts with mweralign, which is given words without a tokenizer."""

    def divide(text: str, references: Sequence[Sequence[str]]) -> tuple[Sequence[str], Sequence[int], Sequence[str]]:
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / name for name in ("references", "text", "output")]
            files[0].write_text("".join(f"{each[0]}\n" for each in references), encoding="utf-8")
            files[1].write_text(f"{' '.join(text.split())}\n", encoding="utf-8")
            arguments = ["--ref-file", files[0], "--hyp-file", files[1], "--output", files[2], "--tokenizer", "none"]
            subprocess.run([command, *arguments], check=True, capture_output=True)
            pieces = files[2].read_text(encoding="utf-8").split("\n")[: len(references)]
        return pieces, [number for number, piece in enumerate(pieces) if not piece.strip()], []

    return divide


def measure(articles: Sequence[Article], way: Way, divide: Divide = ours, seed: int = 0) -> Measured:
    """Join the outputs of articles in one way, divide them again, and compare."""
    rng, result = random.Random(seed), Measured()
    for article in articles:
        joined = join(article, way, rng)
        clock = process_time if divide is ours else perf_counter
        start = clock()
        pieces, omitted, added = divide(joined.text, article.references)
        result.seconds += clock() - start
        result.articles += 1
        result.true += joined.pieces
        result.found += [" ".join(piece.split()) for piece in pieces]
        result.references += article.references
        result.exact += sum(piece.split() == true.split() for piece, true in zip(pieces, joined.pieces, strict=True))
        _count(result.omitted, joined.omitted, set(omitted))
        words = {" ".join(text.split()) for text in joined.added}
        _count(result.added, words, {" ".join(text.split()) for text in added})
    return result


def _count(counts: list[int], real: set[object] | frozenset[object], found: set[object]) -> None:
    for index, number in enumerate((len(real), len(found), len(real & found))):
        counts[index] += number


# --- the outputs ------------------------------------------------------------------------------------------------------


def newstest(segments: int, most: int) -> Iterator[tuple[str, list[Article]]]:
    """Yield the articles of each system on newstest2014: so many segments in a row, spread over the test set."""
    folder = wmt14()
    if folder is None:
        return
    reference = _read(folder / "reference.en")
    for name in ("google", "microsoft", "nllb", "bergamot-tiny", "argos", "opusmt"):
        outputs = _read(folder / f"{name}.en")
        step = max(segments, (len(reference) - segments) // most)
        begins = range(0, len(reference) - segments, step)
        yield (
            name,
            _articles(
                [outputs[begin : begin + segments] for begin in begins],
                [[(text,) for text in reference[begin : begin + segments]] for begin in begins],
            ),
        )


def versions() -> Iterator[tuple[str, list[Article]]]:
    """Yield each dataset with two versions of its translations: one as outputs, the other as references."""
    for file in sorted(REFERENCES.glob("*/translations.jsonl")):
        texts: dict[str, dict[str, str]] = {}
        for row in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
            texts.setdefault(row["version"], {})[row["id"]] = row["text"]
        if len(texts) == 2:
            (first, outputs), (second, references) = texts.items()
            ids = [name for name in outputs if name in references]
            of_article = [[name for name in ids if name.split("#")[0] == each] for each in dict.fromkeys(
                name.split("#")[0] for name in ids
            )]  # fmt: skip
            yield (
                f"{file.parent.name}: {first} against {second}",
                _articles(
                    [[outputs[name] for name in names] for names in of_article],
                    [[(references[name],) for name in names] for names in of_article],
                ),
            )


def tiny_model(most: int) -> Iterator[tuple[str, list[Article]]]:
    """Yield the articles of a dataset with the outputs of a tiny model, which are poor; it needs torch."""
    family = models.get("indictrans2")
    decoding = {"max_length": 40, "num_beams": 1}
    name, checkpoint = "tiny-indictrans2", TESTS / "models" / "tiny-indictrans2"
    model = family.load(family.options(name=name, family="indictrans2", checkpoint=checkpoint, decoding=decoding))
    dataset = collection.FORMAT.load(collection.FORMAT.options(path=REFERENCES / "hindi-mini", format="collection"))
    task = tasks.get("translate")
    ids = {article.id for article in dataset.articles[:most]}
    sources = [source for source in tasks.sources(task, dataset) if source.article in ids]
    outputs = {generation.id: generation.text for generation in model.generate(sources)}
    model.close()
    references = list(tasks.references(task, dataset).values())
    of_article = [[source.id for source in sources if source.article == name] for name in sorted(ids)]
    yield (
        f"hindi-mini: {name}, 2 references",
        _articles(
            [[outputs[each] for each in of_one] for of_one in of_article],
            [[tuple(by_id[each] for by_id in references) for each in of_one] for of_one in of_article],
        ),
    )


def _articles(outputs: list[list[str]], references: list[list[tuple[str, ...]]]) -> list[Article]:
    """Return articles; what is inserted into each are the outputs of the next one, else its references."""
    return [
        Article(
            tuple(texts),
            tuple(references[index]),
            tuple(outputs[(index + 1) % len(outputs)]) if len(outputs) > 1 else ("The weather was fine on Sunday.",),
        )
        for index, texts in enumerate(outputs)
    ]


def _read(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split("\n")


def table(systems: Sequence[tuple[str, Sequence[Article]]], divide: Divide = ours) -> Iterator[str]:
    """Yield the lines of a Markdown table: a row for each system and way."""
    yield "| outputs | joined | true | found - true | exact | omitted R / P | added R / P | ms |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, articles in systems:
        for label, way in WAYS.items():
            result = measure(articles, way, divide)
            true, found = result.scores()
            yield (
                f"| {name} | {label} | {true:.2f} | {found - true:+.2f} | {result.exact / len(result.true):.0%} | "
                f"{_rates(result.omitted)} | {_rates(result.added)} | {1000 * result.seconds / result.articles:.0f} |"
            )


def _rates(counts: Sequence[int]) -> str:
    real, found, both = counts
    if real:
        return f"{both / real:.2f} / {both / found if found else 1:.2f}"
    return f"{found} false" if found else "-"


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--articles", type=int, default=8)
    parser.add_argument("--segments", type=int, default=20)
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--mweralign", type=Path)
    given = parser.parse_args(arguments)
    systems = [
        *newstest(given.segments, given.articles),
        *versions(),
        *(tiny_model(given.articles) if given.tiny else ()),
    ]
    divide = mweralign(given.mweralign) if given.mweralign else ours
    for line in table(systems, divide):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
