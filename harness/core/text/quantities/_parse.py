"""Read all quantities of a text from left to right: dates, times, months, weekdays, numbers and their units."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import regex

from harness.core import text
from harness.core.text.quantities import Kind, Quantity, _lexicon, _numbers
from harness.core.text.quantities._numbers import Number
from harness.core.text.quantities._tokens import Token, Tokens, can_contain

Reading = tuple[Kind, Fraction]

_AM_PM = regex.compile(r"\s*[ap]\.?m\b", regex.IGNORECASE)
# After "twelve thirty", these say that it is a time, as "at" does before it.
_PART_OF_DAY = regex.compile(r"\s*(?:[ap]\.?m\b|in the (?:morning|afternoon|evening)\b|at night\b)", regex.IGNORECASE)
# What may stand between the two numbers of a range.
_TO = regex.compile(r"\s*(?:-|–|—|से(?:\s+(?:सुबह|दोपहर|शाम|रात|घटकर|बढ़कर))?|to|and|or|या|और|लेकर)\s*", regex.IGNORECASE)
_SUFFIXES = {"k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9, "tn": 10**12, "cr": 10**7}
# After दो, these say that it is "give", as in बता दो, and not two.
_GIVE = regex.compile(r"\s*(?:कि\s|[!।]|\Z)")
_DAY_BEFORE = regex.compile(r"\d(?:st|nd|rd|th)?(?:\s+of)?\s*\Z")
_NUMBER_AFTER = regex.compile(r"\.?\s*\d")
_HOUR_WITH_POINT = regex.compile(r"\d{1,2}\.[0-5]\d")
_DAY = 24  # hours


def parse(content: str) -> tuple[Quantity, ...]:
    """Return the quantities of a text; see `find`."""
    if not any(map(can_contain, content.split())):
        return ()
    tokens = Tokens(text.ascii_digits(content))  # which keeps the length, so that offsets stay
    quantities: list[Quantity] = []
    multiplier = Fraction(1)  # of the quantity before
    index = tokens.next_number(0)
    while index < len(tokens):
        several, after, own_multiplier = _read(tokens, index)
        for quantity in several:
            if quantities and _TO.fullmatch(tokens.plain, quantities[-1].end, quantity.start):
                shared = own_multiplier if multiplier == 1 else Fraction(1)
                quantities[-1], quantity = _as_range(quantities[-1], quantity, shared)
            quantities.append(quantity)
            multiplier = own_multiplier
        index = tokens.next_number(after)
    return tuple(replace(each, text=content[each.start : each.end]) for each in quantities)


def _read(tokens: Tokens, index: int) -> tuple[list[Quantity], int, Fraction]:
    """Return the quantities at a token, the index of the next token, and the multiplier that they end in."""
    token = tokens[index]
    if token.kind == "date":
        return _date(token), index + 1, Fraction(1)
    one = _calendar(tokens, index)
    if one is not None:
        return [one], index + 1, Fraction(1)
    time = _time(tokens, index)
    if time is not None:
        return [time[0]], time[1], Fraction(1)
    number = _numbers.read(tokens, index)
    halved = _and_a_half(tokens, index, number)
    if halved is not None:
        return [halved[0]], halved[1], Fraction(1)
    if number is not None:
        quantity, after = _with_unit(tokens, index, number)
        return [quantity], after, number.multiplier
    uncertain = _lexicon.UNCERTAIN.get(token.text)
    if uncertain is not None:
        return [_quantity(tokens, index, index + 1, ("number", uncertain), certain=False)], index + 1, Fraction(1)
    return [], index + 1, Fraction(1)


def _date(token: Token) -> list[Quantity]:
    """Read 15/08/2025 or 08/15/2025: day, month and year are a quantity each."""
    parts = [(int(match[0]), match.span()) for match in regex.finditer(r"\d+", token.text)]
    first, second, year = (value for value, _ in parts)
    readings: list[set[Reading]] = [{("number", Fraction(value))} for value, _ in parts]
    for place, value, other in ((0, first, second), (1, second, first)):
        if 1 <= value <= 12:
            readings[place].add(("month", Fraction(value)))
            if other > 12:  # then this part is the month
                readings[place].remove(("number", Fraction(value)))
    if year < 100:
        readings[2].add(("number", Fraction(2000 + year)))
    return [
        Quantity(token.text[start:end], token.start + start, token.start + end, frozenset(of_part))
        for of_part, (_, (start, end)) in zip(readings, parts, strict=True)
    ]


def _calendar(tokens: Tokens, index: int) -> Quantity | None:
    """Read a weekday or a month. English ones need a capital; May and March also need a number beside them."""
    token = tokens[index]
    weekday = _lexicon.WEEKDAYS.get(token.text)
    if weekday is not None:
        return _quantity(tokens, index, index + 1, ("weekday", Fraction(weekday)))
    month = _lexicon.MONTHS.get(token.text)
    if month is None or (token.text.isascii() and not tokens.plain[token.start].isupper()):
        return None
    certain = token.text not in _lexicon.UNCERTAIN_MONTHS or bool(
        _DAY_BEFORE.search(tokens.plain, max(0, token.start - 12), token.start)
        or _NUMBER_AFTER.match(tokens.plain, token.end)
    )
    return _quantity(tokens, index, index + 1, ("month", Fraction(month)), certain=certain)


def _time(tokens: Tokens, index: int) -> tuple[Quantity, int] | None:
    """Read 10:30, 10.30 am, half past ten, noon. Return the quantity and the index after it."""
    token = tokens[index]
    if token.kind == "clock":
        hours, minutes = map(int, regex.split("[:.]", token.text))
        if hours > _DAY:
            return None
        readings: list[Reading] = [("time", (hours + Fraction(minutes, 60)) % 12)]
        if not minutes:
            readings.append(("number", Fraction(hours)))
        return _quantity(tokens, index, index + 1, *readings), index + 1
    if token.text in ("half", "quarter") and tokens.word(index + 1) in ("past", "to") and index + 2 < len(tokens):
        hour = _numbers.read(tokens, index + 2)
        if hour is not None and 1 <= hour.value <= 12:
            part = Fraction(1, 2) if token.text == "half" else Fraction(1, 4)
            value = hour.value + part if tokens.word(index + 1) == "past" else hour.value - part
            return _quantity(tokens, index, hour.after, ("time", value % 12)), hour.after
    if token.text in ("noon", "midnight"):
        return _quantity(tokens, index, index + 1, ("time", Fraction(0)), certain=False), index + 1
    return _time_in_words(tokens, index)


def _time_in_words(tokens: Tokens, index: int) -> tuple[Quantity, int] | None:
    """Read the "twelve thirty" of "at twelve thirty" and "twelve thirty pm"."""
    hours = _lexicon.CARDINALS.get(tokens[index].text)
    if hours is None or not 1 <= hours <= 12 or not tokens[index].text.isascii() or not tokens.word(index + 1):
        return None
    minutes = _numbers.read(tokens, index + 1)
    if minutes is None or not 10 <= minutes.value < 60 or tokens[index + 1].kind != "word":
        return None
    is_after_at = index > 0 and tokens[index - 1].text == "at"
    if not is_after_at and not _PART_OF_DAY.match(tokens.plain, tokens[minutes.after - 1].end):
        return None
    return _quantity(tokens, index, minutes.after, ("time", (hours + minutes.value / 60) % 12)), minutes.after


def _and_a_half(tokens: Tokens, index: int, number: Number | None) -> tuple[Quantity, int] | None:
    """Read "two hours and a half" or "an hour and a half". Return the quantity and the index after it."""
    value, unit = (number.value, number.after) if number is not None else (Fraction(1), index + 1)
    if number is None and tokens[index].text not in (*_lexicon.ARTICLES, "one"):
        return None
    part = _numbers.after_unit(tokens, unit)
    return None if part is None else (_quantity(tokens, index, part[1], ("number", value + part[0])), part[1])


def _with_unit(tokens: Tokens, index: int, number: Number) -> tuple[Quantity, int]:
    """Read a number as a percentage or an hour if the next word says so. Return the quantity and the index after it."""
    after, value = number.after, number.value
    following = tokens.word(after)
    readings: list[Reading] = [("number", value)]
    if following == "per" and tokens.word(after + 1) == "cent":
        readings, after = [("percent", value)], after + 2
    elif following in _lexicon.PERCENT:
        readings, after = [("percent", value)], after + 1
    elif following == _lexicon.PAST_HOUR and after + 1 < len(tokens):
        minutes = _numbers.read(tokens, after + 1)
        if minutes is not None:
            readings, after = [("time", (value + minutes.value / 60) % 12)], minutes.after
    elif value <= _DAY and _is_hour(tokens, after):
        readings.append(("time", value % 12))
    else:
        readings += _other_readings(tokens, number)
    return _quantity(tokens, index, after, *readings, certain=_is_certain(tokens, index, number)), after


def _is_hour(tokens: Tokens, after: int) -> bool:
    """Whether what follows a number says that it is an hour: बजे, o'clock, am, pm."""
    is_pm = _AM_PM.match(tokens.plain, tokens[after - 1].end) is not None
    return is_pm or tokens.word(after) in _lexicon.O_CLOCK


