"""How often `harness.gate.judge` fails a run in which nothing dropped, and how often it misses a real drop.

Six systems translate generated news. Their outputs are degraded copies of the references, at a rate of errors that
differs by system and segment. An output can be drawn again at the same rate: this is a run with other outputs of the
same quality. A real drop is a run in which one of the systems has a higher rate of errors on some segments, or in which
a few of its outputs are cut to their first word. Statistics are those of the real metrics.

The settings are n segments (of one article, or about 244 in 60 articles), two or four metrics, and the gate's rules:
`either`, which was the default, `likely`, the same with a confidence of 0.99, and with `confirm: rerun`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from harness import metrics
from harness.config.schema import Thresholds
from harness.core.records import ENGLISH
from harness.gate import Verdict, confirm, judge
from harness.gate.snapshot import SystemSnapshot, TaskSnapshot
from harness.metrics import Examples
from harness.scoring import FloatArray, Resampling, significance
from tests import snapshots
from tests.paths import ROOT
from tests.simulations import outputs

METRICS = ("chrf++", "bleu", "chrf", "ter")
SYSTEMS = tuple(f"s{number}" for number in range(6))
RATES = (0.34, 0.38, 0.42, 0.46, 0.50, 0.54)  # mean share of words with an error, by system
SHARED = 0.7  # of the words of an output come out alike in every draw
WORSE = 0.08  # is added to the rate in an output that is worse
SIZES = (19, 60, 244, 1012)
IN_ARTICLES = 60  # of these many articles are the 244 segments; other sizes are of one article
DRAWS = 3  # outputs of each segment at one rate, of which a run takes one by chance: baseline, run, second run
DROPS = (1, 2, 3)  # points of chrF++

RULES = {
    "either": Thresholds(rule="either"),
    "likely": Thresholds(),
    "likely, confidence 0.99": Thresholds(confidence=0.99),
}
CONFIRMED = "likely, confirmed"
SETTINGS = Resampling()


# --- outputs ----------------------------------------------------------------------------------------------------------


def degraded(words: Sequence[str], rate: float, chances: FloatArray, vocabulary: Sequence[str]) -> str:
    """Return a sentence in which a word is left out, replaced, doubled or moved, each with a quarter of the rate.

    `chances` has a number from 0 to 1 for each word, which decides on the word.
    """
    kept: list[str] = []
    for word, chance in zip(words, chances, strict=True):
        if chance >= rate:
            kept.append(word)
        elif chance < rate / 4:
            continue
        elif chance < rate / 2:
            kept.append(vocabulary[int(1e9 * chance) % len(vocabulary)])
        elif chance < 3 * rate / 4:
            kept += [word, word]
        else:
            kept.insert(max(0, len(kept) - 2), word)
    return " ".join(kept) or words[0]


@dataclass(frozen=True)
class Population:
    """Statistics of every output, by system and metric: [segments, d] for each draw."""

    articles: tuple[str, ...]  # of each segment
    equal: Mapping[tuple[str, str], FloatArray]  # [DRAWS, segments, d], at the system's rate
    worse: Mapping[tuple[str, str], FloatArray]  # [2, segments, d], at a higher rate: for the run and the second run
    cut: Mapping[tuple[str, str], FloatArray]  # [1, segments, d], of the first word


@cache
def population() -> Population:
    """Return the outputs' statistics. Runs are drawn from its segments."""
    corpus = outputs.news()
    words = corpus.words
    equal, worse, cut = {}, {}, {}
    for number, (system, rate) in enumerate(zip(SYSTEMS, RATES, strict=True)):
        generator = np.random.default_rng([15, number])
        rates = generator.beta(4 * rate, 4 * (1 - rate), len(words))  # how hard each segment is for the system
        alike = [generator.random(len(text)) for text in words]
        versions = []
        for added in (*[0.0] * DRAWS, WORSE, WORSE):
            drawn = [
                np.where(generator.random(len(each)) < SHARED, each, generator.random(len(each))) for each in alike
            ]
            versions.append([
                degraded(text, rate + added, chances, corpus.vocabulary)
                for text, rate, chances in zip(words, rates, drawn, strict=True)
            ])
        versions.append([text[0] for text in words])
        for name in METRICS:
            metric = metrics.get(name, ENGLISH)
            arrays = np.stack([metric.statistics(Examples(texts, [corpus.references], (), ())) for texts in versions])
            key = system, name
            equal[key], worse[key], cut[key] = np.split(arrays, [DRAWS, DRAWS + 2])
    return Population(corpus.articles, equal, worse, cut)


