"""Numbers as text: the only place that rounds."""

from __future__ import annotations

import math
from collections.abc import Sequence

from harness.core.scores import Rank

MISSING = "–"


def score(value: float | None, decimals: int) -> str:
    """Return a score with the decimals of its metric; a value above 0 is never shown as 0."""
    if value is None or math.isnan(value):
        return MISSING
    least = 10.0**-decimals
    if 0 < value < least / 2:
        return f"<{least:.{decimals}f}"
    return f"{value + 0.0 if abs(value) >= least / 2 else 0.0:.{decimals}f}"


def delta(value: float | None, decimals: int) -> str:
    """Return a difference of scores with the decimals of their metric and its sign; one that rounds to 0 has none."""
    if value is None or math.isnan(value):
        return MISSING
    return f"{value:+.{decimals}f}" if abs(value) >= 10.0**-decimals / 2 else f"{0:.{decimals}f}"


def fine(value: float | None, decimals: int = 2) -> str:
    """Return a share or a rate with two decimals, a score with one more than `score`, a count without decimals.

    A value that is not 0 is never shown as 0.
    """
    if value is None or math.isnan(value):
        return MISSING
    if isinstance(value, int):
        return f"{value:,}"
    least = 10.0**-decimals
    if 0 < abs(value) < least / 2:
        return f"<{least:.{decimals}f}" if value > 0 else f">-{least:.{decimals}f}"
    return f"{value + 0.0:,.{decimals}f}"


def fine_delta(value: float | None, decimals: int = 2) -> str:
    """Return a difference of two values that `fine` shows, with its sign; 0 has none."""
    text = fine(value, decimals)
    if value is None or value == 0 or text == MISSING or text.startswith((">", "-")):
        return text
    return f"<+{text[1:]}" if text.startswith("<") else f"+{text}"


def coefficient(value: float | None) -> str:
    """Return a correlation or an accuracy with three decimals and no 0 before the point: .220, -.061, 1.000."""
    if value is None or math.isnan(value):
        return MISSING
    text = f"{value:.3f}"
    return ".000" if text == "-0.000" else text.replace("0.", ".", 1) if abs(value) < 0.9995 else text


def coefficient_delta(value: float | None) -> str:
    """Return a difference of two coefficients with its sign; one that rounds to 0 has none."""
    text = coefficient(value)
    return text if text in (MISSING, ".000") or text.startswith("-") else f"+{text}"


def interval(low: float, high: float, decimals: int) -> str:
    """Return an interval of scores or of differences."""
    low, high = (0.0 if round(limit, decimals) == 0 else limit for limit in (low, high))
    return f"[{low:.{decimals}f}, {high:.{decimals}f}]"


def interval_near_zero(low: float, high: float, decimals: int) -> str:
    """Return an interval of differences; a limit that is not 0 never reads as 0: [0.02, 7.58]."""
    limits = [limit for limit in (low, high) if limit]
    decimals = next((n for n in range(decimals, 6) if all(round(limit, n) for limit in limits)), 6)
    return f"[{low + 0.0:.{decimals}f}, {high + 0.0:.{decimals}f}]"


def rank(value: Rank | None) -> str:
    """Return the ranks that a system may have: one, or the best and the worst."""
    if value is None:
        return MISSING
    return str(value.best) if value.best == value.worst else f"{value.best}–{value.worst}"


def p_value(value: float | None) -> str:
    """Return a p-value with three decimals; it is never shown as 0."""
    if value is None or math.isnan(value):
        return MISSING
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def share(part: float, whole: float) -> str:
    """Return a part in per cent; only none of it is shown as 0%, and only all of it as 100%."""
    if not whole:
        return MISSING
    if not 0 < part < whole:
        return f"{100 * part / whole:.0f}%"
    return "<0.1%" if part / whole < 0.0005 else f"{min(100 * part / whole, 99.9):.1f}%"


def level(value: float) -> str:
    """Return the level of a test, or of one of several, with two significant digits."""
    return f"{value:.2g}"


def given(value: float) -> str:
    """Return a number that a user gave, as short as it was: 1, 0.5."""
    return f"{value:g}"


def parameters(value: int) -> str:
    """Return how many parameters a checkpoint has, with two or three digits: 1.3M."""
    return _scaled(value, ("", "K", "M", "B", "T"))


def about(value: int) -> str:
    """Return an estimated count with two significant digits, rounded up: an estimate has no more."""
    step: int = 10 ** max(0, len(str(value)) - 2)
    return f"{-(-value // step) * step:,}"


def size(value: int) -> str:
    """Return a number of bytes, with two or three digits: 2.3 GB. A kB is 1,000 bytes, as on the hub."""
    return _scaled(value, (" B", " kB", " MB", " GB", " TB"))


def _scaled(value: float, units: Sequence[str]) -> str:
    """Return a value in the unit that leaves one to three digits before the point."""
    first, *_, last = units
    for unit in units:
        if value < 999.5 or unit == last:
            return f"{value:,.1f}{unit}" if value < 9.95 and unit != first else f"{value:,.0f}{unit}"
        value /= 1000
    raise AssertionError("the last unit takes every value")


def count(value: int, singular: str) -> str:
    """Return a count with its noun."""
    return f"{value:,} {singular}" if value == 1 else f"{value:,} {singular}s"