def _other_readings(tokens: Tokens, number: Number) -> list[Reading]:
    """Return what else a number can be: 35m is also 35 million, 6.30 half past six, नब्बे के दशक the 1990s."""
    value, last = number.value, tokens[number.after - 1]
    readings: list[Reading] = [("number", other) for other in number.also]
    if value < 100 and _lexicon.DECADE in (tokens.word(number.after), tokens.word(number.after + 1)):
        readings.append(("number", 1900 + value))
    if number.is_plain and last.kind == "digits":
        if tokens.touches(number.after) and (suffix := _SUFFIXES.get(tokens[number.after].text)) is not None:
            readings.append(("number", value * suffix))
        if value < _DAY and _HOUR_WITH_POINT.fullmatch(last.text):
            hours = int(value)
            readings.append(("time", (hours + (value - hours) * 100 / 60) % 12))
    return readings


def _is_certain(tokens: Tokens, index: int, number: Number) -> bool:
    """Whether a number surely counts something: not एक, "one", "No. 1", "thousand" alone or "the two" for "they"."""
    word = tokens[index].text
    if number.is_plain and index and tokens[index - 1].text == "the" and word in _lexicon.AFTER_THE:
        return False
    if number.value == 1 and number.is_plain:
        is_rank = index > 0 and tokens[index - 1].text in _lexicon.RANKS
        return tokens[index].kind == "digits" and not is_rank
    if number.is_plain and (word in _lexicon.MULTIPLIERS or word in _lexicon.HUNDRED or word in _lexicon.QUARTERS):
        return False
    if number.is_plain and number.value == 0:
        return tokens[index].kind == "digits"  # शून्य से 12 डिग्री नीचे is "minus 12 degrees"
    is_two = word != _lexicon.GIVE or not number.is_plain
    return is_two or _GIVE.match(tokens.plain, tokens[number.after - 1].end) is None


