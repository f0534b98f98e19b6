"""How much scores change if a system is asked again, and that smaller differences count for nothing."""

from dataclasses import replace

import numpy as np
import pytest

from harness.core.records import ENGLISH
from harness.reporting import order
from harness.reporting.notes import notes
from harness.reporting.table import systems_table
from harness.scoring import Resampling, TestSet, analysis, noise, serialisation, systems

SETTINGS = Resampling(resamples=200, seed=0, confidence=0.95)
WORDS = "the cat sat down a dog ran off birds fly in sky we drink tea rain falls he left early it is so".split()
REFERENCE = tuple(" ".join(WORDS[n % 9 : n % 9 + 8]) for n in range(40))
TRIAL = TestSet(
    task="translate", target=ENGLISH, primary="chrf++", metrics=("chrf++", "bleu"),
    ids=tuple(f"a#s{n}" for n in range(40)), articles=("a",) * 40, references={"close": REFERENCE},
)  # fmt: skip
GOOD = [text.replace("the", "a") for text in REFERENCE]
FAIR = [text.replace("cat", "dog").replace("sat", "is") for text in REFERENCE]


def mean(summed):
    return summed[:, 0] / summed[:, 1]


def answers(sigma, *, count=4, again=400, seed=1):
    values = np.random.default_rng(seed).normal(50, sigma, size=(count, again))
    return np.stack([values, np.ones_like(values)], axis=2)


class TestTheFloor:
    @pytest.mark.parametrize("sigma", [0.5, 3.0])
    @pytest.mark.parametrize("count", [2, 4, 8])
    def test_covers_95_percent_of_the_changes_of_a_mean(self, sigma, count):
        found = noise.floor(answers(sigma, count=count), mean, segments=400, seed=0)
        assert found == pytest.approx(1.96 * sigma / 20, rel=0.15)

    def test_falls_with_the_size_of_the_test_set(self):
        part, whole = (noise.floor(answers(2.0), mean, segments=size, seed=0) for size in (400, 1600))
        assert whole == pytest.approx(part / 2)

    def test_of_equal_answers_is_nothing(self):
        assert noise.floor(np.repeat(answers(3.0)[:1], 4, axis=0), mean, segments=400, seed=0) == pytest.approx(
            0, abs=1e-9
        )

    def test_of_a_system_has_every_metric_without_a_network(self):
        found = noise.measure(TRIAL, [GOOD, FAIR, GOOD], 40, 0)
        assert (found.segments, found.answers) == (40, 3)
        assert found.floors.keys() == {"chrf++", "bleu"}
        assert min(found.floors.values()) > 0

    @pytest.mark.parametrize(
        ("a", "b", "expected"),
        [({"bleu": 3.0}, {"bleu": 4.0}, 5.0), ({"bleu": 3.0}, {}, 3.0), ({}, {"bleu": 4.0}, 4.0), ({}, {}, None)],
    )
    def test_of_a_difference_is_that_of_both(self, a, b, expected):
        assert noise.of_difference(a, b, "bleu") == expected


def table(floor):
    """Return the table of a good and a fair system, of which the first one has this noise."""
    rows = systems.score_systems(TRIAL, {"good": [GOOD], "fair": [FAIR], "copy": [["x"] * 40]}, notes={})
    rows = [
        replace(row, noise={"chrf++": floor, "bleu": floor}) if floor is not None and row.name == "good" else row
        for row in rows
    ]
    read = serialisation.from_json("run", serialisation.to_json(TRIAL, rows, "digest"))
    assert [row.noise for row in read.rows] == [row.noise for row in rows]
    return analysis.assess(TRIAL, rows, SETTINGS)


def best(scores):
    return [system.name for system in scores.systems if order.is_best(scores, system, "chrf++")]


class TestATable:
    def test_with_little_noise_shows_bolds_and_ranks_the_difference(self):
        scores = table(0.001)
        assert ("good", "fair") in order.shown_better(scores, "chrf++")
        assert best(scores) == ["good"]

    def test_neither_shows_nor_bolds_nor_ranks_a_difference_within_noise(self):
        scores = table(60.0)
        assert ("good", "fair") not in order.shown_better(scores, "chrf++")
        assert best(scores) == []
        ranks = {system.name: system.metrics["chrf++"].rank for system in scores.systems}
        assert (ranks["good"].best, ranks["fair"].best) == (1, 1)
        assert not any(cell.bold for row in systems_table(scores).rows for cell in row)

    def test_says_how_much_noise_there_is_and_what_is_lost_in_it(self):
        (line,) = [note for note in notes(table(60.0)) if note.startswith("Noise")]
        assert "the chrf++ of a system changes (95% of the times, at most): good by 60" in line
        assert "Within it, so neither ranked nor bold: good and fair" in line
        (line,) = [note for note in notes(table(0.001)) if note.startswith("Noise")]
        assert "Within it" not in line

    def test_without_repeated_answers_says_nothing_and_is_as_before(self):
        scores = table(None)
        assert not [note for note in notes(scores) if note.startswith("Noise")]
        assert best(scores) == ["good"]
        assert all(pair.noise is None for pair in scores.comparisons)
