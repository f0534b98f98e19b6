"""What can be wrong with outputs whatever they score."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.core.records import ENGLISH, HINDI, Generation, Reading
from harness.scoring import diagnostics


def measure(*texts: str, target: str = ENGLISH) -> Any:
    return diagnostics.measure([(Generation(f"a#s{n}", text),) for n, text in enumerate(texts)], target)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        pytest.param("", None, id="nothing"),
        pytest.param("ha ha ha", None, id="three words have no run of four"),
        pytest.param("one two three four", 0, id="one run"),
        pytest.param("a b c d a b c d", 1 / 5, id="one of five stands twice"),
        pytest.param("ha " * 23, 19 / 20, id="one word over and over"),
        pytest.param("A, b. C! d? a b c d", 1 / 5, id="case and punctuation do not count"),
        pytest.param("वह घर गया था और वह घर गया था", 1 / 6, id="Hindi"),
        pytest.param("the end of the day and the start of the day", 0, id="phrases of three are ordinary"),
    ],
)
def test_repetition_is_the_share_of_word_4_grams_that_stood_in_the_output_before(
    text: str, share: float | None
) -> None:
    assert diagnostics.repetition(text) == (None if share is None else pytest.approx(share))


def test_the_repetition_of_a_system_is_the_mean_over_its_outputs_of_four_words_or_more() -> None:
    found = measure("a b c d a b c d", "one two three four", "too short")
    assert (found.phrased, found.repetition) == (2, pytest.approx(0.2))
    assert diagnostics.rates(found)["repetition"] == pytest.approx(10)


@pytest.mark.parametrize(
    ("text", "target", "lettered", "wrong"),
    [
        ("the minister", ENGLISH, 1, 0),
        ("मंत्री", ENGLISH, 1, 1),
        ("मंत्री", HINDI, 1, 0),
        ("The minister मंत्री", ENGLISH, 1, 0),
        ("PM मंत्री ने कहा", HINDI, 1, 0),
        ("2006 — 10:30", ENGLISH, 0, 0),
        ("", ENGLISH, 0, 0),
    ],
)
def test_an_output_is_in_the_wrong_script_when_less_than_half_of_its_letters_are_in_the_targets(
    text: str, target: str, lettered: int, wrong: int
) -> None:
    found = measure(text, target=target)
    assert (found.lettered, found.wrong_script) == (lettered, wrong)


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("He came .", 1),
        ("people 's problems", 1),
        ("बैठक हुई ।", 1),
        ("वह जाता है ।", 1),
        ("उन्होंने कहा , हम", 1),
        ("वह पढ़ा ।", 1),
        ("वह जाता है।", 0),
        ("5 % more", 1),
        ("( see ) here", 1),
        ("He came.", 0),
        ("people's problems", 0),
        ("He said, 'so' - and left ...", 0),
        ("at 7 :30", 0),
        ("", 0),
    ],
)
def test_a_sign_is_apart_when_a_space_stands_between_it_and_its_word(text: str, apart: int) -> None:
    assert measure(text).apart == apart


def test_what_holds_white_space_only_is_empty() -> None:
    assert measure("", " \n", "a").empty == 2


def test_every_sample_counts_as_an_output_and_a_source_is_read_once() -> None:
    one = Generation(
        "a#s1", "", input_tokens=8, output_tokens=5, truncated=True, finish="length", seconds=0.5, cut_tokens=2,
        unknown_tokens=1,
    )  # fmt: skip
    found = diagnostics.measure([(one, replace(one, sample=1, text="words", finish="end"))], ENGLISH)
    assert (found.outputs, found.empty, found.stopped, found.timed_tokens, found.seconds) == (2, 1, 1, 10, 1.0)
    assert found.reading == Reading(1, 1, 8, 2, 1)
    assert diagnostics.rates(found) == {
        "empty": 1, "cut": 100, "stopped": 50, "unknown": 12.5, "repetition": None, "wrong_script": 0, "spacing": 0,
        "speed": 10,
    }  # fmt: skip


def test_rates_of_nothing_are_none_and_no_zero() -> None:
    rates = diagnostics.rates(diagnostics.measure([], ENGLISH))
    assert rates == dict.fromkeys(rates, None) | {"empty": 0}