def _as_range(first: Quantity, second: Quantity, multiplier: Fraction) -> tuple[Quantity, Quantity]:
    """Return both numbers of a range: in "2 to 3 crore" the first is also 2 crore, in 2024-25 the second also 2025.

    Args:
        first: the number before "to".
        second: the number after it.
        multiplier: that of the second number, if the first has none; else 1.
    """
    kinds = {kind for kind, _ in second.readings}
    values = [value for kind, value in first.readings if kind == "number"]
    more: set[Reading] = {("number", value * multiplier) for value in values}
    if "percent" in kinds:
        more |= {("percent", value) for value in values}
    if "time" in kinds:
        more |= {("time", value % 12) for value in values if value <= _DAY}
    if len(values) == 1 and 1000 <= values[0] <= 2100 and len(second.text) == 2 and second.text.isdigit():
        century: Reading = ("number", Fraction(values[0] // 100 * 100 + int(second.text)))
        second = replace(second, readings=second.readings | {century})
    return replace(first, readings=first.readings | more), second


def _quantity(tokens: Tokens, first: int, after: int, *readings: Reading, certain: bool = True) -> Quantity:
    start, end = tokens[first].start, tokens[after - 1].end
    return Quantity(tokens.plain[start:end], start, end, frozenset(readings), certain)
