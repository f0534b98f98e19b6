"""Decide by patterns and values whether an output passes a check: pass, fail or undecided.

A pattern is a regular expression that is searched in the output after `fold`: lower case, straight quotes, single
spaces. A number, percentage, hour or date is compared by value (`harness.core.text.quantities`), so "3.5 crore" equals
"35 million". An hour is compared without its half of the day: if that half matters, a pattern must tell it. A date must
name its month in words, because 05/04/2025 is read differently in different countries.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from harness.core.records import Check, Condition
from harness.core.text import quantities

Verdict = Literal["pass", "fail", "undecided"]

_STRAIGHT = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " "})


def verdict(check: Check, output: str) -> Verdict:
    """Return fail if any of `must_not` holds, else pass if every entry of `must` holds, else undecided."""
    if any(holds(condition, output) for condition in check.must_not):
        return "fail"
    passed = all(any(holds(condition, output) for condition in alternatives) for alternatives in check.must)
    return "pass" if passed else "undecided"


def fold(output: str) -> str:
    """Return the text that patterns are searched in."""
    return " ".join(output.translate(_STRAIGHT).lower().split())


def holds(condition: Condition, output: str) -> bool:
    """Return whether a condition holds for an output."""
    if condition.kind == "pattern":
        return compiled(condition.arguments[0]).search(fold(output)) is not None
    if condition.kind == "date":
        return _has_date(date.fromisoformat(condition.arguments[0]), output)
    if condition.kind == "other_value":
        return _has_other_number({Fraction(value) for value in condition.arguments}, output)
    kind, value = "number" if condition.kind == "value" else condition.kind, condition.arguments[0]
    reading = kind, hour(value) if condition.kind == "time" else Fraction(value)
    return any(reading in quantity.readings for quantity in quantities.find(output))


# Each pattern is searched in every output of every system.
@lru_cache(maxsize=1 << 14)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return a compiled pattern.

    Raises:
        re.error: it is no regular expression.
    """
    return re.compile(pattern)


def hour(time: str) -> Fraction:
    """Return "12:30" as hours after midnight or noon: 0 <= hour < 12.

    Raises:
        ValueError: the text is no time of day.
    """
    hours, minutes = map(int, time.split(":"))
    if not (0 <= hours < 24 and 0 <= minutes < 60):
        raise ValueError(time)
    return (hours + Fraction(minutes, 60)) % 12


def _has_date(day: date, output: str) -> bool:
    """Whether a text names the day and the month, and no year but the date's."""
    found = quantities.find(output)
    # A part of 05/04/2025 can be a day or a month, so it has two readings.
    certain = {next(iter(quantity.readings)) for quantity in found if len(quantity.readings) == 1}
    years = {value for kind, value in certain if kind == "number" and 1900 <= value < 2100}
    return {("month", Fraction(day.month)), ("number", Fraction(day.day))} <= certain and years <= {Fraction(day.year)}


def _has_other_number(right: Collection[Fraction], output: str) -> bool:
    """Whether a text has a number, percentage or hour that cannot be any of the right numbers."""
    counted = ("number", "percent", "time")
    return any(
        quantity.is_certain
        and any(kind in counted for kind, _ in quantity.readings)
        and not any(value in right for kind, value in quantity.readings if kind in counted)
        for quantity in quantities.find(output)
    )
