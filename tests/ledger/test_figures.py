"""What each diagnostic finds of the faults that we put into references, and how many references it reports.

The levels are a little below what `python -m tests.ledger` prints: a change that loses detection fails here.
"""

from __future__ import annotations

import pytest

from tests.ledger import data, measure
from tests.ledger.corruptions import OF_SUMMARIES, OF_TRANSLATIONS, Corrupt, label
from tests.paths import REFERENCES, wmt14

FOLDERS = sorted(path.parent for path in REFERENCES.glob("*/translations.jsonl"))
TRANSLATIONS = data.joined([data.translations(folder) for folder in FOLDERS])
SUMMARIES = data.joined([data.summaries(folder) for folder in FOLDERS])

# By diagnostic: the most false alarms in the datasets of this repository, and in newstest2014 hi-en, whose references
# often do differ from their source; then the least detection of each corruption, in the same two.
LEVELS: dict[str, tuple[tuple[float, float], dict[str, tuple[float, float]]]] = {
    "quantities": (
        (0.02, 0.05),
        {
            "number": (0.95, 0.95), "number_word": (0.95, 0.95), "month": (0.95, 0.95), "weekday": (0.95, 0.95),
            "time": (0.95, 0.95),
        },
    ),
    "units": ((0.02, 0.01), {"unit": (0.95, 0.9)}),
    "negation": ((0.02, 0.04), {"negation_dropped": (0.75, 0.75), "negation_added": (0.82, 0.85)}),
    "names": ((0.04, 0.1), {"name_replaced": (0.87, 0.85), "name_dropped": (0.33, 0.25)}),
    "untranslated": ((0.01, 0.01), {"left_in_devanagari": (0.95, 0.95), "left_in_latin": (0.75, 0.75)}),
    "omission": (
        (0.02, 0.01), {"sentence_dropped": (0.5, 0.5), "half_dropped": (0.8, 0.75), "clause_dropped": (0.4, 0.3)},
    ),
    "addition": ((0.02, 0.01), {"sentence_added": (0.9, 0.9)}),
}  # fmt: skip
# The same for summaries of the datasets of this repository.
LEVELS_OF_SUMMARIES = {
    "quantities": (0.02, {"number_invented": 0.95}),
    "names": (0.02, {"name_invented": 0.9}),
    "copied_span": (0.1, {"copied": 0.95}),
}
_LEAST_TEXTS = 10  # fewer corrupted texts show nothing
CASES = [(name, corrupt) for name, several in OF_TRANSLATIONS.items() for corrupt in several]


def test_every_corruption_has_a_level() -> None:
    for levels, corruptions in ((LEVELS, OF_TRANSLATIONS), (LEVELS_OF_SUMMARIES, OF_SUMMARIES)):
        assert {name: {label(each) for each in several} for name, several in corruptions.items()} == {
            name: {*detection} for name, (_, detection) in levels.items()
        }


@pytest.mark.parametrize("name", LEVELS)
def test_few_references_are_reported(name: str) -> None:
    assert measure.false_alarms(name, TRANSLATIONS).share <= LEVELS[name][0][0]


@pytest.mark.parametrize(("name", "corrupt"), CASES)
def test_a_corrupted_translation_is_found(name: str, corrupt: Corrupt) -> None:
    rate = measure.detection(name, corrupt, TRANSLATIONS)
    if rate.texts < _LEAST_TEXTS:
        pytest.skip(f"only {rate.texts} references can be corrupted so")
    assert rate.share >= LEVELS[name][1][label(corrupt)][0], rate


@pytest.mark.parametrize(
    ("name", "corrupt"), [(name, corrupt) for name, several in OF_SUMMARIES.items() for corrupt in several]
)
def test_a_corrupted_summary_is_found_and_few_summaries_are_reported(name: str, corrupt: Corrupt) -> None:
    most, least = LEVELS_OF_SUMMARIES[name]
    assert measure.false_alarms(name, SUMMARIES).share <= most
    rate = measure.detection(name, corrupt, SUMMARIES)
    assert rate.texts >= _LEAST_TEXTS and rate.share >= least[label(corrupt)], rate


@pytest.mark.slow
def test_the_levels_of_a_public_test_set() -> None:
    folder = wmt14()
    if folder is None:
        pytest.skip("newstest2014 hi-en is not in the shared data")
    texts = data.plain(folder / "source.hi", folder / "reference.en")
    for name, ((_, most), least) in LEVELS.items():
        alarms = measure.false_alarms(name, texts)
        assert alarms.share <= most, (name, alarms)
        for corrupt in OF_TRANSLATIONS[name]:
            rate = measure.detection(name, corrupt, texts)
            assert rate.share >= least[label(corrupt)][1], (name, label(corrupt), rate)
