"""Verdicts by patterns and values."""

from __future__ import annotations

import pytest

from harness.core import checks, rankings
from harness.core.checks import Verdict
from harness.core.rankings import Ranked
from harness.core.records import Check, Condition


def pattern(expression: str) -> Condition:
    return Condition("pattern", (expression,))


CHECK = Check(must=((pattern("a"), pattern("b")), (pattern("c"),)), must_not=(pattern("x"), pattern("y")))


@pytest.mark.parametrize(
    ("output", "verdict"),
    [
        ("a c", "pass"),
        ("b c", "pass"),
        ("a b", "undecided"),
        ("c", "undecided"),
        ("", "undecided"),
        ("a c x", "fail"),
        ("y", "fail"),
    ],
)
def test_one_of_must_not_fails_and_each_entry_of_must_is_needed(output: str, verdict: Verdict) -> None:
    assert checks.verdict(CHECK, output) == verdict


def test_patterns_see_lower_case_straight_quotes_and_single_spaces() -> None:
    assert checks.fold("It’s  “HERE”\n now\u00a0") == 'it\'s "here" now'
    assert checks.holds(pattern(r"^don't stop$"), "Don’t\nstop")


# A condition, outputs for which it holds, and outputs for which it does not.
VALUES: list[tuple[Condition, str, str]] = [
    (Condition("value", ("35000000",)), "3.5 crore | 35 million | 3,50,00,000", "3.5 million | 35 crore | none"),
    (Condition("value", ("2.5",)), "two and a half hours | 2.5 hours", "two hours | 25 hours"),
    (Condition("percent", ("25",)), "25% | 25 per cent | 25 percent", "25 people | 20%"),
    (Condition("time", ("00:30",)), "12:30 am | half past twelve | 00:30 | 12.30 pm", "11:30 | 12:15"),
    (Condition("time", ("15:45",)), "3:45 pm | quarter to four", "4:45 | quarter past four"),
    (
        Condition("date", ("2025-04-05",)),
        "on 5 April 2025 | on April 5th | 5th of April, 2025",
        "on 4 May 2025 | on 05/04/2025 | on 5 April 2024 | in April 2025",
    ),
    (Condition("other_value", ("37", "2")), "36 people | 37 of 40 people | 5%", "37 people | 2 dead, 37 hurt | no one"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "holding", "others"), VALUES, ids=lambda value: str(value)[:40])
def test_values_are_compared_and_not_wordings(condition: Condition, holding: str, others: str) -> None:
    assert [text for text in holding.split(" | ") if not checks.holds(condition, text)] == []
    assert [text for text in others.split(" | ") if checks.holds(condition, text)] == []


class TestRankings:
    TEXTS = (Ranked("worse", -9.0, 3), Ranked("best", -1.25, 2), Ranked("longer, and a higher sum", -8.5, 4))

    def test_a_ranking_begins_with_the_highest_log_probability_per_token(self) -> None:
        written = rankings.write(self.TEXTS)
        assert written.split("\n")[0] == "-0.6250 | -1.250000 | 2 | best"
        assert [each.text for each in rankings.read(written)] == ["best", "longer, and a higher sum", "worse"]

    def test_it_is_read_as_it_was_written(self) -> None:
        assert set(rankings.read(rankings.write(self.TEXTS))) == set(self.TEXTS)

    @pytest.mark.parametrize("output", ["", "a translation", "-1 | -2 | 2 | x\nno"])
    def test_another_text_is_no_ranking(self, output: str) -> None:
        with pytest.raises(ValueError, match="expected four fields per line"):
            rankings.read(output)

    def test_texts_of_similar_length_are_compared(self) -> None:
        assert [*rankings.comparable(["1234567890"], ["12345678", "123456789012", "1234567890123"])] == [
            ("1234567890", "123456789012")
        ]