def share_for(drop: float, before: FloatArray, after: FloatArray) -> float:
    """Return the share of outputs `before` to replace by `after`, so that chrF++ falls by `drop` points."""
    score = metrics.get("chrf++", ENGLISH).score
    total, other = before.mean(axis=0).sum(axis=0), after.mean(axis=0).sum(axis=0)
    start = float(score(total))
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        if start - float(score((1 - middle) * total + middle * other)) < drop:
            low = middle
        else:
            high = middle
    if high == 1.0:
        raise ValueError(f"even all outputs together do not fall by {drop} points")
    return high


# --- runs -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sample:
    """One replication: segments, and which draw each system's outputs come from."""

    seed: int
    size: int

    def runs(self, condition: str) -> tuple[TaskSnapshot, TaskSnapshot, TaskSnapshot]:
        """Return the baseline's task, the run's, and the second run's."""
        people = population()
        generator = np.random.default_rng([self.seed, self.size])
        chosen = self._segments(generator)
        # Every segment's draws are shuffled, so no draw is better than another on average.
        orders = np.array(list(permutations(range(DRAWS))))
        made: list[list[SystemSnapshot]] = [[], [], []]
        for system in SYSTEMS:
            order = orders[generator.integers(len(orders), size=len(chosen))]
            changes = _changes(condition, system, len(chosen), generator)
            of_system: list[dict[str, FloatArray]] = [{}, {}, {}]
            for name in METRICS:
                key = system, name
                draws = [people.equal[key][order[:, number], chosen] for number in range(DRAWS)]
                of_system[0][name] = draws[0]
                for number in (1, 2):
                    other = {
                        "again": draws[number],
                        "worse": people.worse[key][number - 1, chosen],
                        "cut": people.cut[key][0, chosen],
                    }
                    now = draws[0].copy()
                    for kind, where in changes[number - 1].items():
                        now[where] = other[kind][where]
                    of_system[number][name] = now
            for number, statistics in enumerate(of_system):
                arrays = {name: array[None] for name, array in statistics.items()}
                made[number].append(replace(snapshots.system(system, {}), statistics=arrays))
        articles = tuple(np.array(people.articles)[chosen]) if self.size == 244 else ("a",) * len(chosen)
        first, run, second = (_task(systems, articles) for systems in made)
        return first, run, second

    def _segments(self, generator: np.random.Generator) -> Any:
        of_segment = np.array(population().articles)
        if self.size != 244:
            return generator.choice(len(of_segment), self.size, replace=False)
        names = generator.choice(np.unique(of_segment), IN_ARTICLES, replace=False)
        return np.flatnonzero(np.isin(of_segment, names))


def _changes(condition: str, system: str, count: int, generator: np.random.Generator) -> list[dict[str, Any]]:
    """Return for the run and the second run which segments differ from the baseline, by how they were made."""
    people, key = population(), (SYSTEMS[0], "chrf++")
    chances = generator.random((2, count))
    if condition == "5% differ":
        return [{"again": chances[0] < 0.05}, {"again": chances[1] < 0.05}]
    everything = {"again": np.ones(count, dtype=bool)}
    if condition == "all differ" or (system != SYSTEMS[0] and not condition.endswith("cut")):
        return [everything, everything]
    if system != SYSTEMS[0]:
        return [{}, {}]
    drop = float(condition.partition(" ")[0])
    if condition.endswith("cut"):  # deterministic: the same in both runs
        share = share_for(drop, people.equal[key], people.cut[key])
        return [{"cut": chances[0] < share}] * 2
    share = share_for(drop, people.equal[key], people.worse[key])
    return [everything | {"worse": chance < share} for chance in chances]


def _task(systems: Sequence[SystemSnapshot], articles: tuple[str, ...]) -> TaskSnapshot:
    signatures = {name: metrics.get(name, ENGLISH).signature(1) for name in METRICS}
    return snapshots.task(*systems, label="translate", target=ENGLISH, signatures=signatures, articles=articles)


def _with(task: TaskSnapshot, names: Sequence[str]) -> TaskSnapshot:
    """Return the task with some of its metrics."""
    systems = tuple(
        replace(system, statistics={name: system.statistics[name] for name in names}) for system in task.systems
    )
    return replace(task, systems=systems, signatures={name: task.signatures[name] for name in names})


# --- figures ----------------------------------------------------------------------------------------------------------

NULL = ("5% differ", "all differ")
CONDITIONS = (*NULL, *(f"{drop} points" for drop in DROPS), "2 points, few outputs cut")


