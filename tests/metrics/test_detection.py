"""How often facts and entities see errors made on purpose, at the level that was measured: see `tests/facts.py`."""

import pytest

from tests import facts

DATASETS = [
    pytest.param(folder, id=folder.name, marks=() if folder.name == "india-japan" else pytest.mark.slow)
    for folder in facts.folders()
]
# The least share that is detected, and the largest share of false alarms, in every dataset.
DETECTED = {"drop": 0.95, "number": 0.95, "invent": 0.95}
ALARMS = {"reference": 0.02, "spelling": 0.02, "filler": 0.0}
# Less is detected where facts do not name the roles: both of two swapped names stay in the sentence.
IN_DATASET = {"india-japan": {"drop": 1.0, "swap": 1.0, "number": 1.0, "negate": 1.0, "invent": 1.0}}


@pytest.mark.parametrize("folder", DATASETS)
def test_errors_are_detected_and_references_raise_no_alarm(folder):
    rates = facts.measure(facts.load(folder))
    assert all(rates.cases[kind] for kind in (*DETECTED, *ALARMS, "swap", "negate"))
    wanted = DETECTED | IN_DATASET.get(folder.name, {})
    assert {kind: rates.rate(kind) for kind, least in wanted.items() if rates.rate(kind) < least} == {}
    assert {kind: rates.rate(kind) for kind, most in ALARMS.items() if rates.rate(kind) > most} == {}


def test_paraphrases_are_told_apart():
    rates = facts.paraphrases([facts.load(folder) for folder in facts.folders()])
    assert rates.cases["paraphrase states"] >= 30
    assert rates.rate("paraphrase states") <= 0.02
    assert rates.rate("paraphrase reverses") >= 0.95 and rates.rate("paraphrase omits") >= 0.95


def test_a_corruption_changes_the_text_where_it_says():
    text = "Verma, 34, won 31-28, and Sharma took six points."
    assert facts.negate("Verma won the final.", "eng_Latn") == "Verma did not won the final."
    assert facts.negate("The final was long.", "eng_Latn") == "The final was not long."
    assert facts.negate("वर्मा ने फाइनल जीत लिया है।", "hin_Deva") == "वर्मा ने फाइनल नहीं जीत लिया है।"
    assert facts.negate("Verma did not win.", "eng_Latn") is None
    unit = facts.Unit("a", "v", "eng_Latn", text, (), is_complete=True)
    assert "Verma, 37, won 31-28, and Sharma took six points." in [changed for changed, _ in facts.numbers(unit)]
