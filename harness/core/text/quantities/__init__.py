"""Numbers, percentages, times of day, months and weekdays of a Hindi or English text, as values.

`find(text)` returns every quantity with its place; "3.5 करोड़", "साढ़े तीन करोड़", "3,50,00,000" and "35 million" have one
value. `compare(source, output)` returns what an output lacks and what it has without support in the source.

Two texts agree if their *readings* meet. A quantity can have several: "10 pm" is an hour and the number 10; the first
number of "20 to 30 million" is 20 or 20 million. Some words only sometimes stand for a number ("one", "first", "both",
पहले); such a quantity is not certain. It can answer a number of the other text, and none has to answer it.

The language of a word follows from its script, so a text may mix both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

__all__ = ["Kind", "Quantity", "compare", "find"]

Kind = Literal["number", "percent", "time", "month", "weekday"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity of a text."""

    text: str  # as written: text[start:end] of the text that was searched
    start: int  # offset in characters
    end: int  # offset after the last character
    readings: frozenset[tuple[Kind, Fraction]]  # an hour is 0 <= value < 12, because texts often omit am or pm
    is_certain: bool = True  # False: it need not stand for a quantity

    def agrees(self, other: Quantity) -> bool:
        """Return whether both can be the same quantity."""
        return not self.readings.isdisjoint(other.readings)


# Each source is read once for each system. Large enough for 50,000 sources and the outputs of one system between.
@lru_cache(maxsize=1 << 17)
def find(content: str) -> tuple[Quantity, ...]:
    """Return the quantities of a text in their order. They do not overlap."""
    from harness.core.text.quantities._parse import parse

    return parse(content)


def compare(source: str, output: str) -> tuple[tuple[Quantity, ...], tuple[Quantity, ...]]:
    """Return the quantities of the source that the output lacks, and those of the output that the source lacks.

    A quantity that a text repeats needs one answer only: good translations replace repetitions by pronouns.
    """
    of_source, of_output = find(source), find(output)
    return _unanswered(of_source, of_output), _unanswered(of_output, of_source)


def _unanswered(quantities: Iterable[Quantity], others: tuple[Quantity, ...]) -> tuple[Quantity, ...]:
    known = frozenset().union(*(other.readings for other in others))
    return tuple(each for each in quantities if each.is_certain and each.readings.isdisjoint(known))