def figures(replications: Mapping[int, int] | None = None, sizes: Sequence[int] = SIZES) -> dict[str, float]:
    """Return shares of runs, by setting and rule: that fail although nothing dropped, or that miss a real drop.

    `replications` has their number by n.
    """
    replications = replications or {19: 300, 60: 300, 244: 200, 1012: 100}
    totals: dict[str, list[bool]] = {}
    for size in sizes:
        for condition in CONDITIONS:
            for seed in range(replications[size]):
                for key, outcome in _outcomes(Sample(seed, size), condition):
                    totals.setdefault(f"n = {size}, {condition}, {key}", []).append(outcome)
    return {key: round(sum(outcomes) / len(outcomes), 3) for key, outcomes in totals.items()}


def _outcomes(sample: Sample, condition: str) -> Iterator[tuple[str, bool]]:
    """Yield whether the gate fails, or misses the drop, by number of metrics and rule."""
    runs = sample.runs(condition)
    with _remembered_tests():
        for count in (2, 4) if condition in NULL else (2,):
            first, run, second = (_with(task, METRICS[:count]) for task in runs)
            verdicts = {name: _judged(first, run, rule) for name, rule in RULES.items()}
            verdict = verdicts["likely"]
            if not verdict.passed:
                verdict = confirm.combined(verdict, _judged(first, second, RULES["likely"]))
            verdicts[CONFIRMED] = verdict
            for name, verdict in verdicts.items():
                if condition in NULL:
                    yield f"{count} metrics, {name}, fails", not verdict.passed
                    continue
                statuses = {finding.status for finding in verdict.findings if finding.system == SYSTEMS[0]}
                yield f"{count} metrics, {name}, misses", "regressed" not in statuses
                if name == "likely":
                    yield f"{count} metrics, {name}, says nothing", not statuses & {"regressed", "unclear"}


def _judged(before: TaskSnapshot, now: TaskSnapshot, rule: Thresholds) -> Verdict:
    return judge.judge(snapshots.baseline(before), snapshots.run(now), rule, SETTINGS)


@contextmanager
def _remembered_tests() -> Iterator[None]:
    """Compute each paired test once: the rules ask for the same ones."""
    known: dict[tuple[bytes, bytes], float] = {}
    sign_flip: Callable[..., float] = significance.sign_flip

    def remembered(a: FloatArray, b: FloatArray, score: Any, **settings: Any) -> float:
        key = a.tobytes(), b.tobytes()
        if key not in known:
            known[key] = sign_flip(a, b, score, **settings)
        return known[key]

    with mock.patch.object(significance, "sign_flip", remembered):
        yield


# --- the table in configs/README.md -----------------------------------------------------------------------------------

FIGURES = Path(__file__).with_suffix(".json")
README = ROOT / "configs" / "README.md"
MARKS = re.compile(
    "(?<=<!-- rates: python -m tests.simulations.gate writes them -->\n).*?(?=<!-- end of rates -->)", re.S
)
COLUMNS = (*RULES, CONFIRMED)


def tables(measured: Mapping[str, float]) -> str:
    """Return the figures as two tables in Markdown: runs that fail although nothing dropped, and missed drops."""
    heads = ("`either`", "`likely`", "`likely`, `confidence: 0.99`", "`likely`, `confirm: rerun`")
    false, missed = [], []
    for size in SIZES:
        n = f"{size} in {IN_ARTICLES} articles" if size == 244 else str(size)
        for condition in NULL:
            cells = [
                " / ".join(
                    f"{measured[f'n = {size}, {condition}, {count} metrics, {rule}, fails']:.0%}" for count in (2, 4)
                )
                for rule in COLUMNS
            ]
            false.append([n, condition.removesuffix(" differ"), *cells])
        for condition in CONDITIONS[len(NULL) :]:
            start = f"n = {size}, {condition}, 2 metrics"
            cells = [f"{measured[f'{start}, {rule}, misses']:.0%}" for rule in COLUMNS]
            cells[1] += f" ({measured[f'{start}, likely, says nothing']:.0%})"
            missed.append([n, condition.replace("1 points", "1 point"), *cells])
    return "\n".join([
        *_rows(("n", "outputs that differ", *heads), false),
        "",
        *_rows(("n", "true drop of one system", *heads), missed),
    ])  # fmt: skip


def _rows(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * 2}{'---:|' * (len(heads) - 2)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def main() -> None:
    """Measure, and write the figures and the tables."""
    measured = figures()
    FIGURES.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    README.write_text(MARKS.sub(f"\n{tables(measured)}\n\n", README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
