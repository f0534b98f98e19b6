"""How often facts and entities see errors made on purpose, at the level that was measured: see `tests/facts.py`."""

from dataclasses import replace

import pytest

from harness.core.records import Entity
from harness.datasets import load_folder
from tests import facts

DATASETS = [
    pytest.param(folder, id=folder.name, marks=() if folder.name == "india-japan" else pytest.mark.slow)
    for folder in facts.folders()
]
# The least share that is detected, and the largest share of false alarms, in every dataset.
DETECTED = {"drop": 0.98, "swap names": 0.95, "swap values": 0.95, "number": 0.98, "negate": 0.95, "invent": 0.99}
# The facts of india-japan do not say what its places are: "New Delhi's minister met in Japan" passes.
IN_DATASET = {"india-japan": {"swap names": 0.24}}
# An article of 17 sentences has no sentence for every kind.
WITHOUT_CASES = {"india-japan": {"swap values", "negate"}}
ALARMS = {"reference": 0.01, "spelling": 0.001, "filler": 0.0}


@pytest.mark.parametrize("folder", DATASETS)
def test_errors_are_detected_and_references_raise_no_alarm(folder):
    rates = facts.measure(load_folder(folder))
    assert {kind for kind in (*DETECTED, *ALARMS) if not rates.cases[kind]} <= WITHOUT_CASES.get(folder.name, set())
    measured = {kind: rates.rate(kind) for kind in (*DETECTED, *ALARMS) if rates.cases[kind]}
    least = DETECTED | IN_DATASET.get(folder.name, {})
    assert {kind: rate for kind, rate in measured.items() if rate < least.get(kind, 0.0)} == {}
    assert {kind: rate for kind, rate in measured.items() if rate > ALARMS.get(kind, 1.0)} == {}


def test_paraphrases_are_told_apart():
    rates = facts.paraphrases([load_folder(folder) for folder in facts.folders()])
    assert rates.cases["paraphrase states"] >= 190
    assert rates.rate("paraphrase states") <= 0.01
    assert rates.rate("paraphrase reverses") >= 0.98 and rates.rate("paraphrase omits") >= 0.96


def test_a_corruption_changes_the_text_where_it_says():
    text = "Verma, 34, won 31-28, and Sharma took six points."
    assert facts.negate("Verma won the final.", "eng_Latn") == "Verma did not win the final."
    assert facts.negate("The final was long.", "eng_Latn") == "The final was not long."
    assert facts.negate("वर्मा ने फाइनल जीता है।", "hin_Deva") == "वर्मा ने फाइनल नहीं जीता है।"
    assert facts.negate("वर्मा ने फाइनल जीत लिया है।", "hin_Deva") is None
    assert facts.negate("The injured were taken home.", "eng_Latn") is None
    assert facts.negate("Verma did not win.", "eng_Latn") is None
    unit = facts.Unit("a", "v", "eng_Latn", text, (), is_complete=True)
    assert "Verma, 37, won 31-28, and Sharma took six points." in [changed for changed, _ in facts.numbers(unit)]


def test_a_swap_moves_figures_without_their_units_and_no_members_of_a_list():
    def entity(number, kind, form):
        return Entity(f"e{number}", kind, (), {"eng_Latn": (form,)})

    text = "The 57-year-old bridge shuts for 20 months. Asha, Ravi and Meena left."
    unit = facts.Unit("a", "v", "eng_Latn", text, (), is_complete=True)
    numbers = replace(unit, annotations=(entity(1, "number", "57-year-old"), entity(2, "number", "20 months")))
    assert list(facts.swapped_values(numbers)) == [
        ("The 20-year-old bridge shuts for 57 months. Asha, Ravi and Meena left.", "57 ~ 20")
    ]
    people = [entity(number, "person", name) for number, name in enumerate(("Asha", "Ravi", "Meena"))]
    assert list(facts.swapped_names(replace(unit, annotations=tuple(people)))) == []
